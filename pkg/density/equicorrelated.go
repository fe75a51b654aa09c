package density

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// Equicorrelated returns the zero-mean Gaussian on ℝᵈ whose coordinates have
// equal variances and equal correlations ρ,
//
//	Σ = variance·[(1−ρ)I + ρ11ᵀ].
//
// Its covariance has the eigenvalue variance·(1+(d−1)ρ) along 1/√d, the mode
// common to all coordinates, and variance·(1−ρ) on every contrast, orthogonal
// to it. A function of Σ therefore acts on a vector by scaling its mean and the
// deviations from its mean: LogProb, ScoreInput, Rand and the Mul methods take
// O(d) time, and the density O(d) memory.
//
// It refuses dim < 1, a variance that is not positive and finite, a ρ for which Σ
// is not positive definite, outside (−1/(d−1), 1), and eigenvalues out of the range
// of floating-point numbers. In one dimension ρ has no meaning, and any in (−1, 1)
// is allowed. Exchangeable is the same Gaussian in two other numbers.
func Equicorrelated(dim int, rho, variance float64) (*Gaussian, error) {
	if err := cmp.Or(check.AtLeast("dimension", dim, 1), check.Positive("variance", variance, "")); err != nil {
		return nil, err
	}
	if !(rho > -1 && rho < 1) || dim > 1 && rho <= -1/float64(dim-1) {
		low := "−1"
		if dim > 2 {
			low = fmt.Sprintf("−1/%d", dim-1)
		}
		return nil, check.Errorf("ρ", "= %v is outside (%s, 1), where the equicorrelated covariance in %d dimensions is positive definite", rho, low, dim)
	}
	return exchangeable(dim, variance*(1-rho), variance*(1+float64(float64(dim-1)*rho)))
}

// Exchangeable returns the zero-mean Gaussian on ℝᵈ whose coordinates are each the
// sum of a variable of its own and one that all of them share,
//
//	Σ = own·I + shared·11ᵀ,
//
// with the two variances given. Its variances are own + shared, its covariances are
// shared, which may be negative, and its correlations shared/(own + shared). Like
// Equicorrelated, it takes O(d) time and memory.
//
// It refuses dim < 1, numbers that are not finite or for which Σ is not positive
// definite, where own ≤ 0 or own + d·shared ≤ 0, and eigenvalues out of the range
// of floating-point numbers.
func Exchangeable(dim int, own, shared float64) (*Gaussian, error) {
	if err := cmp.Or(check.AtLeast("dimension", dim, 1), check.Finite("shared", shared), check.Positive("own", own, "")); err != nil {
		return nil, err
	}
	if low := -own / float64(dim); !(shared > low) {
		return nil, check.Errorf("shared", "= %v is not above −own/%d = %v, where own·I + shared·11ᵀ is positive definite", shared, dim, low)
	}
	return exchangeable(dim, own, own+float64(float64(dim)*shared))
}

func exchangeable(dim int, contrast, common float64) (*Gaussian, error) {
	c, err := newExchangeable(dim, contrast, common)
	if err != nil {
		return nil, err
	}
	return newGaussian(make([]float64, dim), c), nil
}

// newExchangeable returns an error if an eigenvalue, or its inverse, is out of the
// range of floating-point numbers.
func newExchangeable(dim int, contrast, common float64) (*equicorrelated, error) {
	if dim == 1 {
		contrast = common
	}
	const name = "eigenvalue of the covariance"
	c := &equicorrelated{n: dim, contrast: contrast, common: common}
	c.roots.contrast, c.roots.common = math.Sqrt(contrast), math.Sqrt(common)
	return c, cmp.Or(variance(name, contrast), variance(name, common))
}

// equicorrelated is an n×n covariance matrix by its two eigenvalues, on the
// vectors that sum to zero and on the constant ones. For any function f,
// f(Σ)x = f(contrast)·(x−x̄) + f(common)·x̄.
type equicorrelated struct {
	n                int
	contrast, common float64
	roots            struct{ contrast, common float64 }
}

// String returns the two numbers of Exchangeable.
func (c *equicorrelated) String() string {
	shared := (c.common - c.contrast) / float64(c.n)
	if shared == 0 {
		return fmt.Sprintf("%.4g·I", c.contrast)
	}
	return fmt.Sprintf("%.4g·I + %.4g·11ᵀ", c.contrast, shared)
}

