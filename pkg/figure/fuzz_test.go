package figure_test

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/figure"
	"natspike/pkg/racetest"
)

// layers adds a layer of each kind, made of any numbers, to a panel.
var layers = []struct {
	name string
	add  func(p *figure.Panel, x, y []float64)
}{
	{"Line", func(p *figure.Panel, x, y []float64) {
		p.Line("a", x, y).Line("b", y, x, figure.Naive.Markers(figure.Ring))
	}},
	{"Points", func(p *figure.Panel, x, y []float64) { p.Points("a", x, y) }},
	{"Missing", func(p *figure.Panel, x, y []float64) {
		p.Missing("a", x).Missing("b", y, figure.Naive.Markers(figure.Ring))
	}},
	{"Steps", func(p *figure.Panel, x, y []float64) { p.Steps("a", append(x, x...), append(y, y[1:]...)) }},
	{"Band", func(p *figure.Panel, x, y []float64) { p.Band("a", x, smaller(x, y), larger(x, y)) }},
	{"Intervals", func(p *figure.Panel, x, y []float64) { p.Intervals("a", x, smaller(x, y), larger(x, y)) }},
	{"Bars", func(p *figure.Panel, x, y []float64) { p.Bars("a", x, y, math.Abs(y[0])) }},
	{"Hist", func(p *figure.Panel, x, y []float64) { p.Hist("a", x).Hist("b", y) }},
	{"HistEdges", func(p *figure.Panel, x, y []float64) { p.HistEdges("a", x, y) }},
	{"Density", func(p *figure.Panel, x, y []float64) { p.Density("a", x).Density("b", y) }},
	{"Path", func(p *figure.Panel, x, y []float64) { p.Path("a", x, y) }},
	{"Rules", func(p *figure.Panel, x, y []float64) { p.HLine("a", y[0]).VLine("b", x[0]).Text("t", x[0], y[0]) }},
	{"Func", func(p *figure.Panel, x, y []float64) {
		p.Func("a", func(t float64) float64 { return y[0] }, x[0], x[len(x)-1])
	}},
	{"Contour", func(p *figure.Panel, x, y []float64) {
		p.Contour(func(z []float64) float64 { return -z[0] * y[0] }, x[0], x[len(x)-1], y[0], y[len(y)-1])
	}},
	{"Vectors", func(p *figure.Panel, x, y []float64) {
		p.Vectors("a", func(dst, z []float64) { dst[0], dst[1] = x[0], y[0] }, x[0], x[len(x)-1], y[0], y[len(y)-1])
	}},
	{"Ellipse", func(p *figure.Panel, x, y []float64) {
		p.Ellipse("a", []float64{x[0], y[0]}, mat.NewSymDense(2, []float64{math.Abs(x[0]), 0, 0, math.Abs(y[0])}), 0.9)
	}},
	{"Spikes", func(p *figure.Panel, x, y []float64) {
		n := make([]int, len(x))
		for i := range n {
			n[i] = i
		}
		p.Spikes("a", x, n)
	}},
	{"HeatMap", func(p *figure.Panel, x, y []float64) {
		p.HeatMap(mat.NewDense(1, len(x), x), y[0], y[len(y)-1], figure.Depth).ColorBar("c", y[0], y[len(y)-1], figure.Depth)
	}},
	{"Bootstrap", func(p *figure.Panel, x, y []float64) { p.Bootstrap("a", x, [][]float64{y, x, y}) }},
	{"Five", func(p *figure.Panel, x, y []float64) {
		for i := range 6 {
			p.Line(fmt.Sprint(i), x, y).Points(fmt.Sprint(i), x, y)
		}
	}},
}

