package spiking

import (
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// An integrator is what the probabilistic networks share: leaky filtered spike
// trains r, the estimate θ they decode to, and the voltage that each neuron has
// by them,
//
//	θ = Γr + θ₀,  V_j = Γ_jᵀΣ⁻¹(μ − κθ),
//
// where κ is the factor by which θ decays before a spike is added to it. All of
// r and θ decays by a common factor, which is kept apart as scale, so that time
// passes at the price of one multiplication, and a voltage costs p: one of the
// rows of Σ⁻¹Γ against what remains of θ. It is remembered until the next spike
// or change of μ.
type integrator struct {
	p, n  int
	keep  float64   // κ
	rows  []float64 // Γ, row j is column j
	dual  []float64 // Σ⁻¹Γ, likewise
	gain  float64
	steps int64

	mean []float64

	scale   float64
	theta   []float64 // in units of scale
	r       []float64 // in units of scale
	version uint64    // of theta, up to a change of unit, and of the mean
	means   uint64    // version of the mean alone
	neurons []neuron

	spike int   // in the last step, or −1
	count int64 // spikes since the counts were reset
}

// A neuron is what is known of its excess V_j − Ω_jj/2 = drive − scale·back.
type neuron struct {
	half    float64 // Ω_jj/2 = Γ_jᵀΣ⁻¹Γ_j/2
	drive   float64 // Γ_jᵀΣ⁻¹μ − Ω_jj/2
	back    float64 // κΓ_jᵀΣ⁻¹θ, in units of scale, at the version
	version uint64
	means   uint64 // version of the mean that drive is of
}

// settings are what the configurations of the probabilistic networks have in
// common.
type settings struct {
	target     *density.Gaussian
	decoder    mat.Matrix
	geometry   metric.Geometry
	unpaired   bool
	keep, gain float64
	start      []float64
}

func newIntegrator(c settings) (*integrator, error) {
	if c.target == nil {
		return nil, check.Errorf("Target", "is missing")
	}
	p := c.target.Dim()
	root, err := c.geometry.Of(c.target)
	if err != nil {
		return nil, check.Errorf("Geometry", "= %v: %v", c.geometry, err)
	}
	_, k := root.Dims()
	a, err := check.Matrix("Decoder", c.decoder, k, -1)
	if err != nil {
		return nil, err
	}
	n := len(a) / k
	rows := transpose(a, k, n)
	if !c.unpaired {
		if err := checkPairs(rows, n, k); err != nil {
			return nil, err
		}
	}
	if !(c.gain > 0) {
		return nil, check.Errorf("Gain", "= %v is not positive (it may be +Inf)", c.gain)
	}
	s := &integrator{
		p: p, n: n, keep: c.keep, gain: c.gain,
		rows:    rows,
		dual:    make([]float64, n*p),
		mean:    c.target.Mean(nil),
		scale:   1,
		r:       make([]float64, n),
		version: 1,
		means:   1,
		neurons: make([]neuron, n),
		spike:   -1,
	}
	if s.theta, err = checkVector("Start", c.start, p); err != nil {
		return nil, err
	}
	if !metric.IsIdentity(root) {
		s.rows = make([]float64, n*p)
		for j := range n {
			root.Mul(s.rows[j*p:(j+1)*p], rows[j*k:(j+1)*k])
		}
	}
	for j := range n {
		row, dual := s.rows[j*p:(j+1)*p], s.dual[j*p:(j+1)*p]
		c.target.MulPrecision(dual, row)
		s.neurons[j].half = portable.Dot(row, dual) / 2
	}
	return s, nil
}

// neuron returns neuron j, up to date.
func (s *integrator) neuron(j int) *neuron {
	if x := &s.neurons[j]; x.version == s.version {
		return x
	}
	return s.refresh(j)
}

func (s *integrator) refresh(j int) *neuron {
	x := &s.neurons[j]
	x.version = s.version
	x.back = s.keep * portable.Dot(s.dual[j*s.p:(j+1)*s.p], s.theta)
	s.follow(x, j)
	return x
}

// follow brings the drive of x, neuron j, to the present mean.
func (s *integrator) follow(x *neuron, j int) {
	if x.means != s.means {
		x.means = s.means
		x.drive = portable.Dot(s.dual[j*s.p:(j+1)*s.p], s.mean) - x.half
	}
}

// excess returns V_j − Ω_jj/2 of a neuron that is up to date.
func (s *integrator) excess(x *neuron) float64 { return x.drive - float64(s.scale*x.back) }

// Voltage returns V_j.
func (s *integrator) Voltage(j int) float64 {
	s.checkNeuron(j)
	x := s.neuron(j)
	return s.excess(x) + x.half
}

// Threshold returns Ω_jj/2, the voltage at which a proposed neuron spikes for
// certain.
func (s *integrator) Threshold(j int) float64 {
	s.checkNeuron(j)
	return s.neurons[j].half
}

// Excess returns V_j − Ω_jj/2, the change of log p that a spike of neuron j would
// make in the next step.
func (s *integrator) Excess(j int) float64 {
	s.checkNeuron(j)
	return s.excess(s.neuron(j))
}

// Acceptance returns the probability that neuron j spikes if it is proposed,
// min(1, exp(g(V_j − Ω_jj/2))).
func (s *integrator) Acceptance(j int) float64 {
	s.checkNeuron(j)
	return acceptance(s.gain, s.excess(s.neuron(j)))
}

// Rate returns r_j, the spikes of neuron j filtered by τ_m. Divided by τ_m it
// is an estimate of the firing rate.
func (s *integrator) Rate(j int) float64 {
	s.checkNeuron(j)
	return s.r[j] * s.scale
}

func (s *integrator) checkNeuron(j int) {
	if uint(j) >= uint(s.n) {
		panic(badIndex)
	}
}

// acceptance returns min(1, exp(gx)), where x is the change of log p that a
// spike would make. At an infinite gain it is one above zero and zero elsewhere.
func acceptance(gain, x float64) float64 {
	z := -float64(gain * x)
	switch {
	case z <= 0:
		return 1
	case z < math.Inf(1):
		return portable.Exp(-z)
	}
	return 0 // NaN is zero times an infinite gain
}

// accepts reports whether u < acceptance(gain, x), for u ≥ 0 with 53 bits. An
// acceptance below 2⁻⁵³, which it could not tell from zero, counts as zero.
func accepts(gain, x, u float64) bool {
	z := -float64(gain * x)
	return z <= 0 || z < 53*math.Ln2 && below(z, u)
}

// below reports whether u < exp(−z), for z > 0.
func below(z, u float64) bool {
	// Most refusals need no exponential: e^z ≥ 1 + z + z²/2 + z³/6.
	series := 1 + float64(z*(1+float64(z*(0.5+float64(z*(1.0/6))))))
	return float64(u*series) < 1 && u < portable.Exp(-z)
}

// share makes of a uniform word a neuron of n and a number that is uniform in
// [0, 1) whichever it is: the whole part and the fraction of n times 2⁻⁶⁴ of it.
func share(word uint64, n int) (j int, u float64) {
	whole, fraction := bits.Mul64(word, uint64(n))
	return int(whole), float64(fraction>>11) * 0x1p-53
}

// decay lets θ and r decay by the factor f ≥ 0.
func (s *integrator) decay(f float64) {
	if s.scale *= f; s.scale < minScale {
		s.rescale()
	}
}

// rescale makes scale at least minScale. Its unit changes by a power of two, by
// which everything that is in units of it is divided exactly.
func (s *integrator) rescale() {
	f := rescaling(&s.scale)
	for d := range s.theta {
		s.theta[d] *= f
	}
	for j := range s.r {
		s.r[j] *= f
		s.neurons[j].back *= f
	}
}

// minScale is the least common factor of filtered spike trains that is let be.
const minScale = 0x1p-64

// rescaling multiplies scale by a power of two that makes it at least minScale,
// and returns the inverse. A scale of zero becomes one, with an inverse of zero.
func rescaling(scale *float64) (inverse float64) {
	if *scale == 0 {
		*scale = 1
		return 0
	}
	_, exponent := math.Frexp(*scale)
	*scale = math.Ldexp(*scale, -exponent)
	return math.Ldexp(1, exponent)
}

// fire adds a spike of neuron j.
func (s *integrator) fire(j int) {
	unit := 1 / s.scale
	portable.Axpy(unit, s.rows[j*s.p:(j+1)*s.p], s.theta)
	s.r[j] += unit
	s.version++
	s.spike = j
	s.count++
}

// Dim returns p, the dimension of the estimate.
func (s *integrator) Dim() int { return s.p }

// Neurons returns n.
func (s *integrator) Neurons() int { return s.n }

// Decoder returns Γ = B[A, −A], p×n.
func (s *integrator) Decoder() *Decoder { return &Decoder{s.p, s.n, s.rows} }

// Position stores the estimate θ in dst. It panics if the length of dst is not
// Dim.
func (s *integrator) Position(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	for d, x := range s.theta {
		dst[d] = x * s.scale
	}
}

// Err returns nil.
func (s *integrator) Err() error { return nil }

// SetMean sets μ, of length p, from the next proposal on. It refuses a μ that is
// not finite, and then leaves the network as it is. It costs p: a stimulus may set
// μ before each step.
func (s *integrator) SetMean(mu []float64) error {
	if err := setMean(s.mean, mu); err != nil {
		return err
	}
	s.means++
	s.version++
	return nil
}

// setMean copies mu to mean. It returns an error if mu is not finite.
func setMean(mean, mu []float64) error {
	if len(mu) != len(mean) {
		panic(badLength)
	}
	if i := arg.FirstNonFinite(mu); i >= 0 {
		return check.Errorf("mean", "has entry [%d] = %v, which is not finite", i, mu[i])
	}
	copy(mean, mu)
	return nil
}
