// Paper makes the figures of "Natural gradient enables fast sampling in spiking
// neural networks" (Masset, Zavatone-Veth, Connor, Murthy and Pehlevan, NeurIPS
// 2022) and of its supplement that rest on simulation:
//
//	go run ./scripts/paper                     all figures, with the paper's numbers of repeats
//	go run ./scripts/paper --fraction 0.02     all figures, with a fiftieth of the repeats
//	go run ./scripts/paper --figure NAME       one figure; --list shows the names
//	go run ./scripts/paper --corrected         with the corrections that package paper lists, instead of the authors' choices
//
// The command writes the data and their summaries as Parquet, each figure as SVG and
// PNG, and index.html, a page that shows the figures beside the values measured from
// the authors' own programs. The directory is that of --out, or by default one that
// is named after the options. After Ctrl-C the same command continues where it was
// stopped. The same seed gives the same bytes, with any number of workers.
//
// The exit status is 0 if all figures were made, 1 if something failed, 2 if the
// arguments are not valid, and 130 if a signal stopped the command.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"natspike/pkg/archive"
	"natspike/pkg/paper"
	"natspike/pkg/progress"
	"natspike/scripts/internal/command"
)

func main() {
	command.Main(run)
}

// run returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, experiments, err := parse(args, stdout)
	if err == nil && experiments != nil {
		err = makeFigures(ctx, experiments, o, stdout)
	}
	return command.Status(ctx, err, fmt.Sprintf("Stopped. What is done is in %s; the same command goes on from there.", o.Dir), stderr)
}

// parse reads the command line. It returns no experiments if no figures are to be
// made. All its errors are misuse.
func parse(args []string, stdout io.Writer) (o paper.Options, experiments []*paper.Experiment, err error) {
	var figures names
	var list, version bool
	f := flag.NewFlagSet("paper", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Var(&figures, "figure", "make this `figure` alone; may be given several times, or as a list with commas")
	f.IntVar(&o.Repeats, "repeats", 0, "`number` of repeats of each setup (default: the paper's)")
	f.Float64Var(&o.Fraction, "fraction", 1, "`share` of the repeats, in (0, 1]")
	f.BoolVar(&o.Corrected, "corrected", false, "the corrected choices, instead of the authors'")
	f.Uint64Var(&o.Seed, "seed", 0, "`seed` of the random streams")
	f.StringVar(&o.Dir, "out", "", "`directory` to write to (default: paper, with the options in its name)")
	f.IntVar(&o.Workers, "workers", 0, "`number` of trials of an experiment at once (default: as many as processors)")
	f.BoolVar(&o.AnyRevision, "any-revision", false, "go on from what a program of another commit has done")
	f.BoolVar(&list, "list", false, "print the figures and stop")
	f.BoolVar(&version, "version", false, "print the version and stop")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		f.SetOutput(stdout)
		fmt.Fprintln(stdout, "usage: paper [OPTIONS]")
		f.PrintDefaults()
		fmt.Fprintln(stdout, command.Statuses)
		return o, nil, err
	} else if err != nil {
		return o, nil, command.Misusef("paper: %w", err)
	}
	switch {
	case version:
		fmt.Fprintln(stdout, "natspike", archive.Version)
		return o, nil, nil
	case f.NArg() > 0:
		return o, nil, command.Misusef("paper: %q is no option; see --help", f.Arg(0))
	case o.Fraction == 0:
		return o, nil, command.Misusef("paper: --fraction 0 leaves nothing; want a share in (0, 1]")
	}
	if err := o.Validate(); err != nil {
		return o, nil, command.Misuse(err)
	}
	if list {
		for _, e := range paper.Experiments() {
			fmt.Fprintf(stdout, "%-24s %s\n", e.Name, e.Title)
		}
		return o, nil, nil
	}
	experiments = paper.Experiments()
	if len(figures) > 0 {
		experiments = nil
	}
	for _, name := range figures {
		e, err := paper.Lookup(name)
		if err != nil {
			return o, nil, command.Misuse(err)
		}
		experiments = append(experiments, e)
	}
	if o.Dir == "" {
		o.Dir = "paper"
		if word := o.String(); word != "" {
			o.Dir += "-" + word
		}
	}
	return o, experiments, nil
}

// makeFigures makes the figures, with one progress bar.
func makeFigures(ctx context.Context, experiments []*paper.Experiment, o paper.Options, stdout io.Writer) error {
	const trials, page = 1_000_000, 1 // shares of the bar
	bar := progress.TerminalWork("paper", trials+page)
	o.Done = func(share float64) { bar.Set(int(share * trials)) }
	err := paper.Make(ctx, experiments, o, func(e *paper.Experiment) { bar.Label(e.Name) })
	bar.Label("paper")
	if err != nil {
		bar.Done()
		return err
	}
	bar.Set(trials + page)
	fmt.Fprintln(stdout, filepath.Join(o.Dir, "index.html"))
	return nil
}

// names is a flag that may be given several times.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(list string) error {
	*n = append(*n, strings.Split(list, ",")...)
	return nil
}
