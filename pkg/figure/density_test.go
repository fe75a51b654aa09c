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
		u, v := kernelDensity(x)
		area = 0
		for i := 1; i < len(u); i++ {
			area += (v[i] + v[i-1]) / 2 * (u[i] - u[i-1])
		}
		if math.Abs(area-1) > 0.005 { // the kernel ends at three bandwidths
			t.Errorf("n = %d: kernel density has area %v", n, area)
		}
	}
	// The estimate of a Gaussian is the Gaussian, smoothed: at the mode of N(0, 1)
	// with n = 20000 the bandwidth is 0.124, which lowers 0.399 to 0.396; its
	// standard error is √(0.282·0.399/(n·h)) = 0.007. Five of them either way.
	x := make([]float64, 20_000)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	u, v := kernelDensity(x)
	at := 0
	for i := range u {
		if math.Abs(u[i]) < math.Abs(u[at]) {
			at = i
		}
	}
	if math.Abs(v[at]-0.396) > 0.035 {
		t.Errorf("density at 0 is %v; want 0.396", v[at])
	}
}

// TestBootstrap compares the interval with the Gaussian one: of the mean of 400
// repeats of unit variance, ±1.96/20 = ±0.098. The ends of a percentile interval
// of 2000 resamples have a relative standard error of about 4 %, the sample
// standard deviation of 3.5 %: 30 % is more than five of both.
func TestBootstrap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	repeats := make([][]float64, 400)
	var mean float64
	for i := range repeats {
		repeats[i] = []float64{rng.NormFloat64()}
		mean += repeats[i][0] / 400
	}
	p := New("", "", "").Bootstrap("", []float64{0}, repeats)
	b := p.items[0].layer.(*bandLayer)
	for _, d := range []float64{mean - b.lo[0], b.hi[0] - mean} {
		if math.Abs(d-0.098) > 0.03 {
			t.Errorf("the interval reaches %v from the mean; want 0.098", d)
		}
	}
}
