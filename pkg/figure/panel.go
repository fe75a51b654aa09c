package figure

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Panel is one pair of axes and the layers drawn between them, in the order
// in which they were added. Its methods return the panel, so that a figure
// reads as one sentence. The first thing that is wrong with the data stops the
// panel: later layers are ignored, and whoever writes the picture gets the error.
type Panel struct {
	title, xlabel, ylabel string

	layers  []layer
	entries []entry
	colors  int // how many of Cycle are used
	err     error

	limits         [2]span // what the user asked for; nowhere if nothing
	log            [2]bool
	marks          [2][]tick // the user's own
	equal          bool
	tall           vg.Length // of the plot area, 0 for the default
	place          placement
	bar            *colorBar
	quietX, quietY bool // without tick labels and axis label

	// What the figure around the panel decides.
	letter       string
	shared       [2]span
	bareX, bareY bool     // a neighbour has the labels
	hidden       bool     // the figure has the legend
	area         vg.Point // size of the plot area, once known
}

type placement uint8

const (
	legendAbove placement = iota
	legendRight
	legendNone
)

// A layer is one thing drawn between the axes.
type layer interface {
	bounds() bounds
	draw(a *area)
}

// A span is a range of values. nowhere is the empty one.
type span struct{ lo, hi float64 }

var nowhere = span{math.Inf(1), math.Inf(-1)}

func (s span) empty() bool       { return s.lo > s.hi }
func (s span) union(t span) span { return span{math.Min(s.lo, t.lo), math.Max(s.hi, t.hi)} }

func spanOf(values ...[]float64) span {
	s := nowhere
	for _, v := range values {
		for _, x := range v {
			s.lo, s.hi = math.Min(s.lo, x), math.Max(s.hi, x)
		}
	}
	return s
}

// bounds is the room that a layer needs. At a snug end the axis stops where the
// data does; at the others it leaves a margin.
type bounds struct {
	x, y                           span
	snugX0, snugX1, snugY0, snugY1 bool
}

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

// New returns an empty panel. Labels carry their units: "time (ms)". Any of the
// three may be empty.
func New(title, xlabel, ylabel string) *Panel {
	return &Panel{
		title: title, xlabel: xlabel, ylabel: ylabel,
		limits: [2]span{nowhere, nowhere}, shared: [2]span{nowhere, nowhere},
	}
}

// Figure returns a figure with p alone.
func (p *Panel) Figure() *Figure { return Grid(1, p) }

func (p *Panel) block() block { return p }

// SVG returns the panel alone as an SVG document.
func (p *Panel) SVG() ([]byte, error) { return p.Figure().SVG() }

// PNG returns the panel alone as an image, as (*Figure).PNG does.
func (p *Panel) PNG(scale float64) ([]byte, error) { return p.Figure().PNG(scale) }

// PDF returns the panel alone as a PDF document.
func (p *Panel) PDF() ([]byte, error) { return p.Figure().PDF() }

// Save writes the panel alone to path, as (*Figure).Save does.
func (p *Panel) Save(path string) error { return p.Figure().Save(path) }

// Err returns the first error met in building the panel.
func (p *Panel) Err() error {
	if p.err != nil {
		return p.err
	}
	for i, s := range [2]span{p.ownRange(0), p.ownRange(1)} {
		if p.log[i] && !(s.lo > 0) {
			return fmt.Errorf("figure: panel %q: values down to %v on the logarithmic %c axis; they must be positive", p.title, s.lo, "xy"[i])
		}
	}
	return nil
}

func (p *Panel) fail(format string, args ...any) *Panel {
	if p.err == nil {
		p.err = fmt.Errorf("figure: "+format, args...)
	}
	return p
}

// XRange sets the range of the x axis.
func (p *Panel) XRange(lo, hi float64) *Panel { return p.limit(0, lo, hi) }

// YRange sets the range of the y axis.
func (p *Panel) YRange(lo, hi float64) *Panel { return p.limit(1, lo, hi) }

