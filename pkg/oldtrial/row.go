package model

import "math"

// A Row sums up a trial: the columns of a table. Moments are over time steps, of
// each coordinate, and averaged over coordinates. Windows are named by a suffix:
//
//	50    the first 50 ms after the onset
//	end   all of the time after the onset, the way to the new mean included
//	fast  50 ms from 1 s after the onset on, which is what the published programs
//	      for probabilistic spiking call fast
//	late  the last second, or two thirds of a shorter trial
//
// A window that the trial is too short for, and an interval statistic of a
// network in which no neuron spiked three times, is NaN.
type Row struct {
	Model       string  `parquet:"model"`
	Geometry    string  `parquet:"geometry"`
	Family      string  `parquet:"family"`
	Rho         float64 `parquet:"rho"`
	Dims        int     `parquet:"n_p"`
	PerDim      float64 `parquet:"k"` // neurons per dimension
	Neurons     int     `parquet:"neurons"`
	Scale       float64 `parquet:"scale"`
	Skew        float64 `parquet:"skew"`
	Arbitration string  `parquet:"arbitration"`
	Gain        float64 `parquet:"gain"`
	DT          float64 `parquet:"dt"`
	Repeat      int     `parquet:"repeat"`

	Mean50    float64 `parquet:"mean_50"`
	Var50     float64 `parquet:"var_50"`
	MSE50     float64 `parquet:"mse_50"` // of the mean over the window
	W2Bins50  float64 `parquet:"w2bins_50"`
	W250      float64 `parquet:"w2_50"`
	MeanEnd   float64 `parquet:"mean_end"`
	VarEnd    float64 `parquet:"var_end"`
	MSEEnd    float64 `parquet:"mse_end"`
	W2BinsEnd float64 `parquet:"w2bins_end"`
	W2End     float64 `parquet:"w2_end"`

	MeanFast   float64 `parquet:"mean_fast"`
	VarFast    float64 `parquet:"var_fast"`
	W2BinsFast float64 `parquet:"w2bins_fast"`
	W2Fast     float64 `parquet:"w2_fast"`

	CovEnd      float64 `parquet:"cov_end"`      // mean covariance of two coordinates
	DistanceEnd float64 `parquet:"distance_end"` // Σ_ij (C_ij − Σ_ij)², C the covariance over time
	MeanLate    float64 `parquet:"mean_late"`
	VarLate     float64 `parquet:"var_late"`
	CovLate     float64 `parquet:"cov_late"`

	Rate          float64 `parquet:"rate"`            // spikes per neuron and second after the onset
	RateBaseline  float64 `parquet:"rate_baseline"`   // before it
	RateSD        float64 `parquet:"rate_sd"`         // over neurons
	RateMedian    float64 `parquet:"rate_median"`     // over neurons
	RateMax       float64 `parquet:"rate_max"`        // over neurons
	SpikesPerStep float64 `parquet:"spikes_per_step"` // after the onset; of Metropolis, the acceptance
	Silent        float64 `parquet:"silent"`          // share of neurons without a spike after the onset
	Few           float64 `parquet:"few"`             // share with fewer than three
	ISI           float64 `parquet:"isi"`             // mean interval in s, averaged over the other neurons
	ISIMedian     float64 `parquet:"isi_median"`      // median over them
	CV            float64 `parquet:"cv"`              // coefficient of variation of intervals, averaged
	CVMedian      float64 `parquet:"cv_median"`
	CVSD          float64 `parquet:"cv_sd"`

	Error string `parquet:"error"` // why the trial failed; empty if it did not
}

// A Point is the mean and the variance of the estimate from the onset to a time
// after it, averaged over coordinates.
type Point struct {
	Model    string  `parquet:"model"`
	Geometry string  `parquet:"geometry"`
	Rho      float64 `parquet:"rho"`
	Repeat   int     `parquet:"repeat"`
	Time     float64 `parquet:"time"` // s after the onset
	Mean     float64 `parquet:"mean"`
	Var      float64 `parquet:"var"`
	Error    string  `parquet:"error"`
}

