package figure_test

import (
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
)

func ExamplePanel_Points() {
	p := figure.New("The cycle of colours and the shapes", "x", "y").Height(180)
	for i, name := range []string{"dot", "ring", "square", "diamond", "triangle", "cross"} {
		y := float64(i) + change
		p.Points(name, []float64{1, 2, 3, 4}, []float64{y, y + 0.3, y, y + 0.3}, figure.Style{Marker: figure.Marker(i + 1)})
	}

	compare("points", p)
	// Output: looks like testdata/points.png
}

func ExamplePanel_Ellipse() {
	u, v := ar1(1, 1000, 0), ar1(2, 1000, 0)
	for i := range v {
		v[i] = 0.75*u[i] + 0.66*v[i]
	}
	cov := mat.NewSymDense(2, []float64{1, 0.75, 0.75, 1})
	mean := []float64{0, 0}

	p := figure.New("1000 draws", "z₁", "z₂").EqualUnits().Height(300).
		Points("draws", u, v, figure.Natural).
		Ellipse("50 %", mean, cov, 0.5, figure.Color(figure.Ink)).
		Ellipse("95 %", mean, cov, 0.95, figure.Truth)

	compare("ellipse", p)
	// Output: looks like testdata/ellipse.png
}
