package mcmc

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// SGNHT is the stochastic gradient Nosé–Hoover thermostat with mass matrix D⁻¹,
// D = BBᵀ,
//
//	w ← w + h Bᵀ∇log p(x) − hξ w + √(2hA) N(0, I),
//	x ← x + h B w,
//	ξ ← ξ + h (|w|²/d − 1).
//
// The friction ξ becomes whatever keeps the kinetic energy at one half for each
// coordinate, so that it takes up noise in the gradient of a variance V that
// nobody knows, as long as it is the same in every direction and place: then
// E[ξ] ≈ A + hV/2, and p is sampled up to a bias of order h.
//
// Ding, Fang, Babbush, Chen, Skeel and Neven, NeurIPS 2014, algorithm 2.
type SGNHT struct {
	walker
	h, noise, thermostat float64
}

// NewSGNHT returns the stochastic gradient Nosé–Hoover thermostat for p from x0,
// of which it keeps a copy, with step h, noise strength a, which is where ξ
// begins, and diffusion d, nil for the identity. For a gradient from a minibatch
// see Subsampled. It refuses what NewULA refuses, and an a that is not positive
// and finite.
func NewSGNHT(p density.Density, x0 []float64, h, a float64, d *Preconditioner) (*SGNHT, error) {
	if err := checkLangevin(p.Dim(), x0, h, d); err != nil {
		return nil, err
	}
	if err := checkFriction(a); err != nil {
		return nil, err
	}
	return &SGNHT{walker: newWalker(p, x0, d, 1), h: h, noise: math.Sqrt(2 * h * a), thermostat: a}, nil
}

// Step moves the chain by one step, at the price of one gradient.
func (s *SGNHT) Step(rng *rand.Rand) {
	s.draw(rng)
	s.force(&s.state)
	keep := 1 - float64(s.h*s.thermostat)
	for i, w := range s.w {
		s.w[i] = float64(keep*w) + float64(s.h*s.g[i]) + float64(s.noise*s.xi[i])
	}
	s.drift(&s.state, s.h)
	s.thermostat += float64(s.h * (portable.Dot(s.w, s.w)/float64(len(s.w)) - 1))
}

// Thermostat returns ξ.
func (s *SGNHT) Thermostat() float64 { return s.thermostat }
