// Package mcmc runs samplers: Markov chains whose positions, after a while, are
// draws from a target density.
//
// A Sampler is anything that can take a step and say where it is: the kernels
// of this package, a path of package sde, a spiking network. Draws, Collect and
// Chains run any of them. The random stream is always an argument, so that a
// chain is a function of its seed; the observer is the body of the loop:
//
//	for i, x := range mcmc.Draws(sampler, rng, plan) {
//		moments.Add(x)
//	}
//
// What a method knows beyond its position is a method of its own type, such as
// (*MALA).Acceptance.
package mcmc
