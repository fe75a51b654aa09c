package figure

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"natspike/pkg/internal/atomicfile"
)

// A Drawing is anything that is, or makes, a finished picture: a *Panel and a
// *Figure.
type Drawing interface {
	// Figure returns the picture.
	Figure() *Figure

	block() block
}

// A Figure is a finished picture: panels in rows and columns, their axes
// aligned. Row, Column and Grid make one, and so do this package's ready-made
// figures. A method that writes the picture returns the first error met in
// making it, for instance a value that is not finite. A figure, and a panel, is
// for one goroutine at a time.
type Figure struct {
	width  vg.Length // 0: NotebookWidth
	height vg.Length // 0: what the panels need
	title  string    // a line above all panels, if any

	cols    int
	blocks  []block // row by row; nil is an empty cell
	letters bool
	legend  bool      // one for all panels
	shared  [2]bool   // one range for all panels, along x and y
	weights []float64 // relative widths of the columns, nil for equal
	err     error
}

// Figure returns f.
func (f *Figure) Figure() *Figure { return f }

func (f *Figure) block() block { return f }

// Row returns the drawings side by side.
func Row(d ...Drawing) *Figure { return Grid(len(d), d...) }

// Column returns the drawings one above the other.
func Column(d ...Drawing) *Figure { return Grid(1, d...) }

// Grid returns the drawings in rows of cols. A nil Drawing leaves its cell empty.
func Grid(cols int, d ...Drawing) *Figure {
	f := &Figure{cols: max(cols, 1)}
	if cols < 1 || len(d) == 0 {
		f.err = fmt.Errorf("figure: a grid of %d drawings in %d columns is empty", len(d), cols)
	}
	for _, x := range d {
		if x == nil {
			f.blocks = append(f.blocks, nil)
			continue
		}
		f.blocks = append(f.blocks, x.block())
	}
	return f
}

// Title sets the line above all panels.
func (f *Figure) Title(title string) *Figure { f.title = title; return f }

// Size sets width and height in CSS pixels; 0 keeps the default.
func (f *Figure) Size(width, height float64) *Figure {
	f.width, f.height = vg.Length(width)*px, vg.Length(height)*px
	return f
}

// Widths sets the relative widths of the columns' plot areas.
func (f *Figure) Widths(w ...float64) *Figure {
	if len(w) != f.cols {
		f.fail(fmt.Errorf("figure: %d widths for %d columns", len(w), f.cols))
		return f
	}
	for i, v := range w {
		if !(v > 0) || !finite(v) {
			f.fail(fmt.Errorf("figure: width %d is %v; it must be positive", i, v))
			return f
		}
	}
	f.weights = w
	return f
}

// Letters marks the panels a, b, c … for a caption to refer to.
func (f *Figure) Letters() *Figure { f.letters = true; return f }

// OneLegend gathers the legends of all panels into one above them.
func (f *Figure) OneLegend() *Figure { f.legend = true; return f }

// ShareX gives all panels one range along x and labels it in the bottom row only.
func (f *Figure) ShareX() *Figure { f.shared[0] = true; return f }

// ShareY gives all panels one range along y and labels it in the left column only.
func (f *Figure) ShareY() *Figure { f.shared[1] = true; return f }

// Err returns the first error met in making the figure.
func (f *Figure) Err() error {
	err := f.err
	for _, b := range f.blocks {
		if err == nil && b != nil {
			err = b.Err()
		}
	}
	return err
}

func (f *Figure) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// Draw draws the figure on the whole of c, which may be of any of gonum/plot's
// backends.
func (f *Figure) Draw(c draw.Canvas) error {
	if err := f.Err(); err != nil {
		return err
	}
	size := c.Size()
	p := f.layout(size.X, size.Y)
	if err := p.fits(); err != nil {
		return err
	}
	o := &outlined{Canvas: c.Canvas}
	f.place(draw.Canvas{Canvas: o, Rectangle: c.Rectangle}, p)
	return o.err
}

// Pixels returns the width and height of the figure in CSS pixels.
func (f *Figure) Pixels() (w, h int) {
	x, y := f.page()
	return int(x/px + 0.5), int(y/px + 0.5)
}

