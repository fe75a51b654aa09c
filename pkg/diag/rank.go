package diag

import (
	"cmp"
	"math"
	"slices"

	"natspike/pkg/internal/portable"
)

// ranks sorts x. It returns the ranks of the values in their former order, from 1,
// with tied values given the mean of their ranks.
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
		for i, e := range order[lo:hi] {
			r[e.index], x[lo+i] = mean, e.value
		}
		lo = hi
	}
	return r
}

// rankNormalize replaces each draw by z = Φ⁻¹((r − 3/8)/(S + 1/4)), where r is
// its rank among the S draws of all chains (Vehtari et al. 2021, section
// 4.1; the offset is Blom's). It also returns all draws in order.
func rankNormalize(chains [][]float64) (z [][]float64, sorted []float64) {
	sorted = pool(chains)
	r := ranks(sorted)
	s := float64(len(r)) + 0.25
	for i, rank := range r {
		r[i] = portable.NormalQuantile((rank - 0.375) / s)
	}
	return cut(r, len(chains)), sorted
}

// fold replaces each draw by its distance from the median of all draws, sorted
// (Vehtari et al. 2021, section 4.2). The two draws in the middle of an even
// number of them are equally far from the median; whether their distances are
// equal depends on rounding, here and in ArviZ.
func fold(chains [][]float64, sorted []float64) [][]float64 {
	m := quantile(sorted, 0.5)
	return apply(chains, func(x float64) float64 { return math.Abs(x - m) })
}
