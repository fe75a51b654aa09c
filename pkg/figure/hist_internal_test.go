package figure

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestHistogramAndDensityHaveUnitArea(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{1, 2, 50, 20_000} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 3 + 2*rng.NormFloat64()
		}
		h := New("", "", "").Hist("", x).items[0].layer.(*histLayer)
		var area float64
		for i, d := range h.density {
			area += d * (h.edges[i+1] - h.edges[i])
		}
		if math.Abs(area-1) > 1e-9 {
			t.Errorf("n = %d: histogram has area %v", n, area)
		}
		d := New("", "", "").Density("", x).items[0].layer.(*densityLayer)
		area = 0
		for i := 1; i < len(d.x); i++ {
			area += (d.y[i] + d.y[i-1]) / 2 * (d.x[i] - d.x[i-1])
		}
		if math.Abs(area-1) > 0.005 { // the kernel ends at three bandwidths
			t.Errorf("n = %d: kernel density has area %v", n, area)
		}
	}
	// Samples outside of the edges count towards the area and are not shown.
	h := New("", "", "").HistEdges("", []float64{0, 0.5, 1, 7}, []float64{0, 1, 2}).items[0].layer.(*histLayer)
	if h.density[0] != 0.5 || h.density[1] != 0.25 {
		t.Errorf("densities %v; want 0.5 and 0.25", h.density)
	}
}

// TestBootstrapBand checks that a band is drawn only of repeats enough for one,
// and around the mean.
func TestBootstrapBand(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	repeats := make([][]float64, 8)
	for i := range repeats {
		repeats[i] = []float64{rng.NormFloat64(), rng.NormFloat64()}
	}
	x := []float64{0, 1}
	p := New("", "", "").Bootstrap("", x, repeats)
	band, line := p.items[0].layer.(*bandLayer), p.items[1].layer.(*lineLayer)
	for i, m := range line.y {
		if !(band.lo[i] < m && m < band.hi[i]) {
			t.Errorf("mean %v in [%v, %v]", m, band.lo[i], band.hi[i])
		}
	}
	if p := New("", "", "").Bootstrap("", x, repeats[:7]); len(p.items) != 1 || p.err != nil {
		t.Errorf("7 repeats: %d layers; want the mean alone (%v)", len(p.items), p.err)
	}
}