func (p *Panel) limit(axis int, lo, hi float64) *Panel {
	if !finite(lo) || !finite(hi) || lo >= hi {
		return p.fail("panel %q: range [%v, %v] of the %c axis; want finite ends in ascending order", p.title, lo, hi, "xy"[axis])
	}
	p.limits[axis] = span{lo, hi}
	return p
}

// LogX makes the x axis logarithmic.
func (p *Panel) LogX() *Panel { p.log[0] = true; return p }

// LogY makes the y axis logarithmic.
func (p *Panel) LogY() *Panel { p.log[1] = true; return p }

// XTicks puts names at the given places of the x axis, in place of numbers. No
// names at all leave the axis bare.
func (p *Panel) XTicks(at []float64, names []string) *Panel { return p.ticks(0, at, names) }

// YTicks puts names at the given places of the y axis, in place of numbers.
func (p *Panel) YTicks(at []float64, names []string) *Panel { return p.ticks(1, at, names) }

func (p *Panel) ticks(axis int, at []float64, names []string) *Panel {
	if len(at) != len(names) {
		return p.fail("panel %q: %d ticks with %d names", p.title, len(at), len(names))
	}
	p.marks[axis] = make([]tick, len(at))
	for i := range at {
		p.marks[axis][i] = tick{at[i], names[i]}
	}
	return p
}

// EqualUnits draws one unit of x as long as one unit of y.
func (p *Panel) EqualUnits() *Panel { p.equal = true; return p }

// Height sets the height of the plot area in CSS pixels.
func (p *Panel) Height(height float64) *Panel { p.tall = vg.Length(height) * px; return p }

// LegendRight puts the legend to the right of the plot area instead of above it.
func (p *Panel) LegendRight() *Panel { p.place = legendRight; return p }

// NoLegend leaves the legend out, where a neighbour already shows it.
func (p *Panel) NoLegend() *Panel { p.place = legendNone; return p }

// style settles the style of the next series: the given one, if any, and the
// next colour of the cycle, if it has none.
func (p *Panel) style(given []Style) Style {
	var s Style
	if len(given) > 0 {
		s = given[0]
	}
	if s.Color == nil {
		s.Color = Cycle[p.colors%len(Cycle)]
		p.colors++
	}
	return s.filled(s.Color)
}

// add appends a layer, and its entry in the legend if it has a name that is not
// there yet.
func (p *Panel) add(l layer, e entry) *Panel {
	if p.err != nil {
		return p
	}
	p.layers = append(p.layers, l)
	if e.label == "" {
		return p
	}
	for _, old := range p.entries {
		if old.label == e.label && old.kind == e.kind {
			return p
		}
	}
	p.entries = append(p.entries, e)
	return p
}

// ownRange is the range of the panel's own layers along an axis, with the margin.
func (p *Panel) ownRange(axis int) span {
	if l := p.limits[axis]; !l.empty() {
		return l
	}
	s := nowhere
	snugLo, snugHi := true, true
	for _, l := range p.layers {
		b := l.bounds()
		t, lo, hi := b.x, b.snugX0, b.snugX1
		if axis == 1 {
			t, lo, hi = b.y, b.snugY0, b.snugY1
		}
		if t.empty() {
			continue
		}
		if t.lo < s.lo || t.lo == s.lo && !lo {
			snugLo = lo
		}
		if t.hi > s.hi || t.hi == s.hi && !hi {
			snugHi = hi
		}
		s = s.union(t)
	}
	if s.empty() {
		s = span{0, 1}
		if p.log[axis] {
			s = span{1, 10}
		}
	}
	if p.log[axis] {
		if s.lo <= 0 {
			return s // reported by Err
		}
		pad := math.Pow(s.hi/s.lo, 0.05)
		if s.lo == s.hi {
			pad = 2
		}
		if !snugLo {
			s.lo /= pad
		}
		if !snugHi {
			s.hi *= pad
		}
		return s
	}
	pad := 0.05 * (s.hi - s.lo)
	if s.lo == s.hi {
		pad = 0.5 * math.Max(math.Abs(s.lo), 1e-300)
		if s.lo == 0 {
			pad = 1
		}
		snugLo, snugHi = false, false
	}
	if !snugLo {
		s.lo -= pad
	}
	if !snugHi {
		s.hi += pad
	}
	return s
}

