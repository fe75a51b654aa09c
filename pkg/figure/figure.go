package figure

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"

	"natspike/pkg/arg"
	"natspike/pkg/figure/internal/canvas"
	"natspike/pkg/internal/atomicfile"
)

// A Drawing is a *Panel or a *Figure.
type Drawing interface {
	Figure() *Figure // the finished picture
	Err() error      // the first error met in making it

	drawing()
}

// A Figure is a finished picture: panels in rows and columns, their axes
// aligned. Row, Column and Grid make one, and so do this package's ready-made
// figures. A method that writes the picture returns the first error met in
// making it, an *arg.Error such as that of a value that is not finite. Only one
// goroutine at a time may use a figure, and the same is true of a panel.
type Figure struct {
	width, height vg.Length // 0 for NotebookWidth, and for what the panels need
	title, alt    string
	called        string // see Name

	cols    int
	cells   []Drawing // row by row; nil is an empty cell
	depth   int       // of grids within grids
	letters bool
	legend  bool      // whether all panels have one legend
	shared  [2]bool   // whether all panels have one range, along x and along y
	weights []float64 // relative widths of the columns, nil for equal
	err     error
}

// Figure returns f.
func (f *Figure) Figure() *Figure { return f }

func (*Figure) drawing() {}

// Row returns the drawings side by side.
func Row(d ...Drawing) *Figure { return Grid(len(d), d...) }

// Column returns the drawings one above the other.
func Column(d ...Drawing) *Figure { return Grid(1, d...) }

// Grid returns the drawings in rows of cols. A nil Drawing leaves its cell empty.
func Grid(cols int, d ...Drawing) *Figure {
	f := &Figure{cols: cols, cells: make([]Drawing, len(d))}
	if cols < 1 || cols > maxColumns || len(d) == 0 {
		return f.fail("grid", "has %d drawings in %d columns; want at least one drawing, and 1 to %d columns", len(d), cols, maxColumns)
	}
	for i, x := range d {
		if arg.IsNil(x) {
			continue
		}
		f.cells[i] = x
		if g, ok := x.(*Figure); ok {
			f.depth = max(f.depth, g.depth+1)
		}
	}
	if f.depth > maxDepth {
		return f.fail("grid", "has grids within grids, %d deep; want at most %d", f.depth, maxDepth)
	}
	return f
}

// Failed returns a figure that could not be made. Every method that would write
// it returns err.
func Failed(err error) *Figure { return &Figure{cols: 1, err: err} }

// Title sets the line above all panels.
func (f *Figure) Title(title string) *Figure { f.title = title; return f }

// Name sets the title that an SVG and a PDF carry, which is not drawn. Without it
// they carry the titles of the figure and its panels.
func (f *Figure) Name(name string) *Figure { f.called = name; return f }

// Size sets width and height in CSS pixels; 0 keeps the default.
func (f *Figure) Size(width, height float64) *Figure {
	for _, v := range [2]float64{width, height} {
		if !(v >= 0 && v <= maxPixels) {
			return f.fail("size", "= %v × %v px is outside [0, %d]", width, height, maxPixels)
		}
	}
	f.width, f.height = vg.Length(width)*px, vg.Length(height)*px
	return f
}

// Widths sets the relative widths of the columns' plot areas.
func (f *Figure) Widths(w ...float64) *Figure {
	if len(w) != f.cols {
		return f.fail("grid", "has %d widths for %d columns", len(w), f.cols)
	}
	for i, v := range w {
		if !(v >= 1e-6 && v <= 1e6) {
			return f.fail(fmt.Sprintf("widths[%d]", i), "= %v is outside [1e-6, 1e6]", v)
		}
	}
	f.weights = slices.Clone(w)
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

// Alt sets the text for readers who do not see the figure. The default consists of
// the texts of the panels.
func (f *Figure) Alt(text string) *Figure { f.alt = text; return f }

// Err returns the first error met in making the figure.
func (f *Figure) Err() error {
	if f.err != nil {
		return f.err
	}
	for _, d := range f.cells {
		if d != nil && d.Err() != nil {
			return d.Err()
		}
	}
	for i, shared := range f.shared {
		for _, p := range f.panels() {
			if first := f.panels()[0]; shared && p.axes[i].log != first.axes[i].log {
				return check.Errorf(fmt.Sprintf("the %s axis", p.axes[i].name), "is shared by panels of which some are logarithmic; want all or none")
			}
		}
	}
	return nil
}

func (f *Figure) fail(name, problem string, values ...any) *Figure {
	if f.err == nil {
		f.err = check.Errorf(name, problem, values...)
	}
	return f
}

// panels returns the panels that are cells of f itself.
func (f *Figure) panels() []*Panel {
	var all []*Panel
	for _, d := range f.cells {
		if p, ok := d.(*Panel); ok {
			all = append(all, p)
		}
	}
	return all
}

// Pixels returns the width and height of the figure in CSS pixels, both 0 if Err
// returns an error.
func (f *Figure) Pixels() (w, h int) {
	p, err := f.page()
	if err != nil {
		return 0, 0
	}
	return int(p.w/px + 0.5), int(p.h/px + 0.5)
}

// SVG returns the figure as an SVG document.
func (f *Figure) SVG() ([]byte, error) {
	p, err := f.page()
	if err != nil {
		return nil, err
	}
	c := canvas.NewSVG(p.w, p.h)
	if err := p.render(c); err != nil {
		return nil, err
	}
	return c.Document(f.name(), f.String())
}

// PDF returns the figure as a PDF document of one page, in vector graphics.
func (f *Figure) PDF() ([]byte, error) {
	p, err := f.page()
	if err != nil {
		return nil, err
	}
	c := canvas.NewPDF(p.w, p.h)
	if err := p.outlines(c); err != nil {
		return nil, err
	}
	return c.Document(f.name(), f.String())
}

// PNG returns the figure as an image of scale device pixels for one CSS pixel,
// at least 0.05 and at most 16: 2 is crisp on a high-density screen. It refuses
// images of more than 64 million pixels.
func (f *Figure) PNG(scale float64) ([]byte, error) {
	img, err := f.image(scale)
	if err != nil {
		return nil, err
	}
	return canvas.PNG(img)
}

// CompactPNG is PNG reduced to 256 colours. A line drawing looks the same, and the
// file is two to three times smaller.
func (f *Figure) CompactPNG(scale float64) ([]byte, error) {
	img, err := f.image(scale)
	if err != nil {
		return nil, err
	}
	return canvas.CompactPNG(img)
}

// image draws the figure at scale device pixels for one CSS pixel.
func (f *Figure) image(scale float64) (*image.RGBA, error) {
	if !(scale >= 0.05 && scale <= 16) {
		return nil, check.Errorf("scale", "= %v is outside [0.05, 16]", scale)
	}
	p, err := f.page()
	if err != nil {
		return nil, err
	}
	if x, y := float64(p.w/px)*scale, float64(p.h/px)*scale; x*y > maxBitmap {
		return nil, check.Errorf("scale", "= %v makes an image of %.0f × %.0f pixels; want at most %d in all", scale, x, y, maxBitmap)
	}
	c := vgimg.NewWith(vgimg.UseWH(p.w, p.h), vgimg.UseDPI(int(96*scale+0.5)))
	return c.Image().(*image.RGBA), p.outlines(c)
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
		return check.Errorf("path", "= %q ends in %q; want .svg, .png or .pdf", path, ext)
	}
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, data)
}
