package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test program is the command itself when it is asked to be.
func TestMain(m *testing.M) {
	if os.Getenv("SWEEP_TEST_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// grid writes a file with a grid of six cells, one of which cannot be run.
func grid(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid.toml")
	text := `
model = "balanced"
geometry = ["naive", "natural"]
rho = [0, 0.9, 1]
n_p = 2
k = 4
before = 0.01
after = 0.1
repeats = 3
`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// call runs the command and returns what it prints.
func call(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := command(context.Background(), args, &out, &errs); got != want {
		t.Errorf("sweep %s: status %d, want %d\n%s%s", strings.Join(args, " "), got, want, &out, &errs)
	}
	return out.String(), errs.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestShardsAndWhole(t *testing.T) {
	spec, dir := grid(t), t.TempDir()
	out, _ := call(t, 0, "run", "-spec", spec, "-dir", dir+"/whole")
	contains(t, out, "merged.parquet: 18 rows\n", "6 of them failed; the first: trial: ρ = 1; ")
	want := read(t, dir+"/whole/merged.parquet")

	parts := dir + "/parts"
	call(t, 1, "status", "-spec", spec, "-dir", parts) // there is nothing
	for _, i := range []string{"3", "0", "2"} {
		call(t, 0, "run", "-spec", spec, "-dir", parts, "-shard", i+"/4")
	}
	out, _ = call(t, 3, "status", "-spec", spec, "-dir", parts)
	contains(t, out, "3 of 4 shards are done", "missing: 1/4\n")
	_, errs := call(t, 1, "merge", "-spec", spec, "-dir", parts)
	contains(t, errs, "1 of 4 shards are missing")
	call(t, 0, "run", "-spec", spec, "-dir", parts, "-shard", "1/4")
	out, _ = call(t, 0, "status", "-spec", spec, "-dir", parts)
	contains(t, out, "4 of 4 shards are done")
	call(t, 0, "merge", "-spec", spec, "-dir", parts, "-out", dir+"/table.parquet")
	if !bytes.Equal(read(t, dir+"/table.parquet"), want) {
		t.Error("four shards give other bytes than one run")
	}

	// run does what is missing, of as many shards as there are.
	if err := os.Remove(parts + "/shard-2-of-4.parquet"); err != nil {
		t.Fatal(err)
	}
	out, _ = call(t, 0, "run", "-spec", spec, "-dir", parts)
	contains(t, out, "3 of 4 shards are done")
	if !bytes.Equal(read(t, parts+"/merged.parquet"), want) {
		t.Error("a run that goes on gives other bytes")
	}

	_, errs = call(t, 1, "run", "-spec", spec, "-dir", parts, "-seed", "2")
	contains(t, errs, "is of another sweep: its seed is 1, not 2")
	call(t, 0, "run", "-spec", spec, "-dir", dir+"/seed", "-seed", "2")
	if bytes.Equal(read(t, dir+"/seed/merged.parquet"), want) {
		t.Error("another seed gives the same bytes")
	}
	call(t, 0, "run", "-spec", spec, "-dir", parts, "-shard", "0/2")
	_, errs = call(t, 1, "merge", "-spec", spec, "-dir", parts)
	contains(t, errs, "cut into [2 4]; say which with --shards")
}

// TestMergeWaits starts the merge before the last shard is there.
func TestMergeWaits(t *testing.T) {
	spec, dir := grid(t), t.TempDir()
	call(t, 0, "run", "-spec", spec, "-dir", dir, "-shard", "0/2")
	merged := make(chan bool)
	go func() {
		defer close(merged)
		call(t, 0, "merge", "-spec", spec, "-dir", dir, "-wait", "10ms")
	}()
	select {
	case <-merged:
		t.Error("the merge does not wait")
	case <-time.After(100 * time.Millisecond):
	}
	call(t, 0, "run", "-spec", spec, "-dir", dir, "-shard", "1/2")
	<-merged
	read(t, dir+"/merged.parquet")

	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out, errs bytes.Buffer
	if got := command(ctx, []string{"merge", "-spec", spec, "-dir", dir + "/none", "-shards", "2", "-wait", "1h"}, &out, &errs); got != moreToDo {
		t.Errorf("a merge that is stopped while it waits has status %d, want %d\n%s", got, moreToDo, &errs)
	}
}

func TestCheck(t *testing.T) {
	out, _ := call(t, 0, "check", "-spec", grid(t), "-shards", "4")
	contains(t, out, "cells  6\n", "2 cannot be run", "of the first: trial: ρ = 1; ", "runs   12\n", "steps  1.32e+04\n", "time   about ", "shard  about ")
	out, _ = call(t, 0, "check", "-spec", grid(t), "-rho", "0.5") // over what the file says
	contains(t, out, "cells  2\n", "runs   6\n")
	out, _ = call(t, 0, "check", "-rho", "0.5", "-spec", grid(t)) // in any order
	contains(t, out, "cells  2\n")
	_, errs := call(t, 1, "check", "-rho", "1")
	contains(t, errs, "none of the 1 cells can be run", "ρ = 1")
}

func TestMisuse(t *testing.T) {
	spec, dir := grid(t), t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"", "usage: sweep check|run|status|merge"},
		{"walk", "usage: sweep check|run|status|merge"},
		{"run -spec " + spec, "-dir is missing"},
		{"run -spec " + spec + " -dir " + dir + " 0/4", `"0/4" is not a flag`},
		{"check -spec " + dir + "/none.toml", "none.toml"},
		{"check -rhoo 1", "-rhoo"},
		{"check -rho one", `"one" is not a finite number`},
		{"merge -dir " + dir + " -shards -1", "-shards is -1"},
		{"check -dir " + dir, "-dir"},
		{"status -dir " + dir + " -shard 0/2", "-shard"},
	} {
		_, errs := call(t, 2, strings.Fields(c.args)...)
		contains(t, errs, c.want)
	}
	call(t, 0, "-h")
	_, errs := call(t, 0, "run", "-h")
	contains(t, errs, "-shard i/N", "-rho values", "-seed seed")
	_, errs = call(t, 1, "run", "-spec", spec, "-dir", dir, "-shard", "4/4")
	contains(t, errs, `"4/4" is not a shard`)
}

// TestSignal stops the command in the middle of a trial that takes long, and
// runs a short one in its place.
func TestSignal(t *testing.T) {
	dir := t.TempDir()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		c := exec.Command(os.Args[0], "run", "-dir", dir, "-shard", "0/1", "-after", "3000", "-dt", "1e-5", "-geometry", "naive", "-gain", "1")
		c.Env = append(os.Environ(), "SWEEP_TEST_COMMAND=1")
		var errs bytes.Buffer
		c.Stderr = &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for entries(t, dir) == 0 && time.Since(began) < time.Minute { // the shard is being written
			time.Sleep(10 * time.Millisecond)
		}
		c.Process.Signal(signal)
		err := c.Wait()
		if c.ProcessState.ExitCode() != moreToDo || !strings.Contains(errs.String(), "the next run goes on") {
			t.Errorf("%v: %v\n%s", signal, err, &errs)
		}
		if n := entries(t, dir); n != 0 {
			t.Errorf("%v leaves %d files", signal, n)
		}
	}
	call(t, 0, "run", "-dir", dir, "-shard", "0/1", "-after", "0.1")
	if n := entries(t, dir); n != 1 {
		t.Errorf("%d files, want one", n)
	}
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(fmt.Errorf("the directory is gone: %w", err))
	}
	return len(files)
}
