package paper

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"natspike/pkg/figure"
	"natspike/pkg/trial/model"
)

var balancedSpikes = &Experiment{
	Name:  "balanced-spikes",
	Title: "Balanced network: spike statistics",
	Caption: "Of the balanced network in 10 dimensions, 100 neurons, correlation 0.75: how the firing rate, the mean interval between spikes and the coefficient of variation of the intervals are distributed over neurons, " +
		"of those that spiked three times in 1.5 s. The medians of the intervals' variation are below that of a Poisson process, 1, in both geometries.",
	Repeats:  1000,
	measures: task.spikeStatistics,
	setups: func(corrected bool) []model.Setup {
		s := balanced(10, balancedPerDim, 0.75, corrected)
		s.Family = model.FamilyTriple // the authors' too, here
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
	Repeats:  1000,
	measures: task.spikeStatistics,
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
	for _, c := range r.Conditions {
		for i, s := range neuronShares {
			edges, share := s.edges(), make([]float64, shareBins)
			if s.name == "isi" {
				floats.Scale(1e3, edges)
			}
			for k := range share {
				share[k] = c.Of(s.column(k)).Mean
			}
			if math.IsNaN(share[0]) { // all trials failed
				continue
			}
			g := c.Setup.Geometry
			panels[i].Steps(g.String(), edges, share, figure.StyleOf(g)).Height(170)
		}
	}
	panels[2].VLine("Poisson process", 1)
	return figure.Row(panels[0], panels[1], panels[2]).OneLegend().Letters()
}
