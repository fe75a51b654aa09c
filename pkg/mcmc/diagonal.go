package mcmc

import (
	"fmt"
	"math"
)

// NewDiagonalPreconditioner returns the preconditioner D = diag(variances). It
// refuses no variances, and one that is not positive and finite.
func NewDiagonalPreconditioner(variances []float64) (*Preconditioner, error) {
	if len(variances) == 0 {
		return nil, fmt.Errorf("mcmc: diagonal preconditioner has no entries")
	}
	b := make(diagonal, len(variances))
	for i, v := range variances {
		if !(v > 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("mcmc: diagonal preconditioner has entry %d = %v, which is not positive and finite", i, v)
		}
		b[i] = math.Sqrt(v)
	}
	return &Preconditioner{n: len(b), root: b}, nil
}

// diagonal is a B that is diagonal.
type diagonal []float64

func (b diagonal) mulVec(dst, x []float64) {
	for i, v := range x {
		dst[i] = b[i] * v
	}
}

func (b diagonal) mulTransVec(dst, x []float64) { b.mulVec(dst, x) }
