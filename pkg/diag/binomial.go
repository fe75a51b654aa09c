package diag

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
)

// binomial draws from the binomial distribution of n trials of probability p,
// with the same bits on every architecture.
//
// Source: Hörmann (1993), J. Statistical Computation and Simulation 46:101,
// algorithm BTRS, where the smaller of np and n(1−p) is at least 10, and inversion
// elsewhere.
func binomial(n int64, p float64, rng *rand.Rand) int64 {
	switch {
	case n == 0 || !(p > 0):
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(n, 1-p, rng)
	}
	trials := float64(n)
	if trials*p < 10 {
		return binomialByInversion(n, p, rng)
	}
	spread := math.Sqrt(trials * p * (1 - p))
	b := 1.15 + float64(2.53*spread)
	a := -0.0873 + float64(0.0248*b) + float64(0.01*p)
	center := float64(trials*p) + 0.5
	enough := 0.92 - 4.2/b
	alpha := (2.83 + 5.1/b) * spread
	for {
		u, v := rng.Float64()-0.5, rng.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor(float64((2*a/us+b)*u) + center)
		switch {
		case us >= 0.07 && v <= enough:
			return int64(k)
		case !(k >= 0 && k <= trials) || v == 0 || us == 0:
			continue
		}
		mode := math.Floor((trials + 1) * p)
		peak := portable.LogGamma(mode+1) + portable.LogGamma(trials-mode+1)
		logOdds := portable.Log(p) - portable.Log1p(-p)
		v = portable.Log(v * alpha / (a/float64(us*us) + b))
		if v <= peak-portable.LogGamma(k+1)-portable.LogGamma(trials-k+1)+float64((k-mode)*logOdds) {
			return int64(k)
		}
	}
}

// binomialByInversion adds up probabilities until they exceed a uniform number.
func binomialByInversion(n int64, p float64, rng *rand.Rand) int64 {
	u := rng.Float64()
	term := portable.Exp(float64(n) * portable.Log1p(-p))
	odds := p / (1 - p)
	k := int64(0)
	for ; u > term && k < n; k++ {
		u -= term
		term *= float64(n-k) / float64(k+1) * odds
	}
	return k
}
