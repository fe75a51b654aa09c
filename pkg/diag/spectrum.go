package diag

import (
	"cmp"
	"math"

	"natspike/pkg/internal/portable"
)

// A Spectrum is an estimate of a power spectral density.
type Spectrum struct {
	Frequency []float64 // from 1/(length·dt) to 1/(2dt), equally spaced
	Density   []float64 // one-sided, in the square of the unit of the series per unit of frequency
	SE        []float64 // standard error of Density, for a series that is nearly Gaussian
	Segments  int       // K, over which Density is averaged
}

// PowerSpectrum estimates the one-sided power spectral density of a series x with
// a value each dt, by Welch's method: it is cut into K segments of the given
// length that overlap by half, and with x̄ its mean and w Hann's window,
//
//	S(f) = (2dt/Σw²) (1/K) Σ_segments |Σ_t w_t (x_t − x̄) exp(−2πi f t dt)|²,
//
// without the factor 2 at the highest frequency, 1/(2dt). The integral of S over
// all frequencies is the variance of the series. White noise of variance σ² has
// S = 2σ²dt. For a spike train, give the counts in bins of dt divided by dt: a
// Poisson process of rate r has S = 2r.
//
// The standard error is S √[(1 + (K−1)/(18K))/K], in which 1/18 is twice the squared
// correlation of segments that overlap by half, and √2 of that at the highest
// frequency. Peaks narrower than 2/(length·dt) are smeared to that width.
//
// length must be a power of two of at least 8 and at most len(x), or else the error
// wraps ErrRange. It can also wrap ErrShort, ErrNonFinite or ErrScale.
//
// Source: Welch (1967), IEEE Trans. Audio and Electroacoustics 15:70.
func PowerSpectrum(x []float64, dt float64, length int) (Spectrum, error) {
	if err := cmp.Or(check.Positive("dt", dt, ""), checkSome("x", x, 8)); err != nil {
		return Spectrum{}, err
	}
	if length < 8 || length > len(x) || length&(length-1) != 0 {
		return Spectrum{}, check.Errorf("length", "= %d is not a power of two in [8, %d], the length of the series", length, len(x))
	}
	unit := scaleOf(x)
	x = unit.in(x)
	mu := mean(x)
	window := make([]float64, length)
	norm := 0.0
	for t := range window {
		_, c := portable.SinCosPi(float64(2*t) / float64(length))
		window[t] = (1 - c) / 2
		norm += float64(window[t] * window[t])
	}
	f := newFFT(length)
	re, im := make([]float64, length), make([]float64, length)
	s := Spectrum{
		Frequency: make([]float64, length/2),
		Density:   make([]float64, length/2),
		SE:        make([]float64, length/2),
	}
	for from := 0; from+length <= len(x); from += length / 2 {
		for t, w := range window {
			re[t] = w * (x[from+t] - mu)
		}
		clear(im)
		f.forward(re, im)
		for k := range s.Density {
			at := f.place(k + 1)
			s.Density[k] += float64(re[at]*re[at]) + float64(im[at]*im[at])
		}
		s.Segments++
	}
	n := float64(s.Segments)
	relative := math.Sqrt((1 + (n-1)/(18*n)) / n)
	for k, p := range s.Density {
		s.Frequency[k] = float64(k+1) / float64(length) / dt
		factor := 2.0
		if k+1 == length/2 {
			factor, relative = 1, relative*math.Sqrt2
		}
		d, err := representable(unit.out(factor*dt*p/norm/n, 2))
		if err != nil {
			return Spectrum{}, err
		}
		s.Density[k], s.SE[k] = d, d*relative
	}
	return s, nil
}
