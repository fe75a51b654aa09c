// Package layout divides a page between the panels of a figure: it aligns their
// plot areas in rows and columns and leaves room for what surrounds them.
package layout

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
)

const (
	gutter    = 16 * canvas.Px // between columns
	gutterRow = 14 * canvas.Px // between rows
)

// Margins surround a plot area.
type Margins struct{ Left, Right, Bottom, Top vg.Length }

// A Block fills a cell of a grid: a panel or another grid.
type Block interface {
	// Measure returns the margins and the height that the block wants when it
	// is w wide.
	Measure(w vg.Length) (Margins, vg.Length)

	// Paint draws the block on c, its plot area within the margins. It returns an
	// error if c is too small for the block.
	Paint(c draw.Canvas, m Margins) error
}

// A Plot is a block with one plot area, whose size the grid decides.
type Plot interface {
	Block

	// AreaHeight returns the height that a plot area of width w wants.
	AreaHeight(w vg.Length) vg.Length

	// AreaWidth returns how much of the width w the plot area can fill at
	// height h.
	AreaWidth(w, h vg.Length) vg.Length

	// SetArea tells the plot the size of its area, by which Measure chooses the
	// ticks. Zero means that it is not known yet.
	SetArea(size vg.Point)
}

// A Grid holds blocks in rows of Cols. A nil block is an empty cell.
type Grid struct {
	Cols    int
	Blocks  []Block
	Weights []float64 // relative widths of the columns' plot areas; nil is equal
	Head    vg.Length // height above the first row
}

// A track is a column or a row of cells: plot areas, and their margins on either side.
type track struct{ before, area, after vg.Length }

func (t track) whole() vg.Length { return t.before + t.area + t.after }

// A Plan is a grid laid out on a page.
type Plan struct {
	head       vg.Length
	cols, rows []track // from the left, and from the top
}

// Plan divides the width w, and the height h unless it is 0, between the blocks.
// Margins depend on the ticks, which depend on the plot areas, which depend on
// the margins. Plan computes them in turn until they no longer change. From the
// third round on margins only grow, so that the rounds end.
func (g *Grid) Plan(w, h vg.Length) Plan {
	for _, b := range g.Blocks {
		if b, ok := b.(Plot); ok {
			b.SetArea(vg.Point{}) // of an earlier layout
		}
	}
	p := Plan{g.Head, make([]track, g.Cols), make([]track, (len(g.Blocks)+g.Cols-1)/g.Cols)}
	g.divideWidth(&p, w)
	for round := range 20 {
		if !g.measureMargins(&p, round >= 2) && round > 0 {
			break
		}
		g.divideWidth(&p, w)
		g.divideHeight(&p, h)
		for i, b := range g.Blocks {
			if b, ok := b.(Plot); ok {
				b.SetArea(p.Area(i/g.Cols, i%g.Cols))
			}
		}
	}
	return p
}

// measureMargins sets the margins of each row and column to the largest of their
// blocks, and reports whether any has changed.
func (g *Grid) measureMargins(p *Plan, onlyGrow bool) (changed bool) {
	cols, rows := slices.Clone(p.cols), slices.Clone(p.rows)
	for _, tracks := range [2][]track{p.cols, p.rows} {
		for i := range tracks {
			if !onlyGrow {
				tracks[i].before, tracks[i].after = 0, 0
			}
		}
	}
	for i, b := range g.Blocks {
		if b == nil {
			continue
		}
		m, _ := b.Measure(cols[i%g.Cols].whole())
		c, r := &p.cols[i%g.Cols], &p.rows[i/g.Cols]
		c.before, c.after = max(c.before, m.Left), max(c.after, m.Right)
		r.before, r.after = max(r.before, m.Top), max(r.after, m.Bottom)
	}
	return !slices.Equal(cols, p.cols) || !slices.Equal(rows, p.rows)
}

