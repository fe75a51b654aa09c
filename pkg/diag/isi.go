package diag

import (
	"fmt"
	"math"
)

// CV returns the coefficient of variation of intervals,
//
//	CV = √[(1/n) Σ (I_i − Ī)²] / Ī:
//
// 1 for a Poisson process, 1/√κ for a gamma process of shape κ, 0 for a clock.
// Slow changes of the rate raise it. The divisor is n, as Elephant's, so that
// few intervals give a value that is low.
//
// The error wraps ErrShort for fewer than two intervals, ErrNonFinite, or
// ErrRange for a negative one or for intervals that are all 0.
func CV(isi []float64) (float64, error) {
	if err := checkIntervals(isi); err != nil {
		return 0, err
	}
	mu, v := meanVar(isi)
	if mu == 0 {
		return 0, fmt.Errorf("diag: all %d intervals are 0: %w", len(isi), ErrRange)
	}
	n := float64(len(isi))
	return math.Sqrt(v*(n-1)/n) / mu, nil
}

// CV2 returns the mean relative difference of neighbouring intervals,
//
//	CV2 = 1/(n−1) Σ_{i<n} 2|I_i − I_{i+1}| / (I_i + I_{i+1}):
//
// 1 for a Poisson process, 4^{1−κ}/(κ B(κ,κ)) for a gamma process of shape κ, 0
// for a clock. Being local it is little changed by slow changes of the rate.
//
// The errors are those of [CV], with ErrRange if two neighbours are both 0.
//
// Source: Holt, Softky, Koch and Douglas (1996).
func CV2(isi []float64) (float64, error) {
	return pairMean(isi, func(sum, diff float64) float64 { return 2 * math.Abs(diff) / sum })
}

// LV returns the local variation of intervals,
//
//	LV = 3/(n−1) Σ_{i<n} [(I_i − I_{i+1}) / (I_i + I_{i+1})]²:
//
// 1 for a Poisson process, 3/(2κ+1) for a gamma process of shape κ, 0 for a
// clock. The errors are those of [CV2].
//
// Source: Shinomoto, Shima and Tanji (2003).
func LV(isi []float64) (float64, error) {
	return LvR(isi, 0)
}

// LvR returns the local variation revised for a refractory period R ≥ 0, in
// the unit of the intervals (5 ms is customary),
//
//	LvR = 3/(n−1) Σ_{i<n} [1 − 4 I_i I_{i+1}/(I_i + I_{i+1})²] [1 + 4R/(I_i + I_{i+1})].
//
// LvR at R = 0 is [LV]. The errors are those of CV2, with ErrRange for a
// negative R.
//
// Source: Shinomoto et al. (2009).
func LvR(isi []float64, r float64) (float64, error) {
	if !(r >= 0) || math.IsInf(r, 1) {
		return 0, fmt.Errorf("diag: refractory period %v must be finite and at least 0: %w", r, ErrRange)
	}
	return pairMean(isi, func(sum, diff float64) float64 {
		q := diff / sum // q² = 1 − 4 I I′/(I + I′)²
		return 3 * q * q * (1 + 4*r/sum)
	})
}

// pairMean averages f of the sum and the difference of neighbours.
func pairMean(isi []float64, f func(sum, diff float64) float64) (float64, error) {
	if err := checkIntervals(isi); err != nil {
		return 0, err
	}
	var total float64
	for i, next := range isi[1:] {
		sum := isi[i] + next
		if sum == 0 {
			return 0, fmt.Errorf("diag: intervals %d and %d are both 0: %w", i, i+1, ErrRange)
		}
		total += f(sum, isi[i]-next)
	}
	return total / float64(len(isi)-1), nil
}

func checkIntervals(isi []float64) error {
	if len(isi) < 2 {
		return fmt.Errorf("diag: %d intervals, 2 are needed: %w", len(isi), ErrShort)
	}
	if err := checkFinite("isi", isi); err != nil {
		return err
	}
	for i, v := range isi {
		if v < 0 {
			return fmt.Errorf("diag: isi[%d] is %v; intervals must not be negative: %w", i, v, ErrRange)
		}
	}
	return nil
}

// Intervals accumulates the interval statistics of one neuron from its spikes
// as they come, in a fixed memory: one for each neuron of a network that runs
// too long to keep its events. The zero value is ready. Its statistics are
// those of the functions of the same names.
type Intervals struct {
	spikes        int
	last, isi     float64 // last spike, and interval before it
	mean, sum2    float64 // of the intervals
	cv2, lv, lvr4 float64 // sums over neighbours; lvr4 is the part times R
	err           error
}

// Add takes in the next spike. One that is not finite, is before the last, or
// is the third at one time is left out, and the statistics return an error that
// tells of it.
func (a *Intervals) Add(t float64) {
	switch {
	case t-t != 0:
		a.refuse("is not finite", t, ErrNonFinite)
		return
	case a.spikes > 0 && t < a.last:
		a.refuse("is before the last", t, ErrRange)
		return
	case a.spikes > 1 && t == a.last && a.isi == 0:
		a.refuse("is the third of its time", t, ErrRange)
		return
	}
	a.spikes++
	if a.spikes > 1 {
		isi := t - a.last
		d := isi - a.mean
		a.mean += d / float64(a.spikes-1)
		a.sum2 += float64(d * (isi - a.mean))
		if a.spikes > 2 {
			sum := isi + a.isi
			q := (isi - a.isi) / sum
			a.cv2 += 2 * math.Abs(q)
			a.lv += 3 * float64(q*q)
			a.lvr4 += 3 * float64(q*q) * (4 / sum)
		}
		a.isi = isi
	}
	a.last = t
}

func (a *Intervals) refuse(why string, t float64, kind error) {
	if a.err == nil {
		a.err = fmt.Errorf("diag: spike %d at %v %s: %w", a.spikes, t, why, kind)
	}
}

// Spikes returns the number of spikes taken in.
func (a *Intervals) Spikes() int { return a.spikes }

// Mean returns the mean interval.
func (a *Intervals) Mean() (float64, error) {
	return a.mean, a.check(1)
}

// CV returns the coefficient of variation of the intervals.
func (a *Intervals) CV() (float64, error) {
	if err := a.check(2); err != nil {
		return 0, err
	}
	return math.Sqrt(a.sum2/float64(a.spikes-1)) / a.mean, nil
}

// CV2 returns the mean relative difference of neighbouring intervals.
func (a *Intervals) CV2() (float64, error) { return a.pairMean(a.cv2) }

// LV returns the local variation of the intervals.
func (a *Intervals) LV() (float64, error) { return a.pairMean(a.lv) }

// LvR returns the local variation revised for a refractory period.
func (a *Intervals) LvR(r float64) (float64, error) {
	if !(r >= 0) || math.IsInf(r, 1) {
		return 0, fmt.Errorf("diag: refractory period %v must be finite and at least 0: %w", r, ErrRange)
	}
	return a.pairMean(a.lv + float64(r*a.lvr4))
}

func (a *Intervals) pairMean(sum float64) (float64, error) {
	if err := a.check(2); err != nil {
		return 0, err
	}
	return sum / float64(a.spikes-2), nil
}

// check returns an error unless all spikes were good and there are the given
// number of intervals.
func (a *Intervals) check(intervals int) error {
	if a.err != nil {
		return a.err
	}
	if n := max(a.spikes-1, 0); n < intervals {
		return fmt.Errorf("diag: %d intervals, %d are needed: %w", n, intervals, ErrShort)
	}
	return nil
}
