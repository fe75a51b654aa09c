package paper

import (
	"math"

	"natspike/pkg/figure"
	model "natspike/pkg/oldtrial"
)

var balancedSpikes = &Experiment{
	Name:  "balanced-spikes",
	Title: "Balanced network: spike statistics",
	Caption: "Of the balanced network in 10 dimensions, 100 neurons, correlation 0.75: how the firing rate, the mean interval between spikes and the coefficient of variation of the intervals are distributed over neurons, " +
		"of those that spiked three times in 1.5 s. The medians of the intervals' variation are below that of a Poisson process, 1, in both geometries.",
	Repeats: 1000,
	record:  neurons,
	setups: func(corrected bool) []model.Setup {
		s := balanced(10, balancedPerDim, 0.75, corrected)
		s.Family = model.Triple // the authors' too, here
		return both(s)
	},
	authors: []string{"C_ebn_spikestats"},
	draw:    (*Result).spikeFigure,
}

var metropolisSpikes = &Experiment{
	Name:  "metropolis-spikes",
	Title: "Probabilistic spiking: spike statistics",
	Caption: "Of the probabilistic network in 10 dimensions, 100 neurons, ρ = 0.75: how the firing rate, the mean interval between spikes and the coefficient of variation of the intervals are distributed over neurons; those that never spike have no place on the axes, and count. " +
		"Half of the naive neurons never spike; what spikes there are come in bursts. The natural network is irregular much as a Poisson process is.",
	Repeats: 1000,
	record:  neurons,
	setups: func(corrected bool) []model.Setup {
		return both(metropolis(10, 0.75, 1, corrected))
	},
	authors: []string{"E_mh_base"},
	draw:    (*Result).spikeFigure,
}

// spikeFigure shows how rates and intervals are distributed over the neurons of
// all repeats.
func (r *Result) spikeFigure() *figure.Figure {
	panels := []*figure.Panel{
		figure.New("", "firing rate (Hz)", "share of neurons").LogX(),
		figure.New("", "mean interval (ms)", "share of neurons").LogX(),
		figure.New("", "CV of intervals", "share of neurons"),
	}
	for k, s := range r.Setups {
		var rates, intervals, variations []float64
		for _, n := range r.neurons[k] {
			if n.Spikes > 0 { // those that are silent have no place on the axis
				rates = append(rates, n.Rate)
			}
			if !math.IsNaN(n.ISI) {
				intervals, variations = append(intervals, 1e3*n.ISI), append(variations, n.CV)
			}
		}
		total := float64(len(r.neurons[k]))
		for i, x := range [][]float64{rates, intervals, variations} {
			lo, hi, log := 0.5, 1000.0, true
			switch i {
			case 1:
				lo, hi = 1, 1500
			case 2:
				lo, hi, log = 0, 3, false
			}
			edges, share := shares(x, total, lo, hi, 40, log)
			panels[i].Steps(s.Geometry.String(), edges, share, style(s.Geometry)).Height(170)
		}
	}
	panels[2].VLine("Poisson process", 1)
	return figure.Row(panels[0], panels[1], panels[2]).OneLegend().Letters()
}

// shares returns the edges of bins between lo and hi and the share of the total
// that falls in each; what is outside is counted at the ends.
func shares(x []float64, total, lo, hi float64, bins int, log bool) (edges, share []float64) {
	scale := func(v float64) float64 {
		if log {
			return math.Log(v)
		}
		return v
	}
	width := (scale(hi) - scale(lo)) / float64(bins)
	edges, share = make([]float64, bins+1), make([]float64, bins)
	for i := range edges {
		edges[i] = scale(lo) + width*float64(i)
		if log {
			edges[i] = math.Exp(edges[i])
		}
	}
	for _, v := range x {
		i := int(min(max((scale(v)-scale(lo))/width, 0), float64(bins-1)))
		share[i] += 1 / total
	}
	return edges, share
}
