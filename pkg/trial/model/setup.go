package model

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

const check = arg.Checker("model")

// A Setup describes a trial by numbers. Every field counts. PaperBalanced and
// PaperMetropolis return the published setups, from which others are made by
// changing fields.
type Setup struct {
	Model    Model
	Geometry metric.Geometry // D = BBᵀ; metric.Fixed too, which no file or flag can name

	Family Family  // of the covariance Σ
	Rho    float64 // ρ, of Σ
	Dims   int     // p, dimension of the target

	PerDim int     // neurons per dimension
	Scale  float64 // standard deviation of the entries of Γ; of Metropolis, of A in Γ = B[A, −A]

	Skew        float64             // strength of S, by recipe.ExchangeableSkew; of Balanced
	Arbitration spiking.Arbitration // which neurons spike; of Balanced
	Lambda      float64             // λ, quadratic cost of firing; of Balanced
	Alpha       float64             // α, linear cost of firing; of Balanced
	Gain        float64             // g; of Metropolis

	TauM float64 // τ_m, membrane time constant, s; +Inf is the perfect integrator of Metropolis
	TauS float64 // τ_s, time constant of the sampling, s; of Balanced
	DT   float64 // Δt, time step, s

	Mean   float64 // m, the target's mean after the onset, in every coordinate
	Before float64 // duration before the onset, s
	After  float64 // duration after the onset, s
}

// Neurons returns n, the number of neurons.
func (s Setup) Neurons() int { return s.PerDim * s.Dims }

// PaperBalanced returns the published trial of the balanced network, on the
// target of its sweeps: m = 6, Σ = (1−ρ)I + 3ρ11ᵀ, n = perDim·p neurons,
// Γ ~ N(0, 1), λ = α = √n, τ_m = 20 ms, τ_s = 0.2 ms, Δt = 0.1 ms, 0.5 s before
// the onset and 1.5 s after.
func PaperBalanced(dims, perDim int, rho float64, g metric.Geometry) Setup {
	s := Setup{
		Model: Balanced, Geometry: g,
		Family: FamilyShared, Rho: rho, Dims: dims, PerDim: perDim, Scale: 1,
		TauM: 20e-3, TauS: 0.2e-3, DT: 0.1e-3,
		Mean: 6, Before: 0.5, After: 1.5,
	}
	s.setCosts()
	return s
}

// PaperMetropolis returns the published trial of probabilistic spiking: m = 1,
// Σ = (1−ρ)I + ρ11ᵀ, n = perDim·p neurons, A ~ N(0, 1), gain 1, τ_m = 20 ms,
// Δt = 10 µs, 0.5 s before the onset and 1.5 s after.
func PaperMetropolis(dims, perDim int, rho float64, g metric.Geometry) Setup {
	return Setup{
		Model: Metropolis, Geometry: g,
		Family: FamilyUnit, Rho: rho, Dims: dims, PerDim: perDim, Scale: 1, Gain: 1,
		TauM: 20e-3, DT: 10e-6,
		Mean: 1, Before: 0.5, After: 1.5,
	}
}

// setCosts sets the costs of firing, λ = α = √n, as the published program does.
func (s *Setup) setCosts() {
	if s.Model == Balanced {
		s.Lambda = math.Sqrt(float64(s.Neurons()))
		s.Alpha = s.Lambda
	}
}

// Limits of a setup.
const (
	maxBytes = 2 << 30
	maxSteps = math.MaxInt32
)

// Validate returns an error if a field is out of range, before anything is
// allocated: an *arg.Error that names the parameter by its key, its value and
// what is allowed.
func (s Setup) Validate() error {
	ranges := s
	if math.IsInf(s.TauM, 1) && s.Model == Metropolis {
		ranges.TauM = 1
	}
	if _, power := s.Geometry.Exponent(); !power {
		ranges.Geometry = metric.Natural // a fixed metric has no name for a file
	}
	if err := Parameters.Validate(check, ranges); err != nil {
		return err
	}
	if err := s.Model.kind().validate(s); err != nil {
		return err
	}
	p, n := float64(s.Dims), float64(s.Dims)*float64(s.PerDim)
	if size := float64(bytesPerEntry*p*n) + float64(64*n) + float64(64*p*p); !(size <= maxBytes) {
		return check.Errorf("k", "= %d with n_p = %d makes %.3g neurons, which take %.3g bytes; at most %.3g are allowed", s.PerDim, s.Dims, n, size, float64(maxBytes))
	}
	target, err := s.Target()
	if err != nil {
		return err
	}
	if s.DT >= s.TauM {
		return check.Errorf("dt", "= %v s is not below tau_m = %v s", s.DT, s.TauM)
	}
	for _, t := range []struct {
		name    string
		seconds float64
		least   float64
	}{{"before", s.Before, 0}, {"after", s.After, 2}} {
		if steps := math.Round(t.seconds / s.DT); !(steps >= t.least && steps <= maxSteps) {
			return check.Errorf(t.name, "= %v s makes %.4g steps of dt = %v s; from %v to %d are allowed", t.seconds, steps, s.DT, t.least, maxSteps)
		}
	}
	if _, err := s.Geometry.Of(target); err != nil {
		return check.Errorf("geometry", "= %v: %v", s.Geometry, err)
	}
	return nil
}

// bytesPerEntry is about what a network takes for each entry of Γ.
const bytesPerEntry = 80

