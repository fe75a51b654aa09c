package model

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"natspike/pkg/metric"
)

// TestFrozen holds trials, and so the rows of a sweep, to the bits that they had,
// on every architecture. When a change is meant, raise the version of package
// paper's data too.
func TestFrozen(t *testing.T) {
	skewed := short(PaperBalanced(5, 10, 0.75, metric.Naive))
	skewed.Skew, skewed.Lambda = 0.7, 1
	for name, c := range map[string]struct {
		s    Setup
		want string
	}{
		"balanced naive":     {short(PaperBalanced(5, 10, 0.75, metric.Naive)), "236c65cd70f1cd4f"},
		"balanced natural":   {short(PaperBalanced(5, 10, 0.75, metric.Natural)), "8b188e8e70c84c39"},
		"balanced, skew":     {skewed, "6e8cec6168a0ec35"},
		"metropolis naive":   {short(PaperMetropolis(5, 10, 0.75, metric.Naive)), "8055626763c7e369"},
		"metropolis natural": {short(PaperMetropolis(5, 10, 0.75, metric.Natural)), "09c5f47f24fd4276"},
		"metropolis, Σ^0.3":  {short(PaperMetropolis(5, 10, 0.75, metric.Power(0.3))), "68c7f9e93c8a55c5"},
	} {
		h := fnv.New64a()
		for _, x := range run(t, c.s, 1, 0) {
			if math.IsNaN(x) {
				x = -1 // whose bits are not one
			}
			fmt.Fprintf(h, "%x ", math.Float64bits(x))
		}
		if got := fmt.Sprintf("%016x", h.Sum64()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
