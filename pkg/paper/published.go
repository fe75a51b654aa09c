package paper

import (
	"fmt"
	"math"

	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/internal/reference"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// This file holds what the authors' programs do by accident, beside the rule of
// one spike a step, which is spiking.OnePerStep. No other package knows of it.
//
// The program of the balanced network runs in two stages, before and after the
// onset. The first sample of a stage is the state before its first step, and is
// counted as an estimate of zeros. A reset that is due at the end of the first
// stage is lost. Rates are divided by the whole duration, with the sample that is
// no step. The programs for probabilistic spiking call 50 ms fast that begin one
// second after the onset. All of them measure distances in bins.

// fast is the window that the programs for probabilistic spiking call so.
var fast = trial.Window{From: 1, To: 1.05, Name: "fast"}

// A task is one trial of an experiment.
type task struct {
	model.Setup
	seed   uint64
	repeat uint32
	staged bool // as the authors' program of the balanced network runs
}

func (o Options) task(s model.Setup, repeat uint32) task {
	return task{s, o.Seed, repeat, !o.Corrected && s.Model == model.Balanced}
}

// present runs the trial.
func (t task) present() (*trial.Recording, error) {
	if !t.staged {
		return t.Present(t.seed, t.repeat)
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	c, err := t.Balanced(t.seed, t.repeat)
	if err != nil {
		return nil, err
	}
	return presentStaged(t, c)
}

// presentStaged runs the trial of a balanced network with the given configuration.
func presentStaged(t task, c spiking.BalancedConfig) (*trial.Recording, error) {
	net, err := spiking.NewBalanced(c)
	if err != nil {
		return nil, err
	}
	p := t.Protocol()
	p.Before, p.After = max(p.Before-c.DT, 0), p.After-c.DT // the first sample of a stage is no step
	return trial.Present(&stagedNetwork{net, c}, p, t.Key(t.seed, t.repeat, stream.Dynamics).Rand())
}

// A stagedNetwork is a balanced network that begins a new stage whenever its mean
// is set, with the voltages and rates of the last one and without its spikes, so
// that a reset that is due is lost.
type stagedNetwork struct {
	*spiking.Balanced
	config spiking.BalancedConfig
}

func (s *stagedNetwork) SetMean(mu []float64) error {
	target, err := s.config.Target.WithMean(mu)
	if err != nil {
		return err
	}
	c := s.config
	c.Target, c.Voltage, c.Rate = target, make([]float64, s.Neurons()), make([]float64, s.Neurons())
	for j := range c.Voltage {
		c.Voltage[j], c.Rate[j] = s.Voltage(j), s.Rate(j)
	}
	s.Balanced, err = spiking.NewBalanced(c)
	return err
}

// measure returns the measure that of makes over a window, of the samples that the
// authors' program takes if the trial is staged. Sample k, from 0, is the estimate
// after step k. The first 500 samples are so an estimate of zeros and 499 steps.
func (t task) measure(of func(w trial.Window) trial.Measure, w trial.Window) trial.Measure {
	if !t.staged {
		return of(w)
	}
	steps := w
	if !math.IsInf(w.From, 0) {
		steps.From = max(w.From-t.DT, 0)
	}
	if !math.IsInf(w.To, 0) && w.To > 0 {
		steps.To = w.To - t.DT
	}
	return sampled{of(steps), of(w).Columns(), w.From == 0, 1 - t.DT/t.After}
}

// course is measure of a trial.Course.
func (t task) course(times []float64) trial.Measure {
	if !t.staged {
		return trial.Course(times...)
	}
	earlier := make([]float64, len(times))
	for i, at := range times {
		earlier[i] = at - t.DT
	}
	return sampled{trial.Course(earlier...), trial.Course(times...).Columns(), true, 1}
}

// A sampled measure has the names of the authors' window and is over its steps.
type sampled struct {
	trial.Measure
	columns []trial.Column
	zero    bool    // the window has the first sample, of zeros
	steps   float64 // share of samples that are steps
}

func (m sampled) Columns() []trial.Column { return m.columns }

func (m sampled) Start(r *trial.Recording) (trial.Accumulator, error) {
	a, err := m.Measure.Start(r)
	if err != nil {
		return nil, err
	}
	s := &sampler{Accumulator: a, sampled: m}
	if m.zero {
		zeros := trial.Segment{Count: 1, X: make([]float64, r.Dim())}
		if p, ok := a.(trial.Previewer); ok {
			p.Preview(zeros)
		}
		s.first = &zeros
	}
	return s, nil
}

// A sampler is the accumulator of a sampled measure.
type sampler struct {
	trial.Accumulator
	sampled
	first *trial.Segment // the first sample, until it is taken in
}

func (a *sampler) Preview(s trial.Segment) {
	if p, ok := a.Accumulator.(trial.Previewer); ok {
		p.Preview(s)
	}
}

func (a *sampler) Add(s trial.Segment) {
	if a.first != nil {
		a.Accumulator.Add(*a.first)
		a.first = nil
	}
	a.Accumulator.Add(s)
}

// Result scales rates to the duration of all samples.
func (a *sampler) Result(dst []float64) error {
	err := a.Accumulator.Result(dst)
	for i, c := range a.columns {
		if c.Unit == "Hz" {
			dst[i] *= a.steps
		}
	}
	return err
}

// distance returns trial.Distance with one more column, the distance that the
// authors' programs compute: diag.W2Binned between a coordinate over time and as
// many draws from its marginal of the target, averaged over coordinates. The stream
// is for the draws.
func distance(w trial.Window, target *density.Gaussian, key stream.Key) trial.Measure {
	return binned{trial.Distance(w, target), w, target, key}
}

type binned struct {
	trial.Measure
	window trial.Window
	target *density.Gaussian
	key    stream.Key
}

func (m binned) Columns() []trial.Column {
	return append(m.Measure.Columns(), trial.Column{
		Name: m.window.Column("w2bins"), Help: "2-Wasserstein distance of a coordinate over time from its marginal of the target, in bins, averaged over coordinates",
	})
}

func (m binned) Start(r *trial.Recording) (trial.Accumulator, error) {
	a, err := m.Measure.Start(r)
	if err != nil {
		return nil, err
	}
	return distanceInBins{a.(countingAccumulator), m}, nil
}

// A countingAccumulator is that of a trial.Distance.
type countingAccumulator interface {
	trial.Accumulator
	trial.Previewer
	Histograms() ([]*diag.Histogram, error)
}

type distanceInBins struct {
	countingAccumulator
	binned
}

func (a distanceInBins) Result(dst []float64) error {
	last := len(dst) - 1
	if err := a.countingAccumulator.Result(dst[:last]); err != nil {
		return err
	}
	histograms, err := a.Histograms()
	if err != nil {
		return err
	}
	rng, unit := a.key.Rand(), make([]float64, len(histograms))
	dst[last] = 0
	for i, h := range histograms {
		unit[i] = 1
		variance := a.target.MulCovariance(nil, unit)[i]
		unit[i] = 0
		w2, err := h.W2Binned(a.target.Mean(nil)[i], math.Sqrt(variance), rng)
		if err != nil {
			return err
		}
		dst[last] += w2 / float64(len(histograms))
	}
	return nil
}

// Tables of numbers that were measured from the authors' own programs.
type (
	PublishedTable     = reference.Table
	PublishedRow       = reference.Row
	PublishedSetting   = reference.Setting
	PublishedStatistic = reference.Statistic
)

// Published returns a table of numbers that were measured from the authors' own
// programs. Its comment says how. Its statistics have the names of the columns in
// which a Result of this package has the same:
//
//	table, err := paper.Published("A_ebn_rho")
//	for _, row := range table.Rows {
//		mean, ok := row.Stat("mean_50ms")
//		fmt.Println(row.Natural, row.Rho, mean.Mean, mean.SE)
//	}
//
// The error lists the names of the tables if there is none of this name.
func Published(name string) (*PublishedTable, error) {
	t, err := reference.Load(name)
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return t, nil
}

// PublishedNames returns the names of the tables.
func PublishedNames() []string { return reference.Names() }
