package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/arg"
)

const check = arg.Checker("figure")

// A Panel is one pair of axes and the layers drawn between them, in the order
// in which they were added. Its methods return the panel, so that calls can be
// chained. After the first argument that is not allowed, further layers are ignored,
// and every method that writes the picture returns the error. Data are copied.
type Panel struct {
	title, alt string
	axes       [2]axis // x, y

	items  []item
	colors int // how many of Cycle are used
	err    error

	equal  bool      // whether one unit of x is as long as one of y
	height vg.Length // of the plot area, 0 for the default
	place  placement
	bar    *colorBar
}

type placement uint8

const (
	legendAbove placement = iota
	legendRight
	legendNone
)

// An item is a layer with its style and its entry in the legend.
type item struct {
	layer layer
	style Style
	label string // empty: not in the legend
	kind  entryKind
}

// New returns an empty panel. Labels carry their units: "time (ms)". Any of the
// three may be empty.
func New(title, xlabel, ylabel string) *Panel {
	p := &Panel{title: title}
	for i, label := range [2]string{xlabel, ylabel} {
		p.axes[i] = axis{name: "xy"[i : i+1], label: label, fixed: nowhere, data: nowhere}
	}
	return p
}

// Figure returns a figure with p alone.
func (p *Panel) Figure() *Figure { return Grid(1, p) }

func (*Panel) drawing() {}

// SVG returns the panel alone as an SVG document.
func (p *Panel) SVG() ([]byte, error) { return p.Figure().SVG() }

// PNG returns the panel alone as an image, as (*Figure).PNG does.
func (p *Panel) PNG(scale float64) ([]byte, error) { return p.Figure().PNG(scale) }

// PDF returns the panel alone as a PDF document.
func (p *Panel) PDF() ([]byte, error) { return p.Figure().PDF() }

// Save writes the panel alone to path, as (*Figure).Save does.
func (p *Panel) Save(path string) error { return p.Figure().Save(path) }

// Err returns the first error met in building the panel, an *arg.Error.
func (p *Panel) Err() error {
	if p.err != nil {
		return p.err
	}
	for i := range p.axes {
		a := &p.axes[i]
		switch s := a.span(); {
		case a.log && !(s.lo > 0):
			return check.Errorf(fmt.Sprintf("panel %q: the %s axis", p.title, a.name), "is logarithmic and reaches down to %v; its values must be positive", s.lo)
		case a.log && p.equal:
			return check.Errorf(fmt.Sprintf("panel %q: the %s axis", p.title, a.name), "is logarithmic and has EqualUnits; want one or the other")
		}
	}
	for _, i := range p.items {
		if _, ok := i.layer.(*barLayer); ok && p.axes[1].log {
			return check.Errorf(fmt.Sprintf("Bars %q", i.label), "start from 0, which a logarithmic axis does not have")
		}
	}
	return nil
}

// fail keeps the first error, an *arg.Error with the given name and problem.
func (p *Panel) fail(name, problem string, values ...any) *Panel {
	if p.err == nil {
		p.err = check.Errorf(name, problem, values...)
	}
	return p
}

// XRange sets the range of the x axis.
func (p *Panel) XRange(lo, hi float64) *Panel { return p.limit(0, lo, hi) }

// YRange sets the range of the y axis.
func (p *Panel) YRange(lo, hi float64) *Panel { return p.limit(1, lo, hi) }

func (p *Panel) limit(i int, lo, hi float64) *Panel {
	a := &p.axes[i]
	if !finite(lo) || !finite(hi) || !(hi-lo >= minRange) {
		return p.fail(fmt.Sprintf("panel %q: the %s axis", p.title, a.name), "has the range [%v, %v]; want finite ends in ascending order, at least %v apart", lo, hi, minRange)
	}
	a.fixed = span{lo, hi}
	return p
}

// LogX makes the x axis logarithmic.
func (p *Panel) LogX() *Panel { p.axes[0].log = true; return p }

// LogY makes the y axis logarithmic.
func (p *Panel) LogY() *Panel { p.axes[1].log = true; return p }

// XTicks names the given places of the x axis instead of numbering it. No names at
// all leave the axis without ticks.
func (p *Panel) XTicks(at []float64, names []string) *Panel { return p.ticks(0, at, names) }

// YTicks names the given places of the y axis instead of numbering it.
func (p *Panel) YTicks(at []float64, names []string) *Panel { return p.ticks(1, at, names) }

func (p *Panel) ticks(i int, at []float64, names []string) *Panel {
	a := &p.axes[i]
	what := fmt.Sprintf("panel %q: the %s axis", p.title, a.name)
	if len(at) != len(names) || len(at) > maxTicks {
		return p.fail(what, "has %d ticks with %d names; want as many, and at most %d", len(at), len(names), maxTicks)
	}
	if k := arg.FirstNonFinite(at); k >= 0 {
		return p.fail(what, "has tick [%d] = %v, which is not finite", k, at[k])
	}
	a.named = make([]place, len(at))
	for k := range at {
		a.named[k] = place{at[k], names[k]}
	}
	return p
}

