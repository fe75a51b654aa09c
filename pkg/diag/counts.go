package diag

import (
	"fmt"
	"math"
)

// binTolerance is how close to the next bin, in bins, a spike or the end of the
// window may be to be taken to lie on its edge, as times that are multiples of
// a time step do but for rounding. It is Elephant's.
const binTolerance = 1e-8

// Counts returns the number of spikes in each bin of the given width,
// [start + k width, start + (k+1) width). What is left of the window after the
// last whole bin is not counted. The error wraps ErrRange if the width is not
// positive or the window holds no bin.
func (t Train) Counts(width float64) ([]int, error) {
	bins, err := t.bins(width)
	if err != nil {
		return nil, err
	}
	counts := make([]int, bins)
	for _, s := range t.times {
		if k := wholeBins((s - t.start) / width); k < bins {
			counts[k]++
		}
	}
	return counts, nil
}

// bins returns the number of whole bins in the window.
func (t Train) bins(width float64) (int, error) {
	if !(width > 0) || math.IsInf(width, 1) {
		return 0, fmt.Errorf("diag: bin width %v must be positive and finite: %w", width, ErrRange)
	}
	n := (t.stop - t.start) / width
	if n > math.MaxInt32 {
		return 0, fmt.Errorf("diag: bin width %v makes %v bins of the window [%v, %v): %w", width, n, t.start, t.stop, ErrRange)
	}
	bins := wholeBins(n)
	if bins < 1 {
		return 0, fmt.Errorf("diag: bin width %v is more than the window [%v, %v): %w", width, t.start, t.stop, ErrRange)
	}
	return bins, nil
}

// wholeBins returns ⌊x⌋, and ⌈x⌉ where that is within the tolerance.
func wholeBins(x float64) int { return int(math.Floor(x + binTolerance)) }

// sharedBins returns the number of bins of trains that must have one window.
func sharedBins(trains []Train, width float64) (int, error) {
	if len(trains) == 0 {
		return 0, fmt.Errorf("diag: no trains: %w", ErrShort)
	}
	a := trains[0]
	for i, b := range trains {
		if a.start != b.start || a.stop != b.stop {
			return 0, fmt.Errorf("diag: train %d has the window [%v, %v) and train 0 has [%v, %v): %w",
				i, b.start, b.stop, a.start, a.stop, ErrRagged)
		}
	}
	return a.bins(width)
}

// Fano returns the Fano factor of spike counts: of one neuron over trials, or
// in successive windows of one train ([Train.Counts]),
//
//	F = (1/n) Σ (N_i − N̄)² / N̄:
//
// 1 for a Poisson process at any window; it tends to CV² in long windows of a
// renewal process. The divisor is n, as Elephant's, so that its expectation
// for a Poisson process is (n−1)/n.
//
// The error wraps ErrShort for fewer than two counts, and ErrRange for a
// negative count or if there are no spikes.
func Fano(counts []int) (float64, error) {
	if len(counts) < 2 {
		return 0, fmt.Errorf("diag: %d counts, 2 are needed: %w", len(counts), ErrShort)
	}
	x := make([]float64, len(counts))
	for i, c := range counts {
		if c < 0 {
			return 0, fmt.Errorf("diag: counts[%d] is %d; counts must not be negative: %w", i, c, ErrRange)
		}
		x[i] = float64(c)
	}
	mu, v := meanVar(x)
	if mu == 0 {
		return 0, fmt.Errorf("diag: all %d counts are 0: %w", len(counts), ErrRange)
	}
	n := float64(len(counts))
	return v * (n - 1) / n / mu, nil
}

// PSTH returns the peri-stimulus time histogram of trials of one neuron, all in
// one window: the mean rate, in spikes per unit of time, in each bin of the
// given width, as [Train.Counts] makes them. Of the trains of many neurons in
// one trial it is the population rate.
//
// The error wraps ErrShort without trains, ErrRagged if windows differ, and
// ErrRange as Counts does.
func PSTH(trains []Train, width float64) ([]float64, error) {
	bins, err := sharedBins(trains, width)
	if err != nil {
		return nil, err
	}
	rate := make([]float64, bins)
	for _, t := range trains {
		for _, s := range t.times {
			if k := wholeBins((s - t.start) / width); k < bins {
				rate[k]++
			}
		}
	}
	for k := range rate {
		rate[k] /= float64(len(trains)) * width
	}
	return rate, nil
}
