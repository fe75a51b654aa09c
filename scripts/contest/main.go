// Contest compares the circuits of this module, on every target that each
// can sample, prints a table, and writes a page:
//
//	go run ./scripts/contest [-seconds 10] [-only NAME] [-csv FILE] [-page contest.html]
//
// With -gradients it counts the gradients that each kernel of package mcmc takes to a
// given error of the second moments of hard targets:
//
//	go run ./scripts/contest -gradients [-repeats 32] [-only KERNEL] [-target NAME] [-csv FILE]
//
// See package contest for what the columns mean.
package main

import (
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"natspike/pkg/contest"
	"natspike/scripts/internal/command"
)

func main() {
	command.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return command.Status(ctx, run(ctx, args, stdout), "Stopped.", stderr)
	})
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("contest", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var s contest.Settings
	var g contest.GradientSettings
	flags.Float64Var(&s.Seconds, "seconds", 0, "brain time of each of four chains, in `s` (default 10)")
	flags.Uint64Var(&s.Seed, "seed", 1, "`seed` of all random numbers")
	flags.IntVar(&g.Repeats, "repeats", 0, "chains of each kernel, with -gradients (default 32)")
	count := flags.Bool("gradients", false, "count gradients to a given error")
	known := flags.Bool("committed", false, "take the committed table, and run nothing")
	page := flags.String("page", "contest.html", "`file` for the page; none if empty")
	only := flags.String("only", "", "samplers whose name contains this `text`")
	target := flags.String("target", "", "targets whose name contains this `text`")
	file := flags.String("csv", "", "`file` for the table with all digits")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		fmt.Fprintln(stdout, command.Statuses)
		return err
	} else if err != nil {
		return command.Misusef("contest: %w", err)
	}
	if *count {
		g.Seed = s.Seed
		kernels := named(contest.Kernels(), *only, func(k contest.Kernel) string { return k.Name })
		targets, err := contest.References()
		if err != nil {
			return err
		}
		targets = named(targets, *target, func(t contest.Reference) string { return t.Name })
		if len(kernels) == 0 || len(targets) == 0 {
			return command.Misusef("contest: no kernel's name contains %q, or no target's %q", *only, *target)
		}
		costs, err := contest.Gradients(ctx, kernels, targets, g)
		if err != nil {
			return err
		}
		return errors.Join(write(*file, table(contest.CostRows(costs))), contest.Markdown(stdout, contest.CostTable(costs)))
	}
	if *known {
		rows, err := csv.NewReader(strings.NewReader(circuits)).ReadAll()
		return errors.Join(err, writePage(*page, rows))
	}
	entrants := named(contest.Entrants(), *only, func(e contest.Entrant) string { return e.Name })
	targets, err := contest.Targets()
	if err != nil {
		return err
	}
	targets = named(targets, *target, func(t contest.Target) string { return t.Name })
	if len(entrants) == 0 || len(targets) == 0 {
		return command.Misusef("contest: no sampler's name contains %q, or no target's %q", *only, *target)
	}
	scores, err := contest.Run(ctx, entrants, targets, s)
	if err != nil {
		return err
	}
	rows := contest.Rows(scores)
	return errors.Join(write(*file, table(rows)), writePage(*page, rows), contest.Markdown(stdout, rows))
}

// The tables of runs with the flags that BENCHMARKS.md names.
var (
	//go:embed circuits.csv
	circuits string
	//go:embed gradients.csv
	gradients string
)

// writePage writes the page of a table of circuits, with the committed one of gradients.
func writePage(path string, rows [][]string) error {
	costs, err := csv.NewReader(strings.NewReader(gradients)).ReadAll()
	return errors.Join(err, write(path, func(w io.Writer) error { return contest.Page(w, rows, costs) }))
}

// table returns a function that writes rows as CSV.
func table(rows [][]string) func(w io.Writer) error {
	return func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) }
}

// named returns the items whose name contains a text.
func named[T any](items []T, text string, name func(T) string) []T {
	return slices.DeleteFunc(items, func(item T) bool { return !strings.Contains(name(item), text) })
}

// write writes a file by f, unless path is empty. The file appears whole or not at all.
func write(path string, f func(w io.Writer) error) error {
	if path == "" {
		return nil
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".contest-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if err := errors.Join(f(temporary), temporary.Chmod(0o644), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
