package paper

import (
	"natspike/pkg/figure"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// Of the balanced network in 20 dimensions, as its program's sweeps have it.
const (
	balancedDims   = 20
	balancedPerDim = 10
)

var balancedCorrelation = &Experiment{
	Name:  "balanced-correlation",
	Title: "Balanced network: correlation",
	Caption: "The balanced network in 20 dimensions, 200 neurons, after the mean of its target has stepped from 0 to 6, for targets more and more correlated. " +
		"The naive network falls short of the mean, the more the stronger the correlation, and is off by the more in the first 50 ms; the natural one has it at every ρ.",
	Repeats: 100,
	setups: func(corrected bool) []model.Setup {
		return each(correlations(), func(rho float64) model.Setup { return balanced(balancedDims, balancedPerDim, rho, corrected) })
	},
	measures: task.statistics,
	authors:  []string{"A_ebn_rho"},
	draw: func(r *Result) *figure.Figure {
		return r.sweepFigure(overRho, first50, "the first 50 ms")
	},
}

// first50 is the window of the first 50 ms after the onset.
var first50 = trial.First(0.05)

// finalWindow describes the last window of the figures.
func (r *Result) finalWindow() string {
	if r.Options.Corrected {
		return "the last second of 1.5 s"
	}
	return "all of 1.5 s"
}
