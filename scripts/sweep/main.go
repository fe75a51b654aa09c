// Command sweep runs a grid of trials of spiking networks, in shards that may
// run on many machines, and writes their rows to one table.
//
//	go run ./scripts/sweep check   --spec grid.toml                            # estimates the cost
//	go run ./scripts/sweep run     --spec grid.toml --dir results              # runs the grid
//	go run ./scripts/sweep run     --spec grid.toml --dir results --shard 3/16 # runs a part of it
//	go run ./scripts/sweep status  --spec grid.toml --dir results              # lists what is done
//	go run ./scripts/sweep merge   --spec grid.toml --dir results              # writes one table
//	go run ./scripts/sweep version                                             # prints the version of natspike
//	go run ./scripts/sweep columns                                             # describes the columns of the table
//
// The grid is given by a TOML file, or by flags with the names of its keys, or by
// both; a flag replaces the values in the file:
//
//	model    = ["balanced", "metropolis"]
//	geometry = ["naive", 0.5, "natural"]   # D = I, Σ^½ and Σ
//	rho      = "0:0.95:0.05"               # a range, with its end
//	n_p      = [2, 5, 10, 20]
//	k        = 10                          # neurons per dimension
//	repeats  = 20
//	seed     = 1
//
// sweep run -h lists the keys and their defaults.
//
// A shard is a file in the directory, which appears when the shard is done. The
// command run does the shards that are missing, so that it continues a run that was
// stopped or killed. Without --shard it also merges. Several runs may share a
// directory. The bytes of the table do not depend on the number of shards or
// processors. A cell that cannot be run, and a run that fails, is a row with its
// error.
//
// The exit status is 0 if all is done, 1 if something failed or status finds
// shards missing, 2 if the command line or the specification is not valid, and
// 130 if a signal stopped the command.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"natspike/pkg/archive"
	"natspike/pkg/grid"
	"natspike/pkg/progress"
	"natspike/pkg/sweep"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
	"natspike/scripts/internal/command"
)

func main() { command.Main(run) }

// run returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := &options{stdout: stdout, stderr: stderr}
	err := o.parse(args)
	if err == nil && o.spec != nil {
		err = command.Misuse(o.makeSweep(ctx))
	}
	if err == nil {
		err = o.do(ctx)
	}
	stopped := "sweep: stopped"
	if o.dir != "" {
		stopped += "; the shards that are done are kept, and the next run goes on"
	}
	return command.Status(ctx, err, stopped, stderr)
}

type options struct {
	stdout, stderr io.Writer

	do    func(context.Context) error
	spec  *grid.Spec[model.Setup]
	sweep *sweep.Sweep[[]any]

	file    string
	dir     string
	out     string
	shard   string
	only    sweep.Shard // what shard says
	shards  int
	workers int
	wait    time.Duration
	any     bool // revision
}

const usage = "usage: sweep check|run|status|merge|columns|version [--spec FILE] [flags]   (sweep run -h lists them)\n" + command.Statuses + "\n"

// parse reads the command line and the specification. All its errors are misuse.
func (o *options) parse(args []string) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	f := o.flags(name)
	if f == nil {
		switch name {
		case "-h", "-help", "--help":
			fmt.Fprint(o.stdout, usage)
			return flag.ErrHelp
		case "version", "-version", "--version":
			fmt.Fprintln(o.stdout, "natspike", archive.Version)
			return flag.ErrHelp
		}
		return command.Misusef("sweep: %q is no command\n%s", name, strings.TrimSuffix(usage, "\n"))
	}
	if err := o.parseFlags(f, args); err != nil {
		return err
	}
	if o.file != "" {
		again := &options{stdout: o.stdout, stderr: o.stderr}
		f := again.flags(name)
		if err := again.spec.Read(o.file); err != nil {
			return command.Misuse(err)
		}
		if err := again.parseFlags(f, args); err != nil { // flags replace values of the file
			return err
		}
		*o = *again
		o.do = o.command(name)
	}
	if name == "columns" {
		o.spec = nil
		return nil
	}
	return command.Misuse(o.validate(name))
}

func (o *options) parseFlags(f *flag.FlagSet, args []string) error {
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	if err == flag.ErrHelp {
		f.SetOutput(o.stdout)
		f.Usage()
		return err
	}
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("%q is not a flag", f.Arg(0))
	}
	if err != nil {
		return command.Misusef("%s: %w", f.Name(), err)
	}
	return nil
}

