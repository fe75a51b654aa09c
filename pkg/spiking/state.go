package spiking

import (
	"math"

	"natspike/pkg/arg"
)

// BalancedState is all that changes in a Balanced network, so that one restored
// to it goes on to the same bytes, given the same random stream. It can be kept
// as JSON or gob without loss.
type BalancedState struct {
	Steps  int64     // time steps taken
	Mean   []float64 // μ, p
	U      []float64 // p; V = ΓᵀU − Scale·Q + Offset
	Q      []float64 // n
	Offset float64
	Scale  float64   // common factor of Q and R
	R      []float64 // n; r = Scale·R
	Theta  []float64 // the estimate, p
	Flow   []float64 // Δt(I/τ_m − (D+S)Σ⁻¹/τ_s)z, p
	Spikes []int     // of the last step
	Counts BalancedCounts
}

// State returns a copy of the network's state.
func (s *Balanced) State() BalancedState {
	return BalancedState{
		Steps: s.steps, Mean: clone(s.mean),
		U: clone(s.u[:s.p]), Q: clone(s.q[:s.n]), Offset: s.offset,
		Scale: s.scale, R: clone(s.r), Theta: clone(s.z), Flow: clone(s.flow),
		Spikes: append([]int{}, s.spikes...), Counts: s.counts,
	}
}

// Restore puts the network into a state that a network of the same
// configuration was in. It refuses one whose lengths disagree with the network,
// or that is not finite, and then leaves the network as it is.
func (s *Balanced) Restore(state BalancedState) error {
	for _, f := range []struct {
		name   string
		values []float64
		want   int
	}{{"Mean", state.Mean, s.p}, {"U", state.U, s.p}, {"Q", state.Q, s.n}, {"Flow", state.Flow, s.p}, {"Offset", []float64{state.Offset}, 1}} {
		if err := checkState(f.name, f.values, f.want); err != nil {
			return err
		}
	}
	if err := checkFiltered(state.Steps, state.Scale, state.Theta, s.p, state.R, s.n); err != nil {
		return err
	}
	if err := checkSpikes(state.Spikes, s.n); err != nil {
		return err
	}
	if len(state.Spikes) > cap(s.spikes) {
		return check.Errorf("state's Spikes", "has length %d, want at most %d", len(state.Spikes), cap(s.spikes))
	}
	s.steps, s.offset, s.scale, s.counts, s.err = state.Steps, state.Offset, state.Scale, state.Counts, nil
	copy(s.mean, state.Mean)
	copy(s.u, state.U)
	copy(s.q, state.Q)
	copy(s.r, state.R)
	copy(s.z, state.Theta)
	copy(s.flow, state.Flow)
	s.spikes = append(s.spikes[:0], state.Spikes...)
	s.moved = true
	s.voltages()
	return nil
}

// MetropolisState is all that changes in a Metropolis network, as BalancedState.
type MetropolisState struct {
	Steps  int64     // time steps taken
	Mean   []float64 // μ, p
	Scale  float64   // common factor of Theta and R
	Theta  []float64 // p; θ = Scale·Theta
	R      []float64 // n; r = Scale·R
	Spike  int       // in the last step, or −1
	Window int64     // steps that Jump makes its bounds for
	Counts ProbabilisticCounts
}

// State returns a copy of the network's state.
func (s *Metropolis) State() MetropolisState {
	return MetropolisState{
		Steps: s.steps, Mean: clone(s.mean), Scale: s.scale, Theta: clone(s.theta), R: clone(s.r),
		Spike: s.spike, Window: s.window, Counts: s.Counts(),
	}
}

// Restore puts the network into a state that a network of the same
// configuration was in. It refuses one whose lengths disagree with the network,
// or that is not finite, and then leaves the network as it is.
func (s *Metropolis) Restore(state MetropolisState) error {
	if state.Window < 1 || state.Window > maxWindow {
		return check.Errorf("state's Window", "is %d, want at least 1", state.Window)
	}
	if state.Spike < -1 || state.Spike >= s.n {
		return check.Errorf("state's Spike", "is neuron %d, there are 0 to %d", state.Spike, s.n-1)
	}
	if err := s.restore(state.Steps, state.Mean, state.Scale, state.Theta, state.R); err != nil {
		return err
	}
	s.spike, s.window = state.Spike, state.Window
	s.counted, s.count = state.Steps-state.Counts.Proposals, state.Counts.Spikes
	return nil
}

// ContinuousState is all that changes in a Continuous network, as BalancedState.
type ContinuousState struct {
	Steps  int64     // whole steps taken
	Clock  float64   // s since the last whole step
	Mean   []float64 // μ, p
	Scale  float64   // common factor of Theta and R
	Theta  []float64 // p; θ = Scale·Theta
	R      []float64 // n; r = Scale·R
	Spikes []int     // of the last Step or Next
	Times  []float64 // of Spikes, s
	Window float64   // s that Next makes its bounds for
	Count  int64     // spikes since the counts were reset
	Since  float64   // s since then
}

