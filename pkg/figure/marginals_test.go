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
		figure.Samples{Label: "naive", Draws: &naive, Style: figure.Naive},
		figure.Samples{Label: "natural", Draws: normals(2, 400, 8), Style: figure.Natural})

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
		figure.Samples{Label: "independent", Draws: normals(2, 300, 3), Style: figure.Natural},
		figure.Samples{Label: "banana", Draws: banana, Style: figure.Naive})

	compare("pairs", f)
	// Output: looks like testdata/pairs.png
}
