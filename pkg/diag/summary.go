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
	x, unit, err := prepare(chains)
	if err != nil {
		return Summary{}, err
	}
	draws := pool(x)
	mu, v := meanVar(draws)
	slices.Sort(draws)
	halves := split(x)
	z, sorted := rankNormalize(halves)
	s := Summary{
		Chains:   len(x),
		Draws:    len(x[0]),
		Mean:     mu,
		SD:       math.Sqrt(v),
		Q5:       quantile(draws, 0.05),
		Median:   quantile(draws, 0.5),
		Q95:      quantile(draws, 0.95),
		MCSEMean: math.Sqrt(v / ess(halves)),
		MCSESD:   mcseSD(x),
		ESSBulk:  ess(z),
		ESSTail:  essTail(x, draws),
		RHat:     rankRHat(halves, z, sorted),
	}
	if err := unit.restore(&s.Mean, &s.SD, &s.Q5, &s.Median, &s.Q95, &s.MCSEMean, &s.MCSESD); err != nil {
		return Summary{}, err
	}
	return s, nil
}
