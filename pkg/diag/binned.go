package diag

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
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
// The error wraps ErrRange unless bins is in [4, 2²⁴]. It can also wrap ErrShort,
// ErrNonFinite, or ErrScale for draws that are too large or too close together for
// these rules.
func W2Binned(x, y []float64, bins int) (float64, error) {
	if err := cmp.Or(checkCount("bins", bins, 4, maxBins), checkSome("x", x, 1), checkSome("y", y, 1)); err != nil {
		return 0, err
	}
	b, err := newBinning(slices.Min(x), slices.Max(x), bins-2)
	if err != nil {
		return 0, err
	}
	return W2(b.numbers(x), b.numbers(y))
}

// binning is k bins of one width between two open ones.
type binning struct {
	left, width float64
	k           int
}

// newBinning returns the bins for values between lo and hi.
func newBinning(lo, hi float64, k int) (binning, error) {
	largest := max(math.Abs(lo), math.Abs(hi))
	var b binning
	switch {
	case hi-lo > math.Sqrt(ulp(largest)):
		rough := (hi - lo) / float64(k)
		power := powerOfTen(rough)
		oneDigit := power * math.Floor(rough/power)
		left := min(oneDigit*math.Floor(lo/oneDigit), lo)
		least, most := (hi-left)/float64(k), (hi-left)/float64(k-1)
		step := powerOfTen(most - least)
		b = binning{left, step * math.Ceil(least/step), k}
	case hi > lo && largest < 0x1p-100:
		return b, fmt.Errorf("diag: bins for values between %v and %v: %w", lo, hi, ErrScale)
	default: // all but constant: about one unit around it
		left, right := math.Floor(2*lo-0.5)/2, math.Ceil(2*hi+0.5)/2
		b = binning{left, (right - left) / float64(k), k}
	}
	// Each edge must be a number of its own, and the last one finite.
	last := b.edge(k)
	if !(b.width > 0) || math.IsInf(last, 0) || math.IsInf(b.left, 0) || b.edge(1) == b.left || b.edge(k-1) == last {
		return b, fmt.Errorf("diag: %d bins for values between %v and %v: %w", k, lo, hi, ErrScale)
	}
	return b, nil
}

// powerOfTen returns the largest power of ten that is not above x > 0.
func powerOfTen(x float64) float64 {
	_, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', -1, 64), "e")
	p, _ := strconv.ParseFloat("1e"+exponent, 64) // correctly rounded
	return p
}

// edge returns the left edge of bin i, from 0.
func (b binning) edge(i int) float64 { return b.left + float64(float64(i)*b.width) }

// numbers returns the bin number of each value, from 1 to k+2.
func (b binning) numbers(x []float64) []float64 {
	edges := make([]float64, b.k+1)
	for i := range edges {
		edges[i] = b.edge(i)
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
