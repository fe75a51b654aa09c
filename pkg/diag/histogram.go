package diag

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
	"natspike/pkg/moments"
)

// A Histogram counts values in equal bins, for runs that are too long to keep:
// given their least and greatest value beforehand, it gives the distances of
// W2Binned and W2Normal from the counts alone.
type Histogram struct {
	lo, hi float64
	outer  binning
	split  int // parts of each bin
	width  float64
	scale  float64 // 1/width
	near   float64 // how near to an edge, in parts, rounding may matter
	counts []int64
	err    error
}

// NewHistogram returns an empty histogram for values in [lo, hi]: the bins−2
// bins that W2Binned makes for values with these extremes, each cut into split
// equal parts. The error wraps ErrRange unless bins is at least 4, split at least
// 1, their product at most 2²⁴, and lo ≤ hi finite. It wraps ErrScale for limits
// that are too large, or too close together, for the rules of W2Binned.
func NewHistogram(lo, hi float64, bins, split int) (*Histogram, error) {
	if err := cmp.Or(checkCount("bins", bins, 4, maxBins), checkCount("split", split, 1, maxBins/max(bins, 1))); err != nil {
		return nil, err
	}
	if !(lo <= hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return nil, check.Errorf("lo and hi", "= %v and %v are not finite and in order", lo, hi)
	}
	outer, err := newBinning(lo, hi, bins-2)
	if err != nil {
		return nil, err
	}
	width := outer.width / float64(split)
	if outer.left+width == outer.left || outer.edge(outer.k)-width == outer.edge(outer.k) {
		return nil, fmt.Errorf("diag: %d parts of %d bins for values between %v and %v: %w", split, bins, lo, hi, ErrScale)
	}
	largest := max(math.Abs(outer.left), math.Abs(outer.edge(outer.k)))
	return &Histogram{
		lo: lo, hi: hi,
		outer: outer, split: split, width: width, scale: 1 / width,
		near:   4*ulp(largest)/width + float64(float64(outer.k*split)*0x1p-50),
		counts: make([]int64, outer.k*split),
	}, nil
}

// N returns the number of values counted.
func (h *Histogram) N() int64 {
	n := int64(0)
	for _, c := range h.counts {
		n += c
	}
	return n
}

// bin returns the part that x falls in. A value outside, such as an extreme that
// was rounded, belongs to the first or the last part.
func (h *Histogram) bin(x float64) int {
	last := len(h.counts) - 1
	i := int(min(max(float64((x-h.outer.left)*h.scale), 0), float64(last)))
	// The product may be off by one edge; the edges decide.
	if i > 0 && x < h.edge(i) {
		i--
	} else if i < last && x >= h.edge(i+1) {
		i++
	}
	return i
}

// edge returns the left edge of part i.
func (h *Histogram) edge(i int) float64 { return h.outer.left + float64(float64(i)*h.width) }

// Add counts x. A value that is not finite is left out, and the distances return
// an error.
func (h *Histogram) Add(x float64) { h.AddSegment(x, nil, 1) }

// AddSegment counts the k values x, κx, κ²x, …, κᵏ⁻¹x, at the price of the bins
// that they pass through. It adds nothing if k ≤ 0, and is as Add otherwise. The
// decay may be nil if k is 1.
func (h *Histogram) AddSegment(x float64, d *moments.Decay, k int64) {
	h.addAcross(x, float64(x*lastPower(d, k)), d, k)
}

// lastPower returns κᵏ⁻¹.
func lastPower(d *moments.Decay, k int64) float64 {
	if k > 1 {
		return d.Power(k - 1)
	}
	return 1
}

// Histograms counts points, each coordinate in a histogram of its own.
type Histograms struct {
	at, to [portable.GridSize]int32 // first, so that lines of the cache begin where they do
	all    []*Histogram
	grids  []portable.Grid // of GridSize histograms each, the last of what is left
}

