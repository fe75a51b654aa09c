package density

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

const logTwoPi = 1.83787706640934548356065947281123527972

// Gaussian is the normal density
//
//	p(x) = (2π)^{−d/2} |Σ|^{−½} exp[−½(x−μ)ᵀΣ⁻¹(x−μ)],  ∇ log p(x) = −Σ⁻¹(x−μ).
//
// LogProb is normalised. The Cholesky factor of Σ is found with the density, its
// eigenvectors and its symmetric square root when they are first needed.
type Gaussian struct {
	mean    []float64
	cov     covariance
	logNorm float64
}

// A covariance is a positive definite matrix Σ in a form that is quick to use.
type covariance interface {
	at(i, j int) float64
	logDet() float64
	String() string

	// squared returns (x−μ)ᵀΣ⁻¹(x−μ).
	squared(x, mu []float64) float64
	// addScore adds −wΣ⁻¹(x−μ) to dst.
	addScore(dst, x, mu []float64, w float64)
	// colour overwrites z with Rz, where RRᵀ = Σ.
	colour(z []float64)

	mul(dst, x []float64)          // dst = Σx
	mulPrecision(dst, x []float64) // dst = Σ⁻¹x
	mulSqrt(dst, x []float64)      // dst = Σ^½ x
	// function returns the product with the matrix that has Σ's eigenvectors
	// and the eigenvalues given, in the order of eigen.
	function(values []float64) func(dst, x []float64)

	precisionAt(i, j int) float64
	sqrtAt(i, j int) float64
	eigen(values []float64, vectors *mat.Dense)
	marginal(coords []int) (covariance, error)
}

// NewGaussian returns the Gaussian with the given mean and covariance matrix,
// both of which it copies. It takes O(d³) time and O(d²) memory.
//
// It refuses a matrix that is nil, empty, not finite, not symmetric, not positive
// definite to working precision, so large that its trace overflows, or so small that
// its inverse does, and a mean that is not finite or whose length is not the size of
// sigma.
func NewGaussian(mean []float64, sigma mat.Symmetric) (*Gaussian, error) {
	a, err := check.Symmetric("covariance", sigma, -1)
	if err != nil {
		return nil, err
	}
	n := sigma.SymmetricDim()
	mean, err = check.Vector("mean", mean, n)
	if err != nil {
		return nil, err
	}
	cov, err := newDense("covariance", a, n)
	if err != nil {
		return nil, err
	}
	return newGaussian(mean, cov), nil
}

// NewNormal returns the one-dimensional Gaussian N(mean, sd²). It refuses a mean
// that is not finite, an sd that is not positive and finite, and one whose square
// is out of the range of floating-point numbers.
func NewNormal(mean, sd float64) (*Gaussian, error) {
	cov, err := newExchangeable(1, sd*sd, sd*sd)
	if err := cmp.Or(check.Finite("mean", mean), check.Positive("sd", sd, ""), err); err != nil {
		return nil, err
	}
	return newGaussian([]float64{mean}, cov), nil
}

func newGaussian(mean []float64, cov covariance) *Gaussian {
	return &Gaussian{
		mean:    mean,
		cov:     cov,
		logNorm: -0.5 * (float64(float64(len(mean))*logTwoPi) + cov.logDet()),
	}
}

// WithMean returns the Gaussian with g's covariance, whose factors it shares,
// about another mean. It refuses a mean of another length or with an entry that is
// NaN or infinite.
func (g *Gaussian) WithMean(mean []float64) (*Gaussian, error) {
	mean, err := check.Vector("mean", mean, g.Dim())
	if err != nil {
		return nil, err
	}
	return newGaussian(mean, g.cov), nil
}

// Marginal returns the Gaussian of the coordinates named. It panics if there
// are none, or they are out of range or not in ascending order.
func (g *Gaussian) Marginal(coords ...int) *Gaussian {
	if len(coords) == 0 {
		panic(badIndex)
	}
	mean := make([]float64, len(coords))
	for k, i := range coords {
		if i < 0 || i >= g.Dim() || (k > 0 && i <= coords[k-1]) {
			panic(badIndex)
		}
		mean[k] = g.mean[i]
	}
	cov, err := g.cov.marginal(coords)
	if err != nil {
		panic(err) // in ascending order, the pivots are no less than Σ's own
	}
	return newGaussian(mean, cov)
}

// String returns the law in numbers: N(3, 0.25) in one dimension, with the mean
// before the variance; otherwise the mean and the covariance, as far as they fit
// on a line.
func (g *Gaussian) String() string {
	n := g.Dim()
	if n == 1 {
		return fmt.Sprintf("N(%.4g, %.4g)", g.mean[0], g.cov.at(0, 0))
	}
	mean := fmt.Sprintf("%.4g", g.mean[:min(n, 4)])
	if n > 4 {
		mean = strings.TrimSuffix(mean, "]") + " …]"
	}
	if !slices.ContainsFunc(g.mean, func(m float64) bool { return m != g.mean[0] }) {
		mean = fmt.Sprintf("%.4g", g.mean[0])
	}
	return fmt.Sprintf("N(%s, %v) on ℝ^%d", mean, g.cov, n)
}

