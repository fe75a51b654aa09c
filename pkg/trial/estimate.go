package trial

import (
	"fmt"
	"math"
	"slices"

	"natspike/pkg/stream"
)

// An Estimate is the mean of a number over independent repeats.
type Estimate struct {
	Mean   float64 // NaN without a repeat
	SD     float64 // standard deviation over repeats; NaN of fewer than two
	SE     float64 // standard error of the mean; NaN of fewer than two repeats
	Lo, Hi float64 // limits of the mean with 95 % confidence; NaN of fewer than eight repeats
	N      int     // repeats, without those in which the number is NaN
}

// String returns the mean with its standard error, such as "0.9851 ± 0.0050".
func (e Estimate) String() string {
	if !(e.SE > 0) || math.IsInf(e.SE, 0) {
		return fmt.Sprintf("%.4g", e.Mean)
	}
	digits := int(1 - math.Floor(math.Log10(e.SE)))
	if digits > 6 || digits < -3 {
		return fmt.Sprintf("%.3g ± %.1g", e.Mean, e.SE)
	}
	digits = max(digits, 0)
	return fmt.Sprintf("%.*f ± %.*f", digits, e.Mean, digits, e.SE)
}

const (
	resamples = 1000
	forBand   = 8 // repeats that a confidence interval needs

	bootstrapping stream.Purpose = 0x626f6f74 // purpose of the stream that resamples
)

// NewEstimate returns the estimate of the mean of x. Values that are NaN are left
// out. The limits are those of the percentile bootstrap: the 2.5 % and 97.5 %
// quantiles of the means of 1000 samples that are drawn from x with replacement.
// They are the same for the same x.
func NewEstimate(x []float64) Estimate {
	e := Estimate{Lo: math.NaN(), Hi: math.NaN()}
	x = slices.DeleteFunc(slices.Clone(x), math.IsNaN)
	e.N = len(x)
	e.Mean, e.SD = meanSD(x)
	e.SE = e.SD / math.Sqrt(float64(e.N))
	if e.N < forBand {
		return e
	}
	rng := stream.Key{Cell: uint64(e.N), Purpose: bootstrapping}.Rand()
	means := make([]float64, resamples)
	for b := range means {
		for range x {
			means[b] += x[rng.IntN(len(x))]
		}
		means[b] /= float64(len(x))
	}
	slices.Sort(means)
	e.Lo, e.Hi = means[resamples/40-1], means[resamples-resamples/40]
	return e
}
