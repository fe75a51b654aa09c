package diag

import (
	"fmt"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Autocovariance returns the autocovariance of x at lags 0 … maxLag,
//
//	c_t = (1/n) Σ_{i=1}^{n−t} (x_i − x̄)(x_{i+t} − x̄),
//
// by fast Fourier transform in O(n log n). The divisor n at every lag biases
// c_t towards zero by the factor (n−t)/n and keeps the sequence positive
// semi-definite.
//
// maxLag must be in [0, len(x)−1]. The error wraps ErrRange, ErrShort or
// ErrNonFinite.
func Autocovariance(x []float64, maxLag int) ([]float64, error) {
	if len(x) == 0 {
		return nil, fmt.Errorf("diag: autocovariance of nothing: %w", ErrShort)
	}
	if maxLag < 0 || maxLag >= len(x) {
		return nil, fmt.Errorf("diag: lag %d is outside [0, %d] for %d draws: %w", maxLag, len(x)-1, len(x), ErrRange)
	}
	if err := checkFinite("x", x); err != nil {
		return nil, err
	}
	return meanAutocovariance([][]float64{x}, maxLag), nil
}

// Autocorrelation returns the autocorrelation ρ_t = c_t/c_0 of x at lags
// 0 … maxLag, with c_t as in [Autocovariance]. If x is constant the error wraps
// ErrConstant.
//
// A lag at which the truth is zero has standard error about √(τ/n), τ being
// the autocorrelation time of x.
func Autocorrelation(x []float64, maxLag int) ([]float64, error) {
	rho, err := Autocovariance(x, maxLag)
	if err != nil {
		return nil, err
	}
	if constant([][]float64{x}) {
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
// e^{−5}. It is to be trusted once each chain is longer than about 50τ.
//
// [ESS] answers the same question by Geyer's monotone sequence. Sokal's window
// needs a single decay time; Geyer's, a reversible chain.
//
// Source: Sokal (1997), section 3; Goodman and Weare (2010) for the average over
// chains.
func AutocorrelationTime(chains [][]float64) (float64, error) {
	if err := check(chains); err != nil {
		return 0, err
	}
	n := len(chains[0])
	// About the mean of all: chains that disagree are then correlated at
	// every lag, as they should be.
	mu := mean(pool(chains))
	c := autocovarianceAbout(chains, n-1, func([]float64) float64 { return mu })
	tau := 1.0
	for t := 1; t < n; t++ {
		tau += 2 * c[t] / c[0]
		if float64(t) >= 5*tau {
			break
		}
	}
	return tau, nil
}

// meanAutocovariance returns the autocovariance at lags 0 … maxLag, each chain
// about its own mean, averaged over the chains.
func meanAutocovariance(chains [][]float64, maxLag int) []float64 {
	return autocovarianceAbout(chains, maxLag, mean)
}

// autocovarianceAbout sums the chains' power spectra, so that one inverse
// transform serves them all.
func autocovarianceAbout(chains [][]float64, maxLag int, center func(x []float64) float64) []float64 {
	n := len(chains[0])
	m := fastLength(n + maxLag) // zeros enough that no lag wraps around
	fft := fourier.NewFFT(m)
	padded := make([]float64, m)
	power := make([]complex128, m/2+1)
	coeff := make([]complex128, m/2+1)
	for _, x := range chains {
		mu := center(x)
		for i, v := range x {
			padded[i] = v - mu
		}
		clear(padded[n:])
		fft.Coefficients(coeff, padded)
		for k, a := range coeff {
			power[k] += a * cmplx.Conj(a)
		}
	}
	c := fft.Sequence(padded, power)[:maxLag+1]
	scale := 1 / (float64(m) * float64(n) * float64(len(chains)))
	for t := range c {
		c[t] *= scale
	}
	return c
}

// fastLength returns the smallest even number of the form 2ᵃ3ᵇ5ᶜ that is at
// least n.
func fastLength(n int) int {
	best := 2
	for best < n {
		best *= 2
	}
	for p5 := 1; p5 < best; p5 *= 5 {
		for p3 := p5; p3 < best; p3 *= 3 {
			m := 2 * p3
			for m < n {
				m *= 2
			}
			best = min(best, m)
		}
	}
	return best
}
