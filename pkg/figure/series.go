package figure

import "gonum.org/v1/gonum/mat"

// A Series is a list of numbers with a name: a curve, the heights of bars, or a
// sample.
type Series struct {
	Label string
	X     []float64 // nil means 0, 1, 2, …
	Y     []float64
	Style Style
}

func (s Series) x() []float64 {
	if s.X != nil {
		return s.X
	}
	return count(len(s.Y))
}

func count(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i)
	}
	return x
}

// A Matrix is a matrix with a name: a covariance, or draws of which each has one
// row and each coordinate one column.
type Matrix struct {
	Label string
	mat.Matrix
	Style Style
}
