package canvas

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/recorder"
)

func at(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: y} }

// shapes has a component of each kind.
func shapes() vg.Path {
	var p vg.Path
	p.Move(at(0, 0))
	p.Line(at(15, 0))
	p.Line(at(15, 15))
	p.Line(at(30, 30))
	p.Line(at(30, 30)) // of no length
	p.QuadTo(at(45, 30), at(45, 45))
	p.CubeTo(at(45, 60), at(60, 60), at(60, 45))
	p.Arc(at(60, 30), 15, math.Pi/2, -math.Pi)
	p.Close()
	return p
}

// TestSVG wants the shapes in whole CSS pixels from the upper left corner, as
// differences.
func TestSVG(t *testing.T) {
	c := NewSVG(75, 75) // 100 px
	c.SetColor(color.NRGBA{0, 0, 0xFF, 0x80})
	c.SetLineWidth(1.5)
	c.SetLineDash([]vg.Length{3, 1.5}, 0)
	c.Stroke(shapes())
	c.SetLineWidth(0)
	c.Stroke(shapes()) // nothing
	c.SetColor(color.Transparent)
	c.Fill(shapes()) // nothing
	c.SetColor(color.Black)
	c.Push()
	c.Translate(at(30, 30))
	c.Rotate(math.Pi / 2)
	c.Scale(2, 2)
	c.SetLineDash(nil, 0)
	c.SetLineWidth(0.75)
	Line(c, 0, 0, 7.5, 0) // upwards
	c.Pop()
	c.Fill(Box(0, 0, 7.5, 15))
	var dot vg.Path
	dot.Move(at(30, 37.5))
	dot.Arc(at(30, 30), 7.5, 0, 2*math.Pi)
	dot.Close()
	c.Fill(dot)
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	c.DrawImage(vg.Rectangle{Min: at(0, 60), Max: at(15, 75)}, img)
	Text{Face: Sans, Size: 12}.DrawUp(c, "l", at(30, 30), RightBase)
	data, err := c.Document("a < b", "")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, want := range []string{
		`width="100" height="100" viewBox="0 0 100 100" role="img"`, "<title>a &lt; b</title>",
		`stroke="#0000ff" stroke-opacity=".5" stroke-width="2" stroke-dasharray="4 2" d="M0 100h20v-20l20-20q20 0 20-20c0-20 20-20 20 0A20 20 0 0 1 80 80z"/>`,
		`stroke-linejoin="round" d="M40 60v-20"/>`, `<path d="M0 100h10v-20h-10z"/>`, `<circle cx="40" cy="60" r="10"/>`,
		`<image x="0" y="0" width="20" height="20"`, `transform="matrix(0 -.`,
	} {
		if !strings.Contains(strings.ReplaceAll(text, "(0 -0.", "(0 -."), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "<desc>") || strings.Count(text, "<path fill") != 2 {
		t.Errorf("there is more than was drawn:\n%s", text)
	}
	if w, h := c.Size(); w != 75 || h != 75 {
		t.Errorf("the page is %v × %v", w, h)
	}
}

// TestPDF reads the curves of the page: the arc keeps its distance from the centre,
// and a quadratic curve is where it was.
func TestPDF(t *testing.T) {
	c := NewPDF(75, 75)
	c.doc.SetCompression(false)
	c.SetLineWidth(1)
	c.SetLineDash([]vg.Length{3, 1.5}, 1)
	c.Stroke(shapes())
	c.SetLineWidth(0)
	c.Stroke(shapes()) // nothing
	c.Fill(nil)        // nothing
	c.DrawImage(vg.Rectangle{Min: at(0, 60), Max: at(15, 75)}, image.NewGray(image.Rect(0, 0, 2, 1)))
	data, err := c.Document("𝒩 – a title", "what it shows")
	if err != nil {
		t.Fatal(err)
	}
	if w, h := c.Size(); w != 75 || h != 75 {
		t.Errorf("the page is %v × %v", w, h)
	}
	var curves [][8]float64 // with the point before
	var pen [2]float64
	for _, line := range regexp.MustCompile(`(?m)^([-0-9. ]+) ([mlc])$`).FindAllStringSubmatch(string(data), -1) {
		var v []float64
		for _, field := range strings.Fields(line[1]) {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			v = append(v, x)
		}
		if line[2] == "c" {
			curves = append(curves, [8]float64(append(pen[:], v...)))
		}
		pen = [2]float64(v[len(v)-2:])
	}
	if len(curves) != 4 { // the arc is a half turn
		t.Fatalf("%d curves in\n%s", len(curves), data)
	}
	middle := func(k [8]float64) (x, y float64) {
		return (k[0] + 3*k[2] + 3*k[4] + k[6]) / 8, (k[1] + 3*k[3] + 3*k[5] + k[7]) / 8
	}
	if x, y := middle(curves[0]); math.Abs(x-41.25) > 0.02 || math.Abs(y-33.75) > 0.02 {
		t.Errorf("the middle of the quadratic curve is (%v, %v)", x, y)
	}
	for _, k := range curves[2:] {
		x, y := middle(k)
		for _, q := range [][2]float64{{k[0], k[1]}, {x, y}, {k[6], k[7]}} {
			if r := math.Hypot(q[0]-60, q[1]-30); math.Abs(r-15) > 0.03 {
				t.Errorf("(%v, %v) is %v from the centre of the arc, not 15", q[0], q[1], r)
			}
		}
	}
	for _, want := range []string{"\xfe\xff\xd8\x35\xdc\xa9", "/Subtype /Image", "[3.00 1.50] 1.00 d"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %q in the document", want)
		}
	}
}

