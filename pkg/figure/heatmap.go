package figure

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
)

// HeatMap draws the matrix m as coloured cells, the first row at the top. lo and hi
// have the first and the last colour of the map, and so have values beyond them.
// Column j is at x = j and row i at y = rows−1−i. Both are numbered from 1, unless
// XTicks and YTicks name them.
func (p *Panel) HeatMap(m mat.Matrix, lo, hi float64, colors ColorMap) *Panel {
	if p.err != nil {
		return p
	}
	if !finite(lo) || !finite(hi) || !(hi-lo >= minRange) {
		return p.fail("HeatMap: the colours", "go from %v to %v; want finite ends in ascending order", lo, hi)
	}
	v, err := check.Matrix("HeatMap: the matrix", m, -1, -1)
	if err != nil {
		p.err = err
		return p
	}
	r, c := m.Dims()
	if at, names := indexTicks(c); p.axes[0].named == nil {
		p.XTicks(at, names)
	}
	if at, names := indexTicks(r); p.axes[1].named == nil {
		for i := range at {
			at[i] = float64(r-1) - at[i]
		}
		p.YTicks(at, names)
	}
	x, y := span{-0.5, float64(c) - 0.5}, span{-0.5, float64(r) - 0.5}
	return p.add(&heatLayer{r, c, v, scale{lo: lo, hi: hi}, colors}, tight(x), tight(y), Style{}, "", 0)
}

type heatLayer struct {
	r, c   int
	v      []float64 // by rows
	values scale     // lo and hi of the colours
	colors ColorMap
}

