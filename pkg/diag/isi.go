package diag

import (
	"cmp"
	"fmt"
	"math"
)

// CV returns the coefficient of variation of intervals,
//
//	CV = √[1/(n − ddof) Σ (I_i − Ī)²] / Ī:
//
// 1 for a Poisson process, 1/√κ for a gamma process of shape κ, 0 for a clock.
// Slow changes of the rate raise it. ddof, 0 or 1, is how many degrees of freedom
// the mean has taken: Elephant divides by n (ddof = 0), by which few intervals
// give a value that is low, and MATLAB by n−1 (ddof = 1).
//
// The error wraps ErrShort for fewer than two intervals, ErrNonFinite, or
// ErrRange for another ddof, a negative interval or intervals that are all 0.
func CV(isi []float64, ddof int) (float64, error) {
	return ofIntervals(isi, func(a *Intervals) (float64, error) { return a.CV(ddof) })
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
func CV2(isi []float64) (float64, error) { return ofIntervals(isi, (*Intervals).CV2) }

// LV returns the local variation of intervals,
//
//	LV = 3/(n−1) Σ_{i<n} [(I_i − I_{i+1}) / (I_i + I_{i+1})]²:
//
// 1 for a Poisson process, 3/(2κ+1) for a gamma process of shape κ, 0 for a
// clock. The errors are those of [CV2].
//
// Source: Shinomoto, Shima and Tanji (2003).
func LV(isi []float64) (float64, error) { return ofIntervals(isi, (*Intervals).LV) }

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
	return ofIntervals(isi, func(a *Intervals) (float64, error) { return a.LvR(r) })
}

// ofIntervals returns a statistic of two intervals or more.
func ofIntervals(isi []float64, statistic func(a *Intervals) (float64, error)) (float64, error) {
	if err := checkSome("isi", isi, 2); err != nil {
		return 0, err
	}
	a := Intervals{spikes: 1, unit: scaleOf(isi), known: true}
	for i, v := range isi {
		if v < 0 {
			return 0, fmt.Errorf("diag: isi[%d] is %v; intervals must not be negative: %w", i, v, ErrRange)
		}
		a.add(math.Ldexp(v, -int(a.unit)))
	}
	return statistic(&a)
}

// Intervals accumulates the interval statistics of one neuron from its spikes
// as they come, in a fixed memory: one for each neuron of a network that runs
// too long to keep its events. The zero value is ready. Its statistics are
// those of the functions of the same names.
type Intervals struct {
	spikes        int
	last, isi     float64 // last spike, and interval before it, in the unit
	mean, sum2    float64 // of the intervals, in the unit
	cv2, lv, lvr4 float64 // sums over neighbours; lvr4 is the part times R
	unit          scale   // of the intervals, from the first that is not 0
	known         bool    // whether there was one
	err           error
	pairErr       error // of the sums over neighbours
}

// Add takes in the next spike. One that is not finite, or is before the last, is
// left out, and the statistics return an error. Of three spikes at one time CV2, LV
// and LvR return an error.
func (a *Intervals) Add(t float64) {
	isi := t - a.last
	switch {
	case t-t != 0:
		a.refuse("is not finite", t, ErrNonFinite)
		return
	case a.spikes == 0:
		a.last, a.spikes = t, 1
		return
	case isi < 0:
		a.refuse("is before the last", t, ErrRange)
		return
	case !a.known && isi > 0:
		a.known, a.unit = true, scaleOf([]float64{isi})
	}
	if a.unit != 0 {
		isi = math.Ldexp(isi, -int(a.unit))
	}
	if !(isi <= 0x1p480) {
		a.refuse("is too long after the last", t, ErrScale)
		return
	}
	a.last = t
	a.add(isi)
}

// add takes in an interval, in the unit.
func (a *Intervals) add(isi float64) {
	d := isi - a.mean
	a.mean += d / float64(a.spikes)
	a.sum2 += float64(d * (isi - a.mean))
	if sum := isi + a.isi; a.spikes > 1 && sum > 0 {
		q := (isi - a.isi) / sum // q² = 1 − 4 I I′/(I + I′)²
		a.cv2 += math.Abs(q)
		a.lv += float64(q * q)
		a.lvr4 += float64(q*q) / sum
	} else if a.spikes > 1 && a.pairErr == nil {
		a.pairErr = fmt.Errorf("diag: intervals %d and %d are both 0: %w", a.spikes-2, a.spikes-1, ErrRange)
	}
	a.spikes++
	a.isi = isi
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
	if err := a.check(1); err != nil {
		return 0, err
	}
	return a.unit.out(a.mean, 1)
}

// CV returns the coefficient of variation of the intervals.
func (a *Intervals) CV(ddof int) (float64, error) {
	if err := cmp.Or(checkCount("ddof", ddof, 0, 1), a.check(2)); err != nil {
		return 0, err
	}
	if a.mean == 0 {
		return 0, fmt.Errorf("diag: all %d intervals are 0: %w", a.spikes-1, ErrRange)
	}
	return math.Sqrt(a.sum2/float64(a.spikes-1-ddof)) / a.mean, nil
}

// CV2 returns the mean relative difference of neighbouring intervals.
func (a *Intervals) CV2() (float64, error) { return a.pairMean(2 * a.cv2) }

// LV returns the local variation of the intervals.
func (a *Intervals) LV() (float64, error) { return a.pairMean(3 * a.lv) }

// LvR returns the local variation revised for a refractory period.
func (a *Intervals) LvR(r float64) (float64, error) {
	if err := check.NonNegative("r", r, ""); err != nil {
		return 0, err
	}
	return a.pairMean(3 * (a.lv + float64(4*math.Ldexp(r, -int(a.unit))*a.lvr4)))
}

// pairMean returns the mean over neighbours, given the sum.
func (a *Intervals) pairMean(sum float64) (float64, error) {
	if err := cmp.Or(a.check(2), a.pairErr); err != nil {
		return 0, err
	}
	return representable(sum/float64(a.spikes-2), nil)
}

// representable returns an error that wraps ErrScale if v is infinite or NaN.
func representable(v float64, err error) (float64, error) {
	if err == nil && v-v != 0 {
		return 0, fmt.Errorf("diag: the result is: %w", ErrScale)
	}
	return v, err
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
