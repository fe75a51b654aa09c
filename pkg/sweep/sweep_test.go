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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"natspike/pkg/archive"
	"natspike/pkg/internal/atomicfile"
	"natspike/pkg/internal/version"
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
	const repeats = 4
	return &Sweep[row]{
		Run:   archive.Run{Seed: 5, Version: "test", Parameters: map[string]int{"cells": cells}},
		Tasks: cells * repeats,
		Task: func(_ context.Context, i int) ([]row, error) {
			if i%7 == 3 {
				return nil, fmt.Errorf("task %d cannot be done", i)
			}
			if i%11 == 5 {
				panic("no such neuron")
			}
			time.Sleep(time.Duration(cells*repeats-i) * 10 * time.Microsecond)
			rng := stream.Key{Seed: 5, Cell: uint64(i / repeats), Repeat: uint32(i % repeats)}.Rand()
			return []row{{Cell: i / repeats, Repeat: i % repeats, Value: stream.Normal(rng)}}, nil
		},
		Failed: func(i int, err error) row {
			return row{Cell: i / repeats, Repeat: i % repeats, Error: err.Error()}
		},
	}
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
	if err := s.RunShards(ctx, dir, Shard{0, 3}); err != nil {
		t.Fatal(err)
	}
	if err := s.RunShards(ctx, dir, Shard{1, 3}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of a stopped shard is %v", err)
	}
	status, err := s.Status(dir, 3)
	if err != nil || status.Done != 1 || len(status.Missing) != 2 || status.Missing[0] != (Shard{1, 3}) {
		t.Errorf("status after the stop is %+v, %v", status, err)
	}
	if err := s.Merge(context.Background(), dir, 3, filepath.Join(dir, "merged.parquet")); err == nil || !strings.Contains(err.Error(), "the first is 1/3") {
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
	if err := normals(3).RunShards(context.Background(), dir, Shard{0, 1}); err != nil {
		t.Fatal(err)
	}
	other := normals(3)
	other.Run.Seed = 6
	if err := other.RunShards(context.Background(), dir, Shard{0, 1}); err == nil || !strings.Contains(err.Error(), "seed is 5, not 6") {
		t.Errorf("another seed: %v", err)
	}
	other = normals(4)
	if _, err := other.Status(dir, 1); err == nil || !strings.Contains(err.Error(), "its cells is 3, not 4") {
		t.Errorf("other parameters: %v", err)
	}
	if err := os.WriteFile(Shard{0, 1}.path(dir), []byte("PAR1 cut short"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := normals(3).RunShards(context.Background(), dir, Shard{0, 1}); err == nil {
		t.Error("a damaged shard passes as done")
	}
}

// TestForeignShards puts shards of other places, versions and programs where a
// shard should be.
func TestForeignShards(t *testing.T) {
	dir := t.TempDir()
	s := normals(9)
	merged(t, s, dir, 12)
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(path string, b []byte) {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	third := (Shard{3, 12}).path(dir)
	ours := read(third)
	refused := func(what, want string) {
		t.Helper()
		path := filepath.Join(dir, "other.parquet")
		_, status := s.Status(dir, 12)
		for _, err := range []error{s.Merge(context.Background(), dir, 12, path), s.RunShards(context.Background(), dir, Shard{3, 12}), status} {
			if err == nil || !strings.Contains(err.Error(), third+" "+want) || !strings.HasSuffix(err.Error(), "; write to another directory, or delete it") {
				t.Errorf("%s: %v, want an error with %q", what, err, want)
			}
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a merge that failed leaves a file", what)
		}
		put(third, ours)
	}
	put(third, read(Shard{2, 12}.path(dir)))
	refused("a copy of another shard", "holds shard 2/12, not shard 3/12")
	put(third, read(filepath.Join(dir, "merged.parquet")))
	refused("the whole table", "holds the whole sweep, not shard 3/12")

	for what, c := range map[string]struct {
		change func(*Sweep[row])
		want   string
	}{
		"another version":    {func(s *Sweep[row]) { s.Run.Version = "0.0.9" }, "was written by version 0.0.9 of natspike, and this is version test"},
		"another seed":       {func(s *Sweep[row]) { s.Run.Seed = 6 }, "is of another sweep: its seed is 6, not 5"},
		"another sampler":    {func(s *Sweep[row]) { s.Run.Sampler = "hmc" }, `is of another sweep: its sampler is "hmc", not ""`},
		"other parameters":   {func(s *Sweep[row]) { s.Run.Parameters = map[string]int{"cells": 9, "more": 1} }, "is of another sweep: its more is 1, not not given"},
		"another parameter":  {func(s *Sweep[row]) { s.Run.Parameters = map[string]int{"cells": 8} }, "is of another sweep: its cells is 8, not 9"},
		"no parameters":      {func(s *Sweep[row]) { s.Run.Parameters = nil }, "is of another sweep: its cells is not given, not 9"},
		"a text":             {func(s *Sweep[row]) { s.Run.Parameters = "nine" }, `is of another sweep: its parameters are "nine", not {"cells":9}`},
		"another task count": {func(s *Sweep[row]) { s.Tasks-- }, "is of another sweep: it has 35 tasks of 1 rows, not 36 of 1"},
	} {
		other := normals(9)
		c.change(other)
		elsewhere := t.TempDir()
		if err := other.RunShards(context.Background(), elsewhere, Shard{3, 12}); err != nil {
			t.Fatal(err)
		}
		put(third, read(Shard{3, 12}.path(elsewhere)))
		refused(what, c.want)
	}

	type more struct {
		Cell int `parquet:"cell"`
	}
	elsewhere := t.TempDir()
	other := &Sweep[more]{
		Run: s.Run, Tasks: s.Tasks, Task: func(_ context.Context, i int) ([]more, error) { return []more{{i}}, nil },
		Failed: func(i int, err error) more { return more{} },
	}
	if err := other.RunShards(context.Background(), elsewhere, Shard{3, 12}); err != nil {
		t.Fatal(err)
	}
	put(third, read(Shard{3, 12}.path(elsewhere)))
	refused("other columns", "is of another sweep: its columns are cell, not cell, repeat, value, error")
	if err := archive.SaveTable(third, s.Run, func(yield func(row) bool) {}); err != nil {
		t.Fatal(err)
	}
	refused("a table that is no shard", "was not written by a sweep")
	if got := merged(t, normals(9), dir, 12); len(got) == 0 {
		t.Error("the shards are not as they were")
	}
}

// TestRevisions: programs of two commits do not work on one sweep, unless they may.
// One that does not know its commit works with any, but refuses shards of two.
func TestRevisions(t *testing.T) {
	defer func() { revision = version.Revision }()
	of := func(commit string) { revision = func() string { return commit } }
	run := func(s *Sweep[row], dir string, k int) error {
		return s.RunShards(context.Background(), dir, Shard{k, 3})
	}
	dir, alone := t.TempDir(), t.TempDir()
	want := merged(t, normals(9), alone, 3)
	s := normals(9)
	for k, commit := range []string{"", "abc", "def+modified"} {
		of(commit)
		if err := run(s, dir, k); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "all.parquet")
	first, second := (Shard{1, 3}).path(dir), (Shard{2, 3}).path(dir)
	of("abc")
	if err := run(s, dir, 0); err != nil {
		t.Errorf("a shard whose commit is not known: %v", err)
	}
	ours := second + " is of revision def+modified, and this program of revision abc"
	if err := run(s, dir, 2); err == nil || !strings.Contains(err.Error(), ours) {
		t.Errorf("%v, want an error with %q", err, ours)
	}
	if err := s.Merge(context.Background(), dir, 3, path); err == nil || !strings.Contains(err.Error(), ours) {
		t.Errorf("%v, want an error with %q", err, ours)
	}
	of("")
	theirs := second + " is of revision def+modified, and " + first + " of revision abc"
	if _, err := s.Status(dir, 3); err == nil || !strings.Contains(err.Error(), theirs) {
		t.Errorf("%v, want an error with %q", err, theirs)
	}
	of("abc")
	s.AnyRevision = true
	if got := merged(t, s, dir, 3); !bytes.Equal(got, want) {
		t.Error("the table depends on the commits")
	}
}

func TestBadSweeps(t *testing.T) {
	for want, change := range map[string]func(*Sweep[row]){
		"sweep: Workers = -3 is not from 0 to 10000":         func(s *Sweep[row]) { s.Workers = -3 },
		"sweep: Workers = 1000000000 is not from 0 to 10000": func(s *Sweep[row]) { s.Workers = 1e9 },
		"sweep: Tasks = -1 is less than 0":                   func(s *Sweep[row]) { s.Tasks = -1 },
		"sweep: Rows = -1 is less than 0":                    func(s *Sweep[row]) { s.Rows = -1 },
		"cannot be written as JSON":                          func(s *Sweep[row]) { s.Run.Parameters = func() {} },
	} {
		s := normals(1)
		change(s)
		if err := s.RunShards(context.Background(), t.TempDir(), Shard{0, 1}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	for want, shard := range map[string]Shard{
		"the number of shards = 0 is not from 1 to 10000":     {0, 0},
		"the number of shards = 10001 is not from 1 to 10000": {0, 10001},
		"the shard = 2/2 is not i/N":                          {2, 2},
	} {
		if err := normals(1).RunShards(context.Background(), t.TempDir(), shard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want an error with %q", shard, err, want)
		}
	}
	if err := normals(1).RunWhole(context.Background(), t.TempDir(), 1, "table.csv"); err == nil || !strings.Contains(err.Error(), "does not end in .parquet") {
		t.Errorf("a path of another format: %v", err)
	}
	if err := normals(1).RunWhole(context.Background(), t.TempDir(), 0, filepath.Join(t.TempDir(), "a.parquet")); err == nil || !strings.Contains(err.Error(), "the number of shards = 0") {
		t.Errorf("no shards: %v", err)
	}
	defer func() {
		if p := recover(); p != "sweep: Task and Failed must not be nil" {
			t.Errorf("a sweep without functions panics with %v", p)
		}
	}()
	new(Sweep[row]).RunShards(context.Background(), t.TempDir(), Shard{0, 1})
}

// TestTwoAtOnce runs one sweep twice at once in one directory: each shard is done
// once, and each run tells of all tasks.
func TestTwoAtOnce(t *testing.T) {
	dir, want := t.TempDir(), merged(t, normals(9), t.TempDir(), 1)
	var ran, waits atomic.Int32
	waiting := make(chan struct{})
	var group sync.WaitGroup
	all := make([]Shard, 12)
	for k := range all {
		all[k] = Shard{k, 12}
	}
	for range 2 {
		s := normals(9)
		task := s.Task
		var told atomic.Int32
		s.Workers = 1
		s.Task = func(ctx context.Context, i int) ([]row, error) {
			ran.Add(1)
			if i == 35 { // of the last shard: the other run has to wait for it
				<-waiting
			}
			return task(ctx, i)
		}
		s.Done = func(int) { told.Add(1) }
		s.Waiting = func(err error) {
			if waits.Add(1) == 1 {
				close(waiting)
			}
			if !strings.Contains(err.Error(), "is in use by process") {
				t.Errorf("waiting because of %v", err)
			}
		}
		group.Go(func() {
			if err := s.RunShards(context.Background(), dir, all...); err != nil {
				t.Error(err)
			}
			if told.Load() != 36 {
				t.Errorf("a run tells of %d tasks", told.Load())
			}
		})
	}
	group.Wait()
	if ran.Load() != 36 {
		t.Errorf("two runs have run %d tasks, want the 36 of one", ran.Load())
	}
	if got := merged(t, normals(9), dir, 12); !bytes.Equal(got, want) {
		t.Error("two runs at once give other bytes")
	}

	// A wait ends with its context, and RunWhole does not wait.
	release, err := atomicfile.Lock(filepath.Join(dir, "shard-0-of-1.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer stop()
	if err := normals(1).RunShards(ctx, dir, Shard{0, 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait that is stopped: %v", err)
	}
	path := filepath.Join(t.TempDir(), "all.parquet")
	hold, err := atomicfile.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	defer hold()
	var held *atomicfile.HeldError
	if err := normals(1).RunWhole(context.Background(), t.TempDir(), 1, path); !errors.As(err, &held) {
		t.Errorf("a whole run beside another: %v", err)
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

// TestMergeCountsRows merges shards that hold a row too few or too many.
func TestMergeCountsRows(t *testing.T) {
	dir := t.TempDir()
	s := courses(5)
	merged(t, s, dir, 2)
	second := Shard{1, 2}
	for n, want := range map[int]string{5: "shard 1/2 has 5 rows, not 6", 7: "shard 1/2 has more than 6 rows"} {
		err := s.save(second.path(dir), second, func(yield func(row, error) bool) {
			for i := range n {
				if !yield(row{Cell: i}, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "other.parquet")
		if err := s.Merge(context.Background(), dir, 2, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d rows: %v, want an error with %q", n, err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a merge that failed leaves a file")
		}
	}
}

// TestMergeInBlocks merges with memory for a few rows of each shard, or for one.
func TestMergeInBlocks(t *testing.T) {
	defer func(n int) { maxValues = n }(maxValues)
	for _, c := range []struct{ tasks, shards int }{{5, 1}, {17, 2}, {18, 3}, {4, 6}} {
		dir := t.TempDir()
		want := merged(t, courses(c.tasks), dir, c.shards)
		for _, maxValues = range []int{1, 3 * 4 * c.shards, 2 * 3 * 4 * c.shards, 5 * 3 * 4 * c.shards} {
			path := filepath.Join(dir, "blocks.parquet")
			if err := courses(c.tasks).Merge(context.Background(), dir, c.shards, path); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d tasks in %d shards with memory for %d values: other bytes (%v)", c.tasks, c.shards, maxValues, err)
			}
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	dir := t.TempDir()
	merged(t, courses(5), dir, 2)
	stop()
	if err := courses(5).Merge(ctx, dir, 2, filepath.Join(dir, "other.parquet")); !errors.Is(err, context.Canceled) {
		t.Errorf("a merge that is stopped: %v", err)
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
	for _, name := range []string{"shard-9-of-5.parquet", "shard-0-of-3.csv", "shard-00-of-3.parquet"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if cuts, err := Cuts(dir); err != nil || fmt.Sprint(cuts) != "[3 16]" {
		t.Errorf("cuts %v, %v, want 3 and 16", cuts, err)
	}
}

// TestShardsOverlap has a last task of each shard that waits for the first task of
// the next shard, and a last task of all that waits until the caller knows.
func TestShardsOverlap(t *testing.T) {
	const shards = 9
	s := normals(9)
	s.Workers = 2
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	started := make([]chan struct{}, s.Tasks)
	for i := range started {
		started[i] = make(chan struct{})
	}
	all := make(chan struct{})
	s.Started = func() { close(all) }
	task := s.Task
	s.Task = func(ctx context.Context, i int) ([]row, error) {
		close(started[i])
		next := all
		switch {
		case i < s.Tasks-shards:
			return task(ctx, i)
		case i < s.Tasks-1:
			next = started[i%shards+1]
		}
		select {
		case <-next:
		case <-ctx.Done():
			t.Errorf("task %d waits for another in vain", i)
		}
		return task(ctx, i)
	}
	dir := t.TempDir()
	if err := s.RunWhole(ctx, dir, shards, filepath.Join(dir, "all.parquet")); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "all.parquet"))
	if want := merged(t, normals(9), t.TempDir(), 1); err != nil || !bytes.Equal(got, want) {
		t.Errorf("shards that overlap give other bytes (%v)", err)
	}
}

// TestRunWhole is the sweep in one call, stopped half way and called again.
func TestRunWhole(t *testing.T) {
	want := merged(t, normals(9), t.TempDir(), 1)
	dir := t.TempDir()
	parts, path := filepath.Join(dir, "parts"), filepath.Join(dir, "all.parquet")
	ctx, stop := context.WithCancel(context.Background())
	s := normals(9)
	s.Workers = 1
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
	if ran != 18 && ran != 24 { // one worker has two parts under way at most
		t.Errorf("going on has run %d tasks, want those of three or four parts of six", ran)
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
