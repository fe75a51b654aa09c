package spiking

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/sde"
)

// An Arbitration chooses the neurons of a Balanced network that spike in a time
// step in which more than one may be above threshold.
type Arbitration int

const (
	// OnePerStep lets at most one neuron spike: the one with the largest
	// voltage, and only if it is above its threshold. Where thresholds differ
	// that neuron may be below its own while others are above theirs, and then
	// none spikes. The reset comes one step later. This is what the published
	// simulations do.
	OnePerStep Arbitration = iota

	// OnePerStepByExcess lets at most one neuron spike: the one furthest above
	// its threshold. The reset comes one step later.
	OnePerStepByExcess

	// Greedy lets the neuron furthest above its threshold spike and resets the
	// voltages at once, again and again, until none is above. With V =
	// Γᵀe − λr − a and e the error of the estimate, each spike of such a cascade
	// lowers ½|e|² + ½λ|r|² + aΣr_j, by V_j − T_j, so that it ends.
	Greedy
)

// String returns the name of the constant.
func (a Arbitration) String() string {
	switch a {
	case OnePerStep:
		return "OnePerStep"
	case OnePerStepByExcess:
		return "OnePerStepByExcess"
	case Greedy:
		return "Greedy"
	}
	return fmt.Sprintf("Arbitration(%d)", int(a))
}

// ParseArbitration reads what String writes.
func ParseArbitration(text string) (Arbitration, error) {
	for a := OnePerStep; a <= Greedy; a++ {
		if text == a.String() {
			return a, nil
		}
	}
	return 0, check.Errorf("Arbitration", "= %q is none of OnePerStep, OnePerStepByExcess and Greedy", text)
}

// BalancedConfig describes a Balanced network of n neurons for a target of p
// dimensions. Nothing but the fields marked optional has a default;
// PaperBalanced fills in those of the paper.
type BalancedConfig struct {
	Target   *density.Gaussian // N(μ, Σ) at t = 0; SetMean moves μ
	Decoder  mat.Matrix        // Γ, p×n: a spike of neuron j adds column j to the estimate
	Geometry metric.Geometry   // D = BBᵀ
	Skew     mat.Matrix        // S, p×p, Sᵀ = −S; optional, zero

	TauM float64 // τ_m, membrane time constant, s
	TauS float64 // τ_s, time constant of the sampling dynamics, s
	DT   float64 // Δt, time step, s; below τ_m

	Lambda float64 // λ ≥ 0, quadratic cost of firing
	Alpha  float64 // α, linear cost of firing: a constant inhibition of every neuron

	Arbitration Arbitration // optional, OnePerStep
	ExactStep   bool        // take the exact step of the sampling dynamics instead of Euler's; optional
	Delay       float64     // s, time after which a spike inhibits the other neurons, a multiple of Δt; optional, zero

	Voltage []float64 // V at t = 0, n; optional, zero
	Rate    []float64 // r at t = 0, n; optional, zero
}

// PaperBalanced returns the configuration of the published simulations:
// τ_m = 20 ms, τ_s = 0.2 ms, Δt = 0.1 ms, λ = α = √n, OnePerStep, S = 0,
// V = r = 0.
func PaperBalanced(target *density.Gaussian, decoder mat.Matrix, g metric.Geometry) BalancedConfig {
	root := 0.0
	if decoder != nil { // which NewBalanced refuses
		_, n := decoder.Dims()
		root = math.Sqrt(float64(n))
	}
	return BalancedConfig{
		Target: target, Decoder: decoder, Geometry: g,
		TauM: 20e-3, TauS: 0.2e-3, DT: 0.1e-3,
		Lambda: root, Alpha: root,
	}
}

// validate returns an error if a number is out of range.
func (c BalancedConfig) validate() error {
	if c.Target == nil {
		return check.Errorf("Target", "is missing")
	}
	if err := cmp.Or(
		check.Positive("TauM", c.TauM, " s"),
		check.Positive("TauS", c.TauS, " s"),
		check.Positive("DT", c.DT, " s"),
		checkStep(c.DT, c.TauM),
		check.NonNegative("Lambda", c.Lambda, ""),
		check.Finite("Alpha", c.Alpha),
	); err != nil {
		return err
	}
	if k := c.Delay / c.DT; !(k >= 0 && k <= maxDelay && math.Abs(k-math.Round(k)) <= 1e-6*k) {
		return check.Errorf("Delay", "= %v s is %v steps of Δt = %v s, want a whole number from 0 to %d", c.Delay, k, c.DT, maxDelay)
	}
	if c.Arbitration < OnePerStep || c.Arbitration > Greedy {
		return check.Errorf("Arbitration", "= %d is none of OnePerStep, OnePerStepByExcess and Greedy", int(c.Arbitration))
	}
	return nil
}