// NewHistograms returns the histograms given as one, which counts in them.
func NewHistograms(histograms []*Histogram) *Histograms {
	const size = portable.GridSize
	s := &Histograms{all: histograms, grids: make([]portable.Grid, (len(histograms)+size-1)/size)}
	for j, h := range histograms {
		g := &s.grids[j/size]
		g.Left[j%size], g.Scale[j%size], g.Near[j%size], g.Bins[j%size] = h.outer.left, h.scale, h.near, float64(len(h.counts))
	}
	return s
}

// AddSegment counts the k points x, κx, κ²x, …, κᵏ⁻¹x, as AddSegment of each histogram
// does and in less time. It panics if x has not as many coordinates as there are
// histograms.
func (s *Histograms) AddSegment(x []float64, d *moments.Decay, k int64) {
	check.Length("x", x, len(s.all))
	if k <= 0 {
		return
	}
	keep, all := lastPower(d, k), s.all
	for i := range s.grids {
		m := min(len(x), portable.GridSize)
		sure, same := s.grids[i].Find(&s.at, &s.to, x[:m], keep)
		bit := same // without branches, which would be taken at random
		for j, h := range all[:m] {
			h.counts[s.at[j]] += k & -int64(bit&1)
			bit >>= 1
		}
		for rest := ^same & (1<<m - 1); rest != 0; rest &= rest - 1 {
			j := bits.TrailingZeros64(rest)
			if h := all[j]; sure>>j&1 != 0 {
				h.pass(int(s.at[j]), int(s.to[j]), x[j], d, k)
			} else {
				h.addAcross(x[j], float64(x[j]*keep), d, k)
			}
		}
		x, all = x[m:], all[m:]
	}
}

// addAcross is AddSegment, given the last of the values.
func (h *Histogram) addAcross(x, last float64, d *moments.Decay, k int64) {
	if k <= 0 {
		return
	}
	if !(math.Abs(x) <= math.MaxFloat64) {
		if h.err == nil {
			h.err = fmt.Errorf("diag: value %d of the histogram is %v: %w", h.N(), x, ErrNonFinite)
		}
		return
	}
	h.pass(h.bin(x), h.bin(last), x, d, k)
}

// pass counts k values that decay from x, in bin at, to bin to. They pass the edges
// between these, one after the other.
func (h *Histogram) pass(at, to int, x float64, d *moments.Decay, k int64) {
	edge, next := at, -1 // the edge that x decays towards, and the way to the bin behind it
	if x < 0 {
		edge, next = at+1, 1
	}
	h.counts[at]++ // x itself
	done := int64(1)
	for ; at != to && done < k-1; at, edge = at+next, edge+next {
		var passed int64
		if share := h.edge(edge) / x; k > fewSteps {
			passed = min(max(d.Steps(share), done), k-1)
		} else {
			passed = d.StepsWithin(share, done, k-1)
		}
		h.counts[at] += passed - done
		done = passed
	}
	h.counts[to] += k - done
}

// fewSteps is the number of values up to which it takes least time to look at each.
const fewSteps = 8

// ready returns N, and an error unless there are values, no more than an int64 counts,
// all were finite, and mu and sigma are a normal distribution's.
func (h *Histogram) ready(mu, sigma float64) (n int64, err error) {
	if h.err != nil {
		return 0, h.err
	}
	switch n = h.N(); {
	case n == 0:
		return 0, fmt.Errorf("diag: a histogram without values: %w", ErrShort)
	case n < 0:
		return 0, check.Errorf("values of a histogram", "are more than 2⁶³−1, which an int64 does not count")
	}
	return n, cmp.Or(checkNormal(mu, sigma), check.Positive("sigma", sigma, ""))
}

