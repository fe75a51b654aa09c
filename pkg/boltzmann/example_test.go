package boltzmann_test

import (
	"fmt"
	"log"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/boltzmann"
	"natspike/pkg/mcmc"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// Two neurons inhibit each other. The network samples both interpretations, and
// hardly ever both at once, as the exact law says.
func ExampleNetwork() {
	m, err := boltzmann.New(mat.NewSymDense(2, []float64{0, -4, -4, 0}), []float64{1, 1})
	if err != nil {
		log.Fatal(err)
	}
	exact, err := m.Probabilities()
	if err != nil {
		log.Fatal(err)
	}
	net, err := boltzmann.NewNetwork(boltzmann.Config{Machine: m, Refractory: 20, DT: 1e-3})
	if err != nil {
		log.Fatal(err)
	}
	counts := make([]float64, 4)
	plan := mcmc.Plan{BurnIn: 1000, Draws: 400_000}
	for _, z := range mcmc.Draws(net, stream.New(1), plan) {
		counts[boltzmann.Index(z)]++
	}
	for i, p := range exact {
		fmt.Printf("z = %d%d: exact %.2f, network %.2f\n", i&1, i>>1, p, counts[i]/float64(plan.Draws))
	}
	// Output:
	// z = 00: exact 0.15, network 0.15
	// z = 10: exact 0.41, network 0.41
	// z = 01: exact 0.41, network 0.41
	// z = 11: exact 0.02, network 0.02
}

// A network of binary variables is a spiking.Network: package trial presents,
// records and measures it as it does the others.
func ExampleNetwork_present() {
	m, err := boltzmann.New(mat.NewSymDense(3, []float64{0, 1, 0, 1, 0, 1, 0, 1, 0}), []float64{-1, 0, -1})
	if err != nil {
		log.Fatal(err)
	}
	net, err := boltzmann.NewNetwork(boltzmann.Config{Machine: m, Refractory: 10, DT: 1e-3})
	if err != nil {
		log.Fatal(err)
	}
	p := trial.Protocol{Before: 1, After: 100}
	rec, err := trial.Present(net, p, stream.New(1))
	if err != nil {
		log.Fatal(err)
	}
	values, err := trial.Measured(rec, trial.Rates(trial.AfterOnset))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %.0f Hz\n", trial.Rates(trial.AfterOnset).Columns()[0].Name, values[0])
	mean, _, err := m.Moments()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("a neuron that is one for 10 ms after each spike: %.0f Hz\n", (mean[0]+mean[1]+mean[2])/3/10e-3)
	// Output:
	// rate_after 51 Hz
	// a neuron that is one for 10 ms after each spike: 51 Hz
}

// The odds of a variable are e to its potential, given the others.
func ExampleMachine_Potential() {
	m, err := boltzmann.New(mat.NewSymDense(2, []float64{0, -4, -4, 0}), []float64{1, 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Potential(0, []float64{0, 0}), m.Potential(0, []float64{0, 1}))
	// Output:
	// 1 -3
}
