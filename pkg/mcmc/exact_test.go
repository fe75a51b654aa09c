package mcmc

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The kernels below are wrong, each in a way that has happened.

// faultyMALA is MALA with D = I, written out again, with the faults that programs
// have shipped. Without one it is right.
type faultyMALA struct {
	*MALA
	reversed   bool // has the sign of the energy wrong
	stale      bool // takes the gradient at x for that at y
	oneSided   bool // leaves out the densities of the proposals
	unadjusted bool // ignores the acceptance probability
	adapting   bool // goes on adapting its step
}

func (s *faultyMALA) Step(rng *rand.Rand) {
	y, gx, gy := s.next.x, s.target.ScoreInput(nil, s.x), make([]float64, len(s.x))
	xi := make([]float64, len(s.x))
	for i := range y {
		xi[i] = stream.Normal(rng)
		y[i] = s.x[i] + s.h*gx[i] + math.Sqrt(2*s.h)*xi[i]
	}
	s.target.ScoreInput(gy, y)
	if s.stale {
		copy(gy, gx)
	}
	logAlpha := s.target.LogProb(y) - s.target.LogProb(s.x)
	if s.reversed {
		logAlpha = -logAlpha
	}
	for i, v := range xi {
		if back := v + math.Sqrt(s.h/2)*(gx[i]+gy[i]); !s.oneSided {
			logAlpha -= (back*back - v*v) / 2
		}
	}
	accepted := s.unadjusted || stream.Exponential(rng) > -logAlpha
	if accepted {
		copy(s.x, y)
	}
	if s.adapting && accepted {
		s.h *= 1.35
	} else if s.adapting {
		s.h /= 1.35
	}
}

// narrow leaves the momenta beyond the first d out of the kinetic energy, as if B
// were square.
type narrow struct{ *HMC }

func (s narrow) Step(rng *rand.Rand) {
	s.refresh(rng)
	s.next.copy(&s.point)
	for range s.config.LeapfrogSteps {
		s.leapfrog(&s.next, s.h)
	}
	d := len(s.x)
	energy := func(p *point) float64 { return portable.Dot(p.w[:d], p.w[:d])/2 - p.logp }
	s.decide(rng, energy(&s.next)-energy(&s.point))
}

// unadjusted accepts every proposal of HMC.
type unadjusted struct{ *HMC }

func (s unadjusted) Step(rng *rand.Rand) {
	s.refresh(rng)
	for range s.config.LeapfrogSteps {
		s.leapfrog(&s.point, s.h)
	}
}

// tired accepts by the change of the potential energy, without the kinetic.
type tired struct{ *HMC }

