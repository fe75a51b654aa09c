package canvas

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// TestQuantize checks that an image of few colours keeps them all, and that one
// of many is close to the original.
func TestQuantize(t *testing.T) {
	few := image.NewRGBA(image.Rect(0, 0, 64, 64))
	many := image.NewRGBA(few.Rect)
	for y := range 64 {
		for x := range 64 {
			few.Set(x, y, color.NRGBA{uint8(40 * (x * y % 7)), 120, 200, 0xFF})
			t := float64(64*y+x) / 4096
			many.Set(x, y, color.NRGBA{uint8(255 * t), uint8(255 * (1 - t) * t * 4), uint8(120 + 100*math.Cos(5*t)), 0xFF})
		}
	}
	worst := func(img *image.RGBA) (d int) {
		out := Index(img, Quantize(256, img))
		for i, k := range out.Pix {
			c := out.Palette[k].(color.RGBA)
			for j, v := range []uint8{c.R, c.G, c.B} {
				d = max(d, int(math.Abs(float64(v)-float64(img.Pix[4*i+j]))))
			}
		}
		return d
	}
	if d := worst(few); d != 0 {
		t.Errorf("few colours change by up to %d", d)
	}
	if d := worst(many); d > 4 {
		t.Errorf("many colours change by up to %d; want at most 4", d)
	}
}
