// Readme draws the picture in README.md: the balanced network tracking a step of
// a ten-dimensional, correlated target, naive and natural.
package main

import (
	"fmt"
	"os"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/target"
)

const (
	dims, neurons = 10, 100
	rho, variance = 0.75, 1.0
	mu            = 6.0
	repeats       = 40
	before, after = 500, 1500 // steps of 0.1 ms about the onset
)

func main() {
	if err := draw("notebooks/images/network.svg"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func draw(path string) error {
	g, err := target.Equicorrelated(dims, rho, variance)
	if err != nil {
		return err
	}
	track := figure.New("The mean of ten dimensions after the target moves", "time after the step (ms)", "decoded mean").Tall(230)
	plane := figure.New("One network, 150 ms", "z₁", "z₂").Equal().Contour(func(x []float64) float64 {
		return g.Marginal(0, 1).LogProb([]float64{x[0] - mu, x[1] - mu})
	}, mu-9, mu+5, mu-9, mu+5)
	for _, way := range []struct {
		geometry spiking.Geometry
		style    figure.Style
	}{{spiking.Naive, figure.Naive}, {spiking.Natural, figure.Natural}} {
		t := make([]float64, before+after)
		mean := make([]float64, before+after)
		var x, y []float64
		for repeat := range uint32(repeats) {
			z, err := run(g, way.geometry, repeat)
			if err != nil {
				return err
			}
			for i := range t {
				t[i] = 0.1 * float64(i-before)
				row := z.RawRowView(i)
				for _, v := range row {
					mean[i] += v / (dims * repeats)
				}
				if repeat == 0 && i >= before {
					x, y = append(x, row[0]), append(y, row[1])
				}
			}
		}
		track.Line(way.geometry.String(), t, mean, way.style)
		plane.Path("", x, y, way.style.Thin())
	}
	track.Line("target", []float64{-0.1 * before, 0, 0, 0.1 * after}, []float64{0, 0, mu, mu}, figure.Truth)
	return figure.Row(track, plane).Widths(1.5, 1).Save(path)
}

// run returns the estimate at each step, before and after the onset.
func run(g *target.Gaussian, geometry spiking.Geometry, repeat uint32) (*mat.Dense, error) {
	key := stream.Key{Seed: 1, Repeat: repeat, Purpose: stream.Decoder}
	sigma := mat.NewSymDense(dims, nil)
	g.CovarianceMatrix(sigma)
	net, err := spiking.NewBalanced(spiking.PaperBalanced(sigma, spiking.RandomDecoder(key.Rand(), dims, neurons, 1), geometry))
	if err != nil {
		return nil, err
	}
	key.Purpose = stream.Dynamics
	rng := key.Rand()
	z := mat.NewDense(before+after, dims, nil)
	for i := range before + after {
		if i == before {
			target := make([]float64, dims)
			for d := range target {
				target[d] = mu
			}
			if err := net.SetMean(target); err != nil {
				return nil, err
			}
		}
		net.Step(rng)
		net.Position(z.RawRowView(i))
	}
	return z, net.Err()
}
