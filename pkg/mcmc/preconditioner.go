package mcmc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// A Preconditioner is a constant diffusion matrix D = BBᵀ of Langevin dynamics,
//
//	dx = D ∇log p dt + √2 B dW,
//
// symmetric and positive definite. D = Σ, the covariance of the target, is the
// natural gradient: Σ⁻¹ is the Fisher information of the mean. A nil
// *Preconditioner is D = I, the naive geometry. It does not change after it is
// made and can be shared.
type Preconditioner struct {
	n int
	b []float64 // Cholesky factor, lower triangular, by rows
}

// NewPreconditioner returns the preconditioner D. It refuses a matrix that is
// not finite or not positive definite.
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
	return &Preconditioner{n: n, b: b}, nil
}

// mul stores Bx in dst.
func (d *Preconditioner) mul(dst, x []float64) {
	if d == nil {
		copy(dst, x)
		return
	}
	portable.MulLowerVec(dst, d.b, x)
}

// mulTrans stores Bᵀx in dst.
func (d *Preconditioner) mulTrans(dst, x []float64) {
	if d == nil {
		copy(dst, x)
		return
	}
	clear(dst)
	for i, v := range x {
		portable.Axpy(v, d.b[i*d.n:i*d.n+i+1], dst)
	}
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
