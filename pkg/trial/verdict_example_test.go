//go:build !race

package trial_test

import (
	"fmt"
	"log"
	"math"

	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// The published network cannot sample a target that is narrow in some directions.
// A verdict says why, and what to do. A network that follows its advice can.
func ExampleJudge() {
	const p = 10
	target, err := density.Equicorrelated(p, 0.75, 3)
	if err != nil {
		log.Fatal(err)
	}
	judge := func(neurons int, size float64, change func(*spiking.BalancedConfig)) diag.Verdict {
		decoder, err := spiking.RandomDecoder(stream.New(1), p, neurons, size)
		if err != nil {
			log.Fatal(err)
		}
		c := spiking.PaperBalanced(target, decoder, metric.Natural)
		change(&c)
		net, err := spiking.NewBalanced(c)
		if err != nil {
			log.Fatal(err)
		}
		r, err := trial.Present(net, trial.Protocol{After: 2}, stream.New(2))
		if err != nil {
			log.Fatal(err)
		}
		v, err := trial.Judge(trial.Evidence{
			Network: net, Recordings: []*trial.Recording{r}, Target: target,
			Window: trial.Window{From: 0.1, To: math.Inf(1)},
		})
		if err != nil {
			log.Fatal(err)
		}
		return v
	}

	published := judge(100, 1, func(*spiking.BalancedConfig) {})
	fmt.Println(published)
	for _, f := range published.Findings { // for programs
		fmt.Printf("%v: %v, %.2g, %T\n", f.Grade, f.Problem, f.Value, f.Err)
	}
	fmt.Println()
	fmt.Println(judge(200, 0.3, func(c *spiking.BalancedConfig) {
		c.Lambda, c.Alpha, c.TauS, c.Arbitration = 0, 0, 2e-3, spiking.Greedy
	}))
	// Output:
	// The estimate must not be used: the variance is 3.4 times the target's along a direction in which the target's standard deviation is 0.866; Δt = 0.0001 s makes the variance of the fastest mode 1.33 times too large, by Euler's method at τ_s = 0.0002 s; a spike moves the estimate by 0.84 along a direction in which the target's standard deviation is 0.866, which adds about 55% to the variance there; and 1 more. Next: take a smaller Δt or a longer τ_s; take a smaller decoder, with more neurons or higher rates to hold the estimate; lower λ and α, or take a larger decoder or more neurons.
	// unusable: off target, 3.4, <nil>
	// doubtful: warned, 1.3, *spiking.EulerWarning
	// doubtful: warned, 0.55, *spiking.GrainWarning
	// doubtful: warned, 0.73, *spiking.PriceWarning
	//
	// The estimate can be used: it is worth at least 286 independent samples, so that means are known to 5.9 % of a standard deviation, and its variances are 0.96 to 1.15 times the target's.
}
