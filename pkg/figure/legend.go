package figure

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
)

// entryKind is the kind of symbol beside a name in a legend.
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

func (e entry) width() vg.Length { return e.swatch() + swatchGap + legendText.Width(e.label) }

// swatch returns the width of the symbol before the name.
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
		canvas.Line(c, p.X, p.Y, p.X+swatch, p.Y)
		if e.style.Marker != 0 {
			marker(c, e.style, vg.Point{X: p.X + swatch/2, Y: p.Y})
		}
	case patchEntry:
		c.SetColor(e.style.ink())
		c.Fill(canvas.Box(p.X, p.Y-4.5*px, p.X+swatch, p.Y+4.5*px))
	case pointEntry:
		s := e.style
		s.Radius, s.Opacity = max(s.Radius, 2.6*px), max(s.Opacity, 0.8)
		marker(c, s, vg.Point{X: p.X + e.swatch()/2, Y: p.Y})
	}
	legendText.Draw(c, e.label, vg.Point{X: p.X + e.swatch() + swatchGap, Y: p.Y}, canvas.LeftMid)
}

// collect appends the entries of the items to a legend, each name of a kind
// once.
func collect(entries []entry, items []item) []entry {
	for _, i := range items {
		known := func(e entry) bool { return e.label == i.label && e.kind == i.kind }
		if i.label == "" || slices.ContainsFunc(entries, known) {
			continue
		}
		e := entry{i.label, i.kind, i.style}
		if l, ok := i.layer.(interface{ swatch(Style) Style }); ok {
			e.style = l.swatch(e.style)
		}
		entries = append(entries, e)
	}
	return entries
}

// legendRows breaks the legend into rows at most w wide.
func (v *view) legendRows(w vg.Length) [][]entry {
	if v.place != legendAbove {
		return nil
	}
	return legendRows(v.entries, w)
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
func (v *view) legendColumn() (w vg.Length) {
	for _, e := range v.entries {
		w = max(w, e.width())
	}
	return w
}

// byColor is the largest number of lines, or of sets of points, in a panel that
// colours alone tell apart.
const byColor = 4

// dashPatterns are the dash patterns of more lines than byColor, in turn. The first is
// a solid line.
var dashPatterns = [][]vg.Length{{}, {9 * px, 3 * px}, {1.6 * px, 2.4 * px}, {9 * px, 2.5 * px, 1.6 * px, 2.5 * px}}

// distinguish returns the items of the panels, in which dashes tell lines apart that
// have none of their own, and shapes points that have none.
func distinguish(panels []*Panel) [][]item {
	items := make([][]item, len(panels))
	for k, p := range panels {
		items[k] = slices.Clone(p.items)
	}
	tellApart(items, func(i item) bool {
		_, line := i.layer.(*lineLayer)
		return line && i.style.Dashes == nil
	}, func(s *Style, n int) { s.Dashes = dashPatterns[n%len(dashPatterns)] })
	tellApart(items, func(i item) bool {
		_, points := i.layer.(*pointLayer)
		return points
	}, func(s *Style, n int) { s.Marker = Dot + Marker(n%int(Cross)) })
	return items
}

// tellApart changes the styles of the named items that are alike and have no marker, if
// there are more than byColor names in one panel. It numbers the names of the figure.
func tellApart(items [][]item, alike func(item) bool, change func(s *Style, number int)) {
	var names []string
	most := 0 // in one panel
	var changed []*item
	for _, panel := range items {
		var here []string
		for k := range panel {
			i := &panel[k]
			if i.label == "" || i.style.Marker != 0 || !alike(*i) {
				continue
			}
			changed = append(changed, i)
			for _, list := range []*[]string{&here, &names} {
				if !slices.Contains(*list, i.label) {
					*list = append(*list, i.label)
				}
			}
		}
		most = max(most, len(here))
	}
	if most <= byColor {
		return
	}
	for _, i := range changed {
		change(&i.style, slices.Index(names, i.label))
	}
}
