//go:build !race

package spiking_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/moments"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// equicorrelated returns the Gaussian of p coordinates with equal means,
// variances and correlations.
func equicorrelated(p int, mean, rho, variance float64) *density.Gaussian {
	g, err := density.Equicorrelated(p, rho, variance)
	if err != nil {
		log.Fatal(err)
	}
	if g, err = g.WithMean(fill(p, mean)); err != nil {
		log.Fatal(err)
	}
	return g
}

func fill(n int, x float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = x
	}
	return v
}

// Two efficient balanced networks, of the same 200 neurons, sample a Gaussian of
// 20 dimensions that are strongly correlated. What is the mean of their estimate
// over the 50 ms after the target appears?
func ExampleBalanced() {
	const dims, rho = 20, 0.9
	sigma := equicorrelated(dims, 6, 3*rho/(1+2*rho), 1+2*rho)
	decoder, err := spiking.RandomDecoder(stream.Key{Seed: 1, Purpose: stream.Decoder}.Rand(), dims, 200, 1)
	if err != nil {
		log.Fatal(err)
	}
	for _, geometry := range []metric.Geometry{metric.Naive, metric.Natural} {
		config := spiking.PaperBalanced(sigma, decoder, geometry)
		net, err := spiking.NewBalanced(config)
		if err != nil {
			log.Fatal(err)
		}
		mean := 0.0
		for _, z := range mcmc.Draws(net, stream.New(1), mcmc.Plan{Draws: 500}) {
			for _, x := range z {
				mean += x / (500 * dims)
			}
		}
		fmt.Printf("%v: mean %.1f of 6, %.2f spikes a step\n", geometry, mean, net.Diagnostics().SpikesPerStep)
	}
	// Output:
	// naive: mean 4.3 of 6, 1.00 spikes a step
	// natural: mean 5.8 of 6, 0.92 spikes a step
}

// Four repeats of a network move together, each with a stream of its own.
func ExampleEnsemble() {
	const dims, repeats, steps = 20, 4, 2000
	decoder, err := spiking.RandomDecoder(stream.New(1), dims, 200, 1)
	if err != nil {
		log.Fatal(err)
	}
	nets, rngs := make([]*spiking.Balanced, repeats), make([]*rand.Rand, repeats)
	for i := range nets {
		config := spiking.PaperBalanced(equicorrelated(dims, 6, 0.5, 3), decoder, metric.Natural)
		if nets[i], err = spiking.NewBalanced(config); err != nil {
			log.Fatal(err)
		}
		rngs[i] = stream.Key{Seed: 1, Repeat: uint32(i)}.Rand()
	}
	ensemble, err := spiking.NewEnsemble(nets...)
	if err != nil {
		log.Fatal(err)
	}
	spikes := make([]int, repeats)
	for range steps {
		ensemble.Step(rngs)
		for i, net := range nets {
			spikes[i] += len(net.Spikes())
		}
	}
	fmt.Println("spikes in", steps, "steps:", spikes)
	// Output:
	// spikes in 2000 steps: [1876 1892 1899 1877]
}

// A network with the published settings, in naive geometry at a strong correlation,
// cannot sample its target, and says why.
func ExampleBalanced_Warnings() {
	const rho = 0.9
	decoder, err := spiking.RandomDecoder(stream.New(1), 20, 200, 1)
	if err != nil {
		log.Fatal(err)
	}
	config := spiking.PaperBalanced(equicorrelated(20, 0, 3*rho/(1+2*rho), 1+2*rho), decoder, metric.Naive)
	net, err := spiking.NewBalanced(config)
	if err != nil {
		log.Fatal(err)
	}
	rng := stream.New(1)
	for range 1000 {
		net.Step(rng)
	}
	for _, w := range net.Warnings() {
		fmt.Println(w)
	}
	// Output:
	// spiking: Δt = 0.0001 s is past the stability of Euler's method: the Euler number is 5 and the fastest mode grows by 4 a step; Δt must be below 4e-05 s
	// spiking: a spike moves the estimate by 1 along a direction in which the target's standard deviation is 0.316, which adds about 838% to the variance there; a smaller decoder (with more neurons, or a higher rate) lowers it
	// spiking: λ = 14.1 and α = 14.1 keep about 78% of the estimate, and let it be off by 14.3 where the target's standard deviation is 0.316; lower prices, a larger decoder or more neurons mend it
	// spiking: 100.0% of steps have a spike and 99.9% more than one neuron above threshold: the cap of one spike a step sets the rate; a smaller Δt or Greedy lifts it
}

