package figure

import (
	"bytes"
	"math"
	"testing"

	"natspike/pkg/racetest"
)

// TestOddRanges draws what has no width of its own.
func TestOddRanges(t *testing.T) {
	racetest.Sequential(t)
	for name, p := range map[string]*Panel{
		"nothing":     New("", "", ""),
		"logs":        New("", "", "").LogX().LogY(),
		"a point":     New("", "", "").Points("", []float64{3}, []float64{3}),
		"a log point": New("", "", "").LogX().LogY().Points("", []float64{3}, []float64{3}),
		"a constant":  New("", "", "").Line("", []float64{0, 1}, []float64{1e9, 1e9}),
		"zeros":       New("", "", "").Line("", []float64{0, 0}, []float64{0, 0}),
		"huge":        New("", "", "").Line("", []float64{0, 1}, []float64{-1e300, 1e300}),
		"tiny":        New("", "", "").Line("", []float64{0, 1e-300}, []float64{0, 1e-300}),
		"far":         New("", "", "").Line("", []float64{0, 1}, []float64{1e15, 1e15 + 1}),
		"neighbours":  New("", "", "").Points("", []float64{0.3, math.Nextafter(0.3, 1), 0.3}, []float64{0, 1, 2}),
		"log of them": New("", "x", "y").LogX().LogY().Line("", []float64{0.3, math.Nextafter(0.3, 1)}, []float64{1e-300, 1.00000001e-300}),
		"the ends":    New("", "", "").Line("", []float64{-math.MaxFloat64, math.MaxFloat64}, []float64{math.MaxFloat64, -math.MaxFloat64}),
		"all decades": New("", "", "").LogX().LogY().Points("", []float64{5e-324, 1.7e308}, []float64{5e-324, 1e-323}),
		"denormal":    New("", "", "").Points("", []float64{0, 5e-324}, []float64{0, 0}),
		"a hair":      New("", "", "").Line("", []float64{0, 2}, []float64{0, 2}).XRange(1, math.Nextafter(1, 2)),
		"out of it":   New("", "", "").Line("", []float64{0, 2}, []float64{0, 2}).XTicks([]float64{1, 1e9}, []string{"in", "out"}),
		"one sample":  New("", "", "").Hist("", []float64{2}).Density("", []float64{2}),
	} {
		f := p.Figure()
		for _, problem := range CheckText(f) {
			t.Errorf("%s: %s", name, problem)
		}
		svg, err := f.SVG()
		if err != nil || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("-9223372036854775808")) {
			t.Errorf("%s: %v, or coordinates that are not numbers", name, err)
		}
		if _, err := f.PNG(0.25); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSilentNetwork draws a raster without spikes, which is a result too.
func TestSilentNetwork(t *testing.T) {
	f := Raster(RasterConfig{Title: "naive", Neurons: 20, To: 1}, nil, nil)
	if problems := CheckText(f); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestBelowALogarithmicAxis: a bar down to what a logarithmic axis does not have
// leaves the page at its bottom, as one that is far below it does.
func TestBelowALogarithmicAxis(t *testing.T) {
	x := []float64{1, 2, 3}
	bars := func(lo float64) *Panel {
		return New("", "x", "y").LogY().YRange(0.1, 10).Intervals("bars", x, []float64{0.2, lo, 0.2}, []float64{1, 2, 1}, Naive)
	}
	want, err := bars(1e-9).Figure().SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, lo := range []float64{0, -0.5} {
		got, err := bars(lo).Figure().SVG()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("a bar down to %v looks other than one down to 1e-9", lo)
		}
	}
	if _, err := New("", "x", "y").LogY().Intervals("bars", x, []float64{0.2, 0, 0.2}, []float64{1, 2, 1}).Figure().SVG(); err == nil {
		t.Error("an axis that is to hold zero is drawn")
	}
}
