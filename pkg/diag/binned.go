package diag

import (
	"fmt"
	"math"
)

// W2Binned returns the estimate of the 2-Wasserstein distance that Masset et
// al. (2022) report: [W2] between the numbers of the bins that x and y fall in.
// Its unit is a bin, not that of x. It is for comparison with their figures;
// [W2] and [W2Normal] need no bins.
//
// The bins follow from x, the sampler's draws: bins−2 of equal width over its
// range, and one for all values on either side. With k = bins−2 the width is
// the smallest multiple, of the power of ten just below the room there is for
// it, that reaches max x:
//
//	left  = min x rounded down to a multiple of a 1-digit width near (max x − min x)/k
//	p     = 10^⌊log₁₀[(max x − left)/(k−1) − (max x − left)/k]⌋
//	width = p ⌈(max x − left)/(k p)⌉
//
// which is how MATLAB's histcounts chooses k bins. A sampler that does not move
// gets bins that have nothing to do with the target, and its distance no
// meaning.
//
// bins must be at least 4, or else the error wraps ErrRange; it can also wrap
// ErrShort or ErrNonFinite.
func W2Binned(x, y []float64, bins int) (float64, error) {
	if bins < 4 {
		return 0, fmt.Errorf("diag: %d bins, 4 are needed: %w", bins, ErrRange)
	}
	if len(x) == 0 || len(y) == 0 {
		return 0, fmt.Errorf("diag: binned W2 of %d and %d draws: %w", len(x), len(y), ErrShort)
	}
	if err := checkFinite("x", x); err != nil {
		return 0, err
	}
	if err := checkFinite("y", y); err != nil {
		return 0, err
	}
	b := newBinning(x, bins-2)
	return W2(b.numbers(x), b.numbers(y))
}

// binning is k bins of one width between two open ones.
type binning struct {
	left, width float64
	k           int
}

func newBinning(x []float64, k int) binning {
	lo, hi := x[0], x[0]
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	scale := max(math.Abs(lo), math.Abs(hi))
	ulp := math.Nextafter(scale, math.Inf(1)) - scale
	if hi-lo <= math.Sqrt(ulp) { // all but constant: about one unit around it
		room := max(1, math.Ceil(float64(k)*ulp))
		left := math.Floor(2*(lo-room/4)) / 2
		right := math.Ceil(2*(hi+room/4)) / 2
		return binning{left, (right - left) / float64(k), k}
	}
	rough := (hi - lo) / float64(k)
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	oneDigit := power * math.Floor(rough/power)
	left := min(oneDigit*math.Floor(lo/oneDigit), lo)
	least, most := (hi-left)/float64(k), (hi-left)/float64(k-1)
	step := math.Pow(10, math.Floor(math.Log10(most-least)))
	return binning{left, step * math.Ceil(least/step), k}
}

// numbers returns the bin number of each value, from 1 to k+2.
func (b binning) numbers(x []float64) []float64 {
	edges := make([]float64, b.k+1)
	for i := range edges {
		edges[i] = b.left + float64(float64(i)*b.width)
	}
	out := make([]float64, len(x))
	for i, v := range x {
		// The division may be off by one edge; the edges decide.
		n := int(min(max(math.Floor((v-b.left)/b.width)+1, 0), float64(b.k+1)))
		for n > 0 && v < edges[n-1] {
			n--
		}
		for n <= b.k && v >= edges[n] {
			n++
		}
		out[i] = float64(n + 1)
	}
	return out
}
