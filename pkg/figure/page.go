package figure

import (
	"cmp"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
	"natspike/pkg/figure/internal/layout"
)

// outer is the width of the white border around the page.
const outer = 4 * px

// A page is a figure prepared for drawing. It is a layout.Block, since a figure
// can be a cell of another.
type page struct {
	*Figure
	grid    layout.Grid
	entries []entry // of the common legend
	plan    layout.Plan
	w, h    vg.Length // size of the page in whole pixels

	measured vg.Length // width of the last Measure
	wanted   vg.Length // height that the last Measure returned
}

// page returns the figure laid out, or the first error in it.
func (f *Figure) page() (*page, error) {
	if err := f.Err(); err != nil {
		return nil, err
	}
	p := f.prepare()
	p.w, p.h = cmp.Or(p.width, NotebookWidth), p.height
	inner := vg.Point{X: p.w - 2*outer}
	if p.h > 0 {
		inner.Y = max(p.h-2*outer, px)
	}
	p.plan = p.planFor(inner.X, inner.Y)
	inner = vg.Point{X: p.plan.Width(), Y: p.plan.Height()}
	if p.width == 0 { // panels of a fixed shape may need less
		p.w = min(p.w, inner.X+2*outer)
	}
	if p.h == 0 {
		p.h = inner.Y + 2*outer
	}
	whole := func(l vg.Length) vg.Length { return vg.Length(int(l/px+0.999)) * px }
	p.w, p.h = whole(p.w), whole(p.h)
	if p.h > maxPixels*px {
		return nil, check.Errorf("size", "= %.0f × %.0f px is beyond %d px; draw fewer panels", p.w/px, p.h/px, maxPixels)
	}
	return p, nil
}

// prepare returns the page of the figure, with the ranges, the legend and the dashes
// that its panels share. It is not laid out.
func (f *Figure) prepare() *page {
	p := &page{Figure: f, grid: layout.Grid{Cols: f.cols, Weights: f.weights, Blocks: make([]layout.Block, len(f.cells))}, measured: -1}
	panels := f.panels()
	items := distinguish(panels)
	shared := [2]span{nowhere, nowhere}
	for i, on := range f.shared {
		for _, q := range panels {
			if on {
				shared[i] = shared[i].union(q.axes[i].span())
			}
		}
	}
	letter, k := 'a', 0
	for i, d := range f.cells {
		switch d := d.(type) {
		case *Figure:
			p.grid.Blocks[i] = d.prepare()
		case *Panel:
			v := &view{Panel: d, items: items[k], place: d.place}
			k++
			v.entries = collect(nil, v.items)
			for i := range v.scales {
				s := shared[i]
				if a := &d.axes[i]; s.empty() || !a.fixed.empty() {
					s = a.span()
				}
				v.scales[i] = scale{s.lo, s.hi, d.axes[i].log}
			}
			if f.letters {
				v.letter = string(letter)
				letter++
			}
			v.unlabelled = [2]bool{d.axes[0].unlabelled, d.axes[1].unlabelled || f.shared[1] && i%f.cols > 0}
			if below := i + f.cols; f.shared[0] && below < len(f.cells) {
				q, ok := f.cells[below].(*Panel)
				v.unlabelled[0] = v.unlabelled[0] || ok && q.axes[0].label == d.axes[0].label
			}
			if f.legend {
				v.place = legendNone
				p.entries = collect(p.entries, v.items)
			}
			p.grid.Blocks[i] = v
		}
	}
	return p
}

// planFor lays the page out in the given size. A height of 0 stands for the height
// that the panels need.
func (p *page) planFor(w, h vg.Length) layout.Plan {
	p.grid.Head = 0
	if p.title != "" {
		p.grid.Head = headText.Height() + titleGap
	}
	if n := len(legendRows(p.entries, w)); n > 0 {
		p.grid.Head += legendLine*vg.Length(n) + 7*px
	}
	return p.grid.Plan(w, h)
}

// Measure implements layout.Block.
func (p *page) Measure(w vg.Length) (layout.Margins, vg.Length) {
	if w != p.measured {
		p.measured, p.wanted = w, p.planFor(w, 0).Height()
	}
	return layout.Margins{}, p.wanted
}

// Paint implements layout.Block.
func (p *page) Paint(c draw.Canvas, _ layout.Margins) error {
	size := c.Size()
	return p.place(c, p.planFor(size.X, size.Y))
}

// place draws title, legend and panels where the plan puts them, from the upper
// left corner of c. It returns an error if a panel does not fit.
func (p *page) place(c draw.Canvas, plan layout.Plan) error {
	if p.title != "" {
		headText.Draw(c.Canvas, p.title, vg.Point{X: c.Min.X, Y: c.Max.Y - headText.Ascent()}, canvas.LeftBase)
	}
	y := c.Max.Y - p.grid.Head + 7*px
	rows := legendRows(p.entries, c.Max.X-c.Min.X)
	for i, row := range rows {
		x := c.Min.X + plan.Left()
		for _, e := range row {
			e.draw(c.Canvas, vg.Point{X: x, Y: y + legendLine*(vg.Length(len(rows)-i)-0.5)})
			x += e.width() + entryGap
		}
	}
	return p.grid.Paint(c, plan)
}

// render draws the page on the whole of c.
func (p *page) render(c vg.Canvas) error {
	paper := draw.NewCanvas(c, p.w, p.h)
	c.SetColor(White)
	c.Fill(paper.Rectangle.Path())
	return p.place(draw.Crop(paper, outer, -outer, outer, -outer), p.plan)
}

// outlines renders on a canvas that cannot draw text.
func (p *page) outlines(c vg.Canvas) error {
	o := &canvas.Outlined{Canvas: c}
	return cmp.Or(p.render(o), o.Err)
}
