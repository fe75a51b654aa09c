package mcmc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// A Preconditioner is a constant diffusion matrix D = BBᵀ of Langevin dynamics,
//
//	dx = D ∇log p dt + √2 B dW,
//
// symmetric and positive definite. A nil *Preconditioner is D = I, the naive
// geometry. It does not change after it is made and can be shared.
type Preconditioner struct {
	n    int
	root root
}

// A root is the matrix B.
type root interface {
	mulVec(dst, x []float64)
	mulTransVec(dst, x []float64)
}

// NewPreconditioner returns the preconditioner D, with its Cholesky factor for
// B. It refuses a matrix that is not finite or not positive definite.
func NewPreconditioner(d mat.Symmetric) (*Preconditioner, error) {
	n := d.SymmetricDim()
	b := make([]float64, n*n)
	for i := range n {
		for j := range n {
			b[i*n+j] = d.At(i, j)
		}
	}
	if row, pivot := portable.Cholesky(b, b, n); row >= 0 {
		return nil, fmt.Errorf("mcmc: preconditioner is not positive definite: the pivot of row %d is %v, which must be positive", row, pivot)
	}
	return &Preconditioner{n: n, root: cholesky(b)}, nil
}

// Natural returns the preconditioner of the natural gradient for the target g:
// D = Σ, its covariance, whose inverse is the Fisher information of the mean,
// with B = Σ^½. Every mode of Langevin dynamics on g then decays at rate 1.
func Natural(g *density.Gaussian) *Preconditioner {
	return &Preconditioner{n: g.Dim(), root: symmetric{g}}
}

// cholesky is a lower triangular B, by rows.
type cholesky []float64

func (b cholesky) mulVec(dst, x []float64) { portable.MulLowerVec(dst, b, x) }

func (b cholesky) mulTransVec(dst, x []float64) {
	clear(dst)
	n := len(x)
	for i, v := range x {
		portable.Axpy(v, b[i*n:i*n+i+1], dst)
	}
}

// symmetric is the symmetric square root of a Gaussian's covariance.
type symmetric struct{ g *density.Gaussian }

func (s symmetric) mulVec(dst, x []float64)      { s.g.MulSqrt(dst, x) }
func (s symmetric) mulTransVec(dst, x []float64) { s.g.MulSqrt(dst, x) }

// mul stores Bx in dst.
func (d *Preconditioner) mul(dst, x []float64) {
	if d == nil {
		copy(dst, x)
		return
	}
	d.root.mulVec(dst, x)
}

// mulTrans stores Bᵀx in dst.
func (d *Preconditioner) mulTrans(dst, x []float64) {
	if d == nil {
		copy(dst, x)
		return
	}
	d.root.mulTransVec(dst, x)
}

// checkLangevin says what is wrong with the arguments that Langevin kernels
// share.
func checkLangevin(dim int, x0 []float64, h float64, d *Preconditioner) error {
	if len(x0) != dim {
		return fmt.Errorf("mcmc: initial position has length %d, the target dimension %d", len(x0), dim)
	}
	if err := CheckFinite(0, x0); err != nil {
		e := err.(*DivergedError)
		return fmt.Errorf("mcmc: initial position x0[%d] = %v is not finite", e.Coord, e.Value)
	}
	if !(h > 0) || math.IsInf(h, 1) {
		return fmt.Errorf("mcmc: step h = %v is not positive and finite", h)
	}
	if d != nil && d.n != dim {
		return fmt.Errorf("mcmc: preconditioner is %d×%[1]d, the target has dimension %d", d.n, dim)
	}
	return nil
}
