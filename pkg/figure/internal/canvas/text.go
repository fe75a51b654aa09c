package canvas

import (
	"image/color"
	"math"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
)

// The faces of the theme. Liberation Sans has the widths of Arial and
// Helvetica, so a layout made with it holds wherever one of the three is there.
var (
	Sans        = face("LiberationSans-Regular")
	SansBold    = face("LiberationSans-Bold")
	serifItalic = face("LiberationSerif-Italic")
)

func face(name string) font.Face {
	for _, f := range liberation.Collection() {
		if f.Font.Name() == name {
			return f
		}
	}
	panic("figure: no face " + name)
}

// Text sets lines of text in one face, size and colour.
type Text struct {
	Face  font.Face
	Size  vg.Length
	Color color.Color
}

// sized returns the face at a multiple of the size of the text.
func (t Text) sized(f font.Face, scale float64) font.Face {
	f.Font.Size = t.Size * vg.Length(scale)
	return f
}

// capHeight returns the height of a capital letter.
func (t Text) capHeight() vg.Length { return 0.69 * t.Size }

// Ascent returns how far a line reaches above its baseline.
func (t Text) Ascent() vg.Length { return 0.78 * t.Size }

// Descent returns how far a line reaches below its baseline.
func (t Text) Descent() vg.Length { return 0.22 * t.Size }

// Height returns the height of a line.
func (t Text) Height() vg.Length { return t.Ascent() + t.Descent() }

// A run is a part of a line in one face. Superscripts, subscripts and the
// mathematical signs that Liberation lacks are runs of letters that it has:
// shrunk, raised, stretched or turned over.
type run struct {
	text   string
	face   font.Face
	x, y   vg.Length // of its origin, from the line's
	sx, sy float64   // stretch
	width  vg.Length // as drawn
}

// A sign composes a rune that the font lacks from letters that it has.
type sign struct {
	text   string
	face   *font.Face // nil for the face of the line
	sx, sy float64
	rise   float64 // of the baseline, in em
	kern   float64 // added to the width, in em
}

var signs = map[rune]sign{
	'∇': {text: "Δ", sx: 1, sy: -1, rise: 0.69},
	'⟨': {text: "<", sx: 0.5, sy: 1.5, rise: -0.24, kern: -0.02},
	'⟩': {text: ">", sx: 0.5, sy: 1.5, rise: -0.24, kern: 0.02},
	'∈': {text: "Є", sx: 0.85, sy: 0.85, rise: 0.03},
	'∝': {text: "α", sx: 1.25, sy: 0.95},
	'∼': {text: "~", sx: 1, sy: 1},
	'⋅': {text: "·", sx: 1, sy: 1},
	'∗': {text: "*", sx: 1, sy: 1, rise: -0.12},
	'∘': {text: "°", sx: 1, sy: 1, rise: -0.22},
	'‑': {text: "-", sx: 1, sy: 1},
	'∣': {text: "|", sx: 1, sy: 1},
	'∥': {text: "‖", sx: 1, sy: 1},
	'⊤': {text: "T", sx: 0.62, sy: 0.62, rise: 0.36},
	'𝒩': {text: "N", face: &serifItalic, sx: 1.08, sy: 1.08},
	'ℝ': {text: "R", face: &SansBold, sx: 1, sy: 1},
	'≪': {text: "<<", sx: 0.8, sy: 1},
	'≫': {text: ">>", sx: 0.8, sy: 1},
}

// accents are the spacing forms of the marks that combine with the letter
// before them.
var accents = map[rune]string{'\u0302': "ˆ", '\u0303': "˜", '\u0304': "¯", '\u0307': "˙", '\u0308': "¨"}

const (
	superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀ"
	superLetters = "0123456789+−=()niT"
	subscripts   = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ"
	subLetters   = "0123456789+−=()aeoxhklmnpstijruv"
)

func init() {
	supers, plain := []rune(superscripts), []rune(superLetters)
	for i, r := range supers {
		signs[r] = sign{text: string(plain[i]), sx: 0.68, sy: 0.68, rise: 0.36}
	}
	subs, plain := []rune(subscripts), []rune(subLetters)
	for i, r := range subs {
		signs[r] = sign{text: string(plain[i]), sx: 0.68, sy: 0.68, rise: -0.15}
	}
}