// How many neurons sample ten dimensions with a correlation of 0.75, at rates of
// cortex, so that no variance is wrong by more than 5 %? And with half the rate, and at
// most 400 neurons?
func ExampleAccurateBalanced() {
	target, err := density.Equicorrelated(10, 0.75, 3)
	if err != nil {
		log.Fatal(err)
	}
	config, err := spiking.AccurateBalanced(target, spiking.AccurateConfig{Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	_, n := config.Decoder.Dims()
	net, err := spiking.NewBalanced(config)
	if err != nil {
		log.Fatal(err)
	}
	rng := stream.New(1)
	for range 10_000 {
		net.Step(rng)
	}
	rate := net.Diagnostics().SpikesPerStep / config.DT / float64(n)
	fmt.Printf("%d neurons, τ_s = %g s, %.0f Hz\n", n, config.TauS, rate)
	_, err = spiking.AccurateBalanced(target, spiking.AccurateConfig{Seed: 1, HighestRate: 25, Neurons: 400})
	fmt.Println(err)
	// Output:
	// 700 neurons, τ_s = 0.002 s, 45 Hz
	// spiking: HighestRate = 25 Hz is too low: 400 neurons at τ_s = 0.02 s need spikes of standard deviation 0.388 for errors below 5%, and then fire at 38 Hz each; 675 neurons would do
}

// The law of the rate says what smaller spikes cost, before a network runs.
func ExampleBalancedConfig_PredictRate() {
	target, err := density.Equicorrelated(10, 0.75, 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, sd := range []float64{0.6, 0.3, 0.15} {
		decoder, err := spiking.RandomDecoder(stream.New(2), 10, 1000, sd)
		if err != nil {
			log.Fatal(err)
		}
		c := spiking.PaperBalanced(target, decoder, metric.Natural)
		c.Lambda, c.Alpha, c.TauS, c.Arbitration, c.ExactStep = 0, 0, 2e-3, spiking.Greedy, true
		law, err := c.PredictRate()
		if err != nil {
			log.Fatal(err)
		}
		net, err := spiking.NewBalanced(c)
		if err != nil {
			log.Fatal(err)
		}
		rng := stream.New(1)
		for range 4000 {
			net.Step(rng)
		}
		fmt.Printf("spikes of %.2f: %.0f Hz by the law, %.0f Hz measured\n", sd, law, net.Diagnostics().RateHz)
	}
	// Output:
	// spikes of 0.60: 26 Hz by the law, 26 Hz measured
	// spikes of 0.30: 39 Hz by the law, 39 Hz measured
	// spikes of 0.15: 58 Hz by the law, 60 Hz measured
}

// A state is saved in mid-run, with that of the random stream, and goes on in
// another network of the same configuration to the same bytes.
func ExampleBalanced_MarshalBinary() {
	decoder, err := spiking.RandomDecoder(stream.New(1), 2, 10, 1)
	if err != nil {
		log.Fatal(err)
	}
	config := spiking.PaperBalanced(equicorrelated(2, 1, 0.5, 1), decoder, metric.Natural)
	source := stream.Key{Seed: 1}.Source()
	first, err := spiking.NewBalanced(config)
	if err != nil {
		log.Fatal(err)
	}
	for range 1000 {
		first.Step(rand.New(source))
	}
	network, err := first.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}
	numbers, err := source.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}

	second, err := spiking.NewBalanced(config)
	if err != nil {
		log.Fatal(err)
	}
	if err := second.UnmarshalBinary(network); err != nil {
		log.Fatal(err)
	}
	copied := new(stream.Source)
	if err := copied.UnmarshalBinary(numbers); err != nil {
		log.Fatal(err)
	}
	x, y := make([]float64, 2), make([]float64, 2)
	for range 1000 {
		first.Step(rand.New(source))
		second.Step(rand.New(copied))
	}
	first.Position(x)
	second.Position(y)
	fmt.Println(second.Steps(), "steps, the same estimate:", x[0] == y[0] && x[1] == y[1])

	network[100]++
	fmt.Println(second.UnmarshalBinary(network))
	// Output:
	// 2000 steps, the same estimate: true
	// spiking: state is damaged: its checksum does not match
}

// A target that moves: the mean is set before each step.
func ExampleBalanced_SetMean() {
	decoder, err := spiking.RandomDecoder(stream.New(1), 2, 200, 0.1)
	if err != nil {
		log.Fatal(err)
	}
	config := spiking.PaperBalanced(equicorrelated(2, 0, 0.5, 0.01), decoder, metric.Natural)
	config.Lambda, config.Alpha, config.Arbitration = 0, 0, spiking.Greedy
	net, err := spiking.NewBalanced(config)
	if err != nil {
		log.Fatal(err)
	}
	rng := stream.New(2)
	z := make([]float64, 2)
	off := 0.0
	const steps = 10_000 // 1 s
	for range steps {
		phase := 2 * math.Pi * net.Time()
		mean := []float64{3 * math.Cos(phase), 3 * math.Sin(phase)}
		if err := net.SetMean(mean); err != nil {
			log.Fatal(err)
		}
		net.Step(rng)
		net.Position(z)
		off += math.Hypot(z[0]-mean[0], z[1]-mean[1]) / steps
	}
	fmt.Printf("the estimate is %.2f from the mean on average\n", off)
	// Output:
	// the estimate is 0.14 from the mean on average
}

// Why probabilistic spiking goes silent in naive geometry: the threshold Ω_jj/2
// grows as p/(2(1−ρ)), and with it falls the acceptance of a spike. Natural
// geometry has p/2 whatever the correlation.
func ExampleMetropolis() {
	for _, rho := range []float64{0, 0.75, 0.95} {
		for _, geometry := range []metric.Geometry{metric.Naive, metric.Natural} {
			decoder, err := spiking.RandomPairs(stream.New(1), 10, 100, 1)
			if err != nil {
				log.Fatal(err)
			}
			net, err := spiking.NewMetropolis(spiking.PaperMetropolis(equicorrelated(10, 0, rho, 1), decoder, geometry))
			if err != nil {
				log.Fatal(err)
			}
			rng := stream.New(2)
			for range 50_000 { // 0.5 s
				net.Step(rng)
			}
			fmt.Printf("ρ = %.2f, %v: %.3f of proposals accepted\n", rho, geometry, net.Counts().Acceptance())
		}
	}
	// Output:
	// ρ = 0.00, naive: 0.128 of proposals accepted
	// ρ = 0.00, natural: 0.128 of proposals accepted
	// ρ = 0.75, naive: 0.001 of proposals accepted
	// ρ = 0.75, natural: 0.128 of proposals accepted
	// ρ = 0.95, naive: 0.000 of proposals accepted
	// ρ = 0.95, natural: 0.128 of proposals accepted
}

// Jump goes from spike to spike, and moments.Path takes in the silence between
// them in closed form: an hour of a network that hardly ever spikes.
func ExampleMetropolis_Jump() {
	decoder, err := spiking.RandomPairs(stream.New(1), 10, 100, 1.5)
	if err != nil {
		log.Fatal(err)
	}
	config := spiking.PaperMetropolis(equicorrelated(10, 1, 0.75, 1), decoder, metric.Naive)
	net, err := spiking.NewMetropolis(config)
	if err != nil {
		log.Fatal(err)
	}
	const hour = 3600 * 100_000 // steps
	rng := stream.New(2)
	path := moments.NewPath(10)
	decay, err := moments.NewDecay(net.Decay())
	if err != nil {
		log.Fatal(err)
	}
	x := make([]float64, 10)
	for steps := int64(0); steps < hour; {
		net.Position(x)
		k := net.Jump(rng, hour-steps)
		path.AddDecay(x, decay, k-1)
		net.Position(x)
		path.Add(x)
		steps += k
	}
	fmt.Printf("%d spikes in %d proposals, mean of the estimate %.3f\n", net.Counts().Spikes, path.N(), path.Mean(nil)[0])
	// Output:
	// 97 spikes in 360000000 proposals, mean of the estimate 0.000
}

// The network of the derivation, in continuous time: 10⁵ proposals a second.
func ExampleContinuous() {
	decoder, err := spiking.RandomPairs(stream.New(1), 4, 40, 0.5)
	if err != nil {
		log.Fatal(err)
	}
	net, err := spiking.NewContinuous(spiking.ContinuousConfig{
		Target: equicorrelated(4, 1, 0.75, 1), Decoder: decoder, Geometry: metric.Natural,
		TauM: 20e-3, Proposals: 1e5, Gain: 1, Interval: 1e-3,
	})
	if err != nil {
		log.Fatal(err)
	}
	rng := stream.New(2)
	path := moments.NewPath(4)
	x := make([]float64, 4)
	for range 5000 { // 5 s
		net.Step(rng)
		net.Position(x)
		path.Add(x)
	}
	var sigma mat.SymDense
	path.CovarianceMatrix(&sigma)
	fmt.Printf("mean %.2f, variance %.2f, covariance %.2f\n", path.Mean(nil)[0], sigma.At(0, 0), sigma.At(0, 1))
	// Output:
	// mean 0.99, variance 0.98, covariance 0.73
}

// Neurons that sample Neal's funnel, with spikes of several sizes.
func ExampleMetropolisDensity() {
	funnel := density.NewFunnel()
	p := funnel.Dim()
	sizes := mat.NewDense(p, 3*p, nil)
	for k, size := range []float64{0.1, 0.5, 2} {
		for d := range p {
			sizes.Set(d, k*p+d, size)
		}
	}
	decoder, err := spiking.Paired(sizes)
	if err != nil {
		log.Fatal(err)
	}
	net, err := spiking.NewMetropolisDensity(spiking.MetropolisDensityConfig{
		Target: funnel, Decoder: decoder,
		TauM: 10, DT: 1e-5, Gain: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	rng := stream.New(1)
	for range 100_000 {
		net.Step(rng)
	}
	fmt.Printf("%.2f of proposals accepted\n", net.Counts().Acceptance())
	// Output:
	// 0.09 of proposals accepted
}

// Shapes that disagree and numbers that make no sense are refused by name.
func ExampleNewBalanced_refused() {
	target := equicorrelated(2, 0, 0.5, 1)
	_, err := spiking.RandomPairs(stream.New(1), 2, 7, 1)
	fmt.Println(err)
	_, err = spiking.NewBalanced(spiking.PaperBalanced(target, mat.NewDense(3, 10, nil), metric.Natural))
	fmt.Println(err)
	// Output:
	// spiking: neurons = 7 cannot form pairs ±Γ_j: want an even, positive number
	// spiking: Decoder is 3×10, want 2×any
}

// From spike to spike, with the exact time of each.
func ExampleContinuous_Next() {
	decoder, err := spiking.RandomPairs(stream.New(1), 4, 40, 0.5)
	if err != nil {
		log.Fatal(err)
	}
	net, err := spiking.NewContinuous(spiking.ContinuousConfig{
		Target: equicorrelated(4, 1, 0.75, 1), Decoder: decoder, Geometry: metric.Natural,
		TauM: 20e-3, Proposals: 1e5, Gain: 1, Interval: 1e-3,
	})
	if err != nil {
		log.Fatal(err)
	}
	rng := stream.New(2)
	for range 3 {
		elapsed := net.Next(rng, 1)
		fmt.Printf("neuron %d after %.3f ms, at %.3f ms\n", net.Spike(), 1e3*elapsed, 1e3*net.SpikeTimes()[0])
	}
	counted := net.Counts().Spikes
	net.ResetCounts()
	fmt.Println("spikes:", counted, "and then", net.Counts().Spikes)
	// Output:
	// neuron 6 after 0.003 ms, at 0.003 ms
	// neuron 33 after 0.020 ms, at 0.023 ms
	// neuron 15 after 0.003 ms, at 0.026 ms
	// spikes: 3 and then 0
}
