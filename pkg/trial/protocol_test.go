package trial_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// meansOf returns the mean that a network has in each step of a protocol.
func meansOf(t *testing.T, dt float64, p trial.Protocol) []float64 {
	t.Helper()
	net := &script{dt: dt, mu: math.NaN()}
	if _, err := trial.Present(net, p, nil); err != nil {
		t.Fatal(err)
	}
	return net.means
}

// TestMeans: each step has the mean of the time at which it begins, for time steps
// that are decimal numbers and for others.
func TestMeans(t *testing.T) {
	for _, dt := range []float64{1e-3, 1.0 / 3000, 7e-5} {
		const before, after = 0.021, 0.042 // multiples of each
		b, n := int(math.Round(before/dt)), int(math.Round((before+after)/dt))
		at := func(s float64) int { return b + int(math.Round(s/dt)) } // steps before that time
		for name, c := range map[string]struct {
			p    trial.Protocol
			mean func(k int) float64 // of the k-th step, from 0
		}{
			"constant": {trial.Constant(3), func(int) float64 { return 3 }},
			"step": {trial.Step(6), func(k int) float64 {
				if k < b {
					return 0
				}
				return 6
			}},
			"pulse": {trial.Pulse(0.021, -2), func(k int) float64 {
				if k < b || k >= at(0.021) {
					return 0
				}
				return -2
			}},
			"ramp":     {trial.Ramp(0.021, 4), func(k int) float64 { return 4 * min(max(float64(k-b)*dt/0.021, 0), 1) }},
			"your own": {trial.Protocol{Mean: func(dst []float64, t float64) { dst[0] = math.Sin(t) }}, func(k int) float64 { return math.Sin(float64(k-b) * dt) }},
			"none":     {trial.Protocol{}, func(int) float64 { return math.NaN() }},
		} {
			means := meansOf(t, dt, during(c.p, before, after))
			if len(means) != n {
				t.Fatalf("%s, Δt = %v: %d steps, want %d", name, dt, len(means), n)
			}
			for k, m := range means {
				if want := c.mean(k); math.Abs(m-want) > 1e-9 || math.IsNaN(m) != math.IsNaN(want) {
					t.Fatalf("%s, Δt = %v: step %d has the mean %v, want %v", name, dt, k-b+1, m, want)
				}
			}
		}
	}
}

// TestRandomWalk: the mean wanders with variance 1 and correlation time tau. The
// walk is 4000 tau long, so that the variance, with an error of √(2·2/4000) = 0.03,
// and the correlation at a distance of tau, with an error below 0.03, are within 4
// standard errors but in one of 10,000 seeds. Half of tau must be found out.
func TestRandomWalk(t *testing.T) {
	racetest.Sequential(t)
	const tau = 0.01
	p := trial.RandomWalk(stream.New(3), 10, 30, tau, tau/100, 1)
	means := meansOf(t, 1e-3, p)
	if len(means) != 40_000 {
		t.Fatalf("%d steps, want 40000", len(means))
	}
	product := func(lag int) float64 {
		sum := 0.0
		for k := range len(means) - lag {
			sum += means[k] * means[k+lag]
		}
		return sum / float64(len(means)-lag)
	}
	if n := len(p.Changes); n != 400_001 || math.Abs(p.Changes[100_000]) > 1e-12 || math.Abs(p.Changes[400_000]-30) > 1e-9 {
		t.Errorf("%d changes of the mean, the last at %v s; want 400001, from −10 s to 30 s", n, p.Changes[n-1])
	}
	if v := product(0); math.Abs(v-1) > 0.13 {
		t.Errorf("the variance is %v, want 1", v)
	}
	if r := product(10) / product(0); math.Abs(r-math.Exp(-1)) > 0.12 {
		t.Errorf("the correlation at tau is %v, want 1/e", r)
	}
	if r := product(5) / product(0); math.Abs(r-math.Exp(-1)) < 0.12 {
		t.Errorf("the correlation at half of tau is %v: the test tells nothing", r)
	}
	// Between its changes the walk is constant, and before the first it is as there.
	value := func(at float64) float64 {
		x := make([]float64, 1)
		p.Mean(x, at)
		return x[0]
	}
	for i, at := range p.Changes[:1000] {
		if v := value(at); v != value(at+0.3*tau/100) || v == value(p.Changes[i+1]) {
			t.Fatalf("from %v s on the walk is %v, then %v, and after its next change %v", at, v, value(at+0.3*tau/100), value(p.Changes[i+1]))
		}
	}
	if value(-11) != value(-10) || value(31) != value(p.Changes[400_000]) {
		t.Errorf("beyond its ends the walk is %v and %v", value(-11), value(31))
	}
	// The walk is the protocol's own: another presentation has it too.
	again := meansOf(t, 1e-3, p)
	for k := range means {
		if again[k] != means[k] {
			t.Fatalf("step %d has the mean %v, and %v in another presentation", k, means[k], again[k])
		}
	}
}

