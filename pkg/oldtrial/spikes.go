package model

import (
	"math"
	"slices"
)

// Neurons returns the spike statistics of each neuron after the onset.
func (t *Trial) Neurons() []Neuron {
	r := t.Recording
	type train struct {
		spikes, last int
		sum, sum2    float64 // of intervals, in steps
	}
	trains := make([]train, r.n)
	for _, e := range r.events {
		a := &trains[e.neuron]
		if a.spikes > 0 {
			interval := float64(int(e.step) - a.last)
			a.sum += interval
			a.sum2 += interval * interval
		}
		a.spikes++
		a.last = int(e.step)
	}
	out := make([]Neuron, r.n)
	for j, a := range trains {
		out[j] = Neuron{
			Model: string(t.Setup.Model), Geometry: t.Setup.Geometry.String(), Repeat: t.Repeat,
			Neuron: j, Spikes: a.spikes, Rate: float64(a.spikes) / t.Setup.After,
			ISI: math.NaN(), CV: math.NaN(),
		}
		if n := float64(a.spikes - 1); a.spikes >= enoughSpikes {
			mean := a.sum / n
			variance := max(a.sum2-float64(n*mean*mean), 0) / (n - 1)
			out[j].ISI = mean * r.dt
			out[j].CV = math.Sqrt(variance) / mean
		}
	}
	return out
}

// enoughSpikes is the number of spikes that a neuron must have for the statistics
// of its intervals.
const enoughSpikes = 3

// SumUp fills in the columns that sum up neurons: Rate to RateMax and Silent to
// CVSD.
func (row *Row) SumUp(neurons []Neuron) {
	n := float64(len(neurons))
	row.Silent, row.Few = 0, 0
	var rates, isi, cv []float64
	for _, x := range neurons {
		rates = append(rates, x.Rate)
		if x.Spikes == 0 {
			row.Silent += 1 / n
		}
		if x.Spikes < enoughSpikes {
			row.Few += 1 / n
			continue
		}
		isi, cv = append(isi, x.ISI), append(cv, x.CV)
	}
	row.Rate, row.RateSD = meanSD(rates)
	row.RateMedian, row.RateMax = median(rates), slices.Max(rates)
	row.ISI, _ = meanSD(isi)
	row.ISIMedian = median(isi)
	row.CV, row.CVSD = meanSD(cv)
	row.CVMedian = median(cv)
}

// meanSD returns the mean of x, NaN of nothing, and its standard deviation, NaN
// of less than two. It adds up in order, where gonum's does not on every
// architecture.
func meanSD(x []float64) (mean, sd float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v
	}
	mean /= n
	for _, v := range x {
		sd += float64((v - mean) * (v - mean))
	}
	if len(x) < 2 {
		return mean, math.NaN()
	}
	return mean, math.Sqrt(sd / (n - 1))
}

// median returns the median of x, NaN of nothing.
func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
