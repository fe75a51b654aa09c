package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// px is one CSS pixel, 1/96 inch: the unit in which the theme thinks. Lengths
// of package vg are points, 1/72 inch.
const px vg.Length = 0.75

// NotebookWidth is the width of a figure that does not say otherwise: 700 CSS
// pixels, what an output cell of JupyterLab shows without scaling.
const NotebookWidth = 700 * px

// Colours of the theme. Orange and Purple are the pair that tells the naive
// from the natural geometry everywhere in this module; they differ in lightness
// as well as in hue, so that they stay apart without colour vision and in
// greyscale print. The others are after Okabe and Ito (2008).
var (
	Orange = color.NRGBA{0xE6, 0x61, 0x00, 0xFF}
	Purple = color.NRGBA{0x5D, 0x3A, 0x9B, 0xFF}
	Ink    = color.NRGBA{0x2B, 0x2B, 0x2B, 0xFF}
	Grey   = color.NRGBA{0x8A, 0x8A, 0x8A, 0xFF}
	Blue   = color.NRGBA{0x00, 0x72, 0xB2, 0xFF}
	Green  = color.NRGBA{0x00, 0x9E, 0x73, 0xFF}
	Gold   = color.NRGBA{0xE6, 0x9F, 0x00, 0xFF}
	Pink   = color.NRGBA{0xCC, 0x79, 0xA7, 0xFF}
	Sky    = color.NRGBA{0x56, 0xB4, 0xE9, 0xFF}
	Brick  = color.NRGBA{0xB0, 0x3A, 0x2E, 0xFF}
)

// Cycle is the order in which series without a Style take their colours.
var Cycle = []color.Color{Blue, Gold, Green, Pink, Brick, Sky, Grey}

// A Style says how a series is drawn. Every zero field means the theme's
// choice: the next colour of Cycle, an opaque solid line of 1.5 px, a dot.
type Style struct {
	Color   color.Color
	Width   vg.Length   // of a line
	Dashes  []vg.Length // lengths of dashes and gaps in turn; nil is solid
	Radius  vg.Length   // of a marker
	Marker  Marker      // shape of a marker; a line with one has it at each point
	Opacity float64     // in (0, 1]
}

// A Marker is the shape of a point. The zero value means a dot for a point, and
// no marker on a line.
type Marker uint8

// The shapes.
const (
	Dot Marker = iota + 1
	Ring
	Square
	Diamond
	Triangle
	Cross
)

// The styles that carry a meaning throughout: the two geometries, and the truth
// that samples are compared with.
var (
	Naive   = Style{Color: Orange}
	Natural = Style{Color: Purple}
	Truth   = Style{Color: Ink, Width: 1.4 * px, Dashes: []vg.Length{5 * px, 3.5 * px}}
)

// Color returns the theme's style in the colour c.
func Color(c color.Color) Style { return Style{Color: c} }

// Dashed returns s with a dashed line.
func (s Style) Dashed() Style { s.Dashes = Truth.Dashes; return s }

// Thin returns s with a line of 0.75 px.
func (s Style) Thin() Style { s.Width = 0.75 * px; return s }

// Faint returns s at 35 % opacity.
func (s Style) Faint() Style { s.Opacity = 0.35; return s }

// Markers returns s with points of the shape m, on a line too.
func (s Style) Markers(m Marker) Style { s.Marker = m; return s }

func (s Style) filled(c color.Color) Style {
	if s.Color == nil {
		s.Color = c
	}
	if s.Width == 0 {
		s.Width = 1.5 * px
	}
	if s.Radius == 0 {
		s.Radius = 2.6 * px
	}
	if s.Opacity == 0 {
		s.Opacity = 1
	}
	return s
}

// ink is the colour of s with its opacity.
func (s Style) ink() color.Color { return fade(s.Color, s.Opacity) }

// fade returns c with its opacity multiplied by a.
func fade(c color.Color, a float64) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(float64(n.A)*a + 0.5)
	return n
}

// The furniture: what is not data stays quiet.
var (
	titleText  = textStyle{font: sansBold, size: 13 * px, color: Ink}
	headText   = textStyle{font: sansBold, size: 14.5 * px, color: Ink} // over several panels
	labelText  = textStyle{font: sans, size: 12.5 * px, color: color.NRGBA{0x3C, 0x3C, 0x3C, 0xFF}}
	tickText   = textStyle{font: sans, size: 11.5 * px, color: color.NRGBA{0x55, 0x55, 0x55, 0xFF}}
	legendText = textStyle{font: sans, size: 12 * px, color: color.NRGBA{0x3C, 0x3C, 0x3C, 0xFF}}

	spineColor = color.NRGBA{0x9C, 0x9C, 0x9C, 0xFF}
	gridColor  = color.NRGBA{0xEC, 0xEC, 0xEC, 0xFF}
)

const (
	spineWidth = 0.8 * px
	tickLength = 3.5 * px
	minorTick  = 2 * px
	tickGap    = 3 * px // between a tick and its label
	labelGap   = 5 * px // between tick labels and the axis' label
	titleGap   = 7 * px
	legendGap  = 7 * px
	swatch     = 20 * px
	swatchGap  = 5 * px
	entryGap   = 15 * px
)
