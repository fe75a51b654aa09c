package figure

import (
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/figure/internal/canvas"
	"natspike/pkg/figure/internal/layout"
)

// A layer is one thing drawn between the axes.
type layer interface{ draw(a *area, s Style) }

// A drawFunc is a layer that is a function.
type drawFunc func(a *area, s Style)

func (f drawFunc) draw(a *area, s Style) { f(a, s) }

// An area is where the layers of a panel are drawn.
type area struct {
	draw.Canvas
	xs, ys scale
}

func (a *area) px(x float64) vg.Length { return a.Canvas.X(a.xs.norm(x)) }
func (a *area) py(y float64) vg.Length { return a.Canvas.Y(a.ys.norm(y)) }
func (a *area) point(x, y float64) vg.Point {
	return vg.Point{X: a.px(x), Y: a.py(y)}
}

// A view is a panel in its place in a figure. It is a layout.Plot.
type view struct {
	*Panel
	items      []item // of the panel, in the styles of distinguish
	entries    []entry
	scales     [2]scale
	letter     string
	unlabelled [2]bool   // whether the axis has no labels, because a neighbour has them
	place      placement // of the legend, which the figure may show instead of the panel
	area       vg.Point  // size of the plot area, once known
}

// SetArea implements layout.Plot.
func (v *view) SetArea(size vg.Point) { v.area = size }

// AreaHeight implements layout.Plot.
func (v *view) AreaHeight(w vg.Length) vg.Length {
	switch {
	case v.height > 0:
		return v.height
	case v.equal:
		return min(max(w*v.ratio(), 60*px), 440*px)
	}
	return min(max(0.62*w, 105*px), 230*px)
}

// AreaWidth implements layout.Plot.
func (v *view) AreaWidth(w, h vg.Length) vg.Length {
	if !v.equal {
		return w
	}
	return min(w, h/v.ratio())
}

// ratio returns the height of a plot area of width 1 with equal units.
func (v *view) ratio() vg.Length {
	x, y := v.scales[0], v.scales[1]
	r := (y.hi/2 - y.lo/2) / (x.hi/2 - x.lo/2)
	return vg.Length(min(max(r, 1e-9), 1e9))
}

// shape returns the largest size within s that the plot area may have.
func (v *view) shape(s vg.Point) vg.Point {
	if !v.equal {
		return s
	}
	return vg.Point{X: min(s.X, s.Y/v.ratio()), Y: min(s.Y, s.X*v.ratio())}
}

// ticks returns the ticks of an axis of the given length.
func (v *view) ticks(axis int, length vg.Length) (t ticks) {
	s := v.scales[axis]
	room := func(s string) vg.Length { return tickText.Width(s) + 12*px }
	if axis == 1 {
		room = func(string) vg.Length { return tickText.Height() + 8*px }
	}
	if named := v.axes[axis].named; named != nil {
		t.marks = s.mark(named)
	} else {
		t = s.ticks(length, room)
	}
	const hair = 1e-6
	t.marks = slices.DeleteFunc(t.marks, func(m tick) bool { return m.at < -hair || m.at > 1+hair })
	return t
}

