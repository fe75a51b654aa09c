// Readme draws the pictures in README.md: the probabilistic spiking network on
// the paper's ten-dimensional Gaussian, naive beside natural. One shows spikes
// and the estimate against time, the other moves and shows the estimate beside
// the target's ellipse.
package main

import (
	"errors"
	"fmt"
	"os"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/figure"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

const (
	dims, neurons = 10, 100
	rho           = 0.75
	onset, end    = 0.1, 0.4 // s; the mean of the target steps from 0 to 1 at onset
	every         = 50       // proposals between two recorded estimates
)

func main() {
	if err := errors.Join(draw("notebooks/images/network.svg"), cloud("notebooks/images/cloud.svg")); err != nil {
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

// present runs one network through the step of its target's mean.
func present(geometry metric.Geometry) (*trial.Recording, error) {
	g, err := density.Equicorrelated(dims, rho, 1)
	if err != nil {
		return nil, err
	}
	key := stream.Key{Seed: 1, Purpose: stream.Decoder}
	decoder, err := spiking.RandomPairs(key.Rand(), dims, neurons, 1)
	if err != nil {
		return nil, err
	}
	net, err := spiking.NewMetropolis(spiking.PaperMetropolis(g, decoder, geometry))
	if err != nil {
		return nil, err
	}
	p := trial.Step(1)
	p.Before, p.After = onset, end-onset
	key.Purpose = stream.Dynamics
	return trial.Present(net, p, key.Rand())
}

// panels runs one network and returns its raster and one coordinate of its
// estimate beside the target's mean and standard deviation.
func panels(title string, geometry metric.Geometry, style figure.Style) (pair [2]*figure.Panel, err error) {
	rec, err := present(geometry)
	if err != nil {
		return pair, err
	}
	at, who, err := rec.Raster(trial.Whole)
	if err != nil {
		return pair, err
	}
	t, x, err := rec.Estimate(trial.Whole, every)
	if err != nil {
		return pair, err
	}
	lo, hi := make([]float64, len(t)), make([]float64, len(t))
	for i, s := range t {
		mean := 0.0
		if s >= 0 {
			mean = 1
		}
		lo[i], hi[i] = mean-1, mean+1
		t[i] = ms(s)
	}
	for i := range at {
		at[i] = ms(at[i])
	}
	pair[0] = figure.New(title, "", "neuron").Spikes("", at, who, style).
		XRange(ms(-onset), ms(end-onset)).YRange(-1, neurons).Height(130)
	pair[1] = figure.New("", "time after the target moves (ms)", "estimate z₁").
		Band("target, mean ± sd", t, lo, hi, figure.Color(figure.Grey)).
		Line("decoded", t, mat.Col(nil, 0, x), style.Thin()).
		XRange(ms(-onset), ms(end-onset)).YRange(-3.5, 4.5).Height(130)
	return pair, nil
}

// ms converts times from s to ms.
func ms(t float64) float64 { return 1e3 * t }
