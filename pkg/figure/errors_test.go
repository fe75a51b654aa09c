package figure

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/arg"
)

// TestErrors checks that what is wrong with the data is named.
func TestErrors(t *testing.T) {
	nan := math.NaN()
	ok := []float64{1, 2}
	two := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	one := func(p *Panel) Drawing { return p }
	for want, d := range map[string]Drawing{
		`Line "naive": y[1] = NaN is not finite`:    one(New("", "", "").Line("naive", ok, []float64{1, nan})),
		`Line "naive": x[0] = +Inf is not finite`:   one(New("", "", "").Line("naive", []float64{math.Inf(1), 2}, ok)),
		`Line "naive" has 2 values of x and 1 of y`: one(New("", "", "").Line("naive", ok, []float64{1})),
		`Func "f": f(0.5) = +Inf is not finite`: one(New("", "", "").Func("f", func(x float64) float64 {
			if x == 0.5 {
				return math.Inf(1)
			}
			return x
		}, 0, 1)),
		`Func "f" goes from 1 to 0`:                              one(New("", "", "").Func("f", nil, 1, 0)),
		`Line "" is an empty series`:                             one(New("", "", "").Line("", nil, nil)),
		`Steps "s" has 2 edges for 2 steps`:                      one(New("", "", "").Steps("s", ok, ok)),
		`Band "b": lo[1] = 2 is above hi[1] = 1`:                 one(New("", "", "").Band("b", ok, ok, []float64{1, 1})),
		`Hist "h" has no samples`:                                one(New("", "", "").Hist("h", nil)),
		`Density "h": samples[1] = NaN`:                          one(New("", "", "").Density("h", []float64{1, nan})),
		`HistEdges "h" has 2 edges; want 2 to 100000, ascending`: one(New("", "", "").HistEdges("h", ok, []float64{1, 1})),
		`the y axis has the range [3, 2]`:                        one(New("", "", "").YRange(3, 2)),
		`the x axis is logarithmic and reaches down to -1`:       one(New("", "", "").LogX().Line("", []float64{-1, 2}, ok)),
		`the x axis has 2 ticks with 1 names`:                    one(New("", "", "").XTicks(ok, []string{"a"})),
		`Contour: the log density at (-1, -1) = NaN`:             one(New("", "", "").Contour(func([]float64) float64 { return nan }, -1, 1, -1, 1)),
		`Contour: the density is 0 on all of`:                    one(New("", "", "").Contour(func([]float64) float64 { return math.Inf(-1) }, -1, 1, -1, 1)),
		`Contour "" has the rectangle [1, -1]`:                   one(New("", "", "").Contour(nil, 1, -1, 0, 1)),
		`HeatMap: the matrix has entry (1, 0) = NaN`:             one(New("", "", "").HeatMap(mat.NewDense(2, 1, []float64{0, nan}), 0, 1, Mist)),
		`HeatMap: the colours go from 1 to 1`:                    one(New("", "", "").HeatMap(two, 1, 1, Mist)),
		`CovarianceHeatMap "Σ" is 1×2`:                           CovarianceHeatMap(Matrix{Label: "Σ", Matrix: mat.NewDense(1, 2, ok)}),
		`CovarianceHeatMap "Σ" has entry (0, 1) = +Inf`:          CovarianceHeatMap(Matrix{Label: "Σ", Matrix: mat.NewDense(2, 2, []float64{1, math.Inf(1), 3, 4})}),
		`mean[0] = NaN`:                                          one(New("", "", "").Ellipse("e", []float64{nan, 1}, mat.NewSymDense(2, nil), 0.5)),
		`covariance = [1 2; 2 1] is not positive definite`:       one(New("", "", "").Ellipse("e", ok, mat.NewSymDense(2, []float64{1, 2, 2, 1}), 0.5)),
		`mass = 1 is outside (0, 1)`:                             one(New("", "", "").Ellipse("e", ok, mat.NewSymDense(2, []float64{1, 0, 0, 1}), 1)),
		`Spikes "": neurons[1] = -1 is not an index`:             one(New("", "", "").Spikes("", ok, []int{0, -1})),
		`Raster "r": neurons[1] = 5 of 5 neurons`:                Raster(RasterConfig{Title: "r", Neurons: 5}, ok, []int{0, 5}),
		`Raster "": window is [+Inf, -Inf] s for 0 neurons`:      Raster(RasterConfig{}, nil, nil),
		`Raster "r": times[1] = NaN`:                             Raster(RasterConfig{Title: "r"}, []float64{1, nan}, []int{0, 1}),
		`Add: the range of`:                                      one(New("", "", "").Add(badRange{})),
		`ISIHistogram "i": intervals[0] = -1 is negative`:        one(ISIHistogram("ms", Series{Label: "i", Y: []float64{-1}})),
		`draw 1 of chain 1 is NaN`:                               RankPlot([]float64{1, 2, 3, 4}, []float64{1, nan, 3, 4}),
		`RankPlot has 1 chains`:                                  RankPlot(ok),
		`row "a" = 1 in [2, 0]`:                                  one(Forest("", ForestRow{Name: "a", Mid: 1, Lo: 2})),
		`Bootstrap "b" has no mean: diag: repeats = 0`:           one(New("", "", "").Bootstrap("b", ok, nil)),
		`Bootstrap "b" has 2 values of x and 1 of y`:             one(New("", "", "").Bootstrap("b", ok, [][]float64{ok, {1}})),
		`Marginals: Coords[0] = 2 is not a coordinate of 2`:      Marginals(MarginalConfig{Coords: []int{2}}, Matrix{Matrix: two}),
		`PairPlot has 1 names for 2 coordinates`:                 PairPlot(PairConfig{Names: []string{"a"}}, Matrix{Matrix: two}),
		`Marginals "b" is 2×1, want any×2`:                       Marginals(MarginalConfig{}, Matrix{Matrix: two}, Matrix{Label: "b", Matrix: mat.NewDense(2, 1, ok)}),
		`Bars "b": width = 0`:                                    one(New("", "", "").Bars("b", ok, ok, 0)),
		`series "s" has 2 values for 1 names`:                    one(BarChart("t", "", []string{"a"}, Series{Label: "s", Y: ok})),
		`Vectors "v": the field at (0.5, 0.5) = (NaN, 0)`: one(New("", "", "").Vectors("v", func(dst, x []float64) {
			dst[0], dst[1] = 0, 0
			if x[0] == 0.5 && x[1] == 0.5 {
				dst[0] = nan
			}
		}, 0, 1, 0, 1)),
		`grid has 2 widths for 1 columns`:           New("", "", "").Line("", ok, ok).Figure().Widths(1, 2),
		`grid has 0 drawings`:                       Row(),
		`size leaves 20 × 105 px for the plot area`: New("", "", "").Line("", ok, ok).Figure().Size(60, 0),
		`Trace "x" has no chains`:                   one(Trace("x")),
		`Autocorrelation has no curves`:             one(Autocorrelation("lag")),
	} {
		_, err := d.Figure().SVG()
		var refused *arg.Error
		if !errors.As(err, &refused) || refused.Package != "figure" || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want an *arg.Error with %s", err, want)
			continue
		}
		if _, e := d.Figure().PNG(1); e == nil || e.Error() != err.Error() {
			t.Errorf("PNG says %v and SVG %v", e, err)
		}
		if _, e := d.Figure().PDF(); e == nil || e.Error() != err.Error() {
			t.Errorf("PDF says %v and SVG %v", e, err)
		}
	}
	// The first error is the one that is told, and later layers do no harm.
	p := New("", "", "").Line("a", nil, nil).Line("b", ok, []float64{1}).Hist("c", nil).EqualUnits()
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("first error: %v", err)
	}
	if _, err := New("", "", "").Line("", ok, ok).Figure().PNG(0); err == nil {
		t.Error("PNG(0) does not fail")
	}
}

type badRange struct{}

func (badRange) Plot(draw.Canvas, *plot.Plot)    {}
func (badRange) DataRange() (a, b, c, d float64) { return 0, math.NaN(), 0, 1 }
