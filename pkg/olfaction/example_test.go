package olfaction_test

import (
	"fmt"
	"log"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/olfaction"
	"natspike/pkg/stream"
)

// One odour of 12 is in the air, and 60 receptors smell it. The mean of the samples
// of one second finds it.
func ExampleCircuit() {
	const odours, receptors, present = 12, 60, 7
	rng := stream.Key{Seed: 1, Purpose: stream.Data}.Rand()
	affinities := mat.NewDense(receptors, odours, nil)
	affinities.Apply(func(int, int, float64) float64 { x := stream.Normal(rng); return x * x }, affinities)
	c := make([]float64, odours)
	c[present] = 10
	posterior, err := olfaction.Sniff(rng, affinities, c, 1, 1)
	if err != nil {
		log.Fatal(err)
	}
	natural, err := posterior.Natural(0.1)
	if err != nil {
		log.Fatal(err)
	}
	circuit, err := olfaction.NewCircuit(olfaction.Config{Posterior: posterior, Metric: natural, TauE: 1e-3, TauI: 0.02, DT: 2e-5, Positive: true})
	if err != nil {
		log.Fatal(err)
	}
	mean := make([]float64, odours)
	plan := mcmc.Plan{BurnIn: 10_000, Draws: 50_000} // 0.2 s and 1 s
	for _, c := range mcmc.Draws(circuit, stream.New(1), plan) {
		floats.AddScaled(mean, 1/float64(plan.Draws), c)
	}
	found := floats.MaxIdx(mean)
	fmt.Printf("odour %d, at a concentration within 2 of the truth: %v\n", found, math.Abs(mean[found]-10) < 2)
	mean[found] = 0
	fmt.Printf("no other above %.0f\n", math.Ceil(floats.Max(mean)))
	// Output:
	// odour 7, at a concentration within 2 of the truth: true
	// no other above 1
}

// A receptor that counts 5 and one that counts none. The projection neurons start
// with the counts over the rates without odours.
func ExampleNewPosterior() {
	p, err := olfaction.NewPosterior(mat.NewDense(2, 1, []float64{1, 0}), []float64{5, 0}, 2, 0.1)
	if err != nil {
		log.Fatal(err)
	}
	circuit, err := olfaction.NewCircuit(olfaction.Config{Posterior: p, Metric: metric.Identity(1), TauE: 1e-3, TauI: 0.02, DT: 1e-4})
	if err != nil {
		log.Fatal(err)
	}
	r := make([]float64, p.Receptors())
	circuit.Projection(r)
	fmt.Println(p)
	fmt.Println(r)
	// Output:
	// concentrations of 1 odours given 2 receptors, r₀ = 2, λ = 0.1
	// [2.5 0]
}
