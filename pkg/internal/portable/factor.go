package portable

import "math"

// Cholesky stores in l the lower triangular L with A = LLᵀ, where a holds the
// n×n symmetric matrix A. It reads the lower triangle of a and sets the upper
// triangle of l to zero; l may be a. It returns row −1 if A is positive definite to
// working precision, and otherwise the first row whose pivot is too small, with the
// pivot. The pivot of row i is the rest of A_ii after the rows before it are
// eliminated. It must exceed 2⁻⁵²n·A_ii, which may be due to rounding.
func Cholesky(l, a []float64, n int) (row int, pivot float64) {
	for i := range n {
		li := l[i*n : (i+1)*n]
		for j := range i {
			lj := l[j*n : (j+1)*n]
			li[j] = (a[i*n+j] - Dot(li[:j], lj[:j])) / lj[j]
		}
		whole := a[i*n+i]
		d := whole - Dot(li[:i], li[:i])
		if !(d > float64(n)*0x1p-52*whole) || math.IsInf(d, 1) {
			return i, d
		}
		li[i] = math.Sqrt(d)
		clear(li[i+1:])
	}
	return -1, 0
}

// SolveLower overwrites x with L⁻¹x, for the n×n lower triangular L.
func SolveLower(l []float64, n int, x []float64) {
	for i := range n {
		x[i] = (x[i] - Dot(l[i*n:i*n+i], x[:i])) / l[i*n+i]
	}
}

// SolveLowerTrans overwrites x with L⁻ᵀx, for the n×n lower triangular L.
func SolveLowerTrans(l []float64, n int, x []float64) {
	for i := n - 1; i >= 0; i-- {
		x[i] /= l[i*n+i]
		Axpy(-x[i], l[i*n:i*n+i], x[:i])
	}
}

// EigenSym diagonalises the n×n symmetric matrix in a by cyclic Jacobi
// rotations. It stores the eigenvalues in values, in ascending order, and the unit
// eigenvector of values[k] in column k of vectors, n×n. The first entry of an
// eigenvector that is not negligible is positive. The entries of a must be finite,
// and are overwritten. It takes about 10·n³ operations.
func EigenSym(values, vectors, a []float64, n int) {
	// Scale, so that products of two entries neither overflow nor underflow.
	largest := 0.0
	for _, v := range a[:n*n] {
		largest = max(largest, math.Abs(v))
	}
	if _, exponent := math.Frexp(largest); exponent < -400 || exponent > 400 {
		for i, v := range a[:n*n] {
			a[i] = math.Ldexp(v, -exponent)
		}
		defer func() {
			for k, v := range values {
				values[k] = math.Ldexp(v, exponent)
			}
		}()
	}
	// Rows of v are the eigenvectors while rotating, so that a rotation
	// streams through memory.
	v := make([]float64, n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	for range 60 { // quadratic convergence: six to ten sweeps in practice
		if !jacobiSweep(a, v, n) {
			break
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
		for k := i; k > 0 && a[order[k]*n+order[k]] < a[order[k-1]*n+order[k-1]]; k-- {
			order[k], order[k-1] = order[k-1], order[k]
		}
	}
	for k, from := range order {
		values[k] = a[from*n+from]
		sign := 1.0
		for _, e := range v[from*n : (from+1)*n] {
			if math.Abs(e) > 1e-8 {
				sign = math.Copysign(1, e)
				break
			}
		}
		for i, e := range v[from*n : (from+1)*n] {
			vectors[i*n+k] = sign * e
		}
	}
}

// jacobiSweep rotates away each off-diagonal entry of a once and reports
// whether any was large enough to matter.
func jacobiSweep(a, v []float64, n int) (rotated bool) {
	for p := range n {
		for q := p + 1; q < n; q++ {
			apq, app, aqq := a[p*n+q], a[p*n+p], a[q*n+q]
			if math.Abs(apq) <= 0x1p-53*math.Sqrt(math.Abs(float64(app*aqq))) || math.Abs(apq) < 1e-300 {
				continue
			}
			rotated = true
			// The smaller root of t² + 2θt − 1 = 0, t = tan of the angle.
			theta := (aqq - app) / (2 * apq)
			t := 1 / (math.Abs(theta) + math.Sqrt(1+float64(theta*theta)))
			if theta < 0 {
				t = -t
			}
			c := 1 / math.Sqrt(1+float64(t*t))
			s := t * c
			rotate(a[p*n:(p+1)*n], a[q*n:(q+1)*n], c, s)
			for i := range n {
				x, y := a[i*n+p], a[i*n+q]
				a[i*n+p] = float64(c*x) - float64(s*y)
				a[i*n+q] = float64(s*x) + float64(c*y)
			}
			a[p*n+q], a[q*n+p] = 0, 0
			rotate(v[p*n:(p+1)*n], v[q*n:(q+1)*n], c, s)
		}
	}
	return rotated
}

// rotate turns the pair of rows (x, y) into (cx − sy, sx + cy).
func rotate(x, y []float64, c, s float64) {
	for i := range x {
		u, w := x[i], y[i]
		x[i] = float64(c*u) - float64(s*w)
		y[i] = float64(s*u) + float64(c*w)
	}
}
