//go:build !race

package mcmc_test

import (
	"fmt"

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/moments"
	"natspike/pkg/stream"
)

// Langevin dynamics on a logistic regression with 569 observations, each step with
// the gradient of 8 of them. The noise of the gradient widens the posterior.
// Control variates at its mode make the noise smaller.
func ExampleSubsample() {
	data := dataset.BreastCancer()
	x, _ := data.Design()
	p, err := density.NewLogistic(x, data.Y, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	laplace, err := p.Laplace()
	if err != nil {
		fmt.Println(err)
		return
	}
	mode, sd := laplace.Mean(nil), dataset.BreastCancerPosterior().SD
	natural, err := metric.Natural.Of(laplace)
	if err != nil {
		fmt.Println(err)
		return
	}
	plain, err := density.NewMinibatch(p, 8)
	if err != nil {
		fmt.Println(err)
		return
	}
	controlled, err := density.NewControlVariates(p, 8, mode)
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, batch := range map[string]*density.Minibatch{"plain": plain, "controlled": controlled} {
		s, err := mcmc.NewULA(batch, mode, 0.05, metric.Fixed(natural))
		if err != nil {
			fmt.Println(err)
			return
		}
		draws := moments.NewMeanVariance(p.Dim())
		for _, x := range mcmc.Draws(mcmc.Subsample(s, batch), stream.New(1), mcmc.Plan{BurnIn: 200, Draws: 20_000}) {
			draws.Add(x)
		}
		ratio := 0.0
		for i, v := range draws.Variance(nil) {
			ratio += v / (sd[i] * sd[i]) / float64(len(sd))
		}
		fmt.Printf("%s batches: %.1f times the posterior's variance, on average\n", name, ratio)
	}
	// Unordered output:
	// controlled batches: 1.4 times the posterior's variance, on average
	// plain batches: 1.9 times the posterior's variance, on average
}
