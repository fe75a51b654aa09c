// Contest sets the circuits of this module side by side, on every target that each
// can sample, and prints a table:
//
//	go run ./scripts/contest [-seconds 10] [-only NAME] [-csv FILE]
//
// See package contest for what the columns mean.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"natspike/pkg/contest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "contest:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("contest", flag.ContinueOnError)
	var s contest.Settings
	flags.Float64Var(&s.Seconds, "seconds", 0, "brain time of each of four chains, in s (10)")
	flags.Uint64Var(&s.Seed, "seed", 1, "seed of all random numbers")
	only := flags.String("only", "", "samplers whose name contains this")
	file := flags.String("csv", "", "file for the table with all digits")
	if err := flags.Parse(args); err != nil {
		return err
	}
	targets, err := contest.Targets()
	if err != nil {
		return err
	}
	entrants := slices.DeleteFunc(contest.Entrants(), func(e contest.Entrant) bool { return !strings.Contains(e.Name, *only) })
	if len(entrants) == 0 {
		return fmt.Errorf("no sampler's name contains %q", *only)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	scores, err := contest.Run(ctx, entrants, targets, s)
	if err != nil {
		return err
	}
	if *file != "" {
		if err := write(*file, scores); err != nil {
			return err
		}
	}
	return contest.Markdown(os.Stdout, scores)
}

// write writes the table as CSV; the file appears whole or not at all.
func write(path string, scores []contest.Score) error {
	f, err := os.CreateTemp(".", ".contest-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := contest.CSV(f, scores); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
