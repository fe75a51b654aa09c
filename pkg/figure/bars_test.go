package figure_test

import "natspike/pkg/figure"

func ExampleBarChart() {
	p := figure.BarChart("Effective samples per 1000 steps", "ESS", []string{"ρ = 0", "ρ = 0.5", "ρ = 0.9"},
		figure.Series{Label: "naive", Y: []float64{480, 210, 40 + 100*change}, Style: figure.Naive},
		figure.Series{Label: "natural", Y: []float64{490, 470, 480}, Style: figure.Natural})

	compare("bars", p)
	// Output: looks like testdata/bars.png
}
