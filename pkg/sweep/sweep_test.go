package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"natspike/pkg/archive"
	"natspike/pkg/stream"
)

type row struct {
	Cell   int     `parquet:"cell"`
	Repeat int     `parquet:"repeat"`
	Value  float64 `parquet:"value"`
	Error  string  `parquet:"error"`
}

// normals is a sweep of cells × 4 repeats, each of them a normal number; tasks
// take longer the lower they are, so that workers finish out of order.
func normals(cells int) *Sweep[row] {
	grid := Grid{cells, 4}
	return &Sweep[row]{
		Run:   archive.Run{Seed: 5, Version: "test", Parameters: map[string]int{"cells": cells}},
		Tasks: grid.Size(),
		Task: func(_ context.Context, i int) ([]row, error) {
			at := grid.Index(nil, i)
			if i%7 == 3 {
				return nil, fmt.Errorf("task %d cannot be done", i)
			}
			if i%11 == 5 {
				panic("no such neuron")
			}
			time.Sleep(time.Duration(grid.Size()-i) * 10 * time.Microsecond)
			rng := stream.Key{Seed: 5, Cell: uint64(at[0]), Repeat: uint32(at[1])}.Rand()
			return []row{{Cell: at[0], Repeat: at[1], Value: stream.Normal(rng)}}, nil
		},
		Failed: func(i int, err error) row {
			at := grid.Index(nil, i)
			return row{Cell: at[0], Repeat: at[1], Error: err.Error()}
		},
	}
}