// TestRandomWalkTimes: the walk begins before the recording and goes on to its end, in
// grains, and one of them begins at the onset.
func TestRandomWalkTimes(t *testing.T) {
	p := trial.RandomWalk(stream.New(3), 0.25, 0.35, 1, 0.1, 1)
	want := []float64{-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4}
	for i, at := range want {
		if len(p.Changes) != len(want) || math.Abs(p.Changes[i]-at) > 1e-15 {
			t.Fatalf("the walk changes at %v, want %v", p.Changes, want)
		}
	}
}

// A counted network counts how often its mean is set.
type counted struct {
	*script
	set int
}

func (c *counted) SetMean(mu []float64) error { c.set++; return c.script.SetMean(mu) }

// TestMeanIsSetOnce: a mean that stays the same is not set again, also where it might
// have changed.
func TestMeanIsSetOnce(t *testing.T) {
	for want, p := range map[int]trial.Protocol{
		1: {Mean: func(dst []float64, _ float64) { dst[0] = 3 }},
		2: trial.Step(6),
		6: {Mean: func(dst []float64, t float64) { dst[0] = math.Floor(t / 4e-3) }}, // 24 ms in steps of 1 ms
	} {
		net := &counted{script: &script{dt: 1.0 / 1024}}
		if _, err := trial.Present(net, during(p, 8.0/1024, 16.0/1024), nil); err != nil || net.set != want {
			t.Errorf("the mean is set %d times (%v), want %d", net.set, err, want)
		}
	}
}

func TestProtocolErrors(t *testing.T) {
	ascending := trial.Step(1)
	ascending.Changes = []float64{0.1, 0}
	infinite := trial.Protocol{After: 1, Mean: func(dst []float64, t float64) { dst[0] = 1 / (t - 0.5) }}
	for words, p := range map[string]trial.Protocol{
		"mean has 2 coordinates, the network 1":   trial.Step(1, 2),
		"mean is missing":                         trial.Constant(),
		"mean has entry [0] = NaN":                trial.Ramp(1, math.NaN()),
		"duration = 0 s":                          trial.Pulse(0, 1),
		"duration = NaN s":                        trial.Ramp(math.NaN(), 1),
		"Changes has entry [1] = 0 s":             ascending,
		"Mean has coordinate 0 = +Inf at t = 0.5": infinite,
		"tau = -1 s":                              trial.RandomWalk(stream.New(1), 1, 1, -1, 0.01, 1),
		"grain = 1e-11 s makes a walk of 2e+11":   trial.RandomWalk(stream.New(1), 1, 1, 1e-9, 1e-11, 1),
		"grain = 1e-07 s makes a walk of 1e+07":   trial.RandomWalk(stream.New(1), 0, 1, 1, 1e-7, 1), // one too many
		"grain = 0 s":                             trial.RandomWalk(stream.New(1), 1, 1, 1, 0, 1),
		"before = +Inf s":                         trial.RandomWalk(stream.New(1), math.Inf(1), 1, 1, 0.01, 1),
	} {
		_, err := trial.Present(&script{dt: 1e-3}, p, nil)
		var e *arg.Error
		if !errors.As(err, &e) || !strings.Contains(fmt.Sprint(err), words) {
			t.Errorf("%v; want %q", err, words)
		}
		for _, err := range trial.Steps(&script{dt: 1e-3}, p, nil) {
			if err != nil && !strings.Contains(fmt.Sprint(err), words) {
				t.Errorf("step by step: %v; want %q", err, words)
			}
		}
	}
}
