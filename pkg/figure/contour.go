package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// regions are the probability masses within the contours of Contour.
var regions = [...]float64{0.2, 0.4, 0.6, 0.8, 0.95, 0.99}

// Contour shades a density on the rectangle [x0, x1] × [y0, y1]. logProb gives
// its logarithm up to a constant at a point (x, y), as LogProb of a
// two-dimensional density does; the slice is reused between calls. The contours are
// the boundaries of the regions of highest density that hold 20, 40, 60, 80, 95
// and 99 % of the mass within the rectangle.
func (p *Panel) Contour(logProb func(x []float64) float64, x0, x1, y0, y1 float64) *Panel {
	if !p.rectangle("Contour", "", x0, x1, y0, y1) {
		return p
	}
	const n = 201
	g := field{n: n, x: scale{lo: x0, hi: x1}, y: scale{lo: y0, hi: y1}, v: make([]float64, n*n)}
	top := math.Inf(-1)
	var at [2]float64
	for j := range n {
		for i := range n {
			at = [2]float64{g.x.at(float64(i) / (n - 1)), g.y.at(float64(j) / (n - 1))}
			v := logProb(at[:])
			if math.IsNaN(v) || math.IsInf(v, 1) {
				return p.fail(fmt.Sprintf("Contour: the log density at (%v, %v)", at[0], at[1]), "= %v; want a number or −Inf", v)
			}
			g.v[j*n+i] = v
			top = max(top, v)
		}
	}
	if math.IsInf(top, -1) {
		return p.fail("Contour: the density", "is 0 on all of [%v, %v] × [%v, %v]", x0, x1, y0, y1)
	}
	for k, v := range g.v {
		g.v[k] = max(v-top, -700) // finite, for the interpolation
	}
	return p.add(&contourLayer{g, g.regions(regions[:])}, tight(span{x0, x1}), tight(span{y0, y1}), Style{}, "", 0)
}

// A field is a function on an n×n grid over a rectangle.
type field struct {
	n    int
	x, y scale
	v    []float64
}

// regions returns the levels of the log density whose superlevel sets hold the
// given ascending fractions of the mass on the grid, ascending: outermost first.
func (g *field) regions(fractions []float64) []float64 {
	s := slices.Clone(g.v)
	slices.Sort(s)
	slices.Reverse(s)
	var total float64
	for _, v := range s {
		total += math.Exp(v)
	}
	levels := make([]float64, 0, len(fractions))
	var mass float64
	for _, v := range s {
		mass += math.Exp(v)
		for len(fractions) > 0 && mass >= fractions[0]*total {
			levels, fractions = append(levels, v), fractions[1:]
		}
	}
	slices.Sort(levels)
	return slices.Compact(levels)
}

type contourLayer struct {
	field
	levels []float64
}

func (l *contourLayer) draw(a *area, _ Style) {
	for i, level := range l.levels {
		var fill vg.Path
		for _, ring := range l.isolines(level, true) {
			pts := a.ClipPolygonXY(simplify(l.place(a, ring), 0.05*px))
			if len(pts) < 3 {
				continue
			}
			fill = append(fill, pathOf(pts)...)
			fill.Close()
		}
		a.SetColor(contourShade(i, len(l.levels)))
		if len(fill) > 0 {
			a.Fill(fill)
		}
	}
	a.SetLineStyle(draw.LineStyle{Color: fade(Mist(0.75), 0.55), Width: 0.6 * px})
	for _, level := range l.levels {
		for _, curve := range l.isolines(level, false) {
			for _, seg := range a.clip(simplify(l.place(a, curve), 0.05*px)) {
				a.Stroke(pathOf(seg))
			}
		}
	}
}

// contourShade returns the colour of region i of n. It is light, so that a path can
// be seen on it.
func contourShade(i, n int) color.Color { return Mist(0.07 + 0.38*float64(i)/float64(max(n-1, 1))) }

// place maps points from grid units to the area.
func (g *field) place(a *area, pts [][2]float64) []vg.Point {
	out := make([]vg.Point, len(pts))
	for i, p := range pts {
		out[i] = a.point(g.x.at(p[0]/float64(g.n-1)), g.y.at(p[1]/float64(g.n-1)))
	}
	return out
}

// The sides of a square of the grid.
const (
	south = iota
	east
	north
	west
)

// crossings are the sides by which a curve enters a square and leaves it. The index
// has a bit for each corner that is above the level, counterclockwise from the
// lower left.
var crossings = [16][][2]int{
	1: {{south, west}}, 2: {{east, south}}, 3: {{east, west}}, 4: {{north, east}}, 5: {{south, west}, {north, east}},
	6: {{north, south}}, 7: {{north, west}}, 8: {{west, north}}, 9: {{south, north}}, 10: {{east, south}, {west, north}},
	11: {{east, north}}, 12: {{west, east}}, 13: {{south, east}}, 14: {{west, south}},
}