func (l *heatLayer) draw(a *area, _ Style) {
	r, c := l.r, l.c
	whole := vg.Rectangle{Min: a.point(-0.5, -0.5), Max: a.point(float64(c)-0.5, float64(r)-0.5)}
	inside := a.Contains(whole.Min) && a.Contains(whole.Max)
	switch {
	case r*c > 2500 && inside && max(r, c) <= maxImage:
		l.image(a, whole)
		return
	case r*c > 2500:
		l.resampled(a)
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
			k := l.color(l.v[i*c+j])
			end := j + 1
			for end < c && l.color(l.v[i*c+end]) == k {
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

func (l *heatLayer) color(v float64) color.NRGBA { return l.colors(l.values.norm(v)) }

// maxImage is the largest width and height of an image in a layer.
const maxImage = 2000

// image draws a large matrix as one image, enlarged so that no viewer blurs the
// cells.
func (l *heatLayer) image(a *area, at vg.Rectangle) {
	f := max(1, 1200/max(l.r, l.c))
	img := image.NewNRGBA(image.Rect(0, 0, l.c*f, l.r*f))
	for i := range l.r {
		for j := range l.c {
			k := l.color(l.v[i*l.c+j])
			for u := range f {
				for v := range f {
					img.SetNRGBA(j*f+v, i*f+u, k)
				}
			}
		}
	}
	a.DrawImage(at, img)
}

// resampled draws the visible part of a matrix that has more cells than an image
// should, or that reaches beyond the axes. Each pixel has the mean of its cells.
func (l *heatLayer) resampled(a *area) {
	size := a.Size()
	w, h := min(max(int(size.X/(0.5*px)), 1), maxImage), min(max(int(size.Y/(0.5*px)), 1), maxImage)
	cell := func(v float64, n int) int { return int(min(max(math.Floor(v+0.5), 0), float64(n))) }
	cols, rows := make([]int, w+1), make([]int, h+1)
	for u := range cols {
		cols[u] = cell(a.xs.at(float64(u)/float64(w)), l.c)
	}
	for v := range rows {
		rows[v] = cell(float64(l.r-1)-a.ys.at(1-float64(v)/float64(h)), l.r)
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for v := range h {
		for u := range w {
			i0, j0 := rows[v], cols[u]
			if i0 >= l.r || j0 >= l.c {
				continue
			}
			sum, n := 0.0, 0.0
			for i := i0; i < max(rows[v+1], i0+1); i++ {
				for j := j0; j < max(cols[u+1], j0+1); j++ {
					n++
					sum += (l.v[i*l.c+j] - sum) / n // a running mean, which cannot overflow
				}
			}
			img.SetNRGBA(u, v, l.color(sum))
		}
	}
	a.DrawImage(a.Rectangle, img)
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
	if !finite(lo) || !finite(hi) || !(hi-lo >= minRange) {
		return p.fail(fmt.Sprintf("ColorBar %q", label), "goes from %v to %v; want finite ends in ascending order", lo, hi)
	}
	p.bar = &colorBar{scale{lo: lo, hi: hi}, colors, label}
	return p
}

func (b *colorBar) ticks(h vg.Length) ticks {
	return b.scale.ticks(h, func(string) vg.Length { return tickText.Height() + 8*px })
}

func (b *colorBar) width(h vg.Length) vg.Length {
	t := b.ticks(h)
	w := barGap + barWidth + tickGap + tickLength + max(t.widest(), tickText.Width(t.factor())-barWidth)
	if b.label != "" {
		w += labelGap + labelText.Height()
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
		a.Fill(canvas.Box(x, y, x+barWidth, a.Max.Y)) // the next step covers the rest, so that no seam shows
	}
	a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
	a.Stroke(canvas.Box(x, a.Min.Y, x+barWidth, a.Max.Y))
	ticks := b.ticks(h)
	for _, t := range ticks.marks {
		y := a.Min.Y + h*vg.Length(t.at)
		a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
		canvas.Line(a, x+barWidth, y, x+barWidth+tickLength, y)
		tickText.Draw(a, t.label, vg.Point{X: x + barWidth + tickLength + tickGap, Y: y}, canvas.LeftMid)
	}
	if f := ticks.factor(); f != "" {
		tickText.Draw(a, f, vg.Point{X: x, Y: a.Max.Y + 4*px}, canvas.LeftBase)
	}
	if b.label != "" {
		at := vg.Point{X: x + barWidth + tickLength + tickGap + ticks.widest() + labelGap + labelText.Ascent(), Y: a.Center().Y}
		labelText.DrawUp(a, b.label, at, canvas.CentreBase)
	}
}

// CovarianceHeatMap shows covariance matrices side by side in one symmetric
// range of colours, of which white is 0, so that they can be compared by eye. All
// must be square; they may differ in size.
func CovarianceHeatMap(m ...Matrix) *Figure {
	largest := 0.0
	for _, t := range m {
		v, err := check.Matrix(fmt.Sprintf("CovarianceHeatMap %q", t.Label), t.Matrix, -1, -1)
		if err != nil {
			return Failed(err)
		}
		if r, c := t.Dims(); r != c {
			return Failed(check.Errorf(fmt.Sprintf("CovarianceHeatMap %q", t.Label), "is %d×%d; a covariance is square", r, c))
		}
		s := spanOf(v)
		largest = max(largest, -s.lo, s.hi)
	}
	if largest < minRange {
		largest = 1
	}
	panels := make([]Drawing, len(m))
	for i, t := range m {
		p := New(t.Label, "", "").EqualUnits().HeatMap(t.Matrix, -largest, largest, Balance)
		if i == len(m)-1 {
			p.ColorBar("covariance", -largest, largest, Balance)
		}
		panels[i] = p
	}
	return Row(panels...)
}

// indexTicks returns ticks that number n cells from 1. It leaves numbers out so that
// at most about ten are shown.
func indexTicks(n int) (at []float64, names []string) {
	every := 1
	for k := 0; n/every > 10; k++ {
		every = [3]int{1, 2, 5}[k%3] * int(math.Pow10(k/3))
	}
	first := every - 1 // 10, 20 …
	if every <= 2 {    // 1, 2, 3 … or 1, 3, 5 …
		first = 0
	}
	for i := first; i < n; i += every {
		at, names = append(at, float64(i)), append(names, strconv.Itoa(i+1))
	}
	return at, names
}
