package diag

import "math"

// RHat returns the rank-normalised split R̂, the larger of that for the bulk
// and that for the tails. Values below 1.01 are compatible with chains that
// have mixed. +Inf means that each chain is stuck at one value.
//
// With each chain split in half into m chains of n draws, W the mean of their
// variances and B/n the variance of their means,
//
//	R̂ = √[((n−1)/n W + B/n) / W]
//
// is computed of the rank-normalised draws, and of the rank-normalised
// distances |x − median|, which sees chains that agree on the location and not
// on the scale. When these distances are all equal, as for a binary quantity,
// the bulk alone counts. One chain is allowed; only its halves are then
// compared.
//
// Source: Vehtari et al. (2021), sections 3.1, 4.1 and 4.2. It is ArviZ's
// method "rank".
func RHat(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 {
		halves := split(x)
		z, sorted := rankNormalize(halves)
		return rankRHat(halves, z, sorted)
	})
}

// RHatSplit returns the split R̂ of the draws themselves: for comparison with
// older work, and with [Batches], which cannot rank. It needs a finite
// variance and does not see a difference in scale.
//
// Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 11.4.
// It is ArviZ's method "split".
func RHatSplit(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 { return rhat(split(x)) })
}

// rankRHat returns the rank-normalised R̂ of halves, z being their rank-
// normalised values and sorted all their draws in order.
func rankRHat(halves, z [][]float64, sorted []float64) float64 {
	bulk := rhat(z)
	folded := fold(halves, sorted)
	if constant(folded) {
		return bulk
	}
	z, _ = rankNormalize(folded)
	return max(bulk, rhat(z))
}

// rhat returns √[((n−1)/n W + B/n)/W] of chains as they are. The draws are not
// all equal, so that if W is 0 then B is not.
func rhat(chains [][]float64) float64 {
	within, between := pooledVariances(chains)
	return rhatFrom(within, between, len(chains[0]))
}

func rhatFrom(within, between float64, n int) float64 {
	if within == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(between/within + float64(n-1)/float64(n))
}
