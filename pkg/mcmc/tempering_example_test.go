//go:build !race

package mcmc_test

import (
	"fmt"
	"math"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Two modes that are twenty standard deviations apart: MALA stays where it began,
// and tempering visits both.
func ExampleNewTempering() {
	left, right := must(density.NewNormal(-10, 1)), must(density.NewNormal(10, 1))
	p := must(density.NewMixture([]float64{1, 1}, []*density.Gaussian{left, right}))
	start := []float64{-10}
	mala := must(mcmc.NewMALA(p, start, 1, metric.Naive))
	tempering := must(mcmc.NewTempering(p, must(mcmc.Ladder(6, 0.01)), func(q *density.Tempered) (mcmc.Replica, error) {
		return mcmc.NewMALA(q, start, 1/q.Beta(), metric.Naive)
	}))
	for _, s := range []mcmc.Sampler{mala, tempering} {
		share, plan := 0.0, mcmc.Plan{Draws: 50_000}
		for _, x := range mcmc.Draws(s, stream.New(1), plan) {
			if x[0] > 0 {
				share += 1 / float64(plan.Draws)
			}
		}
		fmt.Printf("%T: a share of %.1f in the right mode\n", s, share)
	}
	fmt.Println("many round trips:", tempering.RoundTrips() > 100)
	// Output:
	// *mcmc.MALA: a share of 0.0 in the right mode
	// *mcmc.Tempering: a share of 0.5 in the right mode
	// many round trips: true
}

// The microcanonical sampler rejects nothing. Tune finds a step at which its bias is
// small.
func ExampleMicrocanonical_Tune() {
	p := must(density.Equicorrelated(50, 0.3, 1))
	s := must(mcmc.NewMicrocanonical(p, make([]float64, 50), 0.1, metric.Natural, math.Sqrt(50)))
	rng := stream.New(1)
	if err := s.Tune(rng, 2000, 5e-4); err != nil {
		panic(err)
	}
	square, plan := 0.0, mcmc.Plan{Draws: 20_000}
	for _, x := range mcmc.Draws(s, rng, plan) {
		for _, v := range x {
			square += v * v / float64(50*plan.Draws)
		}
	}
	fmt.Printf("a step of more than one standard deviation: %v, variance %.1f\n", s.StepSize() > 1, square)
	// Output:
	// a step of more than one standard deviation: true, variance 1.0
}
