package diag

import (
	"math"

	"natspike/pkg/internal/portable"
)

// ESS returns the effective sample size for the mean of a quantity: the number
// S_eff of independent draws whose mean would have the same variance,
//
//	S_eff = m n / τ̂,   τ̂ = −1 + 2 Σ_k P̂_k,   P̂_k = ρ̂_{2k} + ρ̂_{2k+1},
//
// where each of the m chains of n draws is half of one given, and
//
//	ρ̂_t = 1 − (W − c̄_t)/V̂,   V̂ = W(n−1)/n + B/n,
//
// joins the chains' mean autocovariance c̄_t with their within- and
// between-chain variances W and B/n, so that chains that disagree are worth
// few draws. The sum is Geyer's initial monotone sequence: it ends before the
// first P̂_k ≤ 0, and P̂_k is at most P̂_{k−1}. τ̂ is at least 1/log₁₀(mn), which
// bounds what antithetic chains can claim.
//
// It is for the mean only: [ESSBulk] and [ESSTail] tell more about whether the
// chains can be trusted.
//
// Source: Vehtari et al. (2021), section 3.2; Geyer (1992), section 3.3. It is
// ArviZ's method "mean".
func ESS(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 { return ess(split(x)) })
}

// ESSBulk returns the effective sample size of rank-normalised draws. It measures
// how well the bulk of the distribution is explored, and exists also where the
// mean and the variance do not. Vehtari et al. (2021) ask for at least 100 for each
// chain.
//
// Source: Vehtari et al. (2021), section 4.1. It is ArviZ's method "bulk".
func ESSBulk(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 {
		z, _ := rankNormalize(split(x))
		return ess(z)
	})
}

// ESSTail returns the smaller of the effective sample sizes for the 5 % and
// the 95 % quantile.
//
// Source: Vehtari et al. (2021), section 4.3. It is ArviZ's method "tail".
func ESSTail(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 { return essTail(x, sorted(pool(x))) })
}

// ESSQuantile returns the effective sample size for the p-quantile q, which is
// the effective sample size of the indicator x ≤ q. If all draws lie on one side of
// q, as they can when many are equal, it is the number of draws.
//
// Source: Vehtari et al. (2021), section 4.3. It is ArviZ's method "quantile".
func ESSQuantile(chains [][]float64, p float64) (float64, error) {
	if err := checkProbability(p); err != nil {
		return 0, err
	}
	return statistic(chains, 0, func(x [][]float64) float64 { return essBelow(x, quantile(sorted(pool(x)), p)) })
}

// ESSLocal returns the effective sample size for the probability of the
// interval between the quantiles lo and hi, which is the effective sample size of
// the indicator of q_lo ≤ x ≤ q_hi. Over a grid of small intervals it shows where the chains
// explore poorly. It needs 0 ≤ lo < hi ≤ 1.
//
// Source: Vehtari et al. (2021), section 4.3. It is ArviZ's method "local".
func ESSLocal(chains [][]float64, lo, hi float64) (float64, error) {
	if !(0 <= lo && lo < hi && hi <= 1) {
		return 0, check.Errorf("lo and hi", "= %v and %v are not 0 ≤ lo < hi ≤ 1", lo, hi)
	}
	return statistic(chains, 0, func(x [][]float64) float64 {
		s := sorted(pool(x))
		a, b := quantile(s, lo), quantile(s, hi)
		return ess(split(apply(x, func(v float64) float64 { return portable.Indicator(a <= v && v <= b) })))
	})
}

// ESSSD returns the effective sample size for the standard deviation, which is
// the effective sample size of (x − x̄)². It is ArviZ's method "sd"; posterior uses |x − x̄|.
func ESSSD(chains [][]float64) (float64, error) {
	return statistic(chains, 0, func(x [][]float64) float64 { return ess(split(squaredDeviations(x))) })
}

// essTail returns the smaller of the effective sample sizes for the 5 % and the
// 95 % quantile of the sorted draws.
func essTail(chains [][]float64, sorted []float64) float64 {
	return min(essBelow(chains, quantile(sorted, 0.05)), essBelow(chains, quantile(sorted, 0.95)))
}

// essBelow returns the effective sample size for the probability of x ≤ q.
func essBelow(chains [][]float64, q float64) float64 {
	return ess(split(apply(chains, func(x float64) float64 { return portable.Indicator(x <= q) })))
}

// squaredDeviations returns (x − x̄)², x̄ the mean over all chains.
func squaredDeviations(chains [][]float64) [][]float64 {
	mu := mean(pool(chains))
	return apply(chains, func(x float64) float64 { return (x - mu) * (x - mu) })
}

// ess returns the effective sample size of chains as they are: not checked,
// not split. Where the draws are constant it is their number.
func ess(chains [][]float64) float64 {
	n := len(chains[0])
	total := float64(len(chains) * n)
	if constant(chains) {
		return total
	}
	within, between := pooledVariances(chains)
	v := float64(within*float64(n-1))/float64(n) + between
	rho := meanAutocovariance(chains, n-1)
	for t, c := range rho {
		rho[t] = 1 - (within-c)/v
	}
	rho[0] = 1
	return total / max(geyer(rho), 1/log10(total))
}

func log10(x float64) float64 { return portable.Log(x) / math.Ln10 }

// geyer returns the integrated autocorrelation time by the initial monotone
// sequence. It overwrites rho, whose length is at least 2.
func geyer(rho []float64) float64 {
	// Pairs k = 0, 1, … are the lags 2k and 2k+1. Like ArviZ and Stan, look
	// at pairs only while their lags stay below n−1.
	var (
		tau  = -1.0
		last = math.Inf(1)
		t    = 0 // lag at which the next pair begins
	)
	even, odd := rho[0], rho[1]
	for ; t+4 < len(rho) && even+odd > 0; t += 2 {
		pair := min(even+odd, last)
		tau += 2 * pair
		last = pair
		even, odd = rho[t+2], rho[t+3]
	}
	// The pair at which the sum stopped counts by its even half alone, once,
	// which lowers the variance for antithetic chains.
	if even > 0 || even+odd >= 0 {
		tau += even
	}
	return tau
}
