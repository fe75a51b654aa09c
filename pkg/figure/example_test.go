//go:build !race

package figure_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"natspike/pkg/figure"
	"natspike/pkg/metric"
)

// A panel can be printed, saved and shown as it is. What it prints is what readers
// get who do not see it.
func ExamplePanel() {
	p := figure.New("The mean relaxes", "time (s)", "mean").
		Line("natural", []float64{0, 1, 2}, []float64{0, 0.9, 1}, figure.Natural).
		YRange(0, 1.1)

	fmt.Println(p)
	fmt.Println(p.Alt("The mean reaches 0.9 within a second."))
	// Output:
	// The mean relaxes. X axis time (s) from 0 to 2; y axis mean from 0 to 1.1: natural.
	// The mean reaches 0.9 within a second.
}

// Methods return no error. The first is kept, and returned by what writes the
// picture.
func ExamplePanel_Err() {
	p := figure.New("", "time (s)", "mean").Line("naive", []float64{0, 1}, []float64{2})

	fmt.Println(p.Save("mean.svg"))
	// Output: figure: Line "naive" has 2 values of x and 1 of y; want as many
}

// The ending of the name says which form the file has.
func ExamplePanel_Save() {
	folder, err := os.MkdirTemp("", "figure")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	p := figure.New("", "time (s)", "mean").Line("naive", []float64{0, 1}, []float64{0, 1}, figure.Naive)
	for _, name := range []string{"mean.svg", "mean.pdf", "mean.png"} {
		fmt.Println(name, p.Save(filepath.Join(folder, name)))
	}
	// Output:
	// mean.svg <nil>
	// mean.pdf <nil>
	// mean.png <nil>
}

// A function that returns a figure can return the reason why there is none.
func ExampleFailed() {
	f := figure.Failed(errors.New("the network is silent"))

	_, err := f.SVG()
	fmt.Println(err)
	// Output: the network is silent
}

func ExampleStyleOf() {
	for _, g := range []metric.Geometry{metric.Naive, metric.Power(0.5), metric.Natural, metric.Power(-1)} {
		fmt.Println(g, figure.StyleOf(g))
	}
	// Output:
	// naive #e66100
	// Σ^0.5 #9e576f
	// natural #5d3a9b
	// Σ^-1 #8a8a8a
}

// Panels in columns of 2 to 1, below a common title and legend.
func ExampleFigure() {
	x := []float64{0, 1, 2}
	wide := figure.New("", "time (s)", "mean").Line("naive", x, x, figure.Naive)
	narrow := figure.New("", "time (s)", "").Line("natural", x, []float64{0, 2, 2}, figure.Natural.Dashed())

	f := figure.Row(wide, narrow).Widths(2, 1).Title("Two geometries").Letters().OneLegend().Size(600, 200)

	w, h := f.Pixels()
	fmt.Println(w, "×", h, "px:", f)
	// Output: 600 × 200 px: Two geometries. a: X axis time (s) from 0 to 2; y axis mean from −0.1 to 2.1: naive. b: X axis time (s) from 0 to 2; y axis from −0.1 to 2.1: natural.
}