// Measure implements layout.Block.
func (v *view) Measure(w vg.Length) (m layout.Margins, h vg.Length) {
	size := v.area
	if size.X == 0 {
		size.X = max(w-70*px, 40*px)
		size.Y = v.AreaHeight(size.X)
	}
	size = v.shape(size)
	m.Left, m.Right, m.Bottom = 2*px, 3*px, 2*px

	head := 4 * px
	if y := v.ticks(1, size.Y); !v.unlabelled[1] {
		if len(y.marks) > 0 {
			m.Left = y.widest() + tickGap + tickLength
		}
		if v.axes[1].label != "" {
			m.Left += labelGap + labelText.Height()
		}
		if f := y.factor(); f != "" {
			head = tickText.Height() + 2*px
			m.Right = max(m.Right, tickText.Width(f)-size.X)
		}
	}
	if x := v.ticks(0, size.X); !v.unlabelled[0] {
		if len(x.marks) > 0 {
			m.Bottom = tickLength + tickGap + tickText.Height()
			for _, t := range x.marks { // a label may stand out beyond an end of the axis
				half := tickText.Width(t.label) / 2
				at := size.X * vg.Length(t.at)
				m.Right = max(m.Right, at+half-size.X)
				m.Left = max(m.Left, half-at)
			}
		}
		if v.axes[0].label != "" {
			m.Bottom += labelGap + labelText.Height()
		}
		if x.offset != "" || x.power != 0 && v.axes[0].label == "" {
			m.Bottom += tickText.Height()
			m.Left = max(m.Left, tickText.Width(x.factor())-size.X)
		}
	}
	if v.bar != nil {
		m.Right = max(m.Right, v.bar.width(size.Y))
		if v.bar.ticks(size.Y).factor() != "" {
			head = tickText.Height() + 2*px
		}
	}
	if v.place == legendRight {
		m.Right += 12*px + v.legendColumn()
	}
	// An entry of the legend and a word of the title cannot be broken into lines.
	if v.place == legendAbove {
		m.Right = max(m.Right, v.legendColumn()-size.X)
	}
	for _, word := range strings.Fields(v.title) {
		m.Right = max(m.Right, v.letterWidth()+titleText.Width(word)-size.X)
	}
	m.Top = head + v.headHeight(size.X+m.Right)
	return m, m.Top + size.Y + m.Bottom
}

// least is the smallest width of a plot area. In a smaller one labels would overlap.
const least = 40 * px

// headHeight returns the height of title and legend over an area w wide.
func (v *view) headHeight(w vg.Length) (h vg.Length) {
	if n := len(v.titleLines(w)); n > 0 {
		h += titleText.Height()*vg.Length(n) + titleGap - 2*px
	}
	if n := len(v.legendRows(w)); n > 0 {
		h += legendLine*vg.Length(n) + legendGap - 3*px
	}
	return h
}

func (v *view) titleLines(w vg.Length) []string {
	if v.title == "" && v.letter == "" {
		return nil
	}
	return titleText.Wrap(v.title, w-v.letterWidth())
}

func (v *view) letterWidth() vg.Length {
	if v.letter == "" {
		return 0
	}
	return titleText.Width(v.letter) + 8*px
}

// Paint implements layout.Block.
func (v *view) Paint(c draw.Canvas, m layout.Margins) error {
	a := &area{Canvas: draw.Crop(c, m.Left, -m.Right, m.Bottom, -m.Top), xs: v.scales[0], ys: v.scales[1]}
	size := v.shape(a.Size()) // from the upper left corner
	if size.X < least || size.Y < least/2 {
		return check.Errorf("size", "leaves %.0f × %.0f px for the plot area of panel %q; make the figure larger or its labels shorter", max(size.X/px, 0), max(size.Y/px, 0), v.title)
	}
	a.Max.X, a.Min.Y = a.Min.X+size.X, a.Max.Y-size.Y
	x, y := v.ticks(0, size.X), v.ticks(1, size.Y)
	v.grid(a, x, y)
	v.axisX(a, c.Rectangle, x)
	v.axisY(a, c.Rectangle, y)
	for _, i := range v.items {
		i.layer.draw(a, i.style)
	}
	v.head(a, c.Rectangle, m)
	if v.bar != nil {
		v.bar.draw(a)
	}
	return nil
}

func (v *view) grid(a *area, xs, ys ticks) {
	a.SetLineStyle(draw.LineStyle{Color: gridColor, Width: spineWidth})
	for axis, ticks := range [2]ticks{xs, ys} {
		for _, t := range ticks.marks {
			switch {
			case v.axes[axis].named != nil || t.label == "" || t.at <= 1e-6 || t.at >= 1-1e-6:
			case axis == 0:
				canvas.Line(a, a.X(t.at), a.Min.Y, a.X(t.at), a.Max.Y)
			default:
				canvas.Line(a, a.Min.X, a.Y(t.at), a.Max.X, a.Y(t.at))
			}
		}
	}
}

// tickMark returns the length of a tick, 0 if it is not drawn.
func (v *view) tickMark(axis int, t tick) vg.Length {
	switch {
	case t.label != "":
		return tickLength
	case v.unlabelled[axis]:
		return 0
	}
	return minorTick
}

