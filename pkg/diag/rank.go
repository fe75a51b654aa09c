package diag

import (
	"cmp"
	"math"
	"slices"

	"natspike/pkg/internal/portable"
)

// ranks returns the rank of each value among all of them, from 1, with tied
// values given the mean of their ranks.
func ranks(x []float64) []float64 {
	type entry struct {
		value float64
		index int
	}
	order := make([]entry, len(x))
	for i, v := range x {
		order[i] = entry{v, i}
	}
	slices.SortFunc(order, func(a, b entry) int { return cmp.Compare(a.value, b.value) })
	r := make([]float64, len(x))
	for lo := 0; lo < len(order); {
		hi := lo + 1
		for hi < len(order) && order[hi].value == order[lo].value {
			hi++
		}
		mean := float64(lo+1+hi) / 2 // of ranks lo+1 … hi
		for _, e := range order[lo:hi] {
			r[e.index] = mean
		}
		lo = hi
	}
	return r
}

// rankNormalize replaces each draw by z = Φ⁻¹((r − 3/8)/(S + 1/4)), where r is
// its rank among the S draws of all chains (Vehtari et al. 2021, section
// 4.1; the offset is Blom's).
func rankNormalize(chains [][]float64) [][]float64 {
	z := ranks(pool(chains))
	s := float64(len(z)) + 0.25
	for i, r := range z {
		z[i] = portable.NormalQuantile((r - 0.375) / s)
	}
	return cut(z, len(chains))
}

// fold replaces each draw by its distance from the median of all draws
// (Vehtari et al. 2021, section 4.2). The two draws in the middle of an even
// number of them are equally far from the median; whether their distances are
// equal depends on rounding, here and in ArviZ.
func fold(chains [][]float64) [][]float64 {
	m := quantile(sorted(pool(chains)), 0.5)
	return apply(chains, func(x float64) float64 { return math.Abs(x - m) })
}
