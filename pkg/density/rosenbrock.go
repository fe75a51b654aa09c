package density

import (
	"cmp"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// Rosenbrock is a product of curved ridges on ℝ²ᵏ,
//
//	x₂ᵢ ~ N(1, 1),  x₂ᵢ₊₁ | x₂ᵢ ~ N(x₂ᵢ², w²),  i = 0, …, k−1,
//
// whose potential is the sum of k of Rosenbrock's functions. The means of a pair are
// 1 and 2, its variances 1 and 6 + w², its covariance 2. LogProb is normalised.
//
// Source: J. Robnik, G. B. De Luca, E. Silverstein, U. Seljak, J. Mach. Learn. Res.
// 24:311 (2023), who take k = 18 and w² = 0.1.
type Rosenbrock struct {
	pairs          int
	width, logNorm float64
}

// NewRosenbrock returns the density with k = pairs and w = width. It refuses less than
// one pair and more than 2²⁰, and a width that is not positive and finite or whose
// square is out of the range of floating-point numbers.
func NewRosenbrock(pairs int, width float64) (*Rosenbrock, error) {
	if pairs > 1<<20 {
		return nil, check.Errorf("pairs", "= %d are more than 2²⁰", pairs)
	}
	if err := cmp.Or(check.AtLeast("pairs", pairs, 1), check.Positive("width", width, ""), variance("square of the width", width*width)); err != nil {
		return nil, err
	}
	return &Rosenbrock{pairs, width, -float64(float64(pairs) * (logTwoPi + portable.Log(width)))}, nil
}

// Dim returns 2k.
func (r *Rosenbrock) Dim() int { return 2 * r.pairs }

// String returns the name and the parameters.
func (r *Rosenbrock) String() string {
	return fmt.Sprintf("Rosenbrock on ℝ^%d, w = %.4g", r.Dim(), r.width)
}

// LogProb returns log p(x), normalised.
func (r *Rosenbrock) LogProb(x []float64) float64 {
	check.Length("x", x, r.Dim())
	sum := 0.0
	for i := 0; i < len(x); i += 2 {
		z1, z2 := x[i]-1, (x[i+1]-float64(x[i]*x[i]))/r.width
		sum += float64(z1*z1) + float64(z2*z2)
	}
	return r.logNorm - sum/2
}

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (r *Rosenbrock) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, r.Dim())
	dst = check.Reuse(dst, len(x))
	for i := 0; i < len(x); i += 2 {
		pull := (x[i+1] - float64(x[i]*x[i])) / r.width / r.width
		dst[i] = 1 - x[i] + float64(2*x[i]*pull)
		dst[i+1] = -pull
	}
	return dst
}

// Mean stores (1, 2, 1, 2, …) in dst and returns it.
func (r *Rosenbrock) Mean(dst []float64) []float64 {
	dst = check.Reuse(dst, r.Dim())
	for i := range dst {
		dst[i] = float64(1 + i%2)
	}
	return dst
}

// CovarianceMatrix stores the covariance in dst, which must be empty or 2k×2k.
func (r *Rosenbrock) CovarianceMatrix(dst *mat.SymDense) {
	check.ReuseSym(dst, r.Dim())
	dst.Zero()
	for i := 0; i < r.Dim(); i += 2 {
		dst.SetSym(i, i, 1)
		dst.SetSym(i, i+1, 2)
		dst.SetSym(i+1, i+1, 6+float64(r.width*r.width))
	}
}

// Rand stores an independent draw in dst and returns it.
func (r *Rosenbrock) Rand(rng *rand.Rand, dst []float64) []float64 {
	dst = check.Reuse(dst, r.Dim())
	stream.Normals(rng, dst)
	for i := 0; i < len(dst); i += 2 {
		dst[i]++
		dst[i+1] = float64(dst[i]*dst[i]) + float64(r.width*dst[i+1])
	}
	return dst
}
