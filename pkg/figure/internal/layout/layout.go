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

// A Plan is a grid laid out on a page.
type Plan struct {
	head        vg.Length
	left, right []vg.Length // margins of each column
	width       []vg.Length // of the plot areas
	top, bottom []vg.Length // margins of each row
	height      []vg.Length // of the plot areas
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
	rows := (len(g.Blocks) + g.Cols - 1) / g.Cols
	lengths := func(n int) []vg.Length { return make([]vg.Length, n) }
	p := Plan{g.Head, lengths(g.Cols), lengths(g.Cols), lengths(g.Cols), lengths(rows), lengths(rows), lengths(rows)}
	g.divideWidth(&p, w)
	for round := range 20 {
		if !g.measureMargins(&p, round >= 2) && round > 0 {
			break
		}
		g.divideWidth(&p, w)
		g.divideHeight(&p, h)
		for i, b := range g.Blocks {
			if b, ok := b.(Plot); ok {
				b.SetArea(vg.Point{X: p.width[i%g.Cols], Y: p.height[i/g.Cols]})
			}
		}
	}
	return p
}

// measureMargins sets the margins of each row and column to the largest of their
// blocks, and reports whether any has changed.
func (g *Grid) measureMargins(p *Plan, onlyGrow bool) (changed bool) {
	before := [4][]vg.Length{p.left, p.right, p.bottom, p.top}
	after := [4][]vg.Length{}
	for k := range after {
		after[k] = make([]vg.Length, len(before[k]))
		if onlyGrow {
			copy(after[k], before[k])
		}
	}
	for i, b := range g.Blocks {
		if b == nil {
			continue
		}
		r, c := i/g.Cols, i%g.Cols
		m, _ := b.Measure(p.cellWidth(c))
		after[0][c], after[1][c] = max(after[0][c], m.Left), max(after[1][c], m.Right)
		after[2][r], after[3][r] = max(after[2][r], m.Bottom), max(after[3][r], m.Top)
	}
	p.left, p.right, p.bottom, p.top = after[0], after[1], after[2], after[3]
	for k := range after {
		changed = changed || !slices.Equal(before[k], after[k])
	}
	return changed
}

// divideWidth divides the width between the margins among the plot areas, by their
// weights.
func (g *Grid) divideWidth(p *Plan, w vg.Length) {
	free := w - gutter*vg.Length(g.Cols-1)
	var total float64
	for c := range g.Cols {
		free -= p.left[c] + p.right[c]
		total += g.weight(c)
	}
	for c := range p.width {
		p.width[c] = max(free*vg.Length(g.weight(c)/total), 8*canvas.Px)
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
	clear(p.height)
	for i, b := range g.Blocks {
		r, c := i/g.Cols, i%g.Cols
		switch b := b.(type) {
		case nil:
		case Plot:
			p.height[r] = max(p.height[r], b.AreaHeight(p.width[c]))
		default:
			_, whole := b.Measure(p.cellWidth(c))
			p.height[r] = max(p.height[r], whole-p.top[r]-p.bottom[r])
		}
	}
	if h > 0 {
		var areas vg.Length
		for _, a := range p.height {
			areas += a
		}
		stretch := max((areas+h-p.Height())/areas, 0.05)
		for r := range p.height {
			p.height[r] *= stretch
		}
	}
	filled := make([]vg.Length, g.Cols)
	for i, b := range g.Blocks {
		r, c := i/g.Cols, i%g.Cols
		switch b := b.(type) {
		case nil:
		case Plot:
			filled[c] = max(filled[c], b.AreaWidth(p.width[c], p.height[r]))
		default:
			filled[c] = p.width[c]
		}
	}
	var spare vg.Length
	var takers float64
	for c, a := range filled {
		if a < p.width[c] {
			spare += p.width[c] - a
		} else {
			takers += g.weight(c)
		}
	}
	for c, a := range filled {
		if a == p.width[c] && takers > 0 {
			a += spare * vg.Length(g.weight(c)/takers)
		}
		p.width[c] = a
	}
}

func (p Plan) cellWidth(c int) vg.Length  { return p.left[c] + p.width[c] + p.right[c] }
func (p Plan) cellHeight(r int) vg.Length { return p.top[r] + p.height[r] + p.bottom[r] }

func (p Plan) margins(r, c int) Margins {
	return Margins{p.left[c], p.right[c], p.bottom[r], p.top[r]}
}

// Left returns the left margin of the first column.
func (p Plan) Left() vg.Length { return p.left[0] }

// Area returns the size of the plot area of the cell in row r and column c.
func (p Plan) Area(r, c int) vg.Point { return vg.Point{X: p.width[c], Y: p.height[r]} }

// Width returns the width of the grid.
func (p Plan) Width() vg.Length {
	w := gutter * vg.Length(len(p.width)-1)
	for c := range p.width {
		w += p.cellWidth(c)
	}
	return w
}

// Height returns the height of the grid with its head.
func (p Plan) Height() vg.Length {
	h := p.head + gutterRow*vg.Length(len(p.height)-1)
	for r := range p.height {
		h += p.cellHeight(r)
	}
	return h
}

// Paint draws the blocks where the plan puts them, from the upper left corner of
// c and below the head. It returns the error of the first block whose cell is too
// small for it.
func (g *Grid) Paint(c draw.Canvas, p Plan) error {
	y := c.Max.Y - p.head
	for r := range p.height {
		x := c.Min.X
		h := p.cellHeight(r)
		for col := range g.Cols {
			w := p.cellWidth(col)
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
