package mcmc_test

import (
	"fmt"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// A run in two parts. The state of the kernel and that of the random stream are
// saved after the first; the second goes on from them, to the same draws.
func ExampleMALA_MarshalBinary() {
	p, err := density.Equicorrelated(3, 0.5, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	start := func() (*mcmc.MALA, *stream.Source) {
		s, err := mcmc.NewMALA(p, make([]float64, 3), 0.5, metric.Natural)
		if err != nil {
			panic(err)
		}
		return s, stream.Key{Seed: 1}.Source()
	}
	s, source := start()
	if _, err := mcmc.Collect(s, rand.New(source), mcmc.Plan{Draws: 100}); err != nil {
		fmt.Println(err)
		return
	}
	kernel, err := s.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}
	numbers, err := source.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}

	again, from := start() // in another process, as it may be
	if err := again.UnmarshalBinary(kernel); err != nil {
		fmt.Println(err)
		return
	}
	if err := from.UnmarshalBinary(numbers); err != nil {
		fmt.Println(err)
		return
	}
	one, _ := mcmc.Collect(s, rand.New(source), mcmc.Plan{Draws: 1000})
	two, _ := mcmc.Collect(again, rand.New(from), mcmc.Plan{Draws: 1000})
	fmt.Println("the same last draw:", one.At(999, 0) == two.At(999, 0))
	fmt.Println("the same acceptance:", s.Acceptance() == again.Acceptance())

	other, err := mcmc.NewMALA(p, make([]float64, 3), 0.5, metric.Naive)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(other.UnmarshalBinary(kernel))
	// Output:
	// the same last draw: true
	// the same acceptance: true
	// mcmc: state's metric is not that of the sampler
}