func (v *view) axisX(a *area, cell vg.Rectangle, x ticks) {
	y := a.Min.Y
	a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
	canvas.Line(a, a.Min.X-spineWidth/2, y, a.Max.X, y)
	for _, t := range x.marks {
		if length := v.tickMark(0, t); length > 0 {
			canvas.Line(a, a.X(t.at), y, a.X(t.at), y-length)
		}
	}
	if v.unlabelled[0] {
		return
	}
	if len(x.marks) > 0 {
		y -= tickLength + tickGap + tickText.Ascent()
		for _, t := range x.marks {
			tickText.Draw(a, t.label, vg.Point{X: a.X(t.at), Y: y}, canvas.CentreBase)
		}
		y -= tickText.Descent()
	}
	right := cell.Max.X // how far the label may reach
	base := y - labelGap - labelText.Ascent()
	if factor, label := x.factor(), v.axes[0].label; factor != "" {
		at := base // beside the label
		if label == "" || x.offset != "" {
			at = y - tickText.Ascent()
			base -= tickText.Height()
		} else {
			right = a.Max.X - tickText.Width(factor) - 6*px
		}
		tickText.Draw(a, factor, vg.Point{X: a.Max.X, Y: at}, canvas.RightBase)
	}
	if label := v.axes[0].label; label != "" {
		t := labelText.Fit(label, right-cell.Min.X)
		half := t.Width(label) / 2
		x := max(min(a.Center().X, right-half), cell.Min.X+half)
		t.Draw(a, label, vg.Point{X: x, Y: base}, canvas.CentreBase)
	}
}

func (v *view) axisY(a *area, cell vg.Rectangle, y ticks) {
	x := a.Min.X
	a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
	canvas.Line(a, x, a.Min.Y, x, a.Max.Y)
	for _, t := range y.marks {
		if length := v.tickMark(1, t); length > 0 {
			canvas.Line(a, x-length, a.Y(t.at), x, a.Y(t.at))
		}
	}
	if v.unlabelled[1] {
		return
	}
	if factor := y.factor(); factor != "" {
		tickText.Draw(a, factor, vg.Point{X: x, Y: a.Max.Y + 4*px}, canvas.LeftBase)
	}
	if len(y.marks) > 0 {
		x -= tickLength + tickGap
		for _, t := range y.marks {
			tickText.Draw(a, t.label, vg.Point{X: x, Y: a.Y(t.at)}, canvas.RightMid)
		}
		x -= y.widest()
	}
	if label := v.axes[1].label; label != "" {
		t := labelText.Fit(label, cell.Max.Y-cell.Min.Y)
		at := vg.Point{X: x - labelGap - labelText.Descent(), Y: a.Center().Y}
		half := t.Width(label) / 2
		at.Y = max(min(at.Y, cell.Max.Y-half), cell.Min.Y+half)
		t.DrawUp(a, label, at, canvas.CentreBase)
	}
}

// head draws title and legend.
func (v *view) head(a *area, cell vg.Rectangle, m layout.Margins) {
	w := cell.Max.X - (cell.Min.X + m.Left) // the width that Measure used
	y := a.Max.Y + m.Top
	left := a.Min.X
	if v.letter != "" {
		titleText.Draw(a, v.letter, vg.Point{X: left, Y: y - titleText.Ascent()}, canvas.LeftBase)
		left += v.letterWidth()
	}
	lines := v.titleLines(w)
	for _, s := range lines {
		titleText.Draw(a, s, vg.Point{X: left, Y: y - titleText.Ascent()}, canvas.LeftBase)
		y -= titleText.Height()
	}
	switch v.place {
	case legendAbove:
		if len(lines) > 0 {
			y -= titleGap - 2*px
		}
		for _, row := range v.legendRows(w) {
			x := a.Min.X
			for _, e := range row {
				e.draw(a, vg.Point{X: x, Y: y - legendLine/2})
				x += e.width() + entryGap
			}
			y -= legendLine
		}
	case legendRight:
		x, y := a.Max.X+m.Right-v.legendColumn(), a.Max.Y
		for _, e := range v.entries {
			e.draw(a, vg.Point{X: x, Y: y - legendLine/2})
			y -= legendLine
		}
	}
}
