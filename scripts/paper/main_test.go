package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"natspike/pkg/racetest"
	"natspike/scripts/internal/command"
	"natspike/scripts/internal/killtest"
)

func TestMisuse(t *testing.T) {
	for _, args := range [][]string{
		{"--figure", "fig-1"}, {"--fraction", "2"}, {"--fraction", "0"}, {"--repeats", "-1"}, {"--compat"}, {"--workers", "-3"}, {"now"}, {"--nothing"},
	} {
		var out, errs strings.Builder
		if status := run(context.Background(), args, &out, &errs); status != command.Misused || errs.Len() == 0 || out.Len() > 0 {
			t.Errorf("%v: status %d, want %d\n%s%s", args, status, command.Misused, &out, &errs)
		}
	}
	for arg, want := range map[string]string{"--list": "metropolis-base ", "--help": "130 stopped by a signal"} {
		var out, errs strings.Builder
		if status := run(context.Background(), []string{arg}, &out, &errs); status != 0 || !strings.Contains(out.String(), want) || errs.Len() > 0 {
			t.Errorf("%s: status %d\n%s%s", arg, status, &out, &errs)
		}
	}
}

// TestStopAndGoOn stops the command with Ctrl-C as a user would, calls it again,
// and wants the bytes of one that was not stopped and had one worker.
func TestStopAndGoOn(t *testing.T) {
	racetest.Program(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "paper")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const name = "metropolis-spikes"
	prepare := func(out string, more ...string) (*exec.Cmd, *bytes.Buffer) {
		c := exec.Command(program, append([]string{"--figure", name, "--repeats", "192", "--seed", "3", "--out", out}, more...)...)
		var b bytes.Buffer
		c.Stdout, c.Stderr = &b, &b
		return c, &b
	}
	stoppedDir, wholeDir := filepath.Join(dir, "stopped"), filepath.Join(dir, "whole")
	// await waits until so many parts are made, of 64.
	await := func(least int) (parts []string) {
		for deadline := time.Now().Add(2 * time.Minute); len(parts) < least; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("there are %d parts after two minutes, want %d", len(parts), least)
			}
			parts, _ = filepath.Glob(filepath.Join(stoppedDir, name, "*.parquet"))
		}
		return parts
	}

	c, said := prepare(stoppedDir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	await(3)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != command.Stopped || !strings.Contains(said.String(), "goes on from there") {
		t.Fatalf("stopped: %v, %s", err, said)
	}
	parts, _ := filepath.Glob(filepath.Join(stoppedDir, name, "*.parquet"))
	first := parts[0]
	info, err := os.Stat(first)
	if err != nil {
		t.Fatal(err)
	}
	made := info.ModTime()

	// SIGTERM is no other than Ctrl-C: here it comes to one that goes on.
	c, said = prepare(stoppedDir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	await(len(parts) + 2)
	if info, err := os.Stat(first); err != nil || !info.ModTime().Equal(made) {
		t.Errorf("what was done is done again: %v", err)
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != command.Stopped {
		t.Fatalf("terminated: %v, %s", err, said)
	}

	for _, one := range []struct {
		dir  string
		more []string
	}{{stoppedDir, nil}, {wholeDir, []string{"--workers", "1"}}} {
		c, said := prepare(one.dir, one.more...)
		if err := c.Run(); err != nil {
			t.Fatalf("%v, %s", err, said)
		}
	}
	for _, suffix := range []string{".parquet", "-summary.parquet", ".svg", ".png"} {
		a, err := os.ReadFile(filepath.Join(stoppedDir, name+suffix))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(wholeDir, name+suffix))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: other bytes after a stop, or with one worker (%v)", suffix, err)
		}
	}
	if a, err := os.ReadFile(filepath.Join(stoppedDir, "index.html")); err != nil || !bytes.Contains(a, []byte(`id="`+name+`"`)) {
		t.Errorf("the page does not show the figure (%v)", err)
	}
}

// The test program is the command itself when it is asked to be.
func TestMain(m *testing.M) {
	if os.Getenv("PAPER_TEST_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestKill kills the making of a figure; see killtest.
//
//	go test ./scripts/paper -run TestKill -kills 200
func TestKill(t *testing.T) {
	racetest.Larger(t, "TestTwoAtOnce")
	killtest.Run(t, []string{"PAPER_TEST_COMMAND=1"}, func(dir string) []string {
		return []string{os.Args[0], "--figure", "metropolis-base", "--repeats", "3", "--out", dir}
	})
}

// TestTwoAtOnce makes a figure twice at once in one directory: one of the two makes
// it, and the other makes nothing or says who is at work.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	var said [2]bytes.Buffer
	var commands [2]*exec.Cmd
	for i := range commands {
		c := exec.Command(os.Args[0], "--figure", "metropolis-base", "--repeats", "3", "--out", dir)
		c.Env = append(os.Environ(), "PAPER_TEST_COMMAND=1")
		c.Stderr = &said[i]
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		commands[i] = c
	}
	made := 0
	for i, c := range commands {
		c.Wait()
		switch status := c.ProcessState.ExitCode(); {
		case status == command.Done:
			made++
		case status != command.Failed || !strings.Contains(said[i].String(), "is in use by process"):
			t.Errorf("status %d\n%s", status, &said[i])
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "metropolis-base.svg")); err != nil || made == 0 {
		t.Errorf("nothing is made: %v", err)
	}
}
