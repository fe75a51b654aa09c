package diag

import "fmt"

// RankHistogram returns for each chain how many of its draws have their rank,
// among the draws of all chains, in each of the given number of equal bins.
// Chains that agree have each about n/bins draws in every bin; a chain with
// another location has a slope, one with another scale a hump or a dip.
//
// The rank r of S draws, ties given their mean rank, falls in bin
// ⌊bins (r−½)/S⌋. (ArviZ puts it in ⌊bins r/S⌋, which moves one draw in every
// bin up to the next.)
//
// Source: Vehtari et al. (2021), section 4.5. bins must be in [1, S], or else
// the error wraps ErrRange; the other errors are those of [RHat].
func RankHistogram(chains [][]float64, bins int) ([][]int, error) {
	if err := check(chains); err != nil {
		return nil, err
	}
	r := ranks(pool(chains))
	if bins < 1 || bins > len(r) {
		return nil, fmt.Errorf("diag: %d bins for %d draws, at least 1 and at most one for each draw: %w", bins, len(r), ErrRange)
	}
	counts := make([][]int, len(chains))
	for c, rc := range cut(r, len(chains)) {
		counts[c] = make([]int, bins)
		for _, rank := range rc {
			// Twice the rank is whole, so the division is exact.
			counts[c][(int(2*rank)-1)*bins/(2*len(r))]++
		}
	}
	return counts, nil
}
