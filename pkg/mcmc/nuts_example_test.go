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

// The posterior of the eight schools: four chains of NUTS, each of which warms up
// by itself, and how well they agree on the mean effect μ.
func ExampleNUTS() {
	schools := density.NewEightSchools()
	start := func(_ int, rng *rand.Rand) (*mcmc.NUTS, error) {
		x0 := make([]float64, schools.Dim())
		stream.Normals(rng, x0)
		nuts, err := mcmc.NewNUTS(schools, x0, 1, metric.Naive)
		if err != nil {
			return nil, err
		}
		return nuts, mcmc.Warmup{Acceptance: 0.9}.Run(context.Background(), nuts, rng)
	}
	chains, err := mcmc.Chains(context.Background(), 4, 1, mcmc.Plan{Draws: 2000}, start)
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := diag.Summarize(diag.Coordinate(mcmc.AllDraws(chains), 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("μ = %.1f ± %.1f, R-hat < 1.01: %v, ESS > 4000: %v\n", summary.Mean, summary.SD, summary.RHat < 1.01, summary.ESSBulk > 4000)
	// Output: μ = 4.4 ± 3.3, R-hat < 1.01: true, ESS > 4000: true
}

// Two splittings on a Gaussian of variance 4, with a step h = 1/ω: BAOAB has the
// variance right however long the step, OBABO is off by 1/(1 − h²ω²/4).
func ExampleNewUnderdamped() {
	density, err := density.NewNormal(0, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, splitting := range []mcmc.Splitting{mcmc.BAOAB, mcmc.OBABO} {
		// The frequency is ω = 1/2, so that the best friction is 2ω = 1.
		sampler, err := mcmc.NewUnderdamped(density, []float64{0}, 2, metric.Naive, mcmc.UnderdampedConfig{Friction: 1, Splitting: splitting})
		if err != nil {
			fmt.Println(err)
			return
		}
		sum2 := 0.0
		for _, x := range mcmc.Draws(sampler, stream.New(1), mcmc.Plan{BurnIn: 100, Draws: 500_000}) {
			sum2 += x[0] * x[0]
		}
		fmt.Printf("%s: variance %.1f\n", splitting, sum2/500_000)
	}
	// Output:
	// BAOAB: variance 4.0
	// OBABO: variance 5.3
}
