package paper

import (
	"math"

	"natspike/pkg/figure"
	"natspike/pkg/trial/model"
)

// metropolisDims is the dimension of probabilistic spiking where it is not the
// question.
const metropolisDims = 10

var metropolisCorrelation = &Experiment{
	Name:  "metropolis-correlation",
	Title: "Probabilistic spiking: correlation",
	Caption: "Ten dimensions, 100 neurons, the mean of the target stepping from 0 to 1, for targets more and more correlated. " +
		"Naive proposals are refused the more the stronger the correlation, until none is accepted and the estimate decays to zero. Natural ones are accepted alike at every ρ.",
	Repeats: 100,
	setups: func(corrected bool) []model.Setup {
		return each(correlations(), func(rho float64) model.Setup { return metropolis(metropolisDims, rho, 1, corrected) })
	},
	measures: task.statistics,
	authors:  []string{"F1_mh_rho", "E_mh_base"},
	draw:     func(r *Result) *figure.Figure { return r.metropolisFigure(overRho) },
}

var metropolisDimension = &Experiment{
	Name:  "metropolis-dimension",
	Title: "Probabilistic spiking: dimension",
	Caption: "From 2 to 64 dimensions, ten neurons for each, at ρ = 0.75, with entries of the decoder that scale as 1/√d. " +
		"Natural proposals are accepted alike in every dimension, and the estimate is that of the target, but for the leak that more dimensions show more. Naive ones are not, and the estimate is lost in high dimension.",
	Repeats: 100,
	setups: func(corrected bool) []model.Setup {
		return each(powersOfTwo(64), func(p int) model.Setup { return metropolis(p, 0.75, inverseRoot(p), corrected) })
	},
	measures: task.statistics,
	authors:  []string{"F2_mh_dim"},
	draw:     func(r *Result) *figure.Figure { return r.metropolisFigure(overDims) },
}

var metropolisScale = &Experiment{
	Name:  "metropolis-scale",
	Title: "Probabilistic spiking: size of a spike",
	Caption: "How far a spike moves the estimate: entries of the decoder with variances from 10⁻⁸ to 100, in ten dimensions at ρ = 0.75. " +
		"Small spikes are nearly all accepted and lead nowhere before they decay; large ones are refused. In between there is a range where sampling works: it is wide for natural geometry, and the naive one has hardly any.",
	Repeats: 100,
	setups: func(corrected bool) []model.Setup {
		var all []model.Setup
		for i := range 101 {
			s := metropolis(metropolisDims, 0.75, 1, corrected)
			s.Scale = math.Sqrt(math.Pow(10, float64(i-80)/10))
			all = append(all, both(s)...)
		}
		return all
	},
	measures: task.statistics,
	authors:  []string{"F3_mh_gammascale"},
	draw:     func(r *Result) *figure.Figure { return r.metropolisFigure(overScale) },
}

// metropolisFigure is that of a sweep of probabilistic spiking.
func (r *Result) metropolisFigure(x axis) *figure.Figure {
	window, title := fast, "50 ms, from 1 s after the onset on"
	if r.Options.Corrected {
		window, title = first50, "the first 50 ms"
	}
	return r.sweepFigure(x, window, title,
		quantity{column: "spikes_per_step_after", label: "acceptance"},
		quantity{column: "rate_after", label: "firing rate (Hz)"})
}
