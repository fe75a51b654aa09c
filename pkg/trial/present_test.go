package trial_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// A driven network can be presented with any protocol.
type driven interface {
	spiking.Network
	spiking.Driven
}

// The types below hide abilities of a network.
type (
	slow struct { // does not jump
		driven
		spiking.Leaky
		spiking.Probe
	}
	opaque struct{ driven } // is not Leaky either
)

// networks are of every kind that a recording tells apart. They do not jump.
func networks() map[string]func() driven {
	return map[string]func() driven{
		"balanced": func() driven { return balanced(5, 50, 0.75, metric.Natural, nil) },
		"balanced, cascades": func() driven {
			return balanced(4, 40, 0.5, metric.Natural, func(c *spiking.BalancedConfig) { c.Arbitration = spiking.Greedy })
		},
		"balanced, one dimension": func() driven { return balanced(1, 10, 0, metric.Naive, nil) },
		"metropolis": func() driven {
			m := metropolis(5, 50, 0.75, metric.Natural, nil)
			return slow{m, m, m}
		},
		"metropolis, silent": func() driven {
			m := metropolis(12, 120, 0.99, metric.Naive, nil)
			return slow{m, m, m}
		},
		"metropolis, no leak": func() driven {
			m := metropolis(3, 24, 0.5, metric.Natural, func(c *spiking.MetropolisConfig) { c.TauM = math.Inf(1) })
			return slow{m, m, m}
		},
		"continuous": func() driven { return continuous(3, 20) },
		"not leaky":  func() driven { return opaque{metropolis(5, 50, 0.75, metric.Natural, nil)} },
	}
}

// estimates returns the estimate after each step, and the number of spikes.
func estimates(t *testing.T, net driven, p trial.Protocol) (x [][]float64, spikes int) {
	t.Helper()
	for _, err := range trial.Steps(net, p, stream.New(5)) {
		if err != nil {
			t.Fatal(err)
		}
		z := make([]float64, net.Dim())
		net.Position(z)
		x = append(x, z)
		spikes += len(net.Spikes())
	}
	return x, spikes
}

