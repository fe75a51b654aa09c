package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"natspike/pkg/archive"
	model "natspike/pkg/oldtrial"
)

// brief is a grid of 12 cells, of which the four with ρ = 1 cannot be run, with
// two repeats.
func brief(t *testing.T, more ...string) *Spec {
	return fromFlags(t, append([]string{"-model", "balanced,metropolis", "-geometry", "naive,natural", "-rho", "0,1,0.9",
		"-n_p", "2", "-k", "4", "-before", "0.01", "-after", "0.1", "-repeats", "2"}, more...)...)
}

// table runs a spec in shards and returns its bytes and its rows.
func table(t *testing.T, spec *Spec, shards int) ([]byte, []model.Row) {
	t.Helper()
	s, err := spec.Sweep()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b := merged(t, s, dir, shards)
	var rows []model.Row
	for r, err := range archive.Rows[model.Row](filepath.Join(dir, "merged.parquet")) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return b, rows
}

func TestTrialsInAnyShards(t *testing.T) {
	spec := brief(t)
	cells, err := spec.Setups()
	if err != nil {
		t.Fatal(err)
	}
	want, rows := table(t, spec, 1)
	if len(cells) != 12 || len(rows) != 24 {
		t.Fatalf("%d cells and %d rows, want 12 and 24", len(cells), len(rows))
	}
	invalid := 0
	for i, row := range rows {
		cell, repeat := cells[i/2], i%2
		var expect model.Row
		tr, err := model.Run(cell, 1, uint32(repeat))
		if err == nil {
			expect, err = tr.Row()
		}
		if err != nil {
			invalid++
			expect = model.Failed(cell, repeat, err)
		}
		if fmt.Sprint(row) != fmt.Sprint(expect) { // NaN is NaN
			t.Errorf("row %d is %+v, want %+v", i, row, expect)
		}
		if failed := cell.Rho == 1; failed != strings.Contains(row.Error, "ρ = 1") {
			t.Errorf("row %d, of ρ = %v, has the error %q", i, row.Rho, row.Error)
		}
	}
	if invalid != 8 {
		t.Errorf("%d runs failed, want 8", invalid)
	}
	for _, shards := range []int{2, 5, 30} {
		if got, _ := table(t, spec, shards); !bytes.Equal(got, want) {
			t.Errorf("%d shards give other bytes", shards)
		}
	}
	if other, _ := table(t, brief(t, "-seed", "2"), 1); bytes.Equal(other, want) {
		t.Error("another seed gives the same bytes")
	}
}

// TestRowsDoNotDependOnTheGrid finds the rows of a grid in a larger one.
func TestRowsDoNotDependOnTheGrid(t *testing.T) {
	_, large := table(t, brief(t), 1)
	seen := make(map[string]bool)
	for _, row := range large {
		seen[fmt.Sprint(row)] = true
	}
	_, small := table(t, brief(t, "-model", "metropolis", "-rho", "0.9"), 1)
	if len(small) != 4 {
		t.Fatalf("%d rows, want 4", len(small))
	}
	for _, row := range small {
		if !seen[fmt.Sprint(row)] {
			t.Errorf("the row %+v is not in the larger grid", row)
		}
	}
	_, other := table(t, brief(t, "-model", "metropolis", "-rho", "0.9", "-seed", "2"), 1)
	if seen[fmt.Sprint(other[0])] {
		t.Error("a row of another seed is there: the test tells nothing")
	}
}

func TestNoCellThatCanRun(t *testing.T) {
	for _, args := range [][]string{{"-rho", "1,-2"}, {"-after", "0"}, {"-mean", "NaN"}} {
		if _, err := fromFlags(t, args...).Sweep(); err == nil || !strings.Contains(err.Error(), "cells can be run; of the first: model: ") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestCost(t *testing.T) {
	cost, err := brief(t).Cost(context.Background(), time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	// 4 valid cells of each model, 2 repeats, of 110 ms in steps of 0.1 ms and of 10 µs.
	if cost.Cells != 12 || cost.Invalid != 4 || cost.Runs != 16 || cost.Steps != 8*1100+8*11000 || cost.Time <= 0 {
		t.Errorf("the cost is %+v", cost)
	}
	if cost.Problem == nil || !strings.Contains(cost.Problem.Error(), "ρ = 1") {
		t.Errorf("the first problem is %v", cost.Problem)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := brief(t).Cost(ctx, time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of an estimate that was stopped is %v", err)
	}
}

// TestStopLeavesTrials: a trial that is under way does not hold up the end.
func TestStopLeavesTrials(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	never := make(chan struct{})
	defer close(never)
	_, err := orCancelled(ctx, func() (int, error) {
		stop()
		<-never
		return 1, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if _, err := orCancelled(context.Background(), func() (int, error) { panic("no such neuron") }); err == nil || !strings.Contains(err.Error(), "no such neuron") {
		t.Errorf("a panic gives %v", err)
	}
	if n, err := orCancelled(context.Background(), func() (int, error) { return 1, nil }); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestCuts(t *testing.T) {
	dir := t.TempDir()
	if cuts, err := Cuts(filepath.Join(dir, "none")); err != nil || len(cuts) != 0 {
		t.Errorf("a directory that is not there: %v, %v", cuts, err)
	}
	for _, shard := range []Shard{{0, 3}, {10, 16}, {11, 16}} {
		if err := courses(2).RunShards(context.Background(), dir, shard); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.SaveTable(filepath.Join(dir, "shard-9-of-5.parquet"), archive.Run{}, func(yield func(row) bool) {}); err != nil {
		t.Fatal(err)
	}
	if cuts, err := Cuts(dir); err != nil || fmt.Sprint(cuts) != "[3 16]" {
		t.Errorf("cuts %v, %v, want 3 and 16", cuts, err)
	}
}
