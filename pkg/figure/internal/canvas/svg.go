package canvas

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// SVG writes SVG for notebooks and web pages. Coordinates are CSS pixels, rounded to
// 0.01 px and written as differences, and each letter is outlined once. A figure
// takes half the bytes that it takes on the SVG canvas of gonum/plot with letters
// as outlines (52 kB for 102 kB), which matters to notebooks with many figures.
type SVG struct {
	Pen
	buf   bytes.Buffer
	defs  bytes.Buffer    // outlines of the letters in use
	named map[string]bool // names of these outlines
	err   error           // about the first letter without a glyph
}

// NewSVG returns a page of width w and height h.
func NewSVG(w, h vg.Length) *SVG {
	c := &SVG{Pen: NewPen(w, h, Px), named: make(map[string]bool)}
	vg.Initialize(c)
	return c
}

// Document returns the finished SVG with its title and description. It returns an
// error if the text had a letter that the font lacks.
func (c *SVG) Document(title, description string) ([]byte, error) {
	var out bytes.Buffer
	w, h := num(float64(c.w/Px)), num(float64(c.h/Px))
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="%s" height="%s" viewBox="0 0 %s %s" role="img">`+"\n", w, h, w, h)
	for _, e := range [2][2]string{{"title", title}, {"desc", description}} {
		if e[1] != "" {
			fmt.Fprintf(&out, "<%s>", e[0])
			xml.EscapeText(&out, []byte(e[1])) // to memory, which cannot fail
			fmt.Fprintf(&out, "</%s>\n", e[0])
		}
	}
	if c.defs.Len() > 0 {
		out.WriteString("<defs>\n")
		out.Write(c.defs.Bytes())
		out.WriteString("</defs>\n")
	}
	out.Write(c.buf.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes(), c.err
}

// Stroke implements vg.Canvas.
func (c *SVG) Stroke(p vg.Path) {
	if c.width <= 0 || len(p) == 0 {
		return
	}
	c.buf.WriteString(`<path fill="none"`)
	c.paint("stroke")
	fmt.Fprintf(&c.buf, ` stroke-width="%s"`, num(float64(c.width/Px)))
	if len(c.dashes) > 0 {
		c.buf.WriteString(` stroke-dasharray="`)
		for i, d := range c.dashes {
			if i > 0 {
				c.buf.WriteByte(' ')
			}
			c.buf.WriteString(num(float64(d / Px)))
		}
		c.buf.WriteByte('"')
	} else {
		c.buf.WriteString(` stroke-linejoin="round"`)
	}
	c.path(p)
}

// Fill implements vg.Canvas.
func (c *SVG) Fill(p vg.Path) {
	if len(p) == 0 || c.color.A == 0 {
		return
	}
	if len(p) == 3 && p[1].Type == vg.ArcComp && math.Abs(p[1].Angle) == 2*math.Pi {
		x, y := c.At(p[1].Pos)
		fmt.Fprintf(&c.buf, `<circle cx="%s" cy="%s" r="%s"`, num(x), num(y), num(float64(p[1].Radius/Px)))
		c.paint("fill")
		c.buf.WriteString("/>\n")
		return
	}
	c.buf.WriteString("<path")
	c.paint("fill")
	c.path(p)
}

func (c *SVG) paint(what string) {
	k := c.color
	if what != "fill" || k != (color.NRGBA{A: 0xFF}) {
		fmt.Fprintf(&c.buf, ` %s="#%02x%02x%02x"`, what, k.R, k.G, k.B)
	}
	if k.A != 0xFF {
		fmt.Fprintf(&c.buf, ` %s-opacity="%s"`, what, num(float64(k.A)/0xFF))
	}
}

// path writes the d attribute and closes the element.
func (c *SVG) path(p vg.Path) {
	b := &c.buf
	b.WriteString(` d="`)
	var x, y, x0, y0 int // where the pen is and where its contour began, in 0.01 px
	at := func(q vg.Point) (int, int) {
		u, v := c.At(q)
		return hundredths(u), hundredths(v)
	}
	pair := func(u, v int) {
		b.WriteString(decimal(u))
		if v >= 0 {
			b.WriteByte(' ')
		}
		b.WriteString(decimal(v))
	}
	lineTo := func(u, v int) {
		switch {
		case u == x && v == y:
			return
		case v == y:
			b.WriteByte('h')
			b.WriteString(decimal(u - x))
		case u == x:
			b.WriteByte('v')
			b.WriteString(decimal(v - y))
		default:
			b.WriteByte('l')
			pair(u-x, v-y)
		}
		x, y = u, v
	}
	for _, s := range p {
		switch s.Type {
		case vg.MoveComp:
			x, y = at(s.Pos)
			x0, y0 = x, y
			b.WriteByte('M')
			pair(x, y)
		case vg.LineComp:
			lineTo(at(s.Pos))
		case vg.CurveComp:
			cmd := byte('q')
			if len(s.Control) == 2 {
				cmd = 'c'
			}
			b.WriteByte(cmd)
			for i, q := range append(s.Control[:len(s.Control):len(s.Control)], s.Pos) {
				u, v := at(q)
				if i > 0 && u-x >= 0 {
					b.WriteByte(' ')
				}
				pair(u-x, v-y)
			}
			x, y = at(s.Pos)
		case vg.ArcComp:
			x, y = c.arc(s, lineTo, x, y, at)
		case vg.CloseComp:
			b.WriteByte('z')
			x, y = x0, y0
		}
	}
	b.WriteString("\"/>\n")
}

