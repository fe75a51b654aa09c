package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// margins are what surrounds a plot area.
type margins struct{ left, right, bottom, top vg.Length }

func (m margins) union(n margins) margins {
	return margins{max(m.left, n.left), max(m.right, n.right), max(m.bottom, n.bottom), max(m.top, n.top)}
}

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
		p.letter = ""
		if f.letters {
			p.letter = string(letter)
			letter++
		}
		p.bareX, p.bareY = false, f.shared[1] && i%f.cols > 0
		p.hidden = f.legend
		if i+f.cols < len(f.blocks) && f.shared[0] {
			q, ok := f.blocks[i+f.cols].(*Panel)
			p.bareX = ok && q.xlabel == p.xlabel
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

// layout divides the width w, and the height h unless it is 0.
func (f *Figure) layout(w, h vg.Length) plan {
	f.prepare()
	rows, cols := f.rows(), f.cols
	p := plan{
		left: make([]vg.Length, cols), right: make([]vg.Length, cols), width: make([]vg.Length, cols),
		top: make([]vg.Length, rows), bottom: make([]vg.Length, rows), height: make([]vg.Length, rows),
	}
	if f.Title != "" {
		p.head = titleText.height() + titleGap
	}
	if n := len(legendRows(f.entries(), w)); n > 0 {
		p.head += legendLine*vg.Length(n) + 4*px
	}
	share := make([]float64, cols)
	var total float64
	for c := range share {
		share[c] = 1
		if f.weights != nil {
			share[c] = f.weights[c]
		}
		total += share[c]
	}
	// Margins depend on the number of ticks, which depends on the plot areas,
	// which depend on the margins; two passes settle it.
	cell := make([]vg.Length, cols)
	for c := range cell {
		cell[c] = (w - gutter*vg.Length(cols-1)) * vg.Length(share[c]/total)
	}
	for range 3 {
		clear(p.left)
		clear(p.right)
		clear(p.top)
		clear(p.bottom)
		clear(p.height)
		for i, b := range f.blocks {
			if b == nil {
				continue
			}
			r, c := i/cols, i%cols
			m, _ := b.measure(cell[c])
			p.left[c], p.right[c] = max(p.left[c], m.left), max(p.right[c], m.right)
			p.top[r], p.bottom[r] = max(p.top[r], m.top), max(p.bottom[r], m.bottom)
		}
		free := w - gutter*vg.Length(cols-1)
		for c := range cols {
			free -= p.left[c] + p.right[c]
		}
		for c := range cols {
			p.width[c] = max(free*vg.Length(share[c]/total), 20*px)
			cell[c] = p.width[c] + p.left[c] + p.right[c]
		}
		for i, b := range f.blocks {
			r, c := i/cols, i%cols
			switch b := b.(type) {
			case nil:
			case *Panel:
				p.height[r] = max(p.height[r], b.areaHeight(p.width[c]))
			default:
				_, h := b.measure(cell[c])
				p.height[r] = max(p.height[r], h-p.top[r]-p.bottom[r])
			}
		}
		if f.Width == 0 { // panels of a fixed shape may leave width over
			used := make([]vg.Length, cols)
			for i, b := range f.blocks {
				switch b := b.(type) {
				case nil:
				case *Panel:
					used[i%cols] = max(used[i%cols], b.areaWidth(p.width[i%cols], p.height[i/cols]))
				default:
					used[i%cols] = p.width[i%cols]
				}
			}
			copy(p.width, used)
		}
		if h > 0 { // a height that was asked for stretches the plot areas
			var areas vg.Length
			for _, a := range p.height {
				areas += a
			}
			stretch := max((areas+h-p.total())/areas, 0.05)
			for r := range p.height {
				p.height[r] *= stretch
			}
		}
		for i, b := range f.blocks {
			if b, ok := b.(*Panel); ok {
				b.area = vg.Point{X: p.width[i%cols], Y: p.height[i/cols]}
			}
		}
	}
	return p
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
	p := f.layout(size.X, size.Y)
	if f.Title != "" {
		titleText.draw(c.Canvas, f.Title, vg.Point{X: c.Min.X, Y: c.Max.Y - titleText.ascent()}, leftBase)
	}
	y := c.Max.Y - p.head + 4*px
	rows := legendRows(f.entries(), size.X)
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
