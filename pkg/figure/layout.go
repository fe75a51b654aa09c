package figure

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// margins are what surrounds a plot area.
type margins struct{ left, right, bottom, top vg.Length }

// A block fills a cell of a grid: a panel or another grid.
type block interface {
	// measure returns the margins and the height that the block wants when it
	// is w wide.
	measure(w vg.Length) (margins, vg.Length)
	// paint draws the block on c, its plot area within the margins.
	paint(c draw.Canvas, m margins)
	Err() error
}

const (
	gutter    = 16 * px // between columns
	gutterRow = 14 * px // between rows
)

// plan is the result of laying out a grid in a given width.
type plan struct {
	left, right []vg.Length // margins of each column
	width       []vg.Length // of the plot areas
	top, bottom []vg.Length // margins of each row
	height      []vg.Length // of the plot areas
	head        vg.Length   // of the title
}

func (f *Figure) at(r, c int) block {
	if i := r*f.cols + c; i < len(f.blocks) {
		return f.blocks[i]
	}
	return nil
}

func (f *Figure) rows() int { return (len(f.blocks) + f.cols - 1) / f.cols }

// prepare settles what panels have in common before they are measured.
func (f *Figure) prepare() {
	letter := 'a'
	for i, b := range f.blocks {
		p, ok := b.(*Panel)
		if !ok {
			continue
		}
		p.area = vg.Point{} // what an earlier layout found must not matter
		p.letter = ""
		if f.letters {
			p.letter = string(letter)
			letter++
		}
		p.bareX, p.bareY = p.quietX, p.quietY || f.shared[1] && i%f.cols > 0
		p.hidden = f.legend
		if i+f.cols < len(f.blocks) && f.shared[0] {
			q, ok := f.blocks[i+f.cols].(*Panel)
			p.bareX = p.bareX || ok && q.xlabel == p.xlabel
		}
	}
	for axis, on := range f.shared {
		u := nowhere
		for _, b := range f.blocks {
			if p, ok := b.(*Panel); ok && on {
				u = u.union(p.ownRange(axis))
			}
		}
		for _, b := range f.blocks {
			if p, ok := b.(*Panel); ok {
				p.shared[axis] = u
			}
		}
	}
}

// layout divides the width w, and the height h unless it is 0, between the
// blocks. Margins depend on the ticks, which depend on the plot areas, which
// depend on the margins: they are settled in turn until they agree. From the
// third round on margins only grow, so that this ends.
func (f *Figure) layout(w, h vg.Length) plan {
	f.prepare()
	p := plan{
		left: make([]vg.Length, f.cols), right: make([]vg.Length, f.cols), width: make([]vg.Length, f.cols),
		top: make([]vg.Length, f.rows()), bottom: make([]vg.Length, f.rows()), height: make([]vg.Length, f.rows()),
	}
	if f.title != "" {
		p.head = headText.height() + titleGap
	}
	if n := len(legendRows(f.entries(), w)); n > 0 {
		p.head += legendLine*vg.Length(n) + 7*px
	}
	f.divideWidth(&p, w)
	for round := range 20 {
		if !f.measureMargins(&p, round >= 2) && round > 0 {
			break
		}
		f.divideWidth(&p, w)
		f.divideHeight(&p, w, h)
		for i, b := range f.blocks {
			if b, ok := b.(*Panel); ok {
				b.area = vg.Point{X: p.width[i%f.cols], Y: p.height[i/f.cols]}
			}
		}
	}
	return p
}

// measureMargins takes the largest margins of each row and column and reports
// whether any has changed.
func (f *Figure) measureMargins(p *plan, onlyGrow bool) (changed bool) {
	before := [4][]vg.Length{p.left, p.right, p.bottom, p.top}
	after := [4][]vg.Length{}
	for k := range after {
		after[k] = make([]vg.Length, len(before[k]))
		if onlyGrow {
			copy(after[k], before[k])
		}
	}
	for i, b := range f.blocks {
		if b == nil {
			continue
		}
		r, c := i/f.cols, i%f.cols
		m, _ := b.measure(p.left[c] + p.width[c] + p.right[c])
		after[0][c], after[1][c] = max(after[0][c], m.left), max(after[1][c], m.right)
		after[2][r], after[3][r] = max(after[2][r], m.bottom), max(after[3][r], m.top)
	}
	p.left, p.right, p.bottom, p.top = after[0], after[1], after[2], after[3]
	for k := range after {
		changed = changed || !slices.Equal(before[k], after[k])
	}
	return changed
}

