//go:build !race

package mcmc_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Langevin dynamics on the ten-dimensional Gaussian of the paper's figures,
// naive and natural. Every mode of the natural dynamics decays at the same
// rate; naively the widest is 7.75 times slower. In
// closed form the two numbers are (2 − h/λ)/(h/λ) with λ = 7.75, which is 309, and
// (2 − h)/h, which is 39.
func ExampleNewULA() {
	g, err := density.Equicorrelated(10, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, geometry := range []struct {
		name string
		d    metric.Geometry
	}{{"naive", metric.Naive}, {"natural", metric.Natural}} {
		s, err := mcmc.NewULA(g, make([]float64, 10), 0.05, geometry.d)
		if err != nil {
			fmt.Println(err)
			return
		}
		var mean []float64 // of the ten coordinates, the widest mode
		for _, x := range mcmc.Draws(s, stream.New(1), mcmc.Plan{BurnIn: 1000, Thin: 5, Draws: 200_000}) {
			sum := 0.0
			for _, v := range x {
				sum += v
			}
			mean = append(mean, sum/10)
		}
		tau, err := diag.AutocorrelationTime([][]float64{mean})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: one effective draw of the mean in %.0f steps\n", geometry.name, 5*tau)
	}
	// Output:
	// naive: one effective draw of the mean in 316 steps
	// natural: one effective draw of the mean in 40 steps
}

// Four chains from scattered starts, each a function of the seed and its number.
func ExampleChains() {
	g, err := density.Equicorrelated(10, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := mcmc.Plan{BurnIn: 200, Draws: 2000}
	chains, err := mcmc.Chains(context.Background(), 4, 1, plan, func(chain int, rng *rand.Rand) (*mcmc.MALA, error) {
		start := make([]float64, 10)
		for i := range start {
			start[i] = 3 * stream.Normal(rng)
		}
		return mcmc.NewMALA(g, start, 0.5, metric.Natural)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	rhat, err := diag.RHat(diag.Coordinate(mcmc.AllDraws(chains), 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d chains, R-hat of the first coordinate %.3f\n", len(chains), rhat)
	// Output: 4 chains, R-hat of the first coordinate 1.002
}
