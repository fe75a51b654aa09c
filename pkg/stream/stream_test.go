package stream

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
)

// TestNormalLaw counts a million draws in 60 cells of equal probability and in
// four tail cells, and compares with the normal law by Pearson's χ². Its false-
// alarm rate, were the seed drawn anew, is 1e-6 (63 degrees of freedom: χ² > 133).
// The control draws from a normal of standard deviation 1.01.
func TestNormalLaw(t *testing.T) {
	racetest.Sequential(t)
	const draws = 1_000_000
	edges := make([]float64, 0, 64)
	edges = append(edges, -4, -tailStart)
	for i := 1; i < 60; i++ {
		edges = append(edges, math.Sqrt2*math.Erfinv(2*float64(i)/60-1))
	}
	edges = append(edges, tailStart, 4)
	cdf := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	chi2 := func(scale float64) float64 {
		rng := New(1)
		counts := make([]float64, len(edges)+1)
		for range draws {
			x := scale * Normal(rng)
			i := 0
			for i < len(edges) && x > edges[i] {
				i++
			}
			counts[i]++
		}
		sum, below := 0.0, 0.0
		for i, c := range counts {
			above := 1.0
			if i < len(edges) {
				above = cdf(edges[i])
			}
			expected := draws * (above - below)
			sum += (c - expected) * (c - expected) / expected
			below = above
		}
		return sum
	}
	if x := chi2(1); x > 133 {
		t.Errorf("χ² of a million normals is %.1f at 63 degrees of freedom, want below 133", x)
	}
	if x := chi2(1.01); x < 133 {
		t.Errorf("χ² of normals scaled by 1.01 is %.1f: the test has no power", x)
	}
}

// TestTail compares the mean excess beyond the tail's start with its closed
// form, E[x−r | x>r] = φ(r)/Q(r) − r, within five standard errors.
func TestTail(t *testing.T) {
	const draws = 200_000
	rng := New(2)
	sum, sum2 := 0.0, 0.0
	for range draws {
		e := tail(rng) - tailStart
		sum += e
		sum2 += e * e
	}
	phi := math.Exp(-0.5*tailStart*tailStart) / math.Sqrt(2*math.Pi)
	want := phi/(0.5*math.Erfc(tailStart/math.Sqrt2)) - tailStart
	mean := sum / draws
	se := math.Sqrt((sum2/draws - mean*mean) / draws)
	if z := (mean - want) / se; math.Abs(z) > 5 {
		t.Errorf("mean excess of the tail is %.6f, want %.6f: %.1f standard errors off", mean, want, z)
	}
	if z := (mean - 1/tailStart) / se; math.Abs(z) < 5 { // an exponential tail, the proposal
		t.Errorf("mean excess is within %.1f standard errors of an exponential tail's: no power", z)
	}
}

// TestOverlaps compares overlaps with the curve itself, in the part of each layer that the
// curve crosses: everywhere, and near the lines beyond which the curve is not computed.
func TestOverlaps(t *testing.T) {
	const points = 64
	for i := uint64(1); i < layers; i++ {
		low, high := ziggurat[i].inside*ziggurat[i].width, ziggurat[i].width
		for k := range points {
			x := low + (high-low)*(float64(k)+0.5)/points
			chord := (high - x) / (high - low)
			for _, u := range []float64{0, 0.25, 0.5, 0.75, chord, chord - edges[i].bend, chord + edges[i].bend, 1 - 0x1p-53} {
				for _, u := range []float64{u - 1e-12, u, u + 1e-12} {
					if u < 0 || u >= 1 {
						continue
					}
					word := uint64(u * 0x1p53) // rng.Float64 gives u rounded down
					rng := rand.New(fixed(word))
					for _, x := range []float64{x, -x} {
						if got, want := overlaps(rng, i, x), underCurve(i, float64(word)*0x1p-53, x); got != want {
							t.Fatalf("layer %d: x = %v, u = %v: %v, want %v", i, x, u, got, want)
						}
					}
				}
			}
		}
	}
}

// fixed is a source of one word.
type fixed uint64

func (w fixed) Uint64() uint64 { return uint64(w) }

// TestFrozen holds the streams to the bytes they have always had, on every
// architecture. A change here changes every published run.
func TestFrozen(t *testing.T) {
	rng := Key{Seed: 1, Cell: 2, Repeat: 3, Chain: 4, Purpose: Decoder}.Rand()
	if got, want := rng.Uint64(), uint64(0xbf19b7550f747fd8); got != want {
		t.Errorf("first word of the stream is %#x, want %#x", got, want)
	}
	var digest uint64
	for range 1_000_000 { // enough for some hundreds of tail draws
		digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(Normal(rng))
	}
	if want := uint64(0x246b5f6546dc4b2c); digest != want {
		t.Errorf("digest of a million normals is %#x, want %#x", digest, want)
	}
}

func TestKeysAreDistinctStreams(t *testing.T) {
	first := map[uint64]Key{}
	for _, k := range []Key{
		{}, {Seed: 1}, {Cell: 1}, {Repeat: 1}, {Chain: 1}, {Purpose: 1},
		{Seed: 1 << 63}, {Repeat: 1 << 31}, {Seed: 1, Cell: 1}, {Repeat: 1, Chain: 1},
	} {
		w := k.Rand().Uint64()
		if other, seen := first[w]; seen {
			t.Errorf("keys %+v and %+v begin alike", k, other)
		}
		first[w] = k
		if k.Rand().Uint64() != w {
			t.Errorf("key %+v gives two streams", k)
		}
	}
}