func (p *Panel) scale(axis int) scale {
	s := p.shared[axis]
	if s.empty() || !p.limits[axis].empty() {
		s = p.ownRange(axis)
	}
	return scale{s.lo, s.hi, p.log[axis]}
}

// areaHeight is the height that the panel wants for a plot area w wide.
func (p *Panel) areaHeight(w vg.Length) vg.Length {
	switch {
	case p.tall > 0:
		return p.tall
	case p.equal:
		x, y := p.scale(0), p.scale(1)
		return min(max(w*vg.Length((y.hi-y.lo)/(x.hi-x.lo)), 60*px), 440*px)
	}
	return min(max(0.62*w, 105*px), 230*px)
}

// xMarks and yMarks return the ticks of a plot area of the given length.
func (p *Panel) xMarks(length vg.Length) ([]tick, int) {
	if p.marks[0] != nil {
		return p.marks[0], 0
	}
	return p.scale(0).ticks(length, func(s string) vg.Length { return tickText.width(s) + 12*px })
}

func (p *Panel) yMarks(length vg.Length) ([]tick, int) {
	if p.marks[1] != nil {
		return p.marks[1], 0
	}
	return p.scale(1).ticks(length, func(string) vg.Length { return tickText.height() + 8*px })
}

// factor is the power of ten that an axis' labels leave out, as text.
func factor(power int) string {
	if power == 0 {
		return ""
	}
	return "×10" + superscript(power)
}

func widest(marks []tick) (w vg.Length) {
	for _, t := range marks {
		w = max(w, tickText.width(t.label))
	}
	return w
}

// measure implements block.
func (p *Panel) measure(w vg.Length) (m margins, h vg.Length) {
	size := p.area
	if size.X == 0 {
		size.X = max(w-70*px, 40*px)
		size.Y = p.areaHeight(size.X)
	}
	if p.equal {
		size = p.shape(size)
	}
	m.left, m.right, m.bottom = 2*px, 3*px, 2*px

	marks, power := p.yMarks(size.Y)
	if !p.bareY && len(marks) > 0 {
		m.left = widest(marks) + tickGap + tickLength
	}
	if p.ylabel != "" && !p.bareY {
		m.left += labelGap + labelText.height()
	}
	head := 4 * px
	if power != 0 && !p.bareY {
		head = tickText.height() + 2*px
	}
	marks, power = p.xMarks(size.X)
	xs := p.scale(0)
	if !p.bareX && len(marks) > 0 {
		m.bottom = tickLength + tickGap + tickText.height()
		for _, t := range marks { // a label may stand out beyond an end of the axis
			half := tickText.width(t.label) / 2
			x := size.X * vg.Length(xs.norm(t.at))
			m.right = max(m.right, x+half-size.X)
			m.left = max(m.left, half-x)
		}
	}
	if p.xlabel != "" && !p.bareX {
		m.bottom += labelGap + labelText.height()
	} else if power != 0 && !p.bareX {
		m.bottom += tickText.height()
	}
	if p.bar != nil {
		m.right = max(m.right, p.bar.width(size.Y))
		if _, power := p.bar.marks(size.Y); power != 0 {
			head = tickText.height() + 2*px
		}
	}
	if p.place == legendRight && !p.hidden {
		m.right += 12*px + p.legendColumn()
	}
	// What cannot be broken into lines needs the width.
	if p.place == legendAbove && !p.hidden {
		m.right = max(m.right, p.legendColumn()-size.X)
	}
	for _, word := range strings.Fields(p.title) {
		m.right = max(m.right, p.letterWidth()+titleText.width(word)-size.X)
	}
	m.top = head + p.headHeight(size.X+m.right)
	return m, m.top + size.Y + m.bottom
}

// headHeight is the height of title and legend over an area w wide.
func (p *Panel) headHeight(w vg.Length) (h vg.Length) {
	if n := len(p.titleLines(w)); n > 0 {
		h += titleText.height()*vg.Length(n) + titleGap - 2*px
	}
	if n := len(p.legendRows(w)); n > 0 {
		h += legendLine*vg.Length(n) + legendGap - 3*px
	}
	return h
}

