package mcmc_test

import (
	"fmt"
	"log"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Two modes are 20 standard deviations apart, with weights 0.3 and 0.7. HMC that
// starts in one of them never finds the other. Eight temperatures carry it across.
func ExampleTempering() {
	low, err := density.NewNormal(-10, 1)
	if err != nil {
		log.Fatal(err)
	}
	high, err := density.NewNormal(10, 1)
	if err != nil {
		log.Fatal(err)
	}
	p, err := density.NewMixture([]float64{0.3, 0.7}, []*density.Gaussian{low, high})
	if err != nil {
		log.Fatal(err)
	}
	hmc := func(p density.Density, step float64) (*mcmc.HMC, error) {
		return mcmc.NewHMC(p, []float64{10}, step, metric.Naive, mcmc.HMCConfig{LeapfrogSteps: 4, Jitter: 0.5})
	}
	alone, err := hmc(p, 0.5)
	if err != nil {
		log.Fatal(err)
	}
	betas, err := mcmc.Ladder(8, 0.01)
	if err != nil {
		log.Fatal(err)
	}
	tempered, err := mcmc.NewTempering(p, betas, func(p *density.Tempered) (mcmc.Replica, error) { return hmc(p, 0.5/p.Beta()) })
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []mcmc.Sampler{alone, tempered} {
		share := 0.0
		for _, x := range mcmc.Draws(s, stream.New(1), mcmc.Plan{Draws: 50_000}) {
			if x[0] < 0 {
				share += 1.0 / 50_000
			}
		}
		fmt.Printf("share of the lower mode: %.1f\n", share)
	}
	// Output:
	// share of the lower mode: 0.0
	// share of the lower mode: 0.3
}
