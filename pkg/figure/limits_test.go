package figure_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"

	"natspike/pkg/arg"
	"natspike/pkg/figure"
	"natspike/pkg/racetest"
)

// TestLimits asks for what would take too much time or memory, or has no
// meaning. Each must be refused by name, before it is begun.
func TestLimits(t *testing.T) {
	x := []float64{1, 2}
	line := func() *figure.Panel { return figure.New("p", "", "").Line("l", x, x) }
	styled := func(s figure.Style) error { return figure.New("", "", "").Line("l", x, x, s).Err() }
	png := func(f *figure.Figure, scale float64) error { _, err := f.PNG(scale); return err }
	svg := func(f *figure.Figure) error { _, err := f.SVG(); return err }
	many := make([]float64, 300_000)
	for i := range many {
		many[i] = float64(i % 7)
	}
	ticks := make([]float64, 2000)
	nested := line().Figure()
	for range 9 {
		nested = figure.Row(nested)
	}
	for want, err := range map[string]error{
		"scale = 0.005 is outside [0.05, 16]":                 png(line().Figure(), 0.005),
		"scale = 0 is outside":                                png(line().Figure(), 0),
		"scale = NaN is outside":                              png(line().Figure(), math.NaN()),
		"scale = 16 makes an image of 320000 × 320000 pixels": png(line().Figure().Size(20000, 20000), 16),
		"size = NaN × 0 px is outside":                        svg(line().Figure().Size(math.NaN(), 0)),
		"size = 0 × -1 px is outside":                         svg(line().Figure().Size(0, -1)),
		"size = 1e+09 × 0 px is outside":                      svg(line().Figure().Size(1e9, 0)),
		"size leaves 687 × 12 px for the plot area of panel":  svg(figure.New("p", "", "").YTicks(nil, nil).XTicks(nil, nil).Figure().Size(0, 1)),
		`panel "p": height = +Inf px is outside`:              svg(line().Height(math.Inf(1)).Figure()),
		"grid has 1 drawings in 1000000000000 columns":        svg(figure.Grid(1e12, line())),
		"grid has grids within grids, 9 deep":                 svg(nested),
		"widths[0] = +Inf is outside":                         svg(line().Figure().Widths(math.Inf(1))),
		`panel "p": the x axis has tick [0] = NaN`:            line().XTicks([]float64{math.NaN(), 1}, []string{"a", "b"}).Err(),
		`panel "p": the x axis has 2000 ticks`:                line().XTicks(ticks, make([]string, 2000)).Err(),
		`panel "p": the x axis has the range [1, 1]`:          line().XRange(1, 1).Err(),
		`panel "p": the y axis has the range [0, 5e-324]`:     line().YRange(0, 5e-324).Err(),
		"the x axis is shared by panels of which some":        svg(figure.Row(line(), line().LogX()).ShareX()),
		"the x axis is logarithmic and has EqualUnits":        line().LogX().EqualUnits().Err(),
		`for the plot area of panel "flat"`:                   svg(figure.New("flat", "", "").Line("", []float64{0, 1e9}, x).EqualUnits().Figure()),
		`Bars "b" start from 0`:                               figure.New("", "", "").Bars("b", x, x, 1).LogY().YRange(1, 2).Err(),
		`Line "l" has 300000 points; want at most 200000`:     figure.New("", "", "").Line("l", many, many).Err(),
		`Path "l" has 300000 points`:                          figure.New("", "", "").Path("l", many, many).Err(),
		`Intervals "l" has 300000 points`:                     figure.New("", "", "").Intervals("l", many, many, many).Err(),
		`Line "l": style has the width NaN`:                   styled(figure.Style{Width: vg.Length(math.NaN())}),
		`Line "l": style has the radius -1`:                   styled(figure.Style{Radius: -1}),
		`Line "l": style has the opacity 1.5`:                 styled(figure.Style{Opacity: 1.5}),
		`Line "l": style has dashes and gaps of 1e-09`:        styled(figure.Style{Dashes: []vg.Length{1e-9}}),
		`Line "l": style has a dash of NaN`:                   styled(figure.Style{Dashes: []vg.Length{vg.Length(math.NaN())}}),
		`Line "l": style has the marker 99`:                   styled(figure.Style{Marker: 99}),
		`Raster "": Bin = 1e-10 s makes 1e+10 bins`:           figure.Raster(figure.RasterConfig{Neurons: 1, To: 1, Bin: 1e-10}, nil, nil).Err(),
		`Raster "": Bin = -1 s makes no rate`:                 figure.Raster(figure.RasterConfig{Neurons: 1, To: 1, Bin: -1}, nil, nil).Err(),
		`Ellipse "e" needs a mean and a covariance`:           figure.New("", "", "").Ellipse("e", x, nil, 0.5).Err(),
		"HeatMap: the matrix is missing":                      figure.New("", "", "").HeatMap(nil, 0, 1, figure.Mist).Err(),
		`CovarianceHeatMap "" is missing`:                     figure.CovarianceHeatMap(figure.Matrix{}).Err(),
		`Marginals "m" is missing`:                            figure.Marginals(figure.MarginalConfig{}, figure.Matrix{Label: "m"}).Err(),
		"animation has 1000000000 frames":                     second(figure.Animation{Frames: 1e9, Frame: func(int) figure.Drawing { return line() }}.GIF()),
		`text "\x00" has the letter '\x00'`:                   svg(figure.New("\x00", "", "").Figure()),
	} {
		var refused *arg.Error
		if !errors.As(err, &refused) || refused.Package != "figure" || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %s", err, want)
		}
	}
	for name, d := range map[string]figure.Drawing{ // and what is allowed
		"empty cells":   figure.Grid(2, nil, line(), (*figure.Panel)(nil), (*figure.Figure)(nil)),
		"shared panels": figure.Row(line(), line()).ShareX(),
		"no ticks":      line().XTicks(nil, nil),
	} {
		if err := svg(d.Figure()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestManyPoints draws more marks than can be seen. The picture must not grow
// with them: 3 MB hold what a panel of 230 × 620 px can show.
func TestManyPoints(t *testing.T) {
	racetest.Sequential(t)
	const n = 300_000
	x, y, neurons := make([]float64, n), make([]float64, n), make([]int, n)
	for i := range x {
		x[i], neurons[i] = float64(i), i%100
		y[i] = float64((i*7919)%1009) / 1009
	}
	for name, p := range map[string]*figure.Panel{
		"Line":    figure.New("", "", "").Line("", x, y),
		"zoomed":  figure.New("", "", "").Line("", x, y).XRange(3, 9),
		"Steps":   figure.New("", "", "").Steps("", append([]float64{-1}, x...), y),
		"Band":    figure.New("", "", "").Band("", x, y, y),
		"Points":  figure.New("", "", "").Points("", x, y),
		"Spikes":  figure.New("", "", "").Spikes("", x, neurons),
		"Hist":    figure.New("", "", "").Hist("", y),
		"Density": figure.New("", "", "").Density("", y),
		"HeatMap": figure.New("", "", "").HeatMap(mat.NewDense(500, 600, y), 0, 1, figure.Depth),
		"beyond":  figure.New("", "", "").HeatMap(mat.NewDense(10, n/10, y), 0, 1, figure.Depth),
		"cut":     figure.New("", "", "").HeatMap(mat.NewDense(500, 600, y), 0, 1, figure.Depth).XRange(10, 300.2).LogY().YRange(1, 500),
	} {
		svg, err := p.SVG()
		if err != nil || len(svg) > 3<<20 {
			t.Errorf("%s: %d bytes (%v)", name, len(svg), err)
		}
	}
}

// TestCopies checks that a panel keeps what it was given: a slice that is used
// again for other numbers changes no picture.
func TestCopies(t *testing.T) {
	draw := func(spoil bool) string {
		x, y, n := []float64{1, 2, 3}, []float64{3, 1, 2}, []int{0, 1, 2}
		m := mat.NewDense(1, 3, []float64{1, 2, 3})
		p := figure.New("", "", "").Line("", x, y).Points("", x, y).Band("", x, y, y).Intervals("", x, y, y).
			Bars("", x, y, 0.1).HistEdges("", y, x).Path("", x, y).Spikes("", x, n).HeatMap(m, 0, 3, figure.Depth)
		if spoil {
			for i := range x {
				x[i], y[i], n[i] = math.NaN(), 1e9, -1
			}
			m.Set(0, 0, math.Inf(1))
		}
		svg, err := p.SVG()
		if err != nil {
			t.Fatal(err)
		}
		return string(svg)
	}
	if draw(true) != draw(false) {
		t.Error("a slice that changes afterwards changes the picture")
	}
}
