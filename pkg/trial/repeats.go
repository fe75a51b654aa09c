package trial

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"natspike/pkg/diag"
	"natspike/pkg/internal/parallel"
	"natspike/pkg/stream"
)

// A Table holds the numbers of repeated trials: a row for each repeat, a column
// for each number.
type Table struct {
	Columns []Column
	Rows    [][]float64
}

// An Estimate is the mean of a column over repeats, with its standard error and,
// of eight repeats or more, its 95 % confidence interval.
type Estimate = diag.Estimate

// bootstrapping is the purpose of the stream that resamples.
const bootstrapping stream.Purpose = 0x626f6f74

// Repeats calls f for the repeats 0, …, n−1, as many at once as there are
// processors, and returns the table of the numbers that it returns, one for each
// column. If f depends on its repeat alone, the table is the same bytes on any
// number of processors. The first repeat that fails stops the others, and so does
// the end of ctx.
func Repeats(ctx context.Context, n int, columns []Column, f func(repeat uint32) ([]float64, error)) (*Table, error) {
	if n < 1 || n > math.MaxInt32 {
		return nil, check.Errorf("repeats", "= %d is not in [1, %d]", n, math.MaxInt32)
	}
	rows, err := parallel.Map(ctx, n, func(_ context.Context, i int) ([]float64, error) {
		row, err := f(uint32(i))
		if err == nil && len(row) != len(columns) {
			err = fmt.Errorf("%d numbers for %d columns", len(row), len(columns))
		}
		if err != nil {
			return nil, fmt.Errorf("repeat %d: %w", i, err)
		}
		return row, nil
	})
	if err != nil {
		return nil, err
	}
	return &Table{columns, rows}, nil
}

// Named returns columns that have names and nothing else, for Repeats.
func Named(names ...string) []Column {
	columns := make([]Column, len(names))
	for i, name := range names {
		columns[i].Name = name
	}
	return columns
}

// Trials calls f for the repeats 0, …, n−1, as Repeats does, and measures the
// recording of each:
//
//	table, err := trial.Trials(ctx, 16, measures, func(repeat uint32) (*trial.Recording, error) {
//		key := stream.Key{Seed: 1, Repeat: repeat}
//		net, err := network(key)
//		if err != nil {
//			return nil, err
//		}
//		return trial.Present(net, trial.Step(6), key.Rand())
//	})
//	e, err := table.Estimate("mean_50ms")
func Trials(ctx context.Context, n int, measures []Measure, f func(repeat uint32) (*Recording, error)) (*Table, error) {
	return Repeats(ctx, n, Columns(measures...), func(repeat uint32) ([]float64, error) {
		r, err := f(repeat)
		if err != nil {
			return nil, err
		}
		return Measured(r, measures...)
	})
}

// Column returns the numbers of a column, one for each repeat. It panics if there
// is no column of that name.
func (t *Table) Column(name string) []float64 {
	for k, c := range t.Columns {
		if c.Name == name {
			x := make([]float64, len(t.Rows))
			for i, row := range t.Rows {
				x[i] = row[k]
			}
			return x
		}
	}
	panic(fmt.Sprintf("trial: the table has no column %q", name))
}

// Series returns the numbers of several columns of each repeat, in the order of the
// names, as figure.Panel.Bootstrap takes them. It panics if there is no column of a
// name.
func (t *Table) Series(names ...string) [][]float64 {
	series := make([][]float64, len(t.Rows))
	for _, name := range names {
		for r, v := range t.Column(name) {
			series[r] = append(series[r], v)
		}
	}
	return series
}

// Derive adds a column whose number in each repeat is f of the numbers of other
// columns, and returns the table. f gets them in the order of from:
//
//	table.Derive(trial.Column{Name: "ratio"}, func(x ...float64) float64 { return x[0] / x[1] },
//		"var_late", "var_50ms")
//
// An estimate of the new column has the standard error of the derived number, in
// which the columns that it comes from may be correlated. Derive panics if there is
// no column of a name in from.
func (t *Table) Derive(c Column, f func(x ...float64) float64, from ...string) *Table {
	columns := make([][]float64, len(from))
	for k, name := range from {
		columns[k] = t.Column(name)
	}
	t.Columns = append(t.Columns[:len(t.Columns):len(t.Columns)], c)
	for i, row := range t.Rows {
		x := make([]float64, len(from))
		for k := range x {
			x[k] = columns[k][i]
		}
		t.Rows[i] = append(row[:len(row):len(row)], f(x...))
	}
	return t
}

// Estimate returns the mean of a column over repeats, by diag.Bootstrap: the same
// for the same table, with the repeats of all columns resampled alike. A repeat
// whose number is NaN is left out. It panics if there is no column of that name.
// The error wraps diag.ErrShort if all numbers are NaN, and diag.ErrNonFinite if
// one is infinite.
func (t *Table) Estimate(name string) (Estimate, error) {
	e, err := EstimateOf(t.Column(name))
	if err != nil {
		return Estimate{}, fmt.Errorf("trial: column %s: %w", name, err)
	}
	return e, nil
}

// EstimateOf returns the mean of x, one number of each repeat, as Table.Estimate
// does for a column.
func EstimateOf(x []float64) (Estimate, error) {
	if len(x) == 0 {
		x = []float64{math.NaN()}
	}
	b := lastBootstrap.Load()
	if b == nil || b.repeats != len(x) {
		made, err := diag.NewBootstrap(len(x), diag.Resamples, stream.Key{Purpose: bootstrapping})
		if err != nil {
			return Estimate{}, err
		}
		b = &bootstrap{made, len(x)}
		lastBootstrap.Store(b)
	}
	return b.Mean(x)
}

// A bootstrap is that of a number of repeats. Every table of as many has the same.
type bootstrap struct {
	*diag.Bootstrap
	repeats int
}

// lastBootstrap is kept, because making one takes longer than using it.
var lastBootstrap atomic.Pointer[bootstrap]

// Estimates returns the estimate of one column of each table: the points of a
// curve, say. It panics, and returns errors, as Table.Estimate does.
func Estimates(column string, tables ...*Table) ([]Estimate, error) {
	all := make([]Estimate, len(tables))
	for i, t := range tables {
		var err error
		if all[i], err = t.Estimate(column); err != nil {
			return nil, err
		}
	}
	return all, nil
}
