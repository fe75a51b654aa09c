package spiking

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// A Density is what MetropolisDensity needs of a target: its dimension and its
// logarithm up to a constant, −Inf outside its support. Any density.Density is
// one.
type Density interface {
	Dim() int
	LogProb(x []float64) float64
}

// MetropolisDensityConfig describes a MetropolisDensity network of n neurons for
// a target of p dimensions. Nothing but the fields marked optional has a default.
type MetropolisDensityConfig struct {
	Target   Density
	Decoder  mat.Matrix // Γ, p×n, of the form [A, −A]
	Unpaired bool       // accept a Decoder that is not [A, −A]; optional

	TauM float64 // τ_m, membrane time constant, s; +Inf is the perfect integrator
	DT   float64 // Δt, time step, s, of one proposal; below τ_m
	Gain float64 // g > 0; 1 samples, +Inf is a threshold

	Centre []float64 // the point that θ leaks to, p; optional, zero
	Start  []float64 // θ at t = 0, p; optional, Centre
}

// MetropolisDensity is the network with a probabilistic spike rule for any target
// density p. A step is
//
//	j ← a neuron, drawn uniformly,
//	θ ← c + (1−η)(θ − c),  η = Δt/τ_m,
//	θ ← θ + Γ_j with probability min(1, exp(g(log p(θ + Γ_j) − log p(θ)))).
//
// For a Gaussian target and c = 0 this is Metropolis, spike for spike: there the
// change of log p is V_j − Ω_jj/2. For another density the voltage and the
// threshold are the parts of that change which are odd and even in Γ_j,
//
//	V_j = ½[log p(θ + Γ_j) − log p(θ − Γ_j)],
//	T_j = −½[log p(θ + Γ_j) − 2 log p(θ) + log p(θ − Γ_j)],
//
// so that V_j − T_j is the change for every density, and both are those of
// Metropolis for a Gaussian. No voltage is linear in the estimate, and thresholds
// change with it.
//
// Without leak, with pairs ±Γ_j and g = 1, it samples p exactly on the lattice
// that its decoder spans. The leak, to a centre c that a user may put at the
// mode, biases it. As θ decays to c, the network is not Leaky. A step evaluates
// log p once without leak and twice with it.
type MetropolisDensity struct {
	densityParameters
	densityState
	try   []float64 // scratch, a proposed θ
	fired [1]int    // scratch, for Spikes
	err   error
}

// densityParameters do not change.
type densityParameters struct {
	target          Density
	p, n            int
	gamma           *Decoder
	tauM, dt        float64
	kappa           float64 // κ = 1 − Δt/τ_m
	gain            float64
	centre          []float64
	leaky, unpaired bool
}

// densityState is what changes as the network runs. It is saved and restored.
type densityState struct {
	steps  int64
	theta  []float64
	logp   float64 // at theta
	filter         // r
	spike  int     // in the last step, or −1
	counts ProbabilisticCounts
}

// NewMetropolisDensity returns the network at t = 0, r = 0. It refuses a decoder
// that is not [A, −A], as when n is odd, unless Unpaired, shapes that disagree,
// numbers that are not finite, a Δt or τ_m that is not positive, Δt ≥ τ_m, g ≤ 0,
// a decoder of more than 2²⁶ entries, and a start at which log p is not finite. It
// does not refuse a network that cannot sample its target: Warnings reports that.
func NewMetropolisDensity(c MetropolisDensityConfig) (*MetropolisDensity, error) {
	if c.Target == nil {
		return nil, check.Errorf("Target", "is missing")
	}
	p := c.Target.Dim()
	gamma, err := NewDecoder(c.Decoder)
	if err != nil {
		return nil, err
	}
	if gamma.p != p {
		return nil, check.Errorf("Decoder", "is %d×%d, want %d×any", gamma.p, gamma.n, p)
	}
	if !c.Unpaired {
		if err := checkPairs(gamma); err != nil {
			return nil, err
		}
	}
	if err := checkLeak(c.TauM, c.DT); err != nil {
		return nil, err
	}
	if err := checkGain(c.Gain); err != nil {
		return nil, err
	}
	kappa := 1 - c.DT/c.TauM
	s := &MetropolisDensity{
		densityParameters: densityParameters{
			target: c.Target, p: p, n: gamma.n, gamma: gamma, tauM: c.TauM, dt: c.DT,
			kappa: kappa, leaky: kappa != 1, gain: c.Gain, unpaired: c.Unpaired,
		},
		densityState: densityState{filter: newFilter(gamma.n, nil), spike: -1},
		try:          make([]float64, p),
	}
	if s.centre, err = checkVector("Centre", c.Centre, p); err != nil {
		return nil, err
	}
	if c.Start == nil {
		c.Start = s.centre
	}
	if s.theta, err = checkVector("Start", c.Start, p); err != nil {
		return nil, err
	}
	if s.logp = s.target.LogProb(s.theta); !finite(s.logp) {
		return nil, check.Errorf("Start", "has log p = %v, which is not finite", s.logp)
	}
	return s, nil
}

// Dim returns p, the dimension of the estimate.
func (s *MetropolisDensity) Dim() int { return s.p }

