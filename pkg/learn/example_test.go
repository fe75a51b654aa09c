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