// Dim returns d.
func (g *Gaussian) Dim() int { return len(g.mean) }

// LogProb returns log p(x), normalised.
func (g *Gaussian) LogProb(x []float64) float64 {
	check.Length("x", x, len(g.mean))
	return g.logNorm - float64(0.5*g.cov.squared(x, g.mean))
}

// ScoreInput stores −Σ⁻¹(x−μ) in dst and returns it.
func (g *Gaussian) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, len(g.mean))
	dst = check.Reuse(dst, len(x))
	clear(dst)
	g.cov.addScore(dst, x, g.mean, 1)
	return dst
}

// Mean stores μ in dst and returns it.
func (g *Gaussian) Mean(dst []float64) []float64 { return store(dst, g.mean...) }

// CovarianceMatrix stores Σ in dst, which must be empty or d×d.
func (g *Gaussian) CovarianceMatrix(dst *mat.SymDense) { g.fill(dst, g.cov.at) }

// Precision stores Σ⁻¹ in dst, which must be empty or d×d.
func (g *Gaussian) Precision(dst *mat.SymDense) { g.fill(dst, g.cov.precisionAt) }

// Sqrt stores the symmetric square root Σ^½ in dst, which must be empty or d×d.
func (g *Gaussian) Sqrt(dst *mat.SymDense) { g.fill(dst, g.cov.sqrtAt) }

func (g *Gaussian) fill(dst *mat.SymDense, at func(i, j int) float64) {
	n := g.Dim()
	check.ReuseSym(dst, n)
	for i := range n {
		for j := i; j < n; j++ {
			dst.SetSym(i, j, at(j, i))
		}
	}
}

// Eigen stores the eigenvalues of Σ in values, ascending, and the unit
// eigenvector of values[k] in column k of vectors, its first entry that is not
// negligible positive. It returns values, newly allocated if nil; vectors may be
// nil, and otherwise must be empty or d×d. The first call takes O(d³) time, as
// does the first of Sqrt or MulSqrt, unless the density is Equicorrelated.
func (g *Gaussian) Eigen(values []float64, vectors *mat.Dense) []float64 {
	n := g.Dim()
	values = check.Reuse(values, n)
	if vectors != nil {
		if vectors.IsEmpty() {
			vectors.ReuseAs(n, n)
		} else if r, c := vectors.Dims(); r != n || c != n {
			panic(badShape)
		}
	}
	g.cov.eigen(values, vectors)
	return values
}

// MulCovariance stores Σx in dst, newly allocated if nil, and returns it. dst
// and x must not overlap. For an Equicorrelated density it takes O(d) time, as
// do MulPrecision and MulSqrt.
func (g *Gaussian) MulCovariance(dst, x []float64) []float64 { return g.product(g.cov.mul, dst, x) }

// MulPrecision stores Σ⁻¹x in dst, newly allocated if nil, and returns it. dst
// and x must not overlap.
func (g *Gaussian) MulPrecision(dst, x []float64) []float64 {
	return g.product(g.cov.mulPrecision, dst, x)
}

// MulSqrt stores Σ^½ x in dst, newly allocated if nil, and returns it. dst and
// x must not overlap.
func (g *Gaussian) MulSqrt(dst, x []float64) []float64 { return g.product(g.cov.mulSqrt, dst, x) }

func (g *Gaussian) product(mul func(dst, x []float64), dst, x []float64) []float64 {
	check.Length("x", x, len(g.mean))
	dst = check.Reuse(dst, len(x))
	mul(dst, x)
	return dst
}

// Rand stores in dst an independent draw μ + Rz, where RRᵀ = Σ and z is
// standard normal, and returns it.
func (g *Gaussian) Rand(rng *rand.Rand, dst []float64) []float64 {
	dst = check.Reuse(dst, len(g.mean))
	stream.Normals(rng, dst)
	g.cov.colour(dst)
	for i, m := range g.mean {
		dst[i] += m
	}
	return dst
}

// dense is a covariance matrix without structure. All matrices are n×n,
// row-major.
type dense struct {
	n       int
	sigma   []float64
	chol    []float64 // L, Σ = LLᵀ
	whiten  []float64 // L⁻¹
	inverse []float64 // Σ⁻¹
	lnDet   float64

	spectrum func() (values, vectors []float64)
	root     func() []float64
	rooms    sync.Pool // for x−μ, of type *[]float64
}

