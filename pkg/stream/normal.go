package stream

import (
	"math"
	"math/bits"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
)

// The ziggurat of Marsaglia and Tsang (J. Stat. Softw. 5:8, 2000): the area
// under f(x) = exp(−x²/2), x ≥ 0, is cut into layers of equal area, all but
// the lowest of them rectangles.
const (
	layers    = 512
	tailStart = 3.8520461503683912   // where the lowest layer's tail begins
	layerArea = 0.002456766351541356 // of each layer, the tail included
)

// A layer is one rectangle: its half-width, and the part of it that lies under
// the curve for certain, as a fraction. The width of the lowest is that of a
// rectangle with the area of its base and tail.
type layer struct{ width, inside float64 }

// ziggurat holds the layers, and heights the curve at the edge of each.
var ziggurat, heights = func() (z [layers]layer, heights [layers + 1]float64) {
	f := func(x float64) float64 { return portable.Exp(-0.5 * float64(x*x)) }
	z[0].width = layerArea / f(tailStart)
	z[1].width = tailStart
	for i := 2; i < layers; i++ {
		w := z[i-1].width
		z[i].width = math.Sqrt(-2 * portable.Log(layerArea/w+f(w)))
	}
	for i := range layers {
		if i+1 < layers {
			z[i].inside = z[i+1].width / z[i].width
		}
		heights[i] = f(z[i].width)
	}
	heights[layers] = 1
	return z, heights
}()

// An edge describes the part of a layer that the curve crosses.
type edge struct {
	perWidth float64 // 1 over its width
	bend     float64 // no point of the curve is further from the chord, over the layer's height
}

// edges holds those of all layers but the lowest. No point of a curve f is further than
// max|f″|Δx²/8 from the chord, and f″ = (x²−1)f. What is added is far above the errors of
// rounding.
var edges = func() (edges [layers]edge) {
	for i := 1; i < layers; i++ {
		x, next := ziggurat[i].width, 0.0
		if i+1 < layers {
			next = ziggurat[i+1].width
		}
		curvature := max(1, x*x) * heights[i+1]
		edges[i] = edge{1 / (x - next), curvature*(x-next)*(x-next)/(8*(heights[i+1]-heights[i])) + 1e-9}
	}
	return edges
}()

// propose returns what a random word proposes as a normal number, and whether
// the layer that the word has chosen lies under the curve there. Bits 0 to 8
// choose the layer, bit 9 the sign, and bits 12 to 63 the place in the layer.
func propose(word uint64) (x float64, inside bool) {
	z := &ziggurat[word%layers]
	u := math.Float64frombits(word>>12|0x3ff<<52) - 1
	return math.Float64frombits(math.Float64bits(u*z.width) | word<<54&(1<<63)), u < z.inside
}

// Normal returns a standard normal number. Given the same stream it returns
// the same bits on every architecture, which rand.Rand's NormFloat64 does not
// promise.
func Normal(rng *rand.Rand) float64 {
	for {
		word := rng.Uint64()
		x, inside := propose(word)
		if inside || overlaps(rng, word, x) {
			return x
		}
		if word%layers == 0 {
			return math.Copysign(tail(rng), x)
		}
	}
}

// overlaps reports whether x, which is in the part of the word's layer that the
// curve crosses, is to be accepted. It is not in the lowest layer, whose other
// part is the tail.
func overlaps(rng *rand.Rand, word uint64, x float64) bool {
	i := word % layers
	if i == 0 {
		return false
	}
	u, e := rng.Float64(), &edges[i]
	if d := u - float64((ziggurat[i].width-math.Abs(x))*e.perWidth); math.Abs(d) > e.bend {
		return d < 0
	}
	return underCurve(i, u, x)
}

// underCurve reports whether the point at x and at the part u of the height of layer i
// is under the curve.
func underCurve(i uint64, u, x float64) bool {
	return heights[i]+float64(u*(heights[i+1]-heights[i])) < portable.Exp(-0.5*float64(x*x))
}

// tail returns |x| given |x| > tailStart (Marsaglia 1964).
func tail(rng *rand.Rand) float64 {
	for {
		x := Exponential(rng) / tailStart
		if 2*Exponential(rng) >= float64(x*x) {
			return tailStart + x
		}
	}
}

// Normals fills dst with independent standard normal numbers: those that as
// many calls of Normal would return.
func Normals(rng *rand.Rand, dst []float64) {
	s := sourceOf(rng)
	if s == nil || len(dst) < 3 { // for so few a batch takes longer
		for i := range dst {
			dst[i] = Normal(rng)
		}
		return
	}
	for len(dst) > 0 {
		next, k := s.normals()
		if len(dst) < batch {
			k = copy(dst, next[:k])
		} else {
			*(*[batch]float64)(dst) = *next // a copy of one size is faster than one of k numbers
		}
		s.advance(k)
		if dst = dst[k:]; k < batch && len(dst) > 0 {
			dst[0] = Normal(rng)
			dst = dst[1:]
		}
	}
}

// NextNormals returns the numbers with which Normals would fill buffer. They are in the
// buffer or, if rng has them already, where they are, and then valid until the next draw.
// The caller must not change them.
func NextNormals(rng *rand.Rand, buffer []float64) []float64 {
	s, n := sourceOf(rng), len(buffer)
	if s == nil || n > batch {
		Normals(rng, buffer)
		return buffer
	}
	if s.inside.run(s.next) < n {
		return s.join(rng, n)
	}
	next := s.proposals[s.next:][:n]
	s.advance(n)
	return next
}

// join returns the next n normal numbers, at most a batch, side by side.
func (s *Source) join(rng *rand.Rand, n int) []float64 {
	for have := 0; ; have++ {
		next, k := s.normals()
		// A copy of one size is faster than one of k numbers. The next overwrites the rest.
		*(*[batch]float64)(s.joined[have:]) = *next
		if have+k >= n {
			s.advance(n - have)
			return s.joined[:n]
		}
		have += k
		s.advance(k)
		s.joined[have] = Normal(rng)
	}
}

// batch is the largest number of normal numbers that normals returns.
const batch = 64

// normals returns what the next words make, of which the first k are normal numbers for
// certain: those before the first word that is not inside its layer.
func (s *Source) normals() (next *[batch]float64, k int) {
	if !s.proposed {
		proposeAll((*[256]float64)(s.proposals[:]), (*[4]uint64)(s.inside[:]), &s.words)
		s.proposed = true
	}
	return (*[batch]float64)(s.proposals[s.next:]), s.inside.run(s.next)
}

// marks holds a bit for each word, and 64 zeros beyond the last.
type marks [4 + 1]uint64

// run returns the number of ones from a bit on, at most 64.
func (m *marks) run(from uint8) int {
	i, shift := from/64, from%64
	return bits.TrailingZeros64(^(m[i]>>shift | m[i+1]<<(64-shift)))
}

// proposeAllGo does what proposeAll does, without vector instructions.
func proposeAllGo(dst *[256]float64, inside *[4]uint64, words *[256]uint64) {
	for k := range inside {
		outside := uint64(0)
		dst, words := (*[64]float64)(dst[64*k:]), (*[64]uint64)(words[64*k:])
		for i, word := range words {
			x, in := propose(word)
			if dst[i] = x; !in {
				outside |= 1 << i
			}
		}
		inside[k] = ^outside
	}
}
