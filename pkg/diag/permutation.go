package diag

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A TwoSampleTest is the result of a permutation test of whether two samples
// come from one distribution.
type TwoSampleTest struct {
	// Statistic is the distance between the samples as given.
	Statistic float64
	// PValue is the probability of a distance at least as large if they do:
	// (1 + #{Null ≥ Statistic})/(1 + len(Null)), which is valid at any
	// number of permutations (Phipson and Smyth 2010).
	PValue float64
	// Null is the distance between samples of the same sizes taken from the
	// two together, for each permutation, in increasing order.
	Null []float64
}

// permutationTest uses the squared distance 2 E d(X,Y) − E d(X,X′) − E d(Y,Y′),
// whose root has the given unit.
func permutationTest(x, y [][]float64, unit scale, d func(a, b []float64) float64, permutations int, rng *rand.Rand) (TwoSampleTest, error) {
	if err := checkCount("permutations", permutations, 1, maxBins); err != nil {
		return TwoSampleTest{}, err
	}
	all := append(slices.Clone(x), y...)
	nx, n := len(x), len(all)
	table := make([]float64, n*n)
	sums := make([]float64, n) // of each row of the table
	var total float64
	for i, a := range all {
		for j, b := range all {
			table[i*n+j] = d(a, b)
			sums[i] += table[i*n+j]
		}
		total += sums[i]
	}
	// The sum within one group and the sums of its rows give all others.
	statistic := func(group []int) float64 {
		var within, row float64
		for _, i := range group {
			line := table[i*n : (i+1)*n]
			for _, j := range group {
				within += line[j]
			}
			row += sums[i]
		}
		between := row - within
		rest := total - row - between
		a, b := float64(len(group)), float64(n-len(group))
		return discrepancy(between/(a*b), within/(a*a), rest/(b*b))
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	// The statistic is symmetric in the two: sum over the smaller.
	group := order[:nx]
	if nx > n-nx {
		group = order[nx:]
	}
	t := TwoSampleTest{Statistic: statistic(group), Null: make([]float64, permutations)}
	above := 0
	for k := range t.Null {
		rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		slices.Sort(group) // so that the same split is the same sum
		t.Null[k] = statistic(group)
		if t.Null[k] >= t.Statistic*(1-1e-12) {
			above++
		}
	}
	t.PValue = float64(1+above) / float64(1+permutations)
	slices.Sort(t.Null)
	if err := unit.restore(&t.Statistic); err != nil {
		return TwoSampleTest{}, err
	}
	for k := range t.Null {
		if err := unit.restore(&t.Null[k]); err != nil {
			return TwoSampleTest{}, err
		}
	}
	return t, nil
}

// discrepancy joins mean distances into the distance of two samples.
func discrepancy(between, withinX, withinY float64) float64 {
	return math.Sqrt(max(0, 2*between-withinX-withinY))
}

// discrepancyOf returns the distance of two samples.
func discrepancyOf(x, y [][]float64, d func(a, b []float64) float64) float64 {
	return discrepancy(meanBetween(x, y, d), meanWithin(x, d), meanWithin(y, d))
}

// meanBetween returns the mean of d over all pairs of a row of x and one of y.
func meanBetween(x, y [][]float64, d func(a, b []float64) float64) float64 {
	var sum float64
	for _, a := range x {
		for _, b := range y {
			sum += d(a, b)
		}
	}
	return sum / float64(len(x)) / float64(len(y))
}

// meanWithin returns the mean of d over all pairs of rows, each row with
// itself included.
func meanWithin(x [][]float64, d func(a, b []float64) float64) float64 {
	var sum float64
	for i, a := range x {
		for _, b := range x[:i] {
			sum += 2 * d(a, b)
		}
		sum += d(a, a)
	}
	return sum / float64(len(x)) / float64(len(x))
}
