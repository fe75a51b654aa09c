package density

import (
	"fmt"
	"math"

	"natspike/pkg/arg"
)

const check = arg.Checker("density")

// A ValueError reports a number outside the set that is allowed.
type ValueError struct {
	Name    string  // what the number is, such as "correlation" or "y[3]"
	Value   float64 // what was given
	Allowed string  // what is allowed, such as "(0, ∞)", and why if that is not plain
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("density: %s = %v is outside %s", e.Name, e.Value, e.Allowed)
}

// A ShapeError reports a size that disagrees with another.
type ShapeError struct {
	Name      string // what has the size, such as "length of mean"
	Got, Want int
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("density: %s is %d, want %d", e.Name, e.Got, e.Want)
}

// A NotPositiveDefiniteError reports a covariance matrix that is not positive
// definite to working precision: in its Cholesky factorisation the given row,
// counted from zero, has a pivot that is not positive. The pivot is the
// variance of that coordinate given those before it.
type NotPositiveDefiniteError struct {
	Row   int
	Pivot float64
}

func (e *NotPositiveDefiniteError) Error() string {
	return fmt.Sprintf("density: covariance is not positive definite: the variance of coordinate %d given those before it is %v", e.Row, e.Pivot)
}

// An AsymmetricError reports a covariance matrix whose entry (Row, Col) is not
// the entry (Col, Row).
type AsymmetricError struct {
	Row, Col         int
	Entry, Transpose float64
}

func (e *AsymmetricError) Error() string {
	return fmt.Sprintf("density: covariance is not symmetric: entry (%d, %d) is %v and entry (%[2]d, %[1]d) is %[4]v", e.Row, e.Col, e.Entry, e.Transpose)
}

// finite reports an error for the first entry of x that is NaN or infinite.
func finite(name string, x []float64) error {
	for i, v := range x {
		if !isFinite(v) {
			return &ValueError{fmt.Sprintf("%s[%d]", name, i), v, "(−∞, ∞)"}
		}
	}
	return nil
}

// positive reports an error unless 0 < v < ∞.
func positive(name string, v float64) error {
	if !(v > 0) || math.IsInf(v, 1) {
		return &ValueError{name, v, "(0, ∞)"}
	}
	return nil
}

func isFinite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }
