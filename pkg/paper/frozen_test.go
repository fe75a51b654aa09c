package paper

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// TestFrozen holds the published trials to the bits that they had, on every
// architecture. When a change is meant, raise version.Version too.
func TestFrozen(t *testing.T) {
	for name, c := range map[string]struct {
		s    model.Setup
		want string
	}{
		"balanced":   {model.PaperBalanced(4, 10, 0.75, metric.Natural), "3e014525b3401d34"},
		"metropolis": {model.PaperMetropolis(4, 10, 0.75, metric.Natural), "c99d2b396680453c"},
	} {
		c.s.Before, c.s.After = 0.05, 1.1
		task := Options{Seed: 1}.task(c.s, 0)
		recording, err := task.present()
		if err != nil {
			t.Fatal(err)
		}
		statistics, err := task.statistics()
		if err != nil {
			t.Fatal(err)
		}
		spikes, err := task.spikeStatistics()
		if err != nil {
			t.Fatal(err)
		}
		values, err := trial.Measured(recording, slices.Concat(statistics, spikes, []trial.Measure{task.course([]float64{0.01, 1})})...)
		if err != nil {
			t.Fatal(err)
		}
		h := fnv.New64a()
		for _, x := range values {
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
