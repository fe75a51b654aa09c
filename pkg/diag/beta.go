package diag

import (
	"math"

	"natspike/pkg/internal/portable"
)

// betaQuantile returns the x at which the regularised incomplete beta function
// I_x(a, b) is u, for a, b ≥ 1 and 0 < u < 1, by bisection.
func betaQuantile(a, b, u float64) float64 {
	lo, hi := portable.Bisect(0, 1, func(x float64) bool { return regularizedBeta(x, a, b) < u })
	return (lo + hi) / 2
}

// regularizedBeta returns I_x(a, b) for 0 < x < 1, by its continued fraction,
// NIST Digital Library of Mathematical Functions, 8.17.22, evaluated by Lentz's
// method.
func regularizedBeta(x, a, b float64) float64 {
	if x > (a+1)/(a+b+2) { // where the other one converges fast
		return 1 - regularizedBeta(1-x, b, a)
	}
	const tiny = 1e-300
	c, d := 1.0, 0.0
	fraction := 1.0
	for m := range 10_000 {
		k := float64(m / 2)
		at := a + k + k
		var term float64
		switch {
		case m == 0:
			term = 1
		case m%2 == 0:
			term = k * (b - k) * x / ((at - 1) * at)
		default:
			term = -(a + k) * (a + b + k) * x / (at * (at + 1))
		}
		if d = 1 + float64(term*d); d == 0 {
			d = tiny
		}
		if c = 1 + term/c; c == 0 {
			c = tiny
		}
		d = 1 / d
		step := float64(c * d)
		fraction *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	front := portable.LogGamma(a+b) - portable.LogGamma(a) - portable.LogGamma(b) +
		float64(a*portable.Log(x)) + float64(b*portable.Log1p(-x))
	return portable.Exp(front) * (fraction - 1) / a
}
