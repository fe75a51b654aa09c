package sweep

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"natspike/pkg/archive"
	"natspike/pkg/arg"
	"natspike/pkg/internal/atomicfile"
	"natspike/pkg/internal/parallel"
	"natspike/pkg/internal/version"
)

const check = arg.Checker("sweep")

// A Sweep is a list of independent tasks. Each task gives the same number of rows
// of a table.
type Sweep[R any] struct {
	// Run is written into every file. Its parameters decide, with the seed, what
	// the tasks are. An empty version stands for the version of natspike.
	Run archive.Run

	// Table is the layout of a row. The zero Table is for a struct R, whose fields
	// are the columns.
	Table archive.Table[R]

	// Tasks is the number of tasks.
	Tasks int

	// Rows is the number of rows that each task gives; 0 stands for one.
	Rows int

	// Task does one task and returns its rows. It is called from several goroutines
	// at once. Its result must depend on the index alone. A task that returns a
	// different number of rows counts as failed. When the context of a run ends,
	// the run no longer waits for the tasks under way, and drops what they return.
	Task func(ctx context.Context, i int) ([]R, error)

	// Failed returns the row of a task that returned an error or panicked. The table
	// holds this row Rows times.
	Failed func(i int, err error) R

	// AnyRevision allows shards that programs of several revisions have written.
	// Otherwise they are an error. The revision is the commit that a program was built
	// from. It is not known of a program that go run starts.
	AnyRevision bool

	// Workers is the number of tasks that run at once; 0 stands for the number of
	// processors.
	Workers int

	// Done, if not nil, is called after each task, also for the tasks of a shard
	// that was already there. There is one call at a time.
	Done func(i int)

	// Started, if not nil, is called when a worker is free and finds that all tasks have
	// been started. Other work can begin then. It is called at most once, and must not
	// block. It is not called if the last shard was already there, or if another process
	// does it.
	Started func()

	// Waiting, if not nil, is called when the run waits, because other processes work
	// on all shards that are left. The error names one of these processes.
	Waiting func(err error)

	ticking sync.Mutex // held while Done is called
}

// validate returns an error if a field is out of its range. It panics if a
// function is missing.
func (s *Sweep[R]) validate() error {
	if s.Task == nil || s.Failed == nil {
		panic("sweep: Task and Failed must not be nil")
	}
	if s.Workers < 0 || s.Workers > maxWorkers {
		return check.Errorf("Workers", "= %d is not from 0 to %d", s.Workers, maxWorkers)
	}
	return cmp.Or(check.AtLeast("Tasks", s.Tasks, 0), check.AtLeast("Rows", s.Rows, 0))
}

// maxWorkers bounds the tasks that run at once.
const maxWorkers = 10_000

