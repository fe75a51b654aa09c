package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Line draws y against x. An empty label keeps the series out of the legend. A
// long series costs no more than the eye can see: of points that share half a
// pixel of the x axis the first, last, lowest and highest are drawn.
func (p *Panel) Line(label string, x, y []float64, style ...Style) *Panel {
	if !p.series("Line", label, x, y) {
		return p
	}
	s := p.style(style)
	return p.add(&lineLayer{x: x, y: y, style: s}, entry{label, lineEntry, s})
}

// Func draws f between x = lo and hi, evaluated at 400 places.
func (p *Panel) Func(label string, f func(x float64) float64, lo, hi float64, style ...Style) *Panel {
	if !finite(lo) || !finite(hi) || lo >= hi {
		return p.fail("Func %q: from %v to %v; want finite ends in ascending order", label, lo, hi)
	}
	const n = 400
	x, y := make([]float64, n+1), make([]float64, n+1)
	ends := scale{lo, hi, p.log[0]}
	if p.log[0] && lo <= 0 {
		return p.fail("Func %q: from %v on a logarithmic axis; want a positive start", label, lo)
	}
	for i := range x {
		x[i] = ends.at(float64(i) / n)
		if y[i] = f(x[i]); !finite(y[i]) {
			return p.fail("Func %q: f(%v) is %v; want finite values", label, x[i], y[i])
		}
	}
	return p.Line(label, x, y, style...)
}

// Steps draws y as a staircase: y[i] holds from x[i] to x[i+1], so that x has
// one value more than y.
func (p *Panel) Steps(label string, x, y []float64, style ...Style) *Panel {
	if p.err != nil {
		return p
	}
	if len(y) == 0 || len(x) != len(y)+1 {
		return p.fail("Steps %q: %d edges for %d steps; want one edge more than steps", label, len(x), len(y))
	}
	if !p.finite("Steps", label, "x", x) || !p.finite("Steps", label, "y", y) {
		return p
	}
	sx, sy := make([]float64, 0, 2*len(y)), make([]float64, 0, 2*len(y))
	for i, v := range y {
		sx, sy = append(sx, x[i], x[i+1]), append(sy, v, v)
	}
	s := p.style(style)
	return p.add(&lineLayer{x: sx, y: sy, style: s}, entry{label, lineEntry, s})
}

// HLine draws a horizontal line across the panel at y.
func (p *Panel) HLine(label string, y float64, style ...Style) *Panel {
	return p.rule("HLine", label, y, 1, style)
}

// VLine draws a vertical line across the panel at x.
func (p *Panel) VLine(label string, x float64, style ...Style) *Panel {
	return p.rule("VLine", label, x, 0, style)
}

func (p *Panel) rule(what, label string, at float64, axis int, style []Style) *Panel {
	if !finite(at) {
		return p.fail("%s %q at %v; want a finite place", what, label, at)
	}
	s := Truth
	if len(style) > 0 {
		s = style[0]
	}
	s = s.filled(Ink)
	return p.add(&ruleLayer{at, axis, s}, entry{label, lineEntry, s})
}

// series checks what every layer of x and y needs.
func (p *Panel) series(what, label string, x, y []float64) bool {
	if p.err != nil {
		return false
	}
	switch {
	case len(x) != len(y):
		p.fail("%s %q: %d values of x and %d of y; want as many", what, label, len(x), len(y))
	case len(x) == 0:
		p.fail("%s %q: the series is empty", what, label)
	default:
		return p.finite(what, label, "x", x) && p.finite(what, label, "y", y)
	}
	return false
}

// finite checks that all of v is.
func (p *Panel) finite(what, label, name string, v []float64) bool {
	if p.err != nil {
		return false
	}
	for i, x := range v {
		if !finite(x) {
			p.fail("%s %q: %s[%d] is %v; want finite values", what, label, name, i, x)
			return false
		}
	}
	return true
}

type lineLayer struct {
	x, y  []float64
	style Style
}

func (l *lineLayer) bounds() bounds {
	return bounds{x: spanOf(l.x), y: spanOf(l.y), snugX0: l.style.Marker == 0, snugX1: l.style.Marker == 0}
}

func (l *lineLayer) draw(a *area) {
	stroke(a, l.style, polyline(a, l.x, l.y))
	if l.style.Marker != 0 {
		(&pointLayer{l.x, l.y, l.style}).draw(a)
	}
}

// stroke draws pts, clipped to the area.
func stroke(a *area, s Style, pts []vg.Point) {
	a.SetLineStyle(draw.LineStyle{Color: s.ink(), Width: s.Width, Dashes: s.Dashes})
	for _, seg := range a.clip(pts) {
		a.Stroke(pathOf(seg))
	}
}

// clip returns the parts of pts within the area, give or take a hair so that a
// line along the edge is kept.
func (a *area) clip(pts []vg.Point) [][]vg.Point {
	c := a.Canvas
	c.Min.X, c.Min.Y = c.Min.X-0.1, c.Min.Y-0.1
	c.Max.X, c.Max.Y = c.Max.X+0.1, c.Max.Y+0.1
	inside := true
	for _, p := range pts {
		if !c.Contains(p) {
			inside = false
			break
		}
	}
	if inside {
		return [][]vg.Point{pts}
	}
	return c.ClipLinesXY(pts)
}

