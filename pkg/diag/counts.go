package diag

import (
	"cmp"
	"fmt"
	"math"
)

// binTolerance is how close to the next bin, in bins, a spike or the end of the
// window may be to be taken to lie on its edge, as times that are multiples of
// a time step do but for rounding. It is Elephant's.
const binTolerance = 1e-8

// Counts returns the number of spikes in each bin of the given width,
// [start + k width, start + (k+1) width). The rest of the window after the last
// whole bin is not counted. The error wraps ErrRange if the width is not
// positive or the window holds no bin.
func (t Train) Counts(width float64) ([]int, error) {
	bins, err := t.bins(width)
	if err != nil {
		return nil, err
	}
	counts := make([]int, bins)
	for _, e := range t.binned(width, bins) {
		counts[e.bin] = int(e.count)
	}
	return counts, nil
}

// bins returns the number of whole bins in the window.
func (t Train) bins(width float64) (int, error) {
	if err := check.Positive("width", width, ""); err != nil {
		return 0, err
	}
	n := (t.stop - t.start) / width
	if n > maxBins {
		return 0, check.Errorf("width", "= %v makes %.3g bins of the window [%v, %v); %d are the most", width, n, t.start, t.stop, maxBins)
	}
	bins := wholeBins(n)
	if bins < 1 {
		return 0, check.Errorf("width", "= %v, of a bin, is more than the window [%v, %v)", width, t.start, t.stop)
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
//	F = 1/(n − ddof) Σ (N_i − N̄)² / N̄:
//
// 1 for a Poisson process at any window; it tends to CV² in long windows of a
// renewal process. ddof, 0 or 1, is how many degrees of freedom the mean has
// taken. With 0, as in Elephant, its expectation for a Poisson process is (n−1)/n.
//
// The error wraps ErrShort for fewer than two counts, and ErrRange for another
// ddof, for a negative count or if there are no spikes.
func Fano(counts []int, ddof int) (float64, error) {
	if len(counts) < 2 {
		return 0, fmt.Errorf("diag: %d counts, 2 are needed: %w", len(counts), ErrShort)
	}
	if err := checkCount("ddof", ddof, 0, 1); err != nil {
		return 0, err
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
	return v * (n - 1) / (n - float64(ddof)) / mu, nil
}

// PSTH returns the peri-stimulus time histogram of trials of one neuron, all in
// one window: the mean rate, in spikes per unit of time, in each bin of the
// given width, as [Train.Counts] makes them.
//
// The error wraps ErrShort without trains, ErrRagged if windows differ, and
// ErrRange as Counts does.
func PSTH(trains []Train, width float64) ([]float64, error) {
	if _, err := sharedBins(trains, width); err != nil {
		return nil, err
	}
	var times []float64
	for _, t := range trains {
		times = append(times, t.times...)
	}
	return PopulationRate(times, len(trains), trains[0].start, trains[0].stop, width)
}

// PopulationRate returns the spikes of the given number of neurons in each bin of
// the window [start, stop), divided by the neurons and the width of a bin: their
// mean rate over time. Spikes come in any order; those outside the window are left
// out. The bins are those of [Train.Counts].
//
// The error wraps ErrNonFinite for a time, and ErrRange for no neurons or as
// Counts does.
func PopulationRate(times []float64, neurons int, start, stop, width float64) ([]float64, error) {
	if err := cmp.Or(check.AtLeast("neurons", neurons, 1), checkWindow(start, stop), checkFinite("times", times)); err != nil {
		return nil, err
	}
	bins, err := Train{nil, start, stop}.bins(width)
	if err != nil {
		return nil, err
	}
	rate := make([]float64, bins)
	for _, t := range times {
		if t < start || t >= stop {
			continue
		}
		if k := wholeBins((t - start) / width); k < bins {
			rate[k]++
		}
	}
	for k := range rate {
		rate[k] /= float64(neurons) * width
	}
	return rate, nil
}
