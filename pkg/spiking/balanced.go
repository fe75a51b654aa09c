package spiking

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// An Arbitration says which neurons of a Balanced network spike in a time step,
// when more than one may be above threshold.
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
	Decoder  mat.Matrix        // Γ, p×n: column j is what a spike of neuron j adds to the estimate
	Geometry metric.Geometry   // D = BBᵀ
	Skew     mat.Matrix        // S, p×p, Sᵀ = −S; optional, zero

	TauM float64 // τ_m, membrane time constant, s
	TauS float64 // τ_s, time constant of the sampling dynamics, s
	DT   float64 // Δt, time step, s; below τ_m

	Lambda float64 // λ ≥ 0, quadratic cost of firing
	Alpha  float64 // α, linear cost of firing: a constant inhibition of every neuron

	Arbitration Arbitration // optional, OnePerStep

	Voltage []float64 // V at t = 0, n; optional, zero
	Rate    []float64 // r at t = 0, n; optional, zero
}

// PaperBalanced returns the configuration of the published simulations:
// τ_m = 20 ms, τ_s = 0.2 ms, Δt = 0.1 ms, λ = α = √n, OnePerStep, S = 0,
// V = r = 0.
func PaperBalanced(target *density.Gaussian, decoder mat.Matrix, g metric.Geometry) BalancedConfig {
	root := 0.0
	if decoder != nil { // NewBalanced refuses nil
		_, n := decoder.Dims()
		root = math.Sqrt(float64(n))
	}
	return BalancedConfig{
		Target: target, Decoder: decoder, Geometry: g,
		TauM: 20e-3, TauS: 0.2e-3, DT: 0.1e-3,
		Lambda: root, Alpha: root,
	}
}

// Balanced is the efficient balanced network of Savin and Denève with the
// dynamics of the complete recipe: a network of leaky integrate-and-fire
// neurons whose decoded spike trains follow the diffusion
//
//	dz = −(D+S) Σ⁻¹ (z − μ) dt/τ_s + √(2D/τ_s) dW,
//
// which samples N(μ, Σ). With r the spike trains filtered by τ_m, z = Γr the
// estimate, W = ΓᵀΓ + λI and D = BBᵀ, a step is
//
//	f ← (I/τ_m − (D+S)Σ⁻¹/τ_s) Γr + (D+S)Σ⁻¹μ/τ_s
//	V ← V + Δt(−(V+α)/τ_m + Γᵀf) − Wo + √(2Δt/τ_s) ΓᵀBξ,  ξ ~ N(0, I),
//	o ← spikes of the neurons with V_j > T_j = W_jj/2, as Arbitration says,
//	r ← (1 − Δt/τ_m) r + o,
//
// where V, f and r on the right are those of the step before, and so is o,
// except under Greedy, which resets within the step.
//
// It targets N(μ, Σ) with bias: of the time step (Δt λ_max/τ_s, with λ_max of
// (D+S)Σ⁻¹, must be below 2 for the dynamics to be stable; see Warnings), of
// the dead zone |V_j| < T_j, of λ and α, which shrink the estimate, and of the
// one spike that OnePerStep allows, which caps the speed of the estimate.
//
// No n×n matrix is formed. As V obeys a linear equation whose inputs are Γᵀ of
// a p-vector, the neuron's own spikes, and a constant,
//
//	V = Γᵀu − q − a,  u ∈ ℝᵖ, q_j the spikes of neuron j times λ, filtered,
//
// and a step costs n·p multiplications, in one pass over Γ.
//
// Savin and Denève, NeurIPS 27 (2014); Masset, Zavatone-Veth, Connor, Murthy
// and Pehlevan, NeurIPS 35 (2022).
type Balanced struct {
	p, n        int
	dt          float64
	decay       float64 // 1 − Δt/τ_m
	lambda      float64
	inhibition  float64 // α Δt/τ_m
	arbitration Arbitration

	rows  []float64 // Γ, row j is column j
	voted *tiles    // Γ again, for the pass over the voltages
	drift []float64 // row j is Δt(I/τ_m − (D+S)Σ⁻¹/τ_s)Γ_j, what a spike adds to flow
	input []float64 // Δt(D+S)Σ⁻¹/τ_s, by rows
	root  *tiles    // √(2Δt/τ_s)B, unless B = I
	noise float64   // √(2Δt/τ_s)

	threshold, shift, zero []float64 // of tile width; T or zero, and +Inf for no neuron

	steps  int64
	mean   []float64
	push   []float64 // input·μ
	moved  bool      // μ has changed since push was computed
	xi     []float64 // ξ, as many as B has columns
	u, un  []float64 // of tile width
	flow   []float64 // Δt(I/τ_m − (D+S)Σ⁻¹/τ_s)z
	z      []float64
	scale  float64   // common factor of q and r
	q, r   []float64 // in units of scale; q of tile width
	offset float64   // −a
	v      []float64 // of tile width
	best   []float64
	spikes []int
	counts BalancedCounts
	err    error

	euler, growth, limit float64
}

