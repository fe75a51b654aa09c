package diag

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
	"natspike/pkg/moments"
	"natspike/pkg/stream"
)

// exists reports whether err is nil. It fails the test if err is not nil and has none
// of this package's reasons, or if it is nil and one of the values is NaN.
func exists(t *testing.T, what string, err error, values ...float64) bool {
	t.Helper()
	if err == nil {
		samplertest.NoNaN(t, what, values...)
		return true
	}
	for _, reason := range []error{ErrNonFinite, ErrScale, ErrShort, ErrRagged, ErrConstant, ErrRange} {
		if errors.Is(err, reason) {
			return false
		}
	}
	t.Fatalf("%s: error %v has no reason", what, err)
	return false
}

// FuzzChains takes any chains: each statistic is an error with a reason or a number.
func FuzzChains(f *testing.F) {
	f.Add([]byte{1, 5, 100, 110, 90, 120, 100, 101, 100, 110, 90, 120, 100, 101})
	f.Add([]byte{0, 4, 100, 100, 100, 100})                  // constant
	f.Add([]byte{1, 4, 100, 100, 100, 100, 90, 90, 90, 90})  // each stuck at its own value
	f.Add([]byte{0, 6, 251, 250, 251, 250, 251, 100, 3, 40}) // at the ends of the range
	f.Add([]byte{2, 4, 248, 247, 100, 100, 255, 254, 100, 100})
	f.Add([]byte{1, 28, 100, 100, 100, 250, 90, 48}) // halves that are tiny beside the draw between them
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		chains := make([][]float64, in.Int(3))
		n := in.Int(20)
		for c := range chains {
			chains[c] = in.Floats(n)
		}
		p, q := in.Float(), in.Float()
		s, err := Summarize(chains)
		if exists(t, "summary", err, s.Mean, s.SD, s.Q5, s.Median, s.Q95, s.MCSEMean, s.MCSESD, s.ESSBulk, s.ESSTail, s.RHat) && !(s.ESSBulk > 0 && s.RHat > 0) {
			t.Fatalf("summary %+v", s)
		}
		for name, estimator := range estimators {
			v, err := estimator(chains)
			exists(t, name, err, v)
		}
		v, err := ESSQuantile(chains, p)
		exists(t, "ESSQuantile", err, v)
		v, err = MCSEQuantile(chains, p)
		exists(t, "MCSEQuantile", err, v)
		v, err = ESSLocal(chains, p, q)
		exists(t, "ESSLocal", err, v)
		_, err = RankHistogram(chains, in.Int(12))
		exists(t, "RankHistogram", err)

		batches := make([]*Batches, len(chains))
		for c, x := range chains {
			batches[c] = NewBatches(1, 8)
			for i := range x {
				batches[c].Add(x[i : i+1])
			}
		}
		for name, statistic := range map[string]func([]*Batches, int) (float64, error){"BatchRHat": BatchRHat, "BatchESS": BatchESS, "BatchMCSE": BatchMCSE} {
			v, err := statistic(batches, 0)
			exists(t, name, err, v)
		}
		if len(chains) > 0 {
			v, err := EBFMI(chains[0])
			exists(t, "EBFMI", err, v)
		}
	})
}

