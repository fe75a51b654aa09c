package recipe

import (
	"fmt"
	"math"

	"natspike/pkg/internal/portable"
)

// An IndefiniteError reports a matrix that is not positive semi-definite at the
// state z of a run: in its Cholesky factorisation the given row, counted from zero,
// has a negative pivot, or a zero one beneath which not all is zero.
type IndefiniteError struct {
	Name  string // of the matrix, such as "D"
	Row   int
	Pivot float64
	Z     []float64
}

func (e *IndefiniteError) Error() string {
	return fmt.Sprintf("recipe: %s is not positive semi-definite at z = %v: row %d has the pivot %v", e.Name, e.Z, e.Row, e.Pivot)
}

// semiCholesky stores in l the lower triangular L with A = LLᵀ, for a positive
// semi-definite A, n×n by rows. It reads the lower triangle of a; l may not be a. A
// pivot that is zero up to rounding gives a column of zeros. Rounding is relative to
// size, which holds the size of the terms that each diagonal entry is the sum of. If
// size is nil, it is relative to the entry itself, or, for an entry that is not
// positive, to the largest. semiCholesky returns row −1, or, if A is not positive
// semi-definite, the first row where that shows and its pivot.
func semiCholesky(l, a, size []float64, n int) (row int, pivot float64) {
	largest := 0.0
	for i := range n {
		largest = max(largest, math.Abs(a[i*n+i]))
	}
	tiny := func(i int) float64 {
		s := largest
		if size != nil {
			s = size[i]
		} else if d := a[i*n+i]; d > 0 {
			s = d
		}
		return 1e-13 * float64(n) * s
	}
	for i := range n {
		li := l[i*n : (i+1)*n]
		clear(li)
		for j := range i {
			lj := l[j*n : (j+1)*n]
			rest := a[i*n+j] - portable.Dot(li[:j], lj[:j])
			if lj[j] > 0 {
				li[j] = rest / lj[j]
			} else if !(math.Abs(rest) <= math.Sqrt(tiny(j))*math.Sqrt(max(a[i*n+i], tiny(i)))) {
				return j, 0
			}
		}
		d := a[i*n+i] - portable.Dot(li[:i], li[:i])
		if !(d >= -tiny(i)) || math.IsInf(d, 1) {
			return i, d
		}
		if d > tiny(i) {
			li[i] = math.Sqrt(d)
		}
	}
	return -1, 0
}

// addLower adds Lx to dst, where L is lower triangular, by rows.
func addLower(dst, l, x []float64) {
	n := len(x)
	for i := range dst {
		dst[i] += portable.Dot(l[i*n:i*n+i+1], x)
	}
}
