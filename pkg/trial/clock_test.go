package trial_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// TestClockIsDecimal: for decimal time steps kΔt is the float64 nearest to the
// decimal number, where the product of two float64 often is its neighbour.
func TestClockIsDecimal(t *testing.T) {
	racetest.Sequential(t)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, text := range []string{"1e-5", "1e-4", "2e-5", "7e-5", "0.0003", "0.001", "0.1", "1", "2.5e-7", "3e-22"} {
		dt, _ := strconv.ParseFloat(text, 64)
		c, err := trial.NewClock(dt)
		if err != nil {
			t.Fatal(err)
		}
		exact, _ := new(big.Rat).SetString(text)
		products := 0
		for range 20_000 {
			k := rng.IntN(4_000_000) - 1_000_000
			want, _ := new(big.Rat).Mul(exact, big.NewRat(int64(k), 1)).Float64()
			if got := c.Time(k); got != want {
				t.Fatalf("Δt = %s: step %d ends at %v, want %v", text, k, got, want)
			}
			if float64(k)*dt != want {
				products++
			}
		}
		if text == "1e-5" && products == 0 {
			t.Error("no product is off: the test tells nothing")
		}
	}
}

// TestClockThereAndBack: a time goes to its step and back for any Δt, also where it
// is written as a product or is off by rounding.
func TestClockThereAndBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, dt := range []float64{1e-5, 1e-4, 2e-5, 7e-5, 1.0 / 30000, 1.0 / 3, math.Pi * 1e-6, 5e-324, 1e300} {
		c, err := trial.NewClock(dt)
		if err != nil {
			t.Fatal(err)
		}
		for range 20_000 {
			k := rng.IntN(2_000_000_000) - 1_000_000_000
			if math.IsInf(float64(k)*dt, 0) {
				continue
			}
			for _, at := range []float64{c.Time(k), float64(k) * dt, math.Nextafter(float64(k)*dt, math.Inf(1))} {
				if got := c.Step(at); got != k && dt > 1e-300 {
					t.Fatalf("Δt = %v: the step at %v is %d, want %d", dt, at, got, k)
				}
			}
		}
		if c.Step(math.Inf(1)) <= 0 || c.Step(math.Inf(-1)) >= 0 || c.Step(math.MaxFloat64) <= 0 {
			t.Errorf("Δt = %v: infinite times are at the steps %d and %d", dt, c.Step(math.Inf(1)), c.Step(math.Inf(-1)))
		}
	}
	c := must(trial.NewClock(0.5))
	for at, want := range map[float64]int{0x1p59: 1 << 60, -0x1p59: -1 << 60, 0x1p61: 1 << 62, -0x1p61: -1 << 62, 1e300: 1 << 62, math.Inf(-1): -1 << 62} {
		if got := c.Step(at); got != want {
			t.Errorf("the step of half a second at %v s is %d, want %d", at, got, want)
		}
	}
	for _, dt := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		var e *arg.Error
		if _, err := trial.NewClock(dt); !errors.As(err, &e) {
			t.Errorf("a clock of Δt = %v: %v", dt, err)
		}
	}
}

// TestLastStepIsInTheWindow: step 30000 of 10 µs ends at 0.3 s, and all that looks
// at 0.3 s holds it. The product 30000·1e-05 is above 0.3.
func TestLastStepIsInTheWindow(t *testing.T) {
	net := metropolis(10, 100, 0.75, metric.Natural, nil)
	r, err := trial.Present(net, during(trial.Step(1), 0.1, 0.3), stream.New(1))
	if err != nil {
		t.Fatal(err)
	}
	all := must(r.Count(trial.AfterOnset))
	if n := must(r.Count(trial.First(0.3))); n != all {
		t.Errorf("%d spikes in the first 0.3 s, and %d after the onset", n, all)
	}
	before := 0
	for _, s := range must(r.Spikes(trial.Whole)) {
		switch {
		case s.Time <= 0:
			before++
		case s.Time > 0.3:
			t.Errorf("a spike at %v s in a recording that ends at 0.3 s", s.Time)
		}
	}
	if n := must(r.Count(trial.BeforeOnset)); n != before {
		t.Errorf("%d spikes before the onset, and %d by their times", n, before)
	}
	// Windows that follow each other share no step and leave none out.
	total, spikes := 0, 0
	for k := range 30 {
		w := trial.Window{From: float64(k) / 100, To: float64(k+1) / 100}
		from, to, err := r.Steps(w)
		if err != nil || from != 1000*k || to != 1000*(k+1) {
			t.Errorf("window %v has the steps %d to %d (%v)", w, from, to, err)
		}
		total += to - from
		spikes += must(r.Count(w))
	}
	if total != 30_000 || spikes != all {
		t.Errorf("windows of 10 ms hold %d steps and %d spikes, want 30000 and %d", total, spikes, all)
	}
}