// validate returns an error if an option is not valid.
func (o *options) validate(name string) (err error) {
	switch {
	case o.dir == "" && name != "check":
		return fmt.Errorf("sweep %s: --dir is missing, the directory for shards", name)
	case o.shards < 0:
		return fmt.Errorf("sweep %s: --shards is %d; it must be positive", name, o.shards)
	case o.workers < 0 || o.workers > 10_000:
		return fmt.Errorf("sweep %s: --workers is %d; it must be from 1 to 10000, or 0 for the number of processors", name, o.workers)
	case o.wait < 0:
		return fmt.Errorf("sweep %s: --wait is %v; it must not be negative", name, o.wait)
	case o.shard != "" && (o.out != "" || o.shards != 0):
		return fmt.Errorf("sweep %s: with --shard no table is made, and i/N says the number of shards: leave out --out and --shards", name)
	}
	if o.shard != "" {
		if o.only, err = sweep.ParseShard(o.shard); err != nil {
			return err
		}
	}
	if o.out == "" {
		o.out = filepath.Join(o.dir, "merged.parquet")
	} else if err := archive.CheckTable(o.out); err != nil {
		return err
	}
	return nil
}

// makeSweep makes the sweep of the grid.
func (o *options) makeSweep(ctx context.Context) (err error) {
	o.sweep, err = sweep.Over(ctx, o.spec, columns, measure)
	if err == nil {
		o.sweep.Run.Sampler, o.sweep.Workers, o.sweep.AnyRevision = "trial", o.workers, o.any
		o.sweep.Waiting = func(err error) { fmt.Fprintf(o.stderr, "sweep: waiting, %v\n", err) }
	}
	return err
}

// command returns the function of the command with the given name, or nil if there is
// none.
func (o *options) command(name string) func(context.Context) error {
	return map[string]func(context.Context) error{
		"check": o.check, "run": o.run, "status": o.status, "merge": o.merge, "columns": o.columns,
	}[name]
}

// flags returns the flags of the command with the given name, or nil if there is none.
func (o *options) flags(name string) *flag.FlagSet {
	o.spec = model.Parameters.Spec()
	if o.do = o.command(name); o.do == nil {
		return nil
	}
	f := flag.NewFlagSet("sweep "+name, flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: %s [flags]\n", f.Name())
		f.PrintDefaults()
		fmt.Fprintln(f.Output(), command.Statuses)
	}
	if name == "columns" {
		return f
	}
	f.StringVar(&o.file, "spec", "", "TOML `file` with the grid")
	if name != "check" {
		f.StringVar(&o.dir, "dir", "", "`directory` for shards")
		f.BoolVar(&o.any, "any-revision", false, "take shards that programs of other commits have written")
	}
	shards := "`number` of shards (default that of the shards in --dir)"
	switch name {
	case "check":
		shards = "`number` of shards, to see what each will cost"
	case "run":
		shards = "`number` of shards without --shard (default that of the shards in --dir, or 16)"
		f.StringVar(&o.shard, "shard", "", "run one shard alone, `i/N` with 0 ≤ i < N")
		f.IntVar(&o.workers, "workers", 0, "`number` of trials at once (default the number of processors)")
	case "merge":
		f.DurationVar(&o.wait, "wait", 0, "look this often whether shards that are missing have come, and do not fail for them")
	}
	if name == "run" || name == "merge" {
		f.StringVar(&o.out, "out", "", "`file` for the table, .parquet or .csv (default merged.parquet in --dir)")
	}
	f.IntVar(&o.shards, "shards", 0, shards)
	o.spec.Flags(f)
	return f
}

// columns are the columns of the statistics in the table.
var columns = trial.Columns(model.Parameters.Default.Measures()...)

// measure runs one trial and returns its statistics.
func measure(_ context.Context, s model.Setup, seed uint64, repeat uint32) ([]float64, error) {
	return s.Run(seed, repeat, s.Measures()...)
}

// load describes the cost of the trials.
func (o *options) load() sweep.Load[model.Setup] {
	return sweep.Load[model.Setup]{
		Steps: model.Setup.Steps, Size: model.Setup.Size, Kind: model.Setup.Kind,
		Run: func(ctx context.Context, s model.Setup, steps int64) error {
			_, err := measure(ctx, s.Shorten(steps), o.spec.Seed, 0)
			return err
		},
	}
}

// check prints the cost of the grid.
func (o *options) check(ctx context.Context) error {
	cost, err := sweep.CostOf(ctx, o.spec, o.load())
	if err != nil {
		return err
	}
	out := o.stdout
	fmt.Fprintf(out, "cells  %d\n", cost.Cells)
	if cost.Invalid > 0 {
		fmt.Fprintf(out, "       %d cannot be run, and will be rows with the reason; of the first: %v\n", cost.Invalid, cost.Problem)
	}
	fmt.Fprintf(out, "runs   %d\n", cost.Runs)
	fmt.Fprintf(out, "steps  %.3g\n", cost.Steps)
	about := "about"
	if cost.AtLeast {
		about = "more than"
	}
	processors := min(runtime.GOMAXPROCS(0), max(cost.Runs, 1))
	fmt.Fprintf(out, "time   %s %s on one processor like this one, %s on %d\n", about, duration(cost.Seconds), duration(cost.Seconds/float64(processors)), processors)
	if o.shards > 0 {
		each := cost.Seconds / float64(o.shards)
		fmt.Fprintf(out, "shard  %s %s on one processor, for each of %d\n", about, duration(each), o.shards)
		fmt.Fprintf(out, "limit  %.0f minutes for a shard: four times that, and five minutes\n", math.Ceil(4*each/60+5))
	}
	return nil
}

