// Contest sets the circuits of this module side by side, on every target that each
// can sample, and prints a table:
//
//	go run ./scripts/contest [-seconds 10] [-only NAME] [-csv FILE]
//
// See package contest for what the columns mean.
package main

import (
	"context"
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
	flags.Float64Var(&s.Seconds, "seconds", 0, "brain time of each of four chains, in `s` (default 10)")
	flags.Uint64Var(&s.Seed, "seed", 1, "`seed` of all random numbers")
	only := flags.String("only", "", "samplers whose name contains this `text`")
	file := flags.String("csv", "", "`file` for the table with all digits")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		fmt.Fprintln(stdout, command.Statuses)
		return err
	} else if err != nil {
		return command.Misusef("contest: %w", err)
	}
	entrants := slices.DeleteFunc(contest.Entrants(), func(e contest.Entrant) bool { return !strings.Contains(e.Name, *only) })
	if len(entrants) == 0 {
		return command.Misusef("contest: no sampler's name contains %q", *only)
	}
	targets, err := contest.Targets()
	if err != nil {
		return err
	}
	scores, err := contest.Run(ctx, entrants, targets, s)
	if err != nil {
		return err
	}
	if *file != "" {
		if err := write(*file, scores); err != nil {
			return err
		}
	}
	return contest.Markdown(stdout, scores)
}

// write writes the table as CSV. The file appears whole or not at all.
func write(path string, scores []contest.Score) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".contest-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(contest.CSV(f, scores), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
