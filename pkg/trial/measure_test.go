package trial_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// measured returns the numbers of measures by their names.
func measured(t *testing.T, r *trial.Recording, measures ...trial.Measure) map[string]float64 {
	t.Helper()
	values, err := trial.Measured(r, measures...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for i, c := range trial.Columns(measures...) {
		if _, twice := out[c.Name]; twice || c.Help == "" {
			t.Errorf("column %q is there twice, or is not described", c.Name)
		}
		out[c.Name] = values[i]
	}
	return out
}

// direct returns the statistics of the estimates x, one row for each step, from
// their definitions.
func direct(x [][]float64, target *density.Gaussian, w trial.Window) map[string]float64 {
	n, p := float64(len(x)), len(x[0])
	mean := make([]float64, p)
	for _, z := range x {
		for d := range z {
			mean[d] += z[d] / n
		}
	}
	out := map[string]float64{}
	add := func(name string, v float64) { out[w.Column(name)] += v }
	sigma := must(density.FromMoments(target))
	for i := range p {
		m, sd := target.Mean(nil)[i], math.Exp(-sigma.Marginal(i).LogProb([]float64{target.Mean(nil)[i]}))/math.Sqrt(2*math.Pi)
		column := make([]float64, len(x))
		for k := range x {
			column[k] = x[k][i]
		}
		add("mean", mean[i]/float64(p))
		add("mse", (mean[i]-m)*(mean[i]-m)/float64(p))
		add("w2", must(diag.W2Normal(column, m, sd))/float64(p))
		for j := range i + 1 {
			cov, want := 0.0, sd*sd
			for _, z := range x {
				cov += (z[i] - mean[i]) * (z[j] - mean[j]) / n
			}
			if i != j {
				unit := make([]float64, p)
				unit[i] = 1
				want = target.MulCovariance(nil, unit)[j]
				add("cov", 2*cov/float64(p*(p-1)))
				add("cov_error", (cov-want)*(cov-want))
			} else {
				add("var", cov/float64(p))
			}
			add("cov_error", (cov-want)*(cov-want))
		}
	}
	if p == 1 {
		out[w.Column("cov")] = math.NaN()
	}
	return out
}

// TestMeasuresOfTheEstimate compares what is computed from spikes alone, and between
// spikes in closed form, with the same from the estimate at every step. Moments
// agree but for rounding. The distance w2 is from bins, none of which moves a value
// by more than its width.
func TestMeasuresOfTheEstimate(t *testing.T) {
	p := during(trial.Step(1), 0.04, 0.12)
	late := trial.Window{From: 0.04, To: 0.12, Name: "late"}
	for name, build := range networks() {
		t.Run(name, func(t *testing.T) {
			racetest.Sequential(t)
			x, _ := estimates(t, build(), p)
			net := build()
			r, err := trial.Present(net, p, stream.New(5))
			if err != nil {
				t.Fatal(err)
			}
			mean := make([]float64, net.Dim())
			for d := range mean {
				mean[d] = 1 + 0.1*float64(d)
			}
			target := must(equicorrelated(net.Dim(), 0.4, 2).WithMean(mean))
			var all []trial.Measure
			for _, w := range []trial.Window{trial.Whole, trial.AfterOnset, trial.BeforeOnset, trial.First(0.05), late} {
				from, to := must2(r.Steps(w))
				got := measured(t, r, trial.Distance(w, target))
				for column, v := range measured(t, r, trial.Moments(w)) {
					if math.Float64bits(got[column]) != math.Float64bits(v) {
						t.Errorf("%s = %v, and %v with the distance", column, v, got[column])
					}
				}
				all = append(all, trial.Distance(w, target))
				first := int(math.Round(0.04 / net.DT()))
				want := direct(x[first+from:first+to], target, w)
				if len(got) != 6 || len(want) != 6 {
					t.Fatalf("%d and %d numbers, want 6", len(got), len(want))
				}
				spread := 1.0
				for d := range mean {
					lo, hi := math.Inf(1), math.Inf(-1)
					for _, z := range x {
						lo, hi = min(lo, z[d]), max(hi, z[d])
					}
					spread = max(spread, hi-lo)
				}
				for column, v := range want {
					tolerance := 1e-9
					if column == w.Column("w2") {
						tolerance = spread / (198 * 4) / 2
					}
					if g := got[column]; !(math.Abs(g-v) <= tolerance*(1+math.Abs(v))) && !(math.IsNaN(g) && math.IsNaN(v)) {
						t.Errorf("%s = %.12g, and %.12g from every step", column, g, v)
					}
				}
			}
			// A number does not depend on what else is measured.
			together := measured(t, r, all...)
			for _, m := range all {
				for column, v := range measured(t, r, m) {
					if math.Float64bits(together[column]) != math.Float64bits(v) {
						t.Errorf("%s = %v alone and %v with others", column, v, together[column])
					}
				}
			}
		})
	}
}

// TestCourse compares with the moments of each window.
func TestCourse(t *testing.T) {
	times := []float64{0.001, 0.002, 0.0105, 0.05, 0.12}
	for name, build := range networks() {
		net := build()
		for i, at := range times {
			times[i] = math.Round(at/net.DT()) * net.DT()
		}
		times := slices.Compact(slices.Clone(times))
		r := must(trial.Present(net, during(trial.Step(1), 0.04, 0.12), stream.New(5)))
		course := measured(t, r, trial.Course(times...))
		if len(course) != 2*len(times) {
			t.Errorf("%s: %d numbers for %d times", name, len(course), len(times))
		}
		for _, at := range times {
			moments := measured(t, r, trial.Moments(trial.First(at)))
			for _, statistic := range []string{"mean", "var"} {
				column := trial.First(at).Column(statistic)
				if got, want := course[column], moments[column]; !(math.Abs(got-want) <= 1e-12*(1+math.Abs(want))) {
					t.Errorf("%s: %s = %v in the course, %v alone", name, column, got, want)
				}
			}
		}
	}
	r := must(trial.Present(&script{dt: 1e-3}, during(trial.Step(1), 0, 0.01), nil))
	for _, times := range [][]float64{{0.002, 0.001}, {0.001, 0.0012}, {0.001, 0.02}, {0}} {
		if _, err := trial.Measured(r, trial.Course(times...)); err == nil {
			t.Errorf("a course at %v s, of 10 ms in steps of 1 ms", times)
		}
	}
}

func TestCovarianceMatrix(t *testing.T) {
	p := during(trial.Step(1), 0.01, 0.1)
	net := balanced(3, 30, 0.5, metric.Natural, nil)
	r := must(trial.Present(net, p, stream.New(5)))
	_, x, err := r.Estimate(trial.AfterOnset, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := measured(t, r, trial.CovarianceMatrix(trial.AfterOnset, 3))
	column := func(d int) []float64 {
		out := make([]float64, 1000)
		for k := range out {
			out[k] = x.At(k, d)
		}
		return out
	}
	for name, want := range map[string]float64{
		"mean_2_after":  stat.Mean(column(2), nil),
		"cov_1_1_after": stat.Variance(column(1), nil) * 999 / 1000,
		"cov_2_0_after": stat.Covariance(column(2), column(0), nil) * 999 / 1000,
	} {
		if math.Abs(got[name]-want) > 1e-9*(1+math.Abs(want)) {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if len(got) != 3+6 {
		t.Errorf("%d numbers, want 9", len(got))
	}
	if _, err := trial.Measured(r, trial.CovarianceMatrix(trial.AfterOnset, 2)); err == nil {
		t.Error("a covariance matrix of two of three dimensions")
	}
	if _, err := trial.Measured(r, trial.Distance(trial.AfterOnset, equicorrelated(2, 0, 1))); err == nil {
		t.Error("a distance from a target of two dimensions, of a network of three")
	}
}

// TestMeasuresOfSpikes compares with spikes that are counted by hand.
func TestMeasuresOfSpikes(t *testing.T) {
	// In steps of 1 ms, of which the first ten are before the onset.
	net := &script{dt: 1e-3, spikes: map[int][]int{5: {1}, 11: {0}, 13: {0, 2}, 17: {0}, 18: {2}}}
	r := must(trial.Present(net, during(trial.Step(1), 0.01, 0.01), nil))
	sd := func(x ...float64) float64 { return stat.StdDev(x, nil) }
	got := measured(t, r, trial.Rates(trial.AfterOnset), trial.Rates(trial.BeforeOnset), trial.Intervals(trial.AfterOnset),
		trial.Fano(trial.AfterOnset, 0.004), trial.Rates(trial.First(0.003)))
	want := map[string]float64{
		"rate_after": 500.0 / 3, "rate_sd_after": sd(300, 0, 200), "rate_median_after": 200, "rate_max_after": 300, "spikes_per_step_after": 0.5, "silent_after": 1.0 / 3,
		"rate_before": 100.0 / 3, "silent_before": 2.0 / 3, "rate_3ms": 1000.0 / 3, "spikes_per_step_3ms": 1,
		"isi_after": 3e-3, "isi_median_after": 3e-3, "cv_after": math.Sqrt2 / 3, "cv_sd_after": math.NaN(), "cv_median_after": math.Sqrt2 / 3, "few_after": 2.0 / 3,
		// Two bins of four steps: counts 2 and 1 of neuron 0, 1 and 1 of neuron 2.
		"fano_after": (0.25/1.5 + 0) / 2,
	}
	for name, v := range want {
		if g := got[name]; !(math.Abs(g-v) <= 1e-12*(1+math.Abs(v))) && !(math.IsNaN(g) && math.IsNaN(v)) {
			t.Errorf("%s = %v, want %v", name, g, v)
		}
	}
	silent := measured(t, must(trial.Present(&script{dt: 1e-3}, during(trial.Step(1), 0, 0.01), nil)),
		trial.Rates(trial.AfterOnset), trial.Intervals(trial.AfterOnset), trial.Fano(trial.AfterOnset, 0.002))
	for _, name := range []string{"isi_after", "isi_median_after", "cv_after", "cv_sd_after", "cv_median_after", "fano_after"} {
		if !math.IsNaN(silent[name]) {
			t.Errorf("of a silent network, %s = %v", name, silent[name])
		}
	}
	if silent["rate_after"] != 0 || silent["silent_after"] != 1 || silent["few_after"] != 1 {
		t.Errorf("of a silent network: %v", silent)
	}
	for _, width := range []float64{0, 1e-4, 0.006, math.NaN(), math.Inf(1)} {
		if _, err := trial.Measured(r, trial.Fano(trial.AfterOnset, width)); err == nil {
			t.Errorf("a Fano factor of bins of %v s in a window of 10 ms", width)
		}
	}
}

// TestPoissonSpikes: neurons that spike with a probability of 0.02 in each of
// 200,000 steps of 1 ms have intervals with a CV of √0.98 and a Fano factor of
// 0.98. The mean over 3 neurons of 4000 intervals each has a standard error of
// about 1/√(2·12000) = 0.0065 of the CV, and √(2/(3·1000)) = 0.026 of the Fano
// factor in 1000 bins; four of them are allowed, which fails by chance for one of
// 16,000 seeds. A clock is found out.
func TestPoissonSpikes(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	random, clock := map[int][]int{}, map[int][]int{}
	for k := 1; k <= 200_000; k++ {
		for j := range 3 {
			if rng.Float64() < 0.02 {
				random[k] = append(random[k], j)
			}
			if k%50 == j {
				clock[k] = append(clock[k], j)
			}
		}
	}
	far := func(spikes map[int][]int) bool {
		r := must(trial.Present(&script{dt: 1e-3, spikes: spikes}, during(trial.Step(1), 0, 200), nil))
		got := measured(t, r, trial.Intervals(trial.AfterOnset), trial.Fano(trial.AfterOnset, 0.2))
		return math.Abs(got["cv_after"]-math.Sqrt(0.98)) > 0.026 || math.Abs(got["fano_after"]-0.98) > 0.104
	}
	if far(random) {
		t.Error("Poisson spikes do not have the CV or the Fano factor of 1")
	}
	if !far(clock) {
		t.Error("a clock passes: the test tells nothing")
	}
}

// TestRecordingsOfOneSeed: what a recording holds and what is measured of it are
// functions of the seed.
func TestRecordingsOfOneSeed(t *testing.T) {
	run := func(seed uint64) ([]diag.Spike, []float64) {
		r := must(trial.Present(metropolis(4, 40, 0.9, metric.Naive, nil), during(trial.Step(1), 0.05, 0.2), stream.New(seed)))
		return must(r.Spikes(trial.Whole)), must(trial.Measured(r, trial.Moments(trial.AfterOnset), trial.Rates(trial.AfterOnset)))
	}
	spikes, values := run(1)
	again, same := run(1)
	if !reflect.DeepEqual(spikes, again) || !slices.Equal(values, same) || len(spikes) < 100 {
		t.Errorf("one seed gives %d and %d spikes, and %v and %v", len(spikes), len(again), values, same)
	}
	if other, _ := run(2); reflect.DeepEqual(spikes, other) {
		t.Error("another seed gives the same spikes")
	}
}

// TestFourier compares the sums of segments in closed form with those over every
// step.
func TestFourier(t *testing.T) {
	w := trial.Window{From: -0.013, To: 0.101}
	hz := []float64{0, 10, 33.3, 440}
	for name, build := range networks() {
		net := build()
		r, err := trial.Present(net, during(trial.Step(1), 0.04, 0.12), stream.New(5))
		if err != nil {
			t.Fatal(err)
		}
		got := measured(t, r, trial.Spectrum(w, hz...), trial.Response(w, hz...))
		times, x, err := r.Estimate(w, 1)
		if err != nil {
			t.Fatal(err)
		}
		n, p := float64(len(times)), float64(net.Dim())
		for _, f := range hz {
			psd, whole := 0.0, 0i
			for d := range net.Dim() {
				mean := 0.0
				for k := range times {
					mean += x.At(k, d) / n
				}
				sum := 0i
				for k, s := range times {
					turn := cmplx.Rect(1, -2*math.Pi*f*s)
					sum += complex(x.At(k, d)-mean, 0) * turn
					whole += complex(x.At(k, d)/p*2/n, 0) * turn
				}
				psd += 2 * net.DT() / n * (real(sum)*real(sum) + imag(sum)*imag(sum)) / p
			}
			for column, want := range map[string]float64{"psd": psd, "re": real(whole), "im": imag(whole)} {
				column = w.Column(fmt.Sprintf("%s_%gHz", column, f))
				if g, ok := got[column]; !ok || math.Abs(g-want) > 1e-9*(1+math.Abs(want)) {
					t.Errorf("%s: %s = %v, want %v", name, column, g, want)
				}
			}
		}
	}
	r := must(trial.Present(&script{dt: 1e-3}, during(trial.Step(1), 0, 0.01), nil))
	if got := measured(t, r, trial.Spectrum(trial.AfterOnset, 500)); got["psd_500Hz_after"] != 0 {
		t.Errorf("the spectrum of a silent network at half the rate of steps is %v", got)
	}
	for _, f := range []float64{-1, 500.1, math.NaN(), math.Inf(1)} {
		if _, err := trial.Measured(r, trial.Spectrum(trial.AfterOnset, f)); err == nil {
			t.Errorf("a spectrum at %v Hz, of steps of 1 ms", f)
		}
	}
}

// A sine is a network whose estimate is that of its mean.
type sine struct{ *script }

func (s sine) Step(*rand.Rand)        { s.z = s.mu }
func (sine) Decoder()                 {}
func (s sine) Position(dst []float64) { dst[0] = s.z }

// TestResponse: what follows a·cos(2πft) has re = a, and a·sin(2πft) has im = −a.
func TestResponse(t *testing.T) {
	for _, c := range []struct {
		f      func(x float64) float64
		re, im float64
	}{{math.Cos, 1, 0}, {math.Sin, 0, -1}} {
		p := trial.Protocol{After: 1, Mean: func(dst []float64, t float64) { dst[0] = 3 * c.f(2*math.Pi*20*(t+1e-3)) }}
		r := must(trial.Present(sine{&script{dt: 1e-3}}, p, nil))
		got := measured(t, r, trial.Response(trial.AfterOnset, 20))
		if math.Abs(got["re_20Hz_after"]-3*c.re) > 1e-12 || math.Abs(got["im_20Hz_after"]-3*c.im) > 1e-12 {
			t.Errorf("the response is %v, want %v and %v", got, 3*c.re, 3*c.im)
		}
	}
}

// An estimate that is negative throughout is counted as it is: the distance is that of
// its values, to a bin's width.
func TestDistanceOfNegativeEstimate(t *testing.T) {
	net := &script{dt: 1e-3, z: -3}
	r, err := trial.Present(net, during(trial.Constant(0), 0, 0.01), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, x, err := r.Estimate(trial.First(0.004), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := measured(t, r, trial.Distance(trial.First(0.004), equicorrelated(1, 0, 4)))
	if want := must(diag.W2Normal(x.RawMatrix().Data, 0, 2)); math.Abs(got["w2_4ms"]-want) > 1.5/700 || want < 1 {
		t.Errorf("w2 = %v, and %v of the values %v", got["w2_4ms"], want, x.RawMatrix().Data)
	}
}

// The histograms of a distance hold each step of its window once, between the extremes
// of each coordinate, and have the distance that is measured.
func TestHistograms(t *testing.T) {
	target, w := equicorrelated(2, 0.5, 1), trial.Window{From: 0.01, To: 0.1, Name: "late"}
	r := must(trial.Present(metropolis(2, 20, 0.5, metric.Natural, nil), during(trial.Step(1), 0, 0.12), stream.New(6)))
	a := must(trial.Distance(w, target).Start(r))
	for s := range must(r.Segments(w)) {
		a.(trial.Previewer).Preview(s)
	}
	for s := range must(r.Segments(w)) {
		a.Add(s)
	}
	histograms, err := a.(interface {
		Histograms() ([]*diag.Histogram, error)
	}).Histograms()
	if err != nil || len(histograms) != 2 {
		t.Fatalf("%d histograms (%v)", len(histograms), err)
	}
	w2 := 0.0
	for _, h := range histograms {
		if from, to := must2(r.Steps(w)); h.N() != int64(to-from) {
			t.Errorf("a histogram of %d steps, want %d", h.N(), to-from)
		}
		w2 += must(h.W2Normal(0, 1)) / 2
	}
	want := measured(t, r, trial.Distance(w, target))
	if w2 != want["w2_late"] {
		t.Errorf("the histograms have the distance %v, want %v", w2, want["w2_late"])
	}
	// What is in dst before does not matter.
	dst := []float64{1, 2, 3, 4, 5, 6}
	if err := a.Result(dst); err != nil || dst[0] != want["mean_late"] || dst[1] != want["var_late"] || dst[4] != want["cov_error_late"] || dst[5] != w2 {
		t.Errorf("the result is %v (%v), want %v", dst, err, want)
	}
}

// A network that has been silent for long has the distance of the number 0 from its
// target, √(m² + σ²), however small its estimate has become.
func TestDistanceOfSilence(t *testing.T) {
	target := must(equicorrelated(1, 0, 4).WithMean([]float64{1.5}))
	for _, from := range []float64{0.1, 0.5, 0.9, 1.07} {
		net := &script{dt: 1e-3, spikes: map[int][]int{1: {0}}}
		r, err := trial.Present(net, during(trial.Constant(0), 0, 1.2), stream.New(1))
		if err != nil {
			t.Fatal(err)
		}
		w := trial.Window{From: from, To: 1.2, Name: "late"}
		got := measured(t, r, trial.Distance(w, target))
		if w2 := got["w2_late"]; math.Abs(w2-2.5) > 1e-12 || from < 1 && got["mean_late"] <= 0 {
			t.Errorf("from %v s on: w2 = %v, want 2.5; the mean is %v", from, w2, got["mean_late"])
		}
	}
}

// A tally is a measure of one's own: it counts the steps of its window. It returns an
// error unless it is shown each of them once, in order, in segments that are not empty.
type tally struct{ trial.Window }

func (m tally) Columns() []trial.Column {
	return []trial.Column{{Name: m.Column("steps"), Help: "steps"}}
}

func (m tally) Start(r *trial.Recording) (trial.Accumulator, error) {
	from, to, err := r.Steps(m.Window)
	return &tallied{from: from, at: from, to: to}, err
}

type tallied struct {
	from, at, to int
	err          error
}

func (a *tallied) Add(s trial.Segment) {
	if s.First != a.at+1 || s.Count < 1 {
		a.err = fmt.Errorf("a segment of %d steps from %d on, after step %d", s.Count, s.First, a.at)
	}
	a.at += s.Count
}

func (a *tallied) Result(dst []float64) error {
	if a.err == nil && a.at != a.to {
		a.err = fmt.Errorf("the segments end with step %d, want %d", a.at, a.to)
	}
	dst[0] = float64(a.at - a.from)
	return a.err
}

// TestEachStepOnce: measures of several windows in one pass see each step of their own
// once, whether windows begin and end with segments or within them.
func TestEachStepOnce(t *testing.T) {
	spikes := map[int][]int{3: {0}, 10: {1}, 14: {0, 2}, 15: {1}, 40: {2}}
	for _, net := range []driven{&script{dt: 1e-3, spikes: spikes}, opaque{&script{dt: 1e-3, spikes: spikes}}} {
		r := must(trial.Present(net, during(trial.Step(1), 0.01, 0.04), nil))
		var all []trial.Measure
		want := map[string]float64{}
		for from := -10; from < 40; from += 3 {
			for to := from + 1; to <= 40; to += 4 {
				w := tally{trial.Window{From: float64(from) / 1000, To: float64(to) / 1000}}
				all, want[w.Column("steps")] = append(all, w), float64(to-from)
			}
		}
		if got := measured(t, r, all...); !reflect.DeepEqual(got, want) {
			t.Errorf("steps %v, want %v", got, want)
		}
		for _, m := range all {
			measured(t, r, m)
		}
	}
}
