package layout

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// box is a plot of fixed margins that records where it is painted.
type box struct {
	Margins
	height vg.Length // that its area wants
	ratio  vg.Length // of width to height that its area keeps; 0 for any
	area   draw.Canvas
	sizes  int // calls of SetArea
}

func (b *box) Measure(vg.Length) (Margins, vg.Length) {
	return b.Margins, b.Top + b.height + b.Bottom
}
func (b *box) AreaHeight(vg.Length) vg.Length { return b.height }
func (b *box) SetArea(vg.Point)               { b.sizes++ }
func (b *box) Paint(c draw.Canvas, m Margins) error {
	b.area = draw.Crop(c, m.Left, -m.Right, m.Bottom, -m.Top)
	return nil
}
func (b *box) AreaWidth(w, h vg.Length) vg.Length {
	if b.ratio == 0 {
		return w
	}
	return min(w, b.ratio*h)
}

func paint(g *Grid, w, h vg.Length) Plan {
	p := g.Plan(w, h)
	if err := g.Paint(draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: p.Width(), Y: p.Height()}}}, p); err != nil {
		panic(err)
	}
	return p
}

func near(a, b vg.Length) bool { return math.Abs(float64(a-b)) < 1e-9 }

// TestAlignment paints a grid of 2 × 2 with an empty cell: plot areas share
// their edges in rows and columns, whatever their own margins are, and fill the
// page.
func TestAlignment(t *testing.T) {
	a := &box{Margins: Margins{10, 5, 8, 4}, height: 100}
	b := &box{Margins: Margins{30, 1, 2, 20}, height: 60}
	c := &box{Margins: Margins{20, 9, 1, 1}, height: 80}
	g := &Grid{Cols: 2, Blocks: []Block{a, b, c, nil}, Head: 12}
	p := paint(g, 600, 0)
	if !near(p.Width(), 600) || !near(p.Height(), 12+20+100+8+gutterRow+1+80+1) {
		t.Errorf("the grid is %v × %v", p.Width(), p.Height())
	}
	if a.area.Min.X != c.area.Min.X || a.area.Max.X != c.area.Max.X {
		t.Errorf("column 1: areas %v and %v", a.area.Rectangle, c.area.Rectangle)
	}
	if a.area.Min.Y != b.area.Min.Y || a.area.Max.Y != b.area.Max.Y {
		t.Errorf("row 1: areas %v and %v", a.area.Rectangle, b.area.Rectangle)
	}
	if wa, wb := a.area.Max.X-a.area.Min.X, b.area.Max.X-b.area.Min.X; !near(wa, wb) {
		t.Errorf("areas are %v and %v wide; want the same", wa, wb)
	}
	if top := p.Height() - a.area.Max.Y; !near(top, 12+20) {
		t.Errorf("the first area begins at %v; want below head and margin, 32", top)
	}
	if a.sizes < 2 {
		t.Errorf("SetArea is called %d times", a.sizes)
	}
}

// TestShape gives the width that a plot of a fixed shape cannot fill to its
// neighbour, and stretches rows to the height that is asked for.
func TestShape(t *testing.T) {
	square, wide := &box{height: 100, ratio: 1}, &box{height: 50}
	g := &Grid{Cols: 2, Blocks: []Block{square, wide}, Weights: []float64{3, 1}}
	p := paint(g, 500, 0)
	if got := p.Area(0, 0); got != (vg.Point{X: 100, Y: 100}) {
		t.Errorf("the square is %v", got)
	}
	if got, want := p.Area(0, 1).X, 500-gutter-100; !near(got, want) {
		t.Errorf("its neighbour is %v wide; want %v", got, want)
	}
	p = paint(g, 500, 240)
	if !near(p.Height(), 240) || !near(p.Area(0, 0).X, 240) {
		t.Errorf("the grid is %v high and the square %v wide; want 240", p.Height(), p.Area(0, 0).X)
	}
}

// growing is a plot whose margin depends on its area: labels need more room
// where there is less.
type growing struct {
	box
	last vg.Length
}

func (g *growing) SetArea(s vg.Point) { g.last = s.X; g.sizes++ }
func (g *growing) Measure(vg.Length) (Margins, vg.Length) {
	m := Margins{Left: 20}
	if g.last > 70 && g.last < 90 { // the margin that makes the area 80 wants another
		m.Left = 10
	}
	return m, g.height
}

// TestEnd lays out a plot whose margins never agree with its area.
func TestEnd(t *testing.T) {
	b := &growing{box: box{height: 10}}
	g := &Grid{Cols: 1, Blocks: []Block{b}}
	if p := g.Plan(100, 0); !near(p.Width(), 100) || b.sizes > 25 {
		t.Errorf("width %v after %d rounds", p.Width(), b.sizes)
	}
}

// cramped is a block that never fits.
type cramped struct{ box }

var errCramped = errors.New("cramped")

func (c *cramped) Paint(on draw.Canvas, m Margins) error {
	if cell := on.Size(); cell != (vg.Point{X: 100, Y: 50 + 3}) || m != (Margins{10, 5, 1, 2}) {
		return fmt.Errorf("cell %v with margins %v", on.Size(), m)
	}
	return errCramped
}

// TestCramped: each block gets its cell and its margins, and its error is returned.
func TestCramped(t *testing.T) {
	c := &cramped{box{Margins: Margins{10, 5, 1, 2}, height: 50}}
	g := &Grid{Cols: 1, Blocks: []Block{nil, c}}
	p := g.Plan(100, 0)
	page := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: p.Width(), Y: p.Height()}}}
	if err := g.Paint(page, p); err != errCramped {
		t.Error(err)
	}
	if p.Left() != 10 {
		t.Errorf("the left margin is %v", p.Left())
	}
	if err := (&Grid{Cols: 1, Blocks: []Block{&c.box}}).Paint(page, p); err != nil {
		t.Error(err)
	}
}
