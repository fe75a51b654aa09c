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
func Rates(w Window) Measure {
	return ofSpikes(w, rates, []Column{
		{Name: "rate", Unit: "Hz", Help: "spikes per neuron and second"},
		{Name: "rate_sd", Unit: "Hz", Help: "standard deviation of the rate over neurons; NaN of one neuron"},
		{Name: "rate_median", Unit: "Hz", Help: "median rate over neurons"},
		{Name: "rate_max", Unit: "Hz", Help: "largest rate of any neuron"},
		{Name: "spikes_per_step", Help: "spikes per time step"},
		{Name: "silent", Help: "share of neurons without a spike"},
	})
}

func rates(r *Recording, from, to int, dst []float64) error {
	lo, hi := r.in(from, to)
	rate := make([]float64, r.n)
	for _, e := range r.events[lo:hi] {
		rate[e.neuron]++
	}
	seconds, silent := r.clock.Time(to-from), 0
	for j, count := range rate {
		if count == 0 {
			silent++
		}
		rate[j] = count / seconds
	}
	dst[0], dst[1] = meanSD(rate)
	dst[2], dst[3] = median(rate), slices.Max(rate)
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
func Intervals(w Window) Measure {
	const of = " over the neurons with three spikes or more; NaN if there is none"
	return ofSpikes(w, intervals, []Column{
		{Name: "isi", Unit: "s", Help: "mean interval between the spikes of a neuron, averaged" + of},
		{Name: "isi_median", Unit: "s", Help: "median of the mean interval" + of},
		{Name: "cv", Help: "coefficient of variation of the intervals of a neuron, averaged" + of},
		{Name: "cv_sd", Help: "standard deviation of the coefficient of variation" + of},
		{Name: "cv_median", Help: "median of the coefficient of variation" + of},
		{Name: "few", Help: "share of neurons with fewer than three spikes"},
	})
}

// forIntervals is the number of spikes that a neuron must have for the statistics
// of its intervals.
const forIntervals = 3

func intervals(r *Recording, from, to int, dst []float64) error {
	neurons, err := r.firing(from, to)
	if err != nil {
		return err
	}
	var means, variations []float64
	for _, f := range neurons {
		if !math.IsNaN(f.CV) {
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
	CV     float64 // coefficient of variation of the intervals; NaN of fewer than three spikes, and if all are at one time
}

// Firing returns how each neuron fires in a window. The variance of n intervals, in
// CV, has the divisor n − 1.
func (r *Recording) Firing(w Window) ([]Firing, error) {
	from, to, err := r.Steps(w)
	if err != nil {
		return nil, err
	}
	return r.firing(from, to)
}

func (r *Recording) firing(from, to int) (neurons []Firing, err error) {
	neurons = make([]Firing, r.n)
	var isi []float64
	for j, train := range r.trains(from, to) {
		f := &neurons[j]
		*f = Firing{Spikes: len(train), Rate: float64(len(train)) / r.clock.Time(to-from), ISI: math.NaN(), CV: math.NaN()}
		if f.Spikes < forIntervals {
			continue
		}
		isi = isi[:0]
		for i, t := range train[1:] {
			isi = append(isi, t-train[i])
		}
		var sd float64
		if f.ISI, sd, err = diag.MeanSD(isi, 1); err != nil {
			return nil, err
		}
		if f.ISI > 0 {
			f.CV = sd / f.ISI
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
func Fano(w Window, width float64) Measure {
	return ofSpikes(w, func(r *Recording, from, to int, dst []float64) error {
		if err := check.Positive("width", width, " s"); err != nil {
			return err
		}
		steps := r.clock.Step(width)
		if steps < 1 || (to-from)/steps < 2 {
			return check.Errorf("width", "= %v s of the bins is not between a step of %v s and half of the window of %v s", width, r.clock.dt, r.clock.Time(to-from))
		}
		return fano(r, from, to, steps, dst)
	}, []Column{
		{Name: "fano", Help: "Fano factor of the spike counts of a neuron, averaged over the neurons that spike; NaN if none does"},
	})
}

func fano(r *Recording, from, to, steps int, dst []float64) error {
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

// ofSpikes returns the measure of a window whose numbers come from the spikes in
// the steps after from, up to and including to.
func ofSpikes(w Window, numbers func(r *Recording, from, to int, dst []float64) error, columns []Column) Measure {
	return measure{w, w.named(columns...), func(r *Recording) (Accumulator, error) {
		from, to, err := r.Steps(w)
		if err != nil {
			return nil, err
		}
		known := recorded{numbers: make([]float64, len(columns))}
		return known, numbers(r, from, to, known.numbers)
	}}
}

// recorded is the accumulator of numbers that the recording alone gives.
type recorded struct {
	NoSegments
	numbers []float64
}

func (a recorded) Result(dst []float64) error {
	copy(dst, a.numbers)
	return nil
}

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