// cascadeFactor times n is the largest number of spikes in one step of Greedy.
const cascadeFactor = 16

// NewBalanced returns the network at t = 0. It refuses a missing target, an S that
// is not skew-symmetric, shapes that disagree, numbers that are not finite, τ_m,
// τ_s or Δt that are not positive, Δt ≥ τ_m, and λ < 0. A
// Δt that is past the stability of Euler's method is not refused: Warnings tells
// of it.
func NewBalanced(c BalancedConfig) (*Balanced, error) {
	if c.Target == nil {
		return nil, check.Errorf("Target", "is missing")
	}
	p := c.Target.Dim()
	gamma, err := check.Matrix("Decoder", c.Decoder, p, -1)
	if err != nil {
		return nil, err
	}
	n := len(gamma) / p
	root, err := c.Geometry.Of(c.Target)
	if err != nil {
		return nil, check.Errorf("Geometry", "= %v: %v", c.Geometry, err)
	}
	_, k := root.Dims()
	for _, t := range []struct {
		name  string
		value float64
	}{{"TauM", c.TauM}, {"TauS", c.TauS}, {"DT", c.DT}} {
		if err := check.Positive(t.name, t.value, " s"); err != nil {
			return nil, err
		}
	}
	if c.DT >= c.TauM {
		return nil, check.Errorf("DT", "= %g s is not below TauM = %g s", c.DT, c.TauM)
	}
	if err := check.NonNegative("Lambda", c.Lambda, ""); err != nil {
		return nil, err
	}
	if err := check.Finite("Alpha", c.Alpha); err != nil {
		return nil, err
	}
	if c.Arbitration < OnePerStep || c.Arbitration > Greedy {
		return nil, check.Errorf("Arbitration", "= %d is none of OnePerStep, OnePerStepByExcess and Greedy", int(c.Arbitration))
	}

	relax, modes, err := relaxation(c.Target, c.Geometry, root, c.Skew)
	if err != nil {
		return nil, err
	}
	s := &Balanced{
		p: p, n: n, dt: c.DT,
		decay:       1 - c.DT/c.TauM,
		lambda:      c.Lambda,
		inhibition:  c.Alpha * (c.DT / c.TauM),
		arbitration: c.Arbitration,
		rows:        transpose(gamma, p, n),
		drift:       make([]float64, n*p),
		input:       make([]float64, p*p),
		noise:       math.Sqrt(2 * c.DT / c.TauS),
		push:        make([]float64, p),
		xi:          make([]float64, k),
		flow:        make([]float64, p),
		z:           make([]float64, p),
		scale:       1,
	}
	s.mean = c.Target.Mean(nil)
	voltage, err := checkVector("Voltage", c.Voltage, n)
	if err != nil {
		return nil, err
	}
	if s.r, err = checkVector("Rate", c.Rate, n); err != nil {
		return nil, err
	}

	portable.Axpy(c.DT/c.TauS, relax, s.input)
	flow := make([]float64, p*p)
	for i := range flow {
		flow[i] = -s.input[i]
	}
	for i := range p {
		flow[i*p+i] += c.DT / c.TauM
	}
	for j := range n {
		portable.MulVec(s.drift[j*p:(j+1)*p], flow, s.rows[j*p:(j+1)*p])
	}
	portable.MulVec(s.push, s.input, s.mean)
	s.voted = newTiles(s.rows, n, p)
	if !metric.IsIdentity(root) {
		scaled := make([]float64, p*k)
		portable.Axpy(s.noise, metric.Matrix(root).RawMatrix().Data, scaled)
		s.root = newTiles(scaled, p, k)
	}

	wide := s.voted.width()
	s.threshold, s.zero = make([]float64, wide), make([]float64, wide)
	s.q, s.v = make([]float64, wide), make([]float64, wide)
	s.best = make([]float64, s.voted.count)
	s.u = make([]float64, (p+lanes-1)/lanes*lanes)
	s.un = make([]float64, len(s.u))
	for j := range wide {
		if j >= n {
			s.threshold[j], s.zero[j] = math.Inf(1), math.Inf(1)
			continue
		}
		gj := s.rows[j*p : (j+1)*p]
		s.threshold[j] = (portable.Dot(gj, gj) + c.Lambda) / 2
		s.q[j] = -voltage[j]
		portable.Axpy(s.r[j], gj, s.z)
		portable.Axpy(s.r[j], s.drift[j*p:(j+1)*p], s.flow)
	}
	s.shift = s.threshold
	room := 1
	switch c.Arbitration {
	case OnePerStep:
		s.shift = s.zero
	case Greedy:
		room = cascadeFactor * n
	}
	s.spikes = make([]int, 0, room)
	s.voltages()

	s.euler, s.growth, s.limit = eulerStability(modes, c.DT/c.TauS)
	s.limit *= c.TauS
	return s, nil
}