// balancedParameters are the numbers of the configuration, and the decoder. They
// do not change.
type balancedParameters struct {
	p, n           int
	target         *density.Gaussian
	gamma          *Decoder
	tauM, tauS, dt float64
	lambda, alpha  float64
	arbitration    Arbitration
	exact          bool // steps are exact, not Euler's
	delay          int  // steps after which a spike inhibits the other neurons
}

// balancedValues are computed once from the parameters. They do not change.
type balancedValues struct {
	inhibition float64       // αΔt/τ_m
	root       metric.Metric // B, or nil if B = I
	relax      []float64     // Δt(D+S)Σ⁻¹/τ_s, or I − exp(−Δt(D+S)Σ⁻¹/τ_s), p×p by rows
	drift      []float64     // row j is Δt(I/τ_m − (D+S)Σ⁻¹/τ_s)Γ_j: what a spike adds to flow
	cascade    int           // largest number of spikes in a step
	budget     int64         // largest number of spikes in checkEvery steps
	reach      float64       // largest |u_i| with which Γᵀu does not overflow
	euler      EulerStability
}

// balancedState is what changes as the network runs. It is saved and restored.
type balancedState struct {
	steps int64
	mean  []float64 // μ
	motion
	filter           // r
	q      []float64 // spikes times λ, filtered, in units of scale
	offset float64   // −a
	spikes []int     // of the last step
	recent int64     // spikes since the steps were last a multiple of checkEvery
	late   [][]int   // spikes whose inhibition is to come, by the step modulo delay at which it comes
	counts BalancedCounts
	err    error
}

// balancedScratch holds values that are computed anew, from the state or in a step.
type balancedScratch struct {
	stale    bool      // μ has changed since input was computed
	input    []float64 // Δt(D+S)Σ⁻¹μ/τ_s, padded as u is
	xi       []float64 // ξ, as many as B has columns
	coloured []float64 // Bξ
	nothing  []float64 // zeros

	search *voltageSearch
}

const (
	// cascadeFactor times n is the largest number of spikes in one step of Greedy.
	cascadeFactor = 16

	// maxDelay is the largest number of steps of a delay.
	maxDelay = 100_000

	// rateFactor times n is the largest number of spikes a step, on average over
	// checkEvery steps. Where Euler's method is unstable it is n: the diffusion that
	// the spikes follow then diverges, and cascades would only grow.
	rateFactor = 4
)

// NewBalanced returns the network at t = 0. It refuses a missing target, an S that
// is not skew-symmetric, shapes that disagree, numbers that are not finite, τ_m,
// τ_s or Δt that are not positive, Δt ≥ τ_m, λ < 0, a delay that is not a whole
// number of steps or has room for more than 2²⁶ spikes, a decoder of more than 2²⁶
// entries, and one so large or small that |Γ_j|² overflows or vanishes. It does not
// refuse a network that cannot sample its target: Warnings reports that.
func NewBalanced(c BalancedConfig) (*Balanced, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	gamma, err := NewDecoder(c.Decoder)
	if err != nil {
		return nil, err
	}
	p := c.Target.Dim()
	if gamma.p != p {
		return nil, check.Errorf("Decoder", "is %d×%d, want %d×any", gamma.p, gamma.n, p)
	}
	s := &Balanced{balancedParameters: balancedParameters{
		p: p, n: gamma.n, target: c.Target, gamma: gamma,
		tauM: c.TauM, tauS: c.TauS, dt: c.DT, lambda: c.Lambda, alpha: c.Alpha, arbitration: c.Arbitration,
		exact: c.ExactStep, delay: int(math.Round(c.Delay / c.DT)),
	}}
	if err := s.compile(c.Geometry, c.Skew); err != nil {
		return nil, err
	}
	return s, s.start(c.Voltage, c.Rate)
}

// compile computes the values that do not change.
func (s *Balanced) compile(g metric.Geometry, skew mat.Matrix) error {
	b, err := g.Of(s.target)
	if err != nil {
		return check.Errorf("Geometry", "= %v: %v", g, err)
	}
	rates, modes, err := relaxation(s.target, g, b, skew)
	if err != nil {
		return err
	}
	p, h := s.p, s.dt/s.tauS
	s.motion = newMotion(p)
	s.kappa = 1 - s.dt/s.tauM
	s.inhibition = s.alpha * (s.dt / s.tauM)
	s.noise = math.Sqrt(2 * s.dt / s.tauS)
	s.euler = newEulerStability(modes, h, s.tauS)
	s.relax = make([]float64, p*p)
	portable.Axpy(h, rates, s.relax)
	if s.exact {
		s.euler = newEulerStability(nil, h, s.tauS)
		if b, err = s.compileExact(rates, b, h); err != nil {
			return err
		}
	}
	_, k := b.Dims()
	s.xi, s.nothing = make([]float64, k), make([]float64, p)
	if !metric.IsIdentity(b) {
		s.root, s.coloured = b, make([]float64, p)
	}
	return s.compileNeurons()
}

