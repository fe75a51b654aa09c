package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entryKind is what a legend draws beside a name.
type entryKind uint8

const (
	lineEntry entryKind = iota
	patchEntry
	pointEntry
)

// An entry is one name of a legend.
type entry struct {
	label string
	kind  entryKind
	style Style
}

const legendLine = 17 * px

func (e entry) width() vg.Length { return e.swatch() + swatchGap + legendText.width(e.label) }

// swatch is the width of what stands before the name.
func (e entry) swatch() vg.Length {
	if e.kind == pointEntry {
		return 9 * px
	}
	return swatch
}

// draw draws the entry with the middle of its left edge at p.
func (e entry) draw(c vg.Canvas, p vg.Point) {
	dc := draw.Canvas{Canvas: c}
	switch e.kind {
	case lineEntry:
		dc.SetLineStyle(draw.LineStyle{Color: e.style.ink(), Width: max(e.style.Width, 1.2*px), Dashes: e.style.Dashes})
		line(c, p.X, p.Y, p.X+swatch, p.Y)
		if e.style.Marker != 0 {
			marker(c, e.style, vg.Point{X: p.X + swatch/2, Y: p.Y})
		}
	case patchEntry:
		c.SetColor(e.style.ink())
		c.Fill(box(p.X, p.Y-4.5*px, p.X+swatch, p.Y+4.5*px))
	case pointEntry:
		s := e.style
		s.Radius, s.Opacity = max(s.Radius, 2.6*px), max(s.Opacity, 0.8)
		marker(c, s, vg.Point{X: p.X + e.swatch()/2, Y: p.Y})
	}
	legendText.draw(c, e.label, vg.Point{X: p.X + e.swatch() + swatchGap, Y: p.Y}, leftMid)
}

// legendRows breaks the legend into rows at most w wide.
func (p *Panel) legendRows(w vg.Length) [][]entry {
	if p.place != legendAbove || p.hidden {
		return nil
	}
	return legendRows(p.entries, w)
}

func legendRows(entries []entry, w vg.Length) [][]entry {
	var rows [][]entry
	var used vg.Length
	for _, e := range entries {
		ew := e.width()
		if n := len(rows); n > 0 && used+entryGap+ew <= w {
			rows[n-1] = append(rows[n-1], e)
			used += entryGap + ew
			continue
		}
		rows = append(rows, []entry{e})
		used = ew
	}
	return rows
}

// legendColumn is the width of the legend on the right.
func (p *Panel) legendColumn() (w vg.Length) {
	for _, e := range p.entries {
		w = max(w, e.width())
	}
	return w
}

func box(x0, y0, x1, y1 vg.Length) vg.Path {
	var p vg.Path
	p.Move(vg.Point{X: x0, Y: y0})
	p.Line(vg.Point{X: x1, Y: y0})
	p.Line(vg.Point{X: x1, Y: y1})
	p.Line(vg.Point{X: x0, Y: y1})
	p.Close()
	return p
}
