package figure

import (
	"image/color"
	"math"
	"strconv"
)

// A ColorMap turns a fraction in [0, 1] into a colour.
type ColorMap func(t float64) color.NRGBA

// The maps. The lightness of each in OKLab (Ottosson 2020) is even, so that equal
// steps of the value look equal. They can be read with the common kinds of colour
// blindness and in greyscale print.
var (
	// Mist goes from the white page to a deep blue-grey: a background that
	// leaves orange and purple lines readable.
	Mist = gradient("#ffffff", "#d5e0ea", "#9fb6cc", "#6a89a9", "#3b5878", "#1c3049")

	// Depth goes from dark to light through blue and green, for pictures without
	// a background.
	Depth = gradient("#2b1055", "#2f4b8f", "#1f7f96", "#35ad7c", "#a6d450", "#fdf5a6")

	// Balance goes from blue through white to red, for values with a sign.
	Balance = gradient("#174a7c", "#3f7fb3", "#8db9d8", "#d3e3ee", "#fafafa", "#f7d9c8", "#e79d7c", "#c8553d", "#8a1c1c")
)

// oklab is a colour in the space of that name.
type oklab struct{ l, a, b float64 }

// gradient interpolates evenly spaced stops, in OKLab.
func gradient(stops ...string) ColorMap {
	lab := make([]oklab, len(stops))
	for i, s := range stops {
		lab[i] = toLab(hex(s))
	}
	return func(t float64) color.NRGBA {
		t = math.Min(math.Max(t, 0), 1) * float64(len(lab)-1)
		i := min(int(t), len(lab)-2)
		f := t - float64(i)
		p, q := lab[i], lab[i+1]
		return toRGB(oklab{p.l + f*(q.l-p.l), p.a + f*(q.a-p.a), p.b + f*(q.b-p.b)})
	}
}

// hex parses a colour such as #e66100.
func hex(s string) color.NRGBA {
	v, err := strconv.ParseUint(s[1:], 16, 24)
	if err != nil {
		panic(err)
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xFF}
}

func linear(v uint8) float64 {
	x := float64(v) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func gamma(x float64) uint8 {
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Min(math.Max(x, 0), 1)*255 + 0.5)
}

// toLab and toRGB are Björn Ottosson's matrices,
// https://bottosson.github.io/posts/oklab/.
func toLab(c color.NRGBA) oklab {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return oklab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

func toRGB(c oklab) color.NRGBA {
	l := c.l + 0.3963377774*c.a + 0.2158037573*c.b
	m := c.l - 0.1055613458*c.a - 0.0638541728*c.b
	s := c.l - 0.0894841775*c.a - 1.2914855480*c.b
	l, m, s = l*l*l, m*m*m, s*s*s
	return color.NRGBA{
		gamma(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		gamma(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		gamma(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		0xFF,
	}
}
