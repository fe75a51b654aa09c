package stream

import (
	"math/rand/v2"

	"natspike/pkg/internal/portable"
)

// Words fills dst with random words: those that as many calls of rng.Uint64
// would return.
func Words(rng *rand.Rand, dst []uint64) {
	s := sourceOf(rng)
	if s == nil {
		for i := range dst {
			dst[i] = rng.Uint64()
		}
		return
	}
	for len(dst) > 0 {
		k := copy(dst, s.unused())
		s.advance(k)
		dst = dst[k:]
	}
}

// Ahead returns words that rng will draw next, at least one, and does not use them
// up: Skip does. They are valid until the next draw. Ahead returns nil if rng does not
// draw from a Source.
func Ahead(rng *rand.Rand) []uint64 {
	if s := sourceOf(rng); s != nil {
		return s.unused()
	}
	return nil
}

// Skip uses up the next k words of rng, of those that Ahead returned.
func Skip(rng *rand.Rand, k int) { sourceOf(rng).advance(k) }

// Uniforms fills dst with independent numbers that are uniform in [0, 1): those
// that as many calls of rng.Float64 would return.
func Uniforms(rng *rand.Rand, dst []float64) {
	s := sourceOf(rng)
	if s == nil {
		for i := range dst {
			dst[i] = rng.Float64()
		}
		return
	}
	for len(dst) > 0 {
		words := s.unused()
		words = words[:min(len(words), len(dst))]
		for i, w := range words {
			dst[i] = float64(int64(w<<11>>11)) * 0x1p-53
		}
		s.advance(len(words))
		dst = dst[len(words):]
	}
}

// Exponential returns an exponential number of mean 1, −ln(1 − u) for the
// number u that rng.Float64 returns. The bits are the same on every
// architecture.
func Exponential(rng *rand.Rand) float64 {
	return -portable.Log(1 - rng.Float64()) // 1 − u is in (0, 1]
}

// Exponentials fills dst with independent exponential numbers of mean 1: those
// that as many calls of Exponential would return.
func Exponentials(rng *rand.Rand, dst []float64) {
	Uniforms(rng, dst)
	for i, u := range dst {
		dst[i] = 1 - u
	}
	portable.LogTo(dst, dst)
	for i, x := range dst {
		dst[i] = -x
	}
}
