package diag

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
)

// minDraws is the fewest draws a chain may have, so that each half of it has a
// variance.
const minDraws = 4

// Coordinate returns column j of each matrix of draws (draws × dim), one slice
// for each chain: the form in which this package takes chains. The values are
// copied. It panics if j is out of range.
func Coordinate(chains []*mat.Dense, j int) [][]float64 {
	out := make([][]float64, len(chains))
	for c, draws := range chains {
		out[c] = mat.Col(nil, j, draws)
	}
	return out
}

// prepare returns the chains in a unit in which their squares can be computed,
// or the reason why they have no diagnostic. The chains returned may be those
// given.
func prepare(chains [][]float64) ([][]float64, scale, error) {
	if len(chains) == 0 {
		return nil, 0, fmt.Errorf("diag: no chains: %w", ErrShort)
	}
	n := len(chains[0])
	for c, x := range chains {
		if len(x) != n {
			return nil, 0, fmt.Errorf("diag: chain %d has %d draws and chain 0 has %d: %w", c, len(x), n, ErrRagged)
		}
	}
	if n < minDraws {
		return nil, 0, fmt.Errorf("diag: %d draws in each chain, %d are needed: %w", n, minDraws, ErrShort)
	}
	for c, x := range chains {
		if i := arg.FirstNonFinite(x); i >= 0 {
			return nil, 0, fmt.Errorf("diag: draw %d of chain %d is %v: %w", i, c, x[i], ErrNonFinite)
		}
	}
	unit := scaleOf(chains...)
	if unit != 0 {
		scaled := make([][]float64, len(chains))
		for c, x := range chains {
			scaled[c] = unit.in(x)
		}
		chains = scaled
	}
	if constant(chains) {
		return nil, 0, fmt.Errorf("diag: all %d draws are %v: %w", len(chains)*n, math.Ldexp(chains[0][0], int(unit)), ErrConstant)
	}
	return chains, unit, nil
}

// statistic returns f of the prepared chains, whose unit is the given power of
// that of the draws.
func statistic(chains [][]float64, power int, f func(chains [][]float64) float64) (float64, error) {
	x, unit, err := prepare(chains)
	if err != nil {
		return 0, err
	}
	return unit.out(f(x), power)
}

// split returns the first and the last half of each chain, which share the
// chains' memory. The middle draw of an odd chain is left out.
func split(chains [][]float64) [][]float64 {
	half := len(chains[0]) / 2
	out := make([][]float64, 0, 2*len(chains))
	for _, x := range chains {
		out = append(out, x[:half], x[len(x)-half:])
	}
	return out
}

// pool returns all draws, chain after chain, in a new slice.
func pool(chains [][]float64) []float64 { return slices.Concat(chains...) }

// cut cuts pooled draws into the given number of parts of one length.
func cut(pooled []float64, parts int) [][]float64 {
	n := len(pooled) / parts
	out := make([][]float64, parts)
	for c := range out {
		out[c] = pooled[c*n : (c+1)*n]
	}
	return out
}

// apply returns f of each draw, in new memory.
func apply(chains [][]float64, f func(x float64) float64) [][]float64 {
	out := pool(chains)
	for i, x := range out {
		out[i] = f(x)
	}
	return cut(out, len(chains))
}

// constant reports whether all draws are equal to within a few roundings.
// (ArviZ's threshold is 1e-15 whatever the unit.)
func constant(chains [][]float64) bool {
	lo, hi := chains[0][0], chains[0][0]
	for _, x := range chains {
		for _, v := range x {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return hi-lo <= 1e-15*max(math.Abs(lo), math.Abs(hi))
}

// mean returns the mean of x, exactly if all values are equal, so that the
// variance of a stuck chain is 0 and not a rounding error.
func mean(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v - x[0]
	}
	return x[0] + s/float64(len(x))
}

// meanSquares returns the mean of x and the sum of squares about it.
func meanSquares(x []float64) (mu, squares float64) {
	mu = mean(x)
	for _, v := range x {
		d := v - mu
		squares += float64(d * d)
	}
	return mu, squares
}

// meanVar returns the mean of x and its variance with divisor len(x)−1.
func meanVar(x []float64) (mu, variance float64) {
	mu, squares := meanSquares(x)
	return mu, squares / float64(len(x)-1)
}

// pooledVariances returns the within-chain variance W, the mean of the chains'
// variances, and B/n, the variance of their means. B/n of one chain is 0.
func pooledVariances(chains [][]float64) (within, between float64) {
	means := make([]float64, len(chains))
	for c, x := range chains {
		m, v := meanVar(x)
		means[c] = m
		within += v
	}
	within /= float64(len(chains))
	if len(chains) > 1 {
		_, between = meanVar(means)
	}
	return within, between
}
