// Package eigen finds the eigenvalues of general matrices.
package eigen

import (
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Factorize returns the eigenvalues of the n×n matrix a, by rows, and the eigenvectors
// that kind names. It reports false if they cannot be found. Where gonum's iteration
// does not converge for a matrix of less than 49 rows, its second attempt panics, since
// it gives Dlaqr04 slices for n rows and says that there are 49.
func Factorize(a []float64, n int, kind mat.EigenKind) (e *mat.Eigen, ok bool) {
	defer func() {
		if r := recover(); r == "lapack: bad length of wr" {
			ok = false
		} else if r != nil {
			panic(r)
		}
	}()
	e = new(mat.Eigen)
	return e, e.Factorize(mat.NewDense(n, n, slices.Clone(a)), kind)
}
