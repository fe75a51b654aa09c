package figure

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/color"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// PDF returns the figure as a PDF document of one page, all lines and letters.
func (f *Figure) PDF() ([]byte, error) {
	c := newPDF(f.page())
	if err := f.outlines(c); err != nil {
		return nil, err
	}
	return c.document(f.Description()), nil
}

// pdfCanvas writes PDF 1.4. (That of gonum/plot stamps the time of day into
// every document, so that no two are alike.) Its coordinates are those of vg:
// points, from the lower left corner.
type pdfCanvas struct {
	w, h   vg.Length
	page   bytes.Buffer // the content stream
	alphas []uint8      // opacities in use, by number of their graphics state
	images []image.Image
	state  pdfState
	stack  []pdfState
}

type pdfState struct {
	color  color.NRGBA
	width  vg.Length
	dashes []vg.Length
	offset vg.Length

	written map[string]string // what the page's own state is, by operator
}

func newPDF(w, h vg.Length) *pdfCanvas {
	c := &pdfCanvas{w: w, h: h}
	c.page.WriteString("1 j\n")
	vg.Initialize(c)
	return c
}

func (c *pdfCanvas) Size() (w, h vg.Length)   { return c.w, c.h }
func (c *pdfCanvas) SetLineWidth(w vg.Length) { c.state.width = w }
func (c *pdfCanvas) SetColor(k color.Color)   { c.state.color = nrgba(k) }
func (c *pdfCanvas) SetLineDash(d []vg.Length, o vg.Length) {
	c.state.dashes, c.state.offset = d, o
}

func (c *pdfCanvas) Push() {
	c.stack = append(c.stack, c.state)
	c.page.WriteString("q\n")
}

func (c *pdfCanvas) Pop() {
	c.state = c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
	c.page.WriteString("Q\n")
}

func (c *pdfCanvas) Translate(p vg.Point) { c.op("cm", 1, 0, 0, 1, float64(p.X), float64(p.Y)) }
func (c *pdfCanvas) Scale(x, y float64)   { c.op("cm", x, 0, 0, y, 0, 0) }
func (c *pdfCanvas) Rotate(r float64) {
	sin, cos := math.Sincos(r)
	c.op("cm", cos, sin, -sin, cos, 0, 0)
}

// op writes an operator with its operands.
func (c *pdfCanvas) op(name string, v ...float64) {
	c.page.WriteString(operation(name, v...))
}

func operation(name string, v ...float64) string {
	var b strings.Builder
	for _, x := range v {
		b.WriteString(short(math.Round(x*1e3) / 1e3))
		b.WriteByte(' ')
	}
	b.WriteString(name)
	b.WriteByte('\n')
	return b.String()
}

// set writes what changes the page's state, unless it is so already.
func (c *pdfCanvas) set(operator, text string) {
	if c.state.written[operator] == text {
		return
	}
	c.state.written = maps.Clone(c.state.written)
	if c.state.written == nil {
		c.state.written = make(map[string]string)
	}
	c.state.written[operator] = text
	c.page.WriteString(text)
}

func (c *pdfCanvas) paint(operator string) {
	k := c.state.color
	c.set(operator, operation(operator, float64(k.R)/255, float64(k.G)/255, float64(k.B)/255))
	n := slices.Index(c.alphas, k.A)
	if n < 0 {
		n = len(c.alphas)
		c.alphas = append(c.alphas, k.A)
	}
	c.set("gs", fmt.Sprintf("/A%d gs\n", n))
}

func (c *pdfCanvas) Stroke(p vg.Path) {
	if c.state.width <= 0 || len(p) == 0 {
		return
	}
	c.paint("RG")
	c.set("w", operation("w", float64(c.state.width)))
	dashes := make([]string, len(c.state.dashes))
	for i, d := range c.state.dashes {
		dashes[i] = num(float64(d))
	}
	c.set("d", fmt.Sprintf("[%s] %s d\n", strings.Join(dashes, " "), num(float64(c.state.offset))))
	c.path(p)
	c.page.WriteString("S\n")
}

func (c *pdfCanvas) Fill(p vg.Path) {
	if len(p) == 0 {
		return
	}
	c.paint("rg")
	c.path(p)
	c.page.WriteString("f\n")
}

