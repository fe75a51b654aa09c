package spiking

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// An accuracy is how far the estimate of a network is from an equicorrelated target, as
// relative errors, and the mean rate of its neurons.
type accuracy struct {
	mean, variance, covariance, narrow float64
	rate                               float64 // Hz
}

// accuracyOf runs a network with a target of mean m, variance v and correlation rho
// in all coordinates. Narrow is the mean over the directions across 1.
func accuracyOf(t *testing.T, c BalancedConfig, m, v, rho, settle, seconds float64) accuracy {
	t.Helper()
	net := must(NewBalanced(c))
	rng := stream.New(5)
	p, steps := float64(net.Dim()), int(seconds/c.DT)
	for range int(settle / c.DT) {
		net.Step(rng)
	}
	z := make([]float64, net.Dim())
	var mean, along, square float64
	before := net.Diagnostics().Spikes
	for range steps {
		net.Step(rng)
		net.Position(z)
		sum, q := 0.0, 0.0
		for _, x := range z {
			sum += x - m
			q += (x - m) * (x - m)
		}
		mean += sum / p / float64(steps)
		along += sum * sum / p / float64(steps)
		square += q / float64(steps)
	}
	if net.Err() != nil {
		t.Fatal(net.Err())
	}
	narrow := (square - along) / (p - 1)
	return accuracy{
		mean: mean / m, variance: square/p/v - 1, covariance: (along-narrow)/p/(v*rho) - 1, narrow: narrow/(v*(1-rho)) - 1,
		rate: float64(net.Diagnostics().Spikes-before) / seconds / float64(net.Neurons()),
	}
}

func (a accuracy) within(share, rate float64) bool {
	return max(math.Abs(a.mean), math.Abs(a.variance), math.Abs(a.covariance), math.Abs(a.narrow)) <= share && a.rate <= rate
}

// The mean, the variances, the covariances and the variance along the narrow
// directions are within 5 %, and the rate is below 50 Hz. In 40 s the standard errors
// are 0.5 % and 0.9 % of the mean (at τ_s = 2 and 5 ms), 0.8 % and 1.5 % of the
// variance and the covariance, and 0.3 % and 0.5 % along narrow directions, where a
// bias of 3 to 4 % is expected: a right network fails for about three seeds in a
// thousand, and the seed is fixed. The published network fails.
func TestAccurateBalanced(t *testing.T) {
	racetest.Sequential(t)
	const p, mean, variance = 10, 3, 3
	for _, rho := range []float64{0.75, 0.95} {
		target := about(must(density.Equicorrelated(p, rho, variance)), constant(p, mean))
		config := must(AccurateBalanced(target, AccurateConfig{Seed: 1}))
		got := accuracyOf(t, config, mean, variance, rho, 0.1, 40)
		t.Logf("ρ = %v, τ_s = %v s: %+v", rho, config.TauS, got)
		if !got.within(0.05, 50) {
			t.Errorf("ρ = %v: %+v is not within 5 %% at 50 Hz", rho, got)
		}
	}
	target := about(must(density.Equicorrelated(p, 0.75, variance)), constant(p, mean))
	paper := PaperBalanced(target, randomDecoder(stream.New(1), p, 100, 1), metric.Natural)
	if got := accuracyOf(t, paper, mean, variance, 0.75, 0.1, 5); got.within(0.3, math.Inf(1)) {
		t.Errorf("the published network is within 30 %%: %+v", got)
	}
}