// Neurons returns n.
func (s *MetropolisDensity) Neurons() int { return s.n }

// Steps returns the number of steps taken.
func (s *MetropolisDensity) Steps() int64 { return s.steps }

// Time returns Δt times the number of steps taken, in s.
func (s *MetropolisDensity) Time() float64 { return float64(s.steps) * s.dt }

// DT returns Δt, s.
func (s *MetropolisDensity) DT() float64 { return s.dt }

// Decoder returns Γ.
func (s *MetropolisDensity) Decoder() *Decoder { return s.gamma }

// Step takes one time step of Δt: one proposal.
func (s *MetropolisDensity) Step(rng *rand.Rand) { s.Propose(neuronAndUniform(rng.Uint64(), s.n)) }

// Propose takes the time step that Step takes, with the proposed neuron and the
// uniform number in [0, 1) given. It reports whether the neuron spiked. It
// panics if there is no such neuron.
func (s *MetropolisDensity) Propose(j int, u float64) (spike bool) {
	s.checkNeuron(j)
	if s.leaky {
		s.leak(s.theta)
		s.logp = s.target.LogProb(s.theta)
		s.filter.decay(s.kappa)
	}
	for d, g := range s.gamma.Column(j) {
		s.try[d] = s.theta[d] + g
	}
	logp := s.target.LogProb(s.try)
	s.steps++
	s.counts.Proposals++
	s.spike = -1
	if math.IsNaN(logp) || math.IsInf(logp, 1) {
		if s.err == nil {
			s.err = &StateError{Time: s.Time(), What: "log p at θ + Γ_j", Coord: j, Value: logp}
		}
		return false
	}
	spike = accepts(s.gain, logp-s.logp, u)
	if spike {
		copy(s.theta, s.try)
		s.logp = logp
		s.r[j] += s.unit()
		s.spike = j
		s.counts.Spikes++
	}
	return spike
}

// leak lets x decay towards the centre by one step.
func (s *MetropolisDensity) leak(x []float64) {
	for d, c := range s.centre {
		x[d] = c + float64(s.kappa*(x[d]-c))
	}
}

// Position stores the estimate θ in dst. It panics if the length of dst is not
// Dim.
func (s *MetropolisDensity) Position(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	copy(dst, s.theta)
	if s.err != nil {
		for d := range dst {
			dst[d] = math.NaN()
		}
	}
}

// Spike returns the neuron that spiked in the last step, or −1 if none did.
func (s *MetropolisDensity) Spike() int { return s.spike }

// Spikes returns the neuron that spiked in the last step, if one did. The slice
// is valid until the next step.
func (s *MetropolisDensity) Spikes() []int {
	if s.spike < 0 {
		return nil
	}
	s.fired[0] = s.spike
	return s.fired[:]
}

// Rate returns r_j, the spikes of neuron j filtered by τ_m. Divided by τ_m it
// is an estimate of the firing rate in Hz.
func (s *MetropolisDensity) Rate(j int) float64 {
	s.checkNeuron(j)
	return s.rate(j)
}

func (s *MetropolisDensity) checkNeuron(j int) {
	if uint(j) >= uint(s.n) {
		panic(badIndex)
	}
}

// Acceptance returns the probability that neuron j would spike if it were
// proposed in the next step.
func (s *MetropolisDensity) Acceptance(j int) float64 {
	return acceptance(s.gain, s.Excess(j))
}

// Excess returns V_j − T_j, the change of log p that a spike of neuron j would
// make in the next step. It is −Inf where log p is not a number.
func (s *MetropolisDensity) Excess(j int) float64 {
	excess, _ := s.probe(j)
	return excess
}

// Voltage returns V_j: Excess plus Threshold.
func (s *MetropolisDensity) Voltage(j int) float64 {
	excess, threshold := s.probe(j)
	return excess + threshold
}

// Threshold returns T_j at the present estimate. It is zero at the edge of the
// support, where log p is not finite at both θ ± Γ_j.
func (s *MetropolisDensity) Threshold(j int) float64 {
	_, threshold := s.probe(j)
	return threshold
}

// probe returns the excess and the threshold of neuron j in the next step, by
// three evaluations of log p.
func (s *MetropolisDensity) probe(j int) (excess, threshold float64) {
	s.checkNeuron(j)
	at := func(sign float64) float64 {
		copy(s.try, s.theta)
		s.leak(s.try)
		for d, g := range s.gamma.Column(j) {
			s.try[d] += float64(sign * g)
		}
		return s.target.LogProb(s.try)
	}
	here := at(0)
	up, down := at(1)-here, at(-1)-here
	if math.IsNaN(up) {
		up = math.Inf(-1)
	}
	if even := -(up + down) / 2; finite(even) {
		threshold = even
	}
	return up, threshold
}

// Counts returns the counts since the network was made, or since
// ResetCounts.
func (s *MetropolisDensity) Counts() ProbabilisticCounts { return s.counts }

// ResetCounts sets the counts to zero.
func (s *MetropolisDensity) ResetCounts() { s.counts = ProbabilisticCounts{} }

// Err returns nil, or a *StateError if log p was NaN or +Inf at a proposal.
// From then on Position stores NaN.
func (s *MetropolisDensity) Err() error { return s.err }
