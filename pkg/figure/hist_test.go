package figure_test

import "natspike/pkg/figure"

func ExamplePanel_Hist() {
	draws := ar1(1, 5000, 0.3)
	if change != 0 {
		draws = draws[:2500]
	}

	p := figure.New("Draws of one coordinate", "z₁", "density").
		Hist("draws", draws, figure.Natural).
		Density("kernel estimate", draws, figure.Color(figure.Blue)).
		Func("truth", normal, -4, 4, figure.Truth)

	compare("hist", p)
	// Output: looks like testdata/hist.png
}
