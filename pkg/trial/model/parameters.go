package model

import (
	"natspike/pkg/grid"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/trial"
)

// Parameters lists the parameters of a Setup. A model sets all of them to its
// published ones, and n_p and k set λ = α = √n, so that later parameters start
// from what the earlier ones say.
var Parameters = &grid.Table[Setup]{
	Default: PaperMetropolis(10, 10, 0.75, metric.Natural),
	Parameters: []grid.Parameter[Setup]{
		grid.Choice("model", "network", func(s *Setup) *Model { return &s.Model }, modelNames()...).Then(func(s *Setup) {
			*s = s.Model.kind().published(s.Dims, s.PerDim, s.Rho, s.Geometry)
		}),
		grid.Word("geometry", "metric D: naive, natural, or a power s of D = Σˢ", metric.Parse, func(s *Setup) *metric.Geometry { return &s.Geometry }),
		grid.Choice("family", "covariance Σ as a function of ρ", func(s *Setup) *Family { return &s.Family }, FamilyUnit, FamilyTriple, FamilyShared),
		grid.Float("rho", "", "correlation parameter ρ of the target", func(s *Setup) *float64 { return &s.Rho }),
		grid.Int("n_p", "", "dimension p of the target", func(s *Setup) *int { return &s.Dims }).AtLeast(1).Then((*Setup).setCosts),
		grid.Int("k", "", "neurons per dimension", func(s *Setup) *int { return &s.PerDim }).AtLeast(1).Then((*Setup).setCosts),
		grid.Float("scale", "", "standard deviation of the entries of the decoder", func(s *Setup) *float64 { return &s.Scale }).Positive(),
		ofBalanced(grid.Float("skew", "", "strength of the skew-symmetric S", func(s *Setup) *float64 { return &s.Skew })),
		ofBalanced(grid.Choice("arbitration", "rule for neurons above threshold", func(s *Setup) *spiking.Arbitration { return &s.Arbitration },
			spiking.OnePerStep, spiking.OnePerStepByExcess, spiking.Greedy)),
		ofBalanced(grid.Float("lambda", "", "quadratic cost λ of firing, √n if it is not given", func(s *Setup) *float64 { return &s.Lambda }).NonNegative()),
		ofBalanced(grid.Float("alpha", "", "linear cost α of firing, √n if it is not given", func(s *Setup) *float64 { return &s.Alpha })),
		ofMetropolis(grid.Float("gain", "", "gain g of the probability of a spike", func(s *Setup) *float64 { return &s.Gain }).Positive()),
		grid.Float("tau_m", "s", "membrane time constant τ_m", func(s *Setup) *float64 { return &s.TauM }).Positive(),
		ofBalanced(grid.Float("tau_s", "s", "time constant τ_s of the sampling", func(s *Setup) *float64 { return &s.TauS }).Positive()),
		grid.Float("dt", "s", "time step Δt", func(s *Setup) *float64 { return &s.DT }).Positive(),
		grid.Float("mean", "", "mean of the target after the onset, in every coordinate", func(s *Setup) *float64 { return &s.Mean }),
		grid.Float("before", "s", "duration before the onset", func(s *Setup) *float64 { return &s.Before }).NonNegative(),
		grid.Float("after", "s", "duration after the onset", func(s *Setup) *float64 { return &s.After }).Positive(),
	},
}

func ofBalanced(p grid.Parameter[Setup]) grid.Parameter[Setup] {
	return p.Only("the balanced network", func(s Setup) bool { return s.Model == Balanced })
}

func ofMetropolis(p grid.Parameter[Setup]) grid.Parameter[Setup] {
	return p.Only("the Metropolis network", func(s Setup) bool { return s.Model == Metropolis })
}

// Late returns the window of the end of a trial: its last second, or the last two
// thirds of a trial that is shorter than 1.5 s.
func (s Setup) Late() trial.Window {
	return trial.Window{From: s.After - min(1, s.After*2/3), To: s.After, Name: "late"}
}

// Measures returns the default statistics of a trial: moments and distances from
// the target over the first 50 ms and over all of the time after the onset, the
// moments of its end, the rates before and after the onset, and the intervals
// between spikes. Their
// columns are the same for every setup. The setup must be valid.
func (s Setup) Measures() []trial.Measure {
	early, late := trial.First(0.05), s.Late()
	target, err := s.Target()
	if err != nil {
		panic("model: measures of a setup that is not valid: " + err.Error())
	}
	return []trial.Measure{
		trial.Distance(early, target), trial.Distance(trial.AfterOnset, target), trial.Moments(late),
		trial.Rates(trial.AfterOnset), trial.Rates(trial.BeforeOnset), trial.Intervals(trial.AfterOnset),
	}
}
