package trial_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// TestFrozen holds every measure to the bits that it had, on every architecture.
// When a change of a network or of a statistic is meant, raise version.Version
// too.
func TestFrozen(t *testing.T) {
	target := equicorrelated(4, 0.4, 2)
	late := trial.Window{From: 0.04, To: 0.12}
	measures := []trial.Measure{
		trial.Moments(trial.Whole), trial.CovarianceMatrix(trial.AfterOnset, 4),
		trial.Distance(trial.AfterOnset, target), trial.Distance(late, target), trial.Course(0.01, 0.1),
		trial.Rates(trial.Whole), trial.Intervals(trial.AfterOnset), trial.Fano(trial.AfterOnset, 0.02),
		trial.Spectrum(late, 0, 30, 200), trial.Response(late, 0, 30, 200),
	}
	for _, c := range []struct {
		name, want string
		net        driven
		p          trial.Protocol
	}{
		{"balanced", "068a74ba4d716ef5", balanced(4, 40, 0.75, metric.Natural, nil), trial.Step(2)},
		{"metropolis", "5cd2193296e0d782", metropolis(4, 40, 0.75, metric.Naive, nil), trial.Pulse(0.05, 1, 2, 3, 4)},
		{"continuous", "25cb839ef9650c2c", continuous(4, 40), trial.Ramp(0.05, 1)},
		{"walk", "17b50708ad2c931e", metropolis(4, 40, 0.5, metric.Natural, nil), trial.RandomWalk(stream.New(3), 0.04, 0.12, 0.02, 0.02/100, 1)},
	} {
		r, err := trial.Present(c.net, during(c.p, 0.04, 0.12), stream.New(1))
		if err != nil {
			t.Fatal(err)
		}
		h := fnv.New64a()
		for _, x := range must(trial.Measured(r, measures...)) {
			fmt.Fprintf(h, "%x ", math.Float64bits(x))
		}
		for _, s := range must(r.Spikes(trial.Whole)) {
			fmt.Fprintf(h, "%x %d ", math.Float64bits(s.Time), s.Neuron)
		}
		if got := fmt.Sprintf("%016x", h.Sum64()); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