// arc writes an arc in pieces of at most half a turn. The map must keep shapes.
func (c *SVG) arc(s vg.PathComp, lineTo func(int, int), x, y int, at func(vg.Point) (int, int)) (int, int) {
	on := func(t float64) (int, int) {
		sin, cos := math.Sincos(t)
		return at(vg.Point{X: s.Pos.X + s.Radius*vg.Length(cos), Y: s.Pos.Y + s.Radius*vg.Length(sin)})
	}
	lineTo(on(s.Start))
	n := int(math.Ceil(math.Abs(s.Angle)/math.Pi - 1e-9))
	r := num(float64(s.Radius) * c.m.length())
	sweep := 0
	if s.Angle < 0 {
		sweep = 1
	}
	for i := 1; i <= n; i++ {
		x, y = on(s.Start + s.Angle*float64(i)/float64(n))
		fmt.Fprintf(&c.buf, "A%s %s 0 0 %d %s %s", r, r, sweep, decimal(x), decimal(y))
	}
	return x, y
}

// FillString implements vg.Canvas. It refers to outlines that the document
// defines once. Each is named after its face and glyph, so that several figures
// on one web page agree on them.
func (c *SVG) FillString(f font.Face, p vg.Point, text string) {
	line, err := letters(f, text)
	if c.err == nil {
		c.err = err
	}
	face := faceName(f)
	var uses bytes.Buffer
	for _, l := range line {
		name := face + strconv.Itoa(int(l.glyph))
		if !c.named[name] {
			if d := svgOutline(f, l.glyph); d != "" {
				fmt.Fprintf(&c.defs, "<path id=\"%s\" d=\"%s\"/>\n", name, d)
				c.named[name] = true
			}
		}
		if c.named[name] {
			fmt.Fprintf(&uses, `<use xlink:href="#%s"`, name)
			if l.x != 0 {
				fmt.Fprintf(&uses, ` x="%d"`, int(l.x))
			}
			uses.WriteString("/>")
		}
	}
	if uses.Len() == 0 {
		return
	}
	x, y := c.At(p)
	k := float64(f.Font.Size) / float64(f.Face.UnitsPerEm())
	m := c.m
	c.buf.WriteString("<g")
	c.paint("fill")
	if m.b == 0 && m.c == 0 && m.a == -m.d {
		fmt.Fprintf(&c.buf, ` transform="translate(%s %s)scale(%s)">`, num(x), num(y), short(m.a*k))
	} else {
		fmt.Fprintf(&c.buf, ` transform="matrix(%s %s %s %s %s %s)">`,
			short(m.a*k), short(m.b*k), short(-m.c*k), short(-m.d*k), num(x), num(y))
	}
	c.buf.Write(uses.Bytes())
	c.buf.WriteString("</g>\n")
}

// faceName is the beginning of the names of a face's glyphs.
func faceName(f font.Face) string {
	switch name := f.Font.Name(); name {
	case Sans.Font.Name():
		return "sans"
	case SansBold.Font.Name():
		return "bold"
	default:
		return name + "-"
	}
}

// DrawImage implements vg.Canvas.
func (c *SVG) DrawImage(r vg.Rectangle, img image.Image) {
	data, err := PNG(img)
	if err != nil {
		c.err = cmp.Or(c.err, err)
		return
	}
	x, y := c.At(vg.Point{X: r.Min.X, Y: r.Max.Y})
	s := r.Size()
	fmt.Fprintf(&c.buf, `<image x="%s" y="%s" width="%s" height="%s" preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="data:image/png;base64,%s"/>`+"\n",
		num(x), num(y), num(float64(s.X/Px)), num(float64(s.Y/Px)), base64.StdEncoding.EncodeToString(data))
}

// num writes v with at most two decimals.
func num(v float64) string { return decimal(hundredths(v)) }

// short writes v with at most six decimals.
func short(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64)
}

func hundredths(v float64) int { return int(math.Round(v * 100)) }

// decimal writes n/100 without a zero before the point.
func decimal(n int) string {
	text := strconv.FormatFloat(float64(n)/100, 'f', -1, 64)
	switch {
	case strings.HasPrefix(text, "0."):
		return text[1:]
	case strings.HasPrefix(text, "-0."):
		return "-" + text[2:]
	}
	return text
}
