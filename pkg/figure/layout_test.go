package figure

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
	"natspike/pkg/racetest"
)

// textBox is where a piece of text was drawn, in points from the lower left.
type textBox struct {
	text string
	vg.Rectangle
}

// recorder keeps the boxes of the text drawn on it. A new colour begins a new
// text: canvas.Text sets it once for all runs of a line.
type recorder struct {
	canvas.Pen
	texts []textBox
	fresh bool
}

func newRecorder() *recorder { return &recorder{Pen: canvas.NewPen(0, 0, 1)} }

func (r *recorder) SetColor(c color.Color)              { r.Pen.SetColor(c); r.fresh = true }
func (r *recorder) Fill(vg.Path)                        {}
func (r *recorder) Stroke(vg.Path)                      {}
func (r *recorder) DrawImage(vg.Rectangle, image.Image) {}
func (r *recorder) FillString(f font.Face, p vg.Point, s string) {
	w := f.Width(s)
	box := vg.Rectangle{Min: vg.Point{X: math.MaxFloat64, Y: math.MaxFloat64}, Max: vg.Point{X: -math.MaxFloat64, Y: -math.MaxFloat64}}
	if r.fresh {
		r.texts = append(r.texts, textBox{Rectangle: box})
		r.fresh = false
	}
	t := &r.texts[len(r.texts)-1]
	t.text += s
	for _, q := range []vg.Point{{X: p.X, Y: p.Y}, {X: p.X + w, Y: p.Y + 0.69*f.Font.Size}} {
		x, y := r.At(q)
		u := vg.Point{X: vg.Length(x), Y: -vg.Length(y)}
		t.Min.X, t.Min.Y = min(t.Min.X, u.X), min(t.Min.Y, u.Y)
		t.Max.X, t.Max.Y = max(t.Max.X, u.X), max(t.Max.Y, u.Y)
	}
}

// CheckText reports text that is cropped by the edge of the page or overlaps
// other text.
func CheckText(f *Figure) (problems []string) {
	p, err := f.page()
	if err != nil {
		return []string{err.Error()}
	}
	w, h := p.w, p.h
	r := newRecorder()
	if err := p.render(r); err != nil {
		return []string{err.Error()}
	}
	for i, a := range r.texts {
		if a.Min.X < 0 || a.Min.Y < 0 || a.Max.X > w || a.Max.Y > h {
			problems = append(problems, fmt.Sprintf("%q at %v is off the page of %v × %v", a.text, a.Rectangle, w, h))
		}
		for _, b := range r.texts[:i] {
			if a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y {
				problems = append(problems, fmt.Sprintf("%q at %v and %q at %v overlap", a.text, a.Rectangle, b.text, b.Rectangle))
			}
		}
	}
	return problems
}

// TestTextOfManyLayouts draws panels of all sizes, ranges and scales and finds
// no text cropped and none over other text.
func TestTextOfManyLayouts(t *testing.T) {
	racetest.Sequential(t)
	rng := rand.New(rand.NewPCG(1, 2))
	title := "A title that may or may not fit into the width that its panel has"
	crowded := 0
	for trial := range 150 {
		cols, rows := 1+rng.IntN(4), 1+rng.IntN(2)
		var panels []Drawing
		for range cols * rows {
			lo := math.Pow(10, 12*rng.Float64()-6) * float64(1-2*rng.IntN(2))
			hi := lo + math.Pow(10, 10*rng.Float64()-5)*math.Abs(lo)
			p := New(title[:5+rng.IntN(len(title)-5)], "time (s)", "estimate")
			p.Line("natural", []float64{0, hi - lo}, []float64{lo, hi}).Line("naive", []float64{0, hi - lo}, []float64{hi, lo})
			if rng.IntN(3) == 0 {
				p = New("", "dimension", "W₂").LogX().LogY().Line("naive", []float64{1, math.Pow(10, 6*rng.Float64())}, []float64{math.Abs(hi) + 1e-9, 1e-3})
			}
			if rng.IntN(4) == 0 {
				p.ColorBar("value", lo, hi, Mist)
			}
			if rng.IntN(4) == 0 {
				p.LegendRight()
			}
			panels = append(panels, p)
		}
		f := Grid(cols, panels...)
		if rng.IntN(2) == 0 {
			f.Letters()
		}
		if rng.IntN(3) == 0 {
			f.Title("All of them").OneLegend()
		}
		if rng.IntN(3) == 0 {
			f.Size(400+rng.Float64()*600, 0)
		}
		if rng.IntN(3) == 0 {
			f.Size(0, 300+rng.Float64()*600)
		}
		problems := CheckText(f)
		if len(problems) == 1 && strings.Contains(problems[0], "px for the plot area") {
			crowded++
			continue
		}
		for _, problem := range problems {
			t.Errorf("trial %d, %d × %d: %s", trial, rows, cols, problem)
		}
		if t.Failed() {
			svg, _ := f.SVG()
			t.Logf("%d bytes of SVG", len(svg))
			break
		}
	}
	if crowded > 40 {
		t.Errorf("%d of 150 figures were refused as too small; the test has lost its power", crowded)
	}
}

