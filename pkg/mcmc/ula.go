package mcmc

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/stream"
)

// ULA is the unadjusted Langevin algorithm: the Langevin dynamics of the target
// p, with constant diffusion D = BBᵀ,
//
//	dx = D ∇log p(x) dt + √(2D) dW,
//
// by Euler–Maruyama:
//
//	x ← x + h D∇log p(x) + √(2h) B ξ,  ξ ~ N(0, I).
//
// It samples p up to a bias of order h. On a Gaussian target N(μ, Σ), P = Σ⁻¹,
// that is N(μ, Σ_h) with
//
//	D = I:  Σ_h = P⁻¹(I − hP/2)⁻¹,
//	D = Σ:  Σ_h = Σ/(1 − h/2),
//
// mode i of P decaying by 1 − hλᵢ(P) a step in the first case and every mode by
// 1 − h in the second. It is stable while hλ < 2 for every eigenvalue λ of DP.
//
// Roberts and Tweedie, Bernoulli 2:341 (1996).
type ULA struct {
	target density.Density
	d      *Preconditioner
	h      float64

	x, score, u, move []float64
}

// NewULA returns the unadjusted Langevin algorithm for p from x0, of which it
// keeps a copy, with step h (in units of time of the equation above) and
// diffusion d, nil for the identity. It refuses lengths that disagree, an x0
// that is not finite and an h that is not positive and finite.
func NewULA(p density.Density, x0 []float64, h float64, d *Preconditioner) (*ULA, error) {
	n := p.Dim()
	if err := checkLangevin(n, x0, h, d); err != nil {
		return nil, err
	}
	return &ULA{
		target: p, d: d, h: h,
		x:     append([]float64(nil), x0...),
		score: make([]float64, n),
		u:     make([]float64, n),
		move:  make([]float64, n),
	}, nil
}

// Dim returns the dimension of the target.
func (s *ULA) Dim() int { return len(s.x) }

// Step moves the chain by one step, at the price of one gradient.
func (s *ULA) Step(rng *rand.Rand) {
	s.target.ScoreInput(s.score, s.x)
	s.d.mulTrans(s.u, s.score) // D∇log p = B(Bᵀ∇log p)
	noise := math.Sqrt(2 * s.h)
	for i, g := range s.u {
		s.u[i] = float64(s.h*g) + float64(noise*stream.Normal(rng))
	}
	s.d.mul(s.move, s.u)
	for i, m := range s.move {
		s.x[i] += m
	}
}

// Position stores the position in dst. It panics if the length of dst is not
// Dim.
func (s *ULA) Position(dst []float64) {
	if len(dst) != len(s.x) {
		panic(badLength)
	}
	copy(dst, s.x)
}