// divideWidth gives what the margins leave to the plot areas, by their weights.
func (f *Figure) divideWidth(p *plan, w vg.Length) {
	free := w - gutter*vg.Length(f.cols-1)
	var total float64
	for c := range f.cols {
		free -= p.left[c] + p.right[c]
		total += f.weight(c)
	}
	for c := range p.width {
		p.width[c] = max(free*vg.Length(f.weight(c)/total), 8*px)
	}
}

func (f *Figure) weight(c int) float64 {
	if f.weights == nil {
		return 1
	}
	return f.weights[c]
}

// divideHeight gives each row the largest height that one of its blocks wants,
// stretched so that they add up to h unless it is 0. Width that panels of a
// fixed shape cannot fill then goes to the other columns, if there are any.
func (f *Figure) divideHeight(p *plan, w, h vg.Length) {
	clear(p.height)
	for i, b := range f.blocks {
		r, c := i/f.cols, i%f.cols
		switch b := b.(type) {
		case nil:
		case *Panel:
			p.height[r] = max(p.height[r], b.areaHeight(p.width[c]))
		default:
			_, tall := b.measure(p.left[c] + p.width[c] + p.right[c])
			p.height[r] = max(p.height[r], tall-p.top[r]-p.bottom[r])
		}
	}
	if h > 0 {
		var areas vg.Length
		for _, a := range p.height {
			areas += a
		}
		stretch := max((areas+h-p.total())/areas, 0.05)
		for r := range p.height {
			p.height[r] *= stretch
		}
	}
	filled := make([]vg.Length, f.cols)
	for i, b := range f.blocks {
		r, c := i/f.cols, i%f.cols
		switch b := b.(type) {
		case nil:
		case *Panel:
			filled[c] = max(filled[c], b.areaWidth(p.width[c], p.height[r]))
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
			takers += f.weight(c)
		}
	}
	for c, a := range filled {
		if a == p.width[c] && takers > 0 {
			a += spare * vg.Length(f.weight(c)/takers)
		}
		p.width[c] = a
	}
}

func (p plan) wide() vg.Length {
	w := gutter * vg.Length(len(p.width)-1)
	for c := range p.width {
		w += p.left[c] + p.width[c] + p.right[c]
	}
	return w
}

func (p plan) total() vg.Length {
	h := p.head + gutterRow*vg.Length(len(p.height)-1)
	for r := range p.height {
		h += p.top[r] + p.height[r] + p.bottom[r]
	}
	return h
}

func (f *Figure) measure(w vg.Length) (margins, vg.Length) {
	return margins{}, f.layout(w, 0).total()
}

func (f *Figure) paint(c draw.Canvas, _ margins) {
	size := c.Size()
	f.place(c, f.layout(size.X, size.Y))
}

// place draws the blocks where the plan says, from the upper left corner of c.
func (f *Figure) place(c draw.Canvas, p plan) {
	if f.title != "" {
		headText.draw(c.Canvas, f.title, vg.Point{X: c.Min.X, Y: c.Max.Y - headText.ascent()}, leftBase)
	}
	y := c.Max.Y - p.head + 7*px
	rows := legendRows(f.entries(), c.Max.X-c.Min.X)
	for i, row := range rows {
		x := c.Min.X + p.left[0]
		for _, e := range row {
			e.draw(c.Canvas, vg.Point{X: x, Y: y + legendLine*(vg.Length(len(rows)-i)-0.5)})
			x += e.width() + entryGap
		}
	}
	y = c.Max.Y - p.head
	for r := range p.height {
		x := c.Min.X
		h := p.top[r] + p.height[r] + p.bottom[r]
		for col := range f.cols {
			w := p.left[col] + p.width[col] + p.right[col]
			if b := f.at(r, col); b != nil {
				sub := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
					Min: vg.Point{X: x, Y: y - h}, Max: vg.Point{X: x + w, Y: y},
				}}
				b.paint(sub, margins{p.left[col], p.right[col], p.bottom[r], p.top[r]})
			}
			x += w + gutter
		}
		y -= h + gutterRow
	}
}

// entries are those of the common legend.
func (f *Figure) entries() []entry {
	var all []entry
	if !f.legend {
		return nil
	}
	for _, b := range f.blocks {
		p, ok := b.(*Panel)
		if !ok {
			continue
		}
	next:
		for _, e := range p.entries {
			for _, old := range all {
				if old.label == e.label && old.kind == e.kind {
					continue next
				}
			}
			all = append(all, e)
		}
	}
	return all
}
