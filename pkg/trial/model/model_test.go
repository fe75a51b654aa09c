package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/trial"
)

// short is a setup of a fifth of a second.
func short(s Setup) Setup {
	s.Before, s.After = 0.05, 0.15
	return s
}

func setups() map[string]Setup {
	greedy := short(PaperBalanced(4, 10, 0.5, metric.Natural))
	greedy.Arbitration, greedy.Skew, greedy.Lambda = spiking.Greedy, 1, 0
	perfect := short(PaperMetropolis(3, 8, 0.5, metric.Natural))
	perfect.TauM = math.Inf(1)
	return map[string]Setup{
		"balanced":                short(PaperBalanced(5, 10, 0.75, metric.Natural)),
		"balanced, one dimension": short(PaperBalanced(1, 10, 0, metric.Naive)),
		"balanced, cascades":      greedy,
		"metropolis":              short(PaperMetropolis(5, 10, 0.75, metric.Natural)),
		"metropolis, silent":      short(PaperMetropolis(12, 10, 0.99, metric.Naive)),
		"metropolis, no leak":     perfect,
		"metropolis, one pair":    short(PaperMetropolis(1, 2, 0, metric.Naive)),
	}
}

func run(t *testing.T, s Setup, seed uint64, repeat uint32) []float64 {
	t.Helper()
	values, err := s.Run(seed, repeat, s.Measures()...)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// TestRun: every setup gives a number for each column, and the same numbers again.
func TestRun(t *testing.T) {
	columns := trial.Columns(Parameters.Default.Measures()...)
	for name, s := range setups() {
		values := run(t, s, 1, 3)
		if len(values) != len(columns) || math.IsNaN(values[0]) {
			t.Errorf("%s: %d values for %d columns, the first is %v", name, len(values), len(columns), values[0])
		}
		for i, c := range trial.Columns(s.Measures()...) {
			if c != columns[i] {
				t.Errorf("%s: column %d is %v, and %v of the default setup", name, i, c, columns[i])
			}
		}
		if again := run(t, s, 1, 3); !slices.EqualFunc(values, again, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
			t.Errorf("%s: the same trial gives %v and %v", name, values, again)
		}
		if other := run(t, s, 2, 3); other[0] == values[0] && name != "metropolis, silent" {
			t.Errorf("%s: another seed gives the same mean", name)
		}
	}
	// A trial of 150 ms has no window of 1 s.
	s := setups()["balanced"]
	long := trial.Moments(trial.First(1))
	values, err := s.Run(1, 0, trial.Rates(trial.AfterOnset), long, trial.Moments(trial.AfterOnset))
	if err != nil || math.IsNaN(values[0]) || !math.IsNaN(values[6]) || !math.IsNaN(values[8]) || math.IsNaN(values[9]) {
		t.Errorf("rates, moments of the first second, and moments are %v (%v)", values, err)
	}
	r, err := s.Present(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trial.Measured(r, long); !errors.Is(err, trial.ErrWindow) {
		t.Errorf("the first second of 150 ms: %v", err)
	}
}

// TestTaskID: networks of one task share decoder and noise, and others do not.
func TestTaskID(t *testing.T) {
	s := short(PaperBalanced(4, 5, 0.6, metric.Natural))
	same := s
	same.Geometry, same.Skew, same.Arbitration, same.Lambda, same.Alpha, same.DT = metric.Naive, 1, spiking.Greedy, 0, 0, 1e-5
	if s.TaskID() != same.TaskID() {
		t.Error("networks of one task are of different tasks")
	}
	a, err := s.Balanced(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := same.Balanced(1, 0)
	if err != nil || a.Decoder.At(3, 7) != b.Decoder.At(3, 7) {
		t.Errorf("networks of one task have different decoders (%v)", err)
	}
	seen := map[uint64]bool{}
	for _, change := range []func(*Setup){
		func(*Setup) {},
		func(s *Setup) { s.Rho = 0.5 }, func(s *Setup) { s.Dims, s.PerDim = 5, 4 }, func(s *Setup) { s.PerDim = 10 },
		func(s *Setup) { s.Family = FamilyUnit }, func(s *Setup) { s.Scale = 2 }, func(s *Setup) { s.Mean = 5 }, func(s *Setup) { s.Model = Metropolis },
	} {
		o := s
		change(&o)
		if seen[o.TaskID()] {
			t.Errorf("two tasks have one number: %+v", o)
		}
		seen[o.TaskID()] = true
	}
}

func TestValidate(t *testing.T) {
	balanced := PaperBalanced(4, 5, 0.6, metric.Natural)
	metropolis := PaperMetropolis(4, 5, 0.6, metric.Natural)
	for name, s := range setups() {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		base   Setup
		change func(*Setup)
		name   string
	}{
		{balanced, func(s *Setup) { s.Model = "perceptron" }, "model"},
		{balanced, func(s *Setup) { s.Family = "double" }, "family"},
		{balanced, func(s *Setup) { s.Geometry = metric.Power(math.Inf(1)) }, "geometry"},
		{balanced, func(s *Setup) { s.Rho = 1 }, "rho"},
		{balanced, func(s *Setup) { s.Rho = math.NaN() }, "rho"},
		{metropolis, func(s *Setup) { s.Rho = -1.0 / 3 }, "rho"},
		{balanced, func(s *Setup) { s.Dims = 0 }, "n_p"},
		{balanced, func(s *Setup) { s.PerDim = 0 }, "k"},
		{metropolis, func(s *Setup) { s.Dims, s.PerDim = 1, 7 }, "k"},
		{balanced, func(s *Setup) { s.Dims, s.PerDim = 2, 25_000_000 }, "k"},
		{balanced, func(s *Setup) { s.Dims = 1_000_000_000 }, "k"},
		{balanced, func(s *Setup) { s.Scale = 0 }, "scale"},
		{balanced, func(s *Setup) { s.TauS = -1 }, "tau_s"},
		{balanced, func(s *Setup) { s.TauS = 5e-324 }, "tau_s"},
		{balanced, func(s *Setup) { s.TauM = math.Inf(1) }, "tau_m"},
		{balanced, func(s *Setup) { s.DT = 0.02 }, "dt"},
		{balanced, func(s *Setup) { s.DT = 1e-10 }, "before"},
		{balanced, func(s *Setup) { s.Before = 1e15 }, "before"},
		{balanced, func(s *Setup) { s.After = 1e-4 }, "after"},
		{balanced, func(s *Setup) { s.Before = -1 }, "before"},
		{balanced, func(s *Setup) { s.Arbitration = 9 }, "arbitration"},
		{balanced, func(s *Setup) { s.Skew = math.Inf(1) }, "skew"},
		{balanced, func(s *Setup) { s.Skew = 1e308 }, "skew"},
		{balanced, func(s *Setup) { s.Lambda = -1 }, "lambda"},
		{balanced, func(s *Setup) { s.Alpha = math.NaN() }, "alpha"},
		{metropolis, func(s *Setup) { s.Gain = 0 }, "gain"},
		{metropolis, func(s *Setup) { s.Mean = math.NaN() }, "mean"},
	} {
		s := c.base
		c.change(&s)
		var e *arg.Error
		if err := s.Validate(); !errors.As(err, &e) || e.Name != c.name || e.Package != "model" {
			t.Errorf("want an error about %s, not %v", c.name, err)
		}
		if _, _, err := s.Build(1, 0); err == nil {
			t.Errorf("a setup with a wrong %s is built", c.name)
		}
	}
	if err := PaperBalanced(2, 5, 1, metric.Naive).Validate(); !strings.Contains(fmt.Sprint(err), "rho = 1; the covariance of the family \"shared\" is positive definite in 2 dimensions only for -0.2 < rho < 1") {
		t.Error(err)
	}
}

// TestParameters: a grid sets what it is asked to, from what the earlier parameters
// say.
func TestParameters(t *testing.T) {
	spec := Parameters.Spec()
	for name, values := range map[string][]any{
		"model": {"metropolis", "balanced"}, "n_p": {2, 8}, "k": {2}, "lambda": {"0:1"}, "tau_m": {0.01}, "tau_s": {1e-4}, "gain": {0.5},
	} {
		if err := spec.Set(name, values...); err != nil {
			t.Fatal(err)
		}
	}
	cells, err := spec.Setups()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range cells {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
		got = append(got, fmt.Sprintf("%s %d %d: λ %v α %v g %v τ_m %v τ_s %v m %v", s.Model, s.Dims, s.Neurons(), s.Lambda, s.Alpha, s.Gain, s.TauM, s.TauS, s.Mean))
	}
	want := []string{
		"metropolis 2 4: λ 0 α 0 g 0.5 τ_m 0.01 τ_s 0 m 1",
		"metropolis 8 16: λ 0 α 0 g 0.5 τ_m 0.01 τ_s 0 m 1",
		"balanced 2 4: λ 0 α 2 g 0 τ_m 0.01 τ_s 0.0001 m 6",
		"balanced 2 4: λ 1 α 2 g 0 τ_m 0.01 τ_s 0.0001 m 6",
		"balanced 8 16: λ 0 α 4 g 0 τ_m 0.01 τ_s 0.0001 m 6",
		"balanced 8 16: λ 1 α 4 g 0 τ_m 0.01 τ_s 0.0001 m 6",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the cells are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// Costs that are not given are √n, as the published ones are.
	spec = Parameters.Spec()
	_, _, _ = spec.Set("model", "balanced"), spec.Set("n_p", 20), spec.Set("k", 5)
	if cells, err := spec.Setups(); err != nil || cells[0] != PaperBalanced(20, 5, 0.75, metric.Natural) {
		t.Errorf("a grid of one published cell is %+v (%v)", cells, err)
	}
}

// TestCostsOfFiring: λ and α, which can be swept, reach the network.
func TestCostsOfFiring(t *testing.T) {
	s := short(PaperBalanced(3, 10, 0.5, metric.Natural))
	s.Lambda, s.Alpha, s.TauS = 2, 3, 1e-3
	c, err := s.Balanced(1, 0)
	if err != nil || c.Lambda != 2 || c.Alpha != 3 || c.TauS != 1e-3 {
		t.Errorf("λ = %v, α = %v, τ_s = %v (%v)", c.Lambda, c.Alpha, c.TauS, err)
	}
	published := PaperBalanced(3, 10, 0.5, metric.Natural)
	if c, err := published.Balanced(1, 0); err != nil || c.Lambda != math.Sqrt(30) || c.Alpha != math.Sqrt(30) {
		t.Errorf("the published λ = %v and α = %v, want √30", c.Lambda, c.Alpha)
	}
}

// TestShorten keeps the network and takes about so many steps.
func TestShorten(t *testing.T) {
	for name, s := range setups() {
		short := s.Shorten(100)
		if n := short.Steps(); n < 98 || n > 102 || short.Validate() != nil {
			t.Errorf("%s: %d steps, want about 100 (%v)", name, n, short.Validate())
		}
		if n := s.Shorten(1).Steps(); n < 2 || n > 3 {
			t.Errorf("%s: %d steps, want two", name, n)
		}
	}
}

// TestTarget: the families have the variances and covariances of their formulas.
func TestTarget(t *testing.T) {
	for f, want := range map[Family][2]float64{FamilyUnit: {1, 0.75}, FamilyTriple: {3, 2.25}, FamilyShared: {2.5, 2.25}} {
		s := PaperBalanced(4, 5, 0.75, metric.Naive)
		s.Family = f
		g, err := s.Target()
		if err != nil {
			t.Fatal(err)
		}
		column := g.MulCovariance(nil, []float64{0, 1, 0, 0})
		v, c := s.Variance()
		if math.Abs(column[1]-want[0]) > 1e-14 || math.Abs(column[3]-want[1]) > 1e-14 || v != want[0] || c != want[1] {
			t.Errorf("%s: variance %v and covariance %v, want %v", f, column[1], column[3], want)
		}
		if m := g.Mean(nil); m[2] != 6 {
			t.Errorf("the mean is %v, want 6", m[2])
		}
	}
}

// TestKinds: setups whose steps take the same time are of one kind and size.
func TestKinds(t *testing.T) {
	s := PaperBalanced(4, 5, 0.6, metric.Natural)
	same := s
	same.Rho, same.Mean, same.Lambda, same.After = 0.5, 1, 0, 3
	if s.Kind() != same.Kind() || s.Size() != same.Size() || s.Size() != 4*20 {
		t.Errorf("kinds %v and %v, sizes %v and %v", s.Kind(), same.Kind(), s.Size(), same.Size())
	}
	for _, change := range []func(*Setup){
		func(s *Setup) { s.Model = Metropolis }, func(s *Setup) { s.Geometry = metric.Naive }, func(s *Setup) { s.Arbitration = spiking.Greedy },
	} {
		o := s
		change(&o)
		if o.Kind() == s.Kind() {
			t.Errorf("one kind: %+v and %+v", o, s)
		}
	}
}

// TestRepeats: the table has the numbers of Run, row by row, and a setup may have any
// fixed metric: that of Σ gives what Natural does but for rounding.
func TestRepeats(t *testing.T) {
	s := short(PaperMetropolis(5, 10, 0.75, metric.Natural))
	target, err := s.Target()
	if err != nil {
		t.Fatal(err)
	}
	m, err := metric.Natural.Of(target)
	if err != nil {
		t.Fatal(err)
	}
	fixed := s
	fixed.Geometry = metric.Fixed(m)
	measure := trial.Moments(trial.AfterOnset)
	var tables [2]*trial.Table
	for i, s := range []Setup{s, fixed} {
		if tables[i], err = s.Repeats(context.Background(), 3, 1, measure); err != nil {
			t.Fatal(err)
		}
		for r, row := range tables[i].Rows {
			values, err := s.Run(1, uint32(r), measure)
			if err != nil || !slices.Equal(row, values) {
				t.Errorf("%v: repeat %d has %v in the table and %v alone (%v)", s.Geometry, r, row, values, err)
			}
		}
	}
	for r := range 3 {
		if a, b := tables[0].Rows[r][0], tables[1].Rows[r][0]; math.Abs(a-b) > 1e-9 {
			t.Errorf("repeat %d has the mean %v with Natural and %v with the metric that it chooses", r, a, b)
		}
	}
}
