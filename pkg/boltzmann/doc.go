// Package boltzmann samples Boltzmann machines with spiking neurons and with
// Gibbs sampling.
//
// A Boltzmann machine is a density of n binary variables,
//
//	p(z) ∝ exp(½ zᵀWz + bᵀz),  z ∈ {0,1}ⁿ,
//
// with W symmetric and zero on its diagonal. In the network of Buesing, Bill,
// Nessler and Maass (2011), variable k is one for τ steps after a spike of neuron
// k, and the neuron spikes with a probability that depends on its membrane
// potential u_k = b_k + Σ_j W_kj z_j. With absolute refractoriness the network
// samples p exactly. With relative refractoriness it does so approximately.
//
// The exact law of machines of up to 20 variables is computed by a sum over all
// states, so that every sampler can be compared with it.
package boltzmann

import "natspike/pkg/arg"

const check = arg.Checker("boltzmann")
