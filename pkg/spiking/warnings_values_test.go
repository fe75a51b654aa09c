package spiking

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// axes returns the decoder of pairs ±a e₀ and ±b e₁, and N(0, diag(v₀, v₁)).
func axes(a, b, v0, v1 float64) (mat.Matrix, *density.Gaussian) {
	return mat.NewDense(2, 4, []float64{a, 0, -a, 0, 0, b, 0, -b}), gaussian(mat.NewDiagDense(2, []float64{v0, v1}))
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-11*math.Abs(want) }

// TestWarningNumbers compares the numbers of warnings with closed forms. With pairs
// ±a and ±b along the axes, the estimate may be off by a/2 along the first axis
// before a neuron spikes, and by (½a² + ½λ + α)/a with prices.
func TestWarningNumbers(t *testing.T) {
	balanced := func(change func(c *BalancedConfig)) *Balanced {
		c := BalancedConfig{TauM: 20e-3, TauS: 2e-3, DT: 1e-4, Geometry: metric.Natural, Arbitration: Greedy}
		c.Decoder, c.Target = axes(1, 0.1, 0.04, 1)
		change(&c)
		return must(NewBalanced(c))
	}
	// R = ½ both ways, R²/((p+2)v) = 0.25/(4·0.04).
	w := balanced(func(*BalancedConfig) {}).Warnings()
	if g := find[*GrainWarning](w); len(w) != 1 || g == nil || !near(g.Spike, math.Sqrt(0.5)) || !near(g.SD, 0.2) || !near(g.Variance, 0.25/(4*0.04)) {
		t.Errorf("grain: %v", w)
	}
	// Along the first axis 1 one way and 2 the other, where R is 0.5 and 1.
	w = balanced(func(c *BalancedConfig) {
		c.Decoder = mat.NewDense(2, 4, []float64{1, 0, -2, 0, 0, 0.1, 0, -0.1})
	}).Warnings()
	if g := find[*GrainWarning](w); g == nil || !near(g.Spike, math.Sqrt(5.0/4)) || !near(g.Variance, (0.25+1)/2/(4*0.04)) {
		t.Errorf("grain of unequal spikes: %v", w)
	}
	// At the limit: 0.25/(4v) = ¼ for v = ¼.
	for v, ill := range map[float64]bool{0.249: true, 0.251: false} {
		w = balanced(func(c *BalancedConfig) { c.Decoder, c.Target = axes(1, 1, v, 1) }).Warnings()
		if (find[*GrainWarning](w) != nil) != ill {
			t.Errorf("grain at v = %v: %v", v, w)
		}
	}
	// γ is half of the least eigenvalue 2·0.01 of ΓΓᵀ. Along the second axis the
	// threshold is ½·0.01 + ½λ + α.
	w = balanced(func(c *BalancedConfig) {
		c.Target = gaussian(mat.NewDiagDense(2, []float64{25, 25}))
		c.Lambda, c.Alpha = 0.004, 0.05
	}).Warnings()
	if p := find[*PriceWarning](w); len(w) != 1 || p == nil || p.Lambda != 0.004 || p.Alpha != 0.05 ||
		!near(p.Kept, 0.01/0.014) || !near(p.Reach, (0.005+0.002+0.05)/0.1) || !near(p.SD, 5) {
		t.Errorf("price: %v, %+v", w, find[*PriceWarning](w))
	}
	for lambda, ill := range map[float64]bool{0.00249: false, 0.00251: true} { // γ/(γ+λ) = 0.8 at γ/4
		w = balanced(func(c *BalancedConfig) {
			c.Target = gaussian(mat.NewDiagDense(2, []float64{25, 25}))
			c.Lambda = lambda
		}).Warnings()
		if (find[*PriceWarning](w) != nil) != ill {
			t.Errorf("λ = %v: %v", lambda, w)
		}
	}
	// α alone: ((0.005 + α)² − 0.005²)/0.01 = ¼·4v.
	for excess, ill := range map[float64]bool{0.99: false, 1.01: true} {
		w = balanced(func(c *BalancedConfig) {
			c.Target = gaussian(mat.NewDiagDense(2, []float64{25, 25}))
			c.Alpha = (math.Sqrt(0.05*0.05+excess*25) - 0.05) * 0.1
		}).Warnings()
		if (find[*PriceWarning](w) != nil) != ill {
			t.Errorf("α, excess %v: %v", excess, w)
		}
	}
	// Euler's method makes the variance 1/(1 − h/2) times too large, h = Δt/τ_s: 1.1 at
	// h = 2/11. It is stable below h = 2.
	for h, want := range map[float64]string{2/11.0 - 1e-6: "", 2/11.0 + 1e-6: "Euler", 2 - 1e-6: "Euler", 2 + 1e-6: "Stability"} {
		w = balanced(func(c *BalancedConfig) { c.Decoder, c.Target = axes(0.1, 0.1, 1, 1); c.TauS = c.DT / h }).Warnings()
		if got := strings.Join(kinds(w), " "); got != want {
			t.Errorf("Δt/τ_s = %v: %q, want %q", h, got, want)
		}
		if e := find[*EulerWarning](w); e != nil && (!near(e.Variance, 1/(1-h/2)) || e.DT != 1e-4 || e.TauS != 1e-4/h) {
			t.Errorf("Δt/τ_s = %v: %+v", h, e)
		}
	}
	// One spike of 1 in each step: 1·τ_m/Δt = 200 along the first axis, and 1 ≥ the
	// share of a diagonal mean.
	for m, ill := range map[float64]bool{99.9: false, 100.1: true} {
		w = balanced(func(c *BalancedConfig) {
			c.Decoder, c.Target = axes(1, 1, 1, 1)
			c.Target, c.Arbitration = about(c.Target, []float64{-m, 0}), OnePerStep
		}).Warnings()
		r := find[*ReachWarning](w)
		if (r != nil) != ill || ill && (!near(r.Mean, m) || math.Abs(r.Reach-200) > 1e-9) {
			t.Errorf("a mean of %v: %v", m, w)
		}
	}
	// All neurons along the mean are proposed in turn: 2·1/4 of 200.
	decoder, target := axes(1, 1, 1, 1)
	for m, ill := range map[float64]bool{24.9: false, 25.1: true} {
		w = mustMetropolis(t, MetropolisConfig{Target: about(target, []float64{0, m}), Decoder: decoder, Geometry: metric.Naive, TauM: 20e-3, DT: 1e-4, Gain: 1}).Warnings()
		r := find[*ReachWarning](w)
		if (r != nil) != ill || ill && (!near(r.Mean, m) || math.Abs(r.Reach-50) > 1e-9) {
			t.Errorf("probabilistic, a mean of %v: %v", m, w)
		}
	}
}

