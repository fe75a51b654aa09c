package diag

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/moments"
)

// Mean returns the mean of each column of draws (draws × dim). The error wraps
// ErrShort or ErrNonFinite.
func Mean(draws mat.Matrix) ([]float64, error) {
	columns, units, err := unitColumns(draws, 1)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(columns))
	for j, x := range columns {
		if out[j], err = units[j].out(mean(x), 1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Covariance returns the covariance matrix of the columns of draws
// (draws × dim),
//
//	C = 1/(n−1) Σ_i (x_i − x̄)(x_i − x̄)ᵀ.
//
// The error wraps ErrShort for fewer than two draws, ErrNonFinite, or ErrScale if
// an entry is beyond the range of floating-point numbers.
func Covariance(draws mat.Matrix) (*mat.SymDense, error) {
	columns, units, err := unitColumns(draws, 2)
	if err != nil {
		return nil, err
	}
	a := moments.NewMeanCovariance(len(columns))
	row := make([]float64, len(columns))
	for i := range columns[0] {
		for j, x := range columns {
			row[j] = x[i]
		}
		a.Add(row)
	}
	var c mat.SymDense
	a.CovarianceMatrix(&c)
	for i, u := range units {
		for j := range i + 1 {
			if u == 0 && units[j] == 0 {
				continue
			}
			v, err := ((u + units[j]) / 2).out(c.At(i, j), 2)
			if err != nil {
				return nil, fmt.Errorf("covariance of coordinates %d and %d: %w", j, i, err)
			}
			c.SetSym(i, j, v)
		}
	}
	return &c, nil
}

// unitColumns returns the columns of draws, each in its own unit. It returns an
// error unless there are at least so many rows, all of them finite.
func unitColumns(draws mat.Matrix, atLeast int) ([][]float64, []scale, error) {
	if err := checkDraws("draws", draws, atLeast); err != nil {
		return nil, nil, err
	}
	_, dim := draws.Dims()
	columns, units := make([][]float64, dim), make([]scale, dim)
	for j := range columns {
		x := mat.Col(nil, j, draws)
		units[j] = scaleOf(x)
		columns[j] = units[j].in(x)
	}
	return columns, units, nil
}

// checkDraws returns an error unless draws has at least atLeast rows, all of
// them finite. The error calls the matrix by the given name.
func checkDraws(name string, draws mat.Matrix, atLeast int) error {
	n, dim := draws.Dims()
	if n < atLeast {
		return fmt.Errorf("diag: %s has %d rows, and %d are the least: %w", name, n, atLeast, ErrShort)
	}
	for i := range n {
		for j := range dim {
			if v := draws.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("diag: %s[%d, %d] is %v: %w", name, i, j, v, ErrNonFinite)
			}
		}
	}
	return nil
}

// unitRows returns the rows of both matrices in a unit that serves both. It panics
// if they have different dimensions, and returns an error unless both have a row
// and all values are finite.
func unitRows(x, y mat.Matrix) (a, b [][]float64, unit scale, err error) {
	_, dx := x.Dims()
	if _, dy := y.Dims(); dx != dy {
		panic(badDim)
	}
	if err := cmp.Or(checkDraws("x", x, 1), checkDraws("y", y, 1)); err != nil {
		return nil, nil, 0, err
	}
	p, q := mat.DenseCopyOf(x).RawMatrix(), mat.DenseCopyOf(y).RawMatrix()
	unit = scaleOf(p.Data, q.Data)
	return cut(unit.in(p.Data), p.Rows), cut(unit.in(q.Data), q.Rows), unit, nil
}
