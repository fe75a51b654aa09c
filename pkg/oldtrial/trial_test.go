package model

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"natspike/pkg/diag"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// short is a setup of a fifth of a second.
func short(s Setup) Setup {
	s.Before, s.After = 0.05, 0.15
	return s
}

func setups() map[string]Setup {
	greedy := short(PaperBalanced(4, 10, 0.5, metric.Natural))
	greedy.Arbitration, greedy.Staged, greedy.Skew = spiking.Greedy, false, 1
	perfect := short(PaperMetropolis(3, 8, 0.5, metric.Natural))
	perfect.TauM = math.Inf(1)
	return map[string]Setup{
		"balanced":             short(PaperBalanced(5, 10, 0.75, metric.Natural)),
		"balanced, one dim":    short(PaperBalanced(1, 10, 0, metric.Naive)),
		"balanced, cascades":   greedy,
		"metropolis, natural":  short(PaperMetropolis(5, 10, 0.75, metric.Natural)),
		"metropolis, naive":    short(PaperMetropolis(8, 10, 0.9, metric.Naive)),
		"metropolis, silent":   short(PaperMetropolis(12, 10, 0.99, metric.Naive)),
		"metropolis, no leak":  perfect,
		"metropolis, one pair": short(PaperMetropolis(1, 2, 0, metric.Naive)),
	}
}

// dense runs the network of a trial step by step and returns its estimate after
// each, with the first sample of a staged one.
func dense(t *testing.T, s Setup, seed uint64, repeat uint32) [][]float64 {
	t.Helper()
	var net interface {
		spiking.Network
		SetMean(mu []float64) error
	}
	before, steps := s.before(), s.after()
	var x [][]float64
	rng := s.key(seed, repeat, stream.Dynamics).Rand()
	if s.Model == Balanced {
		c, err := s.balanced(seed, repeat)
		if err != nil {
			t.Fatal(err)
		}
		b, err := spiking.NewBalanced(c)
		if err != nil {
			t.Fatal(err)
		}
		if s.Staged {
			before--
			steps--
			x = append(x, make([]float64, s.Dims))
		}
		for range before {
			b.Step(rng)
		}
		if s.Staged {
			b.DropReset()
		}
		net = b
	} else {
		c, err := s.metropolis(seed, repeat)
		if err != nil {
			t.Fatal(err)
		}
		m, err := spiking.NewMetropolis(c)
		if err != nil {
			t.Fatal(err)
		}
		// The engine that jumps draws otherwise, so go as the trial goes.
		propose(m, rng, before, func(int, int) {})
		if err := m.SetMean(constant(s.Dims, s.Mean)); err != nil {
			t.Fatal(err)
		}
		start := make([]float64, s.Dims)
		m.Position(start)
		decoder, at := m.Decoder(), 0
		propose(m, rng, steps, func(step, neuron int) {
			for ; at < step-1; at++ {
				x = append(x, next(start, m.Decay()))
			}
			x = append(x, next(start, m.Decay()))
			at++
			for d := range start {
				start[d] += decoder.At(d, neuron)
				x[len(x)-1][d] = start[d]
			}
		})
		for ; at < steps; at++ {
			x = append(x, next(start, m.Decay()))
		}
		return x
	}
	if err := net.SetMean(constant(s.Dims, s.Mean)); err != nil {
		t.Fatal(err)
	}
	for range steps {
		net.Step(rng)
		z := make([]float64, s.Dims)
		net.Position(z)
		x = append(x, z)
	}
	return x
}

// next lets x decay and returns a copy.
func next(x []float64, keep float64) []float64 {
	for d := range x {
		x[d] *= keep
	}
	return append([]float64(nil), x...)
}

