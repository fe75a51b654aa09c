// Package mcmc runs samplers: Markov chains whose positions, after a while, are
// draws from a target density.
//
// A Sampler is anything that can take a step and tell its position: the kernels
// of this package, a path of package sde, a spiking network, a type of your own.
// Draws, Collect and Chains run any of them. The random stream is always an
// argument, so that a chain is a function of its seed. The observer is the body
// of the loop:
//
//	for i, x := range mcmc.Draws(sampler, rng, plan) {
//		moments.Add(x)
//	}
//
// Chains keeps the sampler of each chain and, if it is a Reporter, the statistics
// of each draw. Other results are methods of the sampler's own type, such as
// (*MALA).Acceptance. Warnings collects what a user should know before trusting a
// run.
//
// # Constructors
//
// Every constructor takes the target, the initial position, the step size h and
// the geometry, in that order. A geometry chooses the metric D = BBᵀ, which is
// the diffusion of Langevin dynamics and the inverse mass matrix of Hamiltonian
// dynamics: metric.Naive, metric.Natural, or metric.Fixed with any metric, also
// one whose B is not square. A kernel with further settings takes them last, as a
// struct with named fields whose zero value is a default where the field's
// comment gives one.
//
// # Kernels
//
//	kernel                  dynamics             law                      gradients a step
//	ULA                     overdamped           bias of order h          1
//	MALA                    overdamped           exact                    1
//	Irreversible            overdamped, skew     bias of the flow, h⁴     4·Substeps + 2
//	HMC                     Hamiltonian          exact                    LeapfrogSteps
//	NUTS                    Hamiltonian          exact                    2^Depth − 1
//	Underdamped             with friction        bias of order h²         1
//	SGHMC                   with friction        bias of order h          1
//	SGNHT                   with a thermostat    bias of order h          1
//	Microcanonical          at constant speed    bias that falls with h   1
//	AdjustedMicrocanonical  at constant speed    exact                    L/h on average
//
// Tempering runs a kernel that is exact at several temperatures, for densities with
// modes that are far apart.
//
// ULA, SGHMC, SGNHT and Underdamped also run with a score that is estimated from
// a random batch of the data, a density.Minibatch: see Subsample.
//
// # Kernels and processes
//
// Package recipe has the same dynamics as stochastic differential equations. Take
// a kernel of this package to sample: it has the better integrator, and warnings.
// Take a geometry of package recipe and a path of package sde to study the equation
// itself, to choose the noise or the stepper, or for D and S that depend on the
// position, which no kernel here has.
//
//	kernel               geometry                               its path by Euler–Maruyama
//	ULA                  recipe.Langevin                        is the same chain, in law
//	Irreversible         recipe.NewConstant                     has a bias from S, of order h
//	Underdamped, SGHMC   recipe.Underdamped, recipe.Friction    is stable for h < γ/ω² only, and not for hω < 2
//	SGNHT                recipe.NoseHoover                      likewise
//
// # Saved states
//
// MarshalBinary of a kernel returns its state, and UnmarshalBinary restores it in
// a kernel that the same constructor has made for the same target. The chain goes
// on as it would have, to the same bytes. The random stream is not part of the
// state: save it by the MarshalBinary of its source. The step size and the metric
// of exact kernels are part of the state, since Warmup finds them, and so is the step
// size of Microcanonical, which Tune finds. All other settings must be those of the
// kernel, and so must a Natural or Power metric and a metric of a type of your own.
// UnmarshalBinary returns an error if they are not, or if the data are damaged or of
// another version, and leaves the kernel as it was.
package mcmc
