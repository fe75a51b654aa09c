package paper

import (
	"fmt"
	"math"
	"sort"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// statistics returns the measures of most experiments: moments and distances from
// the target over windows, and the statistics of spikes.
func (t task) statistics() ([]trial.Measure, error) {
	target, err := t.Target()
	if err != nil {
		return nil, err
	}
	moments, rates, intervals := trial.Moments, trial.Rates, trial.Intervals
	var measures []trial.Measure
	for i, w := range []trial.Window{trial.First(0.05), trial.AfterOnset, fast} {
		key := t.Key(t.seed, t.repeat, stream.Exact)
		key.Chain = uint32(i)
		measures = append(measures, t.measure(func(w trial.Window) trial.Measure { return distance(w, target, key) }, w))
	}
	return append(measures,
		t.measure(moments, t.Late()),
		t.measure(rates, trial.AfterOnset), t.measure(rates, trial.BeforeOnset), t.measure(intervals, trial.AfterOnset)), nil
}

// spikeStatistics returns the measures of the experiments on spike statistics.
func (t task) spikeStatistics() ([]trial.Measure, error) {
	var measures []trial.Measure
	for _, of := range []func(trial.Window) trial.Measure{trial.Rates, trial.Intervals} {
		measures = append(measures, t.measure(of, trial.AfterOnset))
	}
	for _, s := range neuronShares {
		measures = append(measures, s)
	}
	return measures, nil
}

// courses returns the measure of the time course.
func (t task) courses() ([]trial.Measure, error) {
	return []trial.Measure{t.course(courseTimes)}, nil
}

// neuronShares are the histograms of the experiments on spike statistics. Neurons
// that never spike have no place on a logarithmic axis of rates.
var neuronShares = []shares{
	{name: "rate", lo: 0.5, hi: 1000, log: true, of: func(f trial.Firing) float64 {
		if f.Spikes == 0 {
			return math.NaN()
		}
		return f.Rate
	}},
	{name: "isi", lo: 1e-3, hi: 1.5, log: true, of: func(f trial.Firing) float64 { return f.ISI }},
	{name: "cv", lo: 0, hi: 3, of: func(f trial.Firing) float64 { return f.CV }},
}

// shares is the measure of how a statistic is distributed over neurons: the share
// of all neurons that falls in each of 40 bins between lo and hi. What is beyond
// them counts in the first or the last bin, what is NaN in none.
type shares struct {
	name   string
	lo, hi float64
	log    bool // the bins are equal on a logarithmic axis
	of     func(f trial.Firing) float64
}

const shareBins = 40

func (shares) Span() trial.Window { return trial.AfterOnset }

// column returns the name of the column of a bin.
func (s shares) column(bin int) string { return fmt.Sprintf("%s_share_%d", s.name, bin) }

func (s shares) Columns() []trial.Column {
	edges := s.edges()
	columns := make([]trial.Column, shareBins)
	for i := range columns {
		columns[i] = trial.Column{Name: s.column(i), Help: fmt.Sprintf("share of neurons whose %s is from %.4g to %.4g", s.name, edges[i], edges[i+1])}
	}
	return columns
}

// edges returns the edges of the bins.
func (s shares) edges() []float64 {
	edges := make([]float64, shareBins+1)
	for i := range edges {
		share := float64(i) / shareBins
		edges[i] = s.lo + float64(share*(s.hi-s.lo))
		if s.log {
			edges[i] = s.lo * portable.Exp(share*portable.Log(s.hi/s.lo))
		}
	}
	return edges
}

func (s shares) Start(r *trial.Recording) (trial.Accumulator, error) {
	neurons, err := r.Firing(s.Span())
	return counted{shares: s, neurons: neurons}, err
}

// counted is the accumulator of shares.
type counted struct {
	trial.NoSegments
	shares
	neurons []trial.Firing
}

func (c counted) Result(dst []float64) error {
	edges := c.edges()
	clear(dst)
	for _, f := range c.neurons {
		x := c.of(f)
		if math.IsNaN(x) {
			continue
		}
		bin := sort.SearchFloat64s(edges[1:shareBins], x)
		if bin < shareBins-1 && x == edges[bin+1] {
			bin++
		}
		dst[bin] += 1 / float64(len(c.neurons))
	}
	return nil
}
