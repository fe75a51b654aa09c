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

// A noiseCheck keeps the first error of a geometry's noise.
type noiseCheck struct{ err error }

// Err returns the *IndefiniteError of the first z at which the noise had no real
// root, or nil.
func (c *noiseCheck) Err() error { return c.err }

// fail makes the noise in dst NaN and keeps the error if it is the first.
func (c *noiseCheck) fail(dst []float64, err *IndefiniteError) {
	if c.err == nil {
		c.err = err
	}
	for i := range dst {
		dst[i] = math.NaN()
	}
}

// semiCholesky stores in l the lower triangular L with A = LLᵀ, for a positive
// semi-definite A, n×n by rows. It reads the lower triangle of a; l may not be a. It
// returns row −1, or, if A is not positive semi-definite, the first row where that
// shows and its pivot.
//
// A pivot that is zero up to rounding gives a column of zeros. size holds the size
// of the terms that each diagonal entry is the sum of, which determines its
// rounding. If size is nil, the size is the entry itself, or the largest entry where
// that is not positive.
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

// addLower adds scale·Lx to dst, where L is lower triangular, by rows.
func addLower(dst []float64, scale float64, l, x []float64) {
	n := len(x)
	for i := range dst {
		dst[i] += float64(scale * portable.Dot(l[i*n:i*n+i+1], x))
	}
}
