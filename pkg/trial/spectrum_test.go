package trial

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCosSin compares with package math, for which the argument 2πx is rounded.
func TestCosSin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	at := []float64{0, 0.125, 0.25, -0.25, 0.375, 0.5, -0.5, 0.75, 1, 1e6 + 0.25}
	for range 100_000 {
		at = append(at, 20*rng.Float64()-10)
	}
	for _, x := range at {
		cos, sin := cosSin(x)
		wantSin, wantCos := math.Sincos(2 * math.Pi * (x - math.Round(x)))
		if math.Abs(cos-wantCos) > 1e-15 || math.Abs(sin-wantSin) > 1e-15 {
			t.Fatalf("cos and sin of 2π·%v are %v and %v, want %v and %v", x, cos, sin, wantCos, wantSin)
		}
	}
}
