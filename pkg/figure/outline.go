package figure

import (
	"fmt"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outlined is a canvas that fills the outlines of letters instead of handing
// strings to its backend. Text is then the same at every size and angle, and
// the PDF backend's Latin-1 encoding does not matter.
type outlined struct {
	vg.CanvasSizer
	err error // the first letter that has no glyph
}

func (o *outlined) FillString(f font.Face, at vg.Point, text string) {
	var (
		buf   sfnt.Buffer
		units = fixed.Int26_6(f.Face.UnitsPerEm())
		unit  = f.Font.Size / vg.Length(units)
		pen   = at
		prev  sfnt.GlyphIndex
		path  vg.Path
	)
	for i, r := range text {
		g, err := f.Face.GlyphIndex(&buf, r)
		if (err != nil || g == 0) && o.err == nil {
			o.err = fmt.Errorf("figure: no glyph for %q (%U) in %q; an SVG can show it, other formats cannot", r, r, text)
		}
		if i > 0 {
			if k, err := f.Face.Kern(&buf, prev, g, units, 0); err == nil {
				pen.X += vg.Length(k) * unit
			}
		}
		segments, err := f.Face.LoadGlyph(&buf, g, units, nil)
		if err != nil && o.err == nil {
			o.err = fmt.Errorf("figure: glyph for %q (%U): %w", r, r, err)
		}
		point := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: pen.X + vg.Length(p.X)*unit, Y: pen.Y - vg.Length(p.Y)*unit}
		}
		for j, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if j > 0 {
					path.Close()
				}
				path.Move(point(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(point(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(point(s.Args[0]), point(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
			}
		}
		if len(segments) > 0 {
			path.Close()
		}
		if adv, err := f.Face.GlyphAdvance(&buf, g, units, 0); err == nil {
			pen.X += vg.Length(adv) * unit
		}
		prev = g
	}
	if len(path) > 0 {
		o.Fill(path)
	}
}