func (c *pdfCanvas) path(p vg.Path) {
	var pen vg.Point
	for _, s := range p {
		switch s.Type {
		case vg.MoveComp:
			c.op("m", float64(s.Pos.X), float64(s.Pos.Y))
		case vg.LineComp:
			c.op("l", float64(s.Pos.X), float64(s.Pos.Y))
		case vg.CurveComp:
			a, b := s.Control[0], s.Control[len(s.Control)-1]
			if len(s.Control) == 1 { // a quadratic curve as a cubic one
				q := s.Control[0]
				a = pen.Add(q.Sub(pen).Scale(2. / 3))
				b = s.Pos.Add(q.Sub(s.Pos).Scale(2. / 3))
			}
			c.op("c", float64(a.X), float64(a.Y), float64(b.X), float64(b.Y), float64(s.Pos.X), float64(s.Pos.Y))
		case vg.ArcComp:
			pen = c.arc(s)
			continue
		case vg.CloseComp:
			c.page.WriteString("h\n")
		}
		pen = s.Pos
	}
}

// arc writes an arc as cubic curves of at most a quarter turn.
func (c *pdfCanvas) arc(s vg.PathComp) (end vg.Point) {
	on := func(t, r float64) (sin, cos float64) {
		sin, cos = math.Sincos(t)
		return float64(s.Pos.Y) + r*sin, float64(s.Pos.X) + r*cos
	}
	r := float64(s.Radius)
	n := max(1, int(math.Ceil(math.Abs(s.Angle)/(math.Pi/2)-1e-9)))
	step := s.Angle / float64(n)
	k := 4. / 3 * math.Tan(step/4) * r
	y, x := on(s.Start, r)
	c.op("l", x, y)
	for i := range n {
		t := s.Start + step*float64(i)
		sin0, cos0 := math.Sincos(t)
		sin1, cos1 := math.Sincos(t + step)
		y1, x1 := on(t+step, r)
		c.op("c", x-k*sin0, y+k*cos0, x1+k*sin1, y1-k*cos1, x1, y1)
		x, y = x1, y1
	}
	return vg.Point{X: vg.Length(x), Y: vg.Length(y)}
}

// FillString is never called: outlined, which wraps the canvas, draws text.
func (c *pdfCanvas) FillString(font.Face, vg.Point, string) {
	panic("figure: text reached the PDF canvas")
}

func (c *pdfCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	size := r.Size()
	c.page.WriteString("q\n")
	c.op("cm", float64(size.X), 0, 0, float64(size.Y), float64(r.Min.X), float64(r.Min.Y))
	fmt.Fprintf(&c.page, "/I%d Do\nQ\n", len(c.images))
	c.images = append(c.images, img)
}

// document returns the finished PDF.
func (c *pdfCanvas) document(title string) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(dict string, stream []byte) int {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", len(offsets))
		if stream == nil {
			fmt.Fprintf(&out, "<< %s >>\nendobj\n", dict)
			return len(offsets)
		}
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		w.Write(stream) // memory: neither fails
		w.Close()
		fmt.Fprintf(&out, "<< %s /Filter /FlateDecode /Length %d >>\nstream\n", dict, z.Len())
		out.Write(z.Bytes())
		out.WriteString("\nendstream\nendobj\n")
		return len(offsets)
	}
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

	var resources strings.Builder
	resources.WriteString("/ExtGState <<")
	for i, a := range c.alphas {
		v := short(math.Round(float64(a)/255*1e3) / 1e3)
		fmt.Fprintf(&resources, " /A%d << /ca %s /CA %s >>", i, v, v)
	}
	resources.WriteString(" >> /XObject <<")
	for i, img := range c.images {
		b := img.Bounds()
		data := make([]byte, 0, 3*b.Dx()*b.Dy())
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				k := nrgba(img.At(x, y))
				data = append(data, k.R, k.G, k.B)
			}
		}
		n := object(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8", b.Dx(), b.Dy()), data)
		fmt.Fprintf(&resources, " /I%d %d 0 R", i, n)
	}
	resources.WriteString(" >>")

	content := object("", c.page.Bytes())
	page := len(offsets) + 1
	object(fmt.Sprintf("/Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Resources << %s >>",
		page+1, num(float64(c.w)), num(float64(c.h)), content, resources.String()), nil)
	object(fmt.Sprintf("/Type /Pages /Kids [%d 0 R] /Count 1", page), nil)
	root := object(fmt.Sprintf("/Type /Catalog /Pages %d 0 R", page+1), nil)
	info := object("/Title <"+utf16Hex(title)+">", nil)

	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, root, info, start)
	return out.Bytes()
}

func utf16Hex(s string) string {
	var b strings.Builder
	b.WriteString("FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
