// Package command holds the exit statuses of the commands of this repository.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit statuses of every command.
const (
	Done    = 0
	Failed  = 1
	Misused = 2
	Stopped = 130
)

// Statuses is the text on the exit statuses in the help of a command.
const Statuses = "exit status: 0 done, 1 failed, 2 bad usage or bad input, 130 stopped by a signal"

// A misuse is an error in the arguments of a command or in a file that they name.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// Misuse marks an error as one in the arguments of the command. It returns nil for
// nil.
func Misuse(err error) error {
	if err == nil {
		return nil
	}
	return misuse{err}
}

// Misusef is Misuse of a formatted error.
func Misusef(format string, values ...any) error { return misuse{fmt.Errorf(format, values...)} }

// Status prints err, unless it is nil or asks for help, and returns the exit
// status. If ctx has ended, the command was stopped, and stopped is printed.
func Status(ctx context.Context, err error, stopped string, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return Done
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, stopped)
		return Stopped
	}
	fmt.Fprintln(stderr, err)
	if errors.As(err, new(misuse)) {
		return Misused
	}
	return Failed
}

// Main runs a command and ends the program with its status. Its context ends with
// SIGINT or SIGTERM; a second signal ends the program at once.
func Main(run func(ctx context.Context, args []string, stdout, stderr io.Writer) int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
