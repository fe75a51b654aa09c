package figure

import (
	"image"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// HeatMap draws the matrix m as coloured cells, the first row at the top as it is
// written down, in colours from lo to hi of the map. Values beyond take the end
// colours. Rows and columns are numbered from 1, unless XTicks and YTicks say
// otherwise: column j is at x = j and row i at y = rows−1−i.
func (p *Panel) HeatMap(m mat.Matrix, lo, hi float64, colors ColorMap) *Panel {
	if p.err != nil {
		return p
	}
	r, c := m.Dims()
	if r == 0 || c == 0 {
		return p.fail("HeatMap: the matrix is %d×%d", r, c)
	}
	if !finite(lo) || !finite(hi) || lo >= hi {
		return p.fail("HeatMap: colours from %v to %v; want finite ends in ascending order", lo, hi)
	}
	for i := range r {
		for j := range c {
			if v := m.At(i, j); !finite(v) {
				return p.fail("HeatMap: element (%d, %d) is %v; want finite values", i, j, v)
			}
		}
	}
	if at, names := indexTicks(c); p.marks[0] == nil {
		p.XTicks(at, names)
	}
	if at, names := indexTicks(r); p.marks[1] == nil {
		for i := range at {
			at[i] = float64(r-1) - at[i]
		}
		p.YTicks(at, names)
	}
	return p.add(&heatLayer{m, lo, hi, colors}, entry{})
}

type heatLayer struct {
	m      mat.Matrix
	lo, hi float64
	colors ColorMap
}

func (l *heatLayer) bounds() bounds {
	r, c := l.m.Dims()
	return bounds{
		x: span{-0.5, float64(c) - 0.5}, y: span{-0.5, float64(r) - 0.5},
		snugX0: true, snugX1: true, snugY0: true, snugY1: true,
	}
}

func (l *heatLayer) draw(a *area) {
	r, c := l.m.Dims()
	whole := vg.Rectangle{Min: a.point(-0.5, -0.5), Max: a.point(float64(c)-0.5, float64(r)-0.5)}
	if r*c > 2500 && a.Contains(whole.Min) && a.Contains(whole.Max) {
		l.image(a, whole, r, c)
		return
	}
	// Each cell reaches a pixel under its right and lower neighbours, so that no
	// seam shows between them; runs of one colour are one rectangle.
	const under = px
	for i := range r {
		y0, y1 := a.py(float64(r-1-i)-0.5), a.py(float64(r-1-i)+0.5)
		if i < r-1 {
			y0 -= under
		}
		for j := 0; j < c; {
			k := l.color(i, j)
			end := j + 1
			for end < c && l.color(i, end) == k {
				end++
			}
			x0, x1 := a.px(float64(j)-0.5), a.px(float64(end)-0.5)
			if end < c {
				x1 += under
			}
			fillPolygon(a, k, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
			j = end
		}
	}
}

func (l *heatLayer) color(i, j int) color.NRGBA {
	return l.colors((l.m.At(i, j) - l.lo) / (l.hi - l.lo))
}

// image draws a large matrix as one picture, enlarged so that no backend blurs
// the cells.
func (l *heatLayer) image(a *area, at vg.Rectangle, r, c int) {
	f := max(1, 1200/max(r, c))
	img := image.NewNRGBA(image.Rect(0, 0, c*f, r*f))
	for i := range r {
		for j := range c {
			k := l.color(i, j)
			for u := range f {
				for v := range f {
					img.SetNRGBA(j*f+v, i*f+u, k)
				}
			}
		}
	}
	a.DrawImage(at, img)
}

// A colorBar is the key to a heat map, to the right of the plot area.
type colorBar struct {
	scale  scale
	colors ColorMap
	label  string
}

const (
	barGap   = 10 * px
	barWidth = 11 * px
)

// ColorBar adds the key to colours from lo to hi of the map, with a label.
func (p *Panel) ColorBar(label string, lo, hi float64, colors ColorMap) *Panel {
	if !finite(lo) || !finite(hi) || lo >= hi {
		return p.fail("ColorBar %q: from %v to %v; want finite ends in ascending order", label, lo, hi)
	}
	p.bar = &colorBar{scale{lo: lo, hi: hi}, colors, label}
	return p
}

func (b *colorBar) marks(h vg.Length) ([]tick, int) {
	return b.scale.ticks(h, func(string) vg.Length { return tickText.height() + 8*px })
}

func (b *colorBar) width(h vg.Length) vg.Length {
	marks, power := b.marks(h)
	w := barGap + barWidth + tickGap + tickLength + max(widest(marks), tickText.width(factor(power))-barWidth)
	if b.label != "" {
		w += labelGap + labelText.height()
	}
	return w
}

func (b *colorBar) draw(a *area) {
	const steps = 96
	x := a.Max.X + barGap
	h := a.Max.Y - a.Min.Y
	for i := range steps {
		y := a.Min.Y + h*vg.Length(i)/steps
		a.SetColor(b.colors((float64(i) + 0.5) / steps))
		a.Fill(box(x, y, x+barWidth, a.Max.Y)) // the next covers the rest: no seams
	}
	a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
	a.Stroke(box(x, a.Min.Y, x+barWidth, a.Max.Y))
	marks, power := b.marks(h)
	for _, t := range marks {
		y := a.Min.Y + h*vg.Length(b.scale.norm(t.at))
		a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
		line(a, x+barWidth, y, x+barWidth+tickLength, y)
		tickText.draw(a, t.label, vg.Point{X: x + barWidth + tickLength + tickGap, Y: y}, leftMid)
	}
	if power != 0 {
		tickText.draw(a, factor(power), vg.Point{X: x, Y: a.Max.Y + 4*px}, leftBase)
	}
	if b.label != "" {
		at := vg.Point{X: x + barWidth + tickLength + tickGap + widest(marks) + labelGap + labelText.ascent(), Y: a.Center().Y}
		labelText.drawUp(a, b.label, at, centreBase)
	}
}

// CovarianceHeatMap shows covariance matrices side by side in one symmetric
// range of colours, so that they can be compared by eye: white is 0. All must
// be square; they may differ in size.
func CovarianceHeatMap(m ...Matrix) *Figure {
	f := &Figure{cols: max(len(m), 1)}
	if len(m) == 0 {
		return Grid(0)
	}
	largest := 0.0
	for _, t := range m {
		r, c := t.Dims()
		for i := range r {
			for j := range c {
				largest = math.Max(largest, math.Abs(t.At(i, j)))
			}
		}
	}
	if largest == 0 || !finite(largest) {
		largest = 1
	}
	for i, t := range m {
		r, c := t.Dims()
		p := New(t.Label, "", "").EqualUnits().HeatMap(t, -largest, largest, Balance)
		if r != c && p.err == nil {
			p.fail("CovarianceHeatMap %q: the matrix is %d×%d; a covariance is square", t.Label, r, c)
		}
		if i == len(m)-1 {
			p.ColorBar("covariance", -largest, largest, Balance)
		}
		f.blocks = append(f.blocks, p)
	}
	return f
}

// indexTicks numbers n cells from 1, all or every few.
func indexTicks(n int) (at []float64, names []string) {
	every := 1
	for _, e := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500} {
		if every = e; n/e <= 10 {
			break
		}
	}
	for i := 0; i < n; i++ {
		if i == 0 && every <= 2 || (i+1)%every == 0 || n == 1 {
			at, names = append(at, float64(i)), append(names, strconv.Itoa(i+1))
		}
	}
	if every == 2 { // 1, 3, 5 …, not 1, 2, 4
		at, names = at[:0], names[:0]
		for i := 0; i < n; i += 2 {
			at, names = append(at, float64(i)), append(names, strconv.Itoa(i+1))
		}
	}
	return at, names
}
