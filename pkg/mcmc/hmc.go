package mcmc

import (
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/metric"
)

// HMC is Hamiltonian Monte Carlo with mass matrix D⁻¹, D = BBᵀ: it draws
// w ~ N(0, I) and follows Hamilton's equations
//
//	dx = B w dt,  dw = Bᵀ∇log p(x) dt
//
// for l leapfrog steps of length h,
//
//	w ← w + (h/2) Bᵀ∇log p(x),  x ← x + h B w,  w ← w + (h/2) Bᵀ∇log p(x),
//
// and accepts the end point with probability min(1, exp(−ΔH)),
// H = |w|²/2 − log p(x). Since the leapfrog scheme is reversible and keeps
// volume, it leaves p invariant exactly, whatever h, for any d×k matrix B. In
// high dimension the step that moves fastest is accepted 65 % of the time and
// shrinks as d^{−1/4}. On a Gaussian mode of frequency ω it is unstable beyond
// hω = 2, and stands still where lh is a multiple of its half period π/ω: see
// HMCConfig.Jitter.
//
// Duane, Kennedy, Pendleton and Roweth, Phys. Lett. B 195:216 (1987); Neal,
// Handbook of MCMC (2011), chapter 5.
type HMC struct {
	metropolisKernel
	config HMCConfig
}

// HMCConfig holds the settings of HMC.
type HMCConfig struct {
	LeapfrogSteps int     // l, leapfrog steps of a proposal, at least 1
	Jitter        float64 // each proposal draws its step from (1 ± Jitter)h, so that no mode stands still; in [0, 1)
}

// NewHMC returns Hamiltonian Monte Carlo for p from x0, of which it keeps a
// copy, with step h, the metric D of the geometry g and the settings c. It
// refuses what NewMALA refuses, and settings out of range.
func NewHMC(p density.Density, x0 []float64, h float64, g metric.Geometry, c HMCConfig) (*HMC, error) {
	if err := check.AtLeast("LeapfrogSteps", c.LeapfrogSteps, 1); err != nil {
		return nil, err
	}
	if !(c.Jitter >= 0 && c.Jitter < 1) {
		return nil, check.Errorf("Jitter", "= %v is not in [0, 1)", c.Jitter)
	}
	k, err := newExactKernel(p, x0, h, g)
	if err != nil {
		return nil, err
	}
	return &HMC{metropolisKernel{exactKernel: k}, c}, nil
}

// Step proposes a move and accepts or rejects it, at the price of one log
// density and gradient for each leapfrog step.
func (s *HMC) Step(rng *rand.Rand) {
	s.refresh(rng)
	h := s.h
	if s.config.Jitter > 0 {
		h *= 1 + float64(s.config.Jitter*(2*rng.Float64()-1))
	}
	s.decideTrajectory(rng, s.leap(s.config.LeapfrogSteps, h))
}

// Divergent reports whether the energy rose by more than 1000 along the last
// trajectory.
func (s *HMC) Divergent() bool { return s.divergent }

// Divergences returns how many trajectories have diverged. More than a few after
// warm-up mean that part of the density is not sampled.
func (s *HMC) Divergences() int { return s.counts.divergences }
