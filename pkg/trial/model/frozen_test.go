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
		"balanced naive":     {short(PaperBalanced(5, 10, 0.75, metric.Naive)), "4d86738de153662a"},
		"balanced natural":   {short(PaperBalanced(5, 10, 0.75, metric.Natural)), "20155cc82267a8e7"},
		"balanced, skew":     {skewed, "70ee48cbcdf5e9b7"},
		"metropolis naive":   {short(PaperMetropolis(5, 10, 0.75, metric.Naive)), "35289365998dc58b"},
		"metropolis natural": {short(PaperMetropolis(5, 10, 0.75, metric.Natural)), "9e7b59950b341303"},
		"metropolis, Σ^0.3":  {short(PaperMetropolis(5, 10, 0.75, metric.Power(0.3))), "8b8d15a4e9b1e8df"},
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
