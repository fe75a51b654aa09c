package spiking

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// A Density is what General asks of a target: its dimension and its logarithm
// up to a constant, −Inf outside its support. Any density.Density is one.
type Density interface {
	Dim() int
	LogProb(x []float64) float64
}

// GeneralConfig describes a General network of n neurons for a target of p
// dimensions. Nothing but the fields marked optional has a default.
type GeneralConfig struct {
	Target   Density
	Decoder  mat.Matrix // Γ, p×n, of the form [A, −A]
	Unpaired bool       // accept a Decoder that is not [A, −A]; optional

	TauM float64 // τ_m, membrane time constant, s; +Inf is the perfect integrator
	DT   float64 // Δt, time step, s, of one proposal; below τ_m
	Gain float64 // g > 0; 1 samples, +Inf is a threshold

	Centre []float64 // the point that θ leaks to, p; optional, zero
	Start  []float64 // θ at t = 0, p; optional, Centre
}

// General is the network with a probabilistic spike rule for any target
// p(θ) ∝ exp(−U(θ)). A step is
//
//	j ← a neuron, drawn uniformly,
//	θ ← c + (1−η)(θ − c),  η = Δt/τ_m,
//	θ ← θ + Γ_j with probability min(1, exp(g(U(θ) − U(θ + Γ_j)))).
//
// For a Gaussian target and c = 0 this is Metropolis, spike for spike: there the
// change of −U is V_j − Ω_jj/2. For others no voltage is linear in the
// estimate; a neuron must know the change of U that its spike would make.
//
// Without leak, with pairs ±Γ_j and g = 1, it samples p exactly on the lattice
// that its decoder spans; the leak, to a centre c that a user may put at the
// mode, biases it. A step evaluates U once without leak and twice with it.
type General struct {
	target     Density
	p, n       int
	rows       []float64
	keep, gain float64
	dt         float64
	centre     []float64

	steps      int64
	theta, try []float64
	logp       float64   // at theta
	scale      float64   // common factor of r
	r          []float64 // in units of scale
	spike      int
	fired      [1]int
	count      ProbabilisticCounts
	err        error
}

