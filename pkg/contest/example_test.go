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
	// Gaussian, p = 2, ρ = 0.75: true, more than 100 effective samples a second: true
	// Gaussian, p = 10, ρ = 0.75: true, more than 100 effective samples a second: true
	// Gaussian, p = 10, ρ = 0.95: true, more than 100 effective samples a second: true
}
