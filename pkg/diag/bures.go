package diag

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// W2Gaussian returns the 2-Wasserstein distance between the Gaussians
// N(mean1, cov1) and N(mean2, cov2),
//
//	W₂² = |μ₁ − μ₂|² + tr[Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½],
//
// whose second part is the squared Bures distance of the covariances. It is
// also a lower bound of the distance between any two distributions with these
// moments (Gelbrich 1990), and so turns two estimated moments into one number.
//
// The Bures distance is computed as min_Q ‖Σ₁^½ − Σ₂^½ Q‖ over orthogonal Q,
// which loses no digits when the covariances are close. They may be singular;
// if one has a negative eigenvalue the error wraps ErrRange. The unit is that of
// the coordinates. It panics if the dimensions differ.
//
// Source: Dowson and Landau (1982); Bhatia, Jain and Lim (2019) for the rotation.
func W2Gaussian(mean1 []float64, cov1 mat.Symmetric, mean2 []float64, cov2 mat.Symmetric) (float64, error) {
	dim := len(mean1)
	if len(mean2) != dim || cov1.SymmetricDim() != dim || cov2.SymmetricDim() != dim {
		panic(badDim)
	}
	if err := checkFinite("mean1", mean1); err != nil {
		return 0, err
	}
	if err := checkFinite("mean2", mean2); err != nil {
		return 0, err
	}
	a, err := root("cov1", cov1)
	if err != nil {
		return 0, err
	}
	b, err := root("cov2", cov2)
	if err != nil {
		return 0, err
	}
	// With bᵀa = U S Vᵀ the best rotation is Q = U Vᵀ.
	var cross, u, v, q mat.Dense
	var svd mat.SVD
	cross.Mul(b.T(), a)
	if !svd.Factorize(&cross, mat.SVDFull) {
		return 0, fmt.Errorf("diag: the singular values of Σ₂^½Σ₁^½ did not converge: %w", ErrRange)
	}
	svd.UTo(&u)
	svd.VTo(&v)
	q.Mul(&u, v.T())
	q.Mul(b, &q)
	q.Sub(a, &q)
	frobenius := mat.Norm(&q, 2)

	d2 := frobenius * frobenius
	for i, m := range mean1 {
		d2 += (m - mean2[i]) * (m - mean2[i])
	}
	return math.Sqrt(d2), nil
}

// root returns a matrix A with A Aᵀ = cov: the eigenvectors scaled by the roots
// of their eigenvalues. Eigenvalues that are negative by no more than rounding
// count as zero.
func root(what string, cov mat.Symmetric) (*mat.Dense, error) {
	n := cov.SymmetricDim()
	for i := range n {
		for j := i; j < n; j++ {
			if c := cov.At(i, j); math.IsNaN(c) || math.IsInf(c, 0) {
				return nil, fmt.Errorf("diag: %s[%d,%d] is %v: %w", what, i, j, c, ErrNonFinite)
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(cov, true) {
		return nil, fmt.Errorf("diag: the eigenvalues of %s did not converge: %w", what, ErrRange)
	}
	values := eigen.Values(nil) // ascending
	if limit := -1e-12 * float64(n) * math.Abs(values[n-1]); values[0] < limit || values[n-1] < 0 {
		return nil, fmt.Errorf("diag: %s has the eigenvalue %v; it must be positive semi-definite: %w", what, values[0], ErrRange)
	}
	var a mat.Dense
	eigen.VectorsTo(&a)
	a.Apply(func(_, j int, v float64) float64 { return v * math.Sqrt(max(0, values[j])) }, &a)
	return &a, nil
}
