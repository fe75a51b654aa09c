package stream

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

var (
	sink     float64
	wordSink uint64
)

// BenchmarkBulk gives the time of one number, as one of many.
func BenchmarkBulk(b *testing.B) {
	words, numbers := make([]uint64, 1000), make([]float64, 1000)
	for level, set := range levels() {
		b.Run(level, func(b *testing.B) {
			defer set()()
			each := func(name string, n int, f func(rng *rand.Rand)) {
				b.Run(name, func(b *testing.B) {
					rng := New(1)
					for i := 0; i < b.N; i += n {
						f(rng)
					}
				})
			}
			each("words", 1000, func(rng *rand.Rand) { Words(rng, words) })
			each("uniforms", 1000, func(rng *rand.Rand) { Uniforms(rng, numbers) })
			each("exponentials", 1000, func(rng *rand.Rand) { Exponentials(rng, numbers) })
			for _, n := range []int{1, 2, 5, 10, 20, 128, 1000} {
				each(fmt.Sprintf("normals=%d", n), n, func(rng *rand.Rand) { Normals(rng, numbers[:n]) })
			}
			each("normal", 1, func(rng *rand.Rand) { sink += Normal(rng) })
			each("word", 1, func(rng *rand.Rand) { wordSink += rng.Uint64() })
			each("seed", 1, func(rng *rand.Rand) { Key{Seed: 3}.Rand() })
		})
	}
	b.Run("rand.NormFloat64", func(b *testing.B) {
		rng := rand.New(rand.NewChaCha8([32]byte{}))
		for range b.N {
			sink += rng.NormFloat64()
		}
	})
}
