// Package metric holds the constant diffusion matrix D of Langevin dynamics,
//
//	dz = D ∇log p(z) dt + √2 B dW,  D = BBᵀ,
//
// once for kernels, recipes and networks. All that they need of D is to multiply
// by its root B and by Bᵀ, and that is a Metric. A Geometry chooses the metric for
// a target: Naive is D = I, Natural is D = Σ, the target's own covariance, whose
// inverse is the Fisher information of the mean of a Gaussian.
//
//	geometry   D                     product with B
//	Naive      I                     O(d)
//	Natural    Σ                     O(d²), O(d) if Σ is equicorrelated
//	Power(s)   Σˢ                    likewise
//	Fixed(m)   that of the Metric m
//
//	metric                       D               product with B
//	Identity(d)                  I               O(d)
//	Dense(D), Root(B)            D, BBᵀ          O(d²)
//	Diagonal(a)                  diag(a)         O(d)
//	LowRank(U)                   UUᵀ             O(dr)
//	DiagonalPlusLowRank(a, U)    diag(a) + UUᵀ   O(dr)
//
// A metric of the user's own is any type with the three methods of Metric.
//
// Products give the same bits on every architecture. Metrics do not change and may
// be shared by any number of samplers.
package metric

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
)

const check = arg.Checker("metric")

const (
	badDim = "metric: dimension is less than 1"
)

// A Metric is a constant, symmetric, positive semi-definite d×d matrix D = BBᵀ,
// given by its d×k root B. B need not be symmetric, triangular or square. The
// methods must be safe to call from several goroutines at once.
type Metric interface {
	// Dims returns d, the dimension of the state, and k, that of the noise.
	Dims() (state, noise int)

	// Mul stores Bx in dst. dst has length d and x has length k; they do not
	// overlap.
	Mul(dst, x []float64)

	// MulTrans stores Bᵀx in dst. dst has length k and x has length d; they do
	// not overlap.
	MulTrans(dst, x []float64)
}

// Direct is implemented by the metrics whose product with D costs less than one with
// Bᵀ and one with B.
type Direct interface {
	// MulDiffusion stores Dx in dst. Both have length d; they do not overlap.
	MulDiffusion(dst, x []float64)
}

// MulDiffusion stores Dx in dst. dst and x have length d; noise, of length k, is
// scratch. None of them overlap.
func MulDiffusion(m Metric, dst, x, noise []float64) {
	if m, ok := m.(Direct); ok {
		m.MulDiffusion(dst, x)
		return
	}
	m.MulTrans(noise, x)
	m.Mul(dst, noise)
}

// checkLengths panics unless dst has length d and x has length k.
func checkLengths(dst, x []float64, d, k int) {
	check.Length("dst", dst, d)
	check.Length("x", x, k)
}

// Identity returns D = I in n dimensions. It panics if n < 1.
func Identity(n int) Metric {
	if n < 1 {
		panic(badDim)
	}
	return identity(n)
}

type identity int

func (n identity) Dims() (state, noise int) { return int(n), int(n) }
func (n identity) String() string           { return "I" }
func (n identity) Mul(dst, x []float64) {
	checkLengths(dst, x, int(n), int(n))
	copy(dst, x)
}
func (n identity) MulTrans(dst, x []float64)     { n.Mul(dst, x) }
func (n identity) MulDiffusion(dst, x []float64) { n.Mul(dst, x) }

// IsIdentity reports whether m is D = I, so that products with B can be skipped.
func IsIdentity(m Metric) bool {
	_, ok := m.(identity)
	return ok
}

// Dense returns the metric of the d×d matrix D, with its lower Cholesky factor
// for B. It refuses a D that is nil or empty, not finite, not symmetric, or not
// positive definite to working precision; give a singular D by its root.
func Dense(d mat.Symmetric) (Metric, error) {
	b, err := check.Symmetric("D", d, -1)
	if err != nil {
		return nil, err
	}
	n := d.SymmetricDim()
	if row, pivot := portable.Cholesky(b, b, n); row >= 0 {
		return nil, check.Errorf("D", "is not positive definite: the pivot of row %d is %v", row, pivot)
	}
	return &cholesky{n, b}, nil
}

// cholesky is a lower triangular B, by rows.
type cholesky struct {
	n int
	b []float64
}

func (m *cholesky) Dims() (state, noise int) { return m.n, m.n }
func (m *cholesky) String() string           { return fmt.Sprintf("dense, %d×%[1]d", m.n) }
func (m *cholesky) Mul(dst, x []float64) {
	checkLengths(dst, x, m.n, m.n)
	portable.MulLowerVec(dst, m.b, x)
}
func (m *cholesky) MulTrans(dst, x []float64) {
	checkLengths(dst, x, m.n, m.n)
	clear(dst)
	for i, v := range x {
		portable.Axpy(v, m.b[i*m.n:i*m.n+i+1], dst)
	}
}

// Root returns the metric D = BBᵀ of the d×k matrix B, which it copies. It
// refuses a B that is nil, empty or not finite.
func Root(b mat.Matrix) (Metric, error) { return orNil(newRoot("B", b, -1)) }

// LowRank returns the metric D = UUᵀ of the d×r matrix U, which it copies. With
// r < d, D is singular: a sampler moves in the range of U alone. It refuses a U
// that is nil, empty or not finite.
func LowRank(u mat.Matrix) (Metric, error) { return orNil(newRoot("U", u, -1)) }