// TestStatisticsOfTheEstimate compares what is computed from spikes alone with
// the same from the estimate at every step. Moments agree but for rounding; the
// distances in the units of the estimate are from bins.
func TestStatisticsOfTheEstimate(t *testing.T) {
	for name, s := range setups() {
		t.Run(name, func(t *testing.T) {
			tr, err := Run(s, 5, 2)
			if err != nil {
				t.Fatal(err)
			}
			row, err := tr.Row()
			if err != nil {
				t.Fatal(err)
			}
			x := dense(t, s, 5, 2)
			if len(x) != s.after() {
				t.Fatalf("%d samples, want %d", len(x), s.after())
			}
			variance, covariance := s.Variance()
			near := func(what string, got, want, tolerance float64) {
				t.Helper()
				if math.IsNaN(got) && math.IsNaN(want) {
					return
				}
				if !(math.Abs(got-want) <= tolerance*(1+math.Abs(want))) {
					t.Errorf("%s = %.12g, and %.12g from every step", what, got, want)
				}
			}
			check := func(what string, x [][]float64, mean, v, mse, w2 float64) {
				t.Helper()
				want := momentsOf(x, s.Mean, variance, covariance)
				near(what+" mean", mean, want.mean, 1e-10)
				near(what+" variance", v, want.variance, 1e-9)
				near(what+" squared error", mse, want.mse, 1e-10)
				total, spread := 0.0, 0.0
				for d := range s.Dims {
					column := make([]float64, len(x))
					lo, hi := math.Inf(1), math.Inf(-1)
					for k := range x {
						column[k] = x[k][d]
						lo, hi = min(lo, column[k]), max(hi, column[k])
					}
					one, err := diag.W2Normal(column, s.Mean, math.Sqrt(variance))
					if err != nil {
						t.Fatal(err)
					}
					total += one / float64(s.Dims)
					spread = max(spread, hi-lo)
				}
				// No value is moved by more than a bin.
				near(what+" W2", w2, total, max(spread, 1)/(198*parts)/2)
			}
			n := int(math.Round(0.05 / s.DT))
			check("first", x[:n], row.Mean50, row.Var50, row.MSE50, row.W250)
			check("all", x, row.MeanEnd, row.VarEnd, row.MSEEnd, row.W2End)
			all := momentsOf(x, s.Mean, variance, covariance)
			near("covariance", row.CovEnd, all.covariance, 1e-9)
			near("distance of covariances", row.DistanceEnd, all.distance, 1e-8)
			late := momentsOf(x[len(x)-int(math.Round(s.late()/s.DT)):], s.Mean, variance, covariance)
			near("late mean", row.MeanLate, late.mean, 1e-10)
			near("late variance", row.VarLate, late.variance, 1e-9)
			near("late covariance", row.CovLate, late.covariance, 1e-9)

			for _, p := range tr.Course([]float64{0.01, 0.02, 0.05, 0.15}) {
				want := momentsOf(x[:int(math.Round(p.Time/s.DT))], s.Mean, variance, covariance)
				near("running mean", p.Mean, want.mean, 1e-10)
				near("running variance", p.Var, want.variance, 1e-9)
			}
			times, estimate := tr.Recording.Estimate(0, s.After, 7)
			for i, at := range times {
				k := int(math.Round(at/s.DT)) - 1
				if s.Staged {
					k++
				}
				near("estimate", estimate[i], x[k][0], 1e-10)
			}
		})
	}
}

// momentsOf are the moments of samples.
func momentsOf(x [][]float64, m, v, c float64) summary {
	var out summary
	n, p := float64(len(x)), len(x[0])
	mean := make([]float64, p)
	for _, z := range x {
		for d := range z {
			mean[d] += z[d] / n
		}
	}
	for i := range p {
		out.mean += mean[i] / float64(p)
		out.mse += (mean[i] - m) * (mean[i] - m) / float64(p)
		for j := range i + 1 {
			cov := 0.0
			for _, z := range x {
				cov += (z[i] - mean[i]) * (z[j] - mean[j]) / n
			}
			if i == j {
				out.variance += cov / float64(p)
				out.distance += (cov - v) * (cov - v)
			} else {
				out.covariance += 2 * cov / float64(p*(p-1))
				out.distance += 2 * (cov - c) * (cov - c)
			}
		}
	}
	if p == 1 {
		out.covariance = math.NaN()
	}
	return out
}