// TestWarningsOfRuns sets the counts of networks, and holds the warnings that need
// a run to their definitions and to their limits.
func TestWarningsOfRuns(t *testing.T) {
	c := BalancedConfig{TauM: 20e-3, TauS: 2e-3, DT: 1e-4, Geometry: metric.Natural, Arbitration: OnePerStepByExcess}
	c.Decoder, c.Target = axes(0.1, 0.1, 1, 1)
	balanced := must(NewBalanced(c))
	for _, x := range []struct {
		counts       BalancedCounts
		cap, silence bool
	}{
		{BalancedCounts{Steps: 600, Spikes: 6}, false, false},
		{BalancedCounts{Steps: 600, Spikes: 5}, false, true},
		{BalancedCounts{Steps: 599, Spikes: 0}, false, false},
		{BalancedCounts{Steps: 1000, Spikes: 900, Crowded: 300}, false, false},
		{BalancedCounts{Steps: 1000, Spikes: 901, Crowded: 300}, true, false},
	} {
		balanced.counts = x.counts
		w := balanced.Warnings()
		capped, silent := find[*CapWarning](w), find[*SilenceWarning](w)
		if (capped != nil) != x.cap || (silent != nil) != x.silence {
			t.Errorf("%+v: %v", x.counts, w)
		}
		if x.cap && (*capped != CapWarning{SpikesPerStep: 0.901, CapBinds: 0.3}) {
			t.Errorf("%+v", capped)
		}
		if x.silence && (silent.Spikes != 5 || silent.Steps != 600 || !near(silent.PerTau, 5.0/3) || silent.Dim != 2 || silent.Probabilistic) {
			t.Errorf("%+v", silent)
		}
	}
	balanced.counts = BalancedCounts{Steps: 1000, Spikes: 300, Above: 2500, Crowded: 200, Unheeded: 100}
	if d := balanced.Diagnostics(); d.SpikesPerStep != 0.3 || d.NeuronsAbove != 2.5 || d.CapBinds != 0.2 || d.UnheededShare != 0.1 || !near(d.RateHz, 750) {
		t.Errorf("%+v", d)
	}
	balanced.ResetCounts()
	if d := balanced.Diagnostics(); d.BalancedCounts != (BalancedCounts{}) || d.RateHz != 0 {
		t.Errorf("after ResetCounts: %+v", d)
	}

	// 200 proposals in τ_m, two dimensions: fewer than ten spikes in τ_m are silence.
	decoder, target := axes(3, 3, 1, 1)
	m := mustMetropolis(t, MetropolisConfig{Target: target, Decoder: decoder, Geometry: metric.Naive, TauM: 20e-3, DT: 1e-4, Gain: 1})
	for _, x := range []struct {
		steps, spikes int64
		silence       bool
	}{{600, 30, false}, {600, 29, true}, {599, 0, false}} {
		m.steps, m.count = x.steps, x.spikes
		w := m.Warnings()
		silent := find[*SilenceWarning](w)
		if (silent != nil) != x.silence {
			t.Errorf("%+v: %v", x, w)
		}
		if x.silence && (silent.Spikes != 29 || silent.Steps != 600 || !near(silent.PerTau, 29.0/3) || silent.Dim != 2 || !silent.Probabilistic || !near(silent.Acceptance, math.Exp(-4.5))) {
			t.Errorf("%+v", silent)
		}
	}
	// The acceptance along an axis of standard deviation s is e^(−a²/2s²), by which
	// the mean square c² of accepted spikes is weighted. 12 spikes in τ_m leave
	// 1/(1 + 2s²/12c²).
	for _, sd := range []float64{1, 2, 2.5, 3} {
		decoder, target := axes(3, 3, sd*sd, 1)
		m := mustMetropolis(t, MetropolisConfig{Target: target, Decoder: decoder, Geometry: metric.Naive, TauM: 20e-3, DT: 1e-4, Gain: 1})
		m.steps, m.count = 1000, 60
		a, b := math.Exp(-4.5/(sd*sd)), math.Exp(-4.5)
		square := a * 9 / (a + b)
		kept := 1 / (1 + 2*sd*sd/(12*square))
		narrow := 1 / (1 + 2/(12*b*9/(a+b)))
		leak := find[*LeakWarning](m.Warnings())
		want := LeakWarning{Kept: kept, SD: sd, Spike: math.Sqrt(square)}
		if narrow < kept {
			want = LeakWarning{Kept: narrow, SD: 1, Spike: math.Sqrt(b * 9 / (a + b))}
		}
		if (leak != nil) != (want.Kept < 0.8) {
			t.Errorf("sd %v: %v, want %+v", sd, leak, want)
		}
		if leak != nil && (!near(leak.Kept, want.Kept) || !near(leak.SD, want.SD) || !near(leak.Spike, want.Spike)) {
			t.Errorf("sd %v: %+v, want %+v", sd, leak, want)
		}
	}
	// Without leak ten proposals of each neuron three times over must have a spike.
	m = mustMetropolis(t, MetropolisConfig{Target: target, Decoder: decoder, Geometry: metric.Naive, TauM: math.Inf(1), DT: 1e-4, Gain: 1})
	for _, x := range []struct {
		steps, spikes int64
		silence       bool
	}{{119, 0, false}, {120, 0, true}, {120, 1, false}} {
		m.steps, m.count = x.steps, x.spikes
		if w := m.Warnings(); (find[*SilenceWarning](w) != nil) != x.silence {
			t.Errorf("without leak, %+v: %v", x, w)
		}
	}
}