// Dim returns p, the dimension of the estimate.
func (s *Balanced) Dim() int { return s.p }

// Neurons returns n.
func (s *Balanced) Neurons() int { return s.n }

// Steps returns the number of steps taken.
func (s *Balanced) Steps() int64 { return s.steps }

// Time returns Δt times the number of steps taken, in s.
func (s *Balanced) Time() float64 { return float64(s.steps) * s.dt }

// DT returns Δt, s.
func (s *Balanced) DT() float64 { return s.dt }

// Decay returns κ = 1 − Δt/τ_m, the factor by which the estimate decays in a step.
func (s *Balanced) Decay() float64 { return s.decay }

// Decoder returns Γ.
func (s *Balanced) Decoder() *Decoder { return &Decoder{s.p, s.n, s.rows} }

// Step takes one time step of Δt. It draws as many normal numbers as B has
// columns, p but for a metric of another shape.
func (s *Balanced) Step(rng *rand.Rand) {
	stream.Normals(rng, s.xi)
	s.Advance(s.xi)
}

// Advance takes the time step that Step takes, with the noise ξ given, of as many
// entries as B has columns.
func (s *Balanced) Advance(xi []float64) {
	if len(xi) != len(s.xi) {
		panic(badLength)
	}
	if s.moved {
		portable.MulVec(s.push, s.input, s.mean)
		s.moved = false
	}

	// The latent voltage u, without the resets that are due.
	if s.root == nil {
		for d, x := range xi {
			s.un[d] = float64(s.decay*s.u[d]) + float64(s.noise*x)
		}
	} else {
		s.root.mul(s.un, xi, s.u, 0, -s.decay)
	}
	s.u, s.un = s.un, s.u
	u := s.u[:s.p]
	for d, f := range s.flow {
		u[d] += f + s.push[d]
	}

	s.offset = float64(s.decay*s.offset) - s.inhibition
	s.scale *= s.decay
	if s.scale < minScale {
		s.rescale()
	}
	if s.arbitration != Greedy {
		for _, j := range s.spikes {
			s.reset(j)
		}
	}
	s.spikes = s.spikes[:0]
	for d := range s.z {
		s.z[d] *= s.decay
		s.flow[d] *= s.decay
	}
	s.steps++

	s.voltages()
	above := survey(s.best, s.v, s.shift, s.threshold)
	s.counts.Steps++
	if above > 0 {
		s.fire(above)
	}
	if s.steps%checkEvery == 0 {
		if i := arg.FirstNonFinite(u); i >= 0 {
			s.fail("the latent voltage", i, u[i])
		}
	}
}

// checkEvery is the number of steps between looks for numbers that are not
// finite.
const checkEvery = 64

