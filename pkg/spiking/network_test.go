package spiking

import (
	"encoding"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// The abilities of each network. MetropolisDensity is not Leaky, since its estimate
// decays to a centre, nor Driven.
var (
	_ mcmc.Sampler = Network(nil)
	_ Density      = density.Density(nil)

	_ interface {
		network
		Driven
		Leaky
	} = (*Balanced)(nil)
	_ interface {
		network
		Driven
		Leaky
		Jumper
	} = (*Metropolis)(nil)
	_ interface {
		network
		Driven
	} = (*Continuous)(nil)
	_ network = (*MetropolisDensity)(nil)
)

// A network is what all networks of this package can do.
type network interface {
	Network
	Probe
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
	Steps() int64
	Time() float64
	Spike() int
	Warnings() []error
}

// A variant is a way to set up and to run a network.
type variant struct {
	name  string
	build func() network
	step  func(net network, rng *rand.Rand)
}

// everyNetwork returns all networks, in the ways that they can run: each
// arbitration, choice, geometry, engine and integrator.
func everyNetwork(t testing.TB) []variant {
	t.Helper()
	const p, n = 3, 20
	sigma := gaussian(covariance(equicorrelated(p, 0.5, 0.5))) // a matrix, whose products take O(p²)
	mu := make([]float64, p)
	step := func(net network, rng *rand.Rand) { net.Step(rng) }
	moving := func(net network, rng *rand.Rand) {
		for d := range mu {
			mu[d] = 1 + math.Abs(math.Mod(float64(100*net.Time())+float64(d), 2)-1)
		}
		if err := net.(Driven).SetMean(mu); err != nil {
			panic(err)
		}
		net.Step(rng)
	}
	skew := mat.NewDense(p, p, []float64{0, 1, -0.5, -1, 0, 0.25, 0.5, -0.25, 0})
	wide := must(metric.Root(randomDecoder(stream.New(3), p, p+2, 0.4)))
	var all []variant
	add := func(name string, step func(network, *rand.Rand), build func() network) {
		all = append(all, variant{name, build, step})
	}
	balanced := func(name string, step func(network, *rand.Rand), a Arbitration, g metric.Geometry, skew mat.Matrix) {
		config := PaperBalanced(sigma, randomDecoder(stream.New(1), p, n, 1), g)
		config.Arbitration, config.Skew = a, skew
		if skew != nil {
			config.TauS = 2e-3 // for stability
			config.Decoder = randomDecoder(stream.New(1), p, n, 0.3)
			config.Lambda, config.Alpha = 0.1, 0.1 // for spikes within a few steps
		}
		add(name, step, func() network { return must(NewBalanced(config)) })
	}
	balanced("Balanced OnePerStep", moving, OnePerStep, metric.Natural, nil)
	balanced("Balanced OnePerStepByExcess", moving, OnePerStepByExcess, metric.Power(0.5), nil)
	balanced("Balanced Greedy", moving, Greedy, metric.Natural, nil)
	balanced("Balanced naive", step, OnePerStep, metric.Naive, nil)
	balanced("Balanced skew", step, OnePerStep, metric.Natural, skew)
	balanced("Balanced wide", step, Greedy, metric.Fixed(wide), skew)
	for _, a := range []Arbitration{OnePerStep, Greedy} {
		config := PaperBalanced(sigma, randomDecoder(stream.New(1), p, n, 0.5), metric.Naive)
		config.TauS, config.Lambda, config.Alpha, config.Arbitration = 2e-3, 0.5, 0.5, a
		config.ExactStep, config.Delay = true, 2*config.DT
		add("Balanced exact, delayed, "+a.String(), moving, func() network { return must(NewBalanced(config)) })
	}
	metropolis := func(name string, step func(network, *rand.Rand), change func(c *MetropolisConfig)) {
		config := PaperMetropolis(about(sigma, constant(p, 1)), pairs(t, 1, p, n, 1), metric.Natural)
		config.DT = 1e-4
		change(&config)
		add(name, step, func() network { return mustMetropolis(t, config) })
	}
	jump := func(net network, rng *rand.Rand) { net.(*Metropolis).Jump(rng, 60) }
	metropolis("Metropolis Step", step, func(*MetropolisConfig) {})
	metropolis("Metropolis Jump", jump, func(*MetropolisConfig) {})
	metropolis("Metropolis moving", moving, func(c *MetropolisConfig) { c.Geometry = metric.Naive })
	metropolis("Metropolis LargestExcess", moving, func(c *MetropolisConfig) {
		c.Choice, c.Decoder = LargestExcess, pairs(t, 1, p, n, 1.5)
	})
	metropolis("Metropolis perfect", step, func(c *MetropolisConfig) { c.TauM = math.Inf(1) })
	metropolis("Metropolis wide", step, func(c *MetropolisConfig) {
		c.Geometry, c.Decoder = metric.Fixed(wide), pairs(t, 1, p+2, n, 1)
	})
	for _, c := range []struct {
		name          string
		tau, interval float64
	}{{"clock", 0.02, 1e-4}, {"thinning", 0.02, 3e-3}, {"perfect", math.Inf(1), 3e-3}} {
		config := ContinuousConfig{Target: about(sigma, constant(p, 1)), Decoder: pairs(t, 1, p, n, 1), Geometry: metric.Naive,
			TauM: c.tau, Proposals: 1e4, Gain: 1, Interval: c.interval}
		add("Continuous "+c.name, step, func() network { return mustContinuous(t, config) })
	}
	unit := mat.NewSymDense(p, nil)
	for d := range p {
		unit.SetSym(d, d, 1)
	}
	for name, tau := range map[string]float64{"MetropolisDensity": 0.02, "MetropolisDensity perfect": math.Inf(1)} {
		config := MetropolisDensityConfig{Target: quadratic{mean: constant(p, 1), precision: unit}, Decoder: pairs(t, 1, p, n, 1), TauM: tau, DT: 1e-4, Gain: 1}
		add(name, step, func() network { return must(NewMetropolisDensity(config)) })
	}
	return all
}

// fingerprint mixes the bits of what a network shows into a number.
func fingerprint(h uint64, net network, x []float64) uint64 {
	add := func(v uint64) { h = h*0x9e3779b97f4a7c15 + v }
	net.Position(x)
	for _, v := range x {
		add(math.Float64bits(v))
	}
	for _, j := range net.Spikes() {
		add(uint64(j) + 1)
	}
	add(math.Float64bits(net.Voltage(0)))
	add(math.Float64bits(net.Rate(1)))
	add(math.Float64bits(net.Time()))
	return h
}

func TestContract(t *testing.T) {
	for _, v := range everyNetwork(t) {
		t.Run(v.name, func(t *testing.T) { samplertest.Contract(t, v.build) })
	}
}

// TestNoAllocations counts those of each engine, in the way that a trial uses it.
func TestNoAllocations(t *testing.T) {
	for _, v := range everyNetwork(t) {
		net, rng := v.build(), stream.New(10)
		x := make([]float64, net.Dim())
		for range 1000 { // slices of spikes reach their length
			v.step(net, rng)
		}
		if a := testing.AllocsPerRun(1000, func() {
			v.step(net, rng)
			net.Position(x)
			net.Spikes()
			net.Voltage(1)
			net.Threshold(1)
			net.Rate(1)
		}); a != 0 {
			t.Errorf("%s: %v allocations a step, want none", v.name, a)
		}
	}
}

// TestProbe holds the networks to what Probe promises: r decays by κ and grows with
// the spikes; neurons of a Balanced network spike from above threshold alone, and
// for probabilistic ones V − T is the change of log p, by which they spike.
func TestProbe(t *testing.T) {
	for _, v := range everyNetwork(t) {
		net, rng := v.build(), stream.New(11)
		leaky, _ := net.(Leaky)
		var mine interface {
			Excess(j int) float64
			Acceptance(j int) float64
		}
		mine, _ = net.(interface {
			Excess(j int) float64
			Acceptance(j int) float64
		})
		before := make([]float64, net.Neurons())
		for range 500 {
			for j := range before {
				before[j] = net.Rate(j)
				if mine == nil {
					continue
				}
				excess := net.Voltage(j) - net.Threshold(j)
				if math.Abs(excess-mine.Excess(j)) > 1e-9*(1+math.Abs(net.Voltage(j))) {
					t.Fatalf("%s: V − T = %v, the excess is %v", v.name, excess, mine.Excess(j))
				}
				if want := math.Min(1, math.Exp(mine.Excess(j))); math.Abs(mine.Acceptance(j)-want) > 1e-12 {
					t.Fatalf("%s: acceptance %v, want %v", v.name, mine.Acceptance(j), want)
				}
			}
			net.Step(rng)
			if leaky == nil {
				continue
			}
			for j := range before {
				before[j] *= leaky.Decay()
			}
			for _, j := range net.Spikes() {
				before[j]++
			}
			for j, want := range before {
				if math.Abs(net.Rate(j)-want) > 1e-12 {
					t.Fatalf("%s: r_%d = %v, want %v", v.name, j, net.Rate(j), want)
				}
			}
		}
	}
}

// TestTime: a step takes Δt, and Jump as many as it says.
func TestTime(t *testing.T) {
	for _, v := range everyNetwork(t) {
		net, rng := v.build(), stream.New(15)
		if net.Time() != 0 || net.Steps() != 0 || !(net.DT() > 0) {
			t.Errorf("%s: begins at %v s, after %d steps of %v s", v.name, net.Time(), net.Steps(), net.DT())
		}
		net.Step(rng)
		if net.Steps() != 1 || !near(net.Time(), net.DT()) {
			t.Errorf("%s: a step of %v s ends at %v s, and is number %d", v.name, net.DT(), net.Time(), net.Steps())
		}
		steps := int64(1)
		for range 40 {
			if j, ok := net.(Jumper); ok {
				steps += j.Jump(rng, 25)
			} else {
				net.Step(rng)
				steps++
			}
		}
		if net.Steps() != steps || !near(net.Time(), float64(steps)*net.DT()) {
			t.Errorf("%s: %d steps of %v s end at %v s, and are said to be %d", v.name, steps, net.DT(), net.Time(), net.Steps())
		}
	}
}

// TestCounts: networks count their proposals and their spikes from the beginning, or
// from ResetCounts on.
func TestCounts(t *testing.T) {
	for _, v := range everyNetwork(t) {
		net, ok := v.build().(interface {
			network
			Counts() ProbabilisticCounts
			ResetCounts()
		})
		if !ok {
			continue
		}
		perStep := 1.0
		if c, ok := network(net).(*Continuous); ok {
			perStep = c.nu * c.interval // the number expected
		}
		rng := stream.New(16)
		for _, steps := range []int64{700, 300} {
			spikes := int64(0)
			for range steps {
				net.Step(rng)
				spikes += int64(len(net.Spikes()))
			}
			if got, want := net.Counts(), (ProbabilisticCounts{Proposals: int64(math.Round(perStep * float64(steps))), Spikes: spikes}); got != want || spikes == 0 {
				t.Errorf("%s: counts %+v, want %+v", v.name, got, want)
			}
			net.ResetCounts()
			if c := net.Counts(); c != (ProbabilisticCounts{}) {
				t.Errorf("%s: after ResetCounts %+v", v.name, c)
			}
		}
	}
}

// TestReplay makes the estimate of each Leaky network from its start and its spikes.
func TestReplay(t *testing.T) {
	for _, v := range everyNetwork(t) {
		net, rng := v.build(), stream.New(12)
		leaky, ok := net.(Leaky)
		if !ok {
			continue
		}
		z, x := make([]float64, net.Dim()), make([]float64, net.Dim())
		net.Position(z)
		for range 2000 {
			net.Step(rng)
			for d := range z {
				z[d] *= leaky.Decay()
			}
			for _, j := range net.Spikes() {
				leaky.Decoder().AddTo(z, j)
			}
			net.Position(x)
			for d := range z {
				if math.Abs(z[d]-x[d]) > 1e-10 {
					t.Fatalf("%s: z = %v by its spikes, %v", v.name, z, x)
				}
			}
		}
	}
}

// TestSetMeanLazily sets the mean in every step, or only before the step in which
// it is looked at: to the same bits. A μ that is not finite is refused, and changes
// nothing.
func TestSetMeanLazily(t *testing.T) {
	for _, v := range everyNetwork(t) {
		often, rarely := v.build(), v.build()
		a, ok := often.(Driven)
		if !ok {
			continue
		}
		rng, other := stream.New(13), stream.New(13)
		mu := make([]float64, often.Dim())
		x := make([]float64, often.Dim())
		for k := range 400 {
			mu[k%len(mu)] = float64(k%7) / 3
			for range 3 {
				if err := a.SetMean(mu); err != nil {
					t.Fatal(err)
				}
			}
			bad := append([]float64(nil), mu...)
			bad[0] = math.NaN()
			if err := a.SetMean(bad); !names(err, "mean") {
				t.Fatalf("%s: μ = NaN: %v", v.name, err)
			}
			often.Step(rng)
			if err := rarely.(Driven).SetMean(mu); err != nil {
				t.Fatal(err)
			}
			rarely.Step(other)
			if fingerprint(0, often, x) != fingerprint(0, rarely, x) {
				t.Fatalf("%s: parts ways at step %d", v.name, k)
			}
		}
	}
}

// Misuse panics with the package's own words.
func TestMisusePanics(t *testing.T) {
	for _, v := range everyNetwork(t) {
		net := v.build()
		balanced, ok := net.(*Balanced)
		if !ok {
			balanced = must(NewBalanced(PaperBalanced(equicorrelated(3, 0.5, 0.5), randomDecoder(stream.New(1), 3, 20, 1), metric.Natural)))
		}
		for what, f := range map[string]func(){
			"noise of another length":    func() { balanced.Advance(make([]float64, 2)) },
			"Latent of another length":   func() { balanced.Latent(make([]float64, 2)) },
			"latent voltages unpadded":   func() { balanced.search.watch(balanced.u[:3], balanced.q) },
			"other trains":               func() { balanced.search.watch(balanced.u, balanced.q[:19]) },
			"a product of another shape": func() { newTiles(make([]float64, 6), 2, 3).mul(make([]float64, lanes), make([]float64, 2)) },
			"a product of another width": func() { newTiles(make([]float64, 6), 2, 3).mul(make([]float64, 2), make([]float64, 3)) },
			"Position of another length": func() { net.Position(make([]float64, 1)) },
			"no such neuron":             func() { net.Voltage(1000) },
			"a negative neuron":          func() { net.Rate(-1) },
			"no such threshold":          func() { net.Threshold(20) },
			"no such excess": func() {
				if e, ok := net.(interface{ Excess(j int) float64 }); ok {
					e.Excess(-1)
				} else {
					panic(badIndex)
				}
			},
			"no such acceptance": func() {
				if a, ok := net.(interface{ Acceptance(j int) float64 }); ok {
					a.Acceptance(20)
				} else {
					panic(badIndex)
				}
			},
			"no such proposal": func() {
				if p, ok := net.(interface{ Propose(j int, u float64) bool }); ok {
					p.Propose(20, 0)
				} else {
					panic(badIndex)
				}
			},
			"a mean of another length": func() {
				if d, ok := net.(Driven); ok {
					d.SetMean(make([]float64, 2))
				} else {
					panic(badLength)
				}
			},
		} {
			func() {
				defer func() {
					if r := recover(); r != badLength && r != badIndex {
						t.Errorf("%s, %s: recovered %v", v.name, what, r)
					}
				}()
				f()
			}()
		}
	}
}
