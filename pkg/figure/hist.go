package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/vg"
)

// Hist draws a histogram of the samples as a density: its area is 1. The bins
// are as wide as Freedman and Diaconis (1981) say, 2·IQR·n^(−1/3), between 10
// and 80 of them.
func (p *Panel) Hist(label string, samples []float64, style ...Style) *Panel {
	if !p.samples("Hist", label, samples) {
		return p
	}
	return p.HistEdges(label, samples, Edges(samples), style...)
}

// HistEdges is Hist with the given ascending edges of bins. Samples outside
// count towards the area but are not shown.
func (p *Panel) HistEdges(label string, samples, edges []float64, style ...Style) *Panel {
	if !p.samples("HistEdges", label, samples) || !p.finite("HistEdges", label, "edges", edges) {
		return p
	}
	if len(edges) < 2 || len(edges) > mostBins || !strictlyAscending(edges) {
		return p.fail(fmt.Sprintf("HistEdges %q", label), "has %d edges; want 2 to %d, ascending", len(edges), mostBins)
	}
	l := &histLayer{edges: clone(edges), density: make([]float64, len(edges)-1)}
	for _, v := range samples {
		i, exact := slices.BinarySearch(edges, v)
		if !exact {
			i--
		}
		if v == edges[len(edges)-1] {
			i = len(edges) - 2
		}
		if i >= 0 && i < len(l.density) {
			l.density[i] += 1 / (float64(len(samples)) * (edges[i+1] - edges[i]))
		}
	}
	return p.add(l, p.style("HistEdges", label, style), label, patchEntry)
}

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
	if !p.finite(what, label, "samples", v) {
		return false
	}
	s := spanOf(v)
	if d := s.hi - s.lo; d != 0 && !(d >= 1e-290 && d <= 1e290 && d > 1e-12*max(math.Abs(s.lo), math.Abs(s.hi))) || math.Abs(s.lo) > 1e290 {
		p.fail(of(what, label, "samples"), "lie in [%v, %v], too close together or too far apart for a histogram", s.lo, s.hi)
	}
	return p.err == nil
}

// Edges returns the edges of equal bins over the samples, by the rule of Hist.
// Samples that are all equal get one bin of unit width.
func Edges(samples []float64) []float64 {
	s := slices.Sorted(slices.Values(samples))
	lo, hi := s[0], s[len(s)-1]
	if lo == hi {
		return []float64{lo - 0.5, lo + 0.5}
	}
	iqr := stat.Quantile(0.75, stat.Empirical, s, nil) - stat.Quantile(0.25, stat.Empirical, s, nil)
	n := 80.0
	if width := 2 * iqr / math.Cbrt(float64(len(s))); width > 0 {
		n = math.Min(math.Max(math.Ceil((hi-lo)/width), 10), 80)
	}
	edges := make([]float64, int(n)+1)
	for i := range edges {
		edges[i] = lo + (hi-lo)*float64(i)/n
	}
	edges[len(edges)-1] = hi
	return edges
}

type histLayer struct {
	edges, density []float64
}

func (l *histLayer) bounds() bounds {
	y := spanOf(l.density)
	y.lo = 0
	return bounds{x: spanOf(l.edges), y: y, snugY0: true}
}

// swatch is paler than the outline and darker than the fill.
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

// Density draws a kernel estimate of the samples' density: a Gaussian kernel of
// Silverman's width, 0.9·min(sd, IQR/1.34)·n^(−1/5).
func (p *Panel) Density(label string, samples []float64, style ...Style) *Panel {
	if !p.samples("Density", label, samples) {
		return p
	}
	x, y := kernelDensity(samples)
	return p.add(&densityLayer{lineLayer{x: x, y: y}}, p.style("Density", label, style), label, lineEntry)
}

type densityLayer struct{ lineLayer }

func (l *densityLayer) bounds() bounds {
	b := l.lineLayer.bounds()
	b.y.lo, b.snugY0 = 0, true
	return b
}

func (l *densityLayer) draw(a *area, s Style) {
	pts := polyline(a, l.x, l.y)
	base := a.py(0)
	under := append([]vg.Point{{X: pts[0].X, Y: base}}, pts...)
	under = append(under, vg.Point{X: pts[len(pts)-1].X, Y: base})
	fillPolygon(a, fade(s.ink(), 0.14), under)
	stroke(a, s, pts)
}

// kernelDensity estimates the density on a grid that reaches three bandwidths
// beyond the samples. Samples are first shared between the two nearest of 2048
// places, so that the cost does not grow with their number.
func kernelDensity(samples []float64) (x, y []float64) {
	s := slices.Sorted(slices.Values(samples))
	n := float64(len(s))
	sd := 0.0
	if len(s) > 1 {
		sd = stat.StdDev(s, nil)
	}
	iqr := stat.Quantile(0.75, stat.Empirical, s, nil) - stat.Quantile(0.25, stat.Empirical, s, nil)
	width := sd
	if w := iqr / 1.34; w > 0 && w < width {
		width = w
	}
	h := 0.9 * width * math.Pow(n, -0.2)
	if h == 0 {
		h = 0.1 * math.Max(math.Abs(s[0]), 1) // a point mass, shown as a narrow bump
	}
	const places, shown = 2048, 256
	lo, hi := s[0]-3*h, s[len(s)-1]+3*h
	step := (hi - lo) / (places - 1)
	mass := make([]float64, places)
	for _, v := range s {
		f := (v - lo) / step
		i := min(int(f), places-2)
		t := f - float64(i)
		mass[i] += (1 - t) / n
		mass[i+1] += t / n
	}
	x, y = make([]float64, shown), make([]float64, shown)
	reach := int(math.Ceil(5*h/step)) + 1
	for k := range x {
		x[k] = lo + (hi-lo)*float64(k)/(shown-1)
		mid := int((x[k] - lo) / step)
		for i := max(0, mid-reach); i <= min(places-1, mid+reach); i++ {
			if mass[i] > 0 {
				z := (x[k] - lo - float64(i)*step) / h
				y[k] += mass[i] * math.Exp(-z*z/2)
			}
		}
		y[k] /= h * math.Sqrt(2*math.Pi)
	}
	return x, y
}
