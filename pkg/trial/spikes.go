package trial

import (
	"math"
	"slices"

	"natspike/pkg/diag"
)

// Rates returns the measure of the firing rates of neurons in a window:
//
//	rate             spikes per neuron and second, Hz
//	rate_sd          standard deviation over neurons, Hz; NaN of one neuron
//	rate_median      median over neurons, Hz
//	rate_max         largest of any neuron, Hz
//	spikes_per_step  spikes per time step; of a network that proposes one spike in a
//	                 step, its acceptance
//	silent           share of neurons without a spike
func Rates(w Window) Measure { return rates{w} }

type rates struct{ Window }

func (m rates) Columns() []Column {
	return []Column{
		{Name: m.Column("rate"), Unit: "Hz", Help: "spikes per neuron and second"},
		{Name: m.Column("rate_sd"), Unit: "Hz", Help: "standard deviation of the rate over neurons; NaN of one neuron"},
		{Name: m.Column("rate_median"), Unit: "Hz", Help: "median rate over neurons"},
		{Name: m.Column("rate_max"), Unit: "Hz", Help: "largest rate of any neuron"},
		{Name: m.Column("spikes_per_step"), Help: "spikes per time step"},
		{Name: m.Column("silent"), Help: "share of neurons without a spike"},
	}
}

func (m rates) Start(r *Recording) (Accumulator, error) { return fromRecording(m.Window, r, m.result) }

func (m rates) result(r *Recording, from, to int, dst []float64) error {
	lo, hi := r.in(from, to)
	counts := make([]float64, r.n)
	for _, e := range r.events[lo:hi] {
		counts[e.neuron]++
	}
	seconds := r.clock.Time(to - from)
	silent := 0
	for j, c := range counts {
		if c == 0 {
			silent++
		}
		counts[j] = c / seconds
	}
	dst[0], dst[1] = meanSD(counts)
	dst[2], dst[3] = median(counts), slices.Max(counts)
	dst[4] = float64(hi-lo) / float64(to-from)
	dst[5] = float64(silent) / float64(r.n)
	return nil
}

// Intervals returns the measure of the intervals between the spikes of a neuron in
// a window, over the neurons that have three spikes or more:
//
//	isi         mean interval, s, averaged over these neurons
//	isi_median  its median over them, s
//	cv          coefficient of variation of the intervals of a neuron, averaged; the
//	            variance of n intervals has the divisor n − 1
//	cv_sd       its standard deviation over these neurons; NaN of one
//	cv_median   its median over them
//	few         share of all neurons that have fewer than three spikes
//
// All but few are NaN if there is no neuron with three spikes.
func Intervals(w Window) Measure { return intervals{w} }

type intervals struct{ Window }

// forIntervals is the number of spikes that a neuron must have for the statistics
// of its intervals.
const forIntervals = 3

func (m intervals) Columns() []Column {
	const of = " over the neurons with three spikes or more; NaN if there is none"
	return []Column{
		{Name: m.Column("isi"), Unit: "s", Help: "mean interval between the spikes of a neuron, averaged" + of},
		{Name: m.Column("isi_median"), Unit: "s", Help: "median of the mean interval" + of},
		{Name: m.Column("cv"), Help: "coefficient of variation of the intervals of a neuron, averaged" + of},
		{Name: m.Column("cv_sd"), Help: "standard deviation of the coefficient of variation" + of},
		{Name: m.Column("cv_median"), Help: "median of the coefficient of variation" + of},
		{Name: m.Column("few"), Help: "share of neurons with fewer than three spikes"},
	}
}

func (m intervals) Start(r *Recording) (Accumulator, error) {
	return fromRecording(m.Window, r, m.result)
}

func (m intervals) result(r *Recording, _, _ int, dst []float64) error {
	neurons, err := r.Firing(m.Window)
	if err != nil {
		return err
	}
	var means, variations []float64
	for _, f := range neurons {
		if f.Spikes >= forIntervals {
			means, variations = append(means, f.ISI), append(variations, f.CV)
		}
	}
	dst[0], _ = meanSD(means)
	dst[1] = median(means)
	dst[2], dst[3] = meanSD(variations)
	dst[4] = median(variations)
	dst[5] = 1 - float64(len(means))/float64(r.n)
	return nil
}

