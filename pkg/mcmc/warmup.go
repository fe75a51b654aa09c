package mcmc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/moments"
)

// A MetricKind chooses what a Warmup makes of the covariance of the draws.
type MetricKind int

const (
	DiagonalMetric MetricKind = iota // D is the variance of each coordinate
	DenseMetric                      // D is the covariance matrix
	FixedMetric                      // D stays as it is
)

// String returns "diagonal", "dense" or "fixed".
func (k MetricKind) String() string {
	if k < DiagonalMetric || k > FixedMetric {
		return fmt.Sprintf("MetricKind(%d)", int(k))
	}
	return [...]string{"diagonal", "dense", "fixed"}[k]
}

// Warmup finds a step size and a metric D, the inverse of the mass matrix, for a
// Tunable kernel such as MALA, HMC or NUTS, by running it.
//
// The step size is found by dual averaging: after step t, with acceptance
// probability αₜ,
//
//	log hₜ₊₁ = μ − (√t/γ) 1/(t+t₀) Σ (δ − αₛ),   log h̄ₜ₊₁ = t^{−κ} log hₜ₊₁ + (1 − t^{−κ}) log h̄ₜ,
//
// with δ = Acceptance, γ = 0.05, t₀ = 10 and κ = 0.75. μ is the log of ten times a
// first guess, at which one step is accepted with probability 0.8, to within a
// factor of two. The result is h̄, or a quarter of the first guess if fewer than
// ten steps follow it. It tends to be short, so that more is accepted than was asked
// for.
//
// D is estimated from the draws of windows, each twice as long as the one before.
// They lie between 75 steps at the beginning and 50 at the end that adapt the step
// size alone. Of n draws with covariance C, D is n/(n+5) C + 10⁻³·5/(n+5) I.
//
// Hoffman and Gelman, J. Mach. Learn. Res. 15:1593 (2014), §3.2; Stan reference
// manual, §15.2, for the windows and the numbers.
type Warmup struct {
	Steps      int        // length, 1000 if zero
	Acceptance float64    // δ, the acceptance probability wanted, 0.8 if zero
	Metric     MetricKind // what D is made of
}

// A Tunable is a kernel whose step size and metric a Warmup can find: *MALA, *HMC,
// *NUTS or a user's own.
type Tunable interface {
	Sampler

	// StepSize returns the step size.
	StepSize() float64

	// SetStepSize sets the step size. It returns an error if h is not positive
	// and finite.
	SetStepSize(h float64) error

	// TryStep makes a proposal with step size h from the present position and
	// returns its probability of acceptance. It does not move the chain.
	TryStep(rng *rand.Rand, h float64) float64

	// AcceptanceProbability returns the probability of acceptance of the last
	// step.
	AcceptanceProbability() float64

	// SetMetric sets the metric. It returns an error if m does not suit the
	// kernel or its target. A Warmup with a FixedMetric does not call it.
	SetMetric(m metric.Metric) error
}

// A WarmupError reports a Warmup that found no step size or no metric.
type WarmupError struct {
	Step     int     // at which it failed, counted from 0
	StepSize float64 // tried last
	Err      error
}

func (e *WarmupError) Error() string {
	return fmt.Sprintf("mcmc: the warm-up failed at step %d with step size %.3g: %v", e.Step, e.StepSize, e.Err)
}

// Unwrap returns the cause.
func (e *WarmupError) Unwrap() error { return e.Err }

var (
	errAlwaysAccepted = errors.New("steps are accepted however long they are; is the density constant?")
	errNeverAccepted  = errors.New("steps are rejected however short they are; is the density continuous and its score right at the start?")
	errNeverMoved     = errors.New("the chain has not moved at all; is the log density finite around the start?")
)

// patience is the number of steps within which a chain must move.
const patience = 20

// Run warms s up. It leaves s at the last position, with the step size and the
// metric found, and s does not adapt any more. A Warmup of less than 20 steps leaves
// the metric as it is. Run refuses negative Steps, an Acceptance that is not in (0, 1) and an
// unknown Metric. It returns a *WarmupError if it finds no step size or no metric,
// which points to a density that is wrong, and the error of ctx if ctx ends.
func (w Warmup) Run(ctx context.Context, s Tunable, rng *rand.Rand) error {
	if w.Steps == 0 {
		w.Steps = 1000
	}
	if w.Acceptance == 0 {
		w.Acceptance = 0.8
	}
	if err := w.validate(); err != nil {
		return err
	}
	start, x := make([]float64, s.Dim()), make([]float64, s.Dim())
	s.Position(start)
	add, take := w.Metric.estimator(len(x))
	moved := false
	begin, ends := w.windows()
	step, err := w.firstStep(s, rng)
	if err != nil {
		return &WarmupError{0, s.StepSize(), err}
	}
	for i := range w.Steps {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("mcmc: stopped at step %d of %d of the warm-up: %w", i, w.Steps, err)
		}
		if err := s.SetStepSize(step.h); err != nil {
			return &WarmupError{i, step.h, err}
		}
		s.Step(rng)
		step.update(s.AcceptanceProbability())
		s.Position(x)
		moved = moved || !slices.Equal(x, start)
		if i+1 >= patience && !moved {
			return &WarmupError{i, s.StepSize(), errNeverMoved}
		}
		if w.Metric == FixedMetric || i < begin || len(ends) == 0 {
			continue
		}
		add(x)
		if i+1 < ends[0] {
			continue
		}
		ends = ends[1:]
		m, err := take()
		if err == nil {
			err = s.SetMetric(m)
		}
		if err == nil {
			err = s.SetStepSize(step.h)
		}
		if err == nil {
			step, err = w.firstStep(s, rng)
		}
		if err != nil {
			return &WarmupError{i, s.StepSize(), err}
		}
	}
	return s.SetStepSize(step.average())
}

