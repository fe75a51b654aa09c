package canvas

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"time"
	"unicode/utf16"

	"codeberg.org/go-pdf/fpdf"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// PDF writes a document of one page with fpdf. The PDF canvas of gonum/plot is
// not used: it stamps the time of day into every document, writes translucent
// colours too dark and quadratic curves as cubic ones, and has no title.
type PDF struct {
	Pen
	doc    *fpdf.Fpdf
	images int
}

// NewPDF returns a page of width w and height h.
func NewPDF(w, h vg.Length) *PDF {
	c := &PDF{Pen: NewPen(w, h, 1)}
	c.doc = fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: w.Points(), Ht: h.Points()}})
	epoch := time.Unix(0, 0).UTC()
	c.doc.SetCreationDate(epoch)
	c.doc.SetModificationDate(epoch)
	c.doc.SetCatalogSort(true)
	c.doc.SetMargins(0, 0, 0)
	c.doc.SetAutoPageBreak(false, 0)
	c.doc.SetLineJoinStyle("round")
	c.doc.AddPage()
	vg.Initialize(c)
	return c
}

// Stroke implements vg.Canvas.
func (c *PDF) Stroke(p vg.Path) {
	if c.width <= 0 || len(p) == 0 {
		return
	}
	scale := c.m.length()
	dashes := make([]float64, len(c.dashes))
	for i, d := range c.dashes {
		dashes[i] = float64(d) * scale
	}
	k := c.color
	c.doc.SetDrawColor(int(k.R), int(k.G), int(k.B))
	c.doc.SetAlpha(float64(k.A)/255, "Normal")
	c.doc.SetLineWidth(float64(c.width) * scale)
	c.doc.SetDashPattern(dashes, float64(c.offset)*scale)
	c.path(p)
	c.doc.DrawPath("S")
}

// Fill implements vg.Canvas.
func (c *PDF) Fill(p vg.Path) {
	if len(p) == 0 {
		return
	}
	k := c.color
	c.doc.SetFillColor(int(k.R), int(k.G), int(k.B))
	c.doc.SetAlpha(float64(k.A)/255, "Normal")
	c.path(p)
	c.doc.DrawPath("f")
}

// at returns where a point is on the page, rounded to 0.01 pt to save digits.
func (c *PDF) at(p vg.Point) (x, y float64) {
	x, y = c.At(p)
	return math.Round(100*x) / 100, math.Round(100*y) / 100
}

func (c *PDF) path(p vg.Path) {
	var pen vg.Point
	cubic := func(a, b, end vg.Point) {
		x0, y0 := c.at(a)
		x1, y1 := c.at(b)
		x, y := c.at(end)
		c.doc.CurveBezierCubicTo(x0, y0, x1, y1, x, y)
		pen = end
	}
	for _, s := range p {
		switch s.Type {
		case vg.MoveComp:
			c.doc.MoveTo(c.at(s.Pos))
			pen = s.Pos
		case vg.LineComp:
			c.doc.LineTo(c.at(s.Pos))
			pen = s.Pos
		case vg.CurveComp:
			a, b := s.Control[0], s.Control[len(s.Control)-1]
			if len(s.Control) == 1 { // a quadratic curve as a cubic one
				a, b = pen.Add(a.Sub(pen).Scale(2./3)), s.Pos.Add(a.Sub(s.Pos).Scale(2./3))
			}
			cubic(a, b, s.Pos)
		case vg.ArcComp: // in pieces of at most a quarter turn
			n := max(1, int(math.Ceil(math.Abs(s.Angle)/(math.Pi/2)-1e-9)))
			step := s.Angle / float64(n)
			k := vg.Length(4. / 3 * math.Tan(step/4))
			spoke := func(t float64) vg.Point {
				sin, cos := math.Sincos(t)
				return vg.Point{X: s.Radius * vg.Length(cos), Y: s.Radius * vg.Length(sin)}
			}
			u := spoke(s.Start)
			c.doc.LineTo(c.at(s.Pos.Add(u)))
			for i := range n {
				v := spoke(s.Start + step*float64(i+1))
				cubic(s.Pos.Add(vg.Point{X: u.X - k*u.Y, Y: u.Y + k*u.X}), s.Pos.Add(vg.Point{X: v.X + k*v.Y, Y: v.Y - k*v.X}), s.Pos.Add(v))
				u = v
			}
		case vg.CloseComp:
			c.doc.ClosePath()
		}
	}
}

// FillString implements vg.Canvas. It is never called: Outlined, which wraps the
// page, draws text.
func (c *PDF) FillString(font.Face, vg.Point, string) { panic("figure: text reached the PDF page") }

// DrawImage implements vg.Canvas.
func (c *PDF) DrawImage(r vg.Rectangle, img image.Image) {
	data, err := PNG(img)
	if err != nil {
		c.doc.SetError(err)
		return
	}
	c.images++
	name, options := fmt.Sprint(c.images), fpdf.ImageOptions{ImageType: "png", AllowNegativePosition: true}
	c.doc.RegisterImageOptionsReader(name, options, bytes.NewReader(data))
	x, y := c.at(vg.Point{X: r.Min.X, Y: r.Max.Y})
	size := r.Size()
	c.doc.SetAlpha(1, "Normal")
	c.doc.ImageOptions(name, x, y, float64(size.X), float64(size.Y), false, options, 0, "")
}

// Document returns the finished PDF with its title and what it shows.
func (c *PDF) Document(title, description string) ([]byte, error) {
	c.doc.SetTitle(utf16BE(title), false)
	c.doc.SetSubject(utf16BE(description), false)
	var out bytes.Buffer
	if err := c.doc.Output(&out); err != nil {
		return nil, fmt.Errorf("figure: writing a PDF: %w", err)
	}
	return out.Bytes(), nil
}

// utf16BE encodes s for PDF. fpdf's own encoding loses letters beyond
// U+FFFF, such as 𝒩.
func utf16BE(s string) string {
	out := []byte("\xfe\xff")
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return string(out)
}