// joined are the crossings of a saddle whose middle, the mean of its corners, is
// above the level.
var joined = [16][][2]int{5: {{south, east}, {north, west}}, 10: {{west, south}, {east, north}}}

// isolines returns the curves where the field crosses the level, in grid units, by
// marching squares with linear interpolation. Higher values are on the left of a
// curve. If closed, the field is taken to be −∞ just outside the grid, so that each
// curve is closed and surrounds values above the level, or a hole among them.
func (g *field) isolines(level float64, closed bool) [][][2]float64 {
	at := func(i, j int) float64 {
		if i < 0 || j < 0 || i >= g.n || j >= g.n {
			return math.Inf(-1)
		}
		return g.v[j*g.n+i]
	}
	first, last := 0, g.n-1
	if closed {
		first, last = -1, g.n
	}
	// An edge of the grid is named by its lower left node and its direction.
	type edge struct{ i, j, vertical int }
	cross := func(e edge) [2]float64 {
		i, j := e.i, e.j
		u, v := at(i, j), at(i+1-e.vertical, j+e.vertical)
		t := (level - u) / (v - u)
		switch {
		case math.IsInf(u, -1):
			t = 1
		case math.IsInf(v, -1):
			t = 0
		}
		if e.vertical == 1 {
			return [2]float64{float64(i), float64(j) + t}
		}
		return [2]float64{float64(i) + t, float64(j)}
	}
	next := make(map[edge]edge)
	enters := make(map[edge]bool)
	var order []edge
	for j := first; j < last; j++ {
		for i := first; i < last; i++ {
			var k int
			for b, v := range [4]float64{at(i, j), at(i+1, j), at(i+1, j+1), at(i, j+1)} {
				if v >= level {
					k |= 1 << b
				}
			}
			ways := crossings[k]
			if middle := (at(i, j) + at(i+1, j) + at(i+1, j+1) + at(i, j+1)) / 4; middle >= level && joined[k] != nil {
				ways = joined[k]
			}
			sides := [4]edge{south: {i, j, 0}, east: {i + 1, j, 1}, north: {i, j + 1, 0}, west: {i, j, 1}}
			for _, way := range ways {
				from, to := sides[way[0]], sides[way[1]]
				next[from] = to
				enters[to] = true
				order = append(order, from)
			}
		}
	}
	var curves [][][2]float64
	follow := func(start edge) {
		var c [][2]float64
		for e, ok := start, true; ok; {
			c = append(c, cross(e))
			var to edge
			if to, ok = next[e]; ok {
				delete(next, e)
				e = to
			}
		}
		curves = append(curves, c)
	}
	for _, e := range order { // open curves from their beginning
		if _, ok := next[e]; ok && !enters[e] {
			follow(e)
		}
	}
	for _, e := range order {
		if _, ok := next[e]; ok {
			follow(e)
		}
	}
	return curves
}

// Path draws the path of a sampler through the plane: a thin line, with a ring where
// it starts and a dot where it ends.
func (p *Panel) Path(label string, x, y []float64, style ...Style) *Panel {
	if !p.series("Path", label, x, y) || !p.few("Path", label, len(x)) {
		return p
	}
	s := p.style("Path", label, style)
	s.Width = cmp.Or(first(style).Width, 1.1*px)
	x, y = slices.Clone(x), slices.Clone(y)
	return p.add(drawFunc(func(a *area, s Style) { drawPath(a, s, x, y) }), loose(spanOf(x)), loose(spanOf(y)), s, label, lineEntry)
}

func drawPath(a *area, s Style, x, y []float64) {
	pts := make([]vg.Point, 0, len(x))
	for i := range x {
		q := a.point(x[i], y[i])
		if n := len(pts); n > 0 && i < len(x)-1 && math.Hypot(float64(q.X-pts[n-1].X), float64(q.Y-pts[n-1].Y)) < float64(0.3*px) {
			continue
		}
		pts = append(pts, q)
	}
	line, halo := s, s
	line.Opacity *= 0.85
	stroke(a, line, simplify(pts, 0.05*px))
	s.Radius = 3.4 * px
	halo.Color, halo.Radius, halo.Opacity = White, s.Radius+1.2*px, 1
	end := func(q vg.Point, shape Marker) {
		if a.Contains(q) {
			marker(a, halo, q)
			s.Marker = shape
			marker(a, s, q)
		}
	}
	end(pts[0], Ring)
	if len(pts) > 1 {
		end(pts[len(pts)-1], Dot)
	}
}