// The other probabilistic networks count their spikes in τ_m too, and Continuous has
// 1/ν for Δt.
func TestWarningsOfOtherRuns(t *testing.T) {
	decoder, target := axes(3, 3, 1, 1)
	config := ContinuousConfig{Target: target, Decoder: decoder, Geometry: metric.Naive, TauM: 20e-3, Proposals: 1e4, Gain: 1, Interval: 1e-3}
	c := mustContinuous(t, config)
	d := must(NewMetropolisDensity(MetropolisDensityConfig{Target: target, Decoder: decoder, TauM: 20e-3, DT: 1e-4, Gain: 1}))
	for _, x := range []struct {
		proposals, spikes int64
		silence           bool
	}{{600, 30, false}, {600, 29, true}, {599, 0, false}} {
		c.since, c.count = float64(x.proposals)/1e4, x.spikes
		d.counts = ProbabilisticCounts{Proposals: x.proposals, Spikes: x.spikes}
		for _, net := range []network{c, d} {
			w := net.Warnings()
			silent := find[*SilenceWarning](w)
			if (silent != nil) != x.silence {
				t.Errorf("%T, %+v: %v", net, x, w)
			}
			if x.silence && (silent.Spikes != 29 || silent.Steps != 600 || !near(silent.PerTau, 29.0/3) || silent.Dim != 2 || !near(silent.Acceptance, math.Exp(-4.5))) {
				t.Errorf("%T: %+v", net, silent)
			}
		}
	}
	config.Gain = math.Inf(1)
	if r := find[*RuleWarning](mustContinuous(t, config).Warnings()); r == nil || r.Setting != "Gain = +Inf" {
		t.Errorf("a threshold: %+v", r)
	}
	config.Proposals = 10
	if u := find[*UnitWarning](mustContinuous(t, config).Warnings()); u == nil || *u != (UnitWarning{Name: "DT", Value: 0.1, Low: 1e-8, High: 1e-2}) {
		t.Errorf("ten proposals a second: %+v", u)
	}
}

