package spiking

import (
	"cmp"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// ContinuousConfig describes a Continuous network of n neurons for a Gaussian
// target of p dimensions. Nothing but the fields marked optional has a default.
type ContinuousConfig struct {
	Target   *density.Gaussian // N(μ, Σ) at t = 0; SetMean moves μ
	Decoder  mat.Matrix        // of the form [A, −A], with as many rows as B has columns; the network's is Γ = B[A, −A]
	Geometry metric.Geometry   // D = BBᵀ
	Unpaired bool              // accept a Decoder that is not [A, −A]; optional

	TauM      float64 // τ_m, membrane time constant, s; +Inf is the perfect integrator
	Proposals float64 // ν, proposals of the whole network per second
	Gain      float64 // g > 0; 1 samples, +Inf is a threshold
	Interval  float64 // s, the time that a Step takes

	Start []float64 // θ at t = 0, p; optional, zero
}

// Continuous is the probabilistic spiking network in continuous time, the limit
// of Metropolis as Δt → 0 with 1/Δt = ν proposals a second:
//
//	dV/dt = −V/τ_m − Ωo + ΓᵀΣ⁻¹(dμ/dt + μ/τ_m),
//
// with o the spike trains, Ω = ΓᵀΣ⁻¹Γ, and neuron j spiking at the rate
//
//	(ν/n) min(1, exp(g(V_j − Ω_jj/2))).
//
// It is integrated exactly. At t = 0, V = ΓᵀΣ⁻¹(μ − θ), and with dθ/dt = −θ/τ_m +
// Γo this holds at all times, which gives V between spikes in closed form. Spikes
// are drawn by thinning a Poisson process whose rate bounds theirs.
//
// It targets N(μ, Σ). Without leak, with pairs ±Γ_j and g = 1, it does so exactly;
// with leak the bias vanishes as spikes become frequent on the scale of τ_m. As
// g → ∞ a neuron spikes as soon as a proposal finds V_j > Ω_jj/2. If the neuron with
// the largest excess were proposed first, that would be the efficient balanced
// network.
//
// Masset, Zavatone-Veth, Connor, Murthy and Pehlevan, NeurIPS 35 (2022).
type Continuous struct {
	probabilistic
	continuousParameters
	continuousState
	bound *bound // scratch, for Next
}

// continuousParameters do not change.
type continuousParameters struct {
	tau      float64 // τ_m, s
	nu       float64 // ν, proposals per second
	interval float64 // s
}

// continuousState is the state of time, Next and the last step. It is saved and
// restored.
type continuousState struct {
	clock  float64   // s since the last whole Step
	since  float64   // s since the counts were reset
	window float64   // s for which Next's next bound is to hold
	spikes []int     // of the last Step or Next
	times  []float64 // of the spikes, s
}

// maxProposals is the largest mean number of proposals in a Step, which takes time
// and memory for each that is accepted.
const maxProposals = 1 << 24

// NewContinuous returns the network at t = 0, r = 0. It refuses a missing target,
// a decoder that is not [A, −A], as when n is odd, unless Unpaired, shapes that
// disagree, numbers that are not finite, a τ_m, ν, g or interval that is not
// positive, more than 2²⁴ proposals in an interval, a decoder of more than 2²⁶
// entries, and a decoder, a mean or a start so large that voltages overflow, or a
// decoder so small that Ω_jj vanishes. It does not refuse a network that cannot
// sample its target: Warnings reports that.
func NewContinuous(c ContinuousConfig) (*Continuous, error) {
	if err := cmp.Or(checkTauM(c.TauM), check.Positive("Proposals", c.Proposals, " a second"), check.Positive("Interval", c.Interval, " s")); err != nil {
		return nil, err
	}
	if n := c.Proposals * c.Interval; n > maxProposals {
		return nil, check.Errorf("Interval", "= %g s holds %.3g proposals; at most %d are allowed in a step", c.Interval, n, maxProposals)
	}
	shared, err := newProbabilistic(c.Target, c.Decoder, c.Geometry, c.Unpaired, 1, c.Gain, c.Start)
	if err != nil {
		return nil, err
	}
	s := &Continuous{
		probabilistic:        *shared,
		continuousParameters: continuousParameters{tau: c.TauM, nu: c.Proposals, interval: c.Interval},
	}
	s.window = float64(s.n) / s.nu
	return s, nil
}

// Steps returns the number of whole steps taken.
func (s *Continuous) Steps() int64 { return s.steps }

// Time returns the time since the beginning, in s.
func (s *Continuous) Time() float64 { return float64(float64(s.steps)*s.interval) + s.clock }

// DT returns Interval, s.
func (s *Continuous) DT() float64 { return s.interval }

// Step moves the network on by Interval, or, after Next, to the end of the
// interval that it is in. The mean is that of the last SetMean throughout.
func (s *Continuous) Step(rng *rand.Rand) {
	s.spikes, s.times = s.spikes[:0], s.times[:0]
	s.spike = -1
	for s.clock < s.interval {
		if s.next(rng, s.interval-s.clock); s.spike < 0 {
			break
		}
		s.spikes = append(s.spikes, s.spike)
		s.times = append(s.times, s.Time())
	}
	if len(s.spikes) > 0 {
		s.spike = s.spikes[len(s.spikes)-1]
	}
	s.steps++
	s.clock = 0
}

// Next moves the network on until a neuron spikes, but by limit seconds at most,
// and returns the time that it took. Spike returns the neuron. Next costs of the
// order of n·p + n exponentials, and nothing for a proposal that is rejected. Where
// ν·limit is below n it costs p for each proposal. It panics if limit is not a
// positive, finite number.
func (s *Continuous) Next(rng *rand.Rand, limit float64) (elapsed float64) {
	if !(limit > 0) || math.IsInf(limit, 1) {
		panic("spiking: limit of Next is not a positive, finite time")
	}
	s.spikes, s.times = s.spikes[:0], s.times[:0]
	elapsed = s.next(rng, limit)
	if s.spike >= 0 {
		s.spikes = append(s.spikes, s.spike)
		s.times = append(s.times, s.Time())
	}
	// Whole intervals are counted as steps.
	if whole := math.Floor(s.clock / s.interval); whole > 0 {
		s.steps += int64(whole)
		s.clock = max(s.clock-float64(whole*s.interval), 0)
	}
	return elapsed
}

// next moves the network on until a neuron spikes, but by limit at most.
func (s *Continuous) next(rng *rand.Rand, limit float64) (elapsed float64) {
	s.spike = -1
	if s.nu*limit < float64(s.n) {
		return s.clocked(rng, limit)
	}
	if s.bound == nil {
		s.bound = newBound(&s.probabilistic)
	}
	b := s.bound
	b.load(&s.probabilistic)
	c := 1.0
	for elapsed < limit {
		window, end := s.window, 0.0
		if window > longDecay*s.tau {
			window = math.Inf(1)
		} else if math.IsInf(s.tau, 1) {
			window, end = math.Inf(1), 1
		} else {
			end = c * portable.Exp(-window/s.tau)
		}
		rate := s.nu * (b.fill(&s.probabilistic, c, end) / float64(s.n))
		rejected := 0
		for left := min(window, limit-elapsed); ; {
			wait := stream.Exponential(rng) / rate
			if rate == 0 || wait >= left {
				c *= s.advanceSilent(left)
				elapsed += left
				break
			}
			c *= s.advanceSilent(wait)
			elapsed += wait
			left -= wait
			j, spike := b.propose(&s.probabilistic, c, rng.Float64(), rng.Float64())
			if spike {
				s.fire(j)
				return elapsed
			}
			rejected++
		}
		switch {
		case rejected > s.n/4:
			s.window /= 2
		case rejected <= s.n/16 && !math.IsInf(window, 1):
			s.window *= 2
		}
	}
	return limit
}

// clocked does what next does, by drawing each proposal of the Poisson process.
func (s *Continuous) clocked(rng *rand.Rand, limit float64) (elapsed float64) {
	for {
		wait := stream.Exponential(rng) / s.nu
		if elapsed+wait >= limit {
			s.advanceSilent(limit - elapsed)
			return limit
		}
		s.advanceSilent(wait)
		elapsed += wait
		if j, u := neuronAndUniform(rng.Uint64(), s.n); accepts(s.gain, s.excess(j), u) {
			s.fire(j)
			return elapsed
		}
	}
}

// advanceSilent lets dt s go by without a spike and returns the factor by which θ
// decays.
func (s *Continuous) advanceSilent(dt float64) (f float64) {
	f = portable.Exp(-dt / s.tau)
	s.decayBy(f)
	s.clock += dt
	s.since += dt
	return f
}

// Counts returns the spikes since the network was made, or since ResetCounts,
// and the number of proposals expected in that time.
func (s *Continuous) Counts() ProbabilisticCounts {
	return ProbabilisticCounts{Proposals: int64(math.Round(s.nu * s.since)), Spikes: s.count}
}

// ResetCounts sets the counts to zero.
func (s *Continuous) ResetCounts() {
	s.count, s.since = 0, 0
}

// Spike returns the last neuron to spike in the last Step or Next, or −1 if none
// did.
func (s *Continuous) Spike() int { return s.spike }

// Spikes returns the neurons that spiked in the last Step or Next, in order. The
// slice is valid until the next.
func (s *Continuous) Spikes() []int { return s.spikes }

// SpikeTimes returns the times of Spikes, in s. The slice is valid until the
// next Step or Next.
func (s *Continuous) SpikeTimes() []float64 { return s.times }
