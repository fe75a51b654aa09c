package diag

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// EnergyDistance returns the energy distance between the empirical
// distributions of the rows of x and of y (draws × dim, of one dim),
//
//	D = √(2 E|X−Y| − E|X−X′| − E|Y−Y′|),
//
// with X, X′ and Y, Y′ independent draws from each. It is a metric, has no
// parameter, and its unit is the square root of that of x. In one dimension
// D² = 2∫(F−G)², computed in O(n log n); otherwise it takes O(n²).
//
// It panics if the dimensions differ. The error wraps ErrShort or ErrNonFinite.
//
// Source: Székely and Rizzo (2013).
func EnergyDistance(x, y mat.Matrix) (float64, error) {
	a, b, unit, err := unitRows(x, y)
	if err != nil {
		return 0, err
	}
	if len(a[0]) == 1 {
		return (unit / 2).out(energyDistance1(slices.Concat(a...), slices.Concat(b...)), 1)
	}
	return (unit / 2).out(discrepancyOf(a, b, distance), 1)
}

// EnergyTest tests whether the rows of x and of y come from one distribution,
// by [EnergyDistance] and random permutations of the rows among the two. The
// draws of each must be independent; thin chains to that, or the p-value is
// too small. It takes memory for (n_x+n_y)² numbers.
//
// The errors are those of EnergyDistance, and ErrRange for fewer than one
// permutation.
func EnergyTest(x, y mat.Matrix, permutations int, rng *rand.Rand) (TwoSampleTest, error) {
	a, b, unit, err := unitRows(x, y)
	if err != nil {
		return TwoSampleTest{}, err
	}
	return permutationTest(a, b, unit/2, distance, permutations, rng)
}

// distance returns |a − b|.
func distance(a, b []float64) float64 { return math.Sqrt(squaredDistance(a, b)) }

func squaredDistance(a, b []float64) float64 {
	var sum float64
	for i, v := range a {
		d := v - b[i]
		sum += float64(d * d)
	}
	return sum
}

// energyDistance1 sorts both samples, which it overwrites, and integrates
// 2(F−G)² over the steps of the two distribution functions.
func energyDistance1(x, y []float64) float64 {
	slices.Sort(x)
	slices.Sort(y)
	var (
		sum  float64
		i, j int
		last = min(x[0], y[0])
	)
	for i < len(x) || j < len(y) {
		gap := float64(i)/float64(len(x)) - float64(j)/float64(len(y))
		var at float64
		if j == len(y) || i < len(x) && x[i] <= y[j] {
			at = x[i]
			i++
		} else {
			at = y[j]
			j++
		}
		sum += float64(gap * gap * (at - last))
		last = at
	}
	return math.Sqrt(2 * sum)
}
