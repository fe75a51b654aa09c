//go:build !race

package learn_test

import (
	"fmt"
	"log"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/learn"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// A network begins with independent noise, D = I. From samples of a correlated
// Gaussian, and from its own, it learns the natural geometry.
func ExampleRule() {
	const p = 3
	world, err := density.Equicorrelated(p, 0.75, 3)
	if err != nil {
		log.Fatal(err)
	}
	decoder, err := spiking.RandomDecoder(stream.New(1), p, 300, 0.3)
	if err != nil {
		log.Fatal(err)
	}
	rule, err := learn.NewRule(mat.NewDiagDense(p, []float64{1, 1, 1}), 0.05)
	if err != nil {
		log.Fatal(err)
	}
	rng, x := stream.New(2), make([]float64, p)
	for range 25 {
		target, err := density.NewGaussian(make([]float64, p), rule.Diffusion())
		if err != nil {
			log.Fatal(err)
		}
		c := spiking.PaperBalanced(target, decoder, metric.Natural)
		c.Lambda, c.Alpha, c.TauS, c.Arbitration, c.ExactStep = 0, 0, 2e-3, spiking.Greedy, true
		net, err := spiking.NewBalanced(c)
		if err != nil {
			log.Fatal(err)
		}
		for _, z := range mcmc.Draws(net, rng, mcmc.Plan{BurnIn: 500, Draws: 2000, Thin: 10}) {
			rule.Show(world.Rand(rng, x))
			rule.Free(z)
		}
		if err := rule.Apply(); err != nil {
			log.Fatal(err)
		}
	}
	d := rule.Diffusion()
	fmt.Println("correlation of the noise within 0.1 of 0.75:", math.Abs(d.At(0, 1)/d.At(0, 0)-0.75) < 0.1)
	// Output:
	// correlation of the noise within 0.1 of 0.75: true
}

// Correlations of 0.95 silence a network of probabilistic neurons that begins with
// B = I. From its few spikes it learns the natural geometry, in which it fires.
func ExampleSpikeRule() {
	const p, n, steps = 4, 80, 4000 // steps of 10 µs
	target, err := density.Equicorrelated(p, 0.95, 1)
	if err != nil {
		log.Fatal(err)
	}
	a, err := spiking.RandomPairs(stream.New(1), p, n, 1)
	if err != nil {
		log.Fatal(err)
	}
	rule, err := learn.NewSpikeRule(metric.Matrix(metric.Identity(p)), a, 6)
	if err != nil {
		log.Fatal(err)
	}
	rng, theta := stream.New(2), make([]float64, p)
	for round := range 201 {
		b, err := metric.Root(rule.B())
		if err != nil {
			log.Fatal(err)
		}
		c := spiking.PaperMetropolis(target, a, metric.Fixed(b))
		c.Start = theta
		net, err := spiking.NewMetropolis(c)
		if err != nil {
			log.Fatal(err)
		}
		for left := int64(steps); left > 0; {
			left -= net.Jump(rng, left)
			for _, j := range net.Spikes() {
				rule.Spike(j)
			}
		}
		net.Position(theta)
		if err := rule.Apply(steps); err != nil {
			log.Fatal(err)
		}
		if round%100 == 0 {
			fmt.Printf("round %3d: %4.0f Hz\n", round, net.Counts().Acceptance()/(n*10e-6))
		}
	}
	d := rule.Diffusion()
	fmt.Println("correlation within 0.03 of 0.95:", math.Abs(d.At(0, 1)/math.Sqrt(d.At(0, 0)*d.At(1, 1))-0.95) < 0.03)
	// Output:
	// round   0:   33 Hz
	// round 100:  451 Hz
	// round 200:  435 Hz
	// correlation within 0.03 of 0.95: true
}