// Firing describes the spikes of one neuron in a window.
type Firing struct {
	Spikes int
	Rate   float64 // spikes per second, Hz
	ISI    float64 // mean interval between spikes, s; NaN of fewer than three spikes
	CV     float64 // coefficient of variation of the intervals; NaN of fewer than three spikes
}

// Firing returns how each neuron fires in a window. The variance of n intervals, in
// CV, has the divisor n − 1.
func (r *Recording) Firing(w Window) ([]Firing, error) {
	from, to, err := r.Steps(w)
	if err != nil {
		return nil, err
	}
	trains, err := r.Trains(w)
	if err != nil {
		return nil, err
	}
	neurons := make([]Firing, r.n)
	var isi []float64
	for j, train := range trains {
		f := &neurons[j]
		*f = Firing{Spikes: len(train), Rate: float64(len(train)) / r.clock.Time(to-from), ISI: math.NaN(), CV: math.NaN()}
		if f.Spikes < forIntervals {
			continue
		}
		isi = isi[:0]
		for i, t := range train[1:] {
			isi = append(isi, t-train[i])
		}
		if f.CV, err = diag.CV(isi, 1); err != nil {
			return nil, err
		}
		if f.ISI, _, err = diag.MeanSD(isi, 0); err != nil {
			return nil, err
		}
	}
	return neurons, nil
}

// Fano returns the measure of the Fano factor of the number of spikes of a neuron
// in bins of the given width, s, that follow each other in a window:
//
//	fano  variance of the count over its mean, averaged over the neurons that spike;
//	      NaN if none does
//
// It is 1 for a Poisson process. The last bin of the window is left out if it is
// not whole. A window of fewer than two bins is refused.
func Fano(w Window, width float64) Measure { return fano{w, width} }

type fano struct {
	Window
	width float64
}

func (m fano) Columns() []Column {
	return []Column{{Name: m.Column("fano"), Help: "Fano factor of the spike counts of a neuron, averaged over the neurons that spike; NaN if none does"}}
}

func (m fano) Start(r *Recording) (Accumulator, error) {
	if err := check.Positive("width", m.width, " s"); err != nil {
		return nil, err
	}
	from, to, err := r.Steps(m.Window)
	if err != nil {
		return nil, err
	}
	if steps := r.clock.Step(m.width); steps < 1 || (to-from)/steps < 2 {
		return nil, check.Errorf("width", "= %v s of the bins is not between a step of %v s and half of the window of %v s", m.width, r.clock.dt, r.clock.Time(to-from))
	}
	return fromRecording(m.Window, r, m.result)
}

func (m fano) result(r *Recording, from, to int, dst []float64) error {
	steps := r.clock.Step(m.width)
	counts := make([][]int, r.n)
	for j := range counts {
		counts[j] = make([]int, (to-from)/steps)
	}
	lo, hi := r.in(from, to)
	for _, e := range r.events[lo:hi] {
		if k := (int(e.step) - from - 1) / steps; k < len(counts[e.neuron]) {
			counts[e.neuron][k]++
		}
	}
	var factors []float64
	for _, c := range counts {
		if slices.Max(c) > 0 {
			f, err := diag.Fano(c, 0)
			if err != nil {
				return err
			}
			factors = append(factors, f)
		}
	}
	dst[0], _ = meanSD(factors)
	return nil
}

// recorded is the accumulator of a measure that is a function of the recording.
type recorded struct {
	NoSegments
	r        *Recording
	from, to int
	result   func(r *Recording, from, to int, dst []float64) error
}

func fromRecording(w Window, r *Recording, result func(r *Recording, from, to int, dst []float64) error) (Accumulator, error) {
	from, to, err := r.Steps(w)
	return recorded{r: r, from: from, to: to, result: result}, err
}

func (a recorded) Result(dst []float64) error { return a.result(a.r, a.from, a.to, dst) }

// meanSD returns the mean of x, NaN of nothing, and its standard deviation, NaN
// of fewer than two.
func meanSD(x []float64) (mean, sd float64) {
	mean, _, err := diag.MeanSD(x, 0)
	if err != nil {
		mean = math.NaN()
	}
	if _, sd, err = diag.MeanSD(x, 1); err != nil {
		sd = math.NaN()
	}
	return mean, sd
}

// median returns the median of x, NaN of nothing.
func median(x []float64) float64 {
	m, err := diag.Median(x)
	if err != nil {
		return math.NaN()
	}
	return m
}
