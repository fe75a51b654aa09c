package figure

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
)

// Points draws a marker at every (x, y). The theme makes markers smaller and
// translucent if there are more than 500, unless the style sets them. More than
// 20,000 are drawn as dots in one image.
func (p *Panel) Points(label string, x, y []float64, style ...Style) *Panel {
	if !p.series("Points", label, x, y) {
		return p
	}
	given, s := first(style), p.style("Points", label, style)
	if crowd := float64(len(x)) / 500; crowd > 1 {
		if given.Radius == 0 {
			s.Radius = max(2.6*px/vg.Length(math.Sqrt(math.Sqrt(crowd))), 1.1*px)
		}
		if given.Opacity == 0 {
			s.Opacity = max(0.55/math.Sqrt(crowd), 0.12)
		}
	}
	return p.add(&pointLayer{slices.Clone(x), slices.Clone(y)}, loose(spanOf(x)), loose(spanOf(y)), s, label, pointEntry)
}

type pointLayer struct{ x, y []float64 }

func (l *pointLayer) draw(a *area, s Style) {
	if len(l.x) > crowded {
		l.drawCrowd(a, s)
		return
	}
	for i := range l.x {
		if q := a.point(l.x[i], l.y[i]); a.Contains(q) {
			marker(a, s, q)
		}
	}
}

// crowded is the number of marks beyond which a layer does not draw each of them.
const crowded = 20_000

// drawCrowd draws the points as one image. A pixel is as opaque as the dots that
// would lie over each other there.
func (l *pointLayer) drawCrowd(a *area, s Style) {
	size := a.Size()
	cell := max(0.5*px, size.X/2000, size.Y/2000)
	cols, rows := int(size.X/cell)+1, int(size.Y/cell)+1
	type offset struct{ x, y int }
	var disc []offset
	r := min(float64(s.Radius/cell), 100)
	for y := -int(r); y <= int(r); y++ {
		for x := -int(r); x <= int(r); x++ {
			if float64(x*x+y*y) <= r*r {
				disc = append(disc, offset{x, y})
			}
		}
	}
	counts := make([]uint32, cols*rows)
	for i := range l.x {
		q := a.point(l.x[i], l.y[i])
		if !a.Contains(q) {
			continue
		}
		x, y := int((q.X-a.Min.X)/cell), int((a.Max.Y-q.Y)/cell)
		for _, d := range disc {
			if u, v := x+d.x, y+d.y; u >= 0 && u < cols && v >= 0 && v < rows {
				counts[v*cols+u]++
			}
		}
	}
	ink := canvas.NRGBA(s.ink())
	through := math.Log1p(-float64(ink.A) / 255.5)
	img := image.NewNRGBA(image.Rect(0, 0, cols, rows))
	for i, n := range counts {
		if n > 0 {
			c := color.NRGBA{ink.R, ink.G, ink.B, uint8(-255*math.Expm1(float64(n)*through) + 0.5)}
			img.SetNRGBA(i%cols, i/cols, c)
		}
	}
	w, h := cell*vg.Length(cols), cell*vg.Length(rows)
	a.DrawImage(vg.Rectangle{Min: vg.Point{X: a.Min.X, Y: a.Max.Y - h}, Max: vg.Point{X: a.Min.X + w, Y: a.Max.Y}}, img)
}

// Intervals draws a vertical bar from lo to hi at every x: error bars.
func (p *Panel) Intervals(label string, x, lo, hi []float64, style ...Style) *Panel {
	if !p.interval("Intervals", label, x, lo, hi) || !p.few("Intervals", label, len(x)) {
		return p
	}
	x, lo, hi = slices.Clone(x), slices.Clone(lo), slices.Clone(hi)
	return p.add(drawFunc(func(a *area, s Style) {
		for i, x := range x {
			stroke(a, s, []vg.Point{a.point(x, lo[i]), a.point(x, hi[i])})
		}
	}), loose(spanOf(x)), loose(spanOf(lo, hi)), p.style("Intervals", label, style), label, lineEntry)
}

// Missing marks each x at which a series has no value, such as the estimate of a
// silent network, by a cross at the foot of the panel. The style may have another
// marker.
func (p *Panel) Missing(label string, x []float64, style ...Style) *Panel {
	if !p.series("Missing", label, x, x) || !p.few("Missing", label, len(x)) {
		return p
	}
	s := p.style("Missing", label, style)
	s.Marker = cmp.Or(s.Marker, Cross)
	x = slices.Clone(x)
	return p.add(drawFunc(func(a *area, s Style) {
		for _, x := range x {
			if q := (vg.Point{X: a.px(x), Y: a.Min.Y + 1.5*s.Radius}); a.Contains(q) {
				marker(a, s, q)
			}
		}
	}), loose(spanOf(x)), loose(nowhere), s, label, pointEntry)
}

// Text writes a short text with its left end at (x, y), or further left if it would
// leave the plot area.
func (p *Panel) Text(text string, x, y float64) *Panel {
	if !finite(x) || !finite(y) {
		return p.fail(fmt.Sprintf("Text %q", text), "is at (%v, %v); want a finite place", x, y)
	}
	return p.add(drawFunc(func(a *area, _ Style) {
		if at := a.point(x, y); a.Contains(at) {
			// The text is moved so that all of it is in the area.
			at.X = max(min(at.X, a.Max.X-legendText.Width(text)-2*px), a.Min.X+2*px)
			legendText.Draw(a, text, at, canvas.LeftMid)
		}
	}), loose(span{x, x}), loose(span{y, y}), Style{}, "", 0)
}

// marker draws one marker of the style s at q.
func marker(c vg.Canvas, s Style, q vg.Point) {
	r := s.Radius
	var path vg.Path
	polygon := func(n int, start float64, r vg.Length) {
		corners := make([]vg.Point, n)
		for i := range corners {
			sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(n))
			corners[i] = vg.Point{X: q.X + r*vg.Length(cos), Y: q.Y + r*vg.Length(sin)}
		}
		path = pathOf(corners)
		path.Close()
	}
	c.SetColor(s.ink())
	switch s.Marker {
	case Square:
		polygon(4, math.Pi/4, 1.2*r)
	case Diamond:
		polygon(4, 0, 1.3*r)
	case Triangle:
		polygon(3, math.Pi/2, 1.3*r)
	case Cross:
		d := 0.9 * r
		(&draw.Canvas{Canvas: c}).SetLineStyle(draw.LineStyle{Color: s.ink(), Width: max(0.45*r, 0.8*px)})
		canvas.Line(c, q.X-d, q.Y-d, q.X+d, q.Y+d)
		canvas.Line(c, q.X-d, q.Y+d, q.X+d, q.Y-d)
		return
	default: // a dot or a ring
		path.Move(vg.Point{X: q.X + r, Y: q.Y})
		path.Arc(q, r, 0, 2*math.Pi)
		path.Close()
	}
	if s.Marker == Ring {
		(&draw.Canvas{Canvas: c}).SetLineStyle(draw.LineStyle{Color: s.ink(), Width: max(0.45*r, 0.8*px)})
		c.Stroke(path)
		return
	}
	c.Fill(path)
}
