package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/figure/internal/canvas"
	"natspike/pkg/metric"
)

// px is one CSS pixel, 1/96 inch. Lengths of package vg are points, 1/72 inch.
const px = canvas.Px

// NotebookWidth is the default width of a figure: 700 CSS pixels, which an output
// cell of JupyterLab shows without scaling.
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

// A Style describes how a series is drawn. A zero field stands for the theme's
// choice: the next colour of Cycle, an opaque solid line of 1.5 px, a dot. If only
// colours tell more than four lines of a panel apart, the theme gives them dashes,
// and to more than four sets of points shapes.
type Style struct {
	Color   color.Color
	Width   vg.Length   // of a line
	Dashes  []vg.Length // lengths of dashes and gaps in turn; empty but not nil is solid
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

// String returns the name of the shape.
func (m Marker) String() string {
	if m > Cross {
		return fmt.Sprintf("Marker(%d)", uint8(m))
	}
	return [...]string{"default", "dot", "ring", "square", "diamond", "triangle", "cross"}[m]
}

// The styles with one meaning in all figures: the two geometries, and the truth
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

// String lists the fields of s that are not zero, such as "#5d3a9b, dashed, square
// markers".
func (s Style) String() string {
	var parts []string
	add := func(given bool, format string, v ...any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, v...))
		}
	}
	c := canvas.NRGBA(s.Color)
	add(s.Color != nil, "#%02x%02x%02x", c.R, c.G, c.B)
	add(len(s.Dashes) > 0, "dashed")
	add(s.Width != 0, "%.3g px wide", float64(s.Width/px))
	add(s.Marker != 0, "%v markers", s.Marker)
	add(s.Radius != 0, "of radius %.3g px", float64(s.Radius/px))
	add(s.Opacity != 0, "%.0f %% opaque", 100*s.Opacity)
	if len(parts) == 0 {
		return "default"
	}
	return strings.Join(parts, ", ")
}

// problem returns a clause on the first field that is not allowed, or an empty
// string.
func (s Style) problem() string {
	var total vg.Length
	for _, d := range s.Dashes {
		if !(d >= 0) {
			return fmt.Sprintf("has a dash of %v; want lengths of at least 0", d)
		}
		total += d
	}
	switch {
	case !(s.Width >= 0 && s.Width <= 1000):
		return fmt.Sprintf("has the width %v, outside [0, 1000]", s.Width)
	case !(s.Radius >= 0 && s.Radius <= 1000):
		return fmt.Sprintf("has the radius %v, outside [0, 1000]", s.Radius)
	case !(s.Opacity >= 0 && s.Opacity <= 1):
		return fmt.Sprintf("has the opacity %v, outside [0, 1]", s.Opacity)
	case len(s.Dashes) > 0 && !(total >= px && total <= 1e6):
		return fmt.Sprintf("has dashes and gaps of %v together, outside [%v, 1e6]", total, px)
	case s.Marker > Cross:
		return fmt.Sprintf("has the marker %d; want one of the shapes", s.Marker)
	}
	return ""
}

// orColor returns s, with the colour c if it has none.
func (s Style) orColor(c color.Color) Style {
	s.Color = cmp.Or(s.Color, c)
	return s
}

// filled returns s with the theme's choices for its zero fields, and the colour c if
// it has none.
func (s Style) filled(c color.Color) Style {
	s = s.orColor(c)
	s.Width, s.Radius, s.Opacity = cmp.Or(s.Width, 1.5*px), cmp.Or(s.Radius, 2.6*px), cmp.Or(s.Opacity, 1)
	return s
}

// ink returns the colour of s with its opacity.
func (s Style) ink() color.Color { return fade(s.Color, s.Opacity) }

// fade returns c with its opacity multiplied by a.
func fade(c color.Color, a float64) color.Color {
	n := canvas.NRGBA(c)
	n.A = uint8(float64(n.A)*a + 0.5)
	return n
}

// Axes, ticks and labels are paler than the data.
var (
	titleText  = canvas.Text{Face: canvas.SansBold, Size: 13 * px, Color: Ink}
	headText   = canvas.Text{Face: canvas.SansBold, Size: 14.5 * px, Color: Ink} // over several panels
	labelText  = canvas.Text{Face: canvas.Sans, Size: 12.5 * px, Color: color.NRGBA{0x3C, 0x3C, 0x3C, 0xFF}}
	tickText   = canvas.Text{Face: canvas.Sans, Size: 11.5 * px, Color: color.NRGBA{0x55, 0x55, 0x55, 0xFF}}
	legendText = canvas.Text{Face: canvas.Sans, Size: 12 * px, Color: color.NRGBA{0x3C, 0x3C, 0x3C, 0xFF}}

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

// White is the colour of the page.
var White = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}

// naiveToNatural goes from Orange to Purple.
var naiveToNatural = gradient("#e66100", "#5d3a9b")

// StyleOf returns the style of a geometry: Naive, Natural, a colour between
// theirs for a power of Σ between 0 and 1, and grey for any other.
func StyleOf(g metric.Geometry) Style {
	switch s, ok := g.Exponent(); {
	case g == metric.Naive:
		return Naive
	case g == metric.Natural:
		return Natural
	case ok && s > 0 && s < 1:
		return Color(naiveToNatural(s))
	}
	return Color(Grey)
}
