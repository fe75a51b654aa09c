package diag

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// SlicedW2 returns the sliced 2-Wasserstein distance between the empirical
// distributions of the rows of x and of y (draws × dim, of one dim),
//
//	SW₂² = E_θ W₂²(θ·x, θ·y),   θ uniform on the unit sphere,
//
// with the mean taken over the given number of random directions and the
// one-dimensional distances exact. stderr is the standard error from these
// directions alone. In one dimension SW₂ is W₂ and stderr is 0.
//
// It is a metric that needs O(n log n) for each direction at any dimension; a
// shift by v alone counts for |v|/√dim. It panics if the dimensions differ. The
// error wraps ErrShort, ErrNonFinite or, for fewer than two directions,
// ErrRange.
//
// Source: Bonneel, Rabin, Peyré and Pfister (2015).
func SlicedW2(x, y mat.Matrix, directions int, rng *rand.Rand) (w2, stderr float64, err error) {
	a, b, unit, err := unitRows(x, y)
	if err != nil {
		return 0, 0, err
	}
	return sliced(a, unit, directions, rng, func(px, theta []float64) float64 {
		return squaredW2(px, project(b, theta))
	})
}

// SlicedW2Gaussian returns the sliced 2-Wasserstein distance between the
// empirical distribution of the rows of x (draws × dim) and N(mean, cov), whose
// projections N(θ·mean, θᵀcov θ) are compared by [W2Normal]'s formula: nothing
// but the directions is random. The rest is as in [SlicedW2]. If cov is not
// positive semi-definite along a direction, the error wraps ErrRange.
func SlicedW2Gaussian(x mat.Matrix, mean []float64, cov mat.Symmetric, directions int, rng *rand.Rand) (w2, stderr float64, err error) {
	_, dim := x.Dims()
	if len(mean) != dim || cov.SymmetricDim() != dim {
		panic(badDim)
	}
	r, err := root("cov", cov)
	if err := cmp.Or(checkFinite("mean", mean), err, checkDraws("x", x, 1)); err != nil {
		return 0, 0, err
	}
	a := mat.DenseCopyOf(x).RawMatrix()
	unit := scaleOf(a.Data, mean, r)
	mean, r = unit.in(mean), unit.in(r)
	scaled := make([]float64, dim)
	return sliced(cut(unit.in(a.Data), a.Rows), unit, directions, rng, func(px, theta []float64) float64 {
		portable.MulTransVec(scaled, r, theta) // θᵀΣθ = |Rᵀθ|²
		return squaredW2Normal(px, portable.Dot(theta, mean), math.Sqrt(portable.Dot(scaled, scaled)))
	})
}

// sliced averages the squared distance over directions. squared gets the
// sorted projection of x.
func sliced(x [][]float64, unit scale, directions int, rng *rand.Rand, squared func(px, theta []float64) float64) (w2, stderr float64, err error) {
	dim := len(x[0])
	if dim == 1 {
		one := []float64{1}
		w2, err = unit.out(math.Sqrt(squared(project(x, one), one)), 1)
		return w2, 0, err
	}
	if err := checkCount("directions", directions, 2, maxBins); err != nil {
		return 0, 0, err
	}
	theta := make([]float64, dim)
	each := make([]float64, directions)
	for i := range each {
		norm := 0.0
		for norm == 0 {
			stream.Normals(rng, theta)
			norm = math.Sqrt(portable.Dot(theta, theta))
		}
		for j := range theta {
			theta[j] /= norm
		}
		each[i] = squared(project(x, theta), theta)
	}
	mean, v := meanVar(each)
	if w2 = math.Sqrt(mean); w2 == 0 {
		return 0, 0, nil
	}
	stderr = math.Sqrt(v/float64(directions)) / (2 * w2)
	if err := unit.restore(&w2, &stderr); err != nil {
		return 0, 0, err
	}
	return w2, stderr, nil
}

// project returns the rows of x projected on theta, sorted.
func project(x [][]float64, theta []float64) []float64 {
	out := make([]float64, len(x))
	for i, row := range x {
		out[i] = portable.Dot(theta, row)
	}
	slices.Sort(out)
	return out
}
