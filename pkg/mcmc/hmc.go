package mcmc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
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
// and accepts where that leads with probability min(1, exp(−ΔH)),
// H = |w|²/2 − log p(x). Since the leapfrog scheme is reversible and keeps
// volume, it leaves p invariant exactly, whatever h. In high dimension the step
// that moves fastest is accepted 65 % of the time and shrinks as d^{−1/4}. On a
// Gaussian mode of frequency ω it is unstable beyond hω = 2, and stands still
// where lh is a multiple of its half period π/ω: see SetJitter.
//
// Duane, Kennedy, Pendleton and Roweth, Phys. Lett. B 195:216 (1987); Neal,
// Handbook of MCMC (2011), chapter 5.
type HMC struct {
	hamiltonian
	next   state
	jitter float64
	leaps  int

	accepted                 bool
	steps, accepts, unusable int
}

// NewHMC returns Hamiltonian Monte Carlo for p from x0, of which it keeps a
// copy, with leaps steps of length h for each proposal and diffusion d, nil for
// the identity. It refuses what NewMALA refuses, and leaps < 1.
func NewHMC(p density.Density, x0 []float64, h float64, leaps int, d *Preconditioner) (*HMC, error) {
	if leaps < 1 {
		return nil, fmt.Errorf("mcmc: %d leapfrog steps, at least one is needed", leaps)
	}
	k, err := newHamiltonian(p, x0, h, d)
	if err != nil {
		return nil, err
	}
	return &HMC{hamiltonian: k, next: newState(p.Dim()), leaps: leaps}, nil
}

// SetJitter has each proposal draw its step uniformly from (1 ± jitter)h, so
// that no mode stands still. It panics unless 0 ≤ jitter < 1.
func (s *HMC) SetJitter(jitter float64) {
	if !(jitter >= 0 && jitter < 1) {
		panic("mcmc: jitter is not in [0, 1)")
	}
	s.jitter = jitter
}

// Step proposes a move and accepts or rejects it, at the price of one log
// density and gradient for each leapfrog step.
func (s *HMC) Step(rng *rand.Rand) {
	s.now.refresh(rng)
	h := s.h
	if s.jitter > 0 {
		h *= 1 + float64(s.jitter*(2*rng.Float64()-1))
	}
	s.next.copy(&s.now)
	for range s.leaps {
		s.leapfrog(&s.next, h)
	}
	rise := s.next.energy() - s.now.energy()
	s.steps++
	s.probability = acceptance(rise)
	if math.IsNaN(rise) || math.IsInf(rise, 0) {
		s.unusable++
	}
	s.accepted = exponential(rng) > rise && s.probability > 0 // false for NaN
	if s.accepted {
		s.accepts++
		s.now, s.next = s.next, s.now
	}
}

// Accepted reports whether the last step accepted its proposal.
func (s *HMC) Accepted() bool { return s.accepted }

// Acceptance returns the share of proposals that were accepted, 0 before the
// first.
func (s *HMC) Acceptance() float64 {
	if s.steps == 0 {
		return 0
	}
	return float64(s.accepts) / float64(s.steps)
}

// Unusable returns how many proposals were rejected because the density there
// was not a number or was infinite.
func (s *HMC) Unusable() int { return s.unusable }