func (p *Panel) titleLines(w vg.Length) []string {
	if p.title == "" {
		if p.letter != "" {
			return []string{""}
		}
		return nil
	}
	return wrap(titleText, p.title, w-p.letterWidth())
}

func (p *Panel) letterWidth() vg.Length {
	if p.letter == "" {
		return 0
	}
	return titleText.width(p.letter) + 8*px
}

// wrap breaks s at spaces into lines at most w wide, where it can.
func wrap(t textStyle, s string, w vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case t.width(line+" "+word) <= w:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// fit shrinks the type until s fits into w, down to three quarters.
func fit(t textStyle, s string, w vg.Length) textStyle {
	if full := t.width(s); full > w {
		t.size *= max(w/full, 0.75)
	}
	return t
}

// paint implements block.
func (p *Panel) paint(c draw.Canvas, m margins) {
	a := &area{Canvas: draw.Crop(c, m.left, -m.right, m.bottom, -m.top), xs: p.scale(0), ys: p.scale(1)}
	if p.equal { // from the upper left corner
		size := p.shape(a.Size())
		a.Max.X, a.Min.Y = a.Min.X+size.X, a.Max.Y-size.Y
	}
	if a.Max.X <= a.Min.X || a.Max.Y <= a.Min.Y {
		return
	}
	size := a.Size()
	xMarks, xPower := p.xMarks(size.X)
	yMarks, yPower := p.yMarks(size.Y)
	p.grid(a, xMarks, yMarks)
	p.axisX(a, c.Rectangle, xMarks, factor(xPower))
	p.axisY(a, c.Rectangle, yMarks, factor(yPower))
	for _, l := range p.layers {
		l.draw(a)
	}
	p.head(a, c.Rectangle, m)
	if p.bar != nil {
		p.bar.draw(a)
	}
}

// areaWidth is the width of the plot area that the panel can fill in a cell
// that offers w by h.
func (p *Panel) areaWidth(w, h vg.Length) vg.Length {
	if !p.equal {
		return w
	}
	x, y := p.scale(0), p.scale(1)
	return min(w, h*vg.Length((x.hi-x.lo)/(y.hi-y.lo)))
}

// shape is the largest size within s that has the shape of equal units.
func (p *Panel) shape(s vg.Point) vg.Point {
	x, y := p.scale(0), p.scale(1)
	ratio := vg.Length((y.hi - y.lo) / (x.hi - x.lo))
	return vg.Point{X: min(s.X, s.Y/ratio), Y: min(s.Y, s.X*ratio)}
}

func (p *Panel) grid(a *area, xs, ys []tick) {
	a.SetLineStyle(draw.LineStyle{Color: gridColor, Width: spineWidth})
	if p.marks[0] == nil {
		for _, t := range xs {
			if n := a.xs.norm(t.at); t.label != "" && n > 1e-6 && n < 1-1e-6 {
				line(a, a.px(t.at), a.Min.Y, a.px(t.at), a.Max.Y)
			}
		}
	}
	if p.marks[1] == nil {
		for _, t := range ys {
			if n := a.ys.norm(t.at); t.label != "" && n > 1e-6 && n < 1-1e-6 {
				line(a, a.Min.X, a.py(t.at), a.Max.X, a.py(t.at))
			}
		}
	}
}

func line(c vg.Canvas, x0, y0, x1, y1 vg.Length) {
	c.Stroke(vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: x0, Y: y0}}, {Type: vg.LineComp, Pos: vg.Point{X: x1, Y: y1}}})
}