// TestSpikeStatistics compares the statistics of spikes with package diag's.
func TestSpikeStatistics(t *testing.T) {
	s := short(PaperMetropolis(5, 10, 0.75, metric.Natural))
	tr, err := Run(s, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	times, neurons := tr.Recording.Raster(math.Inf(1))
	var events []diag.Spike
	for i, at := range times {
		events = append(events, diag.Spike{Time: at, Neuron: neurons[i]})
	}
	trains, err := diag.Trains(events, s.Neurons, 0, s.After+s.DT)
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for j, x := range tr.Neurons() {
		isi := trains[j].ISI()
		if x.Spikes != len(trains[j].Times()) || x.Rate != float64(x.Spikes)/s.After {
			t.Errorf("neuron %d: %d spikes at %v Hz, want %d", j, x.Spikes, x.Rate, len(trains[j].Times()))
		}
		if x.Spikes < 3 {
			if !math.IsNaN(x.ISI) || !math.IsNaN(x.CV) {
				t.Errorf("neuron %d with %d spikes has intervals", j, x.Spikes)
			}
			continue
		}
		busy++
		cv, err := diag.CV(isi, 1)
		if err != nil {
			t.Fatal(err)
		}
		mean, _ := meanSD(isi)
		if math.Abs(x.ISI/mean-1) > 1e-9 || math.Abs(x.CV/cv-1) > 1e-9 {
			t.Errorf("neuron %d: interval %v and CV %v, want %v and %v", j, x.ISI, x.CV, mean, cv)
		}
	}
	if busy < 10 {
		t.Fatalf("only %d neurons with three spikes", busy)
	}
	row, err := tr.Row()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := row.SpikesPerStep, float64(len(times))/float64(s.after()); got != want {
		t.Errorf("%v spikes a step, want %v", got, want)
	}
}

// TestSameSeedSameRow also holds that networks of one world share decoder and
// noise, and that others do not.
func TestSameSeedSameRow(t *testing.T) {
	rowOf := func(s Setup, seed uint64, repeat uint32) Row {
		tr, err := Run(s, seed, repeat)
		if err != nil {
			t.Fatal(err)
		}
		row, err := tr.Row()
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	s := short(PaperBalanced(4, 5, 0.6, metric.Natural))
	a := rowOf(s, 1, 3)
	if b := rowOf(s, 1, 3); !reflect.DeepEqual(clean(a), clean(b)) {
		t.Errorf("the same trial gives %+v and %+v", a, b)
	}
	for name, b := range map[string]Row{"seed": rowOf(s, 2, 3), "repeat": rowOf(s, 1, 4)} {
		if a.MeanEnd == b.MeanEnd {
			t.Errorf("another %s gives the same mean", name)
		}
	}
	naive := s
	naive.Geometry = metric.Naive
	if s.World() != naive.World() {
		t.Error("geometries are of different worlds")
	}
	seen := map[uint64]bool{}
	other := func(change func(*Setup)) {
		o := s
		change(&o)
		if seen[o.World()] {
			t.Errorf("two worlds have one number: %+v", o)
		}
		seen[o.World()] = true
	}
	other(func(*Setup) {})
	other(func(o *Setup) { o.Rho = 0.5 })
	other(func(o *Setup) { o.Dims, o.Neurons = 5, 20 })
	other(func(o *Setup) { o.Neurons = 40 })
	other(func(o *Setup) { o.Family = Unit })
	other(func(o *Setup) { o.Scale = 2 })
	other(func(o *Setup) { o.Mean = 5 })
}

// clean makes rows comparable: NaN is not itself.
func clean(r Row) Row {
	for _, x := range r.statistics() {
		if math.IsNaN(*x) {
			*x = -1
		}
	}
	return r
}

// TestRowHasEveryStatistic holds the list of statistics to the fields.
func TestRowHasEveryStatistic(t *testing.T) {
	row := Failed(PaperBalanced(2, 5, 0, metric.Naive), 7, errors.New("no luck"))
	v := reflect.ValueOf(row)
	parameters := map[string]bool{"Rho": true, "PerDim": true, "Scale": true, "Skew": true, "Gain": true, "DT": true}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Type.Kind() == reflect.Float64 && math.IsNaN(v.Field(i).Float()) == parameters[f.Name] {
			t.Errorf("in a failed row %s is %v", f.Name, v.Field(i))
		}
	}
	if row.Error != "no luck" || row.Repeat != 7 || row.Neurons != 10 {
		t.Errorf("the failed row is %+v", row)
	}
}

func TestCheck(t *testing.T) {
	good := PaperBalanced(4, 5, 0.6, metric.Natural)
	mh := PaperMetropolis(4, 5, 0.6, metric.Natural)
	for name, s := range setups() {
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		base   Setup
		change func(*Setup)
		field  string
	}{
		{good, func(s *Setup) { s.Model = "perceptron" }, "model"},
		{good, func(s *Setup) { s.Family = "double" }, "family"},
		{good, func(s *Setup) { s.Rho = 1 }, "ρ"},
		{good, func(s *Setup) { s.Rho = math.NaN() }, "ρ"},
		{mh, func(s *Setup) { s.Rho = -1.0 / 3 }, "ρ"},
		{good, func(s *Setup) { s.Dims = 0 }, "dimensions"},
		{good, func(s *Setup) { s.Neurons = 0 }, "neurons"},
		{mh, func(s *Setup) { s.Neurons = 7 }, "neurons"},
		{good, func(s *Setup) { s.Scale = 0 }, "Γ's scale"},
		{good, func(s *Setup) { s.TauS = -1 }, "τ_s"},
		{good, func(s *Setup) { s.DT = 0.02 }, "Δt"},
		{good, func(s *Setup) { s.DT = 1e-10 }, "Δt"},
		{good, func(s *Setup) { s.After = 1e-4 }, "time after the onset"},
		{good, func(s *Setup) { s.Before = -1 }, "time before the onset"},
		{good, func(s *Setup) { s.Arbitration = 9 }, "arbitration"},
		{good, func(s *Setup) { s.Skew = math.Inf(1) }, "mean and skew"},
		{mh, func(s *Setup) { s.Skew = 1 }, "skew, arbitration and stages"},
		{mh, func(s *Setup) { s.Gain = 0 }, "gain"},
	} {
		s := c.base
		c.change(&s)
		var e *SetupError
		if err := s.Check(); !errors.As(err, &e) || e.Field != c.field {
			t.Errorf("want an error about %s, not %v", c.field, err)
		}
		if _, err := Run(s, 1, 0); err == nil {
			t.Errorf("a setup with a wrong %s runs", c.field)
		}
	}
}

// TestSkewMatrix: S is skew, of the strength asked for, and turns the slow
// direction into a fast one.
func TestSkewMatrix(t *testing.T) {
	for _, p := range []int{2, 3, 10, 11} {
		s := PaperBalanced(p, 5, 0.5, metric.Naive)
		s.Skew = 1.5
		m := s.SkewMatrix()
		sum, image, along := 0.0, 0.0, 0.0
		for i := range p {
			row := 0.0
			for j := range p {
				if m.At(i, j) != -m.At(j, i) {
					t.Fatalf("entries (%d, %d) are not skew", i, j)
				}
				sum += m.At(i, j) * m.At(i, j)
				row += m.At(i, j) / math.Sqrt(float64(p))
			}
			image += row * row
			along += row / math.Sqrt(float64(p))
		}
		if math.Abs(sum-2*1.5*1.5) > 1e-12 || math.Abs(image-1.5*1.5) > 1e-12 || math.Abs(along) > 1e-12 {
			t.Errorf("p = %d: |S|² = %v, |Su|² = %v, uᵀSu = %v", p, sum, image, along)
		}
	}
	if s := PaperBalanced(1, 5, 0, metric.Naive); s.SkewMatrix() != nil {
		t.Error("a skew matrix in one dimension")
	}
}
