package mcmc

import (
	"math"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// TestNUTSTurnsInTime: on the unit Gaussian in many dimensions |Σw| stops growing
// after half a period, π, so that a trajectory of doublings covers between π/2 and
// 2π of it, to within a step; and a Gaussian twice as wide takes twice the steps.
func TestNUTSTurnsInTime(t *testing.T) {
	racetest.Sequential(t)
	const d = 100
	for _, sd := range []float64{1, 2} {
		p := must(density.Equicorrelated(d, 0, sd*sd))
		for _, h := range []float64{0.05, 0.1} {
			s := must(NewNUTS(p, exactDraw(p, 1), h*sd, metric.Naive))
			rng := stream.New(1)
			total := 0
			for range 100 {
				s.Step(rng)
				if length := float64(s.LeapfrogSteps()) * h; length > 2*math.Pi+h {
					t.Errorf("sd = %v, h = %v: a trajectory of %.1f, want no more than 2π and a step", sd, h, length)
				}
				total += s.LeapfrogSteps()
			}
			if mean := float64(total) / 100 * h; mean < math.Pi/2 {
				t.Errorf("sd = %v, h = %v: mean length %.2f, want at least π/2", sd, h, mean)
			}
		}
	}
}

// exactDraw returns an exact draw of p.
func exactDraw(p density.Exact, seed uint64) []float64 { return p.Rand(stream.New(seed), nil) }

// TestNUTSDiverges: in the neck of the funnel a step for its mouth diverges, and
// is reported; in a Gaussian none is.
func TestNUTSDiverges(t *testing.T) {
	funnel := must(density.NewFunnelSize(5, 3))
	s := must(NewNUTS(funnel, []float64{-6, 0, 0, 0, 0}, 1, metric.Naive))
	rng := stream.New(3)
	for range 50 {
		s.Step(rng)
	}
	if s.Divergences() == 0 {
		t.Error("no trajectory diverged in the funnel's neck")
	}
	g := must(density.NewNormal(0, 1))
	s = must(NewNUTS(g, []float64{0}, 0.5, metric.Naive))
	for range 500 {
		s.Step(rng)
	}
	if s.Divergences() != 0 || s.Divergent() {
		t.Errorf("%d trajectories diverged on a Gaussian", s.Divergences())
	}
	for _, depth := range []int{-1, 0, 31} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a depth of %d is accepted", depth)
				}
			}()
			s.SetMaxDepth(depth)
		}()
	}
	s.SetMaxDepth(30)
	s.Step(rng)
	for rise, want := range map[float64]bool{999: false, 1000: true, math.Inf(1): true, math.Inf(-1): true, -1e6: false} {
		if s.diverges(rise) != want {
			t.Errorf("a rise of the energy by %v diverges: %v, want %v", rise, !want, want)
		}
	}
	s.SetMaxDepth(1)
	s.Step(rng)
	if s.MaxDepthHits() != 1 || s.LeapfrogSteps() > 1 || s.Depth() > 1 {
		t.Errorf("at most one doubling: depth %d, %d leaps, %d cut short", s.Depth(), s.LeapfrogSteps(), s.MaxDepthHits())
	}
}

// BenchmarkNUTS times a leapfrog step of NUTS, and shows that a step allocates
// nothing.
func BenchmarkNUTS(b *testing.B) {
	for _, c := range []struct {
		name string
		p    density.Density
	}{
		{"Gaussian of 100", must(density.Equicorrelated(100, 0.75, 1))},
		{"eight schools", density.NewEightSchools()},
		{"logistic regression", breastCancer()},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := nuts(c.p, metric.Naive, Warmup{Steps: 300})(0, stream.Key{Seed: 1, Purpose: stream.Start}.Rand())
			if err != nil {
				b.Fatal(err)
			}
			rng, before := stream.New(1), s.Gradients()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				s.Step(rng)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.Gradients()-before), "ns/gradient")
		})
	}
}