// compileExact replaces relax and noise by those of the exact step of length h of
// dx = −Ax dt + √2 B dW, A being rates, and returns the metric that colours the noise:
// B where A = I, else a root of the covariance of the step.
func (s *Balanced) compileExact(rates []float64, b metric.Metric, h float64) (metric.Metric, error) {
	p := s.p
	a := mat.NewDense(p, p, rates)
	if mat.Equal(a, metric.Matrix(metric.Identity(p))) {
		decay := portable.Exp(-h)
		for i := range p {
			s.relax[i*p+i] = 1 - decay
		}
		s.noise = math.Sqrt(1 - float64(decay*decay))
		return b, nil
	}
	var noise mat.Dense
	noise.Scale(math.Sqrt2, metric.Matrix(b))
	ou, err := sde.NewOrnsteinUhlenbeck(a, nil, &noise)
	if err != nil {
		return nil, err
	}
	e, c, err := ou.Transition(h)
	if err != nil {
		return nil, err
	}
	for i := range p {
		for j := range p {
			s.relax[i*p+j] = -e.At(i, j)
		}
		s.relax[i*p+i]++
	}
	s.noise = 1
	return metric.Dense(c)
}

// compileNeurons computes the values of each neuron.
func (s *Balanced) compileNeurons() error {
	p := s.p
	flow := make([]float64, p*p)
	for i, v := range s.relax {
		flow[i] = -v
	}
	for i := range p {
		flow[i*p+i] += s.dt / s.tauM
	}
	s.drift = make([]float64, s.n*p)
	threshold := make([]float64, s.n)
	s.reach = math.MaxFloat64
	for j := range s.n {
		column := s.gamma.Column(j)
		square := portable.Dot(column, column)
		if err := checkSquare(j, column, square, "|Γ_j|²"); err != nil {
			return err
		}
		threshold[j] = (square + s.lambda) / 2
		s.reach = min(s.reach, reach(math.MaxFloat64/16, column))
		portable.MulVec(s.drift[j*p:(j+1)*p], flow, column)
	}
	s.search = newVoltageSearch(s.gamma, threshold, s.arbitration != OnePerStep)
	s.cascade, s.budget = 1, checkEvery
	if s.arbitration == Greedy {
		s.cascade = cascadeFactor * s.n
		s.budget = checkEvery * int64(s.n)
		if s.euler.EulerGrowth < 1 {
			s.budget *= rateFactor
		}
	}
	if s.delay > maxEntries/s.cascade {
		return check.Errorf("Delay", "of %d steps, with up to %d spikes in each, is too long to keep all spikes; at most %d are allowed", s.delay, s.cascade, maxEntries)
	}
	return nil
}

// start sets the state at t = 0.
func (s *Balanced) start(voltage, rate []float64) error {
	voltage, err := checkVector("Voltage", voltage, s.n)
	if err != nil {
		return err
	}
	if rate, err = checkVector("Rate", rate, s.n); err != nil {
		return err
	}
	p := s.p
	s.mean, s.input = s.target.Mean(nil), padded(p)
	s.filter = newFilter(s.n, rate)
	s.q = make([]float64, s.n)
	s.spikes, s.late = make([]int, 0, s.cascade), newLate(s.delay, s.cascade)
	for j := range s.n {
		s.q[j] = -voltage[j]
		portable.Axpy(rate[j], s.gamma.Column(j), s.z)
		portable.Axpy(rate[j], s.drift[j*p:(j+1)*p], s.flow)
	}
	s.resume()
	return nil
}

// newLate returns room for the spikes of as many steps as a delay has.
func newLate(delay, cascade int) [][]int {
	late := make([][]int, delay)
	for i := range late {
		late[i] = make([]int, 0, cascade)
	}
	return late
}

// padded returns p zeros and as many more as make whole fours.
func padded(p int) []float64 { return make([]float64, (p+3)/4*4) }

// resume computes what depends on the state alone.
func (s *Balanced) resume() {
	s.stale = true
	s.search.watch(s.u, s.q)
	s.search.count(s.offset, s.scale)
}

// checkSquare returns an error if the square of column j of the decoder has
// overflowed, or vanished although the column has not.
func checkSquare(j int, column []float64, square float64, what string) error {
	if math.IsNaN(square) || math.IsInf(square, 0) {
		return check.Errorf("Decoder", "has a column %d so large that %s = %v", j, what, square)
	}
	for _, v := range column {
		if v != 0 && square < 0x1p-1022 {
			return check.Errorf("Decoder", "has a column %d so small that %s = %v", j, what, square)
		}
	}
	return nil
}
