// Command sweep runs a grid of trials of spiking networks, in shards that may
// run on many machines, and puts their rows into one Parquet table.
//
//	go run ./scripts/sweep check  --spec grid.toml                            # what it will cost
//	go run ./scripts/sweep run    --spec grid.toml --dir results              # all of it
//	go run ./scripts/sweep run    --spec grid.toml --dir results --shard 3/16 # a part
//	go run ./scripts/sweep status --spec grid.toml --dir results              # what is done
//	go run ./scripts/sweep merge  --spec grid.toml --dir results              # one table of all
//
// The grid is given by a TOML file, by flags of the names of its keys, or by
// both, where a flag replaces what the file says:
//
//	model    = ["balanced", "metropolis"]
//	geometry = ["naive", 0.5, "natural"]   # D = I, Σ^½ and Σ
//	rho      = "0:0.95:0.05"               # a range, with its end
//	n_p      = [2, 5, 10, 20]
//	k        = 10                          # neurons per dimension
//	repeats  = 20
//	seed     = 1
//
// sweep.Spec says what each key means and what stands for one that is not given.
//
// A shard is a file in the directory that appears when all of it is done. run
// does the shards that are missing, so that one that was stopped goes on where
// it was; without --shard it also merges. The table is the same to the byte
// whatever the number of shards and of processors. A cell that cannot be run,
// and a run that fails, is a row with its error.
//
// The exit status is 0 when all is done, 1 after an error, 2 after a command
// that is not understood, and 3 when there is more to do: run was stopped by
// SIGINT or SIGTERM, or status finds shards missing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"natspike/pkg/archive"
	model "natspike/pkg/oldtrial"
	"natspike/pkg/sweep"
	"natspike/scripts/internal/terminal"
)

const (
	failed   = 1
	misused  = 2
	moreToDo = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program as it is
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// command returns the exit status.
func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return misused
	}
	switch err := o.run(ctx, o, stdout); {
	case err == nil:
		return 0
	case errors.Is(err, errMissing):
		return moreToDo
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "sweep: stopped; the shards that are done are kept, and the next run goes on")
		return moreToDo
	default:
		fmt.Fprintln(stderr, err)
		return failed
	}
}

type options struct {
	run  func(context.Context, *options, io.Writer) error
	spec *sweep.Spec

	file    string
	dir     string
	out     string
	shard   string
	shards  int
	workers int
	wait    time.Duration
}

// parse reads the command line, and the file that it names. It reports what is
// wrong with them.
func parse(args []string, stderr io.Writer) (*options, error) {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	o := &options{spec: sweep.NewSpec()}
	f := o.flags(name, stderr)
	if f == nil {
		fmt.Fprint(stderr, "usage: sweep check|run|status|merge [--spec FILE] [flags]   (sweep run -h lists them)\n")
		if name == "-h" || name == "-help" || name == "--help" {
			return nil, flag.ErrHelp
		}
		return nil, errors.New("no such command")
	}
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	err := func() error {
		if f.NArg() > 0 {
			return fmt.Errorf("sweep %s: %q is not a flag", name, f.Arg(0))
		}
		if o.dir == "" && name != "check" {
			return fmt.Errorf("sweep %s: --dir is missing, the directory for shards", name)
		}
		if o.shards < 0 {
			return fmt.Errorf("sweep %s: --shards is %d; it must be positive", name, o.shards)
		}
		if o.file == "" {
			return nil
		}
		spec, err := sweep.ReadSpec(o.file)
		if err != nil {
			return err
		}
		*o = options{spec: spec}
		return o.flags(name, stderr).Parse(args) // over what the file says
	}()
	if err != nil {
		fmt.Fprintln(stderr, err)
	}
	return o, err
}

// flags returns those of a command, nil if there is none of that name.
func (o *options) flags(name string, stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("sweep "+name, flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.file, "spec", "", "TOML `file` with the grid")
	if name != "check" {
		f.StringVar(&o.dir, "dir", "", "`directory` for shards")
	}
	shards := "`number` of shards (default that of the shards in --dir)"
	switch name {
	case "check":
		o.run = check
		shards = "`number` of shards, to see what each will cost"
	case "run":
		o.run = runShards
		shards = "`number` of shards without --shard (default that of the shards in --dir, or 16)"
		f.StringVar(&o.shard, "shard", "", "run one shard alone, `i/N` with 0 ≤ i < N")
		f.IntVar(&o.workers, "workers", 0, "`number` of trials at once (default the number of processors)")
	case "status":
		o.run = status
	case "merge":
		o.run = merge
		f.DurationVar(&o.wait, "wait", 0, "look this often whether shards that are missing have come, and do not fail for them")
	default:
		return nil
	}
	if name == "run" || name == "merge" {
		f.StringVar(&o.out, "out", "", "`file` for the table, .parquet (default merged.parquet in --dir)")
	}
	f.IntVar(&o.shards, "shards", 0, shards)
	o.spec.Flags(f)
	return f
}