// NewGeneral returns the network at t = 0, r = 0. It refuses a decoder that is
// not [A, −A], as when n is odd, unless Unpaired, shapes that disagree, numbers
// that are not finite, a Δt or τ_m that is not positive, Δt ≥ τ_m, g ≤ 0, and a
// start at which log p is not finite.
func NewGeneral(c GeneralConfig) (*General, error) {
	if c.Target == nil {
		return nil, configErrorf("Target", "is missing")
	}
	p := c.Target.Dim()
	a, err := checkMatrix("Decoder", c.Decoder, p, -1)
	if err != nil {
		return nil, err
	}
	n := len(a) / p
	s := &General{
		target: c.Target, p: p, n: n, rows: transpose(a, p, n),
		gain: c.Gain, dt: c.DT, try: make([]float64, p), scale: 1, r: make([]float64, n), spike: -1,
	}
	if !c.Unpaired {
		if err := checkPairs(s.rows, n, p); err != nil {
			return nil, err
		}
	}
	if err := checkLeak(c.TauM, c.DT); err != nil {
		return nil, err
	}
	s.keep = 1 - c.DT/c.TauM
	if !(c.Gain > 0) {
		return nil, configErrorf("Gain", "= %v is not positive (it may be +Inf)", c.Gain)
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
	s.logp = c.Target.LogProb(s.theta)
	if math.IsNaN(s.logp) || math.IsInf(s.logp, 0) {
		return nil, configErrorf("Start", "has log p = %v, which is not finite", s.logp)
	}
	return s, nil
}

// checkLeak says what is wrong with the time constant and the time step of a
// probabilistic network.
func checkLeak(tauM, dt float64) error {
	if !(tauM > 0) {
		return configErrorf("TauM", "= %v s is not positive (it may be +Inf)", tauM)
	}
	if err := checkPositive("DT", dt, " s"); err != nil {
		return err
	}
	if dt >= tauM {
		return configErrorf("DT", "= %g s is not below TauM = %g s", dt, tauM)
	}
	return nil
}

// Dim returns p, the dimension of the estimate.
func (s *General) Dim() int { return s.p }

// Neurons returns n.
func (s *General) Neurons() int { return s.n }

// Steps returns the number of steps taken.
func (s *General) Steps() int64 { return s.steps }

// Time returns Δt times the number of steps taken, in s.
func (s *General) Time() float64 { return float64(s.steps) * s.dt }

// DT returns Δt, s.
func (s *General) DT() float64 { return s.dt }

// Decoder returns Γ.
func (s *General) Decoder() *Decoder { return &Decoder{s.p, s.n, s.rows} }

// Decay returns κ = 1 − Δt/τ_m, the factor by which θ decays in a step towards
// the centre.
func (s *General) Decay() float64 { return s.keep }

// Step takes one time step of Δt: one proposal.
func (s *General) Step(rng *rand.Rand) { s.Propose(share(rng.Uint64(), s.n)) }

// Propose takes the time step that Step takes, with the proposed neuron and the
// uniform number in [0, 1) given. It reports whether the neuron spiked. It
// panics if there is no such neuron.
func (s *General) Propose(j int, u float64) (spike bool) {
	s.checkNeuron(j)
	if s.keep != 1 {
		for d, c := range s.centre {
			s.theta[d] = c + float64(s.keep*(s.theta[d]-c))
		}
		s.logp = s.target.LogProb(s.theta)
		if s.scale *= s.keep; s.scale < minScale {
			f := rescaling(&s.scale)
			for i := range s.r {
				s.r[i] *= f
			}
		}
	}
	for d, g := range s.rows[j*s.p : (j+1)*s.p] {
		s.try[d] = s.theta[d] + g
	}
	logp := s.target.LogProb(s.try)
	s.steps++
	s.count.Proposals++
	s.spike = -1
	if math.IsNaN(logp) || math.IsInf(logp, 1) {
		if s.err == nil {
			s.err = &InputError{Time: s.Time(), What: "log p at θ + Γ_j", Coord: j, Value: logp}
		}
		return false
	}
	spike = accepts(s.gain, logp-s.logp, u)
	if spike {
		copy(s.theta, s.try)
		s.logp = logp
		s.r[j] += 1 / s.scale
		s.spike = j
		s.count.Spikes++
	}
	return spike
}

// Position stores the estimate θ in dst. It panics if the length of dst is not
// Dim.
func (s *General) Position(dst []float64) {
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
func (s *General) Spike() int { return s.spike }

// Spikes returns the neuron that spiked in the last step, if one did. The slice
// is valid until the next step.
func (s *General) Spikes() []int {
	if s.spike < 0 {
		return nil
	}
	s.fired[0] = s.spike
	return s.fired[:]
}

// Rate returns r_j, the spikes of neuron j filtered by τ_m. Divided by τ_m it
// is an estimate of the firing rate.
func (s *General) Rate(j int) float64 {
	s.checkNeuron(j)
	return s.r[j] * s.scale
}

func (s *General) checkNeuron(j int) {
	if uint(j) >= uint(s.n) {
		panic(badIndex)
	}
}

// Acceptance returns the probability that neuron j would spike if it were
// proposed in the next step.
func (s *General) Acceptance(j int) float64 {
	s.checkNeuron(j)
	return acceptance(s.gain, s.excess(j))
}

// Voltage returns the change of log p that a spike of neuron j would make in the
// next step: V_j − Ω_jj/2 if the target is Gaussian. It evaluates U twice.
func (s *General) Voltage(j int) float64 {
	s.checkNeuron(j)
	return s.excess(j)
}

func (s *General) excess(j int) float64 {
	at := make([]float64, s.p)
	for d, c := range s.centre {
		at[d] = c + float64(s.keep*(s.theta[d]-c))
	}
	from := s.target.LogProb(at)
	for d, g := range s.rows[j*s.p : (j+1)*s.p] {
		at[d] += g
	}
	return s.target.LogProb(at) - from
}

// Threshold returns zero: the voltage is measured from it.
func (s *General) Threshold(j int) float64 { return 0 }

// Counts returns the counts since the network was made, or since
// ResetCounts.
func (s *General) Counts() ProbabilisticCounts { return s.count }

// ResetCounts sets the counts to zero.
func (s *General) ResetCounts() { s.count = ProbabilisticCounts{} }

// Err returns nil, or an *InputError if log p was NaN or +Inf at a proposal.
// From then on Position stores NaN.
func (s *General) Err() error { return s.err }
