//go:build !race

package mcmc_test

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"natspike/pkg/density"
	"natspike/pkg/diag"
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
	square, energy, plan := 0.0, 0.0, mcmc.Plan{Draws: 20_000}
	for _, x := range mcmc.Draws(s, rng, plan) {
		for _, v := range x {
			square += v * v / float64(50*plan.Draws)
		}
		energy += s.EnergyChange() * s.EnergyChange() / float64(50*plan.Draws)
	}
	fmt.Printf("a step of more than one standard deviation: %v, variance %.1f\n", s.StepSize() > 1, square)
	fmt.Printf("squared energy change in a dimension: %.0e\n", energy)
	// Output:
	// a step of more than one standard deviation: true, variance 1.0
	// squared energy change in a dimension: 5e-04
}

// Parallel tempering of the adjusted microcanonical sampler. Every second offer between
// neighbours leads to an exchange: the ladder has no gap.
func ExampleTempering_Exchanges() {
	p := must(density.Equicorrelated(5, 0, 1))
	tempering := must(mcmc.NewTempering(p, must(mcmc.Ladder(3, 0.3)), func(q *density.Tempered) (mcmc.Replica, error) {
		return mcmc.NewAdjustedMicrocanonical(q, make([]float64, 5), 1, metric.Naive, 2)
	}))
	square, plan := 0.0, mcmc.Plan{Draws: 20_000}
	for _, x := range mcmc.Draws(tempering, stream.New(1), plan) {
		square += x[0] * x[0] / float64(plan.Draws)
	}
	fmt.Printf("variance %.1f, shares of exchanges %.1f\n", square, tempering.Exchanges())
	// Output:
	// variance 1.0, shares of exchanges [0.5 0.5]
}

// Noise in the gradient, of variance V in each direction, raises the friction of the
// thermostat by hV/2.
func ExampleSGNHT_Thermostat() {
	const d, h, v = 20, 0.01, 100.0
	rng := stream.New(1)
	p := must(density.NewFunc(d, func(x []float64) float64 { return floats.Dot(x, x) / 2 }, func(dst, x []float64) {
		for i, xi := range x {
			dst[i] = xi + math.Sqrt(v)*stream.Normal(rng)
		}
	}))
	s := must(mcmc.NewSGNHT(p, make([]float64, d), h, metric.Naive, mcmc.SGNHTConfig{Noise: 0.5}))
	friction, plan := 0.0, mcmc.Plan{BurnIn: 2000, Draws: 50_000}
	for range mcmc.Draws(s, stream.New(2), plan) {
		friction += s.Thermostat() / float64(plan.Draws)
	}
	fmt.Printf("friction %.1f, want %.1f\n", friction, 0.5+h*v/2)
	// Output:
	// friction 1.0, want 1.0
}

// Trajectories that may double three times at most are cut short. The energies of the
// draws say how fast the tails are explored.
func ExampleNUTS_SetMaxDepth() {
	p := must(density.Equicorrelated(2, 0.99, 1))
	s := must(mcmc.NewNUTS(p, []float64{0, 0}, 0.1, metric.Naive))
	s.SetMaxDepth(3)
	energies, stats := make([]float64, 1000), make([]float64, len(s.StatNames()))
	at := slices.Index(s.StatNames(), "energy")
	for i := range mcmc.Draws(s, stream.New(1), mcmc.Plan{Draws: len(energies)}) {
		s.Stats(stats)
		energies[i] = stats[at]
	}
	fmt.Printf("cut short: %v, diverged: %d, the last one: %v\n", s.MaxDepthHits() > 500, s.Divergences(), s.Divergent())
	fmt.Println(s.Warnings()[0])
	fmt.Printf("E-BFMI %.1f\n", must(diag.EBFMI(energies)))
	// Output:
	// cut short: true, diverged: 0, the last one: false
	// mcmc: 567 of 1000 trajectories were cut short after 3 doublings, so that the chain moves slowly; warm up for longer, or take a longer step, a better metric or a larger depth
	// E-BFMI 1.1
}