// TestRecordingHasEveryStep compares the estimate of a recording with that of the
// network after each step, and its spikes with the network's.
func TestRecordingHasEveryStep(t *testing.T) {
	p := during(trial.Step(1), 0.04, 0.12)
	for name, build := range networks() {
		t.Run(name, func(t *testing.T) {
			want, spikes := estimates(t, build(), p)
			net := build()
			r, err := trial.Present(net, p, stream.New(5))
			if err != nil {
				t.Fatal(err)
			}
			if n := must(r.Count(trial.Whole)); n != spikes {
				t.Errorf("%d spikes, want %d", n, spikes)
			}
			for _, w := range []trial.Window{trial.Whole, trial.AfterOnset, trial.BeforeOnset, {From: -0.013, To: 0.051}, {From: 0.051, To: 0.102}} {
				for _, every := range []int{1, 7} {
					times, x, err := r.Estimate(w, every)
					if err != nil {
						t.Fatal(err)
					}
					from, to := must2(r.Steps(w))
					at := 0
					for k := from + 1; k <= to; k++ {
						if k%every != 0 {
							continue
						}
						if times[at] != r.Clock().Time(k) {
							t.Fatalf("window %v: time %d is %v s, want that of step %d", w, at, times[at], k)
						}
						for d, v := range want[k-1+int(math.Round(0.04/net.DT()))] {
							if got := x.At(at, d); math.Abs(got-v) > 1e-10*(1+math.Abs(v)) {
								t.Fatalf("window %v: coordinate %d of step %d is %v, want %v", w, d, k, got, v)
							}
						}
						at++
					}
					if at != len(times) {
						t.Errorf("window %v: %d times, want %d", w, len(times), at)
					}
				}
			}
		})
	}
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// A witness notes where a jumping network is after each spike and jump.
type witness struct {
	*spiking.Metropolis
	jumps int
	at    []int
	z     [][]float64
}

func (w *witness) note() {
	z := make([]float64, w.Dim())
	w.Position(z)
	w.at, w.z = append(w.at, int(w.Steps())), append(w.z, z)
}

func (w *witness) Step(rng *rand.Rand) { w.Metropolis.Step(rng); w.note() }

func (w *witness) Jump(rng *rand.Rand, limit int64) int64 {
	defer w.note()
	w.jumps++
	return w.Metropolis.Jump(rng, limit)
}

// TestJumps: a network whose spikes are rare jumps, never across a change of the
// mean, and the recording has its estimate.
func TestJumps(t *testing.T) {
	for _, rho := range []float64{0.9, 0.95, 0.99} {
		w := &witness{Metropolis: metropolis(8, 80, rho, metric.Naive, nil)}
		p := during(trial.Pulse(0.1, 1), 0.1, 0.4)
		r, err := trial.Present(w, p, stream.New(5))
		if err != nil {
			t.Fatal(err)
		}
		if w.jumps == 0 || len(w.at) > 25_000 {
			t.Errorf("ρ = %v: %d jumps, and the network stops %d times in 50000 steps", rho, w.jumps, len(w.at))
		}
		times, x, err := r.Estimate(trial.Whole, 1)
		if err != nil || len(times) != 50_000 {
			t.Fatalf("%d times, %v", len(times), err)
		}
		for i, k := range w.at {
			for d, v := range w.z[i] {
				if math.Abs(x.At(k-1, d)-v) > 1e-9 {
					t.Fatalf("ρ = %v: coordinate %d of step %d is %v, want %v", rho, d, k, x.At(k-1, d), v)
				}
			}
		}
		for _, change := range []int{10_000, 20_000} {
			if !slices.Contains(w.at, change) {
				t.Errorf("ρ = %v: the network jumped across the change of the mean after step %d", rho, change)
			}
		}
	}
}

// TestSpikeTimes: spikes of a network in continuous time have times of their own,
// within their steps. The network has run before.
func TestSpikeTimes(t *testing.T) {
	net := continuous(3, 20)
	rng := stream.New(1)
	for range 17 {
		net.Step(rng)
	}
	r, err := trial.Present(net, during(trial.Step(1), 0.05, 0.2), rng)
	if err != nil {
		t.Fatal(err)
	}
	inside := 0
	for k := -49; k <= 200; k++ {
		begin, end := r.Clock().Time(k-1), r.Clock().Time(k)
		for _, s := range must(r.Spikes(trial.Window{From: begin, To: end})) {
			if s.Time < begin || s.Time > end {
				t.Errorf("step %d has a spike at %v s", k, s.Time)
			}
			if s.Time != end {
				inside++
			}
		}
	}
	if all := must(r.Count(trial.Whole)); inside < all*9/10 || all < 100 {
		t.Errorf("%d of %d spikes have times of their own", inside, all)
	}
	// Of the 0.2 s after the onset, the train of each neuron ascends.
	for j, train := range must(r.Trains(trial.AfterOnset)) {
		if !slices.IsSorted(train) {
			t.Errorf("the spikes of neuron %d do not ascend", j)
		}
	}
}

// TestTraces compares traces with the network, step by step.
func TestTraces(t *testing.T) {
	p := during(trial.Step(6), 0.02, 0.05)
	trace := &trial.Trace{Window: trial.Window{From: -0.01, To: 0.03}, Every: 3, VoltageOf: []int{4, 0}, RateOf: []int{7}}
	whole := &trial.Trace{VoltageOf: []int{4}}
	r, err := trial.Present(balanced(3, 12, 0.5, metric.Natural, nil), p, stream.New(2), trace, whole)
	if err != nil {
		t.Fatal(err)
	}
	net := balanced(3, 12, 0.5, metric.Natural, nil)
	at, step := 0, -200
	for now, err := range trial.Steps(net, p, stream.New(2)) {
		if err != nil {
			t.Fatal(err)
		}
		step++
		if i := step + 199; whole.Times[i] != now || whole.Voltages[0][i] != net.Voltage(4) {
			t.Fatalf("step %d: %v at %v s, want %v at %v s", step, whole.Voltages[0][i], whole.Times[i], net.Voltage(4), now)
		}
		if step <= -100 || step > 300 || step%3 != 0 {
			continue
		}
		if trace.Times[at] != now || trace.Voltages[0][at] != net.Voltage(4) || trace.Voltages[1][at] != net.Voltage(0) || trace.Rates[0][at] != net.Rate(7) {
			t.Fatalf("step %d: the trace at %v s has other values", step, trace.Times[at])
		}
		at++
	}
	if at != len(trace.Times) || len(whole.Times) != 700 {
		t.Errorf("%d records, want %d; and %d of the whole, want 700", len(trace.Times), at, len(whole.Times))
	}
	if must(r.Count(trial.Whole)) == 0 {
		t.Error("no spikes")
	}
	for words, c := range map[string]struct {
		net   spiking.Network
		trace *trial.Trace
	}{
		"is of neuron 3, which is not one of 3":  {slow{&script{dt: 1e-3}, &script{dt: 1e-3}, nil}, &trial.Trace{RateOf: []int{3}}},
		"is no spiking.Probe":                    {&script{dt: 1e-3}, &trial.Trace{}},
		"the window from 0 s to 1 s is empty or": {slow{&script{dt: 1e-3}, &script{dt: 1e-3}, nil}, &trial.Trace{Window: trial.First(1)}},
	} {
		if _, err := trial.Present(c.net, during(trial.Step(1), 0, 0.1), nil, c.trace); !strings.Contains(fmt.Sprint(err), words) {
			t.Errorf("%v; want %q", err, words)
		}
	}
}

// fixed is a network that refuses every mean, before its first step.
type fixed struct{ slow }

var errFixed = errors.New("the mean is fixed")

func (fixed) SetMean([]float64) error { return errFixed }

// A recording may take 2 GiB, and not a number more: with 2048 steps, 2¹⁷ numbers of
// each, or twice as many of every second step.
func TestMemoryOfTraces(t *testing.T) {
	odd := trial.Window{From: -511.0 / 1024, To: 1.5} // without its first step, of an odd number
	for _, c := range []struct {
		every, voltages, rates int
		refused                bool
		window                 trial.Window
	}{
		{1, 1<<17 - 1, 0, false, trial.Whole}, {1, 1 << 17, 0, true, trial.Window{}}, {0, 1<<16 - 1, 1 << 16, false, trial.Whole}, {1, 1 << 16, 1 << 16, true, trial.Whole},
		{2, 1<<18 - 1, 0, false, trial.Whole}, {2, 1 << 18, 0, true, trial.Whole}, {2, 0, 1 << 18, true, trial.Whole},
		{2, 1<<18 - 1, 0, false, odd}, {2, 1 << 18, 0, true, odd},
	} {
		s := &script{dt: 1.0 / 1024}
		trace := &trial.Trace{Window: c.window, Every: c.every, VoltageOf: make([]int, c.voltages), RateOf: make([]int, c.rates)}
		_, err := trial.Present(fixed{slow{s, s, nil}}, during(trial.Step(1), 0.5, 1.5), nil, trace)
		var refusal *arg.Error
		if errors.As(err, &refusal) != c.refused || !c.refused && !errors.Is(err, errFixed) {
			t.Errorf("%+v: error %v", c, err)
		}
	}
}

// liar is a Leaky network whose estimate is not that of its spikes.
type liar struct {
	*script
	off float64
}

func (l liar) Position(dst []float64) { dst[0] = l.z + l.off*float64(l.step) }

// A negative network has a decoder of −1, and a decay that is rounded.
type negative struct{ *script }

func (negative) Decay() float64 { return 0.9 }

func (negative) Decoder() *spiking.Decoder {
	return must(spiking.NewDecoder(mat.NewDense(1, 3, []float64{-1, -1, -1})))
}

func (n negative) Step(rng *rand.Rand) {
	z := n.z
	n.script.Step(rng)
	n.z = 0.9*z - float64(len(n.Spikes()))
}

// The estimate may differ from that of the spikes by rounding, also where it is negative
// throughout.
func TestNegativeEstimate(t *testing.T) {
	net := negative{&script{dt: 1e-3, z: -2, spikes: map[int][]int{3: {0}, 10: {1}, 14: {0, 2}, 21: {1}, 40: {2}}}}
	if _, err := trial.Present(net, during(trial.Constant(0), 0, 0.05), nil); err != nil {
		t.Error(err)
	}
}

// bare is a network without abilities.
type bare struct{ *spiking.Balanced }

func (bare) SetMean() {}
func (bare) Decay()   {}

func TestPresentErrors(t *testing.T) {
	busy := map[int][]int{}
	for k := 1; k < 200; k++ {
		busy[k] = []int{k % 3}
	}
	short := during(trial.Step(1), 0.05, 0.1)
	if _, err := trial.Present(liar{&script{dt: 1e-3, spikes: busy}, 0}, short, nil); err != nil {
		t.Error(err)
	}
	if _, err := trial.Present(liar{&script{dt: 1e-3, spikes: busy}, 1e-3}, short, nil); !strings.Contains(fmt.Sprint(err), "do not give its estimate") {
		t.Errorf("an estimate that is not that of the spikes: %v", err)
	}
	if _, err := trial.Present(liar{&script{dt: 1e-3}, 1e-3}, short, nil); !strings.Contains(fmt.Sprint(err), "do not give its estimate") {
		t.Errorf("an estimate that moves without a spike: %v", err)
	}
	broken := errors.New("broken")
	if _, err := trial.Present(&script{dt: 1e-3, err: broken}, short, nil); !errors.Is(err, broken) {
		t.Errorf("a broken network: %v", err)
	}
	var e *arg.Error
	_, err := trial.Present(bare{balanced(2, 8, 0, metric.Naive, nil)}, short, stream.New(1))
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "has no SetMean") {
		t.Errorf("a network that is not Driven: %v", err)
	}
	if _, err := trial.Present(bare{balanced(2, 8, 0, metric.Naive, nil)}, trial.Protocol{Before: 0.05, After: 0.1}, stream.New(1)); err != nil {
		t.Errorf("a network that is not Driven, and a protocol without a mean: %v", err)
	}
	// 100 s of a network that is not Leaky: 5 coordinates at 10⁷ steps are 400 MB,
	// and at 10⁸ steps 4 GB.
	_, err = trial.Present(opaque{metropolis(5, 50, 0.75, metric.Natural, nil)}, during(trial.Step(1), 0, 1000), stream.New(1))
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "needs 4e+09 bytes for estimates") {
		t.Errorf("a recording that is too large: %v", err)
	}
	// What is refused leaves the network as it is.
	net := &script{dt: 1e-3, mu: 7}
	if _, err := trial.Present(net, short, nil, &trial.Trace{}); err == nil || net.mu != 7 || net.step != 0 {
		t.Errorf("after %v the network has taken %d steps and its mean is %v", err, net.step, net.mu)
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "a neuron that it does not have") {
			t.Errorf("a spike of neuron 3 of 3: %v", p)
		}
	}()
	_, _ = trial.Present(&script{dt: 1e-3, spikes: map[int][]int{3: {3}}}, short, nil)
}