// orNil returns m, or a Metric that is nil if there is an error.
func orNil[M Metric](m M, err error) (Metric, error) {
	if err != nil {
		return nil, err
	}
	return m, nil
}

// newRoot requires d rows, or any number if d is negative.
func newRoot(name string, b mat.Matrix, d int) (*root, error) {
	flat, err := check.Matrix(name, b, d, -1)
	if err != nil {
		return nil, err
	}
	d, k := b.Dims()
	return &root{d, k, flat}, nil
}

// root is a B without structure, by rows.
type root struct {
	d, k int
	b    []float64
}

func (m *root) Dims() (state, noise int) { return m.d, m.k }
func (m *root) String() string           { return fmt.Sprintf("BBᵀ, B %d×%d", m.d, m.k) }
func (m *root) Mul(dst, x []float64) {
	checkLengths(dst, x, m.d, m.k)
	portable.MulVec(dst, m.b, x)
}
func (m *root) MulTrans(dst, x []float64) {
	checkLengths(dst, x, m.k, m.d)
	portable.MulTransVec(dst, m.b, x)
}

// Diagonal returns the metric D = diag(a), B = diag(√a). It refuses an empty a
// and an entry that is not positive and finite.
func Diagonal(a []float64) (Metric, error) { return orNil(newDiagonal(a)) }

func newDiagonal(a []float64) (*diagonal, error) {
	if len(a) == 0 {
		return nil, check.Errorf("diagonal", "has no entries")
	}
	m := &diagonal{append([]float64(nil), a...), make([]float64, len(a))}
	for i, v := range a {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, check.Errorf("diagonal", "has entry [%d] = %v, which is not positive and finite", i, v)
		}
		m.root[i] = math.Sqrt(v)
	}
	return m, nil
}

type diagonal struct{ a, root []float64 }

func (m *diagonal) Dims() (state, noise int)      { return len(m.a), len(m.a) }
func (m *diagonal) Mul(dst, x []float64)          { scale(dst, m.root, x) }
func (m *diagonal) MulTrans(dst, x []float64)     { scale(dst, m.root, x) }
func (m *diagonal) MulDiffusion(dst, x []float64) { scale(dst, m.a, x) }

func (m *diagonal) String() string {
	if len(m.a) > 4 {
		return fmt.Sprintf("diagonal, %d×%[1]d", len(m.a))
	}
	return fmt.Sprintf("diag%.4g", m.a)
}

// scale stores diag(a)x in dst.
func scale(dst, a, x []float64) {
	checkLengths(dst, x, len(a), len(a))
	for i, v := range x {
		dst[i] = a[i] * v
	}
}

// DiagonalPlusLowRank returns the metric D = diag(a) + UUᵀ, with U d×r, which it
// copies. Its root is the d×(d+r) matrix B = [diag(√a), U], so that D is never
// formed or factored. It refuses what Diagonal and LowRank refuse, and a U whose
// rows are not as many as the entries of a.
func DiagonalPlusLowRank(a []float64, u mat.Matrix) (Metric, error) {
	diagonal, err := newDiagonal(a)
	if err != nil {
		return nil, err
	}
	low, err := newRoot("U", u, len(a))
	if err != nil {
		return nil, err
	}
	return &diagonalPlusLowRank{diagonal, low}, nil
}

type diagonalPlusLowRank struct {
	diagonal *diagonal
	low      *root
}

func (m *diagonalPlusLowRank) Dims() (state, noise int) { return m.low.d, m.low.d + m.low.k }

func (m *diagonalPlusLowRank) String() string {
	return fmt.Sprintf("%v + UUᵀ, U %d×%d", m.diagonal, m.low.d, m.low.k)
}

func (m *diagonalPlusLowRank) Mul(dst, x []float64) {
	d := m.low.d
	checkLengths(dst, x, d, d+m.low.k)
	m.low.Mul(dst, x[d:])
	for i, v := range x[:d] {
		dst[i] += float64(m.diagonal.root[i] * v)
	}
}

func (m *diagonalPlusLowRank) MulTrans(dst, x []float64) {
	d := m.low.d
	checkLengths(dst, x, d+m.low.k, d)
	m.diagonal.MulTrans(dst[:d], x)
	m.low.MulTrans(dst[d:], x)
}

// Matrix returns B, d×k.
func Matrix(m Metric) *mat.Dense {
	d, k := m.Dims()
	b := mat.NewDense(d, k, nil)
	unit, column := make([]float64, k), make([]float64, d)
	for j := range k {
		unit[j] = 1
		m.Mul(column, unit)
		unit[j] = 0
		b.SetCol(j, column)
	}
	return b
}

// Diffusion returns D = BBᵀ, d×d.
func Diffusion(m Metric) *mat.SymDense {
	d, k := m.Dims()
	out := mat.NewSymDense(d, nil)
	noise, column, unit := make([]float64, k), make([]float64, d), make([]float64, d)
	for j := range d {
		unit[j] = 1
		MulDiffusion(m, column, unit, noise)
		unit[j] = 0
		for i := range j + 1 {
			out.SetSym(i, j, column[i])
		}
	}
	return out
}
