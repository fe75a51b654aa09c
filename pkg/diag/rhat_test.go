package diag

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/stream"
)

// Chains of unit variance whose means have variance v have R̂² = 1 + v, up to
// terms of order 1/n. Split halves: each mean counts twice.
func TestRHatSeesShiftedChains(t *testing.T) {
	t.Parallel()
	shift := []float64{-0.6, -0.2, 0.2, 0.6}
	_, v := meanVar(append(append([]float64(nil), shift...), shift...))
	chains := func(rng *rand.Rand, scale float64) [][]float64 {
		x := make([][]float64, len(shift))
		for c, s := range shift {
			x[c] = ar1(rng, 0, 2000)
			for i := range x[c] {
				x[c][i] += scale * s
			}
		}
		return x
	}
	got, se, _ := replicate(t, 40, func(rng *rand.Rand) (float64, error) { return RHatSplit(chains(rng, 1)) })
	near(t, "split R̂", got, se, math.Sqrt(1+v), 1.01)

	// Ranks shrink the outer values a little, no more than that.
	bulk, err := RHat(chains(stream.New(1), 1))
	if err != nil || bulk < 1.05 || bulk > got+0.01 {
		t.Errorf("rank-normalised R̂ = %v, %v; split R̂ = %v", bulk, err, got)
	}
	null, err := RHat(chains(stream.New(1), 0))
	if err != nil || null > 1.005 {
		t.Errorf("R̂ of chains that agree = %v, %v", null, err)
	}
}

// Only folding sees a chain with another scale, and only ranks see chains
// without moments that disagree.
func TestRHatSeesScaleAndHeavyTails(t *testing.T) {
	rng := stream.New(2)
	x := ar1Chains(rng, 0, 4, 1000)
	for i := range x[0] {
		x[0][i] *= 3
	}
	rank, _ := RHat(x)
	plain, _ := RHatSplit(x)
	if rank < 1.05 || plain > 1.01 {
		t.Errorf("another scale: R̂ = %v, without ranks %v", rank, plain)
	}

	for c := range x {
		for i := range x[c] {
			x[c][i] = math.Tan(math.Pi * (rng.Float64() - 0.5))
			if c == 0 {
				x[c][i] += 2
			}
		}
	}
	rank, _ = RHat(x)
	plain, _ = RHatSplit(x)
	if rank < 1.05 || plain > 1.02 {
		t.Errorf("shifted Cauchy: R̂ = %v, without ranks %v", rank, plain)
	}
}

// A chain that drifts is seen by its own halves.
func TestRHatOfOneChain(t *testing.T) {
	rng := stream.New(3)
	x := [][]float64{ar1(rng, 0, 1000)}
	if r, err := RHat(x); err != nil || r > 1.01 {
		t.Errorf("stationary: R̂ = %v, %v", r, err)
	}
	for i := range x[0] {
		x[0][i] += float64(i) / 500
	}
	if r, err := RHat(x); err != nil || r < 1.1 {
		t.Errorf("drifting: R̂ = %v, %v", r, err)
	}
}

func BenchmarkRHat(b *testing.B) {
	x := ar1Chains(stream.New(1), 0.9, 4, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := RHat(x); err != nil {
			b.Fatal(err)
		}
	}
}

// The split R-hat of halves that agree is √((n−1)/n), for a within-chain variance
// of one as for any other.
func TestRHatOfEqualHalves(t *testing.T) {
	for _, scale := range []float64{1, 2} {
		x := []float64{0, scale, 2 * scale, 0, scale, 2 * scale}
		closeTo(t, "R-hat", must(RHatSplit([][]float64{x})), math.Sqrt(2.0/3), 1e-15)
	}
}
