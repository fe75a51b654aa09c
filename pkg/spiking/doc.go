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
//     Gaussian.
//   - Metropolis has a probabilistic spike rule: a proposed neuron spikes with
//     the acceptance probability of Metropolis–Hastings. Jump is a second engine
//     for it, which moves from spike to spike.
//   - Continuous is the latter in continuous time, MetropolisDensity the latter for any
//     density.
//
// All but the last have a metric.Geometry: Naive, Natural, in which distances are those of the
// target's own covariance, or a matrix of the user's. All are samplers in the
// sense of package mcmc: Step takes a time step, Position stores the estimate.
//
// Vectors over neurons have length n and over dimensions length p; times are in
// seconds. Networks keep no history: a Monitor records voltages, rates and
// estimates over a window, a Raster records spikes as events. State returns what
// a network needs to go on, and Restore puts it back.
//
// Given the same random stream, a network takes the same steps to the last bit
// on every architecture. A network is for one goroutine at a time.
package spiking