// wide is a number of dimensions. From it on, x−μ is computed once for a product.
const wide = 16

// centred returns x−μ in a slice of c.rooms. The caller puts it back.
func (c *dense) centred(x, mu []float64) (room *[]float64) {
	room, ok := c.rooms.Get().(*[]float64)
	if !ok {
		v := make([]float64, c.n)
		room = &v
	}
	for i, v := range x {
		(*room)[i] = v - mu[i]
	}
	return room
}

// newDense takes the symmetric matrix sigma, by rows, which it keeps. It returns an
// error, under the name given, if sigma is not positive definite or its trace, which
// no eigenvalue exceeds, or its inverse overflows.
func newDense(name string, sigma []float64, n int) (*dense, error) {
	c := &dense{n: n, sigma: sigma, chol: make([]float64, n*n)}
	if row, pivot := portable.Cholesky(c.chol, sigma, n); row >= 0 {
		return nil, check.Errorf(name, "is not positive definite: the variance of coordinate %d given those before it is %v", row, pivot)
	}
	trace := 0.0
	for i := range n {
		c.lnDet += 2 * portable.Log(c.chol[i*n+i])
		trace += sigma[i*n+i]
	}
	if !isFinite(trace) {
		return nil, check.Errorf(name, "is too large: its trace is %v", trace)
	}

	// L⁻¹ by forward substitution, a row at a time, then Σ⁻¹ = L⁻ᵀL⁻¹.
	w := make([]float64, n*n)
	p := make([]float64, n*n)
	for i := range n {
		l, row := c.chol[i*n:(i+1)*n], w[i*n:(i+1)*n]
		for k := range i {
			portable.Axpy(-l[k], w[k*n:k*n+k+1], row)
		}
		row[i] = 1
		for j := range i + 1 {
			row[j] /= l[i]
		}
		for j := range i + 1 {
			portable.Axpy(row[j], row[:j+1], p[j*n:])
		}
	}
	for i := range n {
		for j := range i {
			p[j*n+i] = p[i*n+j]
		}
	}
	if k := arg.FirstNonFinite(p); k >= 0 {
		return nil, check.Errorf(name, "is too small: entry (%d, %d) of its inverse is %v", k/n, k%n, p[k])
	}
	c.whiten, c.inverse = w, p

	c.spectrum = sync.OnceValues(func() (values, vectors []float64) {
		values, vectors = make([]float64, n), make([]float64, n*n)
		portable.EigenSym(values, vectors, append([]float64(nil), c.sigma...), n)
		return values, vectors
	})
	c.root = sync.OnceValue(func() []float64 { // V Λ^½ Vᵀ = (V Λ^¼)(V Λ^¼)ᵀ
		values, vectors := c.spectrum()
		roots := make([]float64, n)
		for k, v := range values {
			roots[k] = math.Sqrt(math.Sqrt(max(v, 0)))
		}
		half := scaledColumns(vectors, roots)
		return symmetricProduct(half, half, n)
	})
	return c, nil
}

// String returns the rows of a small Σ and the diagonal of a large one.
func (c *dense) String() string {
	if c.n <= 3 {
		var b strings.Builder
		for i := range c.n {
			fmt.Fprintf(&b, "%.4g", c.sigma[i*c.n:(i+1)*c.n])
		}
		return "[" + b.String() + "]"
	}
	low, high := c.at(0, 0), c.at(0, 0)
	for i := range c.n {
		low, high = min(low, c.at(i, i)), max(high, c.at(i, i))
	}
	return fmt.Sprintf("Σ with variances from %.4g to %.4g", low, high)
}

func (c *dense) logDet() float64              { return c.lnDet }
func (c *dense) at(i, j int) float64          { return c.sigma[i*c.n+j] }
func (c *dense) precisionAt(i, j int) float64 { return c.inverse[i*c.n+j] }
func (c *dense) sqrtAt(i, j int) float64      { return c.root()[i*c.n+j] }

// squared sums the squares of L⁻¹(x−μ), so that it cannot be negative.
func (c *dense) squared(x, mu []float64) float64 {
	sum := 0.0
	if c.n < wide {
		for i := range x {
			z := dotCentred(c.whiten[i*c.n:i*c.n+i+1], x, mu)
			sum += float64(z * z)
		}
		return sum
	}
	room := c.centred(x, mu)
	for i := range x {
		z := portable.Dot(c.whiten[i*c.n:i*c.n+i+1], *room)
		sum += float64(z * z)
	}
	c.rooms.Put(room)
	return sum
}