// W2Normal returns the 2-Wasserstein distance between N(mu, sigma²) and the values
// counted. The values of a bin are taken to be spread evenly over it, or over its
// part between the least and the greatest value. With Q their quantile function,
// which is linear over each bin,
//
//	W₂² = ∫₀¹ (Q(u) − μ − σΦ⁻¹(u))² du,
//
// in closed form. Bins of width w make an error of the order of w² in W₂², if the
// density is smooth. The unit is that of the values; sigma must be positive. The
// error wraps ErrShort, ErrNonFinite, ErrRange or ErrScale.
func (h *Histogram) W2Normal(mu, sigma float64) (float64, error) {
	n, err := h.ready(mu, sigma)
	if err != nil {
		return 0, err
	}
	// In units of the largest of σ and the distances of the ends from μ.
	unit := max(sigma, math.Abs(h.lo-mu), math.Abs(h.hi-mu))
	if math.IsInf(unit, 1) {
		return 0, fmt.Errorf("diag: values between %v and %v, and N(%v, %v²): %w", h.lo, h.hi, mu, sigma, ErrScale)
	}
	s := sigma / unit
	total := float64(n)
	// ∫ QΦ⁻¹ du = ∫ φ(z) dQ by parts, with z = Φ⁻¹(u). Where Q has the slope w/du,
	// that is w/du times the difference of G = ∫ φ(z) du = Φ(√2z)/(2√π).
	scores := scoresOf(n)
	squares, product := 0.0, 0.0 // ∫ Q² du, ∫ φ(z) dQ
	below, last := int64(0), -1  // values and last bin so far
	var end, z, g float64        // Q, z and G at the end of that bin
	for i, c := range h.counts {
		if c == 0 {
			continue
		}
		from := min(max(h.edge(i), h.lo), h.hi)
		a := (from - mu) / unit
		w := max(min(h.edge(i+1), h.hi)-from, 0) / unit // Q goes from a to a+w
		if last >= 0 && last < i-1 {
			product += float64(normalDensity(z) * (a - end))
		}
		below += c
		left := g
		if g = 0.5 / rootPi; below < n {
			z, g = scores.at(below)
		}
		du := float64(c) / total
		squares += float64(du * (float64(a*a) + float64(a*w) + float64(w*w)/3))
		product += float64(w / du * (g - left))
		end, last = a+w, i
	}
	return unit * math.Sqrt(max(squares+float64(s*s)-float64(2*s*product), 0)), nil
}

// W2Binned returns a number that has the law of W2Binned(x, y, bins), with x the
// values counted and y as many independent draws from N(mu, sigma²). It draws only
// how many of y are in each bin, which is multinomial. sigma must be
// positive. The error wraps ErrShort, ErrNonFinite or ErrRange.
func (h *Histogram) W2Binned(mu, sigma float64, rng *rand.Rand) (float64, error) {
	n, err := h.ready(mu, sigma)
	if err != nil {
		return 0, err
	}
	k := h.outer.k
	// Bin 0 and bin k+1 are the open ones, where no value is.
	x, y := make([]int64, k+2), make([]int64, k+2)
	for i := range k {
		for _, c := range h.counts[i*h.split : (i+1)*h.split] {
			x[i+1] += c
		}
	}
	below := make([]float64, k+1) // twice the probability below each edge
	for i := range below {
		below[i] = (mu - h.outer.edge(i)) / sigma / math.Sqrt2
	}
	portable.ErfcTo(below, below)
	left, before := n, 0.0 // draws not yet placed, probability of the bins before
	for i, twice := range below {
		until := twice / 2
		y[i] = binomial(left, (until-before)/(1-before), rng) // 0 where that is 0/0
		left -= y[i]
		before = until
	}
	y[k+1] = left
	return w2Counts(x, y), nil
}

// w2Counts returns the 2-Wasserstein distance between two samples of one size on
// the integers. x[i] and y[i] are how many values of each sample are i. Mass moves
// in order. It leaves x and y empty.
func w2Counts(x, y []int64) float64 {
	n, sum := int64(0), 0.0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		m := min(x[i], y[j])
		n += m
		sum += float64(float64(m) * float64((i-j)*(i-j)))
		x[i] -= m
		y[j] -= m
		if x[i] == 0 {
			i++
		} else {
			j++
		}
	}
	return math.Sqrt(sum / float64(n))
}
