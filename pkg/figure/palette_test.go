package figure

import (
	"image/color"
	"math"
	"testing"

	"natspike/pkg/figure/internal/canvas"
)

// TestPalettes checks what the theme promises of its colours.
func TestPalettes(t *testing.T) {
	light := func(c color.Color) float64 { return toLab(canvas.NRGBA(c)).l }
	for name, m := range map[string]ColorMap{"Mist": Mist, "Depth": Depth} {
		up := light(m(1)) > light(m(0))
		for i := range 100 {
			if a, b := light(m(float64(i)/100)), light(m(float64(i+1)/100)); (b > a) != up && math.Abs(a-b) > 1e-3 {
				t.Errorf("%s: lightness turns at %d %%: %v to %v", name, i, a, b)
			}
		}
	}
	for i := range 51 {
		a, b := light(Balance(float64(i)/100)), light(Balance(1-float64(i)/100))
		if math.Abs(a-b) > 0.05 {
			t.Errorf("Balance: lightness %v at %d %% and %v at %d %%", a, i, b, 100-i)
		}
	}
	for i := 0; i <= 255; i++ { // the way to OKLab and back
		c := color.NRGBA{uint8(i), uint8(255 - i), uint8(i * 7), 0xFF}
		if got := toRGB(toLab(c)); got != c {
			t.Errorf("%v comes back from OKLab as %v", c, got)
		}
	}
	if White != (color.NRGBA{255, 255, 255, 255}) || light(Mist(0)) < 0.999 {
		t.Error("Mist does not begin at the page")
	}

	// Pairs that a figure sets against each other must differ, also for those who
	// do not see red or green (Machado, Oliveira and Fernandes 2009, severity 1).
	// A difference of 0.02 in OKLab can just be seen.
	blind := map[string][9]float64{
		"no loss":      {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	}
	sees := func(m [9]float64, c color.Color) oklab {
		k := canvas.NRGBA(c)
		r, g, b := linear(k.R), linear(k.G), linear(k.B)
		mix := func(i int) uint8 { return gamma(m[i]*r + m[i+1]*g + m[i+2]*b) }
		return toLab(color.NRGBA{mix(0), mix(3), mix(6), 0xFF})
	}
	for name, m := range blind {
		apart := func(a, b color.Color, least float64) {
			p, q := sees(m, a), sees(m, b)
			if d := math.Sqrt((p.l-q.l)*(p.l-q.l) + (p.a-q.a)*(p.a-q.a) + (p.b-q.b)*(p.b-q.b)); d < least {
				t.Errorf("%s: %v and %v are %.3f apart; want %v", name, a, b, d, least)
			}
		}
		apart(Naive.Color, Natural.Color, 0.2)
		apart(Naive.Color, Truth.Color, 0.2)
		apart(Natural.Color, Truth.Color, 0.08)
		apart(Balance(0.1), Balance(0.9), 0.08)
		for i := range 6 {
			for j := range i {
				apart(Cycle[i], Cycle[j], 0.07)
			}
		}
	}
}
