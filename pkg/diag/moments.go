package diag

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Mean returns the mean of each column of draws (draws × dim). The error wraps
// ErrShort or ErrNonFinite.
func Mean(draws mat.Matrix) ([]float64, error) {
	n, dim := draws.Dims()
	if err := checkDraws(draws, 1); err != nil {
		return nil, err
	}
	mean := make([]float64, dim)
	for i := range n {
		for j := range mean {
			mean[j] += draws.At(i, j)
		}
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	return mean, nil
}

// Covariance returns the covariance matrix of the columns of draws
// (draws × dim),
//
//	C = 1/(n−1) Σ_i (x_i − x̄)(x_i − x̄)ᵀ.
//
// The error wraps ErrShort for fewer than two draws, or ErrNonFinite.
func Covariance(draws mat.Matrix) (*mat.SymDense, error) {
	n, dim := draws.Dims()
	if err := checkDraws(draws, 2); err != nil {
		return nil, err
	}
	mean, _ := Mean(draws)
	centred := mat.NewDense(n, dim, nil)
	centred.Apply(func(_, j int, v float64) float64 { return v - mean[j] }, draws)
	var c mat.SymDense
	c.SymOuterK(1/float64(n-1), centred.T())
	return &c, nil
}

// checkDraws returns an error unless draws has at least atLeast rows, all of
// them finite.
func checkDraws(draws mat.Matrix, atLeast int) error {
	n, dim := draws.Dims()
	if n < atLeast {
		return fmt.Errorf("diag: %d draws, %d are needed: %w", n, atLeast, ErrShort)
	}
	for i := range n {
		for j := range dim {
			if v := draws.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("diag: coordinate %d of draw %d is %v: %w", j, i, v, ErrNonFinite)
			}
		}
	}
	return nil
}
