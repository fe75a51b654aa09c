package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/diag"
)

// Hist draws a histogram of the samples as a density, with area 1. diag.HistogramEdges
// chooses the bins.
func (p *Panel) Hist(label string, samples []float64, style ...Style) *Panel {
	if !p.samples("Hist", label, samples) {
		return p
	}
	edges, err := diag.HistogramEdges(samples)
	if err != nil {
		return p.fail(of("Hist", label, "samples"), "make no histogram: %v", err)
	}
	return p.HistEdges(label, samples, edges, style...)
}

// HistEdges is Hist with the given ascending edges of bins. Samples outside of them
// count towards the area but are not shown.
func (p *Panel) HistEdges(label string, samples, edges []float64, style ...Style) *Panel {
	if !p.samples("HistEdges", label, samples) || !p.finite("HistEdges", label, "edges", edges) {
		return p
	}
	if len(edges) < 2 || len(edges) > maxBins || !strictlyAscending(edges) {
		return p.fail(fmt.Sprintf("HistEdges %q", label), "has %d edges; want 2 to %d, ascending", len(edges), maxBins)
	}
	l := &histLayer{edges: slices.Clone(edges), density: make([]float64, len(edges)-1)}
	for _, v := range samples {
		i, exact := slices.BinarySearch(edges, v)
		if !exact || v == edges[len(edges)-1] {
			i--
		}
		if i >= 0 && i < len(l.density) {
			l.density[i]++
		}
	}
	for i := range l.density {
		l.density[i] /= float64(len(samples)) * (edges[i+1] - edges[i])
	}
	if !p.finite("HistEdges", label, "density", l.density) {
		return p
	}
	return p.addHist(l, p.style("HistEdges", label, style), label)
}

func (p *Panel) addHist(l *histLayer, s Style, label string) *Panel {
	return p.add(l, loose(spanOf(l.edges)), fromZero(l.density), s, label, patchEntry)
}

// fromZero returns the extent of values that are drawn from 0 up.
func fromZero(v []float64) extent { return extent{span{0, spanOf(v).hi}, true, false} }

func strictlyAscending(x []float64) bool {
	for i := 1; i < len(x); i++ {
		if x[i] <= x[i-1] {
			return false
		}
	}
	return true
}

func (p *Panel) samples(what, label string, v []float64) bool {
	if p.err == nil && len(v) == 0 {
		p.fail(fmt.Sprintf("%s %q", what, label), "has no samples")
	}
	return p.finite(what, label, "samples", v)
}

type histLayer struct {
	edges, density []float64
}

// swatch returns the style of the legend's patch, paler than the outline and darker
// than the fill.
func (l *histLayer) swatch(s Style) Style { s.Opacity *= 0.45; return s }

func (l *histLayer) draw(a *area, s Style) {
	n := len(l.density)
	pts := make([]vg.Point, 0, 2*n+2)
	base := max(a.py(math.Max(0, a.ys.lo)), a.Min.Y)
	pts = append(pts, vg.Point{X: a.px(l.edges[0]), Y: base})
	for i, d := range l.density {
		y := base
		if d > 0 || !a.ys.log {
			y = a.py(d)
		}
		pts = append(pts, vg.Point{X: a.px(l.edges[i]), Y: y}, vg.Point{X: a.px(l.edges[i+1]), Y: y})
	}
	pts = append(pts, vg.Point{X: a.px(l.edges[n]), Y: base})
	fillPolygon(a, fade(s.ink(), 0.28), pts)
	s.Width = min(s.Width, 1.1*px)
	stroke(a, s, pts)
}

// Density draws the kernel estimate of the samples' density by diag.KernelDensity.
func (p *Panel) Density(label string, samples []float64, style ...Style) *Panel {
	if !p.samples("Density", label, samples) {
		return p
	}
	x, y, err := diag.KernelDensity(samples, 256)
	if err != nil {
		return p.fail(of("Density", label, "samples"), "make no density: %v", err)
	}
	return p.add(&densityLayer{x, y}, tight(spanOf(x)), fromZero(y), p.style("Density", label, style), label, lineEntry)
}

type densityLayer struct{ x, y []float64 }

func (l *densityLayer) draw(a *area, s Style) {
	pts := polyline(a, l.x, l.y)
	base := a.py(0)
	under := append([]vg.Point{{X: pts[0].X, Y: base}}, pts...)
	under = append(under, vg.Point{X: pts[len(pts)-1].X, Y: base})
	fillPolygon(a, fade(s.ink(), 0.14), under)
	stroke(a, s, pts)
}
