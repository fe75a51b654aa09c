package sde

import "natspike/pkg/arg"

// A Process is an Itô stochastic differential equation
//
//	dx = b(x) dt + σ(x) dW,  x ∈ ℝⁿ, W ∈ ℝᵐ a standard Brownian motion.
//
// The matrix σ, n×m, is never formed: a Process knows how to apply it. The
// arguments of its methods must not overlap. A Process may use scratch memory
// of its own, so it belongs to one goroutine.
type Process interface {
	// Dims returns n, the length of the state, and m, that of the noise.
	Dims() (state, noise int)

	// Drift stores b(x) in dst, of length n.
	Drift(dst, x []float64)

	// AddNoise adds σ(x)·dw to dst, of length n; dw has length m.
	AddNoise(dst, x, dw []float64)
}

const check = arg.Checker("sde")

func checkLengths(p interface{ Dims() (state, noise int) }, x, dw []float64) {
	state, noise := p.Dims()
	check.Length("state", x, state)
	check.Length("noise", dw, noise)
}
