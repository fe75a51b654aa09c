package spiking

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// metric.Naive geometry on 3ρ11ᵀ + (1−ρ)I has λ_max = 1/(1−ρ): with Δt/τ_s = ½ Euler's
// method is stable up to ρ = ¾. metric.Natural geometry does not mind.
func TestStabilityWarning(t *testing.T) {
	network := func(rho float64, g metric.Geometry, change func(*BalancedConfig)) *Balanced {
		config := PaperBalanced(equicorrelated(5, 3*rho, 1-rho), randomDecoder(stream.New(1), 5, 50, 1), g)
		if change != nil {
			change(&config)
		}
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	warned := func(net *Balanced) *StabilityWarning { return find[*StabilityWarning](net.Warnings()) }
	if w := warned(network(0.74, metric.Naive, nil)); w != nil {
		t.Errorf("ρ = 0.74 is stable, but: %v", w)
	}
	w := warned(network(0.8, metric.Naive, nil))
	if w == nil {
		t.Fatal("ρ = 0.8 is past stability, and nothing says so")
	}
	if math.Abs(w.EulerNumber-2.5) > 1e-9 || math.Abs(w.EulerGrowth-1.5) > 1e-9 || math.Abs(w.MaxDT-0.08e-3) > 1e-12 {
		t.Errorf("warning %+v, want Euler number 2.5, growth 1.5 and Δt below 0.08 ms", w)
	}
	if w := warned(network(0.8, metric.Naive, func(c *BalancedConfig) { c.DT = 0.079e-3 })); w != nil {
		t.Errorf("Δt below the limit, but: %v", w)
	}
	if w := warned(network(0.99, metric.Natural, nil)); w != nil {
		t.Errorf("natural geometry is stable, but: %v", w)
	}

	// Σ = I, D = I and S = s[[0,−1],[1,0]] in two dimensions: λ = 1 ± is.
	skew := mat.NewDense(5, 5, nil)
	const s = 2
	skew.Set(0, 1, -s)
	skew.Set(1, 0, s)
	d := network(0, metric.Naive, func(c *BalancedConfig) { c.Skew = skew }).Diagnostics()
	if want := 0.5 * math.Sqrt(1+s*s); math.Abs(d.EulerNumber-want) > 1e-9 {
		t.Errorf("Euler number %v, want %v", d.EulerNumber, want)
	}
	if want := math.Hypot(0.5, 0.5*s); math.Abs(d.EulerGrowth-want) > 1e-9 {
		t.Errorf("growth %v, want %v", d.EulerGrowth, want)
	}
	// The variance of x' = Mx + √(2h)ξ, M = I − h(I+S): 2h/(1 − |M|²).
	if want := 2 * 0.2 / (1 - (0.8*0.8 + 0.2*0.2*s*s)); true {
		net := network(0, metric.Naive, func(c *BalancedConfig) { c.Skew, c.TauS = skew, 0.5e-3 })
		if got := net.Diagnostics().EulerVariance; math.Abs(got-want) > 1e-9 {
			t.Errorf("variance %v, want %v", got, want)
		}
	}
	if want := 2.0 / (1 + s*s) * 0.2e-3; math.Abs(d.MaxDT-want) > 1e-12 {
		t.Errorf("largest Δt %v, want %v", d.MaxDT, want)
	}

	// D = 0: nothing relaxes.
	if w := warned(network(0, fixed(mat.NewDense(5, 5, nil)), nil)); w == nil || w.MaxDT != 0 {
		t.Errorf("D = 0 is stable for no Δt, warning %v", w)
	}
}

// At ρ = 0.9 naive geometry needs more spikes than the cap allows. The cap binds,
// and nothing else holds the dynamics, which are past stability: under Greedy, which
// has no cap, the cascades do not end and the network says so at once.
func TestCap(t *testing.T) {
	config := PaperBalanced(equicorrelated(20, 2.7, 0.1), randomDecoder(stream.New(1), 20, 200, 1), metric.Naive)
	config.Target = about(config.Target, constant(20, 6))
	for _, a := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
		config.Arbitration = a
		net, rng := must(NewBalanced(config)), stream.New(2)
		for range 100 {
			net.Step(rng)
		}
		d := net.Diagnostics()
		if a == Greedy {
			var cascade *CascadeError
			if !errors.As(net.Err(), &cascade) || cascade.Time > 5e-3 || cascade.Spikes > 64*200+16*200 {
				t.Errorf("Greedy on a diverging walk: error %v, want a *CascadeError soon", net.Err())
			}
			if net.Steps() != 100 || net.Spike() >= 0 {
				t.Errorf("after the error, step %d and spike %d", net.Steps(), net.Spike())
			}
			if _, err := net.MarshalBinary(); err == nil {
				t.Error("the state of a network that has failed is saved")
			}
			continue
		}
		if net.Err() != nil || find[*CapWarning](net.Warnings()) == nil {
			t.Errorf("%v: error %v, warnings %v", a, net.Err(), net.Warnings())
		}
		if d.UnheededShare > 0 && a != OnePerStep {
			t.Errorf("%v: a neuron above threshold was passed over in %.3f of steps", a, d.UnheededShare)
		}
		if d.Steps != 100 || math.Abs(d.RateHz-d.SpikesPerStep/(200*1e-4)) > 1e-9 {
			t.Errorf("%v: %+v", a, d)
		}
	}
	config.Arbitration, config.DT, config.Decoder = Greedy, 0.02e-3, randomDecoder(stream.New(1), 20, 200, 2)
	net, rng := must(NewBalanced(config)), stream.New(2)
	for range 1000 {
		net.Step(rng)
	}
	if d := net.Diagnostics(); net.Err() != nil || d.SpikesPerStep < 1 || find[*CapWarning](net.Warnings()) != nil {
		t.Errorf("Greedy at a stable Δt: %v, %.3f spikes a step, warnings %v", net.Err(), d.SpikesPerStep, net.Warnings())
	}
}