func pathOf(pts []vg.Point) vg.Path {
	if len(pts) == 0 {
		return nil
	}
	p := make(vg.Path, 0, len(pts))
	p.Move(pts[0])
	for _, q := range pts[1:] {
		p.Line(q)
	}
	return p
}

// polyline maps the series to the area and drops what cannot be seen.
func polyline(a *area, x, y []float64) []vg.Point {
	var pts []vg.Point
	if len(x) > 4*int(a.Size().X/column) && ascending(x) {
		pts = columns(a, x, y)
	} else {
		for i := range x {
			pts = append(pts, a.point(x[i], y[i]))
		}
	}
	return simplify(pts, 0.03*px)
}

// column is the width of the columns of columns.
const column = 0.5 * px

// columns keeps, of the points in each column of half a pixel, the first, the
// lowest, the highest and the last (Jugel et al. 2014, M4). x ascends.
func columns(a *area, x, y []float64) []vg.Point {
	var pts []vg.Point
	for i := 0; i < len(x); {
		k := math.Floor(float64(a.px(x[i]) / column))
		lo, hi, j := i, i, i
		for ; j < len(x) && math.Floor(float64(a.px(x[j])/column)) == k; j++ {
			if y[j] < y[lo] {
				lo = j
			}
			if y[j] > y[hi] {
				hi = j
			}
		}
		last := -1
		for _, m := range [4]int{i, min(lo, hi), max(lo, hi), j - 1} {
			if m != last {
				pts = append(pts, a.point(x[m], y[m]))
				last = m
			}
		}
		i = j
	}
	return pts
}

func ascending(x []float64) bool {
	for i := 1; i < len(x); i++ {
		if x[i] < x[i-1] {
			return false
		}
	}
	return true
}

// simplify drops the points that lie within tol of the line drawn without them
// (Ramer, Douglas and Peucker).
func simplify(pts []vg.Point, tol vg.Length) []vg.Point {
	if len(pts) < 3 {
		return pts
	}
	keep := make([]bool, len(pts))
	keep[0], keep[len(pts)-1] = true, true
	type piece struct{ i, j int }
	todo := []piece{}
	// Work in blocks: the recursion is quadratic on noise.
	const blockLen = 256
	for i := 0; i < len(pts)-1; i += blockLen {
		j := min(i+blockLen, len(pts)-1)
		keep[j] = true
		todo = append(todo, piece{i, j})
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		far, at := tol, -1
		for k := s.i + 1; k < s.j; k++ {
			if d := distance(pts[k], pts[s.i], pts[s.j]); d > far {
				far, at = d, k
			}
		}
		if at >= 0 {
			keep[at] = true
			todo = append(todo, piece{s.i, at}, piece{at, s.j})
		}
	}
	out := pts[:0:0]
	for i, k := range keep {
		if k {
			out = append(out, pts[i])
		}
	}
	return out
}

// distance of p from the segment ab.
func distance(p, a, b vg.Point) vg.Length {
	d, e := b.Sub(a), p.Sub(a)
	t := vg.Length(0)
	if n := d.Dot(d); n > 0 {
		t = max(0, min(1, e.Dot(d)/n))
	}
	r := e.Sub(d.Scale(t))
	return vg.Length(math.Hypot(float64(r.X), float64(r.Y)))
}

type ruleLayer struct {
	at    float64
	axis  int
	style Style
}

func (l *ruleLayer) bounds() bounds {
	b := bounds{x: nowhere, y: nowhere}
	if l.axis == 0 {
		b.x = span{l.at, l.at}
	} else {
		b.y = span{l.at, l.at}
	}
	return b
}

func (l *ruleLayer) draw(a *area) {
	var pts []vg.Point
	if l.axis == 0 {
		pts = []vg.Point{{X: a.px(l.at), Y: a.Min.Y}, {X: a.px(l.at), Y: a.Max.Y}}
	} else {
		pts = []vg.Point{{X: a.Min.X, Y: a.py(l.at)}, {X: a.Max.X, Y: a.py(l.at)}}
	}
	stroke(a, l.style, pts)
}

// Band shades between lo and hi, which say how well a line over x is known. It
// has no entry of its own in the legend if the label is empty.
func (p *Panel) Band(label string, x, lo, hi []float64, style ...Style) *Panel {
	if !p.series("Band", label, x, lo) || !p.series("Band", label, x, hi) {
		return p
	}
	for i := range lo {
		if lo[i] > hi[i] {
			return p.fail("Band %q: lo[%d] = %v is above hi[%d] = %v", label, i, lo[i], i, hi[i])
		}
	}
	s := p.style(style)
	s.Opacity *= 0.22
	return p.add(&bandLayer{x, lo, hi, s.ink()}, entry{label, patchEntry, s})
}

type bandLayer struct {
	x, lo, hi []float64
	color     color.Color
}

func (l *bandLayer) bounds() bounds {
	return bounds{x: spanOf(l.x), y: spanOf(l.lo, l.hi), snugX0: true, snugX1: true}
}

func (l *bandLayer) draw(a *area) {
	upper, lower := polyline(a, l.x, l.hi), polyline(a, l.x, l.lo)
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	fillPolygon(a, l.color, upper)
}

// fillPolygon fills pts, clipped to the area.
func fillPolygon(a *area, c color.Color, pts []vg.Point) {
	pts = a.ClipPolygonXY(pts)
	if len(pts) < 3 {
		return
	}
	path := pathOf(pts)
	path.Close()
	a.SetColor(c)
	a.Fill(path)
}
