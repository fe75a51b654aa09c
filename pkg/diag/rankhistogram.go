package diag

// RankHistogram returns for each chain how many of its draws have their rank,
// among the draws of all chains, in each of the given number of equal bins.
// Chains that agree have each about n/bins draws in every bin; a chain with
// another location has a slope, one with another scale a hump or a dip.
//
// Of S draws the one of rank r, from 1, stands for the interval from r−1 to r, and
// falls in the bin ⌊bins (r−½)/S⌋ of its middle. Ties have their mean rank. Where
// bins does not divide S, a bin holds ⌊S/bins⌋ or ⌈S/bins⌉ draws, and the order of
// the draws reversed is the histogram reversed, but for a middle that is on an
// edge, which counts for the bin above. (ArviZ takes ⌊bins r/S⌋, by which the
// first bin has a draw less and the last one more.)
//
// Source: Vehtari et al. (2021), section 4.5. bins must be in [1, S], or else
// the error wraps ErrRange; the other errors are those of [RHat].
func RankHistogram(chains [][]float64, bins int) ([][]int, error) {
	x, _, err := prepare(chains)
	if err != nil {
		return nil, err
	}
	r := ranks(pool(x))
	if err := checkCount("bins", bins, 1, len(r)); err != nil {
		return nil, err
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
