package spiking

import (
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

// BalancedDiagnostics are the counts of a run of a Balanced network, as shares,
// and the numbers of Euler's method.
type BalancedDiagnostics struct {
	BalancedCounts

	SpikesPerStep float64 // at most one, but for Greedy
	NeuronsAbove  float64 // mean number of neurons above threshold
	CapBinds      float64 // share of steps with more than one neuron above threshold, of which OnePerStep lets one spike
	UnheededShare float64 // share of steps with a neuron above threshold and no spike
	RateHz        float64 // spikes per neuron and second

	EulerStability
}

// An EulerStability describes Euler's method on the sampling dynamics
// dz = −(D+S)Σ⁻¹(z−μ)dt/τ_s.
type EulerStability struct {
	EulerNumber   float64 // Δt λ_max/τ_s, with λ_max the largest |eigenvalue| of (D+S)Σ⁻¹
	EulerGrowth   float64 // the largest |1 − Δt λ/τ_s|: the discrete dynamics are stable below 1
	EulerVariance float64 // the largest factor by which Euler's method inflates the variance of a mode; +Inf past stability
	MaxDT         float64 // s, the Δt at which EulerGrowth is 1; zero if there is none
}

// Diagnostics returns the counts since the network was made, or since
// ResetCounts.
func (s *Balanced) Diagnostics() BalancedDiagnostics {
	d := BalancedDiagnostics{BalancedCounts: s.counts, EulerStability: s.euler}
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

// newEulerStability returns the stability for the eigenvalues λ of (D+S)Σ⁻¹, with
// h = Δt/τ_s. A mode with λ = a + ib has the stationary variance 1/(1 − h|λ|²/2a),
// relative to Δt → 0.
func newEulerStability(modes []complex128, h, tau float64) EulerStability {
	e := EulerStability{MaxDT: math.Inf(1), EulerVariance: 1}
	for _, v := range modes {
		size := cmplx.Abs(v)
		e.EulerNumber = max(e.EulerNumber, h*size)
		e.EulerGrowth = max(e.EulerGrowth, cmplx.Abs(1-complex(h, 0)*v))
		if a := real(v); a > 0 {
			e.MaxDT = min(e.MaxDT, 2*a/(size*size))
			e.EulerVariance = max(e.EulerVariance, 1/max(0, 1-h*size*size/(2*a)))
		} else {
			e.MaxDT, e.EulerVariance = 0, math.Inf(1)
		}
	}
	e.MaxDT *= tau
	return e
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