// TestWarningTexts holds each warning to its words and the numbers in them.
func TestWarningTexts(t *testing.T) {
	for _, c := range []struct {
		w    error
		want string
	}{
		{&StabilityWarning{DT: 1e-4, MaxDT: 4e-5, EulerNumber: 5, EulerGrowth: 4}, "Δt = 0.0001 s is past the stability of Euler's method: the Euler number is 5 and the fastest mode grows by 4 a step; Δt must be below 4e-05 s"},
		{&StabilityWarning{EulerGrowth: 1.25}, "(D+S)Σ⁻¹ has an eigenvalue without positive real part, so that the sampling dynamics are stable for no Δt (growth 1.25 a step)"},
		{&EulerWarning{DT: 1e-4, TauS: 2e-4, Variance: 1.3333}, "Δt = 0.0001 s makes the variance of the fastest mode 1.33 times too large, by Euler's method at τ_s = 0.0002 s; a smaller Δt or a larger τ_s lowers it"},
		{&CapWarning{SpikesPerStep: 0.95, CapBinds: 0.5}, "95.0% of steps have a spike and 50.0% more than one neuron above threshold: the cap of one spike a step sets the rate; a smaller Δt or Greedy lifts it"},
		{&TruncationWarning{Truncated: 3, Steps: 40, Spikes: 160}, "3 of 40 steps had a cascade that was cut short at 160 spikes: the estimate does not keep up with its dynamics; a larger decoder, more neurons or a smaller Δt lets it"},
		{&GrainWarning{Spike: 0.5, SD: 0.25, Variance: 0.75}, "a spike moves the estimate by 0.5 along a direction in which the target's standard deviation is 0.25, which adds about 75% to the variance there; a smaller decoder (with more neurons, or a higher rate) lowers it"},
		{&PriceWarning{Lambda: 2, Alpha: 3, Kept: 0.5, Reach: 7, SD: 4}, "λ = 2 and α = 3 keep about 50% of the estimate, and let it be off by 7 where the target's standard deviation is 4; lower prices, a larger decoder or more neurons mend it"},
		{&SilenceWarning{Spikes: 4, Steps: 900, PerTau: 0.5, Dim: 3}, "4 spikes in 900 steps are 0.5 in a membrane time constant, for 3 dimensions: the estimate decays instead of sampling; lower prices or a larger decoder make neurons spike"},
		{&SilenceWarning{Spikes: 4, Steps: 900, PerTau: 0.5, Dim: 3, Acceptance: 0.25, Probabilistic: true}, "4 spikes in 900 steps are 0.5 in a membrane time constant, for 3 dimensions: the estimate decays instead of sampling; no neuron now has an acceptance above 0.25; natural geometry, a smaller decoder or more proposals raise it"},
		{&LeakWarning{Kept: 0.5, SD: 2, Spike: 0.125}, "the leak leaves about 50% of the mean and the variance in a direction of standard deviation 2, where an accepted spike moves the estimate by 0.125; a larger decoder, more proposals or a longer τ_m lower the loss"},
		{&SpanWarning{Direction: []float64{0, -1}}, "no neuron moves the estimate towards [0 -1]: the decoder does not span it; more neurons, or pairs ±Γ_j, do"},
		{&ZeroColumnWarning{Columns: 2, First: 3, Neurons: 40}, "2 of 40 columns of the decoder are zero, the first of neuron 3: their neurons do not move the estimate"},
		{&ReachWarning{Mean: 6, Reach: 5}, "the mean is 6 from zero, and at its highest rate the network holds an estimate of 5 there; a larger decoder, a smaller Δt (more proposals) or a longer τ_m extends it"},
		{&UnitWarning{Name: "TauM", Value: 20, Low: 1e-3, High: 1}, "TauM = 20 s is outside the usual 0.001 to 1 s; times are in seconds"},
		{&CascadeError{Time: 0.5, Spikes: 900, Steps: 3, Neurons: 20}, "900 spikes of 20 neurons in 3 steps until t = 0.5 s: cascades do not end; the time step is past stability, or the decoder is too small"},
		{&RuleWarning{Setting: "Gain = 2", Problem: "the network samples another target"}, "with Gain = 2 the network samples another target"},
	} {
		if got := c.w.Error(); got != "spiking: "+c.want {
			t.Errorf("%T:\n%s\nwant\n%s", c.w, got, "spiking: "+c.want)
		}
	}
	for name, c := range map[string]fmt.Stringer{
		"OnePerStep": OnePerStep, "OnePerStepByExcess": OnePerStepByExcess, "Greedy": Greedy, "Arbitration(3)": Arbitration(3),
		"UniformNeuron": UniformNeuron, "LargestExcess": LargestExcess, "Choice(2)": Choice(2),
	} {
		if c.String() != name {
			t.Errorf("%s is called %q", name, c)
		}
	}
}

