//go:build !race

package contest_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"natspike/pkg/contest"
	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
)

// A sampler of your own joins by one line. This one is Langevin dynamics with a time
// constant of 2 ms, sampled each 0.1 ms.
func ExampleRun() {
	targets, err := contest.Targets()
	if err != nil {
		log.Fatal(err)
	}
	mine := contest.Entrant{Name: "fast Langevin", Start: func(t contest.Target, _ *rand.Rand) (contest.Start, error) {
		if t.Gaussian == nil {
			return contest.Start{}, contest.ErrUnfit
		}
		s, err := mcmc.NewULA(t.Gaussian, t.Mean, 0.05, metric.Natural)
		return contest.Start{Sampler: s, DT: 1e-4}, err
	}}
	scores, err := contest.Run(context.Background(), []contest.Entrant{mine}, targets, contest.Settings{Seconds: 5})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range scores {
		fmt.Printf("%s: %v, more than 100 effective samples a second: %v\n", s.Target, s.Verdict.Grade == diag.Good, s.PerSecond > 100)
	}
	// Output:
	// Gaussian, d = 2, ρ = 0.75: true, more than 100 effective samples a second: true
	// Gaussian, d = 10, ρ = 0.75: true, more than 100 effective samples a second: true
	// Gaussian, d = 10, ρ = 0.95: true, more than 100 effective samples a second: true
}

// A kernel of your own joins by one line too. This one is HMC with a single leapfrog
// step, which is MALA in other words.
func ExampleGradients() {
	targets, err := contest.References()
	if err != nil {
		log.Fatal(err)
	}
	mine := contest.Kernel{Name: "one leapfrog step", Start: func(w contest.Warm, _ *rand.Rand) (mcmc.Sampler, error) {
		return mcmc.NewHMC(w.Density, w.X, w.Step, w.Metric, mcmc.HMCConfig{LeapfrogSteps: 1})
	}}
	schools := targets[6:7]
	costs, err := contest.Gradients(context.Background(), []contest.Kernel{mine}, schools, contest.GradientSettings{Repeats: 8})
	if err != nil {
		log.Fatal(err)
	}
	c := costs[0]
	fmt.Printf("%s: fewer than 20,000 gradients: %v, after %.0f thousand of warm-up\n", c.Target, c.Max < 20_000, c.Warmup/1000)
	// Output:
	// eight schools: fewer than 20,000 gradients: true, after 5 thousand of warm-up
}
