package spiking

import "math/rand/v2"

// A Network is a network of spiking neurons whose readout is a sample: an
// mcmc.Sampler with neurons. A network of your own needs these methods to be
// presented with a stimulus, recorded and measured by package trial. The other
// interfaces of this file are abilities that a network may have besides.
type Network interface {
	// Dim returns p, the dimension of the estimate.
	Dim() int
	// Step takes one time step.
	Step(rng *rand.Rand)
	// Position stores the estimate in dst, of length p.
	Position(dst []float64)

	// Neurons returns n, the number of neurons.
	Neurons() int
	// DT returns Δt, the time that a step takes, in s.
	DT() float64
	// Spikes returns the neurons that spiked in the last step, in order. The
	// slice is valid until the next step.
	Spikes() []int
	// Err returns the reason why Position stores NaN, or nil.
	Err() error
}

// A Driven network follows a target whose mean can be set while it runs.
type Driven interface {
	// SetMean sets the mean μ of the target, of length p, from the next step on.
	// It refuses a μ that is not finite.
	SetMean(mu []float64) error
}

// A Probe shows what each neuron of a network does.
type Probe interface {
	// Voltage returns V_j, and Threshold the voltage at which neuron j spikes.
	Voltage(j int) float64
	Threshold(j int) float64
	// Rate returns r_j, the spike train of neuron j filtered by τ_m. Divided by
	// τ_m it is an estimate of the firing rate in Hz.
	Rate(j int) float64
}

// A Leaky network has an estimate that is a sum of filtered spike trains: in a
// step, z ← κz + Σ Γ_j over the spikes of the step. Its spikes alone then give
// its estimate at every step, and a recording of it needs no more. A network whose
// estimate decays to another point than zero must not have these methods.
type Leaky interface {
	// Decoder returns Γ, p×n.
	Decoder() *Decoder
	// Decay returns κ, in (0, 1].
	Decay() float64
}

// A Jumper can move from spike to spike. Where spikes are rare that is faster than
// step by step; where they are not, it takes single steps.
type Jumper interface {
	// Jump moves the network on until a neuron spikes, but by limit steps at
	// most, and returns the number of steps. Spikes then returns the spikes of
	// the last of them.
	Jump(rng *rand.Rand, limit int64) int64
}
