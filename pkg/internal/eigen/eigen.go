// Package eigen computes the eigenvalues of general matrices.
package eigen

import (
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Factorize returns the eigenvalues of the n×n matrix a, by rows, and the eigenvectors
// of the given kind. It returns false if gonum's iteration does not converge. For a
// matrix of less than 49 rows gonum 0.17 then panics, because it calls Dlaqr04 with
// slices for n rows and a size of 49; Factorize recovers from this panic.
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