// At an infinite gain a neuron is accepted above its threshold and at it, as the
// largest z that is not positive has it, and not below. Zero times infinity is at it.
func TestAcceptance(t *testing.T) {
	for _, c := range []struct{ gain, x, want float64 }{
		{math.Inf(1), 1e-300, 1}, {math.Inf(1), -1e-300, 0}, {math.Inf(1), 0, 0},
		{1, 0, 1}, {1, 3, 1}, {2, -1, math.Exp(-2)}, {1, math.Inf(-1), 0},
	} {
		if got := acceptance(c.gain, c.x); !near(got, c.want) {
			t.Errorf("acceptance(%v, %v) = %v, want %v", c.gain, c.x, got, c.want)
		}
		for _, u := range []float64{0, 0.1, 0.2, 0.999} {
			if accepts(c.gain, c.x, u) != (u < c.want) {
				t.Errorf("accepts(%v, %v, %v) is %v", c.gain, c.x, u, u >= c.want)
			}
		}
	}
}

// A proposal of log acceptance −z is accepted if u < e^−z, on both sides of the boundary, and where its series
// is close to e^z and far from it.
func TestAccepts(t *testing.T) {
	rng := stream.New(31)
	for k := range 200_000 {
		z := math.Exp(7*rng.Float64() - 3.5)
		edge := math.Exp(-z)
		for _, u := range []float64{edge * (1 - 1e-12), edge * (1 + 1e-12), edge * (1 - 1e-3*rng.Float64()), edge * (1 + 1e-3*rng.Float64()), rng.Float64()} {
			if got := accepts(1, -z, u); got != (u < edge) {
				t.Fatalf("accepts(1, −%v, %v) is %v, and e^−z is %v, in draw %d", z, u, got, edge, k)
			}
		}
	}
}

// A filter keeps its trains and the unit of the scale, however small the scale gets.
func TestFilter(t *testing.T) {
	f := newFilter(2, []float64{3, 5})
	other, total := 7.0, 1.0 // other is kept in units of the scale
	for range 1000 {
		const k = 0.875
		other *= f.decay(k)
		total *= k
		if total < 1e-300 {
			break
		}
		if f.scale < minScale || f.scale > 1 || !near(f.rate(0), 3*total) || !near(f.rate(1), 5*total) || !near(other*f.scale, 7*total) {
			t.Fatalf("scale %v, rates %v and %v, other %v, want %v times 3, 5 and 7", f.scale, f.rate(0), f.rate(1), other*f.scale, total)
		}
	}
	f.r[0] += f.unit()
	if got := f.rate(0) - 3*total; math.Abs(got-1) > 1e-12 {
		t.Errorf("a spike adds %v", got)
	}
	if unit := f.decay(0); unit != 0 || f.scale != 1 || f.rate(0) != 0 || f.rate(1) != 0 {
		t.Errorf("after a decay by zero: unit %v, scale %v, %v", unit, f.scale, f.r)
	}
}

// The usual range of a time has its ends.
func TestUnitLimits(t *testing.T) {
	const usual = 1e-3 // in the range of each
	for _, u := range []UnitWarning{{Name: "TauM", Low: 1e-3, High: 1}, {Name: "TauS", Low: 1e-5, High: 1}, {Name: "DT", Low: 1e-8, High: 1e-2}} {
		for _, value := range []float64{u.Low, math.Nextafter(u.Low, 0), u.High, math.Nextafter(u.High, 2)} {
			times := map[string]float64{"TauM": usual, "TauS": usual, "DT": usual}
			times[u.Name], u.Value = value, value
			w := unitWarnings(times["TauM"], times["TauS"], times["DT"])
			if outside := value < u.Low || value > u.High; outside != (len(w) == 1) || outside && *w[0].(*UnitWarning) != u {
				t.Errorf("%s = %v: %v", u.Name, value, w)
			}
		}
	}
}
