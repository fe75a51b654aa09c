package mcmc

import "math/rand/v2"

// Subsampled is a sampler that draws a new batch of the data before each step.
type Subsampled struct {
	Sampler
	batch interface{ Resample(rng *rand.Rand) }
}

// Subsample returns s with a new batch for each step. The score of s must come from
// batch, such as a *density.Minibatch. s should be a kernel of one gradient a step
// without a Metropolis test: ULA, SGHMC, SGNHT, Underdamped, or an Euler–Maruyama
// path. The noise of the score adds a bias of order h to that of the kernel. SGHMC
// and recipe.Compensate subtract that noise, SGNHT adapts to it, and control
// variates make it small. MALA, HMC and NUTS are not exact with such a score.
func Subsample(s Sampler, batch interface{ Resample(rng *rand.Rand) }) *Subsampled {
	return &Subsampled{s, batch}
}

// Step draws a batch and takes a step.
func (s *Subsampled) Step(rng *rand.Rand) {
	s.batch.Resample(rng)
	s.Sampler.Step(rng)
}
