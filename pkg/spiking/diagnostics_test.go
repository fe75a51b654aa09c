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
		config := PaperBalanced(equicorrelated(5, 3*rho, 1-rho), RandomDecoder(stream.New(1), 5, 50, 1), g)
		if change != nil {
			change(&config)
		}
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	warned := func(net *Balanced) *StabilityWarning {
		for _, w := range net.Warnings() {
			var s *StabilityWarning
			if errors.As(w, &s) {
				return s
			}
		}
		return nil
	}
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
	if want := 2.0 / (1 + s*s) * 0.2e-3; math.Abs(d.MaxDT-want) > 1e-12 {
		t.Errorf("largest Δt %v, want %v", d.MaxDT, want)
	}

	// D = 0: nothing relaxes.
	if w := warned(network(0, fixed(mat.NewDense(5, 5, nil)), nil)); w == nil || w.MaxDT != 0 {
		t.Errorf("D = 0 is stable for no Δt, warning %v", w)
	}
}

// Greedy lifts the cap of one spike a step; naive geometry at ρ = 0.9 sits at it.
func TestCapWarning(t *testing.T) {
	for _, c := range []struct {
		arbitration Arbitration
		want        bool
	}{{OnePerStep, true}, {OnePerStepByExcess, true}, {Greedy, false}} {
		config := PaperBalanced(equicorrelated(20, 2.7, 0.1), RandomDecoder(stream.New(1), 20, 200, 1), metric.Naive)
		config.Target, config.Arbitration = about(config.Target, constant(20, 6)), c.arbitration
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		if err := Run(net, stream.New(2), 100); err != nil {
			t.Fatal(err)
		}
		got := false
		for _, w := range net.Warnings() {
			var limit *CapWarning
			got = got || errors.As(w, &limit)
		}
		d := net.Diagnostics()
		if got != c.want {
			t.Errorf("%v: cap warning %v with %.3f spikes a step, want %v", c.arbitration, got, d.SpikesPerStep, c.want)
		}
		if c.arbitration == Greedy && d.SpikesPerStep < 1 {
			t.Errorf("Greedy: %.3f spikes a step, want more than the cap allows", d.SpikesPerStep)
		}
		if d.UnheededShare > 0 && c.arbitration != OnePerStep {
			t.Errorf("%v: a neuron above threshold was passed over in %.3f of steps", c.arbitration, d.UnheededShare)
		}
		if d.Steps != 100 || math.Abs(d.RateHz-d.SpikesPerStep/(200*1e-4)) > 1e-9 {
			t.Errorf("%v: %+v", c.arbitration, d)
		}
	}
}

// At ρ = 0.95 in 10 dimensions naive spiking is silent and natural is not.
func TestSilenceWarning(t *testing.T) {
	for _, tau := range []float64{20e-3, math.Inf(1)} {
		for _, g := range []metric.Geometry{metric.Naive, metric.Natural} {
			config := PaperMetropolis(equicorrelated(10, 0.95, 0.05), pairs(t, 1, 10, 100, 1), g)
			config.TauM, config.Target = tau, about(config.Target, constant(10, 1))
			config.Start = config.Target.Mean(nil)
			net := mustMetropolis(t, config)
			continuous := mustContinuous(t, ContinuousConfig{
				Target: config.Target, Decoder: config.Decoder, Geometry: g, Start: config.Start,
				TauM: tau, Proposals: 1 / config.DT, Gain: 1, Interval: 1e-3,
			})
			rng := stream.New(2)
			if len(net.Warnings())+len(continuous.Warnings()) != 0 {
				t.Error("a warning before there is anything to warn of")
			}
			for range 20_000 {
				net.Step(rng)
			}
			for range 200 {
				continuous.Step(rng)
			}
			for _, warnings := range [][]error{net.Warnings(), continuous.Warnings()} {
				var w *SilenceWarning
				if got := len(warnings) == 1 && errors.As(warnings[0], &w); got != (g == metric.Naive) {
					t.Errorf("%v, τ_m = %v: warnings %v", g, tau, warnings)
				}
				if w != nil && (w.Acceptance > 0.05 || w.Dim != 10 || w.PerTau >= 10) {
					t.Errorf("%v, τ_m = %v: %+v", g, tau, w)
				}
			}
		}
	}
}
