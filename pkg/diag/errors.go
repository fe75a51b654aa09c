package diag

import (
	"errors"
	"fmt"
	"math"

	"natspike/pkg/moments"
)

// Reasons why a diagnostic has no answer. The errors that functions return
// wrap one of them and name the chain, the draw and the value.
var (
	ErrNonFinite = moments.ErrNonFinite
	ErrOverflow  = moments.ErrOverflow
	ErrShort     = errors.New("too few values")
	ErrRagged    = errors.New("lengths must be equal")
	ErrConstant  = errors.New("every value is the same")
	ErrRange     = errors.New("out of range")
)

const (
	badDim   = "diag: length does not match the dimension"
	badDraws = "diag: too few draws"
)

// checkFinite returns an error that wraps ErrNonFinite if some x[i] is NaN or
// infinite; what names the slice.
func checkFinite(what string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("diag: %s[%d] is %v: %w", what, i, v, ErrNonFinite)
		}
	}
	return nil
}

// checkProbability returns an error that wraps ErrRange unless 0 < p < 1.
func checkProbability(p float64) error {
	if !(p > 0 && p < 1) {
		return fmt.Errorf("diag: probability %v is outside (0, 1): %w", p, ErrRange)
	}
	return nil
}
