package trial

import (
	"iter"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/diag"
	"natspike/pkg/internal/portable"
	"natspike/pkg/moments"
	"natspike/pkg/spiking"
)

// A Recording is what a network did in a trial: its spikes, and what gives its
// estimate at every step.
//
// The estimate of a spiking.Leaky network obeys, with o the spikes of step k,
//
//	x_k = κ x_{k−1} + Σ_j Γ_j o_j(k),
//
// so that spikes alone give it at every step, and moments, extremes and
// histograms between spikes have closed forms. Of such a network nothing of the
// size steps × neurons or steps × dimensions is kept. Of another network the
// estimate at every step is.
type Recording struct {
	clock         Clock
	p, n          int
	before, after int // steps

	events []event   // in order of step
	times  []float64 // of the events, s after the onset, if they are not the ends of their steps

	decoder      *spiking.Decoder // nil if estimates are kept
	decay        *moments.Decay
	start, onset []float64 // estimate at the beginning and after step 0

	estimates []float64 // after each step, p numbers each, if the network is not Leaky
}

// An event is a spike of a neuron in a step.
type event struct{ step, neuron int32 }

// Clock returns the clock that counts the steps of the recording.
func (r *Recording) Clock() Clock { return r.clock }

// Dim returns p, the dimension of the estimate.
func (r *Recording) Dim() int { return r.p }

// Neurons returns n.
func (r *Recording) Neurons() int { return r.n }

// in returns the indices of the events in the steps after from, up to and
// including to.
func (r *Recording) in(from, to int) (lo, hi int) {
	search := func(step int) int {
		i, _ := slices.BinarySearchFunc(r.events, step, func(e event, step int) int {
			if int(e.step) <= step {
				return -1
			}
			return 1
		})
		return i
	}
	return search(from), search(to)
}

// time returns the time of event i, s after the onset.
func (r *Recording) time(i int) float64 {
	if r.times != nil {
		return r.times[i]
	}
	return r.clock.Time(int(r.events[i].step))
}

// Count returns the number of spikes in a window.
func (r *Recording) Count(w Window) (int, error) {
	from, to, err := r.Steps(w)
	if err != nil {
		return 0, err
	}
	lo, hi := r.in(from, to)
	return hi - lo, nil
}

// Spikes returns the spikes in a window, in order of time. A spike has the time
// at which its step ends, in s after the onset, or its own time if the network
// knows it, as spiking.Continuous does.
func (r *Recording) Spikes(w Window) ([]diag.Spike, error) {
	from, to, err := r.Steps(w)
	if err != nil {
		return nil, err
	}
	lo, hi := r.in(from, to)
	spikes := make([]diag.Spike, hi-lo)
	for i := range spikes {
		spikes[i] = diag.Spike{Time: r.time(lo + i), Neuron: int(r.events[lo+i].neuron)}
	}
	return spikes, nil
}

// Raster returns the spikes in a window as figure.Panel.Spikes and
// figure.Raster take them: when, in s after the onset, and of which neuron.
func (r *Recording) Raster(w Window) (times []float64, neurons []int, err error) {
	spikes, err := r.Spikes(w)
	times, neurons = make([]float64, len(spikes)), make([]int, len(spikes))
	for i, s := range spikes {
		times[i], neurons[i] = s.Time, s.Neuron
	}
	return times, neurons, err
}

// Trains returns the spike times of each neuron in a window, in s after the
// onset.
func (r *Recording) Trains(w Window) ([][]float64, error) {
	from, to, err := r.Steps(w)
	if err != nil {
		return nil, err
	}
	return r.trains(from, to), nil
}

func (r *Recording) trains(from, to int) [][]float64 {
	lo, hi := r.in(from, to)
	counts := make([]int, r.n)
	for _, e := range r.events[lo:hi] {
		counts[e.neuron]++
	}
	trains := make([][]float64, r.n)
	for j, c := range counts {
		trains[j] = make([]float64, 0, c)
	}
	for i := lo; i < hi; i++ {
		j := r.events[i].neuron
		trains[j] = append(trains[j], r.time(i))
	}
	return trains
}