// figures make a whole figure of any numbers.
var figures = []struct {
	name string
	of   func(x, y []float64) figure.Drawing
}{
	{"Trace", func(x, y []float64) figure.Drawing { return figure.Trace("q", x, y) }},
	{"Autocorrelation", func(x, y []float64) figure.Drawing {
		return figure.Autocorrelation("lag", figure.Series{Label: "a", Y: x}, figure.Series{Label: "b", X: x, Y: y})
	}},
	{"RankPlot", func(x, y []float64) figure.Drawing { return figure.RankPlot(x, y) }},
	{"Forest", func(x, y []float64) figure.Drawing {
		return figure.Forest("f", figure.ForestRow{Name: "a", Mid: x[0], Lo: min(x[0], y[0]), Hi: max(x[0], y[0])}, figure.ForestRow{Name: "b"})
	}},
	{"Marginals", func(x, y []float64) figure.Drawing {
		return figure.Marginals(figure.MarginalConfig{}, figure.Matrix{Label: "a", Matrix: mat.NewDense(len(x), 1, x)}, figure.Matrix{Label: "b", Matrix: mat.NewDense(len(y), 1, y)})
	}},
	{"PairPlot", func(x, y []float64) figure.Drawing {
		return figure.PairPlot(figure.PairConfig{}, figure.Matrix{Label: "a", Matrix: mat.NewDense(len(x)/2, 2, x[:len(x)/2*2])})
	}},
	{"Raster", func(x, y []float64) figure.Drawing {
		return figure.Raster(figure.RasterConfig{Bin: y[0], Onset: y[:1]}, x, make([]int, len(x)))
	}},
	{"RasterWindow", func(x, y []float64) figure.Drawing {
		return figure.Raster(figure.RasterConfig{Neurons: 2, From: y[0], To: y[len(y)-1]}, x, make([]int, len(x)))
	}},
	{"ISIHistogram", func(x, y []float64) figure.Drawing { return figure.ISIHistogram("ms", figure.Series{Label: "a", Y: x}) }},
	{"BarChart", func(x, y []float64) figure.Drawing {
		return figure.BarChart("t", "y", make([]string, len(x)), figure.Series{Label: "a", Y: x}, figure.Series{Label: "b", Y: y})
	}},
	{"CovarianceHeatMap", func(x, y []float64) figure.Drawing {
		n := int(math.Sqrt(float64(len(x))))
		return figure.CovarianceHeatMap(figure.Matrix{Label: "a", Matrix: mat.NewDense(n, n, x[:n*n])}, figure.Matrix{Matrix: mat.NewDense(1, 1, y[:1])})
	}},
}

func smaller(x, y []float64) []float64 {
	z := make([]float64, len(x))
	for i := range z {
		z[i] = min(x[i], y[i])
	}
	return z
}

func larger(x, y []float64) []float64 {
	z := make([]float64, len(x))
	for i := range z {
		z[i] = max(x[i], y[i])
	}
	return z
}

// How an axis of the tests is set up, in bits.
const (
	logX = 1 << iota
	logY
	fixX
	fixY
	ticksX
	equal
	legendRight
	shared
	allAxes = 1<<iota - 1
)

// build returns a figure of one kind of layer or ready-made figure.
func build(kind, axes int, x, y []float64) *figure.Figure {
	kind %= len(layers) + len(figures)
	if kind >= len(layers) {
		return figures[kind-len(layers)].of(x, y).Figure()
	}
	make := func() *figure.Panel {
		p := figure.New("title", "x", "y")
		if axes&logX != 0 {
			p.LogX()
		}
		if axes&logY != 0 {
			p.LogY()
		}
		layers[kind].add(p, x, y)
		if axes&fixX != 0 {
			p.XRange(x[0], y[0])
		}
		if axes&fixY != 0 {
			p.YRange(x[len(x)-1], y[len(y)-1])
		}
		if axes&ticksX != 0 {
			p.XTicks(y[:1], []string{"here"})
		}
		if axes&equal != 0 {
			p.EqualUnits()
		}
		if axes&legendRight != 0 {
			p.LegendRight()
		}
		return p
	}
	if axes&shared != 0 {
		return figure.Row(make(), figure.New("", "", "").Line("c", y, x)).ShareX().ShareY().OneLegend().Letters()
	}
	return make().Figure()
}

var notNumber = regexp.MustCompile(`NaN|Inf|e[+-]\d|\d{13}`)

