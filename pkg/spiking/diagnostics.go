package spiking

import (
	"fmt"
	"math"
	"math/cmplx"
)

// BalancedCounts counts what happened in a Balanced network.
type BalancedCounts struct {
	Steps     int64
	Spikes    int64
	Above     int64 // neurons above threshold, summed over steps
	Crowded   int64 // steps with more than one neuron above threshold
	Unheeded  int64 // steps with a neuron above threshold and no spike
	Truncated int64 // steps in which a cascade was cut short
}

// BalancedDiagnostics says how far to trust a run of a Balanced network.
type BalancedDiagnostics struct {
	BalancedCounts

	SpikesPerStep float64 // at most one, but for Greedy
	NeuronsAbove  float64 // mean number of neurons above threshold
	CapBinds      float64 // share of steps in which more than one was, so that OnePerStep held spikes back
	UnheededShare float64 // share of steps in which one was and none spiked
	RateHz        float64 // spikes per neuron and second

	EulerNumber float64 // Δt λ_max/τ_s, with λ_max the largest |eigenvalue| of (D+S)Σ⁻¹
	EulerGrowth float64 // the largest |1 − Δt λ/τ_s|: the discrete dynamics are stable below 1
	MaxDT       float64 // s, the Δt at which it is 1; zero if it is for every Δt
}

// Diagnostics returns the counts since the network was made, or since
// ResetCounts.
func (s *Balanced) Diagnostics() BalancedDiagnostics {
	d := BalancedDiagnostics{BalancedCounts: s.counts, EulerNumber: s.euler, EulerGrowth: s.growth, MaxDT: s.limit}
	if c := d.BalancedCounts; c.Steps > 0 {
		steps := float64(c.Steps)
		d.SpikesPerStep = float64(c.Spikes) / steps
		d.NeuronsAbove = float64(c.Above) / steps
		d.CapBinds = float64(c.Crowded) / steps
		d.UnheededShare = float64(c.Unheeded) / steps
		d.RateHz = float64(c.Spikes) / (float64(s.n) * steps * s.dt)
	}
	return d
}

// ResetCounts sets the counts of Diagnostics to zero.
func (s *Balanced) ResetCounts() { s.counts = BalancedCounts{} }

// Warnings returns what a user should know before trusting the run: a
// *StabilityWarning, a *CapWarning, both, or nothing.
func (s *Balanced) Warnings() []error {
	var w []error
	d := s.Diagnostics()
	if d.EulerGrowth >= 1 {
		w = append(w, &StabilityWarning{DT: s.dt, MaxDT: d.MaxDT, EulerNumber: d.EulerNumber, EulerGrowth: d.EulerGrowth})
	}
	if s.arbitration != Greedy && d.SpikesPerStep > capShare {
		w = append(w, &CapWarning{SpikesPerStep: d.SpikesPerStep, CapBinds: d.CapBinds})
	}
	return w
}

// capShare is the share of steps with a spike above which the cap on their
// number is said to set the rate.
const capShare = 0.9

// A StabilityWarning says that Δt is past the stability of Euler's method on
// dz = −(D+S)Σ⁻¹(z−μ)dt/τ_s, so that the dynamics the network is built to follow
// diverge, and what it does is the work of its cap and its thresholds.
type StabilityWarning struct {
	DT          float64 // s
	MaxDT       float64 // s, the largest stable Δt; zero if there is none
	EulerNumber float64 // Δt λ_max/τ_s
	EulerGrowth float64 // max |1 − Δt λ/τ_s| ≥ 1
}

func (w *StabilityWarning) Error() string {
	if w.MaxDT == 0 {
		return fmt.Sprintf("spiking: (D+S)Σ⁻¹ has an eigenvalue without positive real part, so that the sampling dynamics are stable for no Δt (growth %.3g a step)", w.EulerGrowth)
	}
	return fmt.Sprintf("spiking: Δt = %.3g s is past the stability of Euler's method: Δt·λmax/τ_s = %.3g and the fastest mode grows by %.3g a step; Δt must be below %.3g s",
		w.DT, w.EulerNumber, w.EulerGrowth, w.MaxDT)
}

// A CapWarning says that the network spikes at nearly every step, so that the
// one spike it is allowed in each sets its rate.
type CapWarning struct {
	SpikesPerStep float64
	CapBinds      float64 // share of steps with more than one neuron above threshold
}

func (w *CapWarning) Error() string {
	return fmt.Sprintf("spiking: %.1f%% of steps have a spike and %.1f%% more than one neuron above threshold: the cap of one spike a step sets the rate; a smaller Δt or Greedy lifts it",
		100*w.SpikesPerStep, 100*w.CapBinds)
}

// eulerStability returns, for Euler's method with step h on a linear system with
// the given eigenvalues λ of its rate matrix, h·max|λ|, max|1 − hλ|, and the
// largest h for which the latter is below one, zero if there is none.
func eulerStability(modes []complex128, h float64) (number, growth, limit float64) {
	limit = math.Inf(1)
	for _, v := range modes {
		size := cmplx.Abs(v)
		number = max(number, h*size)
		growth = max(growth, cmplx.Abs(1-complex(h, 0)*v))
		if real(v) > 0 {
			limit = min(limit, 2*real(v)/(size*size))
		} else {
			limit = 0
		}
	}
	return number, growth, limit
}

// ProbabilisticCounts counts what happened in a probabilistic network.
type ProbabilisticCounts struct {
	Proposals int64
	Spikes    int64
}

// Acceptance returns the share of proposals that were accepted, zero without
// any.
func (c ProbabilisticCounts) Acceptance() float64 {
	if c.Proposals == 0 {
		return 0
	}
	return float64(c.Spikes) / float64(c.Proposals)
}

// A SilenceWarning says that a probabilistic network spikes fewer times in τ_m
// than its estimate has dimensions, so that the estimate decays towards zero
// instead of sampling. Natural geometry, a smaller decoder or fewer dimensions
// make spikes more likely.
type SilenceWarning struct {
	Counts     ProbabilisticCounts
	PerTau     float64 // spikes in τ_m
	Dim        int     // p
	Acceptance float64 // the largest of any neuron, now
}

func (w *SilenceWarning) Error() string {
	return fmt.Sprintf("spiking: %d spikes in %d proposals are %.2g in a membrane time constant, for %d dimensions: the estimate decays instead of sampling; no neuron now has an acceptance above %.2g",
		w.Counts.Spikes, w.Counts.Proposals, w.PerTau, w.Dim, w.Acceptance)
}

// silence returns a *SilenceWarning for a network with the given number of
// proposals in τ_m, if it deserves one and has run long enough to tell.
func (s *integrator) silence(c ProbabilisticCounts, perTau float64) []error {
	if math.IsInf(perTau, 1) { // without leak, only a network that never spikes
		if c.Spikes > 0 {
			return nil
		}
		perTau = 10 * float64(s.n)
	}
	w := &SilenceWarning{Counts: c, PerTau: c.Acceptance() * perTau, Dim: s.p}
	if float64(c.Proposals) < 3*perTau || w.PerTau >= float64(s.p) {
		return nil
	}
	for j := range s.n {
		w.Acceptance = max(w.Acceptance, s.Acceptance(j))
	}
	return []error{w}
}

// Warnings returns what a user should know before trusting the run: a
// *SilenceWarning or nothing.
func (s *Metropolis) Warnings() []error { return s.silence(s.Counts(), 1/(1-s.keep)) }

// Warnings returns what a user should know before trusting the run: a
// *SilenceWarning or nothing.
func (s *Continuous) Warnings() []error { return s.silence(s.Counts(), s.rate*s.tau) }
