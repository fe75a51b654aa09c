// Paper makes the figures of "Natural gradient enables fast sampling in spiking
// neural networks" (Masset, Zavatone-Veth, Connor, Murthy and Pehlevan, NeurIPS
// 2022) and of its supplement that rest on simulation:
//
//	go run ./scripts/paper                     all of them, at the paper's numbers of repeats
//	go run ./scripts/paper --fraction 0.02     a quick look: a fiftieth of the repeats
//	go run ./scripts/paper --figure NAME       one of them; --list shows the names
//	go run ./scripts/paper --corrected         with the choices that package paper lists, instead of the authors'
//
// It writes the data and their sums as Parquet, each figure as SVG and PNG, and
// index.html, a page that shows them beside the values measured from the authors'
// own programs, in the directory that --out names: by default one that is named
// after the options. Ctrl-C stops it; the same command goes on from what was done.
// The same seed gives the same bytes, on any number of workers.
//
// It exits with 0 when all is made, with 130 when it was stopped, with 2 when the
// arguments are wrong and with 1 when something else failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"natspike/pkg/paper"
	"natspike/scripts/internal/terminal"
)

const (
	failed  = 1
	misused = 2
	stopped = 130
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var (
		o           paper.Options
		figures     names
		compat      bool
		list        bool
		experiments = paper.Experiments()
	)
	f := flag.NewFlagSet("paper", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "usage: paper [OPTIONS]")
		f.PrintDefaults()
	}
	f.Var(&figures, "figure", "make this `figure` alone; may be given several times, or as a list with commas")
	f.IntVar(&o.Repeats, "repeats", 0, "`number` of repeats of each setup (default: the paper's)")
	f.Float64Var(&o.Fraction, "fraction", 1, "`share` of the repeats, in (0, 1]")
	f.BoolVar(&compat, "compat", false, "the authors' choices (the default)")
	f.BoolVar(&o.Corrected, "corrected", false, "the corrected choices")
	f.Uint64Var(&o.Seed, "seed", 0, "`seed` of the random streams")
	f.StringVar(&o.Dir, "out", "", "`directory` to write to (default: paper, with the options in its name)")
	f.IntVar(&o.Workers, "workers", 0, "`number` of trials at once (default: as many as processors)")
	f.BoolVar(&list, "list", false, "print the figures and stop")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return misused
	}
	misuse := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return misused
	}
	switch {
	case f.NArg() > 0:
		return misuse(fmt.Errorf("paper: %q is no option; see --help", f.Arg(0)))
	case compat && o.Corrected:
		return misuse(errors.New("paper: --compat and --corrected exclude each other; give one"))
	case o.Fraction == 0:
		return misuse(errors.New("paper: --fraction 0 leaves nothing; want a share in (0, 1]"))
	}
	if err := o.Check(); err != nil {
		return misuse(err)
	}
	if list {
		for _, e := range experiments {
			fmt.Printf("%-24s %s\n", e.Name, e.Title)
		}
		return 0
	}
	if len(figures) > 0 {
		experiments = nil
		for _, name := range figures {
			e, err := paper.Lookup(name)
			if err != nil {
				return misuse(err)
			}
			experiments = append(experiments, e)
		}
	}
	if o.Dir == "" {
		o.Dir = "paper"
		if word := o.String(); word != "" {
			o.Dir += "-" + word
		}
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bar := terminal.NewWorkBar("paper", paper.TotalWork(experiments, o))
	o.Done = bar.Add
	err := paper.Make(ctx, experiments, o, func(e *paper.Experiment) { bar.Name(e.Name) })
	bar.Name("paper")
	bar.Done()
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(os.Stderr, "Stopped. What is done is in %s; the same command goes on from there.\n", o.Dir)
		return stopped
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return failed
	}
	fmt.Println(filepath.Join(o.Dir, "index.html"))
	return 0
}

// names is a flag that may be given several times.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(list string) error {
	*n = append(*n, strings.Split(list, ",")...)
	return nil
}