// judge draws the figure as SVG, and unless the scale is 0 as PDF and PNG too. It
// returns what is wrong: an error that is not an *arg.Error, formats that
// disagree, or an SVG that is broken or has coordinates that are not numbers or
// are far off the page.
func judge(f *figure.Figure, scale float64) error {
	svg, err := f.SVG()
	var refused *arg.Error
	if scale != 0 {
		if _, pdfErr := f.PDF(); fmt.Sprint(err) != fmt.Sprint(pdfErr) {
			return fmt.Errorf("SVG says %v and PDF %v", err, pdfErr)
		}
		if _, err := f.PNG(scale); err != nil && !errors.As(err, &refused) {
			return fmt.Errorf("PNG: %T: %w", err, err)
		}
	}
	if err != nil {
		if !errors.As(err, &refused) {
			return fmt.Errorf("%T: %w", err, err)
		}
		return nil
	}
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local != "image" {
			for _, a := range e.Attr {
				if notNumber.MatchString(a.Value) && a.Name.Local != "href" {
					return fmt.Errorf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

// extremes are series that floating-point arithmetic finds hard.
var extremes = []struct {
	name string
	v    []float64
}{
	{"nearly equal", []float64{0.3, math.Nextafter(0.3, 1), 0.3, 0.3}},
	{"neighbours", []float64{1, math.Nextafter(1, 2), 1, math.Nextafter(1, 0)}},
	{"huge", []float64{-1e308, 1e308, 0, 1}},
	{"the ends", []float64{-math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}},
	{"huge and equal", []float64{math.MaxFloat64, math.MaxFloat64, math.Nextafter(math.MaxFloat64, 0), math.MaxFloat64}},
	{"denormal", []float64{5e-324, 1e-323, 0, 5e-324}},
	{"tiny and huge", []float64{5e-324, 1.7e308, 1, 1e-300}},
	{"positive", []float64{5e-324, 1.7e308, 1e-100, 1e100}},
	{"far", []float64{1e15, 1e15 + 1, 1e15 + 0.5, 1e15}},
	{"farther", []float64{1.7e18, 1.7e18 + 256, 1.7e18, 1.7e18 + 512}},
	{"negative", []float64{-0.1, -0.1000000001, -0.1, -0.10000000005}},
	{"zeros", []float64{0, 0, math.Copysign(0, -1), 0}},
	{"one", []float64{2, 2, 2, 2}},
	{"ordinary", []float64{1, 2, 3, 4}},
	{"descending", []float64{4, 3, 2, 1}},
	{"not a number", []float64{1, math.NaN(), 3, 4}},
	{"infinite", []float64{1, 2, math.Inf(1), 4}},
	{"minus infinity", []float64{math.Inf(-1), 2, 3, 4}},
	{"small and small", []float64{1e-310, 2e-310, 3e-310, 4e-310}},
}

// TestExtremes draws every layer and figure from extreme series against
// themselves and each other, with all settings of the axes.
func TestExtremes(t *testing.T) {
	racetest.Sequential(t)
	pictures, k := 0, 0
	for i, x := range extremes {
		for _, j := range []int{i, (i + 5) % len(extremes)} {
			y := extremes[j]
			for kind := range len(layers) + len(figures) {
				k++
				axes := k * 37 & allAxes
				f := build(kind, axes, x.v, y.v)
				if f.Err() == nil {
					pictures++
				}
				if err := judge(f, []float64{0.1, 0, 0, 0, 0, 0, 0}[k%7]); err != nil {
					t.Errorf("kind %d, axes %b, %q against %q: %v", kind, axes, y.name, x.name, err)
				}
			}
		}
	}
	if least := k / 5; pictures < least {
		t.Errorf("%d of %d figures are drawn; want at least %d", pictures, k, least)
	}
}

// TestDrawn says which layers are drawn of which series: all that are made of
// single points, whatever the numbers, if they are numbers.
func TestDrawn(t *testing.T) {
	for _, x := range extremes {
		if x.name == "not a number" || x.name == "infinite" || x.name == "minus infinity" {
			continue
		}
		for kind, l := range layers[:10] {
			if l.name == "Bars" || l.name == "Hist" || l.name == "HistEdges" || l.name == "Density" {
				continue
			}
			if _, err := build(kind, 0, x.v, x.v).SVG(); err != nil {
				t.Errorf("%s of %q: %v", l.name, x.name, err)
			}
		}
	}
}

// FuzzFigure draws any layer and figure from any numbers, with any axes.
func FuzzFigure(f *testing.F) {
	for kind := range len(layers) + len(figures) {
		var data []byte
		for _, v := range []float64{0.3, math.Nextafter(0.3, 1), -1e308, 1e308, 5e-324, 1, 10, 0} {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
		}
		f.Add(kind, kind*5&allAxes, 1.0, data)
	}
	f.Fuzz(func(t *testing.T, kind, axes int, scale float64, data []byte) {
		var v []float64
		for i := 0; i+8 <= len(data) && len(v) < 64; i += 8 {
			v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(data[i:])))
		}
		if len(v) < 8 {
			return
		}
		n := len(v) / 2
		if err := judge(build(int(uint(kind)%uint(len(layers)+len(figures))), axes, v[:n:n], v[n:2*n:2*n]), min(scale, 0.5)); err != nil {
			t.Error(err)
		}
	})
}
