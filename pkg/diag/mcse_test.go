package diag

import (
	"math"
	"math/rand/v2"
	"testing"
)

// An error of the right size covers the truth in the stated share of runs. With
// 1500 runs the share has a standard error of 0.006 at 95 % and 0.012 at 68 %.
func TestMCSECoverage(t *testing.T) {
	t.Parallel()
	const phi, m, n, runs = 0.7, 4, 500, 1500
	q90 := 1.2815515655446004 // Φ⁻¹(0.9)
	cover := func(z float64, estimate func(x [][]float64) (diff, mcse float64, err error)) (share, se float64) {
		share, _, _ = replicate(t, runs, func(rng *rand.Rand) (float64, error) {
			d, e, err := estimate(ar1Chains(rng, phi, m, n))
			return indicator(math.Abs(d) < z*e), err
		})
		return share, math.Sqrt(share * (1 - share) / runs)
	}
	const nominal95, nominal68 = 0.95, 0.6827

	got, se := cover(1.96, func(x [][]float64) (float64, float64, error) {
		e, err := MCSEMean(x)
		return mean(pool(x)), e, err
	})
	t.Logf("mean: %.3f ± %.3f", got, se)
	near(t, "coverage of the mean", got, se, nominal95, 0.90)

	naive, se := cover(1.96, func(x [][]float64) (float64, float64, error) {
		mu, v := meanVar(pool(x))
		return mu, math.Sqrt(v / (m * n)), nil
	})
	if naive > nominal95-5*se {
		t.Errorf("the error that takes draws for independent covers %v, as if it were right", naive)
	}

	got, se = cover(1.96, func(x [][]float64) (float64, float64, error) {
		e, err := MCSESD(x)
		_, v := meanVar(pool(x))
		return math.Sqrt(v) - 1, e, err
	})
	t.Logf("sd: %.3f ± %.3f", got, se)
	near(t, "coverage of the standard deviation", got, se, nominal95, 0.90)

	got, se = cover(1, func(x [][]float64) (float64, float64, error) {
		s, err := Summarize(x)
		if err != nil {
			return 0, 0, err
		}
		e, err := MCSEQuantile(x, 0.5)
		return s.Median, e, err
	})
	t.Logf("median: %.3f ± %.3f", got, se)
	near(t, "coverage of the median", got, se, nominal68, 0.55)

	got, se = cover(1, func(x [][]float64) (float64, float64, error) {
		sorted := pool(x)
		median(sorted)
		e, err := MCSEQuantile(x, 0.9)
		return quantile(sorted, 0.9) - q90, e, err
	})
	t.Logf("90 %% quantile: %.3f ± %.3f", got, se)
	near(t, "coverage of the 90 % quantile", got, se, nominal68, 0.55)
}