// FuzzSamples takes any two samples: each statistic is an error with a reason or
// numbers.
func FuzzSamples(f *testing.F) {
	f.Add([]byte{6, 5, 100, 110, 90, 120, 100, 101, 100, 110, 90, 120, 100, 116, 100, 108, 120})
	f.Add([]byte{8, 8, 251, 250, 251, 250, 1, 2, 3, 4, 5, 6, 7, 8, 250, 251, 250, 251})
	f.Add([]byte("\x01\x00\xf9r\xfb\x85K"))                                                                               // one sample, too small for the width of its bump in its unit
	f.Add([]byte("\b\b\xfb\xda\xdb\xda\xda\xda\xda\xda\xda\xdaYY\xda\xda\xda\xdar\xfb\xda"))                              // a power beyond the range
	f.Add([]byte("\x08\x08\xa0\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\xf9\x12\x00\x01\xf9")) // a value beyond the limits of a histogram
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		n, m := in.Int(20), in.Int(20)
		x, y := in.Floats(n), in.Floats(m)
		mu, sigma, p := in.Float(), in.Float(), in.Float()
		small := in.Int(20)
		one := func(what string) func(v float64, err error) {
			return func(v float64, err error) { exists(t, what, err, v) }
		}
		many := func(what string) func(v []float64, err error) {
			return func(v []float64, err error) { exists(t, what, err, v...) }
		}
		one("W2")(W2(x, y))
		one("W2Normal")(W2Normal(x, mu, sigma))
		one("W2Binned")(W2Binned(x, y, small))
		one("Quantile")(Quantile(x, p))
		one("Median")(Median(x))
		mean, sd, err := MeanSD(x, in.Int(2))
		exists(t, "MeanSD", err, mean, sd)
		many("HistogramEdges")(HistogramEdges(x))
		at, density, err := KernelDensity(x, small)
		exists(t, "KernelDensity", err, append(at, density...)...)
		many("Autocovariance")(Autocovariance(x, small))
		many("Autocorrelation")(Autocorrelation(x, small))
		s, err := PowerSpectrum(x, sigma, 8)
		exists(t, "PowerSpectrum", err, append(s.Density, s.SE...)...)

		h, err := NewHistogram(min(mu, p), max(mu, p), 4+small, 1+in.Int(3))
		if exists(t, "NewHistogram", err) {
			decay, err := moments.NewDecay(in.Float())
			if err != nil {
				decay, _ = moments.NewDecay(0.5)
			}
			var added int64
			for _, v := range x {
				k := int64(in.Int(200))
				h.AddSegment(v, decay, k)
				if !math.IsNaN(v) && !math.IsInf(v, 0) {
					added += max(k, 0)
				}
			}
			for _, c := range h.counts {
				if c < 0 {
					t.Fatalf("a bin with %d values", c)
				}
			}
			if h.N() != added {
				t.Fatalf("%d values in the bins, want %d", h.N(), added)
			}
			one("Histogram.W2Normal")(h.W2Normal(mu, sigma))
			one("Histogram.W2Binned")(h.W2Binned(mu, sigma, stream.New(1)))
		}
		b, err := NewBootstrap(n, small, stream.Key{})
		if exists(t, "NewBootstrap", err) {
			e, err := b.Mean(x)
			exists(t, "Bootstrap.Mean", err, e.Mean, e.SD, e.SE, e.Lo, e.Hi)
		}
	})
}