// EqualUnits draws one unit of x as long as one unit of y.
func (p *Panel) EqualUnits() *Panel { p.equal = true; return p }

// Height sets the height of the plot area in CSS pixels.
func (p *Panel) Height(height float64) *Panel {
	if !(height > 0 && height <= maxPixels) {
		return p.fail(fmt.Sprintf("panel %q: height", p.title), "= %v px is outside (0, %d]", height, maxPixels)
	}
	p.height = vg.Length(height) * px
	return p
}

// LegendRight places the legend on the right of the plot area instead of above it.
func (p *Panel) LegendRight() *Panel { p.place = legendRight; return p }

// NoLegend leaves the legend out.
func (p *Panel) NoLegend() *Panel { p.place = legendNone; return p }

// Alt sets the text for readers who do not see the panel. The default names its
// title, axes, ranges and series.
func (p *Panel) Alt(text string) *Panel { p.alt = text; return p }

// style returns the style of the next series: the given one, if any, with the next
// colour of the cycle if it has none.
func (p *Panel) style(what, label string, given []Style) Style {
	s := first(given)
	if problem := s.problem(); problem != "" {
		p.fail(of(what, label, "style"), "%s", problem)
	}
	if s.Color == nil {
		s.Color = Cycle[p.colors%len(Cycle)]
		p.colors++
	}
	return s.filled(s.Color)
}

// first returns the given style, if any.
func first(given []Style) Style {
	if len(given) > 0 {
		return given[0]
	}
	return Style{}
}

// add appends a layer in a style, which needs x and y of the axes. It has an entry
// in the legend if it has a label.
func (p *Panel) add(l layer, x, y extent, s Style, label string, kind entryKind) *Panel {
	if p.err != nil {
		return p
	}
	p.axes[0].include(x)
	p.axes[1].include(y)
	p.items = append(p.items, item{l, s, label, kind})
	return p
}

// of names a part of a layer in an error: `Line "naive": y`.
func of(what, label, part string) string { return fmt.Sprintf("%s %q: %s", what, label, part) }

// series reports whether x and y have the same length, at least one value, and no
// value that is not finite. Like the checks below, it keeps the error if not.
func (p *Panel) series(what, label string, x, y []float64) bool {
	if p.err != nil {
		return false
	}
	switch {
	case len(x) != len(y):
		p.fail(fmt.Sprintf("%s %q", what, label), "has %d values of x and %d of y; want as many", len(x), len(y))
	case len(x) == 0:
		p.fail(fmt.Sprintf("%s %q", what, label), "is an empty series")
	default:
		return p.finite(what, label, "x", x) && p.finite(what, label, "y", y)
	}
	return false
}

// finite reports whether all of v are finite.
func (p *Panel) finite(what, label, part string, v []float64) bool {
	if p.err != nil {
		return false
	}
	if i := arg.FirstNonFinite(v); i >= 0 {
		p.fail(of(what, label, fmt.Sprintf("%s[%d]", part, i)), "= %v is not finite", v[i])
		return false
	}
	return true
}

// few reports whether n marks may be drawn one by one.
func (p *Panel) few(what, label string, n int) bool {
	if p.err == nil && n > maxMarks {
		p.fail(fmt.Sprintf("%s %q", what, label), "has %d points; want at most %d, draw fewer of them", n, maxMarks)
	}
	return p.err == nil
}

// interval reports whether lo ≤ hi at every point.
func (p *Panel) interval(what, label string, x, lo, hi []float64) bool {
	if !p.series(what, label, x, lo) || !p.series(what, label, x, hi) {
		return false
	}
	for i := range lo {
		if lo[i] > hi[i] {
			p.fail(of(what, label, fmt.Sprintf("lo[%d]", i)), "= %v is above hi[%d] = %v", lo[i], i, hi[i])
			return false
		}
	}
	return true
}

// rectangle reports whether a region of the plane has finite corners in ascending
// order.
func (p *Panel) rectangle(what, label string, x0, x1, y0, y1 float64) bool {
	if p.err != nil {
		return false
	}
	for _, s := range [2]span{{x0, x1}, {y0, y1}} {
		if !finite(s.lo) || !finite(s.hi) || !(s.hi-s.lo >= minRange) || math.IsInf(s.hi-s.lo, 1) {
			p.fail(fmt.Sprintf("%s %q", what, label), "has the rectangle [%v, %v] × [%v, %v]; want finite ends in ascending order", x0, x1, y0, y1)
			return false
		}
	}
	return true
}

// Limits of what is drawn, which bound the time and the memory for a picture.
const (
	maxPixels  = 30_000     // width and height of a figure and a plot area
	maxBitmap  = 64_000_000 // pixels of an image
	maxMarks   = 200_000    // points of a layer that draws each
	maxTicks   = 1000       // named ticks of an axis
	maxBins    = 100_000    // of a histogram
	maxColumns = 100        // of a grid
	maxDepth   = 8          // grids within grids
)

func finite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }
