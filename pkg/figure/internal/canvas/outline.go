package canvas

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Every format draws text as the outlines of its letters. A page then looks the
// same whatever fonts the reader's machine has, at any size and angle, and can have
// letters that fpdf, which writes Latin-1, does not.

// A placed letter stands at x, in font units, on the line.
type placed struct {
	glyph sfnt.GlyphIndex
	x     fixed.Int26_6
}

// letters sets text on a line, with kerning. The error names the first letter
// that the font lacks.
func letters(f font.Face, text string) (line []placed, err error) {
	var (
		buf   sfnt.Buffer
		units = fixed.Int26_6(f.Face.UnitsPerEm())
		pen   fixed.Int26_6
	)
	for i, r := range []rune(text) {
		g, e := f.Face.GlyphIndex(&buf, r)
		if (e != nil || g == 0) && err == nil {
			err = check.Errorf("text", "%q has the letter %q (%U), for which the font has no glyph", text, r, r)
		}
		if i > 0 {
			if k, e := f.Face.Kern(&buf, line[i-1].glyph, g, units, 0); e == nil {
				pen += k
			}
		}
		line = append(line, placed{g, pen})
		if adv, e := f.Face.GlyphAdvance(&buf, g, units, 0); e == nil {
			pen += adv
		}
	}
	return line, err
}

// outline returns the outline of a glyph, in font units, y downwards.
func outline(f font.Face, g sfnt.GlyphIndex) sfnt.Segments {
	segments, err := f.Face.LoadGlyph(nil, g, fixed.Int26_6(f.Face.UnitsPerEm()), nil)
	if err != nil {
		return nil // a test loads every glyph of the built-in fonts
	}
	return segments
}

// Outlined is a canvas that draws text on another canvas by filling outlines.
type Outlined struct {
	vg.Canvas
	Err error // about the first letter without a glyph
}

// FillString implements vg.Canvas.
func (o *Outlined) FillString(f font.Face, at vg.Point, text string) {
	line, err := letters(f, text)
	if o.Err == nil {
		o.Err = err
	}
	unit := f.Font.Size / vg.Length(f.Face.UnitsPerEm())
	var path vg.Path
	for _, l := range line {
		point := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: at.X + vg.Length(l.x+p.X)*unit, Y: at.Y - vg.Length(p.Y)*unit}
		}
		for i, s := range outline(f, l.glyph) {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if i > 0 {
					path.Close()
				}
				path.Move(point(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(point(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(point(s.Args[0]), point(s.Args[1]))
			}
		}
		if len(path) > 0 && path[len(path)-1].Type != vg.CloseComp {
			path.Close()
		}
	}
	if len(path) > 0 {
		o.Fill(path)
	}
}

// longStroke is the number of points from which a line is stroked in pieces of
// that many. The rasteriser keeps the edges of a row of pixels in a list that
// it searches from the start: a noisy trace of 10⁴ points would take minutes.
const longStroke = 48

// Stroke implements vg.Canvas.
func (o *Outlined) Stroke(p vg.Path) {
	if len(p) < 20*longStroke {
		o.Canvas.Stroke(p)
		return
	}
	p = slices.Clone(p)
	for len(p) > 1 {
		n := min(len(p), longStroke)
		for n < len(p) && p[n-1].Type != vg.LineComp {
			n++ // to a line, after which the next piece can begin
		}
		o.Canvas.Stroke(p[:n])
		if n == len(p) {
			return
		}
		p[n-1].Type = vg.MoveComp
		p = p[n-1:]
	}
}

// svgOutline returns a glyph as path data, in whole font units, y downwards.
func svgOutline(f font.Face, g sfnt.GlyphIndex) string {
	var b strings.Builder
	var x, y fixed.Int26_6
	pair := func(p fixed.Point26_6, sep bool) {
		if sep && p.X-x >= 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, int(p.X-x))
		if p.Y-y >= 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, int(p.Y-y))
	}
	for i, s := range outline(f, g) {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				b.WriteByte('z')
			}
			x, y = 0, 0
			b.WriteByte('M')
			pair(s.Args[0], false)
			x, y = s.Args[0].X, s.Args[0].Y
		case sfnt.SegmentOpLineTo:
			b.WriteByte('l')
			pair(s.Args[0], false)
			x, y = s.Args[0].X, s.Args[0].Y
		case sfnt.SegmentOpQuadTo:
			b.WriteByte('q')
			pair(s.Args[0], false)
			pair(s.Args[1], true)
			x, y = s.Args[1].X, s.Args[1].Y
		}
	}
	if b.Len() > 0 {
		b.WriteByte('z')
	}
	return b.String()
}
