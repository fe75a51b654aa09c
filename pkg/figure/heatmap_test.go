package figure_test

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
)

func ExampleCovarianceHeatMap() {
	noisy := mat.DenseCopyOf(equicorrelated(10, 0.6))
	noise := normals(1, 10, 10)
	noise.Scale(0.12, noise)
	noisy.Add(noisy, noise)
	naive := equicorrelated(10, 0.1)
	naive.SetSym(2, 7, -0.8)

	f := figure.CovarianceHeatMap(
		figure.Matrix{Label: "target", Matrix: equicorrelated(10, 0.75)},
		figure.Matrix{Label: "naive", Matrix: naive},
		figure.Matrix{Label: "natural", Matrix: noisy})

	compare("covariance", f)
	// Output: looks like testdata/covariance.png
}

func ExamplePanel_HeatMap() {
	m := mat.NewDense(80, 120, nil)
	for i := range 80 {
		for j := range 120 {
			m.Set(i, j, math.Sin(float64(i)/9)*math.Cos(float64(j)/13)-change/4)
		}
	}

	p := figure.New("A large matrix", "column", "row").
		HeatMap(m, -1, 1, figure.Depth).
		ColorBar("value", -1, 1, figure.Depth)

	compare("heatmap", p)
	// Output: looks like testdata/heatmap.png
}