// Sampling error has no part in this measurement: that x is stationary fixes what
// C − Σ is from the error e and the estimate z at the same times,
//
//	(1 − d²)(C − Σ) = −(1 − d(1−a))⟨zeᵀ + ezᵀ⟩ − (1 − (1−a)²)⟨eeᵀ⟩,
//
// with d = exp(−Δt/τ_s) and a = Δt/τ_m. At p = 64 and ρ = 0.95 the variance along
// narrow directions is 0.15, and the network adds less than 5 %, with a standard error
// of 0.2 %: 3.6 % are expected, so that a right network fails for fewer than one seed in
// ten thousand. The bound is missed by spikes of twice the size.
func TestAccurateBalancedLarge(t *testing.T) {
	racetest.Sequential(t)
	if testing.Short() {
		t.Skip("runs a network of 6400 neurons")
	}
	const p, rho, narrow = 64, 0.95, 0.15
	target := must(density.Equicorrelated(p, rho, 3))
	config := must(AccurateBalanced(target, AccurateConfig{Seed: 1}))
	bias, _, rate := grainOf(config, 600)
	t.Logf("%.4f of 0.15, %.1f Hz", bias, rate)
	if !(bias > 0 && bias < 0.05*narrow) || rate > 50 {
		t.Errorf("adds %v to a variance of %v at %.1f Hz", bias, narrow, rate)
	}
	_, n := config.Decoder.Dims()
	config.Decoder = randomDecoder(stream.New(1), p, n, 0.14)
	if bias, _, _ := grainOf(config, 200); bias < 0.05*narrow {
		t.Errorf("spikes of twice the size add %v", bias)
	}
}

// Grain is the variance of the error, within 25 %. Between decoders the ratio has a
// standard deviation of 0.02 at p = 10 and of 0.01 at p = 32 and 64, and is expected at
// 1.05, 1.08 and 1.21, so that a right network fails for fewer than one decoder in ten
// thousand. A network that pays for spikes has another error.
func TestGrain(t *testing.T) {
	racetest.Sequential(t)
	for _, c := range []struct {
		p, n, steps   int
		alpha         float64
		least, utmost float64
	}{
		{10, 1000, 10_000, 0, 0.95, 1.25},
		{32, 1000, 2000, 0, 0.95, 1.25},
		{64, 1000, 500, 0, 0.95, 1.25},
		{10, 1000, 2000, 0.1, 1.5, math.Inf(1)},
	} {
		const sd = 0.1
		config := BalancedConfig{
			Target:  must(density.Equicorrelated(c.p, 0.5, 3)),
			Decoder: must(RandomDecoder(stream.New(3), c.p, c.n, sd)), Geometry: metric.Natural,
			TauM: 20e-3, TauS: 2e-3, DT: 1e-4, Arbitration: Greedy, ExactStep: true, Alpha: c.alpha,
		}
		_, variance, _ := grainOf(config, c.steps)
		if ratio := variance / (sd * sd) / Grain(c.p, c.n); !(ratio > c.least && ratio < c.utmost) {
			t.Errorf("p = %d, n = %d, α = %v: the error has %.3f times the variance of Grain, want %v to %v", c.p, c.n, c.alpha, ratio, c.least, c.utmost)
		}
	}
	for _, c := range []struct{ p, n int }{{0, 10}, {1, 1}} {
		if g := Grain(c.p, c.n); !math.IsNaN(g) {
			t.Errorf("Grain(%d, %d) = %v, want NaN", c.p, c.n, g)
		}
	}
	// In one dimension a column is within r of ±r if it is in (0, ±2r), so that for n
	// large R is exponential of rate λ = 2n φ(0), and Grain is (2/λ²)/3.
	const n = 10_000
	lambda := 2 * n / math.Sqrt(2*math.Pi)
	if got, want := Grain(1, n), 2/(lambda*lambda)/3; math.Abs(got/want-1) > 0.01 {
		t.Errorf("Grain(1, %d) = %v, want %v", n, got, want)
	}
}