// TestStepsThatEndEarly: a loop that is left leaves the network where it is, and a
// network that fails ends the loop with its error.
func TestStepsThatEndEarly(t *testing.T) {
	net := &script{dt: 1e-3}
	for now, err := range trial.Steps(net, during(trial.Step(1), 0.01, 0.02), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if now == 0.003 {
			break
		}
	}
	if net.step != 13 {
		t.Errorf("a loop that ends 3 ms after the onset has taken %d steps, want 13", net.step)
	}
	failing := &failure{script: &script{dt: 1e-3}, at: 5}
	yields := 0
	for now, err := range trial.Steps(failing, during(trial.Step(1), 0.01, 0.02), nil) {
		if yields++; (err != nil) != (yields == 5) || math.IsNaN(now) != (yields == 5) {
			t.Errorf("step %d ends at %v s with the error %v", yields, now, err)
		}
	}
	if yields != 5 || failing.step != 5 {
		t.Errorf("a network that fails in step 5 takes %d steps, and the loop has %d", failing.step, yields)
	}
}

// A failure is a network that is broken from a step on.
type failure struct {
	*script
	at int
}

var errFailure = errors.New("it broke")

func (f *failure) Err() error {
	if f.step >= f.at {
		return errFailure
	}
	return nil
}

// A leaper is a failure that jumps as far as it says.
type leaper struct {
	*failure
	by func(limit int64) int64
}