func (s tired) Step(rng *rand.Rand) {
	s.refresh(rng)
	s.next.copy(&s.point)
	for range s.config.LeapfrogSteps {
		s.leapfrog(&s.next, s.h)
	}
	if stream.Exponential(rng) > s.logp-s.next.logp {
		s.point, s.next = s.next, s.point
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

// weightless is the adjusted microcanonical sampler with the wrong change of
// volume: without it, or as if the sphere had one dimension more.
type weightless struct {
	*AdjustedMicrocanonical
	share float64 // of the change of volume that is counted
}

func (s weightless) Step(rng *rand.Rand) {
	s.steps = 1 + rng.IntN(int(2*s.length/s.h))
	rise := s.trajectory(rng, s.steps, s.h)
	potential := s.logp - s.next.logp
	s.decide(rng, potential+s.share*(rise-potential))
}

// TestKernelsAreExact holds each kernel that leaves p invariant exactly to the
// rank test of samplertest, on densities whose exact draws are known: the
// banana, and the posterior of the eight schools. The statistics are the first
// two coordinates, the norm and the log density; the false-alarm rate is 1e-6 for
// each line of the table, 3e-5 altogether. Kernels that are wrong have to fail,
// with p-values below 1e-9.
func TestKernelsAreExact(t *testing.T) {
	banana, schools := must(density.NewBananaShape(2, 0.4, 1)), density.NewEightSchools()
	gaussian := must(density.Equicorrelated(3, 0.6, 1))
	diagonal := fixed(metric.Diagonal([]float64{2, 1.5}))
	u := mat.NewDense(2, 3, []float64{0.8, -0.5, 0.3, 0.6, 0.7, -0.4})
	wide := fixed(metric.DiagonalPlusLowRank([]float64{1, 0.5}, u))
	low := fixed(metric.LowRank(u.Slice(0, 2, 0, 1)))
	faulty := func(f faultyMALA) func(x []float64) Sampler {
		return func(x []float64) Sampler {
			s := f
			s.MALA = must(NewMALA(banana, x, 0.15, metric.Naive))
			return &s
		}
	}
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
		{"MALA, wide B", banana, func(x []float64) Sampler { return must(NewMALA(banana, x, 0.1, wide)) }, 10_000, true},
		{"MALA, low rank", banana, func(x []float64) Sampler { return must(NewMALA(banana, x, 0.3, low)) }, 10_000, true},
		{"MALA, written out again", banana, faulty(faultyMALA{}), 10_000, true},
		{"MALA with reversed energy", banana, faulty(faultyMALA{reversed: true}), 8_000, false},
		{"MALA with the gradient at the wrong point", banana, faulty(faultyMALA{stale: true}), 8_000, false},
		{"MALA without the proposals", banana, faulty(faultyMALA{oneSided: true}), 8_000, false},
		{"MALA without rejection", banana, faulty(faultyMALA{unadjusted: true}), 8_000, false},
		{"MALA that goes on adapting", banana, faulty(faultyMALA{adapting: true}), 20_000, false},
		{"HMC", banana, func(x []float64) Sampler { return must(NewHMC(banana, x, 1, diagonal, HMCConfig{LeapfrogSteps: 3})) }, 10_000, true},
		{"HMC with jitter, natural", gaussian, func(x []float64) Sampler {
			return must(NewHMC(gaussian, x, 1.2, metric.Natural, HMCConfig{LeapfrogSteps: 2, Jitter: 0.5}))
		}, 10_000, true},
		{"HMC, wide B", banana, func(x []float64) Sampler {
			return must(NewHMC(banana, x, 0.7, wide, HMCConfig{LeapfrogSteps: 3}))
		}, 10_000, true},
		{"HMC, wide B, as if it were square", banana, func(x []float64) Sampler {
			return narrow{must(NewHMC(banana, x, 0.7, wide, HMCConfig{LeapfrogSteps: 3}))}
		}, 30_000, false},
		{"HMC, low rank", banana, func(x []float64) Sampler {
			return must(NewHMC(banana, x, 0.7, low, HMCConfig{LeapfrogSteps: 3}))
		}, 10_000, true},
		{"HMC without rejection", banana, func(x []float64) Sampler {
			return unadjusted{must(NewHMC(banana, x, 1, diagonal, HMCConfig{LeapfrogSteps: 3}))}
		}, 8_000, false},
		{"HMC without kinetic energy", banana, func(x []float64) Sampler {
			return tired{must(NewHMC(banana, x, 0.5, diagonal, HMCConfig{LeapfrogSteps: 3}))}
		}, 8_000, false},
		{"NUTS", banana, func(x []float64) Sampler { return must(NewNUTS(banana, x, 0.4, diagonal)) }, 10_000, true},
		{"NUTS, wide B", banana, func(x []float64) Sampler { return must(NewNUTS(banana, x, 0.3, wide)) }, 10_000, true},
		{"NUTS, low rank", banana, func(x []float64) Sampler { return must(NewNUTS(banana, x, 0.3, low)) }, 10_000, true},
		{"NUTS, depth 2", banana, func(x []float64) Sampler {
			s := must(NewNUTS(banana, x, 0.2, metric.Naive))
			s.SetMaxDepth(2)
			return s
		}, 10_000, true},
		{"NUTS, eight schools", schools, func(x []float64) Sampler { return must(NewNUTS(schools, x, 0.5, metric.Naive)) }, 5_000, true},
		{"microcanonical", banana, func(x []float64) Sampler {
			return must(NewAdjustedMicrocanonical(banana, x, 0.7, diagonal, 2))
		}, 10_000, true},
		{"microcanonical, wide B", banana, func(x []float64) Sampler {
			return must(NewAdjustedMicrocanonical(banana, x, 0.7, wide, 2))
		}, 10_000, true},
		{"microcanonical, eight schools", schools, func(x []float64) Sampler {
			return must(NewAdjustedMicrocanonical(schools, x, 1.5, metric.Naive, 6))
		}, 5_000, true},
		{"microcanonical without the volume", banana, func(x []float64) Sampler {
			return weightless{must(NewAdjustedMicrocanonical(banana, x, 0.7, diagonal, 2)), 0}
		}, 8_000, false},
		{"microcanonical with one dimension more", banana, func(x []float64) Sampler {
			return weightless{must(NewAdjustedMicrocanonical(banana, x, 0.7, diagonal, 2)), 2}
		}, 8_000, false},
		{"NUTS that goes to the end", banana, func(x []float64) Sampler { return farthest{must(NewNUTS(banana, x, 0.4, diagonal))} }, 8_000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			racetest.Sequential(t)
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