// A Neuron is the spike statistics of one neuron after the onset.
type Neuron struct {
	Model    string  `parquet:"model"`
	Geometry string  `parquet:"geometry"`
	Repeat   int     `parquet:"repeat"`
	Neuron   int     `parquet:"neuron"`
	Spikes   int     `parquet:"spikes"`
	Rate     float64 `parquet:"rate"` // Hz
	ISI      float64 `parquet:"isi"`  // mean interval, s; NaN below three spikes
	CV       float64 `parquet:"cv"`   // of the intervals; NaN below three spikes
	Error    string  `parquet:"error"`
}

// parameters returns a row with the columns that say what was run.
func parameters(s Setup, repeat int) Row {
	return Row{
		Model: string(s.Model), Geometry: s.Geometry.String(), Family: string(s.Family), Rho: s.Rho,
		Dims: s.Dims, PerDim: float64(s.Neurons) / float64(max(s.Dims, 1)), Neurons: s.Neurons,
		Scale: s.Scale, Skew: s.Skew, Arbitration: s.Arbitration.String(), Gain: s.Gain, DT: s.DT,
		Repeat: repeat,
	}
}

// Blank returns a row of the setup's parameters, with NaN for every statistic.
func Blank(s Setup, repeat int) Row {
	row := parameters(s, repeat)
	for _, x := range row.statistics() {
		*x = math.NaN()
	}
	return row
}

// Failed returns the row of a trial that could not be run, and why.
func Failed(s Setup, repeat int, err error) Row {
	row := Blank(s, repeat)
	row.Error = err.Error()
	return row
}

// statistics returns the columns that are measured.
func (r *Row) statistics() []*float64 {
	return []*float64{
		&r.Mean50, &r.Var50, &r.MSE50, &r.W2Bins50, &r.W250,
		&r.MeanEnd, &r.VarEnd, &r.MSEEnd, &r.W2BinsEnd, &r.W2End,
		&r.MeanFast, &r.VarFast, &r.W2BinsFast, &r.W2Fast,
		&r.CovEnd, &r.DistanceEnd, &r.MeanLate, &r.VarLate, &r.CovLate,
		&r.Rate, &r.RateBaseline, &r.RateSD, &r.RateMedian, &r.RateMax, &r.SpikesPerStep,
		&r.Silent, &r.Few, &r.ISI, &r.ISIMedian, &r.CV, &r.CVMedian, &r.CVSD,
	}
}

// Row returns the trial's statistics.
func (t *Trial) Row() (Row, error) {
	row := parameters(t.Setup, t.Repeat)
	var windows [4]window
	for k, times := range [][2]float64{{0, 0.05}, {0, t.Setup.After}, {1, 1.05}, {t.Setup.After - t.Setup.late(), t.Setup.After}} {
		if w, ok := t.window(times[0], times[1]); ok {
			windows[k] = w
		}
	}
	moments := t.stretches(windows[:])
	inBins, inUnits, err := t.distances(windows[:3], moments[:3])
	if err != nil {
		return row, err
	}
	var s [4]summary
	v, c := t.Setup.Variance()
	for k, m := range moments {
		s[k] = missing
		if m != nil {
			s[k] = m.summarize(t.Setup.Mean, v, c)
		}
	}
	row.Mean50, row.Var50, row.MSE50, row.W2Bins50, row.W250 = s[0].mean, s[0].variance, s[0].mse, inBins[0], inUnits[0]
	row.MeanEnd, row.VarEnd, row.MSEEnd, row.W2BinsEnd, row.W2End = s[1].mean, s[1].variance, s[1].mse, inBins[1], inUnits[1]
	row.MeanFast, row.VarFast, row.W2BinsFast, row.W2Fast = s[2].mean, s[2].variance, inBins[2], inUnits[2]
	row.CovEnd, row.DistanceEnd = s[1].covariance, s[1].distance
	row.MeanLate, row.VarLate, row.CovLate = s[3].mean, s[3].variance, s[3].covariance
	row.SumUp(t.Neurons())
	row.SpikesPerStep = float64(t.Recording.Spikes()) / float64(t.Recording.steps)
	row.RateBaseline = float64(t.baseline) / (float64(t.Setup.Neurons) * t.Setup.Before)
	return row, nil
}
