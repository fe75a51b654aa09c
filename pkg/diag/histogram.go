package diag

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
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
	counts []int
	n      int
}

// NewHistogram returns an empty histogram for values in [lo, hi]: the bins−2
// bins that W2Binned makes for values with these extremes, each cut into split
// equal parts. bins must be at least 4, split at least 1, and lo ≤ hi finite, or
// else the error wraps ErrRange.
func NewHistogram(lo, hi float64, bins, split int) (*Histogram, error) {
	if bins < 4 || split < 1 || !(lo <= hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return nil, fmt.Errorf("diag: histogram of %d bins in %d parts over [%v, %v]: %w", bins, split, lo, hi, ErrRange)
	}
	outer := newBinning([]float64{lo, hi}, bins-2)
	width := outer.width / float64(split)
	return &Histogram{
		lo: lo, hi: hi,
		outer: outer, split: split, width: width, scale: 1 / width,
		counts: make([]int, outer.k*split),
	}, nil
}

// N returns the number of values counted.
func (h *Histogram) N() int { return h.n }

// bin returns the part that x falls in. What is outside, as the rounding of an
// extreme may be, is counted at the end.
func (h *Histogram) bin(x float64) int {
	last := len(h.counts) - 1
	i := int(min(max((x-h.outer.left)*h.scale, 0), float64(last)))
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

// Add counts x.
func (h *Histogram) Add(x float64) {
	h.counts[h.bin(x)]++
	h.n++
}

// AddDecay counts the n values x, keep·x, keep²·x, …, with 0 < keep ≤ 1, at the
// price of the bins that they pass through.
func (h *Histogram) AddDecay(x, keep float64, n int) {
	if n <= 0 {
		return
	}
	h.n += n
	at := h.bin(x)
	if n == 1 {
		h.counts[at]++
		return
	}
	// keepⁿ⁻¹ ≥ 1 − (n−1)(1−keep)
	if left := 1 - float64(n-1)*(1-keep); left > 0 && h.bin(x*left) == at {
		h.counts[at] += n
		return
	}
	const few = 16 // below which counting is cheaper than logarithms
	if n <= few {
		for ; n > 0; n-- {
			h.counts[h.bin(x)]++
			x *= keep
		}
		return
	}
	start, rate := math.Log(math.Abs(x)), math.Log(keep)
	edge, next := at, -1 // the edge that x decays towards, and the bin behind it
	if x < 0 {
		edge, next = at+1, 1
	}
	for done := 0; done < n; at, edge = at+next, edge+next {
		until := n
		if e := h.edge(edge); e*x > 0 {
			passed := math.Ceil((math.Log(math.Abs(e)) - start) / rate)
			until = int(min(max(passed, float64(done)), float64(n)))
		}
		h.counts[at] += until - done
		done = until
	}
}

// W2Normal returns the 2-Wasserstein distance between N(mu, sigma²) and the
// values counted, taken to be spread evenly within their bins, as far as these are
// between the least and the greatest value: with Q their quantile function, linear
// over each bin,
//
//	W₂² = ∫₀¹ (Q(u) − μ − σΦ⁻¹(u))² du,
//
// in closed form. Bins of width w, on a smooth density, make an error of the
// order of w² in W₂². It panics without values; sigma must be positive.
func (h *Histogram) W2Normal(mu, sigma float64) float64 {
	if h.n == 0 {
		panic(badDraws)
	}
	total := float64(h.n)
	sum, below := 1.0, 0 // the 1 is ∫ Φ⁻¹(u)² du
	left := quantilePrimitive{}
	for i, c := range h.counts {
		if c == 0 {
			continue
		}
		below += c
		right := newQuantilePrimitive(float64(below) / total)
		from := max(h.edge(i), h.lo)
		a := (from - mu) / sigma
		s := max(min(h.edge(i+1), h.hi)-from, 0) / sigma // Q goes from a to a+s
		du := float64(c) / total
		slope := s / du
		product := float64((a-float64(slope*left.u))*(right.first-left.first)) + float64(slope*(right.second-left.second))
		sum += float64(du*(a*a+float64(a*s)+s*s/3)) - 2*product
		left = right
	}
	return sigma * math.Sqrt(max(sum, 0))
}

// A quantilePrimitive is ∫₀ᵘ Φ⁻¹(v) dv = −φ(z) and ∫₀ᵘ v Φ⁻¹(v) dv =
// Φ(√2z)/(2√π) − uφ(z), with z = Φ⁻¹(u).
type quantilePrimitive struct{ u, first, second float64 }

func newQuantilePrimitive(u float64) quantilePrimitive {
	if u >= 1 {
		return quantilePrimitive{1, 0, 0.5 / math.Sqrt(math.Pi)}
	}
	z := mathext.NormalQuantile(u)
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return quantilePrimitive{u, -density, math.Erfc(-z)/(4*math.Sqrt(math.Pi)) - float64(u*density)}
}

// W2Binned returns what W2Binned(x, y, bins) returns in law, with x the values
// counted and y as many independent draws from N(mu, sigma²): their numbers in
// the bins, which are multinomial, are drawn without drawing them. It panics
// without values; sigma must be positive.
func (h *Histogram) W2Binned(mu, sigma float64, rng *rand.Rand) float64 {
	if h.n == 0 {
		panic(badDraws)
	}
	k := h.outer.k
	// Bin 0 and bin k+1 are the open ones, where no value is.
	x, y := make([]int, k+2), make([]int, k+2)
	for i := range k {
		for _, c := range h.counts[i*h.split : (i+1)*h.split] {
			x[i+1] += c
		}
	}
	left, before := h.n, 0.0 // draws not yet placed, probability of the bins before
	for i := range k + 1 {
		edge := h.outer.left + float64(float64(i)*h.outer.width)
		until := math.Erfc((mu-edge)/(sigma*math.Sqrt2)) / 2
		if rest := 1 - before; until > before && rest > 0 {
			y[i] = binomial(left, (until-before)/rest, rng)
			left -= y[i]
		}
		before = until
	}
	y[k+1] = left
	return w2Counts(x, y)
}

func binomial(n int, p float64, rng *rand.Rand) int {
	switch {
	case n == 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	}
	return int(distuv.Binomial{N: float64(n), P: p, Src: rng}.Rand())
}

// w2Counts returns the 2-Wasserstein distance between two samples of one size on
// the integers, of which x and y count each: mass moves in order. It uses them
// up.
func w2Counts(x, y []int) float64 {
	n, sum := 0, 0.0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		m := min(x[i], y[j])
		n += m
		sum += float64(m) * float64((i-j)*(i-j))
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
