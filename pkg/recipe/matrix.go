package recipe

import (
	"fmt"
	"math"

	"natspike/pkg/internal/portable"
)

// An IndefiniteError reports a matrix that is not positive semi-definite: in its
// Cholesky factorisation the given row, counted from zero, has a negative
// pivot, or a zero one beneath which not all is zero.
type IndefiniteError struct {
	Name  string // of the matrix, such as "D"
	Row   int
	Pivot float64
	Z     []float64 // where, nil if it is constant
}

func (e *IndefiniteError) Error() string {
	where := ""
	if e.Z != nil {
		where = fmt.Sprintf(" at z = %v", e.Z)
	}
	return fmt.Sprintf("recipe: %s is not positive semi-definite%s: row %d has the pivot %v", e.Name, where, e.Row, e.Pivot)
}

// A SkewError reports an S that is not skew-symmetric, by the pair of entries
// furthest from S_ij = −S_ji.
type SkewError struct {
	Row, Col         int
	Entry, Transpose float64
}

func (e *SkewError) Error() string {
	return fmt.Sprintf("recipe: S is not skew-symmetric: entry (%d, %d) is %v and entry (%[2]d, %[1]d) is %[4]v", e.Row, e.Col, e.Entry, e.Transpose)
}

func checkEntries(name string, a []float64, n int) error {
	for k, v := range a {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("recipe: %s has the entry (%d, %d) = %v, which is not finite", name, k/n, k%n, v)
		}
	}
	return nil
}

// checkSkew allows for rounding in the making of S.
func checkSkew(s []float64, n int) error {
	largest := 0.0
	for _, v := range s {
		largest = max(largest, math.Abs(v))
	}
	var worst *SkewError
	off := 1e-12 * largest
	for i := range n {
		for j := range i + 1 {
			if d := math.Abs(s[i*n+j] + s[j*n+i]); d > off {
				worst, off = &SkewError{i, j, s[i*n+j], s[j*n+i]}, d
			}
		}
	}
	if worst != nil {
		return worst
	}
	return nil
}

// semiCholesky stores in l the lower triangular L with A = LLᵀ, for a positive
// semi-definite A of which the lower triangle is read; l may not be a. Pivots
// that are zero up to rounding give columns of zeros. If A is not positive
// semi-definite it returns the row at which that shows and the pivot found
// there; otherwise row is −1.
func semiCholesky(l, a []float64, n int) (row int, pivot float64) {
	largest := 0.0
	for i := range n {
		largest = max(largest, math.Abs(a[i*n+i]))
	}
	tiny := 1e-13 * float64(n) * largest
	for i := range n {
		li := l[i*n : (i+1)*n]
		clear(li)
		for j := range i {
			lj := l[j*n : (j+1)*n]
			rest := a[i*n+j] - portable.Dot(li[:j], lj[:j])
			if lj[j] > 0 {
				li[j] = rest / lj[j]
			} else if !(math.Abs(rest) <= math.Sqrt(tiny*max(a[i*n+i], 0))+tiny) {
				return j, 0
			}
		}
		d := a[i*n+i] - portable.Dot(li[:i], li[:i])
		if !(d >= -tiny) || math.IsInf(d, 1) {
			return i, d
		}
		if d > tiny {
			li[i] = math.Sqrt(d)
		}
	}
	return -1, 0
}
