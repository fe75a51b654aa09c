package mcmc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/moments"
)

// A Metric says what a Warmup makes of the covariance of the draws.
type Metric int

const (
	DiagonalMetric Metric = iota // D is the variance of each coordinate
	DenseMetric                  // D is the covariance matrix
	FixedMetric                  // D stays as it is
)

// Warmup finds a step size and a mass matrix for HMC or NUTS, by running it.
//
// The step size is found by dual averaging: after step t, with acceptance
// probability αₜ,
//
//	log hₜ₊₁ = μ − (√t/γ) 1/(t+t₀) Σ (δ − αₛ),   log h̄ₜ₊₁ = t^{−κ} log hₜ₊₁ + (1 − t^{−κ}) log h̄ₜ,
//
// with δ = Acceptance, γ = 0.05, t₀ = 10, κ = 0.75, and μ the log of ten times a
// first guess, at which one leapfrog step is accepted with probability 0.8 to
// within a factor of two; h̄ is the result. It errs on the short side, where more
// is accepted than was asked for. The inverse D of the mass matrix is estimated
// from the draws of windows each twice as long as the one before, between 75
// steps at the beginning and 50 at the end that adapt the step size alone, and
// shrunk: of n draws with covariance C it is n/(n+5) C + 10⁻³·5/(n+5) I.
//
// Hoffman and Gelman, J. Mach. Learn. Res. 15:1593 (2014), §3.2; Stan reference
// manual, §15.2, for the windows and the numbers.
type Warmup struct {
	Steps      int     // length, 1000 if zero
	Acceptance float64 // δ, the acceptance probability to be had, 0.8 if zero
	Metric     Metric
}

// A Tunable is what a Warmup tunes: a *NUTS or an *HMC.
type Tunable interface {
	Sampler
	StepSize() float64
	Preconditioner() *Preconditioner
	Tune(h float64, d *Preconditioner) error
	AcceptanceProbability() float64

	trial(rng *rand.Rand, h float64, next *state) float64
}

// Run warms s up. s is left where it came to, with the step size and mass matrix
// found, and does not adapt any more. Run refuses negative Steps, an Acceptance
// that is not in (0, 1) and an unknown Metric, and fails if there is no step size
// at which a step is accepted, or none too long, which tells of a density that is
// wrong.
func (w Warmup) Run(s Tunable, rng *rand.Rand) error {
	if w.Steps == 0 {
		w.Steps = 1000
	}
	if w.Acceptance == 0 {
		w.Acceptance = 0.8
	}
	switch {
	case w.Steps < 0:
		return fmt.Errorf("mcmc: warm-up has Steps = %d, which is negative", w.Steps)
	case !(w.Acceptance > 0 && w.Acceptance < 1):
		return fmt.Errorf("mcmc: warm-up has Acceptance = %v, which is not in (0, 1)", w.Acceptance)
	case w.Metric < DiagonalMetric || w.Metric > FixedMetric:
		return fmt.Errorf("mcmc: warm-up has the unknown Metric %d", w.Metric)
	}
	n := s.Dim()
	scratch, x := newState(n), make([]float64, n)
	first, err := firstStepSize(s, rng, &scratch)
	if err != nil {
		return err
	}
	step := newDualAveraging(first, w.Acceptance)
	estimate := w.Metric.estimator(n)
	begin, ends := w.windows()
	for i := range w.Steps {
		if err := s.Tune(step.h, s.Preconditioner()); err != nil {
			return fmt.Errorf("mcmc: at step %d of the warm-up: %w", i, err)
		}
		s.Step(rng)
		step.update(s.AcceptanceProbability())
		if i < begin || len(ends) == 0 || w.Metric == FixedMetric {
			continue
		}
		s.Position(x)
		estimate.add(x)
		if i+1 < ends[0] {
			continue
		}
		ends = ends[1:]
		d, err := estimate.take()
		if err != nil {
			return fmt.Errorf("mcmc: at step %d of the warm-up: %w", i, err)
		}
		if err := s.Tune(step.h, d); err != nil {
			return err
		}
		if first, err = firstStepSize(s, rng, &scratch); err != nil {
			return err
		}
		step = newDualAveraging(first, w.Acceptance)
	}
	return s.Tune(step.average(), s.Preconditioner())
}

