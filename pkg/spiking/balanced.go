package spiking

import (
	"math"
	"math/rand/v2"
	"slices"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

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
// With ExactStep, Δt(D+S)Σ⁻¹/τ_s is replaced by I − exp(−Δt(D+S)Σ⁻¹/τ_s), and the
// noise by one of covariance ∫₀^Δt exp(−At/τ_s) (2D/τ_s) exp(−At/τ_s)ᵀ dt with
// A = (D+S)Σ⁻¹: the step of the diffusion itself, whose law at the times of the steps
// has no bias of Δt. With a Delay, a spike resets its own neuron as before, by W_jj,
// and the other neurons feel its W_kj a delay later.
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
// and a step costs n·p multiplications, in one pass over Γ: of integers of 16 bits
// where they suffice to tell which neurons spike.
//
// Savin and Denève, NeurIPS 27 (2014); Masset, Zavatone-Veth, Connor, Murthy
// and Pehlevan, NeurIPS 35 (2022).
type Balanced struct {
	balancedParameters
	balancedValues
	balancedState
	balancedScratch
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
func (s *Balanced) Decay() float64 { return s.kappa }

// Decoder returns Γ.
func (s *Balanced) Decoder() *Decoder { return s.gamma }

// Step takes one time step of Δt. It draws as many normal numbers as B has
// columns, p but for a metric of another shape.
func (s *Balanced) Step(rng *rand.Rand) {
	s.finish(s.move(stream.NextNormals(rng, s.xi)))
}

// Advance takes the time step that Step takes, with the noise ξ given, of as many
// entries as B has columns.
func (s *Balanced) Advance(xi []float64) { s.finish(s.move(xi)) }

// finish is Advance from the pass over the neurons on, given |u|².
func (s *Balanced) finish(square float64) {
	if s.err == nil {
		if s.search.prepare(square, s.offset, s.scale) {
			estimateVoltages(s.search)
		}
		s.fire(s.search.counted())
	}
}

// move is Advance up to the spikes. It returns |u|².
func (s *Balanced) move(xi []float64) (square float64) {
	if len(xi) != len(s.xi) {
		panic(badLength)
	}
	if s.err != nil { // there is nothing left to move
		s.steps++
		s.spikes = s.spikes[:0]
		return 0
	}
	if s.stale {
		portable.MulVec(s.input[:s.p], s.relax, s.mean)
		s.stale = false
	}
	if s.root != nil {
		s.root.Mul(s.coloured, xi)
		xi = s.coloured
	}
	s.offset = float64(s.kappa*s.offset) - s.inhibition
	if unit := s.filter.decay(s.kappa); unit != 1 {
		for j := range s.q {
			s.q[j] *= unit
		}
		s.search.watch(s.u, s.q)
	}
	due := &s.nothing[0] // Γ_j of the spike whose reset is due
	if s.arbitration != Greedy && len(s.spikes) > 0 {
		if j := s.spikes[0]; s.delay == 0 {
			due = s.gamma.first(j)
			s.discharge(j)
		} else {
			s.dischargeAlone(j)
		}
	}
	s.spikes = s.spikes[:0]
	square = drive(&s.motion, s.search, &s.input[0], &xi[0], due, s.p)
	s.steps++
	if s.delay > 0 && s.arrive() {
		square = s.search.moved()
	}
	return square
}

// fire is Advance from the spikes on, given how many neurons are above threshold.
func (s *Balanced) fire(above int) {
	s.counts.Steps++
	if above > 0 {
		s.spike(above)
	}
	if s.steps%checkEvery == 0 {
		s.recent = 0
		if i := slices.IndexFunc(s.u[:s.p], func(u float64) bool { return !(math.Abs(u) <= s.reach) }); i >= 0 {
			s.fail(&StateError{Time: s.Time(), What: "the latent voltage", Coord: i, Value: s.u[i]})
		} else if i := arg.FirstNonFinite(s.z[:s.p]); i >= 0 {
			s.fail(&StateError{Time: s.Time(), What: "the estimate", Coord: i, Value: s.z[i]})
		}
	}
}

// checkEvery is the number of steps between looks for a state that overflows,
// and the number over which the cascades of Greedy are counted.
const checkEvery = 64

// spike lets neurons spike, given how many are above threshold.
func (s *Balanced) spike(above int) {
	s.counts.Above += int64(above)
	s.counts.Crowded += int64(min(above-1, 1)) // without a branch that nobody can predict
	for len(s.spikes) < s.cascade {
		j, above := s.search.largest()
		if !above {
			break
		}
		s.spikes = append(s.spikes, j)
		s.r[j] += s.unit()
		addSpike(&s.motion, s.gamma.first(j), &s.drift[j*s.p], s.p)
		if s.arbitration != Greedy {
			break
		}
		if s.delay == 0 {
			portable.Axpy(-1, s.gamma.Column(j), s.u)
			s.discharge(j)
		} else {
			s.dischargeAlone(j)
		}
		s.search.count(s.offset, s.scale)
	}
	s.counts.Spikes += int64(len(s.spikes))
	if len(s.spikes) == 0 {
		s.counts.Unheeded++
	}
	if s.arbitration != Greedy {
		return
	}
	if len(s.spikes) == s.cascade {
		s.counts.Truncated++
	}
	if s.recent += int64(len(s.spikes)); s.recent > s.budget {
		s.fail(&CascadeError{Time: s.Time(), Spikes: s.recent, Steps: (s.steps-1)%checkEvery + 1, Neurons: s.n})
	}
}

// discharge adds the spike of neuron j to q. With Γ_j subtracted from u, that
// subtracts W_·j from the voltages.
func (s *Balanced) discharge(j int) {
	s.q[j] += s.lambda / s.scale
	s.search.changed(j)
}

// dischargeAlone adds the whole reset of neuron j to q, which subtracts W_jj from its
// own voltage and nothing from the others. arrive makes up for that when the spike
// reaches the others.
func (s *Balanced) dischargeAlone(j int) {
	slot := s.slot()
	*slot = append(*slot, j)
	s.q[j] += (2 * s.search.threshold[j]) / s.scale
	s.search.changed(j)
}

// arrive subtracts Γ_j from u for the spikes whose delay is over, and gives back to
// their own neurons what they lost at the spike. It reports whether there are any.
func (s *Balanced) arrive() (arrived bool) {
	slot := s.slot()
	arrived = len(*slot) > 0
	for _, j := range *slot {
		portable.Axpy(-1, s.gamma.Column(j), s.u)
		s.q[j] -= (2*s.search.threshold[j] - s.lambda) / s.scale
		s.search.changed(j)
	}
	*slot = (*slot)[:0]
	return arrived
}

// slot returns where the spikes of this step wait for their delay to be over. Before
// that, arrive empties it of the spikes that have waited.
func (s *Balanced) slot() *[]int { return &s.late[s.steps%int64(s.delay)] }

// fail records the first error and makes the estimate NaN, which a runner that
// looks at positions takes for a chain that diverged.
func (s *Balanced) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	for d := range s.z[:s.p] {
		s.z[d] = math.NaN()
	}
}

// Err returns nil, a *StateError if the state ceased to be finite, or a
// *CascadeError if the cascades of Greedy do not end. From then on Position stores
// NaN.
func (s *Balanced) Err() error { return s.err }

// Position stores the estimate z = Γr in dst. It panics if the length of dst is
// not Dim.
func (s *Balanced) Position(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	copy(dst, s.z[:s.p])
}

// SetMean sets μ, of length p, from the next step on. It refuses a μ that is not
// finite, and then leaves the network as it is. It costs p: a stimulus may set μ
// before each step.
func (s *Balanced) SetMean(mu []float64) error {
	if err := setMean(s.mean, mu); err != nil {
		return err
	}
	s.stale = true
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
	return s.search.voltage(j)
}

// Threshold returns T_j = W_jj/2.
func (s *Balanced) Threshold(j int) float64 {
	s.checkNeuron(j)
	return s.search.threshold[j]
}

// Rate returns r_j, the spikes of neuron j filtered by τ_m. Divided by τ_m it
// is an estimate of the firing rate in Hz.
func (s *Balanced) Rate(j int) float64 {
	s.checkNeuron(j)
	return s.rate(j)
}

func (s *Balanced) checkNeuron(j int) {
	if uint(j) >= uint(s.n) {
		panic(badIndex)
	}
}

// Latent stores in dst the diffusion x that the estimate z is to follow. It is
// z and the error that the voltages report: once the spikes of the last step
// have reset them, and if V and r were zero at t = 0,
//
//	V_j = Γ_jᵀ(x − z) − λr_j − α(1 − e^(−t/τ_m)),
//
// so that neuron j spikes when that brings z nearer to x by more than it costs.
// Spikes do not move x. It obeys
//
//	dx = −(D+S)Σ⁻¹(z − μ) dt/τ_s − (x − z) dt/τ_m + √(2D/τ_s) dW:
//
// Langevin dynamics, but for a drift that is taken at z. (Where resets come one
// step late, so do their decay and their share of the leak.) Latent panics if
// the length of dst is not Dim.
func (s *Balanced) Latent(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	for d := range dst {
		dst[d] = s.z[d] + s.u[d]
	}
	for _, slot := range s.late { // their inhibition is to come
		for _, j := range slot {
			portable.Axpy(-1, s.gamma.Column(j), dst)
		}
	}
	if s.arbitration == Greedy {
		return
	}
	for _, j := range s.spikes { // their resets are due
		portable.Axpy(-1, s.gamma.Column(j), dst)
	}
}
