package paper

import (
	"fmt"

	"natspike/pkg/figure"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// Of the sweep of dimension and of neurons per dimension.
var (
	perDims      = []int{1, 5, 10, 20}
	dimensionRho = 0.75
)

var balancedDimension = &Experiment{
	Name:  "balanced-dimension",
	Title: "Balanced network: dimension and number of neurons",
	Caption: "From 2 to 128 dimensions, with n/d = 1, 5, 10 and 20 neurons for each, at ρ = 0.75. One neuron for a dimension is too few in either geometry. " +
		"With more, the natural network keeps the mean up to high dimension, while its variance grows; the naive mean falls with dimension.",
	Repeats: 100,
	setups: func(corrected bool) []model.Setup {
		var s []model.Setup
		for _, k := range perDims {
			s = append(s, each(powersOfTwo(128), func(p int) model.Setup { return balanced(p, k, dimensionRho, corrected) })...)
		}
		return s
	},
	measures: task.statistics,
	authors:  []string{"B_ebn_np_k"},
	draw: func(r *Result) *figure.Figure {
		early, late := quantities(first50, r.Options.Corrected, false), quantities(trial.AfterOnset, r.Options.Corrected, false)
		var panels []figure.Drawing
		for i := range early {
			for j, q := range []quantity{early[i], late[i]} {
				title := ""
				if i == 0 {
					title = []string{"the first 50 ms", r.finalWindow()}[j]
				}
				panels = append(panels, r.dimensionPanel(title, q))
			}
		}
		return figure.Grid(2, panels...).ShareX().OneLegend().Letters()
	},
}

// dimensionPanel shows a quantity over the dimension, a line for each number of
// neurons per dimension, the more the stronger.
func (r *Result) dimensionPanel(title string, q quantity) *figure.Panel {
	p := figure.New(title, overDims.label, q.label).Height(panelHeight + 20)
	for i, k := range perDims {
		r.layers(p, overDims, q, fmt.Sprintf(", n/d = %d", k),
			func(c *Condition) bool { return c.Setup.PerDim == k },
			func(s figure.Style) figure.Style {
				s.Marker = []figure.Marker{figure.Cross, figure.Triangle, figure.Square, figure.Dot}[i]
				s.Opacity = []float64{0.4, 0.6, 0.8, 1}[i]
				return s
			})
	}
	if q.truth != nil {
		p.HLine("target", q.truth(r.Setups[0]), figure.Truth)
	}
	return p
}
