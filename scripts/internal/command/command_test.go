package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestStatus(t *testing.T) {
	ended, stop := context.WithCancel(context.Background())
	stop()
	broken := errors.New("it broke")
	for _, c := range []struct {
		ctx  context.Context
		err  error
		want int
		said string
	}{
		{context.Background(), nil, 0, ""},
		{ended, nil, 0, ""}, // it was done before the signal came
		{context.Background(), fmt.Errorf("x: %w", flag.ErrHelp), 0, ""},
		{context.Background(), broken, 1, "it broke\n"},
		{context.Background(), fmt.Errorf("x: %w", Misuse(broken)), 2, "x: it broke\n"},
		{context.Background(), Misusef("no %s", "such"), 2, "no such\n"},
		{ended, Misuse(broken), 130, "stopped here\n"},
	} {
		var said strings.Builder
		if got := Status(c.ctx, c.err, "stopped here", &said); got != c.want || said.String() != c.said {
			t.Errorf("%v: status %d and %q, want %d and %q", c.err, got, said.String(), c.want, c.said)
		}
	}
	if Misuse(nil) != nil || !errors.Is(Misuse(broken), broken) {
		t.Error("Misuse hides what it is of")
	}
}

// TestMain runs a command by Main in a process of its own, which TestSignal stops.
func TestMain(m *testing.M) {
	if os.Getenv("COMMAND_TEST") == "" {
		os.Exit(m.Run())
	}
	Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		fmt.Fprintln(stdout, "begun")
		<-ctx.Done()
		return Status(ctx, ctx.Err(), "stopped here", stderr)
	})
}

// TestSignal: a signal ends the context of a command, and its status says so.
func TestSignal(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "COMMAND_TEST=1")
	var said strings.Builder
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("begun"))); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != Stopped || said.String() != "stopped here\n" {
		t.Errorf("%v: %s", err, &said)
	}
}
