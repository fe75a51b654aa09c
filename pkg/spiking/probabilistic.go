package spiking

import (
	"cmp"
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// probabilistic is the part that Metropolis and Continuous share: leaky filtered
// spike trains r, the estimate θ = Γr + κᵗθ₀ that they decode to, and the voltage
// of each neuron,
//
//	V_j = Γ_jᵀΣ⁻¹(μ − κθ),
//
// where κ is the factor by which θ decays before a spike is added to it. A voltage
// is computed when it is asked for: it costs the product of Γ_jᵀΣ⁻¹ with θ, and
// another with μ if μ has changed. Both products can be kept until the next spike or
// change of μ, since decay changes the first by the common factor of the filter
// alone.
type probabilistic struct {
	probabilisticParameters
	probabilisticState
	excesses        // scratch
	spike    int    // in the last step, or −1
	version  uint64 // raised when θ changes other than by decay, and with means
	means    uint64 // raised when μ changes
}

// probabilisticParameters do not change.
type probabilisticParameters struct {
	p, n   int
	target *density.Gaussian
	gamma  *Decoder  // Γ = B[A, −A]
	half   []float64 // Ω_jj/2 = Γ_jᵀΣ⁻¹Γ_j/2
	dual   []float64 // row j is Σ⁻¹Γ_j
	rows   []float64 // the same, each row padded to stride
	stride int
	kappa  float64 // κ
	gain   float64
	paired bool
	reach  float64 // the largest |μ_i| and |θ_i| with which no voltage is above maxVoltage
}

// maxVoltage is the largest voltage of which sums do not overflow.
const maxVoltage = 1e300

// probabilisticState is what changes as the network runs. It is saved and
// restored.
type probabilisticState struct {
	steps  int64
	mean   []float64 // μ, with zeros up to stride beyond its end
	filter           // r
	theta  []float64 // θ, in units of scale, with zeros up to stride beyond its end
	count  int64     // spikes since the counts were reset
}

// excesses holds the terms of V_j − Ω_jj/2 = drive_j − scale·back_j of the neurons,
// each as of a version of the network.
type excesses struct {
	drive  []float64 // Γ_jᵀΣ⁻¹μ − Ω_jj/2, as of the value of means in driven
	back   []float64 // κΓ_jᵀΣ⁻¹θ, in units of scale
	driven []uint64
	known  []uint64 // the version for which both terms are known
	stale  int      // neurons of which they are not known for the present version
	since  int64    // steps when that version began

	undriven int // neurons of which the drive is not known for the present mean
}

// newProbabilistic checks and compiles what the configurations of Metropolis and
// Continuous share.
func newProbabilistic(target *density.Gaussian, decoder mat.Matrix, g metric.Geometry, unpaired bool, kappa, gain float64, start []float64) (*probabilistic, error) {
	if target == nil {
		return nil, check.Errorf("Target", "is missing")
	}
	p := target.Dim()
	gamma, err := gammaOf(target, decoder, g, unpaired)
	if err != nil {
		return nil, err
	}
	theta, err := checkVector("Start", start, p)
	if err = cmp.Or(checkGain(gain), err); err != nil {
		return nil, err
	}
	n := gamma.n
	s := &probabilistic{
		probabilisticParameters: probabilisticParameters{p: p, n: n, target: target, gamma: gamma, half: make([]float64, n), dual: make([]float64, p*n), stride: len(padded(p)), kappa: kappa, gain: gain, paired: !unpaired, reach: math.MaxFloat64},
		probabilisticState:      probabilisticState{mean: target.Mean(padded(p)[:p]), filter: newFilter(n, nil), theta: append(padded(p)[:0], theta...)},
		excesses:                excesses{drive: make([]float64, n), back: make([]float64, n), driven: make([]uint64, n), known: make([]uint64, n), stale: n, undriven: n},
		spike:                   -1, version: 1, means: 1,
	}
	s.rows = make([]float64, n*s.stride)
	for j := range n {
		column, dual := gamma.Column(j), s.dual[j*p:(j+1)*p]
		target.MulPrecision(dual, column)
		omega := portable.Dot(column, dual)
		if err := checkSquare(j, column, omega, "Ω_jj = Γ_jᵀΣ⁻¹Γ_j"); err != nil {
			return nil, err
		}
		if omega > maxVoltage {
			return nil, check.Errorf("Decoder", "has a column %d so large that Ω_jj = Γ_jᵀΣ⁻¹Γ_j = %v, above %g", j, omega, maxVoltage)
		}
		s.half[j] = omega / 2
		s.reach = min(s.reach, reach(maxVoltage, dual))
		copy(s.rows[j*s.stride:], dual)
	}
	if err := s.checkReach("mean", s.mean); err != nil {
		return nil, err
	}
	return s, s.checkReach("Start", theta)
}

// reach returns the largest |x_i| with which the product of a row and x is at most
// limit.
func reach(limit float64, row []float64) float64 {
	sum := 0.0
	for _, v := range row {
		sum += math.Abs(v)
	}
	return limit / sum
}

// checkReach returns an error if μ or θ is finite and so large that voltages
// overflow.
func (s *probabilistic) checkReach(name string, x []float64) error {
	for i, v := range x {
		if v = math.Abs(v); v > s.reach && v <= math.MaxFloat64 {
			return check.Errorf(name, "has entry [%d] = %v; beyond %.3g voltages overflow", i, x[i], s.reach)
		}
	}
	return nil
}

// gammaOf returns Γ = BA for the decoder A of a configuration.
func gammaOf(target *density.Gaussian, decoder mat.Matrix, g metric.Geometry, unpaired bool) (*Decoder, error) {
	b, err := g.Of(target)
	if err != nil {
		return nil, check.Errorf("Geometry", "= %v: %v", g, err)
	}
	a, err := NewDecoder(decoder)
	if err != nil {
		return nil, err
	}
	p, k := b.Dims()
	if a.p != k {
		return nil, check.Errorf("Decoder", "is %d×%d, want %d×any", a.p, a.n, k)
	}
	if err := checkSize(p, a.n); err != nil {
		return nil, err
	}
	if !unpaired {
		if err := checkPairs(a); err != nil {
			return nil, err
		}
	}
	if metric.IsIdentity(b) {
		return a, nil
	}
	gamma := newDecoder(p, a.n)
	for j := range a.n {
		b.Mul(gamma.Column(j), a.Column(j))
	}
	return gamma, nil
}

// checkGain returns an error if the gain is not positive.
func checkGain(gain float64) error {
	if !(gain > 0) {
		return check.Errorf("Gain", "= %v is not positive (it may be +Inf)", gain)
	}
	return nil
}

// checkTauM returns an error if the time constant is not positive.
func checkTauM(tauM float64) error {
	if !(tauM > 0) {
		return check.Errorf("TauM", "= %v s is not positive (it may be +Inf)", tauM)
	}
	return nil
}

// checkLeak returns an error if the time constant or the time step of a network
// that proposes once a step is out of range.
func checkLeak(tauM, dt float64) error {
	if err := cmp.Or(checkTauM(tauM), check.Positive("DT", dt, " s")); err != nil {
		return err
	}
	return checkStep(dt, tauM)
}

// checkStep returns an error if a time step is not below the time constant.
func checkStep(dt, tauM float64) error {
	if dt >= tauM {
		return check.Errorf("DT", "= %g s is not below TauM = %g s", dt, tauM)
	}
	return nil
}

// dot returns Γ_jᵀΣ⁻¹x for x = θ or μ.
func (s *probabilistic) dot(j int, x []float64) float64 {
	return portable.Dot(s.rows[j*s.stride:(j+1)*s.stride], x[:s.stride])
}

// know computes the terms of neuron j for the present version.
func (s *probabilistic) know(j int) {
	s.known[j] = s.version
	s.stale--
	s.back[j] = s.kappa * s.dot(j, s.theta)
	s.updateDrive(j)
}

// knowAll computes the terms of all neurons for the present version.
func (s *probabilistic) knowAll() {
	for j := 0; s.stale > 0; j++ {
		if s.known[j] != s.version {
			s.know(j)
		}
	}
}

// updateDrive computes the drive of neuron j anew if μ has changed.
func (s *probabilistic) updateDrive(j int) {
	if s.driven[j] != s.means {
		s.driven[j] = s.means
		s.undriven--
		s.drive[j] = s.dot(j, s.mean) - s.half[j]
	}
}

// changed makes the terms of all neurons out of date.
func (s *probabilistic) changed() {
	s.version++
	s.stale, s.since = s.n, s.steps
}

// excess returns V_j − Ω_jj/2.
func (s *probabilistic) excess(j int) float64 {
	if s.known[j] != s.version {
		s.know(j)
	}
	return s.drive[j] - float64(s.scale*s.back[j])
}

// Voltage returns V_j.
func (s *probabilistic) Voltage(j int) float64 {
	s.checkNeuron(j)
	return s.excess(j) + s.half[j]
}

// Threshold returns Ω_jj/2, the voltage at which a proposed neuron spikes for
// certain.
func (s *probabilistic) Threshold(j int) float64 {
	s.checkNeuron(j)
	return s.half[j]
}

// Excess returns V_j − Ω_jj/2, the change of log p that a spike of neuron j would
// make in the next step.
func (s *probabilistic) Excess(j int) float64 {
	s.checkNeuron(j)
	return s.excess(j)
}

// Acceptance returns the probability that neuron j spikes if it is proposed,
// min(1, exp(g(V_j − Ω_jj/2))).
func (s *probabilistic) Acceptance(j int) float64 {
	s.checkNeuron(j)
	return acceptance(s.gain, s.excess(j))
}

// Rate returns r_j, the spikes of neuron j filtered by τ_m. Divided by τ_m it
// is an estimate of the firing rate in Hz.
func (s *probabilistic) Rate(j int) float64 {
	s.checkNeuron(j)
	return s.rate(j)
}

func (s *probabilistic) checkNeuron(j int) {
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
	// Most refusals need no exponential: e^z ≥ 1 + z + z²/2 + z³/6 for z ≥ 0, and the
	// series is at most 1 for z ≤ 0.
	series := 1 + float64(z*(1+float64(z*(0.5+float64(z*(1.0/6))))))
	return !(float64(u*series) >= 1) && (z <= 0 || z < 53*math.Ln2 && u < portable.Exp(-z))
}

// neuronAndUniform splits one random word into a neuron index in [0, n) and an
// independent uniform number in [0, 1): the whole part and the fraction of n times
// the word over 2⁶⁴.
func neuronAndUniform(word uint64, n int) (j int, u float64) {
	whole, fraction := bits.Mul64(word, uint64(n))
	return int(whole), float64(int64(fraction>>11)) * 0x1p-53
}

// decayBy multiplies θ and r by k ≥ 0.
func (s *probabilistic) decayBy(k float64) {
	if s.scale *= k; s.scale < minScale {
		s.rescale()
	}
}

// rescale changes the unit of θ and r.
func (s *probabilistic) rescale() {
	unit := s.filter.rescale()
	for d := range s.theta {
		s.theta[d] *= unit
	}
	for j := range s.back {
		s.back[j] *= unit
	}
}

// fire adds a spike of neuron j.
func (s *probabilistic) fire(j int) {
	unit := s.unit()
	portable.Axpy(unit, s.gamma.Column(j), s.theta)
	s.r[j] += unit
	s.spiked(j)
}

// spiked tells that neuron j has spiked.
func (s *probabilistic) spiked(j int) {
	s.changed()
	s.spike = j
	s.count++
}

// Dim returns p, the dimension of the estimate.
func (s *probabilistic) Dim() int { return s.p }

// Neurons returns n.
func (s *probabilistic) Neurons() int { return s.n }

// Decoder returns Γ = B[A, −A], p×n.
func (s *probabilistic) Decoder() *Decoder { return s.gamma }

// Position stores the estimate θ in dst. It panics if the length of dst is not
// Dim.
func (s *probabilistic) Position(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	for d, x := range s.theta {
		dst[d] = x * s.scale
	}
}

// Err returns nil: a sum of decaying spikes stays finite.
func (s *probabilistic) Err() error { return nil }

// SetMean sets μ, of length p, from the next proposal on. It refuses a μ that is
// not finite, or so large that voltages overflow, and then leaves the network as it
// is. It costs p: a stimulus may set μ before each step.
func (s *probabilistic) SetMean(mu []float64) error {
	if err := s.checkReach("mean", mu); err != nil {
		return err
	}
	if err := setMean(s.mean, mu); err != nil {
		return err
	}
	s.means++
	s.undriven = s.n
	s.changed()
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
