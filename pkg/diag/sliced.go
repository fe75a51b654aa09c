package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
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
	_, dim := x.Dims()
	if _, d := y.Dims(); d != dim {
		panic(badDim)
	}
	if err := checkDraws(y, 1); err != nil {
		return 0, 0, err
	}
	return sliced(x, directions, rng, func(px, theta []float64) float64 {
		py := project(y, theta)
		return squaredW2(px, py)
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
	if err := checkFinite("mean", mean); err != nil {
		return 0, 0, err
	}
	if _, err := root("cov", cov); err != nil {
		return 0, 0, err
	}
	mu := mat.NewVecDense(dim, mean)
	return sliced(x, directions, rng, func(px, theta []float64) float64 {
		v := mat.NewVecDense(dim, theta)
		variance := max(0, mat.Inner(v, cov, v))
		return squaredW2Normal(px, mat.Dot(v, mu), math.Sqrt(variance))
	})
}

// sliced averages the squared distance over directions. squared gets the
// sorted projection of x.
func sliced(x mat.Matrix, directions int, rng *rand.Rand, squared func(px, theta []float64) float64) (w2, stderr float64, err error) {
	if err := checkDraws(x, 1); err != nil {
		return 0, 0, err
	}
	_, dim := x.Dims()
	if dim == 1 {
		one := []float64{1}
		return math.Sqrt(squared(project(x, one), one)), 0, nil
	}
	if directions < 2 {
		return 0, 0, fmt.Errorf("diag: %d directions, 2 are needed: %w", directions, ErrRange)
	}
	theta := make([]float64, dim)
	each := make([]float64, directions)
	for i := range each {
		norm := 0.0
		for norm == 0 {
			for j := range theta {
				theta[j] = rng.NormFloat64()
				norm = math.Hypot(norm, theta[j])
			}
		}
		for j := range theta {
			theta[j] /= norm
		}
		each[i] = squared(project(x, theta), theta)
	}
	mean, v := meanVar(each)
	w2 = math.Sqrt(mean)
	if w2 == 0 {
		return 0, 0, nil
	}
	return w2, math.Sqrt(v/float64(directions)) / (2 * w2), nil
}

// project returns the rows of x projected on theta, sorted.
func project(x mat.Matrix, theta []float64) []float64 {
	var p mat.VecDense
	p.MulVec(x, mat.NewVecDense(len(theta), theta))
	out := p.RawVector().Data
	slices.Sort(out)
	return out
}
