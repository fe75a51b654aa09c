package diag

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// MMD returns the maximum mean discrepancy between the empirical distributions
// of the rows of x and of y (draws × dim, of one dim) in the Gaussian kernel
// k(a, b) = exp(−|a−b|²/2ℓ²),
//
//	MMD = √(E k(X,X′) + E k(Y,Y′) − 2 E k(X,Y)),
//
// the largest difference of means over functions in the unit ball of the
// kernel's space: between 0 and √2, a metric, and without unit. It sees
// differences at the scale of the bandwidth ℓ, for which [MedianBandwidth] is
// the usual choice. It takes O(n²).
//
// It panics if the dimensions differ. The error wraps ErrShort, ErrNonFinite
// or, unless ℓ > 0, ErrRange.
//
// Source: Gretton et al. (2012), eq. 5.
func MMD(x, y mat.Matrix, bandwidth float64) (float64, error) {
	a, b, k, err := kernelRows(x, y, bandwidth)
	if err != nil {
		return 0, err
	}
	return discrepancyOf(a, b, k), nil
}

// MMDTest tests whether the rows of x and of y come from one distribution, by
// [MMD] and random permutations, as [EnergyTest] does. A bandwidth chosen by
// [MedianBandwidth] from the same rows keeps the p-value valid.
func MMDTest(x, y mat.Matrix, bandwidth float64, permutations int, rng *rand.Rand) (TwoSampleTest, error) {
	a, b, k, err := kernelRows(x, y, bandwidth)
	if err != nil {
		return TwoSampleTest{}, err
	}
	return permutationTest(a, b, 0, k, permutations, rng)
}

// MedianBandwidth returns the median distance between two rows of x and y
// together. The error is ErrConstant if the median is 0; the other errors are
// those of [EnergyDistance]. It takes memory for (n_x+n_y)²/2 numbers.
func MedianBandwidth(x, y mat.Matrix) (float64, error) {
	a, b, unit, err := unitRows(x, y)
	if err != nil {
		return 0, err
	}
	all := append(a, b...)
	d := make([]float64, 0, len(all)*(len(all)-1)/2)
	for i, a := range all {
		for _, b := range all[:i] {
			d = append(d, distance(a, b))
		}
	}
	slices.Sort(d)
	m := quantile(d, 0.5)
	if m == 0 {
		return 0, fmt.Errorf("diag: half of all distances are 0, which is no bandwidth: %w", ErrConstant)
	}
	return unit.out(m, 1)
}

// kernelRows returns the rows of both matrices in one unit, and −k, which like a
// distance is smallest between equal points.
func kernelRows(x, y mat.Matrix, bandwidth float64) (a, b [][]float64, k func(a, b []float64) float64, err error) {
	a, b, unit, err := unitRows(x, y)
	if err := cmp.Or(check.Positive("bandwidth", bandwidth, ""), err); err != nil {
		return nil, nil, nil, err
	}
	l := math.Ldexp(bandwidth, -int(unit))
	return a, b, func(a, b []float64) float64 {
		d := distance(a, b)
		if d == 0 {
			return -1
		}
		z := min(d/l, 40) // exp(−800) is 0
		return -portable.Exp(-float64(z*z) / 2)
	}, nil
}