func (c *equicorrelated) logDet() float64 {
	return float64(float64(c.n-1)*portable.Log(c.contrast)) + portable.Log(c.common)
}

// entry returns entry (i, j) of the matrix with the two eigenvalues given.
func (c *equicorrelated) entry(i, j int, contrast, common float64) float64 {
	off := (common - contrast) / float64(c.n)
	if i == j {
		return contrast + off
	}
	return off
}

func (c *equicorrelated) at(i, j int) float64 { return c.entry(i, j, c.contrast, c.common) }

func (c *equicorrelated) precisionAt(i, j int) float64 {
	return c.entry(i, j, 1/c.contrast, 1/c.common)
}

func (c *equicorrelated) sqrtAt(i, j int) float64 {
	return c.entry(i, j, c.roots.contrast, c.roots.common)
}

func (c *equicorrelated) squared(x, mu []float64) float64 {
	mean := meanCentred(x, mu)
	sum := 0.0
	for i, v := range x {
		d := (v - mu[i]) - mean
		sum += float64(d * d)
	}
	return sum/c.contrast + float64(float64(c.n)*float64(mean*mean))/c.common
}

func (c *equicorrelated) addScore(dst, x, mu []float64, w float64) {
	mean := meanCentred(x, mu)
	contrast, common := w/c.contrast, float64(w/c.common*mean)
	for i, v := range x {
		dst[i] -= float64(contrast*((v-mu[i])-mean)) + common
	}
}

func (c *equicorrelated) colour(z []float64) { c.mulSqrt(z, z) }

func (c *equicorrelated) mul(dst, x []float64) { portable.ScaleAboutMean(dst, x, c.contrast, c.common) }

func (c *equicorrelated) mulPrecision(dst, x []float64) {
	portable.ScaleAboutMean(dst, x, 1/c.contrast, 1/c.common)
}

func (c *equicorrelated) mulSqrt(dst, x []float64) {
	portable.ScaleAboutMean(dst, x, c.roots.contrast, c.roots.common)
}

func (c *equicorrelated) function(values []float64) func(dst, x []float64) {
	common := c.commonAt()
	other := 0
	if common == 0 {
		other = c.n - 1
	}
	return func(dst, x []float64) { portable.ScaleAboutMean(dst, x, values[other], values[common]) }
}

// commonAt returns the index of the common mode among the ascending eigenvalues.
func (c *equicorrelated) commonAt() int {
	if c.common < c.contrast {
		return 0
	}
	return c.n - 1
}

// eigen uses the Helmert contrasts (1, …, 1, −k, 0, …)/√(k(k+1)) as the basis
// of the vectors that sum to zero.
func (c *equicorrelated) eigen(values []float64, vectors *mat.Dense) {
	last := c.commonAt()
	for k := range values {
		values[k] = c.contrast
	}
	values[last] = c.common
	if vectors == nil {
		return
	}
	vectors.Zero()
	for i := range c.n {
		vectors.Set(i, last, 1/math.Sqrt(float64(c.n)))
	}
	for k := 1; k < c.n; k++ {
		col := k - 1
		if last == 0 {
			col = k
		}
		norm := math.Sqrt(float64(k) * float64(k+1))
		for i := range k {
			vectors.Set(i, col, 1/norm)
		}
		vectors.Set(k, col, -float64(k)/norm)
	}
}

func (c *equicorrelated) marginal(coords []int) (covariance, error) {
	off, n := (c.common-c.contrast)/float64(c.n), len(coords)
	return newExchangeable(n, c.contrast, c.contrast+float64(float64(n)*off))
}

// meanCentred returns the mean of x−μ.
func meanCentred(x, mu []float64) float64 {
	mu = mu[:len(x)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(x); i += 4 {
		s0 += x[i] - mu[i]
		s1 += x[i+1] - mu[i+1]
		s2 += x[i+2] - mu[i+2]
		s3 += x[i+3] - mu[i+3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] - mu[i]
	}
	return ((s0 + s1) + (s2 + s3)) / float64(len(x))
}
