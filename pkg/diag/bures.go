package diag

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
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
	n := len(mean1)
	if len(mean2) != n || cov1.SymmetricDim() != n || cov2.SymmetricDim() != n {
		panic(badDim)
	}
	a, err1 := root("cov1", cov1)
	b, err2 := root("cov2", cov2)
	if err := cmp.Or(checkFinite("mean1", mean1), checkFinite("mean2", mean2), err1, err2); err != nil {
		return 0, err
	}
	unit := scaleOf(mean1, mean2, a, b)
	a, b = unit.in(a), unit.in(b)
	mean1, mean2 = unit.in(mean1), unit.in(mean2)
	cross := make([]float64, n*n) // BᵀA
	for i := range n {
		portable.MulTransVec(cross[i*n:(i+1)*n], a, column(b, n, i))
	}
	q := nearestRotation(cross, n)
	d2 := squaredDistance(mean1, mean2)
	row := make([]float64, n)
	for i := range n {
		portable.MulTransVec(row, q, b[i*n:(i+1)*n])
		d2 += squaredDistance(row, a[i*n:(i+1)*n])
	}
	return unit.out(math.Sqrt(d2), 1)
}

// root returns a matrix A with A Aᵀ = cov, by rows: the eigenvectors scaled by
// the roots of their eigenvalues. Eigenvalues that are negative by no more than
// rounding count as zero.
func root(name string, cov mat.Symmetric) ([]float64, error) {
	if err := checkDraws(name, cov, 1); err != nil {
		return nil, err
	}
	n, c := cov.SymmetricDim(), mat.DenseCopyOf(cov).RawMatrix().Data
	unit := scaleOf(c) // even: its root is a power of two
	values, a := make([]float64, n), make([]float64, n*n)
	portable.EigenSym(values, a, unit.in(c), n) // ascending
	if limit := -1e-12 * float64(n) * math.Abs(values[n-1]); values[0] < limit || values[n-1] < 0 {
		return nil, fmt.Errorf("diag: %s has the eigenvalue %v; it must be positive semi-definite: %w",
			name, math.Ldexp(values[0], int(unit)), ErrRange)
	}
	for i := range n {
		for k, v := range values {
			a[i*n+k] = math.Ldexp(a[i*n+k]*math.Sqrt(max(0, v)), int(unit)/2)
		}
	}
	return a, nil
}

// column returns column j of an n×n matrix.
func column(a []float64, n, j int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = a[i*n+j]
	}
	return out
}

// nearestRotation returns the orthogonal matrix nearest to the n×n matrix a: U Vᵀ
// of the singular value decomposition a = U S Vᵀ, by rotating pairs of columns of
// a until all are orthogonal (Hestenes 1958).
func nearestRotation(a []float64, n int) []float64 {
	u, v := make([][]float64, n), make([][]float64, n) // columns of a V and of V
	for k := range n {
		u[k] = column(a, n, k)
		v[k] = make([]float64, n)
		v[k][k] = 1
	}
	for rotated, sweep := true, 0; rotated && sweep < 60; sweep++ {
		rotated = false
		for p := range n {
			for q := p + 1; q < n; q++ {
				pp, qq, pq := portable.Dot(u[p], u[p]), portable.Dot(u[q], u[q]), portable.Dot(u[p], u[q])
				if math.Abs(pq) <= 0x1p-51*math.Sqrt(pp)*math.Sqrt(qq) {
					continue
				}
				rotated = true
				theta := (qq - pp) / (2 * pq)
				t := math.Copysign(1/(math.Abs(theta)+math.Sqrt(1+float64(theta*theta))), theta)
				c := 1 / math.Sqrt(1+float64(t*t))
				for _, w := range [][2][]float64{{u[p], u[q]}, {v[p], v[q]}} {
					for i, x := range w[0] {
						y := w[1][i]
						w[0][i] = float64(c*x) - float64(c*t*y)
						w[1][i] = float64(c*t*x) + float64(c*y)
					}
				}
			}
		}
	}
	largest := 0.0
	for _, x := range u {
		largest = max(largest, math.Sqrt(portable.Dot(x, x)))
	}
	var basis [][]float64 // the columns of U so far
	var null []int        // those that a does not determine
	for k, x := range u {
		norm := math.Sqrt(portable.Dot(x, x))
		if norm <= 0x1p-52*float64(n)*largest {
			null = append(null, k)
			continue
		}
		for i := range x {
			x[i] /= norm
		}
		basis = append(basis, x)
	}
	for _, k := range null {
		u[k] = orthogonalTo(basis, n)
		basis = append(basis, u[k])
	}
	q := make([]float64, n*n)
	for k := range n {
		for i, x := range u[k] {
			portable.Axpy(x, v[k], q[i*n:(i+1)*n])
		}
	}
	return q
}

// orthogonalTo returns a unit vector that is orthogonal to fewer than n
// orthonormal ones. It takes the axis that has the smallest part in their span and
// removes that part.
func orthogonalTo(basis [][]float64, n int) []float64 {
	best, least := 0, math.Inf(1)
	for j := range n {
		share := 0.0
		for _, b := range basis {
			share += float64(b[j] * b[j])
		}
		if share < least {
			best, least = j, share
		}
	}
	x := make([]float64, n)
	x[best] = 1
	for range 2 { // the second time removes what rounding left
		for _, b := range basis {
			portable.Axpy(-portable.Dot(b, x), b, x)
		}
	}
	norm := math.Sqrt(portable.Dot(x, x))
	for i := range x {
		x[i] /= norm
	}
	return x
}