func (p *Panel) axisX(a *area, cell vg.Rectangle, marks []tick, factor string) {
	y := a.Min.Y
	a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
	line(a, a.Min.X-spineWidth/2, y, a.Max.X, y)
	for _, t := range marks {
		if n := a.xs.norm(t.at); n < -1e-6 || n > 1+1e-6 {
			continue
		}
		length := tickLength
		if t.label == "" {
			length = minorTick
		}
		if !p.bareX || t.label != "" {
			line(a, a.px(t.at), y, a.px(t.at), y-length)
		}
	}
	if p.bareX {
		return
	}
	if len(marks) > 0 {
		y -= tickLength + tickGap + tickText.ascent()
		for _, t := range marks {
			if n := a.xs.norm(t.at); n >= -1e-6 && n <= 1+1e-6 {
				tickText.draw(a, t.label, vg.Point{X: a.px(t.at), Y: y}, centreBase)
			}
		}
		y -= tickText.descent()
	}
	right := cell.Max.X // how far the label may reach
	base := y - labelGap - labelText.ascent()
	if factor != "" {
		if p.xlabel == "" {
			base = y - tickText.ascent()
		}
		tickText.draw(a, factor, vg.Point{X: a.Max.X, Y: base}, rightBase)
		right = a.Max.X - tickText.width(factor) - 6*px
	}
	if p.xlabel != "" {
		t := fit(labelText, p.xlabel, right-cell.Min.X)
		half := t.width(p.xlabel) / 2
		x := max(min(a.Center().X, right-half), cell.Min.X+half)
		t.draw(a, p.xlabel, vg.Point{X: x, Y: base}, centreBase)
	}
}

func (p *Panel) axisY(a *area, cell vg.Rectangle, marks []tick, factor string) {
	x := a.Min.X
	a.SetLineStyle(draw.LineStyle{Color: spineColor, Width: spineWidth})
	line(a, x, a.Min.Y, x, a.Max.Y)
	for _, t := range marks {
		if n := a.ys.norm(t.at); n < -1e-6 || n > 1+1e-6 {
			continue
		}
		length := tickLength
		if t.label == "" {
			length = minorTick
		}
		if !p.bareY || t.label != "" {
			line(a, x-length, a.py(t.at), x, a.py(t.at))
		}
	}
	if p.bareY {
		return
	}
	if factor != "" {
		tickText.draw(a, factor, vg.Point{X: x, Y: a.Max.Y + 4*px}, leftBase)
	}
	if len(marks) > 0 {
		x -= tickLength + tickGap
		for _, t := range marks {
			if n := a.ys.norm(t.at); n >= -1e-6 && n <= 1+1e-6 {
				tickText.draw(a, t.label, vg.Point{X: x, Y: a.py(t.at)}, rightMid)
			}
		}
		x -= widest(marks)
	}
	if p.ylabel != "" {
		t := fit(labelText, p.ylabel, cell.Max.Y-cell.Min.Y)
		at := vg.Point{X: x - labelGap - labelText.descent(), Y: a.Center().Y}
		half := t.width(p.ylabel) / 2
		at.Y = max(min(at.Y, cell.Max.Y-half), cell.Min.Y+half)
		t.drawUp(a, p.ylabel, at, centreBase)
	}
}

// head draws title and legend.
func (p *Panel) head(a *area, cell vg.Rectangle, m margins) {
	w := cell.Max.X - (cell.Min.X + m.left) // what measure had
	y := a.Max.Y + m.top
	left := a.Min.X
	if p.letter != "" {
		titleText.draw(a, p.letter, vg.Point{X: left, Y: y - titleText.ascent()}, leftBase)
		left += p.letterWidth()
	}
	for _, s := range p.titleLines(w) {
		titleText.draw(a, s, vg.Point{X: left, Y: y - titleText.ascent()}, leftBase)
		y -= titleText.height()
	}
	switch {
	case p.hidden:
	case p.place == legendAbove:
		if len(p.titleLines(w)) > 0 {
			y -= titleGap - 2*px
		}
		for _, row := range p.legendRows(w) {
			x := a.Min.X
			for _, e := range row {
				e.draw(a, vg.Point{X: x, Y: y - legendLine/2})
				x += e.width() + entryGap
			}
			y -= legendLine
		}
	case p.place == legendRight:
		x, y := a.Max.X+m.right-p.legendColumn(), a.Max.Y
		for _, e := range p.entries {
			e.draw(a, vg.Point{X: x, Y: y - legendLine/2})
			y -= legendLine
		}
	}
}

// White is the page.
var White = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
