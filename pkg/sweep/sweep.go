package sweep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"runtime"
	"slices"

	"natspike/pkg/archive"
)

// A Sweep is a list of independent tasks, each of which gives rows R of a
// table, as many as every other. R is a struct as archive.SaveTable takes it;
// the columns that say which cell and repeat a row is of are the user's, as is
// the one for an error.
type Sweep[R any] struct {
	// Run is written into every file. Files whose seed, version or parameters
	// are others belong to another sweep and are refused.
	Run archive.Run

	// Tasks is the number of tasks.
	Tasks int

	// Rows is the number of rows that each task gives; 0 stands for one.
	Rows int

	// Task does one. It is called from several goroutines at once. Its result
	// must depend on the index alone. One that gives another number of rows
	// than Rows has failed. When the context of a run ends, tasks that are under
	// way and do not look at it are left to themselves, and what they give is
	// dropped.
	Task func(ctx context.Context, i int) ([]R, error)

	// Failed makes the row of a task that returned an error or panicked, which
	// stands Rows times.
	Failed func(i int, err error) R

	// Workers is how many tasks run at once; 0 for as many as processors.
	Workers int

	// Done, if not nil, is called after each task, also for one that a shard
	// which is already there has.
	Done func(i int)
}

// RunShard does the tasks of one shard and writes their rows to its file in
// dir, which it makes if there is none. A shard whose file is already there is
// left as it is, at no cost, if it is of the same sweep, and an error otherwise.
// When ctx ends, no file is written.
func (s *Sweep[R]) RunShard(ctx context.Context, dir string, shard Shard) error {
	if !shard.valid() {
		return fmt.Errorf("sweep: there is no shard %v: it needs 0 ≤ i < N", shard)
	}
	path := shard.path(dir)
	switch done, err := s.done(path); {
	case err != nil:
		return err
	case done:
		for i := range shard.Tasks(s.Tasks) {
			s.tick(i)
		}
		return nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return s.save(path, s.rows(ctx, shard))
}

func (s *Sweep[R]) tick(i int) {
	if s.Done != nil {
		s.Done(i)
	}
}

// perTask is the number of rows of a task.
func (s *Sweep[R]) perTask() int { return max(s.Rows, 1) }

// rows yields the rows of a shard in order, as they are made, and the error of
// ctx if it ends first.
func (s *Sweep[R]) rows(ctx context.Context, shard Shard) iter.Seq2[R, error] {
	workers := s.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	task := func(ctx context.Context, i int) []R {
		rows, err := leaving(ctx, func() ([]R, error) { return s.Task(ctx, i) })
		if err == nil && len(rows) != s.perTask() {
			err = fmt.Errorf("sweep: task %d gave %d rows, not %d", i, len(rows), s.perTask())
		}
		if err != nil {
			return slices.Repeat([]R{s.Failed(i, err)}, s.perTask())
		}
		return rows
	}
	return func(yield func(R, error) bool) {
		for i, rows := range ordered(ctx, workers, shard.Tasks(s.Tasks), task) {
			s.tick(i)
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			var none R
			yield(none, fmt.Errorf("sweep: stopped in shard %v: %w", shard, context.Cause(ctx)))
		}
	}
}

func (s *Sweep[R]) save(path string, rows iter.Seq2[R, error]) error {
	return archive.SaveRows(path, s.Run, rows)
}

// done reports whether path holds a file of this sweep. It is an error if it
// holds one of another.
func (s *Sweep[R]) done(path string) (bool, error) {
	run, err := archive.ReadRun(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if what, err := differs(run, s.Run); err != nil || what != "" {
		return false, errors.Join(err, fmt.Errorf("sweep: %s is of another sweep: its %s; write to another directory, or delete it", path, what))
	}
	return true, nil
}

// differs says how a run that was read back differs from what it should be.
func differs(got, want archive.Run) (string, error) {
	if got.Seed != want.Seed {
		return fmt.Sprintf("seed is %d, not %d", got.Seed, want.Seed), nil
	}
	if got.Sampler != want.Sampler {
		return fmt.Sprintf("sampler is %q, not %q", got.Sampler, want.Sampler), nil
	}
	if want.Version != "" && got.Version != want.Version {
		return fmt.Sprintf("version is %q, not %q", got.Version, want.Version), nil
	}
	a, err := json.Marshal(got.Parameters)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(want.Parameters)
	if err != nil {
		return "", err
	}
	if !bytes.Equal(a, b) {
		return fmt.Sprintf("parameters are %s, not %s", a, b), nil
	}
	return "", nil
}

// Merge writes the rows of all shards in dir, of which there are of, to path in
// the order of the tasks. The file is the same bytes whatever of is. Shards that
// are missing are an error that names the first, and so is one that is of other
// rows than the sweep's. It holds one row of each shard in memory.
func (s *Sweep[R]) Merge(dir string, of int, path string) error {
	status, err := s.Status(dir, of)
	if err != nil {
		return err
	}
	if len(status.Missing) > 0 {
		return fmt.Errorf("sweep: %d of %d shards are missing in %s, the first is %v", len(status.Missing), of, dir, status.Missing[0])
	}
	return s.save(path, func(yield func(R, error) bool) {
		type source struct {
			next func() (R, error, bool)
			stop func()
		}
		sources := make([]source, of)
		for k := range sources {
			next, stop := iter.Pull2(archive.Rows[R](Shard{k, of}.path(dir)))
			sources[k] = source{next, stop}
			defer stop()
		}
		for i := range s.Tasks {
			for range s.perTask() {
				row, err, ok := sources[i%of].next()
				if !ok {
					err = fmt.Errorf("sweep: shard %v ends at task %d of %d", Shard{i % of, of}, i, s.Tasks)
				}
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
		for k, source := range sources {
			if row, err, ok := source.next(); ok {
				if err == nil {
					err = fmt.Errorf("sweep: shard %v has more than %d rows", Shard{k, of}, Shard{k, of}.Size(s.Tasks)*s.perTask())
				}
				yield(row, err)
				return
			}
		}
	})
}

// A Status says which shards of a sweep are done.
type Status struct {
	Done    int
	Missing []Shard
}

// Status looks which of the shards are in dir. A file there that is of another
// sweep is an error.
func (s *Sweep[R]) Status(dir string, of int) (Status, error) {
	var status Status
	if of <= 0 {
		return status, fmt.Errorf("sweep: cannot be cut into %d shards, at least one is needed", of)
	}
	for k := range of {
		shard := Shard{k, of}
		switch done, err := s.done(shard.path(dir)); {
		case err != nil:
			return status, err
		case done:
			status.Done++
		default:
			status.Missing = append(status.Missing, shard)
		}
	}
	return status, nil
}