// TestCheckTextSees is the negative control of the checks on text.
func TestCheckTextSees(t *testing.T) {
	p := New("", "", "").Line("", []float64{0, 1}, []float64{0, 1})
	p.XTicks([]float64{0.50, 0.51}, []string{"these two", "overlap"})
	if len(CheckText(p.Figure())) == 0 {
		t.Error("overlapping labels are not seen")
	}
	wide := New("", "", "").Line("", []float64{0, 1}, []float64{0, 1})
	f := wide.Figure()
	f.width = 40
	if len(CheckText(f)) == 0 {
		t.Error("cropped labels are not seen")
	}
}

// inked is a canvas that keeps the points of the paths drawn on it.
type inked struct {
	recorder
	points []vg.Point
}

func (c *inked) Fill(p vg.Path)   { c.keep(p) }
func (c *inked) Stroke(p vg.Path) { c.keep(p) }
func (c *inked) DrawImage(r vg.Rectangle, _ image.Image) {
	c.points = append(c.points, r.Min, r.Max)
}
func (c *inked) keep(p vg.Path) {
	for _, s := range p {
		if s.Type != vg.CloseComp {
			c.points = append(c.points, s.Pos)
		}
	}
}

// TestLayersStayInside draws every kind of layer between axes that show a part
// of it only: nothing may reach beyond the plot area but half a marker, arrow or
// line.
func TestLayersStayInside(t *testing.T) {
	x := []float64{-9, -5, -1, 0, 1, 3, 8}
	lo, hi := []float64{-9, -8, -7, -6, -5, -4, -3}, []float64{9, 8, 7, 6, 5, 4, 3}
	m := mat.NewDense(60, 60, nil)
	cov := mat.NewSymDense(2, []float64{4, 1, 1, 4})
	field := func(dst, x []float64) { dst[0], dst[1] = 1, -1 }
	bowl := func(x []float64) float64 { return -x[0]*x[0] - x[1]*x[1] }
	for name, p := range map[string]*Panel{
		"Line": New("", "", "").Line("", x, x), "Marks": New("", "", "").Line("", x, x, Style{Marker: Dot}),
		"Band": New("", "", "").Band("", x, lo, hi), "Points": New("", "", "").Points("", x, x),
		"Intervals": New("", "", "").Intervals("", x, lo, hi), "Text": New("", "", "").Text("x", 7, 7),
		"Steps": New("", "", "").Steps("", x, x[:6]), "HLine": New("", "", "").HLine("", 5), "VLine": New("", "", "").VLine("", -5),
		"Hist": New("", "", "").Hist("", x), "Density": New("", "", "").Density("", x), "Bars": New("", "", "").Bars("", x, hi, 1),
		"Contour": New("", "", "").Contour(bowl, -6, 6, -6, 6), "Path": New("", "", "").Path("", x, x),
		"Vectors": New("", "", "").Vectors("", field, -6, 6, -6, 6), "Ellipse": New("", "", "").Ellipse("", []float64{0, 0}, cov, 0.9),
		"Spikes": New("", "", "").Spikes("", x, []int{0, 5, 0, 1, 1, 6, 0}), "HeatMap": New("", "", "").HeatMap(m, -1, 1, Mist),
		"Forest": Forest("", ForestRow{Name: "a", Lo: -9, Hi: 9}),
	} {
		if p.err != nil {
			t.Fatal(p.err)
		}
		c := &inked{recorder: *newRecorder()}
		a := &area{xs: scale{lo: -1.5, hi: 1.5}, ys: scale{lo: -1.5, hi: 1.5}}
		a.Canvas = draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{Min: vg.Point{X: 100, Y: 100}, Max: vg.Point{X: 300, Y: 200}}}
		for _, i := range p.items {
			i.layer.draw(a, i.style)
		}
		const slack = 8 * px
		for _, q := range c.points {
			if q.X < 100-slack || q.X > 300+slack || q.Y < 100-slack || q.Y > 200+slack {
				t.Errorf("%s reaches %v", name, q)
				break
			}
		}
		inside := map[string]bool{"Text": true, "HLine": true, "VLine": true} // wholly beyond the axes
		if len(c.points) == 0 != inside[name] {
			t.Errorf("%s draws %d points", name, len(c.points))
		}
	}
}

