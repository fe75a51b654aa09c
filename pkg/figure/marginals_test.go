package figure_test

import (
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
)

func ExampleMarginals() {
	var naive mat.Dense
	naive.Scale(0.7, normals(1, 400, 8))

	f := figure.Marginals(
		figure.MarginalConfig{Truth: func(_ int, x float64) float64 { return normal(x) }},
		figure.Matrix{Label: "naive", Matrix: &naive, Style: figure.Naive},
		figure.Matrix{Label: "natural", Matrix: normals(2, 400, 8), Style: figure.Natural})

	compare("marginals", f)
	// Output: looks like testdata/marginals.png
}

func ExamplePairPlot() {
	banana := normals(1, 300, 3)
	for i := range 300 {
		x := banana.At(i, 0)
		banana.Set(i, 1, x*x-1+0.3*banana.At(i, 1))
		banana.Set(i, 2, 0.8*x+0.6*banana.At(i, 2))
	}

	f := figure.PairPlot(figure.PairConfig{},
		figure.Matrix{Label: "independent", Matrix: normals(2, 300, 3), Style: figure.Natural},
		figure.Matrix{Label: "banana", Matrix: banana, Style: figure.Naive})

	compare("pairs", f)
	// Output: looks like testdata/pairs.png
}