// typeset breaks a line into runs and returns them with its width.
func (t Text) typeset(s string) (runs []run, width vg.Length) {
	var plain strings.Builder
	full := t.sized(t.Face, 1)
	flush := func() {
		if plain.Len() == 0 {
			return
		}
		r := run{text: plain.String(), face: full, x: width, sx: 1, sy: 1, width: full.Width(plain.String())}
		plain.Reset()
		runs = append(runs, r)
		width += r.width
	}
	var before rune
	for _, r := range s {
		if mark, ok := accents[r]; ok {
			flush()
			u := run{text: mark, face: full, sx: 1, sy: 1, width: full.Width(mark)}
			u.x = width - (full.Width(string(before))+u.width)/2
			if unicode.IsUpper(before) {
				u.y = 0.17 * t.Size
			}
			runs = append(runs, u)
			continue
		}
		before = r
		g, ok := signs[r]
		if !ok {
			plain.WriteRune(r)
			continue
		}
		flush()
		f := t.Face
		if g.face != nil {
			f = *g.face
		}
		size, sx, sy := 1.0, g.sx, g.sy
		if sx == sy { // a size, not a stretch
			size, sx, sy = sx, 1, 1
		}
		f = t.sized(f, size)
		u := run{text: g.text, face: f, x: width, y: t.Size * vg.Length(g.rise), sx: sx, sy: sy}
		u.width = f.Width(g.text) * vg.Length(math.Abs(sx))
		// Neighbours in the same script make one run: "10⁻¹²" has two runs.
		if n := len(runs); n > 0 && sx == 1 && sy == 1 && runs[n-1].y == u.y && u.y != 0 && runs[n-1].face == u.face {
			last := &runs[n-1]
			last.text += u.text
			width -= last.width
			last.width = f.Width(last.text)
			width += last.width
			continue
		}
		runs = append(runs, u)
		width += u.width + t.Size*vg.Length(g.kern)
	}
	flush()
	return runs, width
}

// Width returns how wide the line s is.
func (t Text) Width(s string) vg.Length {
	_, w := t.typeset(s)
	return w
}

// An Anchor is the part of a line that is drawn at a given point, in fractions of
// the width of the line from its left and of the height of its capitals from the
// baseline.
type Anchor struct{ X, Y vg.Length }

// The anchors of labels.
var (
	LeftBase   = Anchor{0, 0}
	RightMid   = Anchor{1, 0.5}
	LeftMid    = Anchor{0, 0.5}
	CentreBase = Anchor{0.5, 0}
	RightBase  = Anchor{1, 0}
)

// Draw draws the line s with its anchor a at p.
func (t Text) Draw(c vg.Canvas, s string, p vg.Point, a Anchor) {
	runs, w := t.typeset(s)
	p.X -= a.X * w
	p.Y -= a.Y * t.capHeight()
	c.SetColor(t.Color)
	for _, r := range runs {
		at := vg.Point{X: p.X + r.x, Y: p.Y + r.y}
		if r.sx == 1 && r.sy == 1 {
			c.FillString(r.face, at, r.text)
			continue
		}
		c.Push()
		c.Translate(at)
		c.Scale(r.sx, r.sy)
		c.FillString(r.face, vg.Point{}, r.text)
		c.Pop()
	}
}

// DrawUp draws s as Draw does, reading upwards.
func (t Text) DrawUp(c vg.Canvas, s string, p vg.Point, a Anchor) {
	c.Push()
	c.Translate(p)
	c.Rotate(math.Pi / 2)
	t.Draw(c, s, vg.Point{}, a)
	c.Pop()
}

// Wrap breaks s at spaces into lines at most w wide, where it can.
func (t Text) Wrap(s string, w vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case t.Width(line+" "+word) <= w:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// Fit returns t, shrunk so that s is at most w wide, but not below three quarters of
// its size.
func (t Text) Fit(s string, w vg.Length) Text {
	if full := t.Width(s); full > w {
		t.Size *= max(w/full, 0.75)
	}
	return t
}

// Superscript writes k in raised digits.
func Superscript(k int) string { return inScript(k, []rune(superscripts), '⁻') }

// Subscript writes k in lowered digits.
func Subscript(k int) string { return inScript(k, []rune(subscripts), '₋') }

func inScript(k int, digits []rune, minus rune) string {
	return strings.Map(func(r rune) rune {
		if r == '-' {
			return minus
		}
		return digits[r-'0']
	}, strconv.Itoa(k))
}
