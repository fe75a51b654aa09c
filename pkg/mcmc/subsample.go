package mcmc

import "math/rand/v2"

// Subsampled is a sampler that draws a new batch of the data before each step.
type Subsampled struct {
	Sampler
	batch interface{ Resample(rng *rand.Rand) }
}

// Subsample returns s with a new batch for each step, where the score of s comes
// from batch, such as a *density.Minibatch. s should be a kernel without a
// Metropolis test, of one gradient a step: ULA, SGHMC, SGNHT, Underdamped, or an
// Euler–Maruyama path. Its law is then off by a bias of order h, on top of its own;
// SGHMC and recipe.Compensate subtract it, SGNHT adapts to it, and control variates
// make it small. MALA, HMC and NUTS cease to be exact.
func Subsample(s Sampler, batch interface{ Resample(rng *rand.Rand) }) *Subsampled {
	return &Subsampled{s, batch}
}

// Step draws a batch and takes a step.
func (s *Subsampled) Step(rng *rand.Rand) {
	s.batch.Resample(rng)
	s.Sampler.Step(rng)
}