// duration writes an estimated time with as many digits as are meaningful.
func duration(seconds float64) string {
	if days := seconds / 86400; days > 3 {
		return fmt.Sprintf("%.3g days", days)
	}
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d > time.Hour:
		d = d.Round(time.Minute)
	case d > 10*time.Second:
		d = d.Round(time.Second)
	default:
		d = d.Round(100 * time.Millisecond)
	}
	return d.String()
}

// run does one shard, or all that are missing and then the merge.
func (o *options) run(ctx context.Context) (err error) {
	if o.shard != "" {
		return o.runMissing(ctx, []sweep.Shard{o.only})
	}
	if err := o.openOutput(); err != nil {
		return err
	}
	if o.shards == 0 {
		if o.shards, err = found(o.dir, min(16, o.sweep.Tasks)); err != nil {
			return err
		}
	}
	status, err := o.sweep.Status(o.dir, o.shards)
	if err != nil {
		return err
	}
	if status.Done > 0 {
		fmt.Fprintf(o.stdout, "%d of %d shards are done in %s\n", status.Done, o.shards, o.dir)
	}
	if err := o.runMissing(ctx, status.Missing); err != nil {
		return err
	}
	return o.merge(ctx)
}

// openOutput returns an error if the table cannot be written.
func (o *options) openOutput() error {
	if err := os.MkdirAll(o.dir, 0o777); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return o.sweep.CheckSave(o.out)
}

// runMissing does the given shards that are missing, with one progress bar.
func (o *options) runMissing(ctx context.Context, shards []sweep.Shard) error {
	total := 0
	for _, shard := range shards {
		total += shard.Size(o.sweep.Tasks)
	}
	bar := progress.Terminal("runs", total)
	defer bar.Done()
	o.sweep.Done = func(int) { bar.Add(1) }
	return o.sweep.RunShards(ctx, o.dir, shards...)
}

// found returns the number of shards of the sweep in dir, or otherwise if there are
// no shards yet.
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

// status prints which shards are done. It returns an error if some are missing.
func (o *options) status(context.Context) (err error) {
	if o.shards == 0 {
		if o.shards, err = found(o.dir, 0); err != nil {
			return err
		}
	}
	status, err := o.sweep.Status(o.dir, o.shards)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%d of %d shards are done in %s\n", status.Done, o.shards, o.dir)
	if len(status.Missing) == 0 {
		return nil
	}
	const most = 10
	var names []string
	for _, shard := range status.Missing[:min(most, len(status.Missing))] {
		names = append(names, shard.String())
	}
	if more := len(status.Missing) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("sweep: missing: %s", strings.Join(names, " "))
}

// waitForShards waits until all shards are done, if --wait is given.
func (o *options) waitForShards(ctx context.Context) error {
	for o.wait > 0 {
		status, err := o.sweep.Status(o.dir, o.shards)
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

// merge writes the rows of the shards to one table, and prints how many runs failed.
func (o *options) merge(ctx context.Context) (err error) {
	if err := o.openOutput(); err != nil {
		return err
	}
	if o.shards == 0 {
		if o.shards, err = found(o.dir, 0); err != nil {
			return err
		}
	}
	if err := o.waitForShards(ctx); err != nil {
		return err
	}
	failed, first := 0, ""
	var rows iter.Seq2[[]any, error] = func(yield func([]any, error) bool) {
		for row, err := range o.sweep.All(ctx, o.dir, o.shards) {
			if err == nil {
				if problem := row[len(row)-1].(string); problem != "" {
					if failed++; failed == 1 {
						first = problem
					}
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
	if err := o.sweep.Save(o.out, rows); err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%s: %d rows\n", o.out, o.sweep.Tasks)
	if failed > 0 {
		fmt.Fprintf(o.stdout, "%d of them failed; the first: %s\n", failed, first)
	}
	return nil
}

// columns describes the columns of the table.
func (o *options) columns(context.Context) error {
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COLUMN\tTYPE\tUNIT\tWHAT IT HOLDS")
	for _, c := range sweep.Columns(model.Parameters, columns) {
		kind := map[reflect.Kind]string{reflect.Int: "whole number", reflect.String: "text"}[c.Kind]
		if kind == "" {
			kind = "number"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Name, kind, c.Unit, c.Help)
	}
	return w.Flush()
}
