package trial_test

import (
	"errors"
	"math"
	"testing"

	"natspike/pkg/internal/samplertest"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// FuzzClock takes any time step and any time: a step that ends at a finite time is the
// step of that time.
func FuzzClock(f *testing.F) {
	f.Add(1e-5, 0.3)
	f.Add(1e-4, -2.5)
	f.Add(5e-324, 1.0)
	f.Add(0.1, math.Inf(-1))
	f.Add(1e308, math.MaxFloat64) // the second step ends at infinity
	f.Fuzz(func(t *testing.T, dt, time float64) {
		c, err := trial.NewClock(dt)
		if !samplertest.Made(t, err) || math.IsNaN(time) {
			return
		}
		k := c.Step(time)
		if k > -1<<31 && k < 1<<31 {
			if at := c.Time(k); math.Abs(at) >= 0x1p-1000 && !math.IsInf(at, 0) && c.Step(at) != k {
				t.Fatalf("step %d of %v s ends at %v s, which is step %d", k, dt, at, c.Step(at))
			}
		}
	})
}

// FuzzPresent takes any stimulus and any windows: what is refused gives an error of
// the argument or the window, and measures that are accepted have no infinite
// numbers.
func FuzzPresent(f *testing.F) {
	f.Add([]byte{0, 101, 102, 116, 100, 101, 100, 108})
	f.Add([]byte("\x01\x86fetef")) // an estimate that has decayed to 10⁻³¹
	f.Add([]byte{1, 101, 102, 101, 116, 100, 102, 101, 104, 104})
	f.Add([]byte{2, 100, 104, 110, 116, 99, 100, 101, 104, 104})
	f.Add([]byte{3, 101, 101, 150, 116, 254, 254, 120, 103, 120})
	f.Add([]byte{4, 101, 102, 101, 116, 116, 254, 100, 100, 240})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		kind, before, after, duration, mean := in.Int(4), in.Float(), in.Float(), in.Float(), in.Floats(1)
		var p trial.Protocol
		switch kind {
		case 0:
			p = trial.Step(mean...)
		case 1:
			p = trial.Pulse(duration, mean...)
		case 2:
			p = trial.Ramp(duration, mean...)
		case 3:
			grain := in.Float()
			if math.Abs(grain) < 1e-2 { // or else the walk has millions of values
				grain = -1
			}
			p = trial.RandomWalk(stream.New(1), before, after, duration, grain, mean...)
		case 4:
			p = trial.Constant(mean...)
			p.Changes = []float64{duration, in.Float()}
		}
		p.Before, p.After = before, after
		net := &script{dt: 1.0 / 64, spikes: map[int][]int{1: {0}, 5: {1, 2}, 6: {1}, 40: {1}}}
		r, err := trial.Present(net, p, stream.New(1))
		if !samplertest.Made(t, err) {
			return
		}
		w := trial.Window{From: in.Float(), To: in.Float()}
		for _, m := range []trial.Measure{
			trial.Moments(w), trial.CovarianceMatrix(w, 1), trial.Distance(w, equicorrelated(1, 0, 1)), trial.Course(in.Float(), w.To),
			trial.Rates(w), trial.Intervals(w), trial.Fano(w, in.Float()), trial.Spectrum(w, in.Float()), trial.Response(w, in.Float()),
		} {
			values, err := trial.Measured(r, m)
			if err != nil {
				if !errors.Is(err, trial.ErrWindow) {
					samplertest.Made(t, err)
				}
				continue
			}
			for i, v := range values {
				if math.IsInf(v, 0) {
					t.Fatalf("%s is %v", m.Columns()[i].Name, v)
				}
			}
		}
	})
}