// windows returns the step at which the first window begins and those at which
// windows end.
func (w Warmup) windows() (begin int, ends []int) {
	first, last, size := 75, 50, 25
	if w.Steps < 20 {
		return w.Steps, nil
	}
	if first+size+last > w.Steps {
		first, last = w.Steps*15/100, w.Steps/10
		size = w.Steps - first - last
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

// firstStepSize doubles or halves the step size of s until the probability of
// accepting one leapfrog step crosses 0.8.
func firstStepSize(s Tunable, rng *rand.Rand, scratch *state) (float64, error) {
	const enough = 0.8
	h := s.StepSize()
	factor := 0.5
	if s.trial(rng, h, scratch) > enough {
		factor = 2
	}
	for range 200 {
		h *= factor
		if above := s.trial(rng, h, scratch) > enough; above != (factor == 2) {
			return h, nil
		}
	}
	return 0, fmt.Errorf("mcmc: no step size: at h = %.3g a leapfrog step is still accepted with probability %.3g", h, s.trial(rng, h, scratch))
}

// dualAveraging finds the step size.
type dualAveraging struct {
	target, mu       float64
	h                float64 // for the next step
	t, miss, logMean float64
}

func newDualAveraging(first, target float64) *dualAveraging {
	return &dualAveraging{target: target, mu: portable.Log(10 * first), h: first}
}

func (a *dualAveraging) update(probability float64) {
	const gamma, t0, kappa = 0.05, 10, 0.75
	a.t++
	weight := 1 / (a.t + t0)
	a.miss = float64((1-weight)*a.miss) + float64(weight*(a.target-probability))
	logH := a.mu - float64(a.miss*math.Sqrt(a.t))/gamma
	keep := portable.Exp(-kappa * portable.Log(a.t))
	a.logMean = float64(keep*logH) + float64((1-keep)*a.logMean)
	a.h = portable.Exp(logH)
}

// average returns h̄, or the first guess if nothing was learnt.
func (a *dualAveraging) average() float64 {
	if a.t == 0 {
		return a.h
	}
	return portable.Exp(a.logMean)
}

// An estimator makes preconditioners of draws.
type estimator struct {
	metric     Metric
	variance   *moments.MeanVariance
	covariance *moments.MeanCovariance
}

func (m Metric) estimator(n int) *estimator {
	e := &estimator{metric: m}
	switch m {
	case DiagonalMetric:
		e.variance = moments.NewMeanVariance(n)
	case DenseMetric:
		e.covariance = moments.NewMeanCovariance(n)
	}
	return e
}

func (e *estimator) add(x []float64) {
	if e.metric == DenseMetric {
		e.covariance.Add(x)
	} else {
		e.variance.Add(x)
	}
}

// take returns the preconditioner and forgets the draws.
func (e *estimator) take() (*Preconditioner, error) {
	shrink := func(draws int) (scale, shift float64) {
		n := float64(draws)
		return n / (n + 5), 1e-3 * 5 / (n + 5)
	}
	if e.metric == DiagonalMetric {
		scale, shift := shrink(e.variance.N())
		d := e.variance.Variance(nil)
		for i, v := range d {
			d[i] = float64(scale*v) + shift
		}
		e.variance.Reset()
		return NewDiagonalPreconditioner(d)
	}
	scale, shift := shrink(e.covariance.N())
	var d mat.SymDense
	e.covariance.CovarianceMatrix(&d)
	for i := range d.SymmetricDim() {
		for j := range i + 1 {
			v := float64(scale * d.At(i, j))
			if i == j {
				v += shift
			}
			d.SetSym(i, j, v)
		}
	}
	e.covariance.Reset()
	return NewPreconditioner(&d)
}
