package mcmc

import (
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/metric"
)

// ULA is the unadjusted Langevin algorithm: the Langevin dynamics of the target
// p, with constant diffusion D = BBᵀ,
//
//	dx = D ∇log p(x) dt + √2 B dW,
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
type ULA struct{ kernel }

// NewULA returns the unadjusted Langevin algorithm for p from x0, of which it
// keeps a copy, with step h (in units of time of the equation above) and the
// metric D of the geometry g. It refuses an x0 of another length or that is not
// finite, an h that is not positive and finite, and a g that has no metric for p.
func NewULA(p density.Density, x0 []float64, h float64, g metric.Geometry) (*ULA, error) {
	k, err := newKernel(p, x0, h, g)
	if err != nil {
		return nil, err
	}
	return &ULA{k}, nil
}

// Step moves the chain by one step, at the price of one gradient.
func (s *ULA) Step(rng *rand.Rand) {
	s.force(&s.point)
	s.langevin(rng, &s.point)
}
