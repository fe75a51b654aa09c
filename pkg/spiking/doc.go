// Package spiking simulates networks of spiking neurons whose readout is a
// sample from a target distribution.
//
// A spike of neuron j moves the network's estimate by column j of its decoder
// Γ, a p×n matrix; between spikes the estimate decays with the time constant
// τ_m of the membrane. What makes the estimate a sample is when neurons spike.
//
//   - Balanced, the efficient balanced network of Savin and Denève with the
//     dynamics of the complete recipe, has noisy voltages and thresholds: its
//     neurons keep the estimate close to a Langevin diffusion that samples a
//     Gaussian. AccurateBalanced chooses its parameters for an error and a rate.
//   - Metropolis has a probabilistic spike rule: a proposed neuron spikes with
//     the acceptance probability of Metropolis–Hastings. Jump is a second engine
//     for it, which moves from spike to spike.
//   - Continuous is Metropolis in continuous time.
//   - MetropolisDensity is Metropolis for any density.
//
// The first three have a metric.Geometry, in which they move: Naive, Natural, in
// which distances are those of the target's own covariance, or a metric of the
// user's. All networks are samplers in the sense of package mcmc: Step takes a time
// step, Position stores the estimate. A stimulus moves the target by SetMean.
//
// The small interfaces of this package, Network, Driven, Probe, Leaky and Jumper,
// are the abilities that package trial asks for. A network of your own has those
// that it can.
//
// A network is not refused because it cannot sample its target. Its method Warnings
// names the reasons, with the numbers and what to change: silence, spikes too large
// for the target, costs of firing that pull the estimate, a time step that is too
// long, a decoder that does not span.
//
// An Ensemble moves together balanced networks that share a decoder. Large ones take less
// time than alone if the processor has AVX-512. trial.PresentEnsemble records them.
//
// Vectors over neurons have length n and over dimensions length p; times are in
// seconds. Networks keep no history: package trial records. MarshalBinary returns
// the state of a network in mid-run, and UnmarshalBinary puts it back.
//
// Given the same random stream, a network takes the same steps to the last bit
// on every architecture. A network is for one goroutine at a time.
package spiking
