package diag

import (
	"math"
	"slices"
)

// A Summary is what one wants to know of one sampled quantity before using it:
// its moments and quantiles over all draws, their Monte Carlo errors, and
// whether the chains can be trusted.
type Summary struct {
	Chains, Draws    int     // chains, and draws in each
	Mean, SD         float64 // in the unit of the quantity
	Q5, Median, Q95  float64 // quantiles at 5, 50 and 95 %
	MCSEMean, MCSESD float64 // standard errors of Mean and SD
	ESSBulk, ESSTail float64
	RHat             float64
}

// Summarize returns the summary of a quantity. Its errors are those of [RHat].
func Summarize(chains [][]float64) (Summary, error) {
	if err := check(chains); err != nil {
		return Summary{}, err
	}
	sorted := pool(chains)
	mu, v := meanVar(sorted)
	slices.Sort(sorted)
	q5, q95 := quantile(sorted, 0.05), quantile(sorted, 0.95)
	halves := split(chains)
	z := rankNormalize(halves)
	return Summary{
		Chains:   len(chains),
		Draws:    len(chains[0]),
		Mean:     mu,
		SD:       math.Sqrt(v),
		Q5:       q5,
		Median:   quantile(sorted, 0.5),
		Q95:      q95,
		MCSEMean: math.Sqrt(v / ess(halves)),
		MCSESD:   mcseSD(chains),
		ESSBulk:  ess(z),
		ESSTail:  min(essBelow(chains, q5), essBelow(chains, q95)),
		RHat:     rankRHat(halves, z),
	}, nil
}