// TestAlignment checks that the plot areas of a grid have one width in a column
// and one height in a row.
func TestAlignment(t *testing.T) {
	short := New("", "", "").Line("", []float64{0, 1}, []float64{0, 1})
	long := New("with a title", "x", "y").Line("a legend", []float64{0, 1}, []float64{0, 123.456})
	f := Grid(2, short, long, long, short)
	widths := func() (a, b, whole vg.Length) {
		p, err := f.page()
		if err != nil {
			t.Fatal(err)
		}
		return p.plan.Area(0, 0).X, p.plan.Area(0, 1).X, p.plan.Width()
	}
	a, b, whole := widths()
	if a != b {
		t.Errorf("plot areas are %v and %v wide; want the same", a, b)
	}
	if math.Abs(float64(whole-(NotebookWidth-2*outer))) > 1e-9 {
		t.Errorf("the grid is %v wide; want %v", whole, NotebookWidth-2*outer)
	}
	f.Widths(3, 1)
	a, b, _ = widths()
	if r := float64(a / b); math.Abs(r-3) > 1e-9 {
		t.Errorf("plot areas have ratio %v; want 3", r)
	}
	f.Size(500, 800)
	if w, h := f.Pixels(); w != 500 || h != 800 {
		t.Errorf("size %d × %d; want 500 × 800", w, h)
	}
}

// TestSameBytes draws the same figure twice, at the same time.
func TestSameBytes(t *testing.T) {
	render := func() [3][]byte {
		rng := rand.New(rand.NewPCG(3, 4))
		x := make([]float64, 500)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		p := New("Σ", "x", "y").Hist("draws", x).Density("kde", x)
		q := New("", "", "").EqualUnits().Contour(func(x []float64) float64 { return -x[0]*x[0] - x[1]*x[1] }, -2, 2, -2, 2)
		f := Row(p, q, New("", "", "").Points("", x, x))
		var out [3][]byte
		var err [3]error
		out[0], err[0] = f.SVG()
		out[1], err[1] = f.CompactPNG(1)
		out[2], err[2] = f.PDF()
		for _, e := range err {
			if e != nil {
				t.Error(e)
			}
		}
		return out
	}
	first := make(chan [3][]byte)
	go func() { first <- render() }()
	second := render()
	for i, b := range <-first {
		if !bytes.Equal(b, second[i]) {
			t.Errorf("%s differs between two drawings", []string{"SVG", "PNG", "PDF"}[i])
		}
	}
}