func merged[R any](t *testing.T, s *Sweep[R], dir string, shards int) []byte {
	t.Helper()
	for k := range shards {
		if err := s.RunShard(context.Background(), dir, Shard{k, shards}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "merged.parquet")
	if err := s.Merge(dir, shards, path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSameBytesForAnyShards also holds for any number of workers and of
// processors, and for shards that are empty.
func TestSameBytesForAnyShards(t *testing.T) {
	whole := normals(9)
	whole.Workers = 1
	want := merged(t, whole, t.TempDir(), 1)
	for _, c := range []struct{ shards, workers, processors int }{{3, 2, 1}, {7, 5, 2}, {50, 0, 3}} {
		before := runtime.GOMAXPROCS(c.processors)
		s := normals(9)
		s.Workers = c.workers
		if got := merged(t, s, t.TempDir(), c.shards); !bytes.Equal(got, want) {
			t.Errorf("%d shards with %d workers give other bytes", c.shards, c.workers)
		}
		runtime.GOMAXPROCS(before)
	}
	if other := merged(t, normals(8), t.TempDir(), 1); bytes.Equal(other, want) {
		t.Error("another sweep gives the same bytes")
	}
}

func TestFailuresAreRows(t *testing.T) {
	dir := t.TempDir()
	s := normals(9)
	merged(t, s, dir, 2)
	i := 0
	for r, err := range archive.Rows[row](filepath.Join(dir, "merged.parquet")) {
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		switch {
		case i%7 == 3:
			want = fmt.Sprintf("task %d cannot be done", i)
		case i%11 == 5:
			want = "panic: no such neuron"
		}
		if r.Cell != i/4 || r.Repeat != i%4 || r.Error != want || (r.Value == 0) != (want != "") {
			t.Errorf("row %d is %+v, want the error %q", i, r, want)
		}
		i++
	}
	if i != s.Tasks {
		t.Errorf("%d rows, want %d", i, s.Tasks)
	}
}

// TestStopAndGoOn stops a sweep in the middle of a shard and starts it again.
func TestStopAndGoOn(t *testing.T) {
	dir, want := t.TempDir(), merged(t, normals(9), t.TempDir(), 1)
	ctx, stop := context.WithCancel(context.Background())
	var done atomic.Int32
	s := normals(9)
	s.Workers = 2
	s.Done = func(int) {
		if done.Add(1) == 15 { // in the second shard of twelve tasks
			stop()
		}
	}
	if err := s.RunShard(ctx, dir, Shard{0, 3}); err != nil {
		t.Fatal(err)
	}
	if err := s.RunShard(ctx, dir, Shard{1, 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of a stopped shard is %v", err)
	}
	status, err := s.Status(dir, 3)
	if err != nil || status.Done != 1 || len(status.Missing) != 2 || status.Missing[0] != (Shard{1, 3}) {
		t.Errorf("status after the stop is %+v, %v", status, err)
	}
	if err := s.Merge(dir, 3, filepath.Join(dir, "merged.parquet")); err == nil || !strings.Contains(err.Error(), "the first is 1/3") {
		t.Errorf("merging what is not complete: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files after the stop, want the one of the shard that is done", len(files))
	}

	again := normals(9)
	ran := again.Task
	var tasks atomic.Int32
	again.Task = func(ctx context.Context, i int) ([]row, error) { tasks.Add(1); return ran(ctx, i) }
	if got := merged(t, again, dir, 3); !bytes.Equal(got, want) {
		t.Error("a sweep that was stopped and went on gives other bytes")
	}
	if tasks.Load() != 24 {
		t.Errorf("going on has run %d tasks, want the 24 of two shards", tasks.Load())
	}
}

func TestAnotherSweepIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := normals(3).RunShard(context.Background(), dir, Shard{0, 1}); err != nil {
		t.Fatal(err)
	}
	other := normals(3)
	other.Run.Seed = 6
	if err := other.RunShard(context.Background(), dir, Shard{0, 1}); err == nil || !strings.Contains(err.Error(), "seed is 5, not 6") {
		t.Errorf("another seed: %v", err)
	}
	other = normals(4)
	if _, err := other.Status(dir, 1); err == nil || !strings.Contains(err.Error(), `"cells":3`) {
		t.Errorf("other parameters: %v", err)
	}
	if err := os.WriteFile(Shard{0, 1}.path(dir), []byte("PAR1 cut short"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := normals(3).RunShard(context.Background(), dir, Shard{0, 1}); err == nil {
		t.Error("a damaged shard passes as done")
	}
}

// courses is a sweep of tasks with three rows each; one fails, one gives a row
// too few.
func courses(tasks int) *Sweep[row] {
	return &Sweep[row]{
		Run:   archive.Run{Seed: 5, Version: "test"},
		Tasks: tasks,
		Rows:  3,
		Task: func(_ context.Context, i int) ([]row, error) {
			rows := []row{{Cell: i, Repeat: 0}, {Cell: i, Repeat: 1}, {Cell: i, Repeat: 2}}
			switch i {
			case 2:
				return rows, errors.New("out of luck")
			case 3:
				return rows[:2], nil
			}
			return rows, nil
		},
		Failed: func(i int, err error) row { return row{Cell: i, Error: err.Error()} },
	}
}

func TestTasksWithSeveralRows(t *testing.T) {
	dir := t.TempDir()
	want := merged(t, courses(5), dir, 1)
	i := 0
	for r, err := range archive.Rows[row](filepath.Join(dir, "merged.parquet")) {
		if err != nil {
			t.Fatal(err)
		}
		expect := row{Cell: i / 3, Repeat: i % 3}
		switch i / 3 {
		case 2:
			expect = row{Cell: 2, Error: "out of luck"}
		case 3:
			expect = row{Cell: 3, Error: "sweep: task 3 gave 2 rows, not 3"}
		}
		if r != expect {
			t.Errorf("row %d is %+v, want %+v", i, r, expect)
		}
		i++
	}
	if i != 15 {
		t.Errorf("%d rows of 5 tasks with 3 each", i)
	}
	for _, shards := range []int{2, 3, 7} {
		if got := merged(t, courses(5), t.TempDir(), shards); !bytes.Equal(got, want) {
			t.Errorf("%d shards give other bytes", shards)
		}
	}

	var ticks atomic.Int32
	s := courses(5)
	s.Done = func(int) { ticks.Add(1) }
	merged(t, s, t.TempDir(), 2)
	if ticks.Load() != 5 {
		t.Errorf("Done was called %d times for 5 tasks", ticks.Load())
	}
}

// TestMergeCountsRows merges shards as if they were of a sweep of the same name
// with another number of rows.
func TestMergeCountsRows(t *testing.T) {
	dir := t.TempDir()
	merged(t, courses(5), dir, 2)
	for rows, want := range map[int]string{2: "has more than", 4: "ends at task"} {
		s := courses(5)
		s.Rows = rows
		path := filepath.Join(dir, "other.parquet")
		if err := s.Merge(dir, 2, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d rows a task: %v, want an error with %q", rows, err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a merge that failed leaves a file")
		}
	}
}

func TestShardsPartTheTasks(t *testing.T) {
	for _, tasks := range []int{0, 1, 5, 12} {
		for _, of := range []int{1, 2, 5, 13} {
			seen := make([]int, tasks)
			for k := range of {
				n := 0
				for i := range (Shard{k, of}).Tasks(tasks) {
					seen[i]++
					n++
				}
				if size := (Shard{k, of}).Size(tasks); size != n {
					t.Errorf("shard %d/%d of %d tasks has size %d, want %d", k, of, tasks, size, n)
				}
			}
			for i, n := range seen {
				if n != 1 {
					t.Errorf("task %d of %d is in %d of %d shards", i, tasks, n, of)
				}
			}
		}
	}
	for _, s := range []string{"", "1", "3/3", "-1/3", "a/b", "0/0", "1/2/3"} {
		if _, err := ParseShard(s); err == nil {
			t.Errorf("%q passes as a shard", s)
		}
	}
	if s, err := ParseShard("2/16"); err != nil || s != (Shard{2, 16}) {
		t.Errorf("2/16 is read as %v, %v", s, err)
	}
}

func TestGrid(t *testing.T) {
	g := Grid{2, 3, 4}
	for cell := range g.Size() {
		at := g.Index(nil, cell)
		if (at[0]*3+at[1])*4+at[2] != cell {
			t.Errorf("cell %d is at %v", cell, at)
		}
	}
	if (Grid{}).Size() != 1 || (Grid{3, 0}).Size() != 0 {
		t.Error("sizes of the empty product and of an empty axis")
	}
}

// TestRunWhole is the sweep in one call, stopped half way and called again.
func TestRunWhole(t *testing.T) {
	want := merged(t, normals(9), t.TempDir(), 1)
	dir := t.TempDir()
	parts, path := filepath.Join(dir, "parts"), filepath.Join(dir, "all.parquet")
	ctx, stop := context.WithCancel(context.Background())
	s := normals(9)
	seen := map[int]int{}
	s.Done = func(i int) {
		if seen[i]++; len(seen) == 20 {
			stop()
		}
	}
	if err := s.RunWhole(ctx, parts, 6, path); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of a stopped sweep is %v", err)
	}
	clear(seen)
	ran := 0
	again := normals(9)
	again.Workers, again.Done = 1, func(i int) { seen[i]++ }
	task := again.Task
	again.Task = func(ctx context.Context, i int) ([]row, error) { ran++; return task(ctx, i) }
	for range 2 { // the second time there is nothing to do
		if err := again.RunWhole(context.Background(), parts, 6, path); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("a sweep in one call gives other bytes (%v)", err)
	}
	if ran != 18 { // three of six parts were done
		t.Errorf("going on has run %d tasks, want 18", ran)
	}
	for i := range again.Tasks {
		if seen[i] != 2 {
			t.Errorf("task %d was told of %d times in two calls", i, seen[i])
		}
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files are left, want the table alone", len(files))
	}
}