func (c *dense) addScore(dst, x, mu []float64, w float64) {
	if c.n < wide {
		for i := range dst {
			dst[i] -= float64(w * dotCentred(c.inverse[i*c.n:(i+1)*c.n], x, mu))
		}
		return
	}
	room := c.centred(x, mu)
	var products [64]float64
	for from := 0; from < c.n; from += len(products) {
		some := products[:min(len(products), c.n-from)]
		portable.MulVec(some, c.inverse[from*c.n:], *room)
		for i, v := range some {
			dst[from+i] -= float64(w * v)
		}
	}
	c.rooms.Put(room)
}

// function forms V diag(values) Vᵀ once.
func (c *dense) function(values []float64) func(dst, x []float64) {
	_, vectors := c.spectrum()
	product := symmetricProduct(scaledColumns(vectors, values), vectors, c.n)
	return func(dst, x []float64) { portable.MulVec(dst, product, x) }
}

// scaledColumns returns A with column k times factors[k].
func scaledColumns(a, factors []float64) []float64 {
	scaled, n := make([]float64, len(a)), len(factors)
	for i, v := range a {
		scaled[i] = v * factors[i%n]
	}
	return scaled
}

// symmetricProduct returns ABᵀ, n×n, which is symmetric up to rounding, made so
// exactly.
func symmetricProduct(a, b []float64, n int) []float64 {
	out := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			out[i*n+j] = portable.Dot(a[i*n:(i+1)*n], b[j*n:(j+1)*n])
			out[j*n+i] = out[i*n+j]
		}
	}
	return out
}

// colour multiplies by L in place: row i needs entries up to i alone.
func (c *dense) colour(z []float64) {
	for i := c.n - 1; i >= 0; i-- {
		z[i] = portable.Dot(c.chol[i*c.n:i*c.n+i+1], z)
	}
}

func (c *dense) mul(dst, x []float64)          { portable.MulVec(dst, c.sigma, x) }
func (c *dense) mulPrecision(dst, x []float64) { portable.MulVec(dst, c.inverse, x) }
func (c *dense) mulSqrt(dst, x []float64)      { portable.MulVec(dst, c.root(), x) }

func (c *dense) eigen(values []float64, vectors *mat.Dense) {
	lambda, v := c.spectrum()
	copy(values, lambda)
	if vectors != nil {
		vectors.Copy(mat.NewDense(c.n, c.n, v))
	}
}

func (c *dense) marginal(coords []int) (covariance, error) {
	m := len(coords)
	a := make([]float64, m*m)
	for i, p := range coords {
		for j, q := range coords {
			a[i*m+j] = c.at(p, q)
		}
	}
	return newDense("covariance", a, m)
}

// dotCentred returns aᵀ(x−μ) over the length of a, in four partial sums as
// portable.Dot, without room for x−μ.
func dotCentred(a, x, mu []float64) float64 {
	x, mu = x[:len(a)], mu[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(a[i] * (x[i] - mu[i]))
		s1 += float64(a[i+1] * (x[i+1] - mu[i+1]))
		s2 += float64(a[i+2] * (x[i+2] - mu[i+2]))
		s3 += float64(a[i+3] * (x[i+3] - mu[i+3]))
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i] * (x[i] - mu[i]))
	}
	return (s0 + s1) + (s2 + s3)
}

// Pow returns a function that stores Σˢx in dst, for the power s. dst and x must
// not overlap and have length d. Pow takes O(d³) time, and O(1) for an
// Equicorrelated density; the function takes O(d²) time, and O(d). It refuses a
// power that is not finite or that takes an eigenvalue of Σ out of the range of
// floating-point numbers.
func (g *Gaussian) Pow(s float64) (func(dst, x []float64), error) {
	switch s {
	case 0:
		return func(dst, x []float64) { copy(dst, x) }, nil
	case 0.5:
		return g.cov.mulSqrt, nil
	case 1:
		return g.cov.mul, nil
	case -1:
		return g.cov.mulPrecision, nil
	}
	values := g.Eigen(nil, nil)
	for i, v := range values {
		// Rounding can make the least eigenvalues negative. Their positive
		// powers are then nearly zero, and their negative ones unknown.
		power := powerOf(max(v, 0), s)
		if !isFinite(power) || power == 0 && v > 0 {
			return nil, check.Errorf("power", "= %v of the eigenvalue %v of Σ is %v, which is not positive and finite", s, v, power)
		}
		values[i] = power
	}
	return g.cov.function(values), nil
}

// powerOf returns xˢ for x ≥ 0.
func powerOf(x, s float64) float64 { return portable.Exp(float64(s * portable.Log(x))) }

// FromMoments returns the Gaussian with the mean and the covariance of another
// density. It refuses what NewGaussian refuses, and panics if p is nil.
func FromMoments(p Moments) (*Gaussian, error) {
	check.NotNil("Density", p)
	var sigma mat.SymDense
	p.CovarianceMatrix(&sigma)
	return NewGaussian(p.Mean(nil), &sigma)
}