// check prints what the grid costs.
func check(ctx context.Context, o *options, stdout io.Writer) error {
	if _, err := o.spec.Sweep(); err != nil {
		return err
	}
	cost, err := o.spec.Cost(ctx, 2*time.Second)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "cells  %d\n", cost.Cells)
	if cost.Invalid > 0 {
		fmt.Fprintf(stdout, "       %d cannot be run, and will be rows with the reason; of the first: %v\n", cost.Invalid, cost.Problem)
	}
	fmt.Fprintf(stdout, "runs   %d\n", cost.Runs)
	fmt.Fprintf(stdout, "steps  %.3g\n", float64(cost.Steps))
	processors := min(runtime.GOMAXPROCS(0), max(cost.Runs, 1))
	fmt.Fprintf(stdout, "time   about %v on one processor like this one, %v on %d\n", round(cost.Time), round(cost.Time/time.Duration(processors)), processors)
	if o.shards > 0 {
		fmt.Fprintf(stdout, "shard  about %v on one processor, for each of %d\n", round(cost.Time/time.Duration(o.shards)), o.shards)
	}
	return nil
}

// round leaves what can be known of a time to come.
func round(d time.Duration) time.Duration {
	switch {
	case d > time.Hour:
		return d.Round(time.Minute)
	case d > 10*time.Second:
		return d.Round(time.Second)
	}
	return d.Round(100 * time.Millisecond)
}

// runShards does one shard, or all that are missing and their merge.
func runShards(ctx context.Context, o *options, stdout io.Writer) error {
	s, err := o.spec.Sweep()
	if err != nil {
		return err
	}
	s.Workers = o.workers
	if o.shard != "" {
		shard, err := sweep.ParseShard(o.shard)
		if err != nil {
			return err
		}
		return missing(ctx, s, o.dir, []sweep.Shard{shard})
	}
	if o.shards == 0 {
		if o.shards, err = found(o.dir, min(16, s.Tasks)); err != nil {
			return err
		}
	}
	status, err := s.Status(o.dir, o.shards)
	if err != nil {
		return err
	}
	if status.Done > 0 {
		fmt.Fprintf(stdout, "%d of %d shards are done in %s\n", status.Done, o.shards, o.dir)
	}
	if err := missing(ctx, s, o.dir, status.Missing); err != nil {
		return err
	}
	return merge(ctx, o, stdout)
}

// missing does shards, with a bar for all of them together.
func missing(ctx context.Context, s *sweep.Sweep[model.Row], dir string, shards []sweep.Shard) error {
	total := 0
	for _, shard := range shards {
		total += shard.Size(s.Tasks)
	}
	bar := terminal.NewBar("runs", total)
	defer bar.Done()
	s.Done = func(int) { bar.Add(1) }
	for _, shard := range shards {
		if err := s.RunShards(ctx, dir, shard); err != nil {
			return err
		}
	}
	return nil
}

// found returns into how many shards the sweep in dir was cut, otherwise if it
// was not yet.
func found(dir string, otherwise int) (int, error) {
	cuts, err := sweep.Cuts(dir)
	switch {
	case err != nil:
		return 0, err
	case len(cuts) > 1:
		return 0, fmt.Errorf("sweep: %s has shards of sweeps cut into %v; say which with --shards", dir, cuts)
	case len(cuts) == 1:
		return cuts[0], nil
	case otherwise == 0:
		return 0, fmt.Errorf("sweep: there are no shards in %s", dir)
	}
	return otherwise, nil
}

// begun returns the sweep whose shards are in the directory, and sets into how
// many it was cut.
func (o *options) begun() (*sweep.Sweep[model.Row], error) {
	s, err := o.spec.Sweep()
	if err == nil && o.shards == 0 {
		o.shards, err = found(o.dir, 0)
	}
	return s, err
}

var errMissing = errors.New("sweep: shards are missing")

// status prints which shards are done.
func status(_ context.Context, o *options, stdout io.Writer) error {
	s, err := o.begun()
	if err != nil {
		return err
	}
	status, err := s.Status(o.dir, o.shards)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d of %d shards are done in %s\n", status.Done, o.shards, o.dir)
	if len(status.Missing) == 0 {
		return nil
	}
	const most = 10
	fmt.Fprint(stdout, "missing:")
	for _, shard := range status.Missing[:min(most, len(status.Missing))] {
		fmt.Fprintf(stdout, " %v", shard)
	}
	if more := len(status.Missing) - most; more > 0 {
		fmt.Fprintf(stdout, " and %d more", more)
	}
	fmt.Fprintln(stdout)
	return errMissing
}

// awaited waits until all shards are there, if it is to.
func awaited(ctx context.Context, s *sweep.Sweep[model.Row], o *options) error {
	for o.wait > 0 {
		status, err := s.Status(o.dir, o.shards)
		if err != nil || len(status.Missing) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(o.wait):
		}
	}
	return nil
}

// merge puts the shards into one table, and says how many of its runs failed.
func merge(ctx context.Context, o *options, stdout io.Writer) error {
	s, err := o.begun()
	if err != nil {
		return err
	}
	if err := awaited(ctx, s, o); err != nil {
		return err
	}
	path := o.out
	if path == "" {
		path = filepath.Join(o.dir, "merged.parquet")
	}
	if err := s.Merge(o.dir, o.shards, path); err != nil {
		return err
	}
	type row struct {
		Error string `parquet:"error"`
	}
	errs, first := 0, ""
	for r, err := range archive.Rows[row](path) {
		if err != nil {
			return err
		}
		if r.Error != "" {
			if errs++; errs == 1 {
				first = r.Error
			}
		}
	}
	fmt.Fprintf(stdout, "%s: %d rows\n", path, s.Tasks)
	if errs > 0 {
		fmt.Fprintf(stdout, "%d of them failed; the first: %s\n", errs, first)
	}
	return nil
}
