package reference

// columns has the names that the statistics of the tables go by in a trial.Row,
// or in a trial.Point. accPre, the spikes per step before the onset, has no
// column: it is rate_baseline·n·Δt.
var columns = map[string]string{
	// Balanced network: tables A, B and C.
	"mean50": "mean_50", "meanEnd": "mean_end",
	"var50": "var_50", "varEnd": "var_end",
	"mse50": "mse_50", "mseEnd": "mse_end",
	"w2bins50": "w2bins_50", "w2binsEnd": "w2bins_end",
	"w2val50": "w2_50", "w2valEnd": "w2_end",
	"rateBaselineHz": "rate_baseline",
	"spikesPerStep":  "spikes_per_step",

	// Table C alone.
	"rate_mean": "rate", "rate_sd_neurons": "rate_sd", "rate_median": "rate_median", "rate_max": "rate_max",
	"isiMean_neurons_s": "isi", "isiMean_median_s": "isi_median",
	"isiCV_mean": "cv", "isiCV_sd_neurons": "cv_sd", "isiCV_median": "cv_median",

	// Table D.
	"runmean": "mean", "runvar": "var",

	// Probabilistic spiking: tables E and F.
	"mean_ss": "mean_end", "mean_fastA": "mean_fast", "mean_fast0": "mean_50",
	"var_ss": "var_end", "var_fastA": "var_fast", "var_fast0": "var_50",
	"w2bins_ss": "w2bins_end", "w2bins_fastA": "w2bins_fast", "w2bins_fast0": "w2bins_50",
	"w2val_ss": "w2_end", "w2val_fastA": "w2_fast", "w2val_fast0": "w2_50",
	"offdiagCov_ss": "cov_end", "covDist_ss": "distance_end",
	"ratePreHz": "rate_baseline",
	"acc":       "spikes_per_step",
	"isiMean_s": "isi", "isiCV": "cv",

	// Both.
	"lateMean": "mean_late", "lateVar": "var_late", "lateOffdiagCov": "cov_late",
	"rateHz": "rate", "maxRateHz": "rate_max",
	"fracSilent": "silent", "fracLess3spikes": "few",

	// Q_dt_refinement.
	"mean50ms_window": "mean_50", "var50ms_window": "var_50",
}
