package trial_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// TestRepeatsOnAnyNumberOfProcessors wants the same table on 1 and on 3.
func TestRepeatsOnAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	measures := []trial.Measure{trial.Moments(trial.AfterOnset), trial.Rates(trial.First(0.05))}
	run := func(processors int) *trial.Table {
		runtime.GOMAXPROCS(processors)
		return must(trial.Trials(context.Background(), 8, measures, func(repeat uint32) (*trial.Recording, error) {
			key := stream.Key{Seed: 7, Repeat: repeat}
			return trial.Present(metropolis(3, 30, 0.75, metric.Natural, nil), during(trial.Step(1), 0.01, 0.1), key.Rand())
		}))
	}
	one := run(1)
	if three := run(3); !reflect.DeepEqual(one, three) {
		t.Errorf("%v on one processor, %v on three", one, three)
	}
	mean := one.Column("mean")
	if len(mean) != 8 || mean[0] == mean[1] || len(one.Columns) != 3+6 {
		t.Errorf("the means are %v, of %d columns", mean, len(one.Columns))
	}
}

func TestRepeatsErrors(t *testing.T) {
	columns := []trial.Column{{Name: "x"}}
	broken := errors.New("broken")
	_, err := trial.Repeats(context.Background(), 100, columns, func(repeat uint32) ([]float64, error) {
		if repeat == 3 {
			return nil, broken
		}
		return []float64{1}, nil
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "repeat 3") {
		t.Errorf("a repeat that fails: %v", err)
	}
	if _, err = trial.Repeats(context.Background(), 3, columns, func(uint32) ([]float64, error) { panic("no such neuron") }); !strings.Contains(fmt.Sprint(err), "panic: no such neuron") {
		t.Errorf("a repeat that panics: %v", err)
	}
	if _, err = trial.Repeats(context.Background(), 3, columns, func(uint32) ([]float64, error) { return []float64{1, 2}, nil }); err == nil {
		t.Error("two numbers for one column")
	}
	if _, err = trial.Repeats(context.Background(), 0, columns, nil); err == nil {
		t.Error("no repeats")
	}
	ctx, stop := context.WithCancel(context.Background())
	calls := 0
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	_, err = trial.Repeats(ctx, 1_000_000, columns, func(repeat uint32) ([]float64, error) {
		if repeat == 5 {
			stop()
		}
		calls++
		return []float64{1}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	table := &trial.Table{Columns: columns, Rows: [][]float64{{1}, {2}}}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, `no column "y"`) {
			t.Errorf("a column that is not there: %v", p)
		}
	}()
	table.Estimate("y")
}

func TestEstimate(t *testing.T) {
	e := trial.NewEstimate([]float64{1, 2, math.NaN(), 6})
	if e.N != 3 || e.Mean != 3 || math.Abs(e.SD-math.Sqrt(7)) > 1e-15 || math.Abs(e.SE-math.Sqrt(7.0/3)) > 1e-15 {
		t.Errorf("the estimate of 1, 2 and 6 is %+v", e)
	}
	// There is no band from fewer than eight repeats.
	x := []float64{1, 2, 3, 4, 5, 6, 7}
	if e := trial.NewEstimate(x); !math.IsNaN(e.Lo) || !math.IsNaN(e.Hi) {
		t.Errorf("seven repeats have a band: %+v", e)
	}
	if e := trial.NewEstimate(append(x, 8)); !(e.Lo < e.Mean && e.Mean < e.Hi) || e != trial.NewEstimate(append(x, 8)) {
		t.Errorf("the estimate of 1 to 8 is %+v", e)
	}
	if e := trial.NewEstimate(nil); e.N != 0 || !math.IsNaN(e.Mean) || !math.IsNaN(e.SE) {
		t.Errorf("the estimate of nothing is %+v", e)
	}
	for want, e := range map[string]trial.Estimate{
		"0.9851 ± 0.0050":  {Mean: 0.98512, SE: 0.005},
		"139 ± 12":         {Mean: 138.7, SE: 12.3},
		"3":                {Mean: 3, SE: math.NaN()},
		"NaN":              {Mean: math.NaN(), SE: math.NaN()},
		"1.23e-09 ± 1e-11": {Mean: 1.23e-9, SE: 1e-11},
	} {
		if got := e.String(); got != want {
			t.Errorf("%v ± %v is written %q, want %q", e.Mean, e.SE, got, want)
		}
	}
}

// TestBootstrapCovers draws 400 samples of 30 from N(1, 1). The percentile interval
// holds the mean in about 93.7 % of them, as √(29/30)·1.96 is that quantile of
// Student's law; the standard error of the share is 1.2 %, of which four are
// allowed: a false alarm for one seed in 16,000. The negative control is a mean
// that is 0.75 standard errors off.
func TestBootstrapCovers(t *testing.T) {
	const samples, n = 400, 30
	rng := stream.New(7)
	covered, wrong := 0, 0
	for k := range samples {
		x := make([]float64, n+1)
		for i := range x {
			x[i] = 1 + stream.Normal(rng)
		}
		x[k%n] = math.NaN() // is left out
		e := trial.NewEstimate(x)
		if e.N != n {
			t.Fatalf("%d repeats, want %d", e.N, n)
		}
		if e.Lo <= 1 && 1 <= e.Hi {
			covered++
		}
		if off := 1 + 0.75/math.Sqrt(n); e.Lo <= off && off <= e.Hi {
			wrong++
		}
	}
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	want := 2*student.CDF(1.96*math.Sqrt((n-1.0)/n)) - 1
	se := math.Sqrt(want * (1 - want) / samples)
	z := func(hits int) float64 { return (float64(hits)/samples - want) / se }
	if math.Abs(z(covered)) > 4 {
		t.Errorf("the interval holds the mean in %d of %d samples, want %.1f %% (z = %.1f)", covered, samples, 100*want, z(covered))
	}
	if z(wrong) > -4 {
		t.Errorf("the interval holds a wrong mean in %d of %d samples", wrong, samples)
	}
}
