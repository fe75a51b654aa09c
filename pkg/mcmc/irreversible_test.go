package mcmc

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

func newSkew(strength float64) *mat.Dense {
	return mat.NewDense(2, 2, []float64{0, strength, -strength, 0})
}

// TestIrreversibleFlow: the flow keeps the log density, to fourth order in the step.
func TestIrreversibleFlow(t *testing.T) {
	p := must(density.NewBananaShape(2, 0.4, 1))
	lost := func(turns int) float64 {
		s := must(NewIrreversible(p, []float64{1.5, 0.5}, 0.4, metric.Naive, IrreversibleConfig{Skew: newSkew(1), Substeps: turns}))
		before := p.LogProb(s.x)
		for range turns {
			s.flow(s.h / float64(turns))
		}
		return math.Abs(p.LogProb(s.x) - before)
	}
	if order := math.Log2(lost(8) / lost(16)); order < 3.8 {
		t.Errorf("log p is kept to order %.2f, want 4", order)
	}
	if lost(16) > 1e-6 {
		t.Errorf("log p changes by %g along the flow", lost(16))
	}
}

// TestIrreversibleDiverges: a flow that ends where the log density is −Inf, at a finite
// point from which MALA accepts nothing, ends the run.
func TestIrreversibleDiverges(t *testing.T) {
	p := must(density.Equicorrelated(2, 0, 1))
	s := must(NewIrreversible(p, []float64{1, 1}, 1e50, metric.Naive, IrreversibleConfig{Skew: newSkew(1)}))
	_, err := Collect(s, stream.New(1), Plan{Draws: 10})
	if diverged := (*DivergedError)(nil); !errors.As(err, &diverged) || diverged.Draw != 0 {
		t.Errorf("error %v, want a *DivergedError at draw 0", err)
	}
}

// TestIrreversibleIsFasterAndRight: on a Gaussian with the modes 1 and 25, S carries
// the slow direction through the fast one. The second moments stay right (within five
// standard errors from batches, false alarm 2e-6), and the autocorrelation of the
// slow coordinate falls well below that of MALA with the same step. The control is
// Euler–Maruyama at that step, whose moments are wrong.
func TestIrreversibleIsFasterAndRight(t *testing.T) {
	racetest.Sequential(t)
	sigma := mat.NewSymDense(2, []float64{25, 0, 0, 1})
	p := must(density.NewGaussian([]float64{0, 0}, sigma))
	const h, strength, draws = 0.3, 6.0, 60_000
	run := func(s Sampler) (xx [2][]float64, phi float64) {
		var c0, c1, last float64
		for _, x := range Draws(s, stream.New(3), Plan{BurnIn: 500, Draws: draws}) {
			for i, v := range x {
				xx[i] = append(xx[i], v*v/sigma.At(i, i))
			}
			c0 += x[0] * x[0]
			c1 += x[0] * last
			last = x[0]
		}
		return xx, c1 / c0
	}
	fast, phi := run(must(NewIrreversible(p, []float64{0, 0}, h, metric.Naive, IrreversibleConfig{Skew: newSkew(strength), Substeps: 2})))
	for i, x := range fast {
		mean, se := batchError(x)
		t.Logf("variance %d over Σ: %.4f ± %.4f", i, mean, se)
		if math.Abs(mean-1) > 5*se || se > 0.05 {
			t.Errorf("variance %d over Σ is %.4f ± %.4f, want 1", i, mean, se)
		}
	}
	_, slow := run(must(NewMALA(p, []float64{0, 0}, h, metric.Naive)))
	t.Logf("autocorrelation of a step: %.3f, without S %.3f", phi, slow)
	if -math.Log(math.Abs(phi)) < 3*-math.Log(slow) {
		t.Errorf("a step keeps %.3f of the slow coordinate, and %.3f without S: want a rate three times as large", phi, slow)
	}
	// Euler–Maruyama: the covariance of x ← (I − h(I+S)P)x + √(2h)ξ, if it has one.
	k := linear{mat.NewDense(2, 2, []float64{1 - h/25, -h * strength, h * strength / 25, 1 - h}), mat.NewDense(2, 2, []float64{math.Sqrt(2 * h), 0, 0, math.Sqrt(2 * h)})}
	if c := k.stationary(); math.Abs(c.At(0, 0)/25-1) < 0.1 {
		t.Errorf("Euler–Maruyama has the variance %.3f of 25: no control", c.At(0, 0))
	}
}

// TestIrreversibleWarmup: a Warmup finds the step and the metric of the random part,
// and the second moments stay right (within five standard errors from batches, false
// alarm 2e-6). The control is the variance of the unadjusted step, 1/(1 − h/2) of Σ
// in the metric D = Σ, which is further away.
func TestIrreversibleWarmup(t *testing.T) {
	racetest.Sequential(t)
	sigma := mat.NewSymDense(2, []float64{25, 3, 3, 1})
	p := must(density.NewGaussian([]float64{0, 0}, sigma))
	s := must(NewIrreversible(p, []float64{5, 0}, 1e-3, metric.Naive, IrreversibleConfig{Skew: newSkew(2), Substeps: 4}))
	rng := stream.New(7)
	if err := (Warmup{Acceptance: 0.6, Metric: DenseMetric}).Run(context.Background(), s, rng); err != nil {
		t.Fatal(err)
	}
	h := s.StepSize()
	var xx [2][]float64
	for _, x := range Draws(s, rng, Plan{Draws: 40_000}) {
		for i, v := range x {
			xx[i] = append(xx[i], v*v/sigma.At(i, i))
		}
	}
	if rate := s.Acceptance(); s.StepSize() != h || rate < 0.55 || rate > 0.9 {
		t.Errorf("step size %v, %v after the warm-up; acceptance %.3f, asked for 0.6", s.StepSize(), h, rate)
	}
	for i, x := range xx {
		if mean, se := batchError(x); math.Abs(mean-1) > 5*se || math.Abs(mean-1/(1-h/2)) < 5*se {
			t.Errorf("variance %d over Σ is %.4f ± %.4f, want 1, and not %.4f", i, mean, se, 1/(1-h/2))
		}
	}
}

func TestIrreversibleRefusals(t *testing.T) {
	p := must(density.NewBananaShape(2, 0.4, 1))
	for want, f := range map[string]func() error{
		"Skew is 3×3": func() error {
			_, err := NewIrreversible(p, []float64{0, 0}, 0.2, metric.Naive, IrreversibleConfig{Skew: identity(3), Substeps: 1})
			return err
		},
		"not skew": func() error {
			_, err := NewIrreversible(p, []float64{0, 0}, 0.2, metric.Naive, IrreversibleConfig{Skew: identity(2), Substeps: 1})
			return err
		},
		"Substeps = -1": func() error {
			_, err := NewIrreversible(p, []float64{0, 0}, 0.2, metric.Naive, IrreversibleConfig{Skew: newSkew(1), Substeps: -1})
			return err
		},
		"has length 1": func() error {
			_, err := NewIrreversible(p, []float64{0}, 0.2, metric.Naive, IrreversibleConfig{Skew: newSkew(1), Substeps: 1})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}
