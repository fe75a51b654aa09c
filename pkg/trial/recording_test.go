package trial_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"natspike/pkg/diag"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// TestSpikesByHand reads the spikes of a network that spikes as it is told, in steps
// of 1 ms of which the first ten are before the onset.
func TestSpikesByHand(t *testing.T) {
	net := &script{dt: 1e-3, spikes: map[int][]int{1: {2}, 10: {0}, 11: {1}, 13: {0, 2}, 20: {1}}}
	r := must(trial.Present(net, during(trial.Step(1), 0.01, 0.01), nil))
	if r.Dim() != 1 || r.Neurons() != 3 || r.Clock().DT() != 1e-3 {
		t.Errorf("%d dimensions, %d neurons, steps of %v s", r.Dim(), r.Neurons(), r.Clock().DT())
	}
	all := []diag.Spike{{Time: -0.009, Neuron: 2}, {Time: 0, Neuron: 0}, {Time: 0.001, Neuron: 1}, {Time: 0.003, Neuron: 0}, {Time: 0.003, Neuron: 2}, {Time: 0.01, Neuron: 1}}
	for _, c := range []struct {
		w    trial.Window
		want []diag.Spike
	}{
		{trial.Whole, all}, {trial.BeforeOnset, all[:2]}, {trial.AfterOnset, all[2:]}, {trial.First(0.003), all[2:5]},
		{trial.Window{From: 0.003, To: 0.01}, all[5:]}, {trial.Window{From: 0.003, To: 0.009}, []diag.Spike{}}, {trial.Window{From: -0.001, To: 0.001}, all[1:3]},
	} {
		if got := must(r.Spikes(c.w)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("the spikes of %v are %v, want %v", c.w, got, c.want)
		}
		if n := must(r.Count(c.w)); n != len(c.want) {
			t.Errorf("%d spikes of %v, want %d", n, c.w, len(c.want))
		}
		times, neurons, err := r.Raster(c.w)
		if err != nil || len(times) != len(c.want) || len(neurons) != len(c.want) {
			t.Fatalf("a raster of %d and %d for %v, want %d (%v)", len(times), len(neurons), c.w, len(c.want), err)
		}
		trains := must(r.Trains(c.w))
		for i, s := range c.want {
			if times[i] != s.Time || neurons[i] != s.Neuron {
				t.Errorf("point %d of the raster of %v is %v, %d; want %v", i, c.w, times[i], neurons[i], s)
			}
			if train := trains[s.Neuron]; train[0] != s.Time {
				t.Errorf("the train of neuron %d begins with %v, want %v", s.Neuron, train[0], s.Time)
			}
			trains[s.Neuron] = trains[s.Neuron][1:]
		}
	}
	if f := must(r.Firing(trial.Whole)); f[0].Spikes != 2 || f[0].Rate != 100 || !math.IsNaN(f[0].ISI) || !math.IsNaN(f[0].CV) {
		t.Errorf("neuron 0 fires %+v", f[0])
	}
	// Intervals of 2, 4 and 6 ms have a mean of 4 and a standard deviation of 2.
	net = &script{dt: 1e-3, spikes: map[int][]int{1: {1}, 3: {1}, 7: {1}, 13: {1}}}
	r = must(trial.Present(net, during(trial.Step(1), 0, 0.02), nil))
	if f := must(r.Firing(trial.AfterOnset))[1]; f.Spikes != 4 || f.Rate != 200 || math.Abs(f.ISI-0.004) > 1e-15 || math.Abs(f.CV-0.5) > 1e-12 {
		t.Errorf("the neuron fires %+v, want an interval of 4 ms and a CV of ½", f)
	}
}

