package diag

import "math"

// MCSEMean returns the Monte Carlo standard error of the mean of all draws,
// their standard deviation divided by √[ESS].
//
// It is ArviZ's method "mean".
func MCSEMean(chains [][]float64) (float64, error) {
	return statistic(chains, 1, mcseMean)
}

// MCSESD returns the Monte Carlo standard error of the standard deviation of
// all draws, by the delta method from that of its square,
//
//	se(sd)² = Var[(x−x̄)²] / (4 S_eff E[(x−x̄)²]),
//
// S_eff being the effective sample size of (x−x̄)². It assumes no normality,
// and a finite fourth moment.
//
// It is ArviZ's method "sd".
func MCSESD(chains [][]float64) (float64, error) {
	return statistic(chains, 1, mcseSD)
}

// MCSEQuantile returns the Monte Carlo standard error of the p-quantile of all
// draws: half the distance between the order statistics that bound its central
// 68 % interval, S_eff p draws in S_eff lying below it.
//
// Source: Vehtari et al. (2021), section 4.4. It is ArviZ's method "quantile".
func MCSEQuantile(chains [][]float64, p float64) (float64, error) {
	if err := checkProbability(p); err != nil {
		return 0, err
	}
	return statistic(chains, 1, func(x [][]float64) float64 {
		s := sorted(pool(x))
		eff := essBelow(x, quantile(s, p))
		n := float64(len(s))
		at := func(u float64) float64 { // u-quantile of the rank's beta law, in draws from 0
			return float64(betaQuantile(float64(eff*p)+1, float64(eff*(1-p))+1, u)*n) - 1
		}
		const below, above = 0.1586553, 0.8413447 // Φ(−1), Φ(1)
		lo := int(math.Floor(max(at(below), 0)))
		hi := int(math.Ceil(min(at(above), n-1)))
		return (s[hi] - s[lo]) / 2
	})
}

func mcseMean(chains [][]float64) float64 {
	_, v := meanVar(pool(chains))
	return math.Sqrt(v / ess(split(chains)))
}

func mcseSD(chains [][]float64) float64 {
	sq := squaredDeviations(chains)
	var m2, m4 float64
	for _, x := range sq {
		for _, v := range x {
			m2 += v
			m4 += float64(v * v)
		}
	}
	n := float64(len(sq) * len(sq[0]))
	m2 /= n
	m4 /= n
	return math.Sqrt(max(0, m4-float64(m2*m2)) / ess(split(sq)) / m2 / 4)
}
