package model

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"natspike/pkg/metric"
)

// TestFrozen holds trials, and so the rows of a sweep, to the bits that they had,
// on every architecture. When a change is meant, raise version.Version too.
func TestFrozen(t *testing.T) {
	skewed := short(PaperBalanced(5, 10, 0.75, metric.Naive))
	skewed.Skew, skewed.Lambda = 0.7, 1
	for name, c := range map[string]struct {
		s    Setup
		want string
	}{
		"balanced naive":     {short(PaperBalanced(5, 10, 0.75, metric.Naive)), "7c67961f70100c07"},
		"balanced natural":   {short(PaperBalanced(5, 10, 0.75, metric.Natural)), "6a8caf4f54855795"},
		"balanced, skew":     {skewed, "b9967577c4068eea"},
		"metropolis naive":   {short(PaperMetropolis(5, 10, 0.75, metric.Naive)), "06b1027d5b8362ea"},
		"metropolis natural": {short(PaperMetropolis(5, 10, 0.75, metric.Natural)), "ac54dd28f589b19e"},
		"metropolis, Σ^0.3":  {short(PaperMetropolis(5, 10, 0.75, metric.Power(0.3))), "933b87d7bc547258"},
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
