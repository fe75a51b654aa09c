package figure_test

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/figure"
)

// poisson are the spikes of 50 neurons in one second, at hz from the onset at
// 0.5 s and at a third of it before.
func poisson(hz float64) (times []float64, neurons []int) {
	rng := rand.New(rand.NewPCG(uint64(hz), 0))
	for n := range 50 {
		for t := rng.ExpFloat64() / hz; t < 1; t += rng.ExpFloat64() / hz {
			if t > 0.5+0.1*change || rng.Float64() < 1./3 {
				times, neurons = append(times, t), append(neurons, n)
			}
		}
	}
	return times, neurons
}

func ExampleRaster() {
	cfg := figure.RasterConfig{Neurons: 50, To: 1, Bin: 0.02, Onset: []float64{0.5}}
	naive, natural := cfg, cfg
	naive.Title, naive.Style = "naive", figure.Naive
	natural.Title, natural.Style = "natural", figure.Natural
	ta, na := poisson(6)
	tb, nb := poisson(20)

	f := figure.Row(figure.Raster(naive, ta, na), figure.Raster(natural, tb, nb))

	compare("raster", f)
	// Output: looks like testdata/raster.png
}

func ExampleISIHistogram() {
	var irregular, regular []float64
	for i, z := range ar1(1, 3000, 0) {
		irregular = append(irregular, -10*math.Log((float64(i)+0.5)/3000)*(1+change))
		regular = append(regular, 10+3*math.Max(z, -3))
	}

	p := figure.ISIHistogram("ms",
		figure.Series{Label: "naive", Y: irregular, Style: figure.Naive},
		figure.Series{Label: "natural", Y: regular, Style: figure.Natural})

	compare("isi", p)
	// Output: looks like testdata/isi.png
}