// RunShards does the given shards whose files are missing in dir, and writes the rows
// of each to its file. It makes dir if it does not exist, and removes the temporary
// files that killed runs have left in it.
//
// Several processes may run shards in one directory. One of them does each shard. A
// process whose shards are all done or under way waits for the others.
//
// A worker that finds no further task in a shard goes on with the next shard. At most
// one shard more than there are workers is under way.
//
// When ctx ends, RunShards writes no file for a shard with tasks that are not done. It
// returns an error if a file in dir is of another sweep, version or revision, or of
// another shard than its name says.
func (s *Sweep[R]) RunShards(ctx context.Context, dir string, shards ...Shard) error {
	if err := s.validate(); err != nil {
		return err
	}
	for _, shard := range shards {
		if err := shard.validate(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if err := atomicfile.Clean(dir); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	const pause = 200 * time.Millisecond
	told := false
	slots := make(chan struct{}, cmp.Or(s.Workers, runtime.GOMAXPROCS(0)))
	for len(shards) > 0 {
		var later []Shard
		var held *atomicfile.HeldError
		if err := parallel.Relay(ctx, len(shards), cap(slots)+1, func(ctx context.Context, k int, next func()) error {
			if k == len(shards)-1 && len(later) == 0 && s.Started != nil {
				next = s.Started
			}
			err := s.runShard(ctx, dir, shards[k], slots, next)
			if errors.As(err, &held) { // the next shard has not begun
				later = append(later, shards[k])
				return nil
			}
			return err
		}); err != nil {
			return err
		}
		if len(later) == len(shards) {
			if s.Waiting != nil && !told {
				told = true
				s.Waiting(held)
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("sweep: stopped while waiting for shard %v: %w", later[0], context.Cause(ctx))
			case <-time.After(pause):
			}
		}
		shards = later
	}
	return nil
}

// runShard does one shard in slots, as parallel.Ordered does. It calls started when
// all tasks of the shard have been started. It returns an *atomicfile.HeldError if
// another process works on the shard.
func (s *Sweep[R]) runShard(ctx context.Context, dir string, shard Shard, slots chan struct{}, started func()) error {
	path := shard.path(dir)
	if r, err := s.read(path, shard); r != nil || err != nil {
		s.skip(r, shard)
		return err
	}
	release, err := atomicfile.Lock(path)
	if err != nil {
		return err
	}
	defer release()
	if r, err := s.read(path, shard); r != nil || err != nil { // written before the lock was taken
		s.skip(r, shard)
		return err
	}
	return s.save(path, shard, s.rows(ctx, shard, slots, started))
}

// tick calls Done.
func (s *Sweep[R]) tick(i int) {
	if s.Done != nil {
		s.ticking.Lock()
		defer s.ticking.Unlock()
		s.Done(i)
	}
}

// skip calls Done for the tasks of a shard, if there is a record of it.
func (s *Sweep[R]) skip(there *record, shard Shard) {
	if there != nil {
		for i := range shard.Tasks(s.Tasks) {
			s.tick(i)
		}
	}
}

// perTask returns the number of rows of a task.
func (s *Sweep[R]) perTask() int { return max(s.Rows, 1) }

// rows yields the rows of a shard in order, as they are made. If ctx ends first,
// its error comes last.
func (s *Sweep[R]) rows(ctx context.Context, shard Shard, slots chan struct{}, started func()) iter.Seq2[R, error] {
	tasks := func(yield func(int) bool) {
		for i := range shard.Tasks(s.Tasks) {
			if !yield(i) {
				return
			}
		}
		started()
	}
	task := func(ctx context.Context, i int) []R {
		rows, err := parallel.OrCancelled(ctx, func() ([]R, error) { return s.Task(ctx, i) })
		if err == nil && len(rows) != s.perTask() {
			err = fmt.Errorf("sweep: task %d gave %d rows, not %d", i, len(rows), s.perTask())
		}
		if err != nil {
			return slices.Repeat([]R{s.Failed(i, err)}, s.perTask())
		}
		return rows
	}
	return func(yield func(R, error) bool) {
		left := shard.Size(s.Tasks)
		for i, rows := range parallel.Ordered(ctx, slots, tasks, task) {
			left--
			s.tick(i)
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
		if left > 0 {
			var none R
			yield(none, fmt.Errorf("sweep: stopped in shard %v: %w", shard, context.Cause(ctx)))
		}
	}
}

// A record describes the content of a file. It is written as the parameters of the
// file's run, and contains those of the sweep's own run.
type record struct {
	Shard      string          `json:"shard,omitempty"`    // i/N; empty in the table of the whole sweep
	Revision   string          `json:"revision,omitempty"` // of the program; empty if not known, and in the table of the whole sweep
	Tasks      int             `json:"tasks"`
	Rows       int             `json:"rows"` // of each task
	Columns    []string        `json:"columns"`
	Parameters json.RawMessage `json:"parameters"`
}

// run returns the run that is written into the file of a shard, or of the whole
// sweep.
func (s *Sweep[R]) run(shard Shard) (archive.Run, error) {
	columns, err := s.Table.Columns()
	if err != nil {
		return archive.Run{}, err
	}
	r := record{Tasks: s.Tasks, Rows: s.perTask()}
	if shard != whole { // its bytes must not depend on how the program was started
		r.Shard, r.Revision = shard.String(), revision()
	}
	for _, c := range columns {
		r.Columns = append(r.Columns, c.Name)
	}
	if r.Parameters, err = json.Marshal(s.Run.Parameters); err != nil {
		return archive.Run{}, check.Errorf("Run.Parameters", "cannot be written as JSON: %v", err)
	}
	run := s.Run
	run.Parameters, run.Version = r, cmp.Or(run.Version, version.Version)
	return run, nil
}

func (s *Sweep[R]) save(path string, shard Shard, rows iter.Seq2[R, error]) error {
	run, err := s.run(shard)
	if err != nil {
		return err
	}
	return s.Table.Save(path, run, rows)
}

// revision returns the revision of the program. Tests replace it.
var revision = version.Revision

// read returns the record of the given shard of this sweep at path, or nil if there
// is no file. It returns an error if the file holds something else.
func (s *Sweep[R]) read(path string, shard Shard) (*record, error) {
	got, err := archive.ReadRun(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	want, err := s.run(shard)
	if err != nil {
		return nil, err
	}
	var r record
	text, _ := got.Parameters.(json.RawMessage)
	problem := "was not written by a sweep"
	if json.Unmarshal(text, &r) == nil && r.Columns != nil {
		problem = difference(got, want, r, want.Parameters.(record))
	}
	if problem != "" {
		return nil, fmt.Errorf("sweep: %s %s; write to another directory, or delete it", path, problem)
	}
	return &r, s.sameRevision(path, r.Revision, "this program", revision())
}

// sameRevision returns an error if two revisions are known and differ, unless
// AnyRevision is set.
func (s *Sweep[R]) sameRevision(a, revisionA, b, revisionB string) error {
	if s.AnyRevision || revisionA == "" || revisionB == "" || revisionA == revisionB {
		return nil
	}
	return fmt.Errorf("sweep: %s is of revision %s, and %s of revision %s; write to another directory, delete it, or allow both: Sweep.AnyRevision, on a command line --any-revision", a, revisionA, b, revisionB)
}

// difference returns a clause on the first difference between the run of a file and
// the run that the file should have, or an empty string. The records g and w are the
// parameters of got and want.
func difference(got, want archive.Run, g, w record) string {
	switch {
	case got.Version != want.Version:
		return fmt.Sprintf("was written by version %s of natspike, and this is version %s", got.Version, want.Version)
	case got.Seed != want.Seed:
		return fmt.Sprintf("is of another sweep: its seed is %d, not %d", got.Seed, want.Seed)
	case got.Sampler != want.Sampler:
		return fmt.Sprintf("is of another sweep: its sampler is %q, not %q", got.Sampler, want.Sampler)
	case !bytes.Equal(g.Parameters, w.Parameters):
		return "is of another sweep: " + parameter(g.Parameters, w.Parameters)
	case g.Tasks != w.Tasks || g.Rows != w.Rows:
		return fmt.Sprintf("is of another sweep: it has %d tasks of %d rows, not %d of %d", g.Tasks, g.Rows, w.Tasks, w.Rows)
	case !slices.Equal(g.Columns, w.Columns):
		return fmt.Sprintf("is of another sweep: its columns are %s, not %s", strings.Join(g.Columns, ", "), strings.Join(w.Columns, ", "))
	case g.Shard != w.Shard:
		return fmt.Sprintf("holds %s, not %s", content(g.Shard), content(w.Shard))
	}
	return ""
}

func content(shard string) string {
	if shard == "" {
		return "the whole sweep"
	}
	return "shard " + shard
}

// parameter returns a clause on the first parameter in which two runs differ.
func parameter(got, want json.RawMessage) string {
	short := func(text []byte) string {
		switch {
		case text == nil:
			return "not given"
		case len(text) > 100:
			return strings.ToValidUTF8(string(text[:100]), "") + "…"
		}
		return string(text)
	}
	var g, w map[string]json.RawMessage
	if json.Unmarshal(got, &g) == nil && json.Unmarshal(want, &w) == nil {
		names := slices.AppendSeq(slices.Collect(maps.Keys(g)), maps.Keys(w))
		slices.Sort(names)
		for _, name := range names {
			if !bytes.Equal(g[name], w[name]) {
				return fmt.Sprintf("its %s is %s, not %s", name, short(g[name]), short(w[name]))
			}
		}
	}
	return fmt.Sprintf("its parameters are %s, not %s", short(got), short(want))
}

// maxValues is the number of values that All keeps in memory at once. Tests lower
// it.
var maxValues = 1 << 23

// All yields the rows of all shards in dir, in the order of the tasks; of is the
// number of shards. An error ends the rows: that shards are missing, that a file is
// of another sweep or shard or holds a wrong number of rows, or that ctx has ended.
//
// All keeps a block of each shard in memory, and has one file open at a time, because
// a reader takes a megabyte. It reads a table of many millions of values several
// times.
func (s *Sweep[R]) All(ctx context.Context, dir string, of int) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var none R
		columns, err := s.Table.Columns()
		var status Status
		if err == nil {
			status, err = s.Status(dir, of)
		}
		if err == nil && len(status.Missing) > 0 {
			err = fmt.Errorf("sweep: %d of %d shards are missing in %s, the first is %v", len(status.Missing), of, dir, status.Missing[0])
		}
		if err != nil {
			yield(none, err)
			return
		}
		blocks := make([][]R, of)
		size := max(1, maxValues/(of*s.perTask()*len(columns))) // of a block, in tasks
		for first := 0; first*of < s.Tasks; first += size {
			for k := range blocks {
				if blocks[k], err = s.block(ctx, dir, Shard{k, of}, first, size, blocks[k][:0]); err != nil {
					yield(none, err)
					return
				}
			}
			for i := first * of; i < min((first+size)*of, s.Tasks); i++ {
				at := (i/of - first) * s.perTask()
				for _, row := range blocks[i%of][at : at+s.perTask()] {
					if !yield(row, nil) {
						return
					}
				}
			}
		}
	}
}

// block appends the rows of at most size tasks of a shard, from task first of the
// shard on. At the end of the shard it returns an error if there are more rows than
// there should be.
func (s *Sweep[R]) block(ctx context.Context, dir string, shard Shard, first, size int, rows []R) ([]R, error) {
	total := shard.Size(s.Tasks) * s.perTask()
	from, to := first*s.perTask(), min((first+size)*s.perTask(), total)
	n := 0
	for row, err := range s.Table.Rows(shard.path(dir)) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if n == total {
			return nil, fmt.Errorf("sweep: shard %v has more than %d rows", shard, total)
		}
		if n >= from && n < to {
			rows = append(rows, row)
		}
		if n++; n == to && to < total {
			return rows, nil
		}
	}
	if n < to {
		return nil, fmt.Errorf("sweep: shard %v has %d rows, not %d", shard, n, total)
	}
	return rows, nil
}

// Merge writes the rows of All to path. The bytes of a Parquet file do not depend on
// the number of shards.
func (s *Sweep[R]) Merge(ctx context.Context, dir string, of int, path string) error {
	return s.Save(path, s.All(ctx, dir, of))
}

// Save writes the rows of the whole sweep to path, as Merge does.
func (s *Sweep[R]) Save(path string, rows iter.Seq2[R, error]) error {
	if err := s.validate(); err != nil {
		return err
	}
	return s.save(path, whole, rows)
}

// CheckSave returns an error if Save cannot write a table to path, because the
// extension names no format of tables or because no file can be made there. Call it
// before a long run.
func (s *Sweep[R]) CheckSave(path string) error {
	if err := archive.CheckTable(path); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return check.Errorf("the path", "= %s is a directory", path)
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("sweep: no table can be written: %w", err)
	}
	f.Discard()
	return nil
}

// A Status tells how far a sweep is done.
type Status struct {
	Done    int     // number of shards that are done
	Missing []Shard // the other shards
}

// Status returns the Status of a sweep of the given number of shards in dir. It
// returns an error if a file there is of another sweep or shard, or if two are of
// different revisions.
func (s *Sweep[R]) Status(dir string, of int) (Status, error) {
	var status Status
	if err := (Shard{0, of}).validate(); err != nil {
		return status, err
	}
	var first, known string // first file whose revision is known, and that revision
	for k := range of {
		shard := Shard{k, of}
		path := shard.path(dir)
		r, err := s.read(path, shard)
		if err == nil && r != nil {
			err = s.sameRevision(path, r.Revision, first, known)
		}
		if err != nil {
			return status, err
		}
		if r == nil {
			status.Missing = append(status.Missing, shard)
			continue
		}
		status.Done++
		if known == "" {
			first, known = path, r.Revision
		}
	}
	return status, nil
}
