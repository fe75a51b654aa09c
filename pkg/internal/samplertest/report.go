package samplertest

import (
	"math"
	"slices"
	"testing"

	"natspike/pkg/stream"
)

// Reporter is mcmc.Reporter, repeated for the same reason as Sampler.
type Reporter interface {
	StatNames() []string
	Stats(dst []float64)
}

// statViolations reports the violations of the contract by the statistics of the
// samplers, if they are Reporters.
func statViolations[S Sampler](fresh func() S, report func(format string, args ...any)) {
	s := fresh()
	r, ok := any(s).(Reporter)
	if !ok {
		return
	}
	names := slices.Clone(r.StatNames())
	if slices.Contains(names, "") || len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names) {
		report("StatNames are %q, which are not distinct", names)
	}
	for _, n := range []int{len(names) - 1, len(names) + 1} {
		if len(names) > 0 && !panics(func() { r.Stats(make([]float64, n)) }) {
			report("Stats accepts a slice of length %d, there are %d names", n, len(names))
		}
	}
	stats, d := make([]float64, len(names)), s.Dim()
	rng, again := stream.New(3), stream.New(3)
	silent := fresh()
	for i := range steps {
		s.Step(rng)
		silent.Step(again)
		for j := range stats {
			stats[j] = math.NaN()
		}
		r.Stats(stats)
		for j, v := range stats {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				report("statistic %s after step %d is %v", names[j], i+1, v)
				return
			}
		}
		if !same(position(s, d), position(silent, d)) {
			report("Stats moves the sampler")
			return
		}
	}
	if !slices.Equal(r.StatNames(), names) {
		report("StatNames were %q and are now %q", names, r.StatNames())
	}
	if n := testing.AllocsPerRun(20, func() { r.Stats(stats) }); n != 0 {
		report("Stats allocates %v times", n)
	}
}