// FuzzMatrices takes any draws in one dimension to three, and any covariances: each
// statistic is an error with a reason or numbers.
func FuzzMatrices(f *testing.F) {
	f.Add([]byte{1, 3, 2, 100, 110, 90, 120, 100, 101, 100, 110, 90, 120, 100, 116, 100, 108, 120})
	f.Add([]byte{0, 2, 2, 251, 250, 250, 251, 116, 116})
	f.Add([]byte{2, 1, 1, 100, 100, 100, 100, 100, 100, 116, 100, 116, 100, 100, 116, 249, 100, 249, 100, 100, 249})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		dim := 1 + in.Int(2)
		n, m := 1+in.Int(5), 1+in.Int(5)
		x, y := mat.NewDense(n, dim, in.Floats(n*dim)), mat.NewDense(m, dim, in.Floats(m*dim))
		symmetric := func() *mat.SymDense {
			s := mat.NewSymDense(dim, nil)
			for i := range dim {
				for j := range i + 1 {
					s.SetSym(i, j, in.Float())
				}
			}
			return s
		}
		bandwidth, mean := in.Float(), in.Floats(dim)
		v, err := Mean(x)
		exists(t, "Mean", err, v...)
		if c, err := Covariance(x); exists(t, "Covariance", err) {
			samplertest.NoNaN(t, "Covariance", c.RawSymmetric().Data...)
		}
		d, err := EnergyDistance(x, y)
		exists(t, "EnergyDistance", err, d)
		d, err = MMD(x, y, bandwidth)
		exists(t, "MMD", err, d)
		d, err = MedianBandwidth(x, y)
		exists(t, "MedianBandwidth", err, d)
		test, err := EnergyTest(x, y, in.Int(5), stream.New(1))
		exists(t, "EnergyTest", err, append(test.Null, test.Statistic, test.PValue)...)
		test, err = MMDTest(x, y, bandwidth, in.Int(5), stream.New(1))
		exists(t, "MMDTest", err, append(test.Null, test.Statistic, test.PValue)...)
		d, se, err := SlicedW2(x, y, in.Int(4), stream.New(1))
		exists(t, "SlicedW2", err, d, se)
		d, se, err = SlicedW2Gaussian(x, mean, symmetric(), in.Int(4), stream.New(1))
		exists(t, "SlicedW2Gaussian", err, d, se)
		d, err = W2Gaussian(mean, symmetric(), in.Floats(dim), symmetric())
		exists(t, "W2Gaussian", err, d)
		table, err := NewTable([]*mat.Dense{x, y}, nil)
		if exists(t, "NewTable", err) && len(table.String()) == 0 {
			t.Fatal("an empty table")
		}
	})
}

// FuzzTrains takes any spikes in any window: each statistic is an error with a
// reason or numbers.
func FuzzTrains(f *testing.F) {
	f.Add([]byte{5, 100, 103, 107, 110, 130, 100, 132, 102, 1, 3, 100})
	f.Add([]byte{4, 100, 100, 100, 100, 99, 116, 101})
	f.Add([]byte{3, 251, 250, 249, 250, 251, 248})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		times := in.Floats(in.Int(20))
		start, stop, width, refractory := in.Float(), in.Float(), in.Float(), in.Float()
		if stop-start > 1e4*width { // or else the bins fill the memory
			width = stop - start
		}
		lag, ddof := in.Int(5), in.Int(2)
		one := func(what string) func(v float64, err error) {
			return func(v float64, err error) { exists(t, what, err, v) }
		}
		one("CV")(CV(times, ddof))
		one("CV2")(CV2(times))
		one("LV")(LV(times))
		one("LvR")(LvR(times, refractory))
		var a Intervals
		for _, s := range times {
			a.Add(s)
		}
		one("Intervals.Mean")(a.Mean())
		one("Intervals.CV")(a.CV(ddof))
		one("Intervals.CV2")(a.CV2())
		one("Intervals.LV")(a.LV())
		one("Intervals.LvR")(a.LvR(refractory))
		rate, err := PopulationRate(times, lag, start, stop, width)
		exists(t, "PopulationRate", err, rate...)

		var events []Spike
		for _, s := range times {
			events = append(events, Spike{s, in.Int(2)})
		}
		trains, err := Trains(events, 2, start, stop)
		if !exists(t, "Trains", err) {
			return
		}
		for _, train := range trains {
			if _, err := NewTrain(train.Times(), start, stop); err != nil {
				t.Fatalf("Trains makes one that NewTrain refuses: %v", err)
			}
			samplertest.NoNaN(t, "rate", train.Rate())
			counts, err := train.Counts(width)
			if exists(t, "Counts", err) {
				one("Fano")(Fano(counts, ddof))
			}
		}
		rate, err = PSTH(trains, width)
		exists(t, "PSTH", err, rate...)
		_, err = CrossCorrelogram(trains[0], trains[1], width, lag)
		exists(t, "CrossCorrelogram", err)
		rho, err := CrossCorrelation(trains[0], trains[1], width, lag)
		exists(t, "CrossCorrelation", err, rho...)
		if c, err := CountCorrelation(trains, width); exists(t, "CountCorrelation", err) {
			samplertest.NoNaN(t, "CountCorrelation", c.RawSymmetric().Data...)
		}
	})
}
