package mcmc

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// SGNHT is the stochastic gradient Nosé–Hoover thermostat with mass matrix D⁻¹,
// D = BBᵀ,
//
//	w ← w + h Bᵀ∇log p(x) − hξ w + √(2hA) N(0, I),
//	x ← x + h B w,
//	ξ ← ξ + h (|w|²/k − 1),
//
// for a d×k matrix B. The friction ξ settles where the kinetic energy is one half
// for each coordinate of w. It thereby takes up noise in the gradient of an
// unknown variance V, if that noise is the same in every direction of w, which it
// cannot be for k > d, and everywhere. Then E[ξ] ≈ A + hV/2, and p is sampled up to
// a bias of order h.
//
// Ding, Fang, Babbush, Chen, Skeel and Neven, NeurIPS 2014, algorithm 2.
type SGNHT struct {
	momentumKernel
	noise, thermostat float64
}

// SGNHTConfig holds the settings of SGNHT.
type SGNHTConfig struct {
	Noise float64 // A, strength of the added noise and first value of ξ; positive
}

// NewSGNHT returns the stochastic gradient Nosé–Hoover thermostat for p from x0,
// of which it keeps a copy, with step h, the metric D of the geometry g and the
// settings c. For a gradient from a minibatch see Subsample. It refuses what
// NewULA refuses, and a noise that is not positive and finite.
func NewSGNHT(p density.Density, x0 []float64, h float64, g metric.Geometry, c SGNHTConfig) (*SGNHT, error) {
	if err := check.Positive("Noise", c.Noise, ""); err != nil {
		return nil, err
	}
	k, err := newMomentumKernel(p, x0, h, g, 1)
	if err != nil {
		return nil, err
	}
	return &SGNHT{momentumKernel: k, noise: math.Sqrt(2 * h * c.Noise), thermostat: c.Noise}, nil
}

// Step moves the chain by one step, at the price of one gradient.
func (s *SGNHT) Step(rng *rand.Rand) {
	s.draw(rng)
	s.euler(s.thermostat, s.noise, s.xi)
	s.thermostat += float64(s.h * (portable.Dot(s.w, s.w)/float64(len(s.w)) - 1))
}

// Thermostat returns ξ.
func (s *SGNHT) Thermostat() float64 { return s.thermostat }
