package sweep

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"natspike/pkg/archive"
	"natspike/pkg/grid"
)

// Over returns the sweep that runs every cell of a grid, all repeats of a cell
// before the next cell. A row holds the parameters of its cell, the repeat, the
// values that run returns, one for each of the columns, and the error, which is
// empty if there was none.
//
// run does one repeat of one cell. It must return the same values whenever it is
// called with the same setup, seed and repeat, so that it must draw random numbers
// from streams whose key is made of these. A row whose run failed holds NaN and the
// error, and so does a row of a cell that is not valid. A cell is valid if the
// setup's method Validate returns no error, or if it passes the checks in the table
// of its parameters where it has no such method.
//
// Over returns an error if the grid is malformed, if none of its cells is valid,
// if two columns have one name, and if ctx ends.
func Over[S any](ctx context.Context, spec *grid.Spec[S], columns []grid.Column, run func(ctx context.Context, s S, seed uint64, repeat uint32) ([]float64, error)) (*Sweep[[]any], error) {
	cells, err := spec.Setups()
	if err != nil {
		return nil, err
	}
	if err := anyValid(ctx, spec.Table, cells); err != nil {
		return nil, err
	}
	parameters, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	seed := spec.Seed
	s, err := Cells(spec.Table, cells, spec.Repeats, columns, func(ctx context.Context, s S, repeat uint32) ([]float64, error) {
		return run(ctx, s, seed, repeat)
	})
	if err != nil {
		return nil, err
	}
	s.Run = archive.Run{Seed: seed, Parameters: json.RawMessage(parameters)}
	return s, nil
}

// Cells returns the sweep that runs a list of setups, as Over does for the cells of a
// grid. Its Run is empty.
func Cells[S any](parameters *grid.Table[S], cells []S, repeats int, columns []grid.Column, run func(ctx context.Context, s S, repeat uint32) ([]float64, error)) (*Sweep[[]any], error) {
	table := archive.Records(Columns(parameters, columns)...)
	if _, err := table.Columns(); err != nil {
		return nil, err
	}
	row := func(i int, values []float64, problem string) []any {
		r := append(parameters.Values(cells[i/repeats]), i%repeats)
		for _, v := range values {
			r = append(r, v)
		}
		return append(r, problem)
	}
	return &Sweep[[]any]{
		Table: table,
		Tasks: len(cells) * repeats,
		Task: func(ctx context.Context, i int) ([][]any, error) {
			s := cells[i/repeats]
			if err := validate(parameters, s); err != nil {
				return nil, err
			}
			values, err := run(ctx, s, uint32(i%repeats))
			if err == nil && len(values) != len(columns) {
				err = fmt.Errorf("sweep: the run returned %d values for %d columns", len(values), len(columns))
			}
			return [][]any{row(i, values, "")}, err
		},
		Failed: func(i int, err error) []any {
			// Every format keeps valid text without NUL.
			problem := strings.ReplaceAll(strings.ToValidUTF8(err.Error(), "\ufffd"), "\x00", "\ufffd")
			return row(i, slices.Repeat([]float64{math.NaN()}, len(columns)), problem)
		},
	}, nil
}

// Columns returns the columns of the rows of Over.
func Columns[S any](table *grid.Table[S], columns []grid.Column) []archive.Column {
	all := slices.Concat(
		table.Columns(),
		[]grid.Column{{Name: "repeat", Help: "number of the repeat of this cell, from 0", Kind: reflect.Int}},
		columns,
		[]grid.Column{{Name: "error", Help: "why the run failed; empty if it did not", Kind: reflect.String}},
	)
	out := make([]archive.Column, len(all))
	for i, c := range all {
		out[i] = archive.Column(c)
	}
	return out
}

// validate returns an error if a cell of a grid cannot be run.
func validate[S any](table *grid.Table[S], s S) error {
	if v, ok := any(s).(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return table.Validate(check, s)
}

// anyValid returns an error if none of the cells can be run.
func anyValid[S any](ctx context.Context, table *grid.Table[S], cells []S) error {
	var first error
	for _, c := range cells {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := validate(table, c)
		if err == nil {
			return nil
		}
		first = cmp.Or(first, err)
	}
	return check.Errorf("the grid", "has no cell that can be run among %d; of the first: %v", len(cells), first)
}

// A Cost is the work that a grid takes.
type Cost struct {
	Cells   int
	Invalid int     // number of cells that cannot be run
	Problem error   // problem of the first of these cells, or nil
	Runs    int     // number of runs of the other cells
	Steps   float64 // number of steps of these runs
	Seconds float64 // estimated time of these runs on one processor like that of this machine
	AtLeast bool    // whether Seconds is a lower bound, because a run was too slow to be timed
}

// CostOf validates and counts the cells of a grid, and estimates the time that
// their runs take, as Load.Seconds does.
func CostOf[S any](ctx context.Context, spec *grid.Spec[S], load Load[S]) (Cost, error) {
	cells, err := spec.Setups()
	cost := Cost{Cells: len(cells)}
	if err != nil {
		return cost, err
	}
	var valid []S
	for _, c := range cells {
		if err := ctx.Err(); err != nil {
			return cost, err
		}
		if err := validate(spec.Table, c); err == nil {
			valid = append(valid, c)
			cost.Steps += float64(load.Steps(c)) * float64(spec.Repeats)
		} else if cost.Invalid++; cost.Problem == nil {
			cost.Problem = err
		}
	}
	cost.Runs = len(valid) * spec.Repeats
	seconds, atLeast, err := load.Seconds(ctx, valid)
	cost.AtLeast = atLeast
	for _, s := range seconds {
		cost.Seconds += s * float64(spec.Repeats)
	}
	return cost, err
}
