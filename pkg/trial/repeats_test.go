package trial_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"natspike/pkg/diag"
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
	mean := one.Column("mean_after")
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
	measures := []trial.Measure{trial.Moments(trial.Whole)}
	if _, err = trial.Trials(context.Background(), 2, measures, func(uint32) (*trial.Recording, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("trials without a recording: %v", err)
	}
	if _, err = trial.Repeats(context.Background(), 0, columns, nil); err == nil {
		t.Error("no repeats")
	}
	if _, err = trial.Repeats(context.Background(), math.MaxInt32+1, columns, nil); err == nil {
		t.Error("more repeats than have a number")
	}
	ctx, stop := context.WithCancel(context.Background())
	var calls atomic.Int64
	_, err = trial.Repeats(ctx, 1_000_000, columns, func(repeat uint32) ([]float64, error) {
		if repeat == 5 {
			stop()
		}
		calls.Add(1)
		return []float64{1}, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	if n := calls.Load(); n == 1_000_000 {
		t.Error("all repeats are made although the context ended at the sixth")
	}
	table := &trial.Table{Columns: columns, Rows: [][]float64{{1}, {2}}}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, `no column "y"`) {
			t.Errorf("a column that is not there: %v", p)
		}
	}()
	_, _ = table.Estimate("y")
}

// TestEstimate: package diag tests estimates; the table gives it its columns.
func TestEstimate(t *testing.T) {
	table := &trial.Table{Columns: []trial.Column{{Name: "x"}, {Name: "none"}, {Name: "y"}}}
	for i := range 9 {
		x := float64(i)
		if i == 4 {
			x = math.NaN()
		}
		table.Rows = append(table.Rows, []float64{x, math.NaN(), 3 - 2*float64(i)})
	}
	e := must(table.Estimate("x"))
	if e.N != 8 || e.Mean != 4 || !e.Bounded() || !(e.Lo < 4 && 4 < e.Hi) || e != must(table.Estimate("x")) {
		t.Errorf("the estimate is %v", e)
	}
	if _, err := table.Estimate("none"); !errors.Is(err, diag.ErrShort) || !strings.Contains(err.Error(), "column none") {
		t.Errorf("the estimate of no numbers: %v", err)
	}
	if _, err := (&trial.Table{Columns: table.Columns}).Estimate("x"); !errors.Is(err, diag.ErrShort) {
		t.Errorf("the estimate of no repeats: %v", err)
	}
	// Columns are resampled alike: the ends of y are those of x with the same repeats.
	full := &trial.Table{Columns: table.Columns}
	for i := range 9 {
		full.Rows = append(full.Rows, []float64{float64(i), 0, 3 - 2*float64(i)})
	}
	x, y := must(full.Estimate("x")), must(full.Estimate("y"))
	if math.Abs(y.Lo-(3-2*x.Hi)) > 1e-12 || math.Abs(y.Hi-(3-2*x.Lo)) > 1e-12 {
		t.Errorf("x is in [%v, %v] and 3−2x in [%v, %v]", x.Lo, x.Hi, y.Lo, y.Hi)
	}
	full.Rows = full.Rows[:7]
	if e := must(full.Estimate("x")); e.Bounded() || !math.IsInf(e.Hi, 1) {
		t.Errorf("seven repeats have an interval: %v", e)
	}
}

// TestDerive: a derived column has f of each repeat's numbers, and other tables that
// share rows do not change. The standard error of a difference of two columns that
// differ by a constant is 0.
func TestDerive(t *testing.T) {
	table, err := trial.Repeats(context.Background(), 10, trial.Named("a", "b"),
		func(repeat uint32) ([]float64, error) {
			a := float64(repeat * repeat)
			return []float64{a, a + 3}, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	same := *table
	got := table.Derive(trial.Column{Name: "gap", Unit: "Hz"}, func(x ...float64) float64 { return x[0] - x[1] }, "b", "a")
	if got != table || len(table.Columns) != 3 || table.Columns[2].Unit != "Hz" || len(same.Columns) != 2 {
		t.Errorf("the table has the columns %v, its copy %v", table.Columns, same.Columns)
	}
	all, err := trial.Estimates("gap", table, table)
	if err != nil || len(all) != 2 || all[0] != all[1] || all[0].Mean != 3 || all[0].SE != 0 || all[0].N != 10 {
		t.Errorf("the gap is %+v (%v), want 3 ± 0 twice", all, err)
	}
	if e, err := trial.EstimateOf(table.Column("a")); err != nil || e != must(table.Estimate("a")) {
		t.Errorf("the estimate of the numbers is %+v (%v), that of the column %+v", e, err, must(table.Estimate("a")))
	}
	if s := table.Series("gap", "a"); len(s) != 10 || !reflect.DeepEqual(s[4], []float64{3, 16}) {
		t.Errorf("the series of gap and a are %v", s)
	}
	if _, err := trial.EstimateOf(nil); !errors.Is(err, diag.ErrShort) {
		t.Errorf("no numbers have the error %v", err)
	}
	if _, err := trial.Estimates("gap", &trial.Table{Columns: table.Columns}); !errors.Is(err, diag.ErrShort) {
		t.Errorf("an empty table has the error %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a column is derived of one that is missing")
		}
	}()
	table.Derive(trial.Column{Name: "d"}, func(x ...float64) float64 { return 0 }, "c")
}