// divideWidth divides the width between the margins among the plot areas, by their
// weights.
func (g *Grid) divideWidth(p *Plan, w vg.Length) {
	free := w - gutter*vg.Length(g.Cols-1)
	var total float64
	for c := range g.Cols {
		free -= p.cols[c].before + p.cols[c].after
		total += g.weight(c)
	}
	for c := range p.cols {
		p.cols[c].area = max(free*vg.Length(g.weight(c)/total), 8*canvas.Px)
	}
}

func (g *Grid) weight(c int) float64 {
	if g.Weights == nil {
		return 1
	}
	return g.Weights[c]
}

// divideHeight gives each row the largest height that one of its blocks wants. It
// stretches the rows so that they add up to h, unless h is 0. Width that plots of a
// fixed shape cannot fill then goes to the other columns, if there are any.
func (g *Grid) divideHeight(p *Plan, h vg.Length) {
	for r := range p.rows {
		p.rows[r].area = 0
	}
	for i, b := range g.Blocks {
		c, r := p.cols[i%g.Cols], &p.rows[i/g.Cols]
		switch b := b.(type) {
		case nil:
		case Plot:
			r.area = max(r.area, b.AreaHeight(c.area))
		default:
			_, whole := b.Measure(c.whole())
			r.area = max(r.area, whole-r.before-r.after)
		}
	}
	if h > 0 {
		var areas vg.Length
		for _, r := range p.rows {
			areas += r.area
		}
		stretch := max((areas+h-p.Height())/areas, 0.05)
		for r := range p.rows {
			p.rows[r].area *= stretch
		}
	}
	filled := make([]vg.Length, g.Cols)
	for i, b := range g.Blocks {
		c := i % g.Cols
		switch b := b.(type) {
		case nil:
		case Plot:
			filled[c] = max(filled[c], b.AreaWidth(p.cols[c].area, p.rows[i/g.Cols].area))
		default:
			filled[c] = p.cols[c].area
		}
	}
	var spare vg.Length
	var takers float64
	for c, a := range filled {
		if a < p.cols[c].area {
			spare += p.cols[c].area - a
		} else {
			takers += g.weight(c)
		}
	}
	for c, a := range filled {
		if a == p.cols[c].area && takers > 0 {
			a += spare * vg.Length(g.weight(c)/takers)
		}
		p.cols[c].area = a
	}
}

func (p Plan) margins(r, c int) Margins {
	return Margins{p.cols[c].before, p.cols[c].after, p.rows[r].after, p.rows[r].before}
}

// Left returns the left margin of the first column.
func (p Plan) Left() vg.Length { return p.cols[0].before }

// Area returns the size of the plot area of the cell in row r and column c.
func (p Plan) Area(r, c int) vg.Point { return vg.Point{X: p.cols[c].area, Y: p.rows[r].area} }

// Width returns the width of the grid.
func (p Plan) Width() vg.Length { return length(gutter*vg.Length(len(p.cols)-1), p.cols) }

// Height returns the height of the grid with its head.
func (p Plan) Height() vg.Length {
	return length(p.head+gutterRow*vg.Length(len(p.rows)-1), p.rows)
}

// length returns the length of the gaps and the tracks.
func length(gaps vg.Length, tracks []track) vg.Length {
	for _, t := range tracks {
		gaps += t.whole()
	}
	return gaps
}

// Paint draws the blocks where the plan puts them, from the upper left corner of
// c and below the head. It returns the error of the first block whose cell is too
// small for it.
func (g *Grid) Paint(c draw.Canvas, p Plan) error {
	y := c.Max.Y - p.head
	for r := range p.rows {
		x := c.Min.X
		h := p.rows[r].whole()
		for col := range g.Cols {
			w := p.cols[col].whole()
			if i := r*g.Cols + col; i < len(g.Blocks) && g.Blocks[i] != nil {
				cell := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
					Min: vg.Point{X: x, Y: y - h}, Max: vg.Point{X: x + w, Y: y},
				}}
				if err := g.Blocks[i].Paint(cell, p.margins(r, col)); err != nil {
					return err
				}
			}
			x += w + gutter
		}
		y -= h + gutterRow
	}
	return nil
}
