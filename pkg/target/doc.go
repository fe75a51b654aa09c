// Package target provides probability densities to sample from: a log density,
// its gradient, and, where they are known in closed form, its moments and an
// exact draw to compare a sampler with.
package target
