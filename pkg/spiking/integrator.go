package spiking

import (
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
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

	mean     []float64
	meanFunc func(dst []float64, t float64)

	scale   float64
	theta   []float64 // in units of scale
	r       []float64 // in units of scale
	version uint64    // of theta, up to a change of unit, and of a moving mean
	neurons []neuron

	spike int   // in the last step, or −1
	count int64 // spikes since the counts were reset
	err   error
}

// A neuron is what is known of its excess V_j − Ω_jj/2 = drive − scale·back.
type neuron struct {
	half    float64 // Ω_jj/2 = Γ_jᵀΣ⁻¹Γ_j/2
	drive   float64 // Γ_jᵀΣ⁻¹μ − Ω_jj/2
	back    float64 // κΓ_jᵀΣ⁻¹θ, in units of scale, at the version
	version uint64
}

// settings are what the configurations of the probabilistic networks have in
// common.
type settings struct {
	covariance mat.Symmetric
	decoder    mat.Matrix
	geometry   Geometry
	unpaired   bool
	mean       []float64
	meanFunc   func(dst []float64, t float64)
	keep, gain float64
	start      []float64
}

func newIntegrator(c settings) (*integrator, error) {
	sigma, err := newCovariance(c.covariance)
	if err != nil {
		return nil, err
	}
	p := sigma.p
	a, err := checkMatrix("Decoder", c.decoder, p, -1)
	if err != nil {
		return nil, err
	}
	n := len(a) / p
	rows := transpose(a, p, n)
	if !c.unpaired {
		if err := checkPairs(rows, n, p); err != nil {
			return nil, err
		}
	}
	b, err := c.geometry.rootOf(sigma)
	if err != nil {
		return nil, err
	}
	if !(c.gain > 0) {
		return nil, configErrorf("Gain", "= %v is not positive (it may be +Inf)", c.gain)
	}
	if c.mean != nil && c.meanFunc != nil {
		return nil, configErrorf("MeanFunc", "is given together with Mean: give one")
	}
	s := &integrator{
		p: p, n: n, keep: c.keep, gain: c.gain,
		rows:     rows,
		dual:     make([]float64, n*p),
		meanFunc: c.meanFunc,
		scale:    1,
		r:        make([]float64, n),
		version:  1,
		neurons:  make([]neuron, n),
		spike:    -1,
	}
	if s.mean, err = checkVector("Mean", c.mean, p); err != nil {
		return nil, err
	}
	if s.theta, err = checkVector("Start", c.start, p); err != nil {
		return nil, err
	}
	precision := sigma.power(-1)
	column := make([]float64, p)
	for j := range n {
		row := rows[j*p : (j+1)*p]
		if !c.geometry.identity() {
			portable.MulVec(column, b, row)
			copy(row, column)
		}
		portable.MulVec(s.dual[j*p:(j+1)*p], precision, row)
		s.neurons[j].half = portable.Dot(row, s.dual[j*p:(j+1)*p]) / 2
	}
	if s.meanFunc != nil {
		s.follow(0)
	} else {
		s.setDrive()
	}
	return s, s.err
}

// follow sets μ to μ(t), of a network with a MeanFunc.
func (s *integrator) follow(t float64) {
	s.meanFunc(s.mean, t)
	s.version++
	if i := firstNonFinite(s.mean); i >= 0 && s.err == nil {
		s.err = &InputError{Time: t, What: "μ(t)", Coord: i, Value: s.mean[i]}
	}
}

// setDrive computes the drive after a change of μ, in a network without a
// MeanFunc.
func (s *integrator) setDrive() {
	for j := range s.neurons {
		s.neurons[j].drive = portable.Dot(s.dual[j*s.p:(j+1)*s.p], s.mean) - s.neurons[j].half
	}
}

// neuron returns neuron j, up to date.
func (s *integrator) neuron(j int) *neuron {
	if x := &s.neurons[j]; x.version == s.version {
		return x
	}
	return s.refresh(j)
}

func (s *integrator) refresh(j int) *neuron {
	x, dual := &s.neurons[j], s.dual[j*s.p:(j+1)*s.p]
	x.version = s.version
	x.back = s.keep * portable.Dot(dual, s.theta)
	if s.meanFunc != nil {
		x.drive = portable.Dot(dual, s.mean) - x.half
	}
	return x
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
	if s.err != nil {
		for d := range dst {
			dst[d] = math.NaN()
		}
	}
}

// Err returns nil, or an *InputError if μ(t) was not finite. From then on
// Position stores NaN.
func (s *integrator) Err() error { return s.err }

// SetMean makes μ what it is to be from now on, the acceptance of the next
// proposal included. It refuses a μ that is not finite, and a network whose
// mean is a MeanFunc.
func (s *integrator) SetMean(mu []float64) error {
	if s.meanFunc != nil {
		return configErrorf("Mean", "cannot be set: the network has a MeanFunc")
	}
	m, err := checkVector("Mean", mu, s.p)
	if err != nil {
		return err
	}
	copy(s.mean, m)
	s.setDrive()
	return nil
}
