package spiking

import (
	"math"
	"math/bits"
	"math/rand/v2"

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
	version uint64    // of theta and scale
	neurons []neuron

	spike int // in the last step, or −1
	count ProbabilisticCounts
	err   error
}

// A neuron is what is known of V_j = drive − scale·back.
type neuron struct {
	half    float64 // Ω_jj/2 = Γ_jᵀΣ⁻¹Γ_j/2
	drive   float64 // Γ_jᵀΣ⁻¹μ, unless there is a meanFunc
	back    float64 // κΓ_jᵀΣ⁻¹θ, in units of scale, at the version
	version uint64
}

// newIntegrator checks what the probabilistic networks' configurations have in
// common. keep is left to the caller.
func newIntegrator(sigma mat.Symmetric, decoder mat.Matrix, g Geometry, unpaired bool, gain float64, mean []float64, meanFunc func([]float64, float64), start []float64) (*integrator, error) {
	c, err := newCovariance(sigma)
	if err != nil {
		return nil, err
	}
	p := c.p
	a, err := checkMatrix("Decoder", decoder, p, -1)
	if err != nil {
		return nil, err
	}
	n := len(a) / p
	rows := transpose(a, p, n)
	if !unpaired {
		if err := checkPairs(rows, n, p); err != nil {
			return nil, err
		}
	}
	b, err := g.rootOf(c)
	if err != nil {
		return nil, err
	}
	if !(gain > 0) {
		return nil, configErrorf("Gain", "= %v is not positive (it may be +Inf)", gain)
	}
	if mean != nil && meanFunc != nil {
		return nil, configErrorf("MeanFunc", "is given together with Mean: give one")
	}
	s := &integrator{
		p: p, n: n, gain: gain,
		rows:     rows,
		dual:     make([]float64, n*p),
		meanFunc: meanFunc,
		scale:    1,
		r:        make([]float64, n),
		version:  1,
		neurons:  make([]neuron, n),
		spike:    -1,
	}
	if s.mean, err = checkVector("Mean", mean, p); err != nil {
		return nil, err
	}
	if s.theta, err = checkVector("Start", start, p); err != nil {
		return nil, err
	}
	precision := c.power(-1)
	column := make([]float64, p)
	for j := range n {
		row := rows[j*p : (j+1)*p]
		if !g.identity() {
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
	if i := firstNonFinite(s.mean); i >= 0 && s.err == nil {
		s.err = &InputError{Time: t, What: "μ(t)", Coord: i, Value: s.mean[i]}
	}
}

// setDrive computes the drive after a change of μ, in a network without a
// MeanFunc.
func (s *integrator) setDrive() {
	for j := range s.neurons {
		s.neurons[j].drive = portable.Dot(s.dual[j*s.p:(j+1)*s.p], s.mean)
	}
}

// excess returns V_j − Ω_jj/2.
func (s *integrator) excess(j int) float64 {
	x := &s.neurons[j]
	if x.version != s.version {
		x.version = s.version
		x.back = s.keep * portable.Dot(s.dual[j*s.p:(j+1)*s.p], s.theta)
	}
	if s.meanFunc != nil {
		x.drive = portable.Dot(s.dual[j*s.p:(j+1)*s.p], s.mean)
	}
	return x.drive - float64(s.scale*x.back) - x.half
}

// Voltage returns V_j.
func (s *integrator) Voltage(j int) float64 {
	s.checkNeuron(j)
	return s.excess(j) + s.neurons[j].half
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
	return acceptance(s.gain, s.excess(j))
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
	if math.IsInf(gain, 1) {
		if x > 0 {
			return 1
		}
		return 0
	}
	if x >= 0 {
		return 1
	}
	return portable.Exp(gain * x)
}

// accepts reports whether u < acceptance(gain, x).
func accepts(gain, x, u float64) bool {
	if x < 0 && gain < math.MaxFloat64 {
		// Most refusals need no exponential: e^z ≥ 1 + z + z²/2 + z³/6.
		z := -float64(gain * x)
		series := 1 + float64(z*(1+float64(z*(0.5+float64(z*(1.0/6))))))
		if float64(u*series) >= 1 {
			return false
		}
	}
	return u < acceptance(gain, x)
}

// propose draws a neuron of n and, from the same word, a number that is uniform
// in [0, 1) whichever it is: the whole part and the fraction of n times a
// uniform number of 64 bits.
func propose(rng *rand.Rand, n int) (j int, u float64) {
	whole, fraction := bits.Mul64(rng.Uint64(), uint64(n))
	return int(whole), float64(fraction>>11) * 0x1p-53
}

// decay lets θ and r decay by the factor f ≥ 0.
func (s *integrator) decay(f float64) {
	s.scale *= f
	if s.scale < minScale {
		s.rescale()
	}
}

func (s *integrator) rescale() {
	for d := range s.theta {
		s.theta[d] *= s.scale
	}
	for j := range s.r {
		s.r[j] *= s.scale
	}
	s.scale = 1
	s.version++
}

// fire adds a spike of neuron j.
func (s *integrator) fire(j int) {
	unit := 1 / s.scale
	portable.Axpy(unit, s.rows[j*s.p:(j+1)*s.p], s.theta)
	s.r[j] += unit
	s.version++
	s.spike = j
	s.count.Spikes++
}

// Dim returns p, the dimension of the estimate.
func (s *integrator) Dim() int { return s.p }

// Neurons returns n.
func (s *integrator) Neurons() int { return s.n }

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
