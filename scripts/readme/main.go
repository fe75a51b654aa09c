// Readme draws the picture in README.md: the probabilistic spiking network on
// the paper's ten-dimensional Gaussian, naive beside natural.
package main

import (
	"fmt"
	"math"
	"os"

	"natspike/pkg/density"
	"natspike/pkg/figure"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

const (
	dims, neurons = 10, 100
	rho           = 0.75
	onset, end    = 0.1, 0.4 // s; the mean of the target steps from 0 to 1 at onset
	every         = 50       // proposals between looks at the estimate
)

func main() {
	if err := draw("notebooks/images/network.svg"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func draw(path string) error {
	naive, err := panels("Naive: the network falls silent", metric.Naive, figure.Naive)
	if err != nil {
		return err
	}
	natural, err := panels("Natural: it samples", metric.Natural, figure.Natural)
	if err != nil {
		return err
	}
	return figure.Grid(2, naive[0], natural[0], naive[1], natural[1]).Save(path)
}

// panels runs one network and returns its raster and one coordinate of its
// estimate beside the target's mean and standard deviation.
func panels(title string, geometry metric.Geometry, style figure.Style) (pair [2]*figure.Panel, err error) {
	g, err := density.Equicorrelated(dims, rho, 1)
	if err != nil {
		return pair, err
	}
	key := stream.Key{Seed: 1, Purpose: stream.Decoder}
	decoder, err := spiking.RandomPairs(key.Rand(), dims, neurons, 1)
	if err != nil {
		return pair, err
	}
	config := spiking.PaperMetropolis(g, decoder, geometry)
	net, err := spiking.NewMetropolis(config)
	if err != nil {
		return pair, err
	}
	raster := new(spiking.Raster)
	estimate := &spiking.Monitor{EstimateOf: []int{0}, Window: spiking.Window{Every: every}}
	key.Purpose = stream.Dynamics
	rng := key.Rand()
	before, steps := int(math.Round(onset/config.DT)), int(math.Round(end/config.DT))
	if err := spiking.Run(net, rng, before, raster, estimate); err != nil {
		return pair, err
	}
	one := make([]float64, dims)
	for d := range one {
		one[d] = 1
	}
	if err := net.SetMean(one); err != nil {
		return pair, err
	}
	if err := spiking.Run(net, rng, steps-before, raster, estimate); err != nil {
		return pair, err
	}

	var at []float64
	var who []int
	for _, s := range raster.Spikes {
		at, who = append(at, ms(s.Time)), append(who, s.Neuron)
	}
	t := make([]float64, len(estimate.Times))
	lo, hi := make([]float64, len(t)), make([]float64, len(t))
	for i, s := range estimate.Times {
		t[i] = ms(s)
		mean := 0.0
		if s >= onset {
			mean = 1
		}
		lo[i], hi[i] = mean-1, mean+1
	}
	pair[0] = figure.New(title, "", "neuron").Spikes("", at, who, style).
		XRange(ms(0), ms(end)).YRange(-1, neurons).Height(130)
	pair[1] = figure.New("", "time after the target moves (ms)", "estimate z₁").
		Band("target, mean ± sd", t, lo, hi, figure.Color(figure.Grey)).
		Line("decoded", t, estimate.Estimates[0], style.Thin()).
		XRange(ms(0), ms(end)).YRange(-3.5, 4.5).Height(130)
	return pair, nil
}

// ms is a time in s after the onset, in ms.
func ms(t float64) float64 { return 1e3 * (t - onset) }
