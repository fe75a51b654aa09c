package figure_test

import (
	"fmt"
	"math"

	"natspike/pkg/figure"
)

func ExampleAnimatePath() {
	x, y := walk(4, 30, 0.6)

	a := figure.AnimatePath(func() *figure.Panel {
		return figure.New("natural", "z₁", "z₂").EqualUnits().Height(180).XRange(-3, 3).YRange(-3, 3).
			Contour(logProb, -3, 3, -3, 3)
	}, x, y, 6, figure.Natural)

	compareLastFrame("playpath", a)
	// Output: looks like testdata/playpath.png
}

func ExampleAnimateRaster() {
	times, neurons := poisson(20)

	a := figure.AnimateRaster(figure.RasterConfig{Neurons: 50, To: 1, Bin: 0.02, Style: figure.Natural}, times, neurons, 4)
	a.Scale = 0.6

	compareLastFrame("playraster", a)
	// Output: looks like testdata/playraster.png
}

func ExampleAnimation() {
	a := figure.Animation{Frames: 3, FPS: 2, Frame: func(i int) figure.Drawing {
		x, y := curve(40, 6, func(t float64) float64 { return math.Sin(t * float64(i+1)) })
		return figure.New(fmt.Sprintf("sin %dt", i+1), "t", "").Line("", x, y).YRange(-1.1, 1.1).Height(100)
	}}

	compareLastFrame("animation", a)
	// Output: looks like testdata/animation.png
}
