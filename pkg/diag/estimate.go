package diag

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// An Estimate is the mean of a quantity over independent repeats, and how well
// they determine it.
type Estimate struct {
	Mean   float64
	SD     float64 // standard deviation over repeats, with divisor N−1; +Inf of one repeat
	SE     float64 // standard error of Mean, SD/√N
	Lo, Hi float64 // a 95 % confidence interval of Mean; −Inf and +Inf if there are fewer repeats than MinRepeats
	N      int     // repeats
}

// MinRepeats is the smallest number of repeats that are given a confidence
// interval. Of fewer, resampling makes intervals that are far too short: of 8
// normal values the 95 % interval has the mean in it in 89 % of cases, of 4 in 80 %
// and of 2 in 50 %.
const MinRepeats = 8

// Bounded reports whether there are repeats enough for a confidence interval.
func (e Estimate) Bounded() bool { return e.N >= MinRepeats }

// String returns the mean and its standard error, with two digits of the error,
// and the interval or why there is none.
func (e Estimate) String() string {
	d := decimals(e.SE)
	s := fixed(e.Mean, d)
	switch {
	case e.N < 2:
		return s + " (one repeat)"
	case !e.Bounded():
		return fmt.Sprintf("%s ± %s (%d repeats, too few for an interval)", s, fixed(e.SE, d), e.N)
	}
	return fmt.Sprintf("%s ± %s (95 %%: %s to %s, %d repeats)", s, fixed(e.SE, d), fixed(e.Lo, d), fixed(e.Hi, d), e.N)
}

// Text returns the mean and its standard error with so many digits after the
// point, such as "2.46 ± 0.03". Fewer than no digits are none.
func (e Estimate) Text(digits int) string {
	d := max(digits, 0)
	return fmt.Sprintf("%.*f ± %.*f", d, e.Mean, d, e.SE)
}

// MeanSD returns the mean of x and its standard deviation with divisor n − ddof,
// ddof being 0 or 1, added up in order. The error wraps ErrShort if there are not
// more than ddof values, ErrNonFinite, ErrRange or ErrScale.
func MeanSD(x []float64, ddof int) (mean, sd float64, err error) {
	if err := cmp.Or(checkCount("ddof", ddof, 0, 1), checkSome("x", x, 1+ddof)); err != nil {
		return 0, 0, err
	}
	unit := scaleOf(x)
	mean, squares := meanSquares(unit.in(x))
	sd = math.Sqrt(squares / float64(len(x)-ddof))
	if err := unit.restore(&mean, &sd); err != nil {
		return 0, 0, err
	}
	return mean, sd, nil
}

// A Bootstrap resamples repeats with replacement, to find how much their mean
// varies. Its draws are a function of its key, so that the columns of a table, or
// the points of a curve, that are given the same Bootstrap are resampled as
// wholes.
type Bootstrap struct {
	repeats int
	counts  [][]float64 // how often each repeat is in each resample
}

// Resamples is the usual number of resamples, by which the ends of an interval
// are known to a few hundredths of its length.
const Resamples = 2000

// NewBootstrap returns a bootstrap of so many repeats. The error wraps ErrRange
// unless there are at least one repeat and one resample, and at most 2²⁴ of their
// product.
func NewBootstrap(repeats, resamples int, key stream.Key) (*Bootstrap, error) {
	if err := cmp.Or(checkCount("repeats", repeats, 1, maxBins), checkCount("resamples", resamples, 1, maxBins/max(repeats, 1))); err != nil {
		return nil, err
	}
	b := &Bootstrap{repeats: repeats, counts: make([][]float64, resamples)}
	rng := key.Rand()
	for i := range b.counts {
		b.counts[i] = make([]float64, repeats)
		for range repeats {
			b.counts[i][rng.IntN(repeats)]++
		}
	}
	return b, nil
}

// Mean returns the mean of x, one value of each repeat, its standard error
// sd/√n, and its 95 % confidence interval by the percentile method. A repeat
// whose x is NaN, which stands for a value that does not exist, is left out. It
// panics if len(x) is not the number of repeats. The error wraps ErrShort if no
// value exists, ErrNonFinite or ErrScale.
//
// Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter
// 13.
func (b *Bootstrap) Mean(x []float64) (Estimate, error) {
	check.Length("x", x, b.repeats)
	var kept []float64
	exists := make([]float64, len(x)) // 1 or 0
	for i, v := range x {
		if !math.IsNaN(v) {
			kept, exists[i] = append(kept, v), 1
		}
	}
	if err := checkSome("x", kept, 1); err != nil {
		return Estimate{}, err
	}
	unit := scaleOf(kept)
	kept = unit.in(kept)
	m, squares := meanSquares(kept)
	n := float64(len(kept))
	e := Estimate{Mean: m, SD: math.Inf(1), SE: math.Inf(1), Lo: math.Inf(-1), Hi: math.Inf(1), N: len(kept)}
	if e.N > 1 {
		e.SD = math.Sqrt(squares / (n - 1))
		e.SE = e.SD / math.Sqrt(n)
	}
	if e.Bounded() {
		deviation := make([]float64, len(x)) // 0 of a value that does not exist
		for i := range x {
			if exists[i] == 1 {
				deviation[i], kept = kept[0]-m, kept[1:]
			}
		}
		means := make([]float64, 0, len(b.counts))
		for _, counts := range b.counts {
			if n := portable.Dot(counts, exists); n > 0 {
				means = append(means, portable.Dot(counts, deviation)/n)
			}
		}
		slices.Sort(means)
		e.Lo, e.Hi = m+quantile(means, 0.025), m+quantile(means, 0.975)
	}
	if err := unit.restore(&e.Mean, &e.SD, &e.SE, &e.Lo, &e.Hi); err != nil {
		return Estimate{}, err
	}
	return e, nil
}
