package figure_test

import (
	"math"

	"natspike/pkg/figure"
)

// logProb is the log density of a Gaussian of unit variances, correlated by 0.9,
// up to a constant.
func logProb(x []float64) float64 {
	return -(x[0]*x[0] - 1.8*x[0]*x[1] + x[1]*x[1]) / (2 * (1 - 0.81))
}

// walk is a path through that Gaussian which forgets by phi a step.
func walk(seed uint64, n int, phi float64) (x, y []float64) {
	u, v := ar1(seed, n, phi), ar1(seed+1, n, 0.6)
	for i := range u {
		x = append(x, math.Sqrt(0.95)*u[i]+math.Sqrt(0.05)*v[i])
		y = append(y, math.Sqrt(0.95)*u[i]-math.Sqrt(0.05)*v[i])
	}
	return x, y
}

func ExamplePanel_Contour() {
	ax, ay := walk(3, 120, 0.98)
	bx, by := walk(4, 120, 0.6)

	f := figure.Row(
		figure.New("naive", "z₁", "z₂").EqualUnits().Contour(logProb, -3, 3, -3, 3).Path("", ax, ay, figure.Naive),
		figure.New("natural", "z₁", "").EqualUnits().Contour(logProb, -3, 3, -3, 3).Path("", bx, by, figure.Natural),
	).Letters()

	compare("contour", f)
	// Output: looks like testdata/contour.png
}

func ExamplePanel_Vectors() {
	ring := func(x []float64) float64 {
		r := math.Hypot(x[0], x[1]) - 1.6 + 0.2*change
		return -r * r / 0.3
	}
	drift := func(dst, x []float64) { // −∇U and a rotation
		r := math.Max(math.Hypot(x[0], x[1]), 1e-3)
		g := -2 * (r - 1.6) / (0.3 * r)
		dst[0], dst[1] = g*x[0]-2*x[1], g*x[1]+2*x[0]
	}

	p := figure.New("A drift with S ≠ 0", "x₁", "x₂").EqualUnits().Height(300).
		Contour(ring, -3, 3, -3, 3).
		Vectors("", drift, -3, 3, -3, 3, figure.Color(figure.Ink))

	compare("vectors", p)
	// Output: looks like testdata/vectors.png
}
