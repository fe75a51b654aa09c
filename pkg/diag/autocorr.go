package diag

import (
	"cmp"
	"fmt"
)

// Autocovariance returns the autocovariance of x at lags 0 … maxLag,
//
//	c_t = (1/n) Σ_{i=1}^{n−t} (x_i − x̄)(x_{i+t} − x̄),
//
// by fast Fourier transform in O(n log n). The divisor n at every lag biases
// c_t towards zero by the factor (n−t)/n and keeps the sequence positive
// semi-definite.
//
// maxLag must be in [0, len(x)−1]. The error wraps ErrRange, ErrShort,
// ErrNonFinite or ErrScale.
func Autocovariance(x []float64, maxLag int) ([]float64, error) {
	unit, c, err := autocovariance(x, maxLag)
	if err != nil {
		return nil, err
	}
	for t, v := range c {
		if c[t], err = unit.out(v, 2); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// autocovariance returns the autocovariance in the square of the unit.
func autocovariance(x []float64, maxLag int) (scale, []float64, error) {
	if err := cmp.Or(checkSome("x", x, 1), checkCount("maxLag", maxLag, 0, len(x)-1)); err != nil {
		return 0, nil, err
	}
	unit := scaleOf(x)
	return unit, meanAutocovariance([][]float64{unit.in(x)}, maxLag), nil
}

// Autocorrelation returns the autocorrelation ρ_t = c_t/c_0 of x at lags
// 0 … maxLag, with c_t as in [Autocovariance]. If x is constant the error wraps
// ErrConstant.
//
// A lag at which the truth is zero has standard error about √(τ/n), τ being
// the autocorrelation time of x.
func Autocorrelation(x []float64, maxLag int) ([]float64, error) {
	unit, rho, err := autocovariance(x, maxLag)
	if err != nil {
		return nil, err
	}
	if constant([][]float64{unit.in(x)}) {
		return nil, fmt.Errorf("diag: all draws are %v: %w", x[0], ErrConstant)
	}
	c0 := rho[0]
	for t := range rho {
		rho[t] /= c0
	}
	return rho, nil
}

// AutocorrelationTime estimates the integrated autocorrelation time
//
//	τ = 1 + 2 Σ_{t≥1} ρ_t
//
// of a quantity from all its chains: n draws of a stationary chain give its
// mean as well as n/τ independent ones. ρ_t is averaged over chains, each about
// the mean of all, and the sum ends at the smallest lag M ≥ 5τ(M), Sokal's
// automatic window, which bounds its variance at the price of a bias of order
// e^{−5}. The estimate can be trusted once each chain is longer than about 50τ.
//
// [ESS] answers the same question by Geyer's monotone sequence. Sokal's window
// needs a single decay time; Geyer's, a reversible chain.
//
// Source: Sokal (1997), section 3; Goodman and Weare (2010) for the average over
// chains.
func AutocorrelationTime(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 {
		n := len(x[0])
		// About the mean of all: chains that disagree are then correlated at
		// every lag, as they should be.
		mu := mean(pool(x))
		c := autocovarianceAbout(x, n-1, func([]float64) float64 { return mu })
		tau := 1.0
		for t := 1; t < n; t++ {
			tau += 2 * c[t] / c[0]
			if float64(t) >= 5*tau {
				break
			}
		}
		return tau
	})
}

// meanAutocovariance returns the autocovariance at lags 0 … maxLag, each chain
// about its own mean, averaged over the chains.
func meanAutocovariance(chains [][]float64, maxLag int) []float64 {
	return autocovarianceAbout(chains, maxLag, mean)
}

// autocovarianceAbout sums the chains' power spectra, so that one inverse
// transform serves them all. Two chains x and y are transformed as one, x + iy:
// the real part of the inverse transform of |X + iY|² is the sum of their
// autocovariances.
func autocovarianceAbout(chains [][]float64, maxLag int, center func(x []float64) float64) []float64 {
	n := len(chains[0])
	f := newFFT(powerOfTwo(n + maxLag)) // zeros enough that no lag wraps around
	re, im := make([]float64, f.n), make([]float64, f.n)
	power := make([]float64, f.n)
	fill := func(dst, x []float64) {
		mu := center(x)
		for i, v := range x {
			dst[i] = v - mu
		}
		clear(dst[n:])
	}
	for k := 0; k < len(chains); k += 2 {
		fill(re, chains[k])
		if k+1 < len(chains) {
			fill(im, chains[k+1])
		} else {
			clear(im)
		}
		f.forward(re, im)
		for i, r := range re {
			power[i] += float64(r*r) + float64(im[i]*im[i])
		}
	}
	clear(im)
	f.inverse(power, im)
	c := power[:maxLag+1]
	scale := 1 / (float64(f.n) * float64(n) * float64(len(chains)))
	for t := range c {
		c[t] *= scale
	}
	return c
}
