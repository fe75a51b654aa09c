package figure_test

import (
	"fmt"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"natspike/pkg/figure"
)

func ExamplePanel_Add() {
	p := figure.New("A plotter of gonum/plot", "", "z").Height(160).
		XTicks([]float64{0, 1, 2}, []string{"z₁", "z₂", "z₃"})
	for i := range 3 {
		box, err := plotter.NewBoxPlot(vg.Points(20), float64(i), plotter.Values(ar1(uint64(i), 60, 0)))
		if err != nil {
			fmt.Println(err)
			return
		}
		p.Add(box)
	}
	p.XRange(-0.5, 2.5)

	compare("boxplot", p)
	// Output: looks like testdata/boxplot.png
}