// Estimate returns the estimate in a window, in every step whose number is a
// multiple of every: the times at which these steps end, in s after the onset,
// and the estimates, one row for each. The first dimension of x is the number of
// times. It panics if every is less than 1.
func (r *Recording) Estimate(w Window, every int) (times []float64, x *mat.Dense, err error) {
	if every < 1 {
		panic("trial: every must be at least 1")
	}
	from, to, err := r.Steps(w)
	if err != nil {
		return nil, nil, err
	}
	size := (multiple(to, every) - multiple(from, every)) / every
	if size == 0 {
		return nil, &mat.Dense{}, nil
	}
	x = mat.NewDense(size, r.p, nil)
	v := make([]float64, r.p)
	for s := range r.replay(from, to) {
		copy(v, s.X)
		at := s.First
		for k := multiple(s.First-1, every) + every; k < s.First+s.Count; k += every {
			f := r.power(k - at)
			for d := range v {
				v[d] *= f
			}
			at = k
			x.SetRow(len(times), v)
			times = append(times, r.clock.Time(k))
		}
	}
	return times, x, nil
}

// power returns κᵏ.
func (r *Recording) power(k int) float64 {
	if r.decay == nil || k == 0 {
		return 1
	}
	return r.decay.Power(int64(k))
}

// A Segment is Count steps in a row without a spike but in the first, in which
// the estimate is X, κX, κ²X, …. If the network is not spiking.Leaky, Count is 1
// and Decay is nil.
type Segment struct {
	First int            // the first step, counted from the onset
	Count int            // at least 1
	X     []float64      // the estimate after the first step, valid until the next segment
	Decay *moments.Decay // κ and the sums of its powers
}

// within returns the part of the segment in the steps after from, up to and
// including to, and whether there is one. It may use x for the estimate.
func (s Segment) within(from, to int, x []float64) (Segment, bool) {
	last := min(s.First+s.Count-1, to)
	if skip := from + 1 - s.First; skip > 0 {
		if s.Decay != nil {
			f := s.Decay.Power(int64(skip))
			for d, v := range s.X {
				x[d] = f * v
			}
			s.X = x
		}
		s.First += skip
	}
	s.Count = last - s.First + 1
	return s, s.Count > 0
}

// replay returns the segments of the steps after from, up to and including to.
// Segments end with the onset.
func (r *Recording) replay(from, to int) iter.Seq[Segment] {
	if r.decoder == nil {
		return r.replayEstimates(from, to)
	}
	return func(yield func(Segment) bool) {
		x, done := slices.Clone(r.start), -r.before // x is the estimate after step done
		keep := r.decay.Factor()
		if from >= 0 {
			done = 0
		}
		clipped := make([]float64, r.p)
		at, _ := r.in(done, to)
		events := r.events[at:]
		for done < to {
			end := to
			switch {
			case done == 0:
				copy(x, r.onset)
			case done < 0:
				end = min(to, 0)
			}
			s := Segment{First: done + 1, X: x, Decay: r.decay}
			if len(events) > 0 && int(events[0].step) == s.First {
				portable.MulAdd(x, keep, r.decoder.Column(int(events[0].neuron)))
				events = events[1:]
			} else {
				for d := range x {
					x[d] *= keep
				}
			}
			for len(events) > 0 && int(events[0].step) == s.First {
				r.decoder.AddTo(x, int(events[0].neuron))
				events = events[1:]
			}
			if len(events) > 0 {
				end = min(end, int(events[0].step)-1)
			}
			s.Count = end - done
			if s.First > from {
				if !yield(s) {
					return
				}
			} else if inside, ok := s.within(from, to, clipped); ok && !yield(inside) {
				return
			}
			if s.Count > 1 {
				f := r.decay.Power(int64(s.Count - 1))
				for d := range x {
					x[d] *= f
				}
			}
			done = end
		}
	}
}

// replayEstimates is replay for a recording that holds the estimates.
func (r *Recording) replayEstimates(from, to int) iter.Seq[Segment] {
	return func(yield func(Segment) bool) {
		for k := from + 1; k <= to; k++ {
			at := (k + r.before - 1) * r.p
			if !yield(Segment{First: k, Count: 1, X: r.estimates[at : at+r.p : at+r.p]}) {
				return
			}
		}
	}
}