func (w Warmup) validate() error {
	if err := check.AtLeast("Steps", w.Steps, 0); err != nil {
		return err
	}
	if !(w.Acceptance > 0 && w.Acceptance < 1) {
		return check.Errorf("Acceptance", "= %v is not in (0, 1)", w.Acceptance)
	}
	if w.Metric < DiagonalMetric || w.Metric > FixedMetric {
		return check.Errorf("Metric", "= %d is none of DiagonalMetric, DenseMetric and FixedMetric", int(w.Metric))
	}
	return nil
}

// windows returns the step at which the first window begins and those at which
// windows end.
func (w Warmup) windows() (begin int, ends []int) {
	first, last, size := 75, 50, 25
	if w.Steps < 20 {
		return w.Steps, nil
	}
	if first+size+last > w.Steps {
		return w.Steps * 15 / 100, []int{w.Steps - w.Steps/10}
	}
	stop := w.Steps - last
	for end := first + size; ; end += size {
		size *= 2
		if end+size > stop { // the next one has no room
			return first, append(ends, stop)
		}
		ends = append(ends, end)
	}
}

// firstStep doubles or halves the step size of s until the probability of
// accepting one step crosses 0.8, and returns a dual averaging that begins there.
func (w Warmup) firstStep(s Tunable, rng *rand.Rand) (*dualAveraging, error) {
	const enough = 0.8
	h := s.StepSize()
	factor, failure := 0.5, errNeverAccepted
	if s.TryStep(rng, h) > enough {
		factor, failure = 2, errAlwaysAccepted
	}
	for range 200 {
		h *= factor
		if above := s.TryStep(rng, h) > enough; above != (factor == 2) {
			return newDualAveraging(h, w.Acceptance), nil
		}
	}
	return nil, failure
}

// dualAveraging finds the step size.
type dualAveraging struct {
	target, mu float64
	first      float64 // first guess
	h          float64 // for the next step
	t          float64 // steps so far
	errorMean  float64 // Σ (δ − αₛ)/(t + t₀)
	logMean    float64 // log h̄
}

func newDualAveraging(first, target float64) *dualAveraging {
	return &dualAveraging{target: target, mu: portable.Log(10 * first), first: first, h: first}
}

func (a *dualAveraging) update(probability float64) {
	const gamma, t0, kappa = 0.05, 10, 0.75
	a.t++
	weight := 1 / (a.t + t0)
	a.errorMean = float64((1-weight)*a.errorMean) + float64(weight*(a.target-probability))
	logH := a.mu - float64(a.errorMean*math.Sqrt(a.t))/gamma
	share := portable.Exp(-kappa * portable.Log(a.t))
	a.logMean = float64(share*logH) + float64((1-share)*a.logMean)
	a.h = portable.Exp(logH)
}

// average returns h̄, or a quarter of the first guess if fewer than ten steps have
// been taken: h̄ begins at ten times the guess, which is far too long, and the guess
// is made from one proposal.
func (a *dualAveraging) average() float64 {
	if a.t < 10 {
		return a.first / 4
	}
	return portable.Exp(a.logMean)
}

// estimator returns a function that adds a draw of length n, and one that returns
// the metric of the draws and forgets them.
func (k MetricKind) estimator(n int) (add func(x []float64), take func() (metric.Metric, error)) {
	shrink := func(draws int) (scale, shift float64) {
		n := float64(draws)
		return n / (n + 5), 1e-3 * 5 / (n + 5)
	}
	if k == DenseMetric {
		running := moments.NewMeanCovariance(n)
		return running.Add, func() (metric.Metric, error) {
			scale, shift := shrink(running.N())
			var d mat.SymDense
			running.CovarianceMatrix(&d)
			d.ScaleSym(scale, &d)
			for i := range n {
				d.SetSym(i, i, d.At(i, i)+shift)
			}
			running.Reset()
			return metric.Dense(&d)
		}
	}
	running := moments.NewMeanVariance(n)
	return running.Add, func() (metric.Metric, error) {
		scale, shift := shrink(running.N())
		d := running.Variance(nil)
		for i, v := range d {
			d[i] = float64(scale*v) + shift
		}
		running.Reset()
		return metric.Diagonal(d)
	}
}