// TestLongStrokes: a long line is stroked in pieces that together are the line.
func TestLongStrokes(t *testing.T) {
	var path vg.Path
	path.Move(at(0, 0))
	for i := range 40 * longStroke {
		path.Line(at(vg.Length(i+1), vg.Length(i%7)))
	}
	var r recorder.Canvas
	o := &Outlined{Canvas: &r}
	o.Stroke(path)
	points := []vg.Point{path[0].Pos}
	for k, a := range r.Actions {
		s, ok := a.(*recorder.Stroke)
		if !ok {
			t.Fatalf("%T", a)
		}
		if len(s.Path) > longStroke+1 || s.Path[0].Type != vg.MoveComp || s.Path[0].Pos != points[len(points)-1] {
			t.Fatalf("piece %d has %d points and begins with %v", k, len(s.Path), s.Path[0])
		}
		for _, c := range s.Path[1:] {
			points = append(points, c.Pos)
		}
	}
	if len(r.Actions) < 40 || !slices.EqualFunc(points, path, func(p vg.Point, c vg.PathComp) bool { return p == c.Pos }) {
		t.Errorf("%d pieces have %d points of %d", len(r.Actions), len(points), len(path))
	}
}

// TestLines breaks and shrinks lines, and writes numbers in scripts.
func TestLines(t *testing.T) {
	s := Text{Face: Sans, Size: 10}
	if s.Ascent()+s.Descent() != s.Height() || s.Height() != s.Size {
		t.Errorf("a line is %v high", s.Height())
	}
	const text = "one two three four"
	lines := s.Wrap(text, s.Width("one two"))
	if strings.Join(lines, " ") != text || !slices.Equal(lines, []string{"one two", "three", "four"}) {
		t.Errorf("lines %q", lines)
	}
	if s.Fit(text, 1000) != s {
		t.Error("a line that fits is shrunk")
	}
	if f := s.Fit(text, 0.9*s.Width(text)); math.Abs(float64(f.Width(text)/s.Width(text))-0.9) > 1e-9 {
		t.Errorf("a line is shrunk to %v of its width", f.Width(text)/s.Width(text))
	}
	if f := s.Fit(text, 1); f.Size != 7.5 {
		t.Errorf("a line is shrunk to %v", f.Size)
	}
	if Superscript(-12) != "⁻¹²" || Subscript(30) != "₃₀" {
		t.Errorf("%s and %s", Superscript(-12), Subscript(30))
	}
	if plain, hat := s.Width("X"), s.Width("X̂"); plain != hat {
		t.Errorf("a hat makes X %v wide, not %v", hat, plain)
	}
	var r recorder.Canvas
	s.Draw(&r, "∇µ", at(0, 0), CentreBase)
	o := &Outlined{Canvas: &r}
	s.Draw(o, "g", at(0, 0), LeftMid)
	fills := 0
	for _, a := range r.Actions {
		if _, ok := a.(*recorder.Fill); ok {
			fills++
		}
	}
	if o.Err != nil || fills != 1 {
		t.Errorf("a letter is filled %d times, %v", fills, o.Err)
	}
}

func TestCompactPNG(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i >> 3)
		if i%4 == 3 {
			img.Pix[i] = 0xFF
		}
	}
	data, err := CompactPNG(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := got.ColorModel().(color.Palette); !ok || len(p) > 256 || got.Bounds() != img.Bounds() {
		t.Errorf("%d colours, %v", len(p), got.Bounds())
	}
}
