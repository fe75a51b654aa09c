package sde

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/eigen"
)

// Eigenvalues returns the eigenvalues of A. Their real parts are the rates at which
// the modes of the process decay, and their imaginary parts are the angular
// frequencies at which they turn. It refuses an A whose eigenvalues cannot be found.
func (ou *OrnsteinUhlenbeck) Eigenvalues() ([]complex128, error) {
	e, ok := eigen.Factorize(ou.a, ou.n, mat.EigenNone)
	if !ok {
		return nil, check.Errorf("drift matrix", "has eigenvalues that cannot be found")
	}
	return e.Values(nil), nil
}

// EulerGrowth returns by what Euler's method with steps of length h multiplies the
// slowest mode of the process: the largest |1 − hλ| over the eigenvalues λ of A. The
// chain
//
//	x ← x − hA(x − m) + √h B ξ
//
// is stable if it is below 1. It then takes −1/ln of it, in steps, to shrink that
// mode by e. It refuses an h that is not positive and finite, and an A whose
// eigenvalues cannot be found.
func (ou *OrnsteinUhlenbeck) EulerGrowth(h float64) (float64, error) {
	if err := check.Positive("h", h, ""); err != nil {
		return 0, err
	}
	values, err := ou.Eigenvalues()
	if err != nil {
		return 0, err
	}
	worst := 0.0
	for _, l := range values {
		worst = max(worst, cmplx.Abs(complex(1-float64(h*real(l)), float64(h*imag(l)))))
	}
	return worst, nil
}

// EulerStationary returns the covariance C of the stationary law of Euler's method
// with steps of length h, which differs from Stationary by the method's bias:
//
//	C = (I − hA) C (I − hA)ᵀ + h BBᵀ.
//
// It is found by doubling the number of steps. It refuses an h that is not positive
// and finite, one whose chain is not stable or needs more than 2⁴⁰ steps to
// settle, and a C that overflows.
func (ou *OrnsteinUhlenbeck) EulerStationary(h float64) (*mat.SymDense, error) {
	growth, err := ou.EulerGrowth(h)
	if err != nil {
		return nil, err
	}
	steps := 60 / -math.Log(growth) // after which growth² < e⁻¹²⁰
	if !(growth < 1 && steps < 1<<40) {
		return nil, check.Errorf("h", "= %v multiplies a mode by %v in a step; it must shrink", h, growth)
	}
	b := mat.NewDense(ou.n, ou.k, ou.b)
	var g, c, part, next mat.Dense
	g.Scale(-h, mat.NewDense(ou.n, ou.n, ou.a))
	for i := range ou.n {
		g.Set(i, i, g.At(i, i)+1)
	}
	c.Mul(b, b.T())
	c.Scale(h, &c)
	for n := 1.0; n < steps; n *= 2 {
		part.Product(&g, &c, g.T())
		c.Add(&c, &part)
		next.Mul(&g, &g)
		g.Copy(&next)
	}
	if arg.FirstNonFinite(c.RawMatrix().Data) >= 0 {
		return nil, check.Errorf("stationary covariance", "overflows")
	}
	return mat.NewSymDense(ou.n, c.RawMatrix().Data), nil
}
