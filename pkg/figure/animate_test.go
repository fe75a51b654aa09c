package figure_test

import (
	"fmt"
	"math"

	"natspike/pkg/figure"
)

// The path of a sampler grows over the density that it samples.
func ExampleAnimation_path() {
	x, y := walk(4, 30, 0.6)

	a := figure.Animation{Frames: 6, Frame: func(i int) figure.Drawing {
		n := 1 + (len(x)-1)*i/5
		return figure.New("natural", "z₁", "z₂").EqualUnits().Height(180).XRange(-3, 3).YRange(-3, 3).
			Contour(logProb, -3, 3, -3, 3).
			Path("", x[:n], y[:n], figure.Natural)
	}}

	compareLastFrame("playpath", a)
	// Output: looks like testdata/playpath.png
}

// A raster fills as time goes on. Its configuration gives all frames the same axes.
func ExampleAnimation_raster() {
	times, neurons := poisson(20)
	cfg := figure.RasterConfig{Neurons: 50, To: 1, Bin: 0.02, Style: figure.Natural}

	a := figure.Animation{Frames: 4, Scale: 0.6, Frame: func(i int) figure.Drawing {
		var shown []float64
		var whose []int
		for k, t := range times {
			if t <= float64(i+1)/4 {
				shown, whose = append(shown, t), append(whose, neurons[k])
			}
		}
		return figure.Raster(cfg, shown, whose)
	}}

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
