package eigen

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The eigenvalues of a rotation are found, and those of a matrix for which gonum's
// iteration does not converge are not.
func TestFactorize(t *testing.T) {
	a := []float64{0, 2, -2, 0}
	e, ok := Factorize(a, 2, mat.EigenNone)
	if values := e.Values(nil); !ok || real(values[0]) != 0 || math.Abs(math.Abs(imag(values[0]))-2) > 1e-15 || a[0] != 0 {
		t.Errorf("eigenvalues %v, %v", values, ok)
	}
	if _, ok := Factorize([]float64{4.6875, 1.25, 0.0625, 6.9375, -6, -1.875, 0.3125, 1e100, -4.5625}, 3, mat.EigenNone); ok {
		t.Error("a matrix of entries 10¹⁰⁰ apart has eigenvalues")
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for a matrix of the wrong size")
		}
	}()
	Factorize(a, 3, mat.EigenNone)
}
