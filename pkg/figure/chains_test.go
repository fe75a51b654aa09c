package figure_test

import (
	"math"

	"natspike/pkg/figure"
)

func ExampleTrace() {
	p := figure.Trace("x₁", ar1(1, 500, 0.9), ar1(2, 500, 0.9), ar1(3, 500, 0.9))

	compare("trace", p)
	// Output: looks like testdata/trace.png
}

func ExampleAutocorrelation() {
	_, slow := curve(60, 59, func(k float64) float64 { return math.Pow(0.95, k) + 0.02*math.Sin(k) })
	_, fast := curve(60, 59, func(k float64) float64 { return math.Pow(0.6, k) })
	_, theory := curve(60, 59, func(k float64) float64 { return math.Pow(0.95, k) })

	p := figure.Autocorrelation("lag (steps)",
		figure.Series{Label: "naive", Y: slow, Style: figure.Naive},
		figure.Series{Label: "natural", Y: fast, Style: figure.Natural},
		figure.Series{Label: "φᵏ", Y: theory, Style: figure.Truth})

	compare("autocorrelation", p)
	// Output: looks like testdata/autocorrelation.png
}

func ExampleRankPlot() {
	drifted := ar1(4, 1000, 0.3)
	for i := range drifted {
		drifted[i] += 0.5 + change
	}

	f := figure.RankPlot(ar1(1, 1000, 0.3), ar1(2, 1000, 0.3), ar1(3, 1000, 0.3), drifted)

	compare("ranks", f)
	// Output: looks like testdata/ranks.png
}

func ExampleForest() {
	var rows []figure.ForestRow
	for i, m := range ar1(1, 8, 0) {
		m = 4 + 3*m
		name := "school " + string(rune('A'+i))
		rows = append(rows,
			figure.ForestRow{Name: name, Label: "centred", Mid: m, Lo: m - 9, Hi: m + 10, InnerLo: m - 3, InnerHi: m + 3, Style: figure.Natural},
			figure.ForestRow{Name: name, Label: "non-centred", Mid: m + 1, Lo: m - 8, Hi: m + 12, InnerLo: m - 2, InnerHi: m + 4, Style: figure.Naive})
	}

	p := figure.Forest("effect of coaching (points)", rows...).VLine("", 0, figure.Truth.Thin())

	compare("forest", p)
	// Output: looks like testdata/forest.png
}

func ExamplePanel_Bootstrap() {
	dims := []float64{2, 4, 8, 16, 32, 64, 128}
	naive, natural := make([][]float64, 12), make([][]float64, 12)
	for r := range naive {
		for k, z := range ar1(uint64(r), len(dims), 0) {
			naive[r] = append(naive[r], 0.1*math.Pow(dims[k], 0.8)*math.Exp(0.3*z))
			natural[r] = append(natural[r], 0.1*math.Exp(-0.2*z))
		}
	}

	p := figure.New("Distance from the truth after 50 ms", "dimension", "W₂").LogX().LogY().LegendRight().
		Bootstrap("naive", dims, naive, figure.Naive.Markers(figure.Dot)).
		Bootstrap("natural", dims, natural, figure.Natural.Markers(figure.Dot))

	compare("bootstrap", p)
	// Output: looks like testdata/bootstrap.png
}
