package diag

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// CrossCorrelogram returns the cross-correlation histogram of two trains in one
// window, binned as by [Train.Counts] into a_k and b_k: at index l+maxLag, for
// each lag l from −maxLag to maxLag bins, the number of pairs
//
//	C_l = Σ_k a_k b_{k+l}
//
// of a spike of b that comes l bins after one of a. If the trains are
// independent with constant rates, C_l is n_a n_b (L−|l|)/L² on average in L
// bins. Of a train with itself it is the autocorrelogram, each spike's pair
// with itself at lag 0 included.
//
// maxLag must be in [0, L−1]; the error wraps ErrRange, or ErrRagged if the
// windows differ.
//
// Source: Perkel, Gerstein and Moore (1967).
func CrossCorrelogram(a, b Train, width float64, maxLag int) ([]int, error) {
	pair, _, err := binPair(a, b, width, maxLag)
	if err != nil {
		return nil, err
	}
	return correlate(pair[0], pair[1], maxLag), nil
}

// CrossCorrelation returns the cross-correlation coefficient of two trains at
// each lag l from −maxLag to maxLag bins, at index l+maxLag,
//
//	ρ_l = [C_l L/(L−|l|) − n_a n_b/L] / √[(Σa² − n_a²/L)(Σb² − n_b²/L)],
//
// with C_l as in [CrossCorrelogram] and corrected for the overlap that is lost
// at lag l, so that independent trains have ρ_l = 0 on average, with standard
// error about 1/√L at lags much shorter than L.
//
// The errors are those of CrossCorrelogram, and ErrConstant if one train has
// the same count in every bin, as a silent one does.
func CrossCorrelation(a, b Train, width float64, maxLag int) ([]float64, error) {
	pair, bins, err := binPair(a, b, width, maxLag)
	if err != nil {
		return nil, err
	}
	n := float64(bins)
	norm := 1.0
	var sums [2]float64
	for i, x := range pair {
		sum, squares := x.moments()
		if squares*n == sum*sum { // whole numbers: exact
			return nil, fmt.Errorf("diag: train %d has the same count in each of %d bins: %w", i, bins, ErrConstant)
		}
		sums[i] = sum
		norm *= squares - sum*sum/n
	}
	rho := make([]float64, 2*maxLag+1)
	for i, c := range correlate(pair[0], pair[1], maxLag) {
		overlap := n - math.Abs(float64(i-maxLag))
		rho[i] = (float64(c)*n/overlap - sums[0]*sums[1]/n) / math.Sqrt(norm)
	}
	return rho, nil
}

// CountCorrelation returns the matrix of Pearson correlations between the spike
// counts of trains in bins of the given width, which sets what synchrony it
// sees. All must have one window. Its standard error for independent trains is
// 1/√L in L bins. The cost is that of the pairs of trains that are active in
// the same bin.
//
// The error wraps ErrShort, ErrRagged or ErrRange, and ErrConstant if a train
// has the same count in every bin, as a silent one does: leave those out.
func CountCorrelation(trains []Train, width float64) (*mat.SymDense, error) {
	bins, err := sharedBins(trains, width)
	if err != nil {
		return nil, err
	}
	type cell struct {
		train int
		count float64
	}
	active := make([][]cell, bins) // trains with spikes in each bin
	sum := make([]float64, len(trains))
	for i, t := range trains {
		for _, e := range t.binned(width, bins) {
			active[e.bin] = append(active[e.bin], cell{i, e.count})
			sum[i] += e.count
		}
	}
	m := len(trains)
	products := make([]float64, m*m) // Σ_k a_k b_k, upper triangle
	for _, cells := range active {
		for i, a := range cells {
			row := products[a.train*m:]
			for _, b := range cells[i:] {
				row[b.train] += float64(a.count * b.count)
			}
		}
	}
	n := float64(bins)
	deviation := make([]float64, m)
	for i := range deviation {
		squares := products[i*m+i]
		if squares*n == sum[i]*sum[i] {
			return nil, fmt.Errorf("diag: train %d has the same count in each of %d bins: %w", i, bins, ErrConstant)
		}
		deviation[i] = math.Sqrt(squares - sum[i]*sum[i]/n)
	}
	c := mat.NewSymDense(m, nil)
	for i := range m {
		c.SetSym(i, i, 1)
		for j := i + 1; j < m; j++ {
			c.SetSym(i, j, (products[i*m+j]-sum[i]*sum[j]/n)/(deviation[i]*deviation[j]))
		}
	}
	return c, nil
}

// binCount is the number of spikes in a bin that has some.
type binCount struct {
	bin   int
	count float64
}

// sparseCounts are the bins with spikes, in order.
type sparseCounts []binCount

// binned returns the counts of the first bins bins.
func (t Train) binned(width float64, bins int) sparseCounts {
	var out sparseCounts
	for _, s := range t.times {
		k := wholeBins((s - t.start) / width)
		switch {
		case k >= bins:
			return out
		case len(out) > 0 && out[len(out)-1].bin == k:
			out[len(out)-1].count++
		default:
			out = append(out, binCount{k, 1})
		}
	}
	return out
}

// moments returns the sums of the counts and of their squares.
func (x sparseCounts) moments() (sum, squares float64) {
	for _, e := range x {
		sum += e.count
		squares += float64(e.count * e.count)
	}
	return sum, squares
}

// binPair bins two trains of one window.
func binPair(a, b Train, width float64, maxLag int) (pair [2]sparseCounts, bins int, err error) {
	bins, err = sharedBins([]Train{a, b}, width)
	if err := cmp.Or(err, checkCount("maxLag", maxLag, 0, bins-1)); err != nil {
		return pair, 0, err
	}
	return [2]sparseCounts{a.binned(width, bins), b.binned(width, bins)}, bins, nil
}

// correlate returns Σ_k a_k b_{k+l} for l from −maxLag to maxLag.
func correlate(a, b sparseCounts, maxLag int) []int {
	out := make([]int, 2*maxLag+1)
	first := 0 // of b, that is not too early for this and all later of a
	for _, e := range a {
		for first < len(b) && b[first].bin < e.bin-maxLag {
			first++
		}
		for _, f := range b[first:] {
			lag := f.bin - e.bin
			if lag > maxLag {
				break
			}
			out[lag+maxLag] += int(e.count * f.count)
		}
	}
	return out
}