// TestCascadeBudget: in 64 steps the neurons of a Greedy network may spike four times each
// in a step on average, or once where the diffusion diverges, and not once more.
func TestCascadeBudget(t *testing.T) {
	config := PaperBalanced(equicorrelated(2, 0, 1), randomDecoder(stream.New(1), 2, 20, 0.3), metric.Natural)
	config.Arbitration, config.TauS, config.Lambda, config.Alpha = Greedy, 2e-3, 0, 0
	if budget := must(NewBalanced(config)).budget; budget != 64*4*20 {
		t.Errorf("%d spikes in 64 steps, want four of 20 neurons in each", budget)
	}
	config.TauS = 0.04e-3
	if budget := must(NewBalanced(config)).budget; budget != 64*20 {
		t.Errorf("past stability %d spikes in 64 steps, want one of 20 neurons in each", budget)
	}
	config.TauS = 2e-3
	run := func(over int64) (net *Balanced) {
		net = must(NewBalanced(config))
		rng := stream.New(2)
		for range 70 {
			net.Step(rng)
		}
		for {
			before, seed := must(net.MarshalBinary()), uint64(net.Steps())
			net.Step(stream.New(seed))
			if k := int64(len(net.Spikes())); k > 0 { // take this step again
				if err := net.UnmarshalBinary(before); err != nil {
					t.Fatal(err)
				}
				net.recent = net.budget - k + over
				net.Step(stream.New(seed))
				return net
			}
		}
	}
	if err := run(0).Err(); err != nil {
		t.Errorf("as many spikes as are allowed: %v", err)
	}
	net := run(1)
	var cascade *CascadeError
	if !errors.As(net.Err(), &cascade) || *cascade != (CascadeError{Time: net.Time(), Spikes: net.budget + 1, Steps: net.Steps() - 64, Neurons: 20}) {
		t.Errorf("a spike more after %d steps: %+v", net.Steps(), net.Err())
	}
}

func TestAcceptanceOfCounts(t *testing.T) {
	for c, want := range map[ProbabilisticCounts]float64{{}: 0, {Proposals: 1, Spikes: 1}: 1, {Proposals: 8, Spikes: 2}: 0.25} {
		if got := c.Acceptance(); got != want {
			t.Errorf("%+v: %v, want %v", c, got, want)
		}
	}
}

func TestStateErrorText(t *testing.T) {
	for value, want := range map[float64]string{
		math.Inf(1): "spiking: the estimate has coordinate 1 = +Inf at t = 0.5 s, which must be finite",
		1e307:       "spiking: the estimate has coordinate 1 = 1e+307 at t = 0.5 s, so large that voltages overflow",
	} {
		if got := (&StateError{Time: 0.5, What: "the estimate", Coord: 1, Value: value}).Error(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