// fire lets neurons spike, given how many are above threshold.
func (s *Balanced) fire(above int) {
	s.counts.Above += int64(above)
	if above > 1 {
		s.counts.Crowded++
	}
	for len(s.spikes) < cap(s.spikes) {
		j := largest(s.best, s.v, s.shift)
		if s.v[j] <= s.threshold[j] {
			break
		}
		s.spikes = append(s.spikes, j)
		s.r[j] += 1 / s.scale
		portable.Axpy(1, s.rows[j*s.p:(j+1)*s.p], s.z)
		portable.Axpy(1, s.drift[j*s.p:(j+1)*s.p], s.flow)
		if s.arbitration != Greedy {
			break
		}
		s.reset(j)
		s.voltages()
		survey(s.best, s.v, s.shift, s.threshold)
	}
	s.counts.Spikes += int64(len(s.spikes))
	if len(s.spikes) == 0 {
		s.counts.Unheeded++
	}
	if s.arbitration == Greedy && len(s.spikes) == cap(s.spikes) {
		s.counts.Truncated++
	}
}

// reset subtracts W_·j from the voltages, by way of u and q.
func (s *Balanced) reset(j int) {
	portable.Axpy(-1, s.rows[j*s.p:(j+1)*s.p], s.u[:s.p])
	s.q[j] += s.lambda / s.scale
}

// voltages computes V = Γᵀu − q − a.
func (s *Balanced) voltages() {
	s.voted.mul(s.v, s.u[:s.p], s.q, s.offset, s.scale)
}

// rescale makes the common factor of q and r of the order of one.
func (s *Balanced) rescale() {
	f := rescaling(&s.scale)
	for j := range s.q {
		s.q[j] *= f
	}
	for j := range s.r {
		s.r[j] *= f
	}
}

// fail records the first error and makes the estimate NaN, which a runner that
// looks at positions takes for a chain that diverged.
func (s *Balanced) fail(what string, coord int, value float64) {
	if s.err == nil {
		s.err = &StateError{Time: s.Time(), What: what, Coord: coord, Value: value}
	}
	for d := range s.z {
		s.z[d] = math.NaN()
	}
}

// Err returns nil, or a *StateError if the state ceased to be finite. From then on
// Position stores NaN.
func (s *Balanced) Err() error { return s.err }

// Position stores the estimate z = Γr in dst. It panics if the length of dst is
// not Dim.
func (s *Balanced) Position(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	copy(dst, s.z)
}

// SetMean sets μ, of length p, from the next step on. It refuses a μ that is not
// finite, and then leaves the network as it is. It costs p: a stimulus may set μ
// before each step.
func (s *Balanced) SetMean(mu []float64) error {
	if err := setMean(s.mean, mu); err != nil {
		return err
	}
	s.moved = true
	return nil
}

// Spike returns the neuron that spiked in the last step, the first of them
// under Greedy, or −1 if none did.
func (s *Balanced) Spike() int {
	if len(s.spikes) == 0 {
		return -1
	}
	return s.spikes[0]
}

// Spikes returns the neurons that spiked in the last step, in order; a neuron
// may appear more than once under Greedy. The slice is valid until the next
// step.
func (s *Balanced) Spikes() []int { return s.spikes }

// Voltage returns V_j: with the reset of the last step's spikes under Greedy,
// and without it under the other arbitrations.
func (s *Balanced) Voltage(j int) float64 {
	s.checkNeuron(j)
	return s.v[j]
}

// Threshold returns T_j = W_jj/2.
func (s *Balanced) Threshold(j int) float64 {
	s.checkNeuron(j)
	return s.threshold[j]
}

// Rate returns r_j, the spikes of neuron j filtered by τ_m. Divided by τ_m it
// is an estimate of the firing rate.
func (s *Balanced) Rate(j int) float64 {
	s.checkNeuron(j)
	return s.r[j] * s.scale
}

func (s *Balanced) checkNeuron(j int) {
	if uint(j) >= uint(s.n) {
		panic(badIndex)
	}
}

// DropReset forgets the spikes of the last step before they reset the voltages.
// The published simulations run in stages and lose, at each boundary, the reset
// that is due.
func (s *Balanced) DropReset() { s.spikes = s.spikes[:0] }
