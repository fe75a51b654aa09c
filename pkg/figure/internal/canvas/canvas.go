// Package canvas draws on the pages of package figure: as SVG, as PDF and as an
// image. It sets text with mathematical signs, as outlines, so that a page looks
// the same on every machine. The same calls give the same bytes.
package canvas

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/arg"
)

const check = arg.Checker("figure")

// Px is one CSS pixel, 1/96 inch. Lengths of package vg are points, 1/72 inch.
const Px vg.Length = 0.75

// A Pen holds colour, line width, dashes, and the map from the coordinates of the
// drawing to those of the page. It has the methods of vg.Canvas that change them.
type Pen struct {
	stroke
	stack []stroke
	w, h  vg.Length
}

type stroke struct {
	color  color.NRGBA
	width  vg.Length
	dashes []vg.Length
	offset vg.Length
	m      affine
}

// NewPen returns a pen for a page of width w and height h. At maps the coordinates of
// vg, points from the lower left corner, to units of the given length from the upper
// left corner.
func NewPen(w, h, unit vg.Length) Pen {
	k := 1 / float64(unit)
	return Pen{stroke: stroke{m: affine{a: k, d: -k, f: float64(h / unit)}}, w: w, h: h}
}

// Size implements vg.CanvasSizer.
func (p *Pen) Size() (w, h vg.Length) { return p.w, p.h }

// At returns where a point of the drawing is on the page.
func (p *Pen) At(q vg.Point) (x, y float64) { return p.m.point(q) }

// SetLineWidth implements vg.Canvas.
func (p *Pen) SetLineWidth(w vg.Length) { p.width = w }

// SetLineDash implements vg.Canvas.
func (p *Pen) SetLineDash(d []vg.Length, offset vg.Length) { p.dashes, p.offset = d, offset }

// SetColor implements vg.Canvas.
func (p *Pen) SetColor(c color.Color) { p.color = NRGBA(c) }

// Push implements vg.Canvas.
func (p *Pen) Push() { p.stack = append(p.stack, p.stroke) }

// Pop implements vg.Canvas.
func (p *Pen) Pop() {
	p.stroke = p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
}

// Translate implements vg.Canvas.
func (p *Pen) Translate(q vg.Point) { p.m = p.m.after(affine{1, 0, 0, 1, float64(q.X), float64(q.Y)}) }

// Scale implements vg.Canvas.
func (p *Pen) Scale(x, y float64) { p.m = p.m.after(affine{x, 0, 0, y, 0, 0}) }

// Rotate implements vg.Canvas.
func (p *Pen) Rotate(r float64) {
	sin, cos := math.Sincos(r)
	p.m = p.m.after(affine{cos, sin, -sin, cos, 0, 0})
}

// affine is the map x' = ax + cy + e, y' = bx + dy + f.
type affine struct{ a, b, c, d, e, f float64 }

func (m affine) point(p vg.Point) (x, y float64) {
	x, y = float64(p.X), float64(p.Y)
	return float64(m.a*x) + float64(m.c*y) + m.e, float64(m.b*x) + float64(m.d*y) + m.f
}

// after returns the map x ↦ m(n(x)).
func (m affine) after(n affine) affine {
	return affine{
		a: float64(m.a*n.a) + float64(m.c*n.b),
		b: float64(m.b*n.a) + float64(m.d*n.b),
		c: float64(m.a*n.c) + float64(m.c*n.d),
		d: float64(m.b*n.c) + float64(m.d*n.d),
		e: float64(m.a*n.e) + float64(m.c*n.f) + m.e,
		f: float64(m.b*n.e) + float64(m.d*n.f) + m.f,
	}
}

// length returns the length on the page of a unit of the drawing. The map must keep
// shapes.
func (m affine) length() float64 { return math.Hypot(m.a, m.b) }

// NRGBA returns c with its opacity kept apart. A nil colour is black.
func NRGBA(c color.Color) color.NRGBA {
	if c == nil {
		return color.NRGBA{A: 0xFF}
	}
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}

// Box returns the outline of a rectangle.
func Box(x0, y0, x1, y1 vg.Length) vg.Path {
	var p vg.Path
	p.Move(vg.Point{X: x0, Y: y0})
	p.Line(vg.Point{X: x1, Y: y0})
	p.Line(vg.Point{X: x1, Y: y1})
	p.Line(vg.Point{X: x0, Y: y1})
	p.Close()
	return p
}

// Line strokes the line from (x0, y0) to (x1, y1).
func Line(c vg.Canvas, x0, y0, x1, y1 vg.Length) {
	c.Stroke(vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: x0, Y: y0}}, {Type: vg.LineComp, Pos: vg.Point{X: x1, Y: y1}}})
}
