package figure_test

import (
	"fmt"
	"math"

	"natspike/pkg/figure"
)

func ExampleGrid() {
	var panels []figure.Drawing
	for _, tau := range []float64{0.5, 1, 2, 4, 8, 16} {
		t, y := curve(80, 5, func(t float64) float64 { return 1 - math.Exp(-t/tau) })
		panels = append(panels, figure.New(fmt.Sprintf("τ = %v s", tau), "time (s)", "mean").
			Line("mean", t, y, figure.Natural).HLine("truth", 1))
	}

	f := figure.Grid(3, panels...).ShareX().ShareY().OneLegend().Letters().Title("Relaxation at six time constants")

	compare("grid", f)
	// Output: looks like testdata/grid.png
}
