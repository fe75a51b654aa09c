package diag

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/racetest"
)

// An error of the right size covers the truth in the stated share of runs. With
// 800 runs the share has a standard error of 0.008 at 95 % and 0.016 at 68 %.
// The share must be told from that of an error a third too small, which is 0.80 or
// 0.50. The negative control is the error of independent draws, which covers the
// truth in 60 %.
func TestMCSECoverage(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const (
		phi, m, n, runs = 0.7, 4, 250, 800
		q90             = 1.2815515655446004 // Φ⁻¹(0.9)
		within95        = 1.959964           // errors on either side
		within68        = 1
	)
	estimators := []struct {
		name            string
		z, share, wrong float64
		estimate, mcse  func(x [][]float64) (float64, error)
		truth           float64
		covered         int
	}{
		{"mean", within95, 0.95, 0.80, pooledMean, MCSEMean, 0, 0},
		{"standard deviation", within95, 0.95, 0.80, pooledSD, MCSESD, 1, 0},
		{"median", within68, 0.6827, 0.50, pooledQuantile(0.5), mcseQuantile(0.5), 0, 0},
		{"90 % quantile", within68, 0.6827, 0.50, pooledQuantile(0.9), mcseQuantile(0.9), q90, 0},
	}
	naive := 0
	replicate(t, runs, func(rng *rand.Rand) (float64, error) {
		x := ar1Chains(rng, phi, m, n)
		for i, e := range estimators {
			got, _ := e.estimate(x)
			mcse, err := e.mcse(x)
			if err != nil {
				return 0, err
			}
			if math.Abs(got-e.truth) < e.z*mcse {
				estimators[i].covered++
			}
		}
		if mu, v := meanVar(pool(x)); math.Abs(mu) < within95*math.Sqrt(v/(m*n)) {
			naive++
		}
		return 0, nil
	})
	for _, e := range estimators {
		got := float64(e.covered) / runs
		t.Logf("%s: %.3f, nominal %.3f", e.name, got, e.share)
		near(t, "coverage of the "+e.name, got, math.Sqrt(got*(1-got)/runs), e.share, e.wrong)
	}
	if share := float64(naive) / runs; share > 0.7 {
		t.Errorf("the error that takes draws for independent covers %v", share)
	}
}

func pooledMean(x [][]float64) (float64, error) { return mean(pool(x)), nil }

func pooledSD(x [][]float64) (float64, error) {
	_, v := meanVar(pool(x))
	return math.Sqrt(v), nil
}

func pooledQuantile(p float64) func(x [][]float64) (float64, error) {
	return func(x [][]float64) (float64, error) {
		sorted := pool(x)
		slices.Sort(sorted)
		return quantile(sorted, p), nil
	}
}

func mcseQuantile(p float64) func(x [][]float64) (float64, error) {
	return func(x [][]float64) (float64, error) { return MCSEQuantile(x, p) }
}
