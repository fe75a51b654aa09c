package paper

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

var metropolisBase = &Experiment{
	Name:  "metropolis-base",
	Title: "Probabilistic spiking",
	Caption: "A 10-dimensional equicorrelated Gaussian, ρ = 0.75, 100 neurons. (a, b) Spikes in one trial, from the moment on at which the mean of the target steps from 0 to 1. (c) What they decode to, one coordinate. " +
		"(d) The mean and the variance of a coordinate and the covariance of two, over all of 1.5 s, averaged over trials, with 95 % intervals. The naive network is all but silent, and what it decodes to decays to zero; the natural one has the moments of the target.",
	Repeats: 100,
	setups: func(corrected bool) []model.Setup {
		return both(metropolis(metropolisDims, 0.75, 1, corrected))
	},
	measures: task.statistics,
	authors:  []string{"E_mh_base"},
	draw: func(r *Result) *figure.Figure {
		const until = 0.3 // s
		var rasters []figure.Drawing
		estimates := figure.New("", "time after the onset (ms)", "estimate z₁").Height(150).XRange(0, 1e3*until)
		moments := figure.New("", "", "over 1.5 s").Height(150).YRange(0, 1.1).XTicks([]float64{0, 1, 2}, []string{"mean", "variance", "covariance"}).XRange(-0.5, 2.5)
		variance, covariance := r.Setups[0].Variance()
		traces := make([]figure.Series, len(r.Setups))
		truth := []float64{r.Setups[0].Mean, variance, covariance}
		for i, s := range r.Setups {
			recording, err := r.Options.task(s, 0).present()
			if err != nil { // it was run before, for the data
				return figure.Failed(err)
			}
			times, neurons, err := recording.Raster(trial.First(until))
			if err != nil {
				return figure.Failed(err)
			}
			floats.Scale(1e3, times)
			rasters = append(rasters, figure.New(s.Geometry.String(), "time after the onset (ms)", "neuron").Height(150).
				Spikes("", times, neurons, figure.StyleOf(s.Geometry)).XRange(0, 1e3*until).YRange(-1, float64(s.Neurons())))
			at, x, err := recording.Estimate(trial.First(until), 20)
			if err != nil {
				return figure.Failed(err)
			}
			floats.Scale(1e3, at)
			traces[i] = figure.Series{Label: s.Geometry.String(), X: at, Y: mat.Col(nil, 0, x), Style: figure.StyleOf(s.Geometry).Thin()}
			var ours shown
			for k, column := range []string{"mean_after", "var_after", "cov_after"} {
				ours.add(float64(k)+float64(0.16*float64(2*i-1)), r.Conditions[i].Of(column), false)
			}
			if b := ours.bounded; len(b.at) > 0 {
				moments.Intervals("", b.at, b.lo, b.hi, figure.StyleOf(s.Geometry))
			}
			ours.markMissing(moments, s.Geometry.String(), figure.StyleOf(s.Geometry))
			if len(ours.all.at) > 0 {
				moments.Points("", ours.all.at, ours.all.mean, figure.StyleOf(s.Geometry))
			}
		}
		for i := range traces { // the naive one, which hardly moves, above the other
			c := traces[len(traces)-1-i]
			estimates.Line(c.Label, c.X, c.Y, c.Style)
		}
		estimates.HLine("mean of the target", truth[0])
		for k, v := range truth {
			moments.Line("", []float64{float64(k) - 0.35, float64(k) + 0.35}, []float64{v, v}, figure.Truth)
		}
		return figure.Grid(2, append(rasters, estimates, moments)...).OneLegend().Letters()
	},
}
