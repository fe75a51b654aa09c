package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
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
	if err := checkBandwidth(bandwidth); err != nil {
		return 0, err
	}
	if err := checkPair(x, y); err != nil {
		return 0, err
	}
	k := minusGaussianKernel(bandwidth)
	a, b := rows(x), rows(y)
	return math.Sqrt(max(0, discrepancy(
		meanBetween(a, b, k),
		meanWithin(a, k),
		meanWithin(b, k)))), nil
}

// MMDTest tests whether the rows of x and of y come from one distribution, by
// [MMD] and random permutations, as [EnergyTest] does. A bandwidth chosen by
// [MedianBandwidth] from the same rows keeps the p-value valid.
func MMDTest(x, y mat.Matrix, bandwidth float64, permutations int, rng *rand.Rand) (TwoSampleTest, error) {
	if err := checkBandwidth(bandwidth); err != nil {
		return TwoSampleTest{}, err
	}
	if err := checkPair(x, y); err != nil {
		return TwoSampleTest{}, err
	}
	return permutationTest(x, y, minusGaussianKernel(bandwidth), permutations, rng)
}

// MedianBandwidth returns the median distance between two rows of x and y
// together. The errors are those of [EnergyDistance]; it is ErrConstant if the
// median is 0.
func MedianBandwidth(x, y mat.Matrix) (float64, error) {
	if err := checkPair(x, y); err != nil {
		return 0, err
	}
	all := append(rows(x), rows(y)...)
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
	return m, nil
}

func checkBandwidth(l float64) error {
	if !(l > 0) || math.IsInf(l, 1) {
		return fmt.Errorf("diag: bandwidth %v must be positive and finite: %w", l, ErrRange)
	}
	return nil
}

// minusGaussianKernel returns −k, which like a distance is smallest between
// equal points.
func minusGaussianKernel(bandwidth float64) func(a, b []float64) float64 {
	scale := -1 / (2 * bandwidth * bandwidth)
	return func(a, b []float64) float64 {
		var d2 float64
		for i, v := range a {
			d2 += (v - b[i]) * (v - b[i])
		}
		return -math.Exp(scale * d2)
	}
}
