package spiking

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// A Choice picks the neuron that a Metropolis network proposes in a time step.
type Choice int

const (
	// UniformNeuron proposes a neuron drawn uniformly, as a sampler must.
	UniformNeuron Choice = iota

	// LargestExcess proposes the neuron with the largest V_j − Ω_jj/2. With it
	// the network does not sample. At gain +Inf it is the greedy rule of the
	// efficient balanced network whose decoder is Σ^−½Γ, λ = 0. A step costs
	// n·p.
	LargestExcess
)

// String returns the name of the constant.
func (c Choice) String() string {
	switch c {
	case UniformNeuron:
		return "UniformNeuron"
	case LargestExcess:
		return "LargestExcess"
	}
	return fmt.Sprintf("Choice(%d)", int(c))
}

// MetropolisConfig describes a Metropolis network of n neurons for a Gaussian
// target of p dimensions. Nothing but the fields marked optional has a default;
// PaperMetropolis fills in those of the paper.
type MetropolisConfig struct {
	Target   *density.Gaussian // N(μ, Σ) at t = 0; SetMean moves μ
	Decoder  mat.Matrix        // of the form [A, −A], with as many rows as B has columns; the network's is Γ = B[A, −A]
	Geometry metric.Geometry   // D = BBᵀ
	Unpaired bool              // accept a Decoder that is not [A, −A]; optional

	TauM float64 // τ_m, membrane time constant, s; +Inf is the perfect integrator
	DT   float64 // Δt, time step, s, of one proposal; below τ_m

	Gain   float64 // g > 0; 1 samples, +Inf is a threshold
	Choice Choice  // optional, UniformNeuron

	Start []float64 // θ at t = 0, p; optional, zero
}

// PaperMetropolis returns the configuration of the published simulations:
// τ_m = 20 ms, Δt = 10 µs, gain 1, θ = 0.
func PaperMetropolis(target *density.Gaussian, decoder mat.Matrix, g metric.Geometry) MetropolisConfig {
	return MetropolisConfig{
		Target: target, Decoder: decoder, Geometry: g,
		TauM: 20e-3, DT: 10e-6, Gain: 1,
	}
}

// Metropolis is the network with a probabilistic spike rule derived from
// Metropolis–Hastings: a spike of neuron j moves the estimate by Γ_j, and is
// accepted or rejected as such a move. With η = Δt/τ_m and Ω = ΓᵀΣ⁻¹Γ, a step is
//
//	j ← a neuron, drawn uniformly,
//	s_j ← 1 with probability min(1, exp(g(V_j − Ω_jj/2))), s = 0 otherwise,
//	V ← (1−η)(V − Ωs) + ΓᵀΣ⁻¹(μ(t) − (1−η)μ(t−Δt)),
//	r ← (1−η)r + s,  θ = Γr.
//
// V_j − Ω_jj/2 is the change of log N(θ; μ, Σ) as Γ_j is added to (1−η)θ.
// Without leak, η = 0, and with pairs ±Γ_j and g = 1, the network is in detailed
// balance with N(μ, Σ) on the lattice that its decoder spans and samples it
// exactly. The leak biases it, the more so the fewer spikes there are: between
// spikes θ decays to zero.
//
// A voltage costs p, V_j = Γ_jᵀΣ⁻¹(μ − (1−η)θ). It is computed for each proposal, or
// kept until the next spike. After n proposals without a spike the voltages of all
// neurons are computed once and kept. Nothing has n² entries.
//
// Jump moves from spike to spike: by proposals where spikes are frequent, and over them
// where spikes are rare. It is equal in law to Step.
//
// Masset, Zavatone-Veth, Connor, Murthy and Pehlevan, NeurIPS 35 (2022).
type Metropolis struct {
	probabilistic
	metropolisParameters
	metropolisState
	search    *voltageSearch // scratch, for LargestExcess
	bound     *bound         // scratch, for Jump
	proposals proposals      // scratch, for settle
	fired     [1]int         // scratch, for Spikes
}

