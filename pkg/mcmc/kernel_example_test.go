package mcmc_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// randomWalk is a kernel of one's own: random-walk Metropolis, which proposes
// x + h B ξ. The first three methods make it a Sampler, which Chains can run, the
// next four let a Warmup find h, and the last lets it find D = BBᵀ.
type randomWalk struct {
	p           density.Density
	m           metric.Metric
	h           float64
	x, y, xi    []float64
	probability float64
}

func (s *randomWalk) Dim() int               { return len(s.x) }
func (s *randomWalk) Position(dst []float64) { copy(dst, s.x) }
func (s *randomWalk) Step(rng *rand.Rand) {
	s.probability = s.TryStep(rng, s.h)
	if rng.Float64() < s.probability {
		s.x, s.y = s.y, s.x
	}
}

func (s *randomWalk) StepSize() float64              { return s.h }
func (s *randomWalk) SetStepSize(h float64) error    { s.h = h; return nil }
func (s *randomWalk) AcceptanceProbability() float64 { return s.probability }
func (s *randomWalk) TryStep(rng *rand.Rand, h float64) float64 {
	stream.Normals(rng, s.xi)
	s.m.Mul(s.y, s.xi)
	for i, v := range s.x {
		s.y[i] = v + h*s.y[i]
	}
	return math.Min(1, math.Exp(s.p.LogProb(s.y)-s.p.LogProb(s.x)))
}

func (s *randomWalk) SetMetric(m metric.Metric) error { s.m = m; return nil }

// A kernel of one's own, warmed up, with the covariance of its draws for D and
// with D = I, on a Gaussian whose two widths differ by a factor of 100.
func ExampleTunable() {
	p, err := density.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{100, 0.5, 0.5, 0.01}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, kind := range []mcmc.MetricKind{mcmc.DenseMetric, mcmc.FixedMetric} {
		start := func(_ int, rng *rand.Rand) (*randomWalk, error) {
			s := &randomWalk{p: p, m: metric.Identity(2), h: 1, x: p.Rand(rng, nil), y: make([]float64, 2), xi: make([]float64, 2)}
			return s, mcmc.Warmup{Steps: 5000, Acceptance: 0.35, Metric: kind}.Run(context.Background(), s, rng)
		}
		chains, err := mcmc.Chains(context.Background(), 4, 1, mcmc.Plan{Draws: 10_000}, start)
		if err != nil {
			fmt.Println(err)
			return
		}
		ess, err := diag.ESSBulk(diag.Coordinate(mcmc.AllDraws(chains), 0))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v metric: one draw in ten is effective: %v\n", kind, ess > 0.1*4*10_000)
	}
	// Output:
	// dense metric: one draw in ten is effective: true
	// fixed metric: one draw in ten is effective: false
}
