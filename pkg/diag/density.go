package diag

import (
	"cmp"
	"fmt"
	"math"

	"natspike/pkg/internal/portable"
)

// HistogramEdges returns the edges of equal bins over the samples, in ascending
// order. The bins are as wide as Freedman and Diaconis (1981) say, 2·IQR·n^(−1/3),
// but there are from 10 to 80 of them, and fewer if the samples are so close
// together that floating-point numbers between them do not suffice. Samples that
// are all equal are in the middle of one bin, whose width is 1 or, for large ones,
// a few units in the last place.
//
// The error wraps ErrShort, ErrNonFinite, or ErrScale if an edge is beyond the
// range of floating-point numbers.
func HistogramEdges(samples []float64) ([]float64, error) {
	if err := checkSome("samples", samples, 1); err != nil {
		return nil, err
	}
	unit := scaleOf(samples)
	s := sorted(unit.in(samples))
	lo, hi := s[0], s[len(s)-1]
	bins := 80.0
	if lo == hi {
		half := max(0.5, 2*ulp(samples[0]))
		unit, lo, hi, bins = 0, samples[0]-half, samples[0]+half, 1
	} else {
		iqr := quantile(s, 0.75) - quantile(s, 0.25)
		if width := 2 * iqr / cubeRoot(float64(len(s))); width > 0 {
			bins = min(max(math.Ceil((hi-lo)/width), 10), 80)
		}
		// Each bin is at least four units in the last place wide.
		bins = max(min(bins, math.Floor((hi-lo)/(4*max(ulp(lo), ulp(hi))))), 1)
	}
	edges := make([]float64, int(bins)+1)
	for i := range edges {
		edges[i] = lo + float64((hi-lo)*float64(i))/bins
	}
	edges[len(edges)-1] = hi
	for i, e := range edges {
		edges[i] = math.Ldexp(e, int(unit))
		if math.IsInf(edges[i], 0) || i > 0 && edges[i] <= edges[i-1] {
			return nil, fmt.Errorf("diag: bins for samples about %v: %w", samples[0], ErrScale)
		}
	}
	return edges, nil
}

// ulp returns the distance from |x| to the next larger number.
func ulp(x float64) float64 {
	x = math.Abs(x)
	return math.Nextafter(x, math.Inf(1)) - x
}

func cubeRoot(x float64) float64 { return portable.Exp(portable.Log(x) / 3) }

// KernelDensity estimates the density of samples at as many equally spaced
// points, which reach three bandwidths beyond the samples on either side:
//
//	f(x) = 1/(n h) Σ_i φ((x − x_i)/h),   h = 0.9 min(sd, IQR/1.34) n^(−1/5),
//
// with φ the standard normal density, and h by Silverman (1986), eq. 3.31, with
// the standard deviation alone if the interquartile range is 0. Samples are first
// shared between the two nearest of 2048 places, so that the cost does not grow
// with their number. Samples that are equal, or so to within rounding, become a
// bump whose h is a tenth of their magnitude, or of 1 if that is more.
//
// points must be in [2, 2²⁴]. The error wraps ErrShort, ErrNonFinite, ErrRange, or
// ErrScale if a point or the density there is beyond the range of floating-point
// numbers.
func KernelDensity(samples []float64, points int) (x, density []float64, err error) {
	if err := cmp.Or(checkCount("points", points, 2, maxBins), checkSome("samples", samples, 1)); err != nil {
		return nil, nil, err
	}
	unit := scaleOf(samples)
	s := sorted(unit.in(samples))
	n := float64(len(s))
	lo, hi := s[0], s[len(s)-1]
	largest := max(math.Abs(lo), math.Abs(hi))
	h := 0.0
	if hi > lo {
		_, v := meanVar(s)
		h = math.Sqrt(v)
		if iqr := (quantile(s, 0.75) - quantile(s, 0.25)) / 1.34; iqr > 0 {
			h = min(h, iqr)
		}
		h *= 0.9 * portable.Exp(-portable.Log(n)/5)
	}
	const places = 2048
	if (hi-lo+float64(6*h))/places < 4*ulp(largest) || h == 0 {
		if unit < 0 { // beside a bump of that width
			unit, s = 0, sorted(samples)
			lo, hi = s[0], s[len(s)-1]
		}
		h = 0.1 * max(largest, math.Ldexp(1, -int(unit)))
	}
	lo, hi = lo-float64(3*h), hi+float64(3*h)
	step := (hi - lo) / (places - 1)
	mass := make([]float64, places)
	for _, v := range s {
		f := (v - lo) / step
		i := min(int(f), places-2)
		t := f - float64(i)
		mass[i] += (1 - t) / n
		mass[i+1] += t / n
	}
	x, density = make([]float64, points), make([]float64, points)
	reach := int(math.Ceil(5*h/step)) + 1
	for k := range x {
		at := lo + float64((hi-lo)*float64(k))/float64(points-1)
		mid := int((at - lo) / step)
		var sum float64
		for i := max(0, mid-reach); i <= min(places-1, mid+reach); i++ {
			if mass[i] > 0 {
				z := (at - lo - float64(float64(i)*step)) / h
				sum += float64(mass[i] * portable.Exp(-float64(z*z)/2))
			}
		}
		x[k] = math.Ldexp(at, int(unit))
		density[k] = math.Ldexp(sum/(h*rootTwoPi), -int(unit))
		if math.IsInf(x[k], 0) || math.IsInf(density[k], 0) {
			return nil, nil, fmt.Errorf("diag: the density of samples between %v and %v: %w",
				math.Ldexp(s[0], int(unit)), math.Ldexp(s[len(s)-1], int(unit)), ErrScale)
		}
	}
	return x, density, nil
}