func (l leaper) Jump(_ *rand.Rand, limit int64) int64 {
	n := l.by(limit)
	for range n {
		l.Step(nil)
	}
	return n
}

// TestFailingNetworks: Present looks every 1024 steps whether a network has failed,
// every 1024 or more steps of a network that jumps, and every 16 jumps of it.
func TestFailingNetworks(t *testing.T) {
	long := during(trial.Constant(1), 0, 20)
	for name, c := range map[string]struct {
		jump, at, stops int
	}{
		"step by step": {0, 1025, 2048}, "at the look": {0, 1024, 1024},
		"short jumps": {10, 161, 320}, "long jumps": {600, 100, 1200},
	} {
		f := &failure{&script{dt: 1e-3}, c.at}
		var net spiking.Network = f
		if c.jump > 0 {
			net = leaper{f, func(limit int64) int64 { return min(limit, int64(c.jump)) }}
		}
		if _, err := trial.Present(net, long, nil); !errors.Is(err, errFailure) || f.step != c.stops {
			t.Errorf("%s: a network that fails in step %d is stopped after %d (%v), want %d", name, c.at, f.step, err, c.stops)
		}
	}
	for _, by := range []func(limit int64) int64{
		func(int64) int64 { return 0 },
		func(limit int64) int64 { return limit + 1 },
	} {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, "jumps by less than one step, or beyond the limit") {
					t.Errorf("a jump that is not allowed: %v", p)
				}
			}()
			_, _ = trial.Present(leaper{&failure{&script{dt: 1e-3}, 1 << 30}, by}, long, nil)
		}()
	}
	whole := &failure{&script{dt: 1e-3}, 1 << 30}
	if _, err := trial.Present(leaper{whole, func(limit int64) int64 { return limit }}, long, nil); err != nil || whole.step != 20_000 {
		t.Errorf("a network that jumps to the end takes %d steps (%v), want 20000", whole.step, err)
	}
}

