package diag

import (
	"math"
	"slices"
)

// Quantile returns the p-quantile of x, whose values may be in any order: the
// value at position h = (n−1)p of the sorted ones, counted from 0, interpolated
// linearly where h is not whole. This is type 7 of Hyndman and Fan (1996), which R
// and NumPy take by default.
//
// h is taken for whole if it is within rounding of that, as 40·0.95 is of 38, or
// 20·(1 − 0.95) of 1. p must be in [0, 1]. The error wraps ErrShort, ErrNonFinite or ErrRange.
func Quantile(x []float64, p float64) (float64, error) {
	if !(p >= 0 && p <= 1) {
		return 0, check.Errorf("p", "= %v is outside [0, 1]", p)
	}
	if err := checkSome("x", x, 1); err != nil {
		return 0, err
	}
	return quantile(sorted(x), p), nil
}

// Median returns the median of x, whose values may be in any order. The error
// wraps ErrShort or ErrNonFinite.
func Median(x []float64) (float64, error) { return Quantile(x, 0.5) }

// sorted returns a sorted copy of x.
func sorted(x []float64) []float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s
}

// quantile returns the p-quantile of sorted values.
func quantile(sorted []float64, p float64) float64 {
	k, g := position(len(sorted), p)
	if g == 0 {
		return sorted[k]
	}
	a, b := sorted[k], sorted[k+1]
	if a == b {
		return a
	}
	// Halves do not overflow.
	return 2 * (float64((1-g)*(a/2)) + float64(g*(b/2)))
}

// position returns (n−1)p as a whole number and the rest in [0, 1).
func position(n int, p float64) (k int, rest float64) {
	h := float64(float64(n-1) * p)
	if whole := math.Round(h); math.Abs(h-whole) <= float64(float64(n-1)*0x1p-51) {
		return int(whole), 0
	}
	floor := math.Floor(h)
	return int(floor), h - floor
}