// plan lays the figure out and returns its size.
func (f *Figure) plan() (w, h vg.Length, p plan) {
	w, h = f.width, f.height
	if w == 0 {
		w = NotebookWidth
	}
	if f.Err() != nil {
		return w, max(h, w/2), p
	}
	p = f.layout(w-2*outer, max(h-2*outer, 0))
	if f.width == 0 { // panels of a fixed shape may need less
		w = min(w, p.wide()+2*outer)
	}
	if h == 0 {
		h = p.total() + 2*outer
	}
	return w, h, p
}

// outer is the white border around everything.
const outer = 4 * px

// render draws the page of size w by h on c.
func (f *Figure) render(c vg.Canvas, w, h vg.Length) error {
	if err := f.Err(); err != nil {
		return err
	}
	_, _, p := f.plan()
	if err := p.fits(); err != nil {
		return err
	}
	page := draw.NewCanvas(c, w, h)
	c.SetColor(White)
	c.Fill(page.Rectangle.Path())
	f.place(draw.Crop(page, outer, -outer, outer, -outer), p)
	return nil
}

// outlines renders on a canvas that cannot set text by itself.
func (f *Figure) outlines(c vg.CanvasSizer) error {
	w, h := c.Size()
	o := &outlined{Canvas: c}
	if err := f.render(o, w, h); err != nil {
		return err
	}
	return o.err
}

// Description returns what the picture is called where it cannot be seen.
func (f *Figure) Description() string {
	names := []string{f.title}
	for _, b := range f.blocks {
		switch b := b.(type) {
		case *Panel:
			names = append(names, b.title)
		case *Figure:
			names = append(names, b.Description())
		}
	}
	return strings.Join(slices.DeleteFunc(names, func(s string) bool { return s == "" }), ", ")
}

// fits returns an error where so little is left for a plot area that its
// labels would run into each other.
func (p plan) fits() error {
	const least = 40 * px
	for c, a := range p.width {
		if a < least {
			return fmt.Errorf("figure: %.0f px are left for the plot areas of column %d; make the figure wider or its labels shorter", max(a/px, 0), c+1)
		}
	}
	for r, a := range p.height {
		if a < least/2 {
			return fmt.Errorf("figure: %.0f px are left for the plot areas of row %d; make the figure taller", max(a/px, 0), r+1)
		}
	}
	return nil
}

// SVG returns the figure as an SVG document.
func (f *Figure) SVG() ([]byte, error) {
	w, h := f.page()
	c := newSVG(w, h)
	if err := f.render(c, w, h); err != nil {
		return nil, err
	}
	return c.document(f.Description()), c.err
}

func (f *Figure) page() (w, h vg.Length) {
	w, h, _ = f.plan()
	whole := func(l vg.Length) vg.Length { return vg.Length(int(l/px+0.999)) * px } // pixels
	return whole(w), whole(h)
}

// image draws the figure at scale device pixels for one CSS pixel.
func (f *Figure) image(scale float64) (*vgimg.Canvas, error) {
	if !(scale > 0 && scale <= 16) {
		return nil, fmt.Errorf("figure: scale %v is outside (0, 16]", scale)
	}
	w, h := f.page()
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(int(96*scale+0.5)))
	return c, f.outlines(c)
}

// PNG returns the figure as an image of scale device pixels for one CSS pixel:
// 2 is crisp on a high-density screen.
func (f *Figure) PNG(scale float64) ([]byte, error) {
	c, err := f.image(scale)
	if err != nil {
		return nil, err
	}
	return encodePNG(c.Image())
}

// Save writes the figure to path in the format that its extension names: .svg,
// .png (at 2×), or .pdf. The file appears whole or not at all.
func (f *Figure) Save(path string) error {
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		data, err = f.SVG()
	case ".png":
		data, err = f.PNG(2)
	case ".pdf":
		data, err = f.PDF()
	default:
		return fmt.Errorf("figure: %q ends in %q; want .svg, .png or .pdf", path, ext)
	}
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, data)
}

// Failed returns a figure that could not be made. Every method that would write
// it returns err.
func Failed(err error) *Figure { return &Figure{cols: 1, err: err} }

func failed(format string, args ...any) *Figure {
	return Failed(fmt.Errorf("figure: "+format, args...))
}
