package figure_test

import (
	"fmt"

	"natspike/pkg/figure"
)

func ExampleAnimation() {
	x, y := walk(4, 30, 0.6)

	a := figure.Animation{Frames: 6, Frame: func(i int) figure.Drawing {
		return figure.New("natural", "z₁", "z₂").Equal().Tall(180).XRange(-3, 3).YRange(-3, 3).
			Contour(logProb, -3, 3, -3, 3).
			Path("", x[:5*(i+1)], y[:5*(i+1)], figure.Natural)
	}}

	data, err := a.GIF()
	if err != nil {
		fmt.Println(err)
	}
	compareLastFrame("animation", data)
	// Output: looks like testdata/animation.png
}
