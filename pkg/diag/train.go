package diag

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Spike is one event of a network.
type Spike struct {
	Time   float64 // s
	Neuron int     // from 0
}

// A Train is the spikes of one neuron in a window of observation.
type Train struct {
	times       []float64
	start, stop float64
}

// NewTrain returns the train of the given spike times, which it keeps, in the
// window [start, stop). Times and window are in seconds, or all in one other
// unit, whose inverse is then that of the rates.
//
// The times must be finite, in increasing order (two may be equal) and in the
// window, which must not be empty; or else the error wraps ErrNonFinite or
// ErrRange.
func NewTrain(times []float64, start, stop float64) (Train, error) {
	if err := cmp.Or(checkWindow(start, stop), checkFinite("times", times)); err != nil {
		return Train{}, err
	}
	for i, t := range times {
		if t < start || t >= stop {
			return Train{}, fmt.Errorf("diag: times[%d] = %v is outside the window [%v, %v): %w", i, t, start, stop, ErrRange)
		}
		if i > 0 && t < times[i-1] {
			return Train{}, fmt.Errorf("diag: times[%d] = %v is before times[%d] = %v; they must be in increasing order: %w",
				i, t, i-1, times[i-1], ErrRange)
		}
	}
	return Train{times, start, stop}, nil
}

// Trains sorts a network's events into one Train for each of its neurons.
// Events outside [start, stop) are left out; their order does not matter. The
// event type is [Spike] or any other of that structure.
//
// The error wraps ErrRange if an event's neuron is not in [0, neurons), there are
// more than 2²⁴ neurons or the window is empty, and ErrNonFinite if a time is not
// finite.
func Trains[E ~struct {
	Time   float64
	Neuron int
}](events []E, neurons int, start, stop float64) ([]Train, error) {
	if err := cmp.Or(checkWindow(start, stop), checkCount("neurons", neurons, 0, maxBins)); err != nil {
		return nil, err
	}
	trains := make([]Train, neurons)
	for j := range trains {
		trains[j] = Train{nil, start, stop}
	}
	for i, e := range events {
		s := Spike(e)
		if s.Neuron < 0 || s.Neuron >= neurons {
			return nil, fmt.Errorf("diag: event %d is of neuron %d, outside [0, %d): %w", i, s.Neuron, neurons, ErrRange)
		}
		if math.IsNaN(s.Time) || math.IsInf(s.Time, 0) {
			return nil, fmt.Errorf("diag: event %d is at time %v: %w", i, s.Time, ErrNonFinite)
		}
		if s.Time >= start && s.Time < stop {
			trains[s.Neuron].times = append(trains[s.Neuron].times, s.Time)
		}
	}
	for _, t := range trains {
		slices.Sort(t.times) // soon done if they are in order
	}
	return trains, nil
}

// Times returns the spike times. They are the train's own; do not change them.
func (t Train) Times() []float64 { return t.times }

// Window returns the limits of the window.
func (t Train) Window() (start, stop float64) { return t.start, t.stop }

// Rate returns the number of spikes over the length of the window.
func (t Train) Rate() float64 {
	if len(t.times) == 0 {
		return 0
	}
	return float64(len(t.times)) / (t.stop - t.start)
}

// ISI returns the intervals between successive spikes, one fewer than spikes.
// The stretches before the first and after the last spike are no intervals: in
// a window that holds few spikes long intervals are missed more often, so that
// means of ISI, and CV, come out low.
func (t Train) ISI() []float64 {
	if len(t.times) < 2 {
		return nil
	}
	isi := make([]float64, len(t.times)-1)
	for i := range isi {
		isi[i] = t.times[i+1] - t.times[i]
	}
	return isi
}

func checkWindow(start, stop float64) error {
	if !(start < stop) || math.IsInf(stop-start, 0) {
		return check.Errorf("start and stop", "= %v and %v make a window that is empty or not finite", start, stop)
	}
	return nil
}