// TestSegments: segments follow each other without a gap, begin where there is a
// spike, at the beginning or after the onset, and have the estimate.
func TestSegments(t *testing.T) {
	r := must(trial.Present(metropolis(3, 30, 0.9, metric.Naive, nil), during(trial.Step(1), 0.02, 0.05), stream.New(4)))
	spiking := map[int]bool{}
	for _, s := range must(r.Spikes(trial.Whole)) {
		spiking[r.Clock().Step(s.Time)] = true
	}
	for _, w := range []trial.Window{trial.Whole, trial.AfterOnset, {From: -0.0153, To: 0.0321}} {
		from, to := must2(r.Steps(w))
		_, x, err := r.Estimate(w, 1)
		if err != nil {
			t.Fatal(err)
		}
		next, long := from+1, 0
		for s := range must(r.Segments(w)) {
			if s.First != next || s.Count < 1 {
				t.Fatalf("window %v: a segment of %d steps from %d on, want it from %d on", w, s.Count, s.First, next)
			}
			if s.First != from+1 && s.First != 1 && !spiking[s.First] {
				t.Errorf("window %v: a segment begins at step %d, where there is no spike", w, s.First)
			}
			for k := range s.Count {
				if k > 0 && spiking[s.First+k] {
					t.Errorf("window %v: a segment goes on beyond the spike of step %d", w, s.First+k)
				}
				if want := s.X[1] * s.Decay.Power(int64(k)); math.Abs(x.At(s.First+k-from-1, 1)-want) > 1e-12 {
					t.Fatalf("window %v: step %d has the estimate %v, want %v", w, s.First+k, x.At(s.First+k-from-1, 1), want)
				}
			}
			long = max(long, s.Count)
			next = s.First + s.Count
		}
		if next != to+1 || long < 50 {
			t.Errorf("window %v: the segments end before step %d, want %d; the longest has %d steps", w, next, to+1, long)
		}
		for s := range must(r.Segments(w)) { // a loop may end early
			if s.Count > 0 {
				break
			}
		}
	}
}

// TestNothingOutside: what is not in the recording is an error everywhere.
func TestNothingOutside(t *testing.T) {
	w := trial.First(1)
	for _, net := range []driven{&script{dt: 1e-3}, opaque{&script{dt: 1e-3}}} {
		r := must(trial.Present(net, during(trial.Step(1), 0.01, 0.1), nil))
		var errs []error
		add := func(err error) { errs = append(errs, err) }
		_, err := r.Spikes(w)
		add(err)
		_, err = r.Count(w)
		add(err)
		_, err = r.Trains(w)
		add(err)
		_, err = r.Segments(w)
		add(err)
		_, err = r.Firing(w)
		add(err)
		_, _, err = r.Raster(w)
		add(err)
		_, _, err = r.Estimate(w, 1)
		add(err)
		for _, m := range []trial.Measure{
			trial.Moments(w), trial.Rates(w), trial.Intervals(w), trial.Fano(w, 0.01), trial.Course(0.01, 1), trial.Spectrum(w, 1),
			trial.Response(w, 1), trial.CovarianceMatrix(w, 1), trial.Distance(w, equicorrelated(1, 0, 1)),
		} {
			_, err := trial.Measured(r, m)
			add(err)
		}
		for i, err := range errs {
			if !errors.Is(err, trial.ErrWindow) || !strings.Contains(err.Error(), "0 s to 1 s") {
				t.Errorf("method or measure %d: %v", i, err)
			}
		}
		first := 0
		for s := range must(r.Segments(trial.First(0.05))) { // a loop may end early
			first = s.First
			break
		}
		if first != 1 {
			t.Errorf("the first segment after the onset begins at step %d", first)
		}
		if times, x, err := r.Estimate(trial.First(0.05), 100); err != nil || len(times) != 0 || !x.IsEmpty() {
			t.Errorf("the estimate at multiples of 100 steps in 50 is at %v (%v)", times, err)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	r := must(trial.Present(&script{dt: 1e-3}, during(trial.Step(1), 0, 0.1), nil))
	for words, f := range map[string]func(){
		"every must be at least 1":    func() { _, _, _ = r.Estimate(trial.Whole, 0) },
		"time is NaN":                 func() { r.Clock().Step(math.NaN()) },
		"a course without times":      func() { _, _ = trial.Measured(r, trial.Course()) },
		"target of a distance is nil": func() { _, _ = trial.Measured(r, trial.Distance(trial.Whole, nil)) },
	} {
		func() {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, words) {
					t.Errorf("a panic with %q, want %q", p, words)
				}
			}()
			f()
		}()
	}
}

// TestHugeEstimates: an estimate that is too large for its moments is an error.
func TestHugeEstimates(t *testing.T) {
	for _, z := range []float64{1e300, math.Inf(1), math.NaN()} {
		net := opaque{&script{dt: 1e-3, z: z}}
		r := must(trial.Present(net, during(trial.Step(1), 0, 0.003), nil))
		for _, m := range []trial.Measure{trial.Moments(trial.Whole), trial.CovarianceMatrix(trial.Whole, 1), trial.Course(0.002), trial.Distance(trial.Whole, equicorrelated(1, 0, 1))} {
			if v, err := trial.Measured(r, m); err == nil {
				t.Errorf("an estimate of %v gives %v", z, v)
			}
		}
	}
}
