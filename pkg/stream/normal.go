package stream

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
)

// The ziggurat of Marsaglia and Tsang (J. Stat. Softw. 5:8, 2000): the area
// under f(x) = exp(−x²/2), x ≥ 0, is cut into layers of equal area, all but
// the lowest of them rectangles.
const (
	layers    = 256
	tailStart = 3.6541528853610088   // where the lowest layer's tail begins
	layerArea = 0.004928673233974655 // of each layer, the tail included
)

// A layer is one rectangle: its half-width, the part of it that lies under the
// curve for certain, as a fraction, and the curve at its edge. The width of
// the lowest is that of a rectangle with the area of its base and tail.
type layer struct{ width, inside, height float64 }

var ziggurat = func() (z [layers + 1]layer) {
	f := func(x float64) float64 { return portable.Exp(-0.5 * float64(x*x)) }
	z[0].width = layerArea / f(tailStart)
	z[1].width = tailStart
	for i := 2; i < layers; i++ {
		w := z[i-1].width
		z[i].width = math.Sqrt(-2 * portable.Log(layerArea/w+f(w)))
	}
	for i := range layers {
		z[i].inside = z[i+1].width / z[i].width
		z[i].height = f(z[i].width)
	}
	z[layers].height = 1
	return z
}()

// Normal returns a standard normal number. Given the same stream it returns
// the same bits on every architecture, which rand.Rand's NormFloat64 does not
// promise.
func Normal(rng *rand.Rand) float64 {
	for {
		bits := rng.Uint64()
		z := &ziggurat[bits&(layers-1)]
		u := float64(bits>>11) * 0x1p-53
		x := u * z.width
		if u >= z.inside {
			if bits&(layers-1) == 0 {
				x = tail(rng)
			} else if above := &ziggurat[bits&(layers-1)+1]; z.height+float64(rng.Float64()*(above.height-z.height)) >= portable.Exp(-0.5*float64(x*x)) {
				continue
			}
		}
		// The sign bit is one that neither the layer nor u has used.
		return math.Float64frombits(math.Float64bits(x) | bits<<55&(1<<63))
	}
}

// tail returns |x| given |x| > tailStart (Marsaglia 1964).
func tail(rng *rand.Rand) float64 {
	for {
		// 1 − Float64() is in (0, 1], so that the logarithms are finite.
		x := -portable.Log(1-rng.Float64()) / tailStart
		y := -portable.Log(1 - rng.Float64())
		if 2*y >= float64(x*x) {
			return tailStart + x
		}
	}
}

// Normals fills dst with independent standard normal numbers.
func Normals(rng *rand.Rand, dst []float64) {
	for i := range dst {
		dst[i] = Normal(rng)
	}
}
