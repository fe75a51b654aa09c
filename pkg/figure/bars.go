package figure

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
)

// Bars draws a bar from 0 to height[i] around x[i], width wide in units of x. The
// y axis cannot be logarithmic, because such an axis has no 0.
func (p *Panel) Bars(label string, x, height []float64, width float64, style ...Style) *Panel {
	if !p.series("Bars", label, x, height) || !p.few("Bars", label, len(x)) {
		return p
	}
	if !(width > 0) || !finite(width) {
		return p.fail(of("Bars", label, "width"), "= %v is not positive and finite", width)
	}
	across, up := tight(spanOf(x)), loose(spanOf(height).union(span{0, 0}))
	across.lo -= width * 0.7
	across.hi += width * 0.7
	up.tightLo, up.tightHi = up.lo == 0, up.hi == 0
	return p.add(&barLayer{slices.Clone(x), slices.Clone(height), width}, across, up, p.style("Bars", label, style), label, patchEntry)
}

type barLayer struct {
	x, height []float64
	width     float64
}

func (l *barLayer) draw(a *area, s Style) {
	base := min(max(a.py(0), a.Min.Y), a.Max.Y)
	for i, x := range l.x {
		x0, x1 := a.px(x-l.width/2), a.px(x+l.width/2)
		y := a.py(l.height[i])
		fillPolygon(a, s.ink(), []vg.Point{{X: x0, Y: base}, {X: x1, Y: base}, {X: x1, Y: y}, {X: x0, Y: y}})
	}
}

// BarChart shows one bar for each name and series, grouped by name. Of each
// series it uses Label, Y and Style.
func BarChart(title, ylabel string, names []string, series ...Series) *Panel {
	p := New(title, "", ylabel)
	if len(series) == 0 || len(names) == 0 {
		return p.fail(fmt.Sprintf("BarChart %q", title), "has %d names and %d series; want at least one of each", len(names), len(series))
	}
	p.XTicks(count(len(names)), names)
	width := 0.8 / float64(len(series))
	for k, c := range series {
		if len(c.Y) != len(names) {
			return p.fail(fmt.Sprintf("BarChart %q: series %q", title, c.Label), "has %d values for %d names", len(c.Y), len(names))
		}
		x := count(len(names))
		for i := range x {
			x[i] += (float64(k) - float64(len(series)-1)/2) * width
		}
		p.Bars(c.Label, x, c.Y, width*0.92, c.Style)
	}
	return p.XRange(-0.5, float64(len(names))-0.5)
}