// metropolisParameters do not change.
type metropolisParameters struct {
	tauM, dt float64
	choice   Choice
	logKappa float64 // log κ
}

// metropolisState is the state of Jump and of the counts. It is saved and restored.
type metropolisState struct {
	counted int64 // steps at which the counts were reset
	window  int64 // steps for which Jump's next bound is to hold
	wait    int64 // steps from spike to spike, a running mean over Jumps
}

// proposals is what settle needs of a network. It points into it.
type proposals struct {
	p, n, stride int      // stride in bytes
	kappa        float64  // κ
	inverse      float64  // 1/g
	drive, back  *float64 // of excesses
	rows, gamma  *float64 // Σ⁻¹Γ_j at each stride, and Γ_j
	theta, r     *float64 // in units of scale
	scale        *float64

	// What prepare computes for words from first on.
	first   uintptr
	words   [ahead + batch]uint64
	neurons [ahead + batch]uint32
	offsets [ahead + batch]uint32  // of their rows, in bytes; below 2³¹, since p·n ≤ 2²⁶
	refused [ahead + batch]float64 // an excess up to this is refused
}

// newExcessSearch returns a search for the largest V_j − Ω_jj/2, with V = (Σ⁻¹Γ)ᵀu.
func newExcessSearch(s *probabilistic) *voltageSearch {
	search := newVoltageSearch(decoderOf(s.p, s.n, s.dual), s.half, true)
	search.watch(make([]float64, (s.p+3)/4*4), make([]float64, s.n))
	return search
}

// NewMetropolis returns the network at t = 0, r = 0. It refuses a missing target,
// a decoder that is not [A, −A], as when n is odd, unless Unpaired, shapes that
// disagree, numbers that are not finite, a Δt or τ_m that is not positive, Δt ≥
// τ_m, g ≤ 0, a decoder of more than 2²⁶ entries, and a decoder, a mean or a start so
// large that voltages overflow, or a decoder so small that Ω_jj vanishes. It does not
// refuse a network that cannot sample its target: Warnings reports that.
func NewMetropolis(c MetropolisConfig) (*Metropolis, error) {
	if err := checkLeak(c.TauM, c.DT); err != nil {
		return nil, err
	}
	if c.Choice != UniformNeuron && c.Choice != LargestExcess {
		return nil, check.Errorf("Choice", "= %d is none of UniformNeuron and LargestExcess", int(c.Choice))
	}
	shared, err := newProbabilistic(c.Target, c.Decoder, c.Geometry, c.Unpaired, 1-c.DT/c.TauM, c.Gain, c.Start)
	if err != nil {
		return nil, err
	}
	s := &Metropolis{
		probabilistic:        *shared,
		metropolisParameters: metropolisParameters{tauM: c.TauM, dt: c.DT, choice: c.Choice, logKappa: portable.Log(shared.kappa)},
		metropolisState:      metropolisState{window: int64(shared.n)},
	}
	s.proposals = proposals{
		p: s.p, n: s.n, stride: 8 * s.stride, kappa: s.kappa, inverse: 1 / s.gain,
		drive: &s.drive[0], back: &s.back[0], rows: &s.rows[0], gamma: &s.gamma.columns[0],
		theta: &s.theta[0], r: &s.r[0], scale: &s.scale,
	}
	if c.Choice == LargestExcess {
		s.search = newExcessSearch(&s.probabilistic)
	}
	return s, nil
}

// Steps returns the number of steps taken.
func (s *Metropolis) Steps() int64 { return s.steps }

// Time returns Δt times the number of steps taken, in s.
func (s *Metropolis) Time() float64 { return float64(s.steps) * s.dt }

// Decay returns κ = 1−η, the factor by which θ decays in a step.
func (s *Metropolis) Decay() float64 { return s.kappa }

// DT returns Δt, s.
func (s *Metropolis) DT() float64 { return s.dt }

// Step takes one time step of Δt: one proposal.
func (s *Metropolis) Step(rng *rand.Rand) {
	j, u := neuronAndUniform(rng.Uint64(), s.n)
	if s.choice == LargestExcess {
		j = s.furthest()
	}
	s.propose(j, u)
}

// proposeAll takes the steps that Step takes with each of the words, until a neuron
// spikes but at most limit, and returns their number.
func (s *Metropolis) proposeAll(words []uint64, limit int) (steps int) {
	for s.spike = -1; steps < limit && s.spike < 0; {
		k, spike := 0, undecided
		if hasVNNI && s.ready() {
			k, spike = settle(&s.proposals, &words[steps], limit-steps, s.stale == 0)
		}
		steps += k
		s.steps += int64(k)
		switch {
		case spike >= 0:
			s.spiked(spike)
		case spike == unprepared:
			prepare(&s.proposals, &words[steps], min(len(words)-steps, ahead))
		case k == 0:
			s.propose(neuronAndUniform(words[steps], s.n))
			steps++
		}
	}
	return steps
}

const (
	batch = 8   // proposals that settle takes at once
	ahead = 256 // words that prepare takes at most

	undecided, unprepared = -1, -2 // answers of settle
)

// ready reports whether settle can take proposals. Where spikes are rare it computes the
// voltages of all neurons before.
func (s *Metropolis) ready() bool {
	if s.stale > 0 && s.steps-s.since > int64(s.n) {
		s.knowAll()
	}
	return s.undriven == 0
}

// run takes steps until a neuron spikes, but at most limit, and returns their number.
func (s *Metropolis) run(rng *rand.Rand, limit int64) (steps int64) {
	for steps < limit {
		words := stream.Ahead(rng)
		if words == nil || s.choice != UniformNeuron {
			s.Step(rng)
			steps++
		} else {
			k := s.proposeAll(words, int(min(int64(len(words)), limit-steps)))
			stream.Skip(rng, k)
			steps += int64(k)
		}
		if s.spike >= 0 {
			break
		}
	}
	return steps
}

// Propose takes the time step that Step takes, with the proposed neuron and the
// uniform number in [0, 1) given: it spikes if u is below its acceptance. It
// reports whether it did. It panics if there is no such neuron.
func (s *Metropolis) Propose(j int, u float64) (spike bool) {
	s.checkNeuron(j)
	return s.propose(j, u)
}

func (s *Metropolis) propose(j int, u float64) (spike bool) {
	spike = accepts(s.gain, s.excess(j), u)
	s.decayBy(s.kappa)
	s.steps++
	s.spike = -1
	if spike {
		s.fire(j)
	}
	return spike
}

// furthest returns the neuron with the largest V_j − Ω_jj/2, the first of equals.
func (s *Metropolis) furthest() int {
	f := float64(s.kappa * s.scale)
	for d, x := range s.theta {
		s.search.u[d] = s.mean[d] - float64(f*x)
	}
	s.search.count(0, 0)
	j, _ := s.search.largest()
	return j
}

// Counts returns the counts since the network was made, or since ResetCounts.
func (s *Metropolis) Counts() ProbabilisticCounts {
	return ProbabilisticCounts{Proposals: s.steps - s.counted, Spikes: s.count}
}

// ResetCounts sets the counts to zero.
func (s *Metropolis) ResetCounts() { s.counted, s.count = s.steps, 0 }

// Spike returns the neuron that spiked in the last step, or −1 if none did.
func (s *Metropolis) Spike() int { return s.spike }

// Spikes returns the neuron that spiked in the last step, if one did. The slice
// is valid until the next step.
func (s *Metropolis) Spikes() []int {
	if s.spike < 0 {
		return nil
	}
	s.fired[0] = s.spike
	return s.fired[:]
}
