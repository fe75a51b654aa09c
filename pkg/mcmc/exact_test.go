package mcmc

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// The kernels below are wrong, each in the way that one gets it wrong.

// halfMALA accepts by the ratio of the densities, without that of the proposals.
type halfMALA struct{ *MALA }

func (s halfMALA) Step(rng *rand.Rand) {
	g := s.target.ScoreInput(make([]float64, len(s.x)), s.x)
	for i, v := range g {
		s.next.x[i] = s.x[i] + s.h*v + math.Sqrt(2*s.h)*stream.Normal(rng)
	}
	if logp := s.target.LogProb(s.next.x); exponential(rng) > s.logp-logp {
		s.logp = logp
		copy(s.x, s.next.x)
	}
}

// unadjusted accepts every proposal of HMC.
type unadjusted struct{ *HMC }

func (s unadjusted) Step(rng *rand.Rand) {
	s.refresh(rng)
	for range s.config.LeapfrogSteps {
		s.leapfrog(&s.state, s.h)
	}
}

// tired accepts by the change of the potential energy, without the kinetic.
type tired struct{ *HMC }

func (s tired) Step(rng *rand.Rand) {
	s.refresh(rng)
	s.next.copy(&s.state)
	for range s.config.LeapfrogSteps {
		s.leapfrog(&s.next, s.h)
	}
	if exponential(rng) > s.logp-s.next.logp {
		s.state, s.next = s.next, s.state
	}
}

// farthest goes to the end of the trajectory: HMC that stops at the U-turn.
type farthest struct{ *NUTS }

func (s farthest) Step(rng *rand.Rand) {
	s.NUTS.Step(rng)
	end := &s.ends[rng.IntN(2)]
	copy(s.x, end.x)
	copy(s.g, end.g)
	s.logp = end.logp
}

// TestKernelsAreExact holds each kernel that leaves p invariant exactly to the
// rank test of samplertest, on densities whose exact draws are known: the
// banana, and the posterior of the eight schools. The statistics are the first
// two coordinates, the norm and the log density; the false-alarm rate is 1e-6 for
// each line of the table, 1e-5 altogether. Kernels that are wrong have to fail,
// with p-values below 1e-9.
func TestKernelsAreExact(t *testing.T) {
	banana, schools := must(density.NewBananaShape(2, 0.4, 1)), density.NewEightSchools()
	gaussian := must(density.Equicorrelated(3, 0.6, 1))
	diagonal := fixed(metric.Diagonal([]float64{2, 1.5}))
	type exact interface {
		density.Density
		density.Exact
	}
	for _, c := range []struct {
		name  string
		p     exact
		start func(x []float64) Sampler
		paths int
		right bool
	}{
		{"MALA", banana, func(x []float64) Sampler { return must(NewMALA(banana, x, 0.15, diagonal)) }, 10_000, true},
		{"MALA without the proposals", banana, func(x []float64) Sampler { return halfMALA{must(NewMALA(banana, x, 0.15, metric.Naive))} }, 8_000, false},
		{"HMC", banana, func(x []float64) Sampler { return must(NewHMC(banana, x, 1, diagonal, HMCConfig{LeapfrogSteps: 3})) }, 10_000, true},
		{"HMC with jitter, natural", gaussian, func(x []float64) Sampler {
			return must(NewHMC(gaussian, x, 1.2, metric.Natural, HMCConfig{LeapfrogSteps: 2, Jitter: 0.5}))
		}, 10_000, true},
		{"HMC without rejection", banana, func(x []float64) Sampler {
			return unadjusted{must(NewHMC(banana, x, 1, diagonal, HMCConfig{LeapfrogSteps: 3}))}
		}, 8_000, false},
		{"HMC without kinetic energy", banana, func(x []float64) Sampler {
			return tired{must(NewHMC(banana, x, 0.5, diagonal, HMCConfig{LeapfrogSteps: 3}))}
		}, 8_000, false},
		{"NUTS", banana, func(x []float64) Sampler { return must(NewNUTS(banana, x, 0.4, diagonal)) }, 10_000, true},
		{"NUTS, depth 2", banana, func(x []float64) Sampler {
			s := must(NewNUTS(banana, x, 0.2, metric.Naive))
			s.SetMaxDepth(2)
			return s
		}, 10_000, true},
		{"NUTS, eight schools", schools, func(x []float64) Sampler { return must(NewNUTS(schools, x, 0.5, metric.Naive)) }, 5_000, true},
		{"NUTS that goes to the end", banana, func(x []float64) Sampler { return farthest{must(NewNUTS(banana, x, 0.4, diagonal))} }, 8_000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ranking := samplertest.Ranking[Sampler]{
				Draw:  func(rng *rand.Rand) []float64 { return c.p.Rand(rng, nil) },
				Start: c.start,
				Statistics: []func(x []float64) float64{
					func(x []float64) float64 { return x[0] },
					func(x []float64) float64 { return x[1] },
					func(x []float64) float64 { return portable.Dot(x, x) },
					c.p.LogProb,
				},
				Length: 6, Thin: 2, Paths: c.paths,
			}
			p := ranking.PValues(11)
			least := 1.0
			for _, v := range p {
				least = min(least, v)
			}
			t.Logf("p-values %.2g", p)
			if c.right && least < 1e-6/float64(len(p)) {
				t.Errorf("the ranks are not uniform: p-values %.2g", p)
			}
			if !c.right && least > 1e-9 {
				t.Errorf("a wrong kernel passes, with p-values %.2g: no power", p)
			}
		})
	}
}