// grainOf returns C − Σ and the variance of the error along the directions across 1,
// on average, and the rate in Hz.
func grainOf(c BalancedConfig, steps int) (bias, variance, rate float64) {
	net := must(NewBalanced(c))
	rng := stream.New(5)
	p := net.Dim()
	z, e := make([]float64, p), make([]float64, p)
	for range 50 {
		net.Step(rng)
	}
	var ze, ee float64
	before := net.Diagnostics().Spikes
	for range steps {
		net.Step(rng)
		net.Position(z)
		net.Latent(e)
		mz, me := 0.0, 0.0
		for i := range e {
			e[i] -= z[i]
			mz += z[i] / float64(p)
			me += e[i] / float64(p)
		}
		for i := range e {
			ze += (z[i] - mz) * (e[i] - me)
			ee += (e[i] - me) * (e[i] - me)
		}
	}
	total := float64(steps) * float64(p-1)
	d, keep := math.Exp(-c.DT/c.TauS), 1-c.DT/c.TauM
	bias = -(2*(1-d*keep)*ze/total + (1-keep*keep)*ee/total) / (1 - d*d)
	return bias, ee / total, float64(net.Diagnostics().Spikes-before) / float64(steps) / c.DT / float64(net.Neurons())
}

// TestAccurateBalancedLaws holds the network to the two laws of its comment. The entries
// of its decoder have the standard deviation s, whose estimate from pn entries has a
// relative error of 1/√(2pn): four of them are allowed, which fails for one decoder in
// 16,000. A trial run fires at 0.7 to 0.95 of the highest rate, since the network is the
// smallest that does, unless it has as many neurons as are allowed. No shorter τ_s will
// do.
func TestAccurateBalancedLaws(t *testing.T) {
	racetest.Sequential(t)
	for name, c := range map[string]struct {
		p       int
		least   float64 // eigenvalue
		config  AccurateConfig
		neurons int // the largest number
	}{
		"defaults":               {10, 0.15, AccurateConfig{}, 1000},
		"more accurate":          {10, 0.15, AccurateConfig{Error: 0.02, HighestRate: 100}, 1000},
		"wide":                   {3, 0.5, AccurateConfig{}, 1000},
		"two dimensions":         {2, 0.5, AccurateConfig{Error: 0.3}, 1000},
		"slow":                   {3, 0.5, AccurateConfig{Error: 0.9, TauS: 7e-3}, 1000},
		"few neurons":            {3, 0.5, AccurateConfig{Error: 0.2, Neurons: 300}, 300},
		"few spikes":             {10, 0.15, AccurateConfig{HighestRate: 20}, 1000},
		"few neurons and spikes": {3, 0.5, AccurateConfig{HighestRate: 25, Neurons: 600}, 600},
	} {
		target, config := must(density.Exchangeable(c.p, c.least, 0.5)), c.config
		config.Seed = 4
		got, err := AccurateBalanced(target, config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, shorter := range []float64{2e-3, 5e-3, 10e-3, 20e-3} {
			if config.TauS = shorter; shorter < got.TauS && c.config.TauS == 0 {
				if _, err := AccurateBalanced(target, config); !names(err, "HighestRate") {
					t.Errorf("%s: τ_s = %v s where %v s will do (%v)", name, got.TauS, shorter, err)
				}
			}
		}
		if tau := c.config.TauS; tau > 0 && got.TauS != tau || !slices.Contains([]float64{2e-3, 5e-3, 7e-3, 10e-3, 20e-3}, got.TauS) {
			t.Errorf("%s: τ_s = %v s", name, got.TauS)
		}
		p, n := got.Decoder.Dims()
		config.Error, config.HighestRate = cmp.Or(c.config.Error, 0.05), cmp.Or(c.config.HighestRate, 50)
		square, want := 0.0, math.Sqrt(min(0.7*config.Error/Grain(p, n), 0.25)*c.least)
		for _, x := range got.Decoder.(*Decoder).columns {
			square += x * x / float64(p*n)
		}
		if math.Abs(math.Sqrt(square)/want-1) > 4/math.Sqrt(float64(2*p*n))+0.005 { // s has three digits
			t.Errorf("%s: entries of standard deviation %v, want %v", name, math.Sqrt(square), want)
		}
		run := must(config.try(target, got.TauS, n))
		// A run of 200 ms has a whole number of spikes.
		if spikes := run.rate * float64(n) * 0.2; spikes < 8000 && math.Abs(spikes-math.Round(spikes)) > 1e-9*spikes {
			t.Errorf("%s: %v spikes in 200 ms", name, spikes)
		}
		if share := run.rate / config.HighestRate; p != c.p || n > c.neurons || share > 0.95 || share < 0.7 && n < c.neurons {
			t.Errorf("%s: %d neurons in %d dimensions fire at %v of the highest rate", name, n, p, share)
		}
		if got.TauM != 20e-3 || got.DT != 1e-4 || got.Lambda != 0 || got.Alpha != 0 || got.Arbitration != Greedy || !got.ExactStep || got.Geometry != metric.Natural || got.Target != target {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAccurateBalancedRepeats(t *testing.T) {
	target := must(density.Equicorrelated(3, 0.5, 1))
	a, b := must(AccurateBalanced(target, AccurateConfig{Seed: 4})), must(AccurateBalanced(target, AccurateConfig{Seed: 4}))
	if !reflect.DeepEqual(a.Decoder.(*Decoder).columns, b.Decoder.(*Decoder).columns) || a.TauS != b.TauS {
		t.Error("one configuration gave two networks")
	}
	c := must(AccurateBalanced(target, AccurateConfig{Seed: 5}))
	if reflect.DeepEqual(a.Decoder.(*Decoder).columns, c.Decoder.(*Decoder).columns) {
		t.Error("two seeds gave one network")
	}
}

func TestAccurateBalancedRefuses(t *testing.T) {
	target := must(density.Equicorrelated(10, 0.95, 3))
	for name, c := range map[string]struct {
		AccurateConfig
		target *density.Gaussian
		text   string
	}{
		"target":        {AccurateConfig{}, nil, "missing"},
		"Error":         {AccurateConfig{Error: 1}, target, "not below 1"},
		"Error ":        {AccurateConfig{Error: math.NaN()}, target, "NaN"},
		"HighestRate":   {AccurateConfig{HighestRate: -1}, target, "not positive"},
		"HighestRate ":  {AccurateConfig{HighestRate: 1001}, target, "above 1000 Hz"},
		"HighestRate  ": {AccurateConfig{Neurons: 300}, target, "neurons would do"},
		"HighestRate .": {AccurateConfig{}, must(density.Equicorrelated(10, 0.99999, 3)), "at least"},
		"Neurons":       {AccurateConfig{Neurons: 99}, target, "less than 100"},
		"TauS":          {AccurateConfig{TauS: -1}, target, "not positive"},
		"Decoder":       {AccurateConfig{Neurons: 1 << 26}, target, "allowed"},
	} {
		_, err := AccurateBalanced(c.target, c.AccurateConfig)
		if !names(err, strings.TrimRight(name, " .")) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want an error about it with %q", name, err, c.text)
		}
	}
}

// A demand that is refused is met by as many neurons as the error says, and by the rate
// that it says. The trial run has a standard error of 3 % or less, of which three are
// allowed for.
func TestAccurateBalancedAdvice(t *testing.T) {
	target := must(density.Equicorrelated(3, 0.5, 1))
	config := AccurateConfig{Seed: 4, Error: 0.2, HighestRate: 30, Neurons: 400}
	_, err := AccurateBalanced(target, config)
	_, text, _ := strings.Cut(fmt.Sprint(err), "is too low: ")
	var neurons int
	var tau, sd, share, rate, would float64
	if _, err := fmt.Sscanf(text, "%d neurons at τ_s = %g s need spikes of standard deviation %g for errors below %g%%, and then fire at %g Hz each; %g neurons would do",
		&neurons, &tau, &sd, &share, &rate, &would); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if neurons != 400 || tau != 20e-3 || sd != 0.354 || share != 20 || rate <= 30*highestRate || would <= 400 || would > 600 {
		t.Errorf("%q", text)
	}
	more, faster := config, config
	more.Neurons = int(1.09 * would)
	faster.HighestRate = 1.09 * rate / highestRate
	for _, c := range []AccurateConfig{more, faster} {
		if _, err := AccurateBalanced(target, c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