// State returns a copy of the network's state.
func (s *Continuous) State() ContinuousState {
	return ContinuousState{
		Steps: s.steps, Clock: s.clock, Mean: clone(s.mean), Scale: s.scale, Theta: clone(s.theta), R: clone(s.r),
		Spikes: append([]int{}, s.spikes...), Times: clone(s.times),
		Window: s.window, Count: s.count, Since: s.since,
	}
}

// Restore puts the network into a state that a network of the same
// configuration was in. It refuses one whose lengths disagree with the network,
// or that is not finite, and then leaves the network as it is.
func (s *Continuous) Restore(state ContinuousState) error {
	if !(state.Window > 0) || math.IsInf(state.Window, 1) {
		return check.Errorf("state's Window", "is %v s, which is not positive and finite", state.Window)
	}
	if err := checkState("Clock and Since", []float64{state.Clock, state.Since}, 2); err != nil {
		return err
	}
	if err := checkSpikes(state.Spikes, s.n); err != nil {
		return err
	}
	if err := checkState("Times", state.Times, len(state.Spikes)); err != nil {
		return err
	}
	if err := s.restore(state.Steps, state.Mean, state.Scale, state.Theta, state.R); err != nil {
		return err
	}
	s.clock, s.window, s.since, s.count = state.Clock, state.Window, state.Since, state.Count
	s.spikes = append(s.spikes[:0], state.Spikes...)
	s.times = append(s.times[:0], state.Times...)
	s.spike = -1
	if k := len(s.spikes); k > 0 {
		s.spike = s.spikes[k-1]
	}
	return nil
}

// restore is what the restoring of integrators has in common.
func (s *integrator) restore(steps int64, mean []float64, scale float64, theta, r []float64) error {
	if err := checkState("Mean", mean, s.p); err != nil {
		return err
	}
	if err := checkFiltered(steps, scale, theta, s.p, r, s.n); err != nil {
		return err
	}
	s.steps, s.scale = steps, scale
	copy(s.mean, mean)
	copy(s.theta, theta)
	copy(s.r, r)
	s.version++
	s.means++
	return nil
}

// MetropolisDensityState is all that changes in a MetropolisDensity network, as BalancedState.
type MetropolisDensityState struct {
	Steps  int64     // time steps taken
	Theta  []float64 // θ, p
	Scale  float64   // common factor of R
	R      []float64 // n; r = Scale·R
	Spike  int       // in the last step, or −1
	Counts ProbabilisticCounts
}

// State returns a copy of the network's state.
func (s *MetropolisDensity) State() MetropolisDensityState {
	return MetropolisDensityState{
		Steps: s.steps, Theta: clone(s.theta), Scale: s.scale, R: clone(s.r),
		Spike: s.spike, Counts: s.count,
	}
}

// Restore puts the network into a state that a network of the same
// configuration was in. It refuses one whose lengths disagree with the network,
// that is not finite, or at which log p is not, and then leaves the network as
// it is.
func (s *MetropolisDensity) Restore(state MetropolisDensityState) error {
	if err := checkFiltered(state.Steps, state.Scale, state.Theta, s.p, state.R, s.n); err != nil {
		return err
	}
	if state.Spike < -1 || state.Spike >= s.n {
		return check.Errorf("state's Spike", "is neuron %d, there are 0 to %d", state.Spike, s.n-1)
	}
	logp := s.target.LogProb(state.Theta)
	if math.IsNaN(logp) || math.IsInf(logp, 0) {
		return check.Errorf("state's Theta", "has log p = %v, which is not finite", logp)
	}
	s.steps, s.logp, s.scale, s.spike, s.count, s.err = state.Steps, logp, state.Scale, state.Spike, state.Counts, nil
	copy(s.theta, state.Theta)
	copy(s.r, state.R)
	return nil
}

func clone(x []float64) []float64 { return append([]float64{}, x...) }

// checkState says what is wrong with a part of a state.
func checkState(name string, values []float64, want int) error {
	if len(values) != want {
		return check.Errorf("state's "+name, "has length %d, want %d", len(values), want)
	}
	if i := arg.FirstNonFinite(values); i >= 0 {
		return check.Errorf("state's "+name, "has entry [%d] = %v, which is not finite", i, values[i])
	}
	return nil
}

// checkFiltered says what is wrong with the filtered spike trains of a state.
func checkFiltered(steps int64, scale float64, theta []float64, p int, r []float64, n int) error {
	if steps < 0 {
		return check.Errorf("state's Steps", "is %d, which is negative", steps)
	}
	if !(scale > 0 && scale <= 1) {
		return check.Errorf("state's Scale", "is %v, want a number in (0, 1]", scale)
	}
	if err := checkState("Theta", theta, p); err != nil {
		return err
	}
	return checkState("R", r, n)
}

func checkSpikes(spikes []int, n int) error {
	for _, j := range spikes {
		if j < 0 || j >= n {
			return check.Errorf("state's Spikes", "names neuron %d, there are 0 to %d", j, n-1)
		}
	}
	return nil
}