// A lying leaper spikes at each of its landings, and its estimate is off.
type lyingLeaper struct{ leaper }

func (l lyingLeaper) Position(dst []float64) { dst[0] = l.z + 0.01 }

// The estimate of a network that jumps is compared with its spikes once there are 64.
func TestLyingLeaper(t *testing.T) {
	spikes := map[int][]int{}
	for k := 10; k <= 2000; k += 10 {
		spikes[k] = []int{0}
	}
	f := &failure{&script{dt: 1e-3, spikes: spikes}, 1 << 30}
	l := lyingLeaper{leaper{f, func(limit int64) int64 { return min(limit, 10) }}}
	if _, err := trial.Present(l, during(trial.Constant(1), 0, 2), nil); !strings.Contains(fmt.Sprint(err), "do not give its estimate: after step 640 ") || f.step != 640 {
		t.Errorf("after %d steps: %v", f.step, err)
	}
}

// An odd network says of itself what cannot be.
type odd struct {
	*script
	dim, neurons int
	decay        float64
}

func (o odd) Dim() int       { return o.dim }
func (o odd) Neurons() int   { return o.neurons }
func (o odd) Decay() float64 { return o.decay }

func TestOddNetworks(t *testing.T) {
	for words, net := range map[string]spiking.Network{
		"Δt = 0 s": odd{&script{}, 1, 3, 0.5},
		"has 0 dimensions and 3 neurons; at least one of each is needed": odd{&script{dt: 1e-3}, 0, 3, 0.5},
		"has 1 dimensions and 0 neurons; at least one of each is needed": odd{&script{dt: 1e-3}, 1, 0, 0.5},
		"has a decoder that is 1×3, want 2×3":                            odd{&script{dt: 1e-3}, 2, 3, 0.5},
		"has a decoder that is 1×3, want 1×4":                            odd{&script{dt: 1e-3}, 1, 4, 0.5},
		"1.5":                                                            odd{&script{dt: 1e-3}, 1, 3, 1.5},
	} {
		if _, err := trial.Present(net, during(trial.Constant(1), 0, 0.1), nil); !strings.Contains(fmt.Sprint(err), words) {
			t.Errorf("%v; want %q", err, words)
		}
	}
}