// Target returns the target after the onset, N(m1, Σ). It returns an error if ρ
// does not make a covariance.
func (s Setup) Target() (*density.Gaussian, error) {
	own, shared := s.Family.entries(s.Rho)
	if !(own > 0) || !(own+float64(float64(s.Dims)*shared) > 0) {
		return nil, check.Errorf("rho", "= %v; the covariance of the family %q is positive definite in %d dimensions only for %s", s.Rho, s.Family, s.Dims, s.Family.allowed(s.Dims))
	}
	g, err := density.Exchangeable(s.Dims, own, shared)
	if err != nil {
		return nil, err
	}
	return g.WithMean(slices.Repeat([]float64{s.Mean}, s.Dims))
}

// Variance returns Σ_ii and Σ_ij, the target's variance and covariance.
func (s Setup) Variance() (variance, covariance float64) {
	own, shared := s.Family.entries(s.Rho)
	return own + shared, shared
}

// Steps returns the number of time steps of a trial.
func (s Setup) Steps() int64 {
	return int64(math.Round(s.Before/s.DT) + math.Round(s.After/s.DT))
}

// Shorten returns the setup with about so many steps, for a look at how long a
// trial takes.
func (s Setup) Shorten(steps int64) Setup {
	share := float64(steps) * s.DT / (s.Before + s.After)
	s.Before, s.After = s.Before*share, max(s.After*share, 2*s.DT)
	return s
}

// Size returns p·n, to which the time of a step is about proportional.
func (s Setup) Size() float64 { return float64(s.Dims) * float64(s.Neurons()) }

// Kind returns a comparable value. Setups of one Kind and Size take about the same
// time for a step.
func (s Setup) Kind() any {
	return [3]string{string(s.Model), s.Geometry.String(), s.Arbitration.String()}
}

// TaskID returns a number that tells tasks apart: by the model, the target, the
// stimulus, the time constants and the size of the network and of its decoder's
// entries; not by its geometry, skew, arbitration, costs of firing, gain or time
// step. It is the Cell of the trial's streams. Networks of one task so have the
// same decoder and meet the same noise, and a trial gives the same numbers in any
// grid.
func (s Setup) TaskID() uint64 {
	h := sha256.New()
	put := func(v any) {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	for _, name := range []string{string(s.Model), string(s.Family)} {
		put(uint32(len(name)))
		put([]byte(name))
	}
	put([]float64{s.Rho, s.Mean, s.Scale, s.TauM, s.TauS, s.Before, s.After})
	put([]int64{int64(s.Dims), int64(s.Neurons())})
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

// Key returns the key of a stream of a trial.
func (s Setup) Key(seed uint64, repeat uint32, purpose stream.Purpose) stream.Key {
	return stream.Key{Seed: seed, Cell: s.TaskID(), Repeat: repeat, Purpose: purpose}
}

// Protocol returns the stimulus: a mean that steps from 0 to m at the onset.
func (s Setup) Protocol() trial.Protocol {
	p := trial.Step(s.Mean)
	p.Before, p.After = s.Before, s.After
	return p
}

// Build returns the network of a repeat, with a decoder of its own, and the
// stimulus. It returns the error of Validate.
func (s Setup) Build(seed uint64, repeat uint32) (spiking.Network, trial.Protocol, error) {
	if err := s.Validate(); err != nil {
		return nil, trial.Protocol{}, err
	}
	net, err := s.Model.kind().build(s, seed, repeat)
	return net, s.Protocol(), err
}

// Present runs a repeat and returns its recording.
func (s Setup) Present(seed uint64, repeat uint32) (*trial.Recording, error) {
	net, protocol, err := s.Build(seed, repeat)
	if err != nil {
		return nil, err
	}
	return trial.Present(net, protocol, s.Key(seed, repeat, stream.Dynamics).Rand())
}

// Run runs a repeat and returns the numbers of the measures, one for each of
// trial.Columns. Those over a window that the trial does not hold, such as 50 ms
// of a trial of 30 ms, are NaN.
func (s Setup) Run(seed uint64, repeat uint32, measures ...trial.Measure) ([]float64, error) {
	r, err := s.Present(seed, repeat)
	if err != nil {
		return nil, err
	}
	return Measured(r, measures...)
}

// Repeats runs the repeats 0, …, n−1, as many at once as there are processors, and
// returns the table of the numbers of the measures.
func (s Setup) Repeats(ctx context.Context, n int, seed uint64, measures ...trial.Measure) (*trial.Table, error) {
	return trial.Trials(ctx, n, measures, func(repeat uint32) (*trial.Recording, error) {
		return s.Present(seed, repeat)
	})
}

// Measured is trial.Measured, but for windows that the recording does not hold: the
// numbers of their measures are NaN.
func Measured(r *trial.Recording, measures ...trial.Measure) ([]float64, error) {
	measures = slices.Clone(measures)
	for i, m := range measures {
		if _, _, err := r.Steps(m.Span()); errors.Is(err, trial.ErrWindow) {
			measures[i] = missing{Measure: m}
		}
	}
	return trial.Measured(r, measures...)
}

// missing stands for a measure whose window the recording does not hold.
type missing struct {
	trial.Measure
	trial.NoSegments
}

func (missing) Span() trial.Window { return trial.Whole }

func (m missing) Start(*trial.Recording) (trial.Accumulator, error) { return m, nil }

func (missing) Result(dst []float64) error {
	for i := range dst {
		dst[i] = math.NaN()
	}
	return nil
}