func TestWindows(t *testing.T) {
	r, err := trial.Present(&script{dt: 1e-3}, during(trial.Step(1), 0.1, 0.3), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []trial.Window{
		{From: 0, To: 0.301}, {From: -0.101, To: 0}, {From: 0.2, To: 0.2}, {From: 0.2, To: 0.1}, {From: 0.2, To: 0.2004},
		{From: math.NaN(), To: 1}, {From: 0, To: math.NaN()}, {From: 1e300, To: math.Inf(1)}, {From: math.Inf(1), To: math.Inf(1)},
	} {
		if from, to, err := r.Steps(w); !errors.Is(err, trial.ErrWindow) || from != 0 || to != 0 {
			t.Errorf("window %v: steps %d to %d, %v", w, from, to, err)
		}
		if _, err := trial.Measured(r, trial.Moments(w)); !errors.Is(err, trial.ErrWindow) {
			t.Errorf("moments over %v: %v", w, err)
		}
	}
	const outside = "trial: the window from 0 s to 0.301 s is empty or not in the recording, which lasts from -0.1 s to 0.3 s in steps of 0.001 s"
	if _, _, err := r.Steps(trial.First(0.301)); err == nil || err.Error() != outside {
		t.Errorf("%v; want %q", err, outside)
	}
	for want, w := range map[string]trial.Window{
		"mean_after":             trial.AfterOnset,
		"mean_before":            trial.BeforeOnset,
		"mean_50ms":              trial.First(0.05),
		"mean_1.1ms":             trial.First(0.0011),
		"mean_500ms_1500ms":      {From: 0.5, To: 1.5},
		"mean_500ms_end":         {From: 0.5, To: math.Inf(1)},
		"mean_whole":             trial.Whole,
		"mean_start_500ms":       {From: math.Inf(-1), To: 0.5},
		"mean_minus100ms_0ms":    {From: -0.1, To: 0},
		"mean_late":              {From: 0.5, To: 1.5, Name: "late"},
		"mean_before_the_change": {From: math.Inf(-1), To: 0, Name: "before_the_change"},
	} {
		if got := w.Column("mean"); got != want {
			t.Errorf("the mean over %v is called %q, want %q", w, got, want)
		}
	}
}

// TestTooLong: times that are out of range are refused with the number that is
// too large, before anything is run.
func TestTooLong(t *testing.T) {
	for _, c := range []struct {
		before, after float64
		words         string
	}{
		{1e15, 1, "Before = 1e+15 s makes 1e+18 steps of 0.001 s"},
		{0, 1e300, "After = 1e+300 s makes 1e+303 steps"},
		{0, 1e-9, "After = 1e-09 s makes 0 steps"},
		{-1, 1, "Before = -1 s"},
		{math.NaN(), 1, "Before = NaN s"},
		{0, math.Inf(1), "After = +Inf s"},
	} {
		_, err := trial.Present(&script{dt: 1e-3}, during(trial.Step(1), c.before, c.after), nil)
		var e *arg.Error
		if !errors.As(err, &e) || !strings.Contains(fmt.Sprint(err), c.words) {
			t.Errorf("%v s before and %v s after: %v; want %q", c.before, c.after, err, c.words)
		}
	}
	// Either side of the onset may have 2³¹ − 1 steps.
	for _, c := range []struct{ before, after float64 }{{math.MaxInt32, math.MaxInt32}, {math.MaxInt32 + 1, 1}, {0, math.MaxInt32 + 1}} {
		for now, err := range trial.Steps(&script{dt: 1}, during(trial.Constant(1), c.before, c.after), nil) {
			if fits := max(c.before, c.after) <= math.MaxInt32; fits != (err == nil) || fits && now != 1-c.before {
				t.Errorf("%v steps before and %v after the onset: the first ends at %v s (%v)", c.before, c.after, now, err)
			}
			break
		}
	}
}
