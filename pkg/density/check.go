package density

import (
	"fmt"
	"math"
)

// A GradientError reports a score that is not the derivative of the log
// density.
type GradientError struct {
	Coord       int       // the coordinate, counted from zero, where it differs most
	Point       []float64 // x
	Analytic    float64   // what ScoreInput gave there
	Numeric     float64   // the derivative of LogProb, from finite differences
	Uncertainty float64   // estimated error of Numeric; large where LogProb is not smooth
}

func (e *GradientError) Error() string {
	return fmt.Sprintf("density: score[%d] at x = %v is %v, but the finite difference of the log density is %v ± %.1g",
		e.Coord, e.Point, e.Analytic, e.Numeric, e.Uncertainty)
}

// CheckGradient compares d's score with finite differences of its log density
// at each of the points given, and returns nil if they agree. At the first
// point where they do not it returns a *GradientError for the coordinate that is
// furthest off. The finite differences are central and extrapolated to step
// zero (Richardson), and usually good to ten digits; the two must agree to one
// part in 10⁶ of how steeply LogProb varies near the point, and may differ by
// up to one part in 10⁴ only where the extrapolation itself does not settle.
//
// It refuses no points and a point where the log density is not finite
// (*ValueError), and a point of the wrong length (*ShapeError).
func CheckGradient(d Density, at [][]float64) error {
	if len(at) == 0 {
		return &ValueError{"number of points", 0, "{1, 2, …}"}
	}
	n := d.Dim()
	score, x := make([]float64, n), make([]float64, n)
	for p, point := range at {
		if len(point) != n {
			return &ShapeError{fmt.Sprintf("length of point %d", p), len(point), n}
		}
		copy(x, point)
		here := d.LogProb(x)
		if !isFinite(here) {
			return &ValueError{fmt.Sprintf("log density at x = %v", point), here, "(−∞, ∞)"}
		}
		for i := range score {
			score[i] = math.NaN() // so that an entry that is not written shows
		}
		d.ScoreInput(score, x)

		var worst *GradientError
		furthest := 1.0 // distance over tolerance
		for i := range n {
			slope, uncertainty, steepness := derivative(func(t float64) float64 {
				x[i] = t
				return d.LogProb(x)
			}, point[i])
			x[i] = point[i]
			tolerance := float64(1e-6*steepness) + math.Min(10*uncertainty, 1e-4*steepness)
			off := math.Abs(score[i]-slope) / tolerance
			if score[i] == slope {
				off = 0
			}
			if math.IsNaN(off) {
				off = math.Inf(1)
			}
			if off > furthest {
				furthest = off
				worst = &GradientError{i, append([]float64(nil), point...), score[i], slope, uncertainty}
			}
		}
		if worst != nil {
			return worst
		}
	}
	return nil
}

// derivative returns f′(x), an estimate of its error, and the larger slope of
// the two first differences it took, as a scale to judge the error by.
func derivative(f func(float64) float64, x float64) (slope, uncertainty, steepness float64) {
	const levels = 12
	here := f(x)
	h := float64(0x1p-4 * math.Max(1, math.Abs(x)))
	for !isFinite(f(x+h)) || !isFinite(f(x-h)) { // out of the support
		if h /= 2; x+h == x {
			return math.NaN(), math.Inf(1), 0
		}
	}
	steepness = math.Max(math.Abs(f(x+h)-here), math.Abs(f(x-h)-here)) / h

	// Row k of Richardson's tableau extrapolates the central differences with
	// steps h, h/2, …, h/2ᵏ, whose errors are even powers of the step. The best
	// entry is the one that differs least from the two it was made of.
	var previous, row [levels]float64
	uncertainty = math.Inf(1)
	for k := range levels {
		row[0] = (f(x+h) - f(x-h)) / ((x + h) - (x - h))
		power := 1.0
		for m := 1; m <= k; m++ {
			power *= 4
			row[m] = row[m-1] + (row[m-1]-previous[m-1])/(power-1)
			if e := math.Max(math.Abs(row[m]-row[m-1]), math.Abs(row[m]-previous[m-1])); e < uncertainty {
				slope, uncertainty = row[m], e
			}
		}
		previous = row
		h /= 2
	}
	return slope, uncertainty, steepness
}
