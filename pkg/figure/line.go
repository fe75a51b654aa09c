package figure

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Line draws y against x. An empty label keeps the series out of the legend. A
// long series is thinned to what can be seen: of points that share half a pixel of
// the x axis the first, last, lowest and highest are drawn.
func (p *Panel) Line(label string, x, y []float64, style ...Style) *Panel {
	if !p.curve("Line", label, x, y) {
		return p
	}
	return p.line("Line", label, slices.Clone(x), slices.Clone(y), style)
}

// line adds a line. Markers at its points need a margin.
func (p *Panel) line(what, label string, x, y []float64, style []Style) *Panel {
	s := p.style(what, label, style)
	across := tight(spanOf(x))
	if s.Marker != 0 {
		across = loose(across.span)
	}
	return p.add(&lineLayer{x, y}, across, loose(spanOf(y)), s, label, lineEntry)
}

// Func draws f between x = lo and hi, evaluated at 401 places that are evenly spaced
// on the axis. Call LogX before Func, not after it.
func (p *Panel) Func(label string, f func(x float64) float64, lo, hi float64, style ...Style) *Panel {
	what := fmt.Sprintf("Func %q", label)
	if !finite(lo) || !finite(hi) || lo >= hi {
		return p.fail(what, "goes from %v to %v; want finite ends in ascending order", lo, hi)
	}
	const n = 400
	x, y := make([]float64, n+1), make([]float64, n+1)
	ends := scale{lo, hi, p.axes[0].log}
	if ends.log && lo <= 0 {
		return p.fail(what, "starts at %v on a logarithmic axis; want a positive start", lo)
	}
	for i := range x {
		x[i] = ends.at(float64(i) / n)
		if y[i] = f(x[i]); !finite(y[i]) {
			return p.fail(fmt.Sprintf("%s: f(%v)", what, x[i]), "= %v is not finite", y[i])
		}
	}
	return p.Line(label, x, y, style...)
}

// Steps draws y as a staircase: y[i] holds from x[i] to x[i+1], so that x has
// one value more than y.
func (p *Panel) Steps(label string, x, y []float64, style ...Style) *Panel {
	if len(y) == 0 || len(x) != len(y)+1 {
		return p.fail(fmt.Sprintf("Steps %q", label), "has %d edges for %d steps; want one edge more than steps", len(x), len(y))
	}
	sx, sy := make([]float64, 0, 2*len(y)), make([]float64, 0, 2*len(y))
	for i, v := range y {
		sx, sy = append(sx, x[i], x[i+1]), append(sy, v, v)
	}
	if !p.finite("Steps", label, "x", x) || !p.finite("Steps", label, "y", y) || !p.curve("Steps", label, sx, sy) {
		return p
	}
	return p.line("Steps", label, sx, sy, style)
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
		return p.fail(of(what, label, "place"), "= %v is not finite", at)
	}
	s := Truth
	if len(style) > 0 {
		s = style[0]
	}
	s = s.orColor(Ink)
	var bounds [2]extent
	bounds[axis], bounds[1-axis] = loose(span{at, at}), loose(nowhere)
	return p.add(drawFunc(func(a *area, s Style) {
		from, to := vg.Point{X: a.px(at), Y: a.Min.Y}, vg.Point{X: a.px(at), Y: a.Max.Y}
		if axis == 1 {
			from, to = vg.Point{X: a.Min.X, Y: a.py(at)}, vg.Point{X: a.Max.X, Y: a.py(at)}
		}
		stroke(a, s, []vg.Point{from, to})
	}), bounds[0], bounds[1], p.style(what, label, []Style{s}), label, lineEntry)
}

// Band shades the region between lo and hi, such as the uncertainty of a line
// over x. An empty label keeps it out of the legend.
func (p *Panel) Band(label string, x, lo, hi []float64, style ...Style) *Panel {
	if !p.interval("Band", label, x, lo, hi) || !p.curve("Band", label, x, lo) {
		return p
	}
	s := p.style("Band", label, style)
	s.Opacity *= 0.22
	return p.add(&bandLayer{slices.Clone(x), slices.Clone(lo), slices.Clone(hi)}, tight(spanOf(x)), loose(spanOf(lo, hi)), s, label, patchEntry)
}

// curve reports whether a line can be drawn through a series, and keeps the error
// if not. A series whose x ascends may be of any length.
func (p *Panel) curve(what, label string, x, y []float64) bool {
	return p.series(what, label, x, y) && (slices.IsSorted(x) || p.few(what, label, len(x)))
}

type lineLayer struct{ x, y []float64 }

func (l *lineLayer) draw(a *area, s Style) {
	stroke(a, s, polyline(a, l.x, l.y))
	if s.Marker != 0 {
		(&pointLayer{l.x, l.y}).draw(a, s)
	}
}

// stroke draws pts, clipped to the area.
func stroke(a *area, s Style, pts []vg.Point) {
	a.SetLineStyle(draw.LineStyle{Color: s.ink(), Width: s.Width, Dashes: s.Dashes})
	for _, seg := range a.clip(pts) {
		a.Stroke(pathOf(seg))
	}
}

// clip returns the parts of pts within the area. A line along the edge is within:
// the area is taken to be 0.1 pt larger on each side.
func (a *area) clip(pts []vg.Point) [][]vg.Point {
	c := a.Canvas
	c.Min.X, c.Min.Y = c.Min.X-0.1, c.Min.Y-0.1
	c.Max.X, c.Max.Y = c.Max.X+0.1, c.Max.Y+0.1
	if !slices.ContainsFunc(pts, func(p vg.Point) bool { return !c.Contains(p) }) {
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
	if len(x) > 4*int(a.Size().X/column) && slices.IsSorted(x) {
		pts = columns(a, x, y)
	} else {
		pts = make([]vg.Point, len(x))
		for i := range x {
			pts[i] = a.point(x[i], y[i])
		}
	}
	return simplify(pts, 0.03*px)
}

// column is the width of the columns into which columns divides the area.
const column = 0.5 * px

// columns returns the first, lowest, highest and last of the points in each column
// (Jugel et al. 2014, M4), and the nearest point on either side of the area. x
// must ascend.
func columns(a *area, x, y []float64) []vg.Point {
	from, _ := slices.BinarySearch(x, a.xs.lo)
	to, _ := slices.BinarySearch(x, math.Nextafter(a.xs.hi, math.Inf(1)))
	from, to = max(from-1, 0), min(to+1, len(x))
	x, y = x[from:to], y[from:to]
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

// distance returns the distance of p from the segment ab.
func distance(p, a, b vg.Point) vg.Length {
	d, e := b.Sub(a), p.Sub(a)
	t := vg.Length(0)
	if n := d.Dot(d); n > 0 {
		t = max(0, min(1, e.Dot(d)/n))
	}
	r := e.Sub(d.Scale(t))
	return vg.Length(math.Hypot(float64(r.X), float64(r.Y)))
}

type bandLayer struct{ x, lo, hi []float64 }

func (l *bandLayer) draw(a *area, s Style) {
	upper, lower := polyline(a, l.x, l.hi), polyline(a, l.x, l.lo)
	slices.Reverse(lower)
	fillPolygon(a, s.ink(), append(upper, lower...))
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
