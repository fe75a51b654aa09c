package figure

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Points draws a marker at every (x, y). Many points are better seen through:
// above 500 the theme makes them smaller and translucent, unless the style says
// otherwise.
func (p *Panel) Points(label string, x, y []float64, style ...Style) *Panel {
	if !p.series("Points", label, x, y) {
		return p
	}
	var given Style
	if len(style) > 0 {
		given = style[0]
	}
	s := p.style(style)
	if crowd := float64(len(x)) / 500; crowd > 1 {
		if given.Radius == 0 {
			s.Radius = max(2.6*px/vg.Length(math.Sqrt(math.Sqrt(crowd))), 1.1*px)
		}
		if given.Opacity == 0 {
			s.Opacity = max(0.55/math.Sqrt(crowd), 0.12)
		}
	}
	return p.add(&pointLayer{x, y, s}, entry{label, pointEntry, s})
}

type pointLayer struct {
	x, y  []float64
	style Style
}

func (l *pointLayer) bounds() bounds { return bounds{x: spanOf(l.x), y: spanOf(l.y)} }

func (l *pointLayer) draw(a *area) {
	for i := range l.x {
		if q := a.point(l.x[i], l.y[i]); a.Contains(q) {
			marker(a, l.style, q)
		}
	}
}

// Intervals draws a vertical bar from lo to hi at every x: error bars.
func (p *Panel) Intervals(label string, x, lo, hi []float64, style ...Style) *Panel {
	if !p.series("Intervals", label, x, lo) || !p.series("Intervals", label, x, hi) {
		return p
	}
	for i := range lo {
		if lo[i] > hi[i] {
			return p.fail("Intervals %q: lo[%d] = %v is above hi[%d] = %v", label, i, lo[i], i, hi[i])
		}
	}
	s := p.style(style)
	return p.add(&intervalLayer{x, lo, hi, s}, entry{label, lineEntry, s})
}

type intervalLayer struct {
	x, lo, hi []float64
	style     Style
}

func (l *intervalLayer) bounds() bounds { return bounds{x: spanOf(l.x), y: spanOf(l.lo, l.hi)} }

func (l *intervalLayer) draw(a *area) {
	for i, x := range l.x {
		stroke(a, l.style, []vg.Point{a.point(x, l.lo[i]), a.point(x, l.hi[i])})
	}
}

// Text writes a short remark with its left end at (x, y).
func (p *Panel) Text(text string, x, y float64) *Panel {
	if !finite(x) || !finite(y) {
		return p.fail("Text %q at (%v, %v); want a finite place", text, x, y)
	}
	return p.add(&textLayer{text, x, y}, entry{})
}

type textLayer struct {
	text string
	x, y float64
}

func (l *textLayer) bounds() bounds {
	return bounds{x: span{l.x, l.x}, y: span{l.y, l.y}}
}

func (l *textLayer) draw(a *area) {
	at := a.point(l.x, l.y)
	if !a.Contains(at) {
		return
	}
	w := legendText.width(l.text) // stay within the area
	at.X = max(min(at.X, a.Max.X-w-2*px), a.Min.X+2*px)
	legendText.draw(a, l.text, at, leftMid)
}

// marker draws one marker of the style s at q.
func marker(c vg.Canvas, s Style, q vg.Point) {
	r := s.Radius
	var path vg.Path
	polygon := func(n int, start float64, r vg.Length) {
		for i := range n {
			sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(n))
			at := vg.Point{X: q.X + r*vg.Length(cos), Y: q.Y + r*vg.Length(sin)}
			if i == 0 {
				path.Move(at)
			} else {
				path.Line(at)
			}
		}
		path.Close()
	}
	c.SetColor(s.ink())
	switch s.Marker {
	case Ring, Dot, 0:
		path.Move(vg.Point{X: q.X + r, Y: q.Y})
		path.Arc(q, r, 0, 2*math.Pi)
		path.Close()
	case Square:
		polygon(4, math.Pi/4, 1.2*r)
	case Diamond:
		polygon(4, 0, 1.3*r)
	case Triangle:
		polygon(3, math.Pi/2, 1.3*r)
	case Cross:
		d := 0.9 * r
		(&draw.Canvas{Canvas: c}).SetLineStyle(draw.LineStyle{Color: s.ink(), Width: max(0.45*r, 0.8*px)})
		line(c, q.X-d, q.Y-d, q.X+d, q.Y+d)
		line(c, q.X-d, q.Y+d, q.X+d, q.Y-d)
		return
	}
	if s.Marker == Ring {
		(&draw.Canvas{Canvas: c}).SetLineStyle(draw.LineStyle{Color: s.ink(), Width: max(0.45*r, 0.8*px)})
		c.Stroke(path)
		return
	}
	c.Fill(path)
}
