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

	"natspike/pkg/archive"
	"natspike/pkg/racetest"
	"natspike/scripts/internal/command"
	"natspike/scripts/internal/killtest"
)

// The test program is the command itself when it is asked to be.
func TestMain(m *testing.M) {
	if os.Getenv("SWEEP_TEST_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// write writes a file with a grid of six cells, two of which cannot be run.
func write(t *testing.T) string {
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
	if got := run(context.Background(), args, &out, &errs); got != want {
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
	spec, dir := write(t), t.TempDir()
	out, _ := call(t, 0, "run", "-spec", spec, "-dir", dir+"/whole")
	contains(t, out, "merged.parquet: 18 rows\n", "6 of them failed; the first: model: rho = 1; ")
	want := read(t, dir+"/whole/merged.parquet")

	parts := dir + "/parts"
	call(t, 1, "status", "-spec", spec, "-dir", parts) // there is nothing
	for _, i := range []string{"3", "0", "2"} {
		call(t, 0, "run", "-spec", spec, "-dir", parts, "-shard", i+"/4")
	}
	out, errs := call(t, 1, "status", "-spec", spec, "-dir", parts)
	contains(t, out, "3 of 4 shards are done")
	contains(t, errs, "missing: 1/4\n")
	_, errs = call(t, 1, "merge", "-spec", spec, "-dir", parts)
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
	spec, dir := write(t), t.TempDir()
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
	if got := run(ctx, []string{"merge", "-spec", spec, "-dir", dir + "/none", "-shards", "2", "-wait", "1h"}, &out, &errs); got != command.Stopped {
		t.Errorf("a merge that is stopped while it waits has status %d, want %d\n%s", got, command.Stopped, &errs)
	}
}

func TestCheck(t *testing.T) {
	out, _ := call(t, 0, "check", "-spec", write(t), "-shards", "4")
	contains(t, out, "cells  6\n", "2 cannot be run", "of the first: model: rho = 1; ", "runs   12\n", "steps  1.32e+04\n", "time   about ", "shard  about ", "limit  6 minutes for a shard")
	out, _ = call(t, 0, "check", "-spec", write(t), "-rho", "0.5") // over what the file says
	contains(t, out, "cells  2\n", "runs   6\n")
	out, _ = call(t, 0, "check", "-rho", "0.5", "-spec", write(t)) // in any order
	contains(t, out, "cells  2\n")
	_, errs := call(t, 2, "check", "-rho", "1")
	contains(t, errs, "the grid has no cell that can be run among 1", "rho = 1")
}

func TestMisuse(t *testing.T) {
	spec, dir := write(t), t.TempDir()
	run := "run -spec " + spec + " -dir " + dir + "/none "
	for _, c := range []struct{ args, want string }{
		{"", "usage: sweep check|run|status|merge|columns"},
		{"walk", `"walk" is no command`},
		{"run -spec " + spec, "-dir is missing"},
		{run + "0/4", `"0/4" is not a flag`},
		{"check -spec " + dir + "/none.toml", "none.toml"},
		{"check -rhoo 1", "-rhoo"},
		{"check -rho one", `"one" is not a finite number`},
		{"check -rho 0 -rho 0.5", "given twice"},
		{"merge -dir " + dir + " -shards -1", "-shards is -1"},
		{"merge -dir " + dir + " -wait -1s", "-wait is -1s"},
		{"check -dir " + dir, "-dir"},
		{"status -dir " + dir + " -shard 0/2", "-shard"},
		{"columns -rho 1", "-rho"},
		{run + "-workers -3", "-workers is -3"},
		{run + "-out x.xlsx", `"x.xlsx" ends in neither .parquet nor .csv`},
		{run + "-out x.npz", `"x.npz" ends in neither .parquet nor .csv`},
		{run + "-shard 0/2 -out x.csv", "leave out --out and --shards"},
		{run + "-shard 0/2 -shards 2", "leave out --out and --shards"},
		{run + "-shard 4/4", "= 4/4 is not i/N"},
		{run + "-shard 1", "is not written i/N"},
		{run + "-skew 1e308 -rho 0", "skew"},                         // a step would never end
		{run + "-before 1e15", "before = 1e+15 s makes 1e+19 steps"}, // more than an int64 counts
		{run + "-k 25000000", "k = 25000000 with n_p = 2 makes 5e+07 neurons, which take"},
		{run + "-n_p 100000 -k 100000", "bytes; at most"},
		{run + "-repeats 3000000000", "repeats = 3000000000 is not from 1"},
	} {
		_, errs := call(t, 2, strings.Fields(c.args)...)
		contains(t, errs, c.want)
	}
	if _, err := os.Stat(dir + "/none"); err == nil {
		t.Error("a command that is refused makes a directory")
	}
	if err := os.WriteFile(dir+"/twice.toml", []byte("n_p = 3\nN_P = 4\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, errs := call(t, 2, "check", "-spec", dir+"/twice.toml")
	contains(t, errs, `the key "N_P" is none of model, geometry`)

	for _, args := range [][]string{{"-h"}, {"run", "-h"}} {
		out, errs := call(t, 0, args...)
		contains(t, out, "exit status: 0 done, 1 failed, 2 bad usage or bad input, 130 stopped by a signal\n")
		if errs != "" {
			t.Errorf("help prints to standard error: %s", errs)
		}
	}
	out, _ := call(t, 0, "run", "-h")
	contains(t, out, "-shard i/N", "-rho value", "-tau_s value", "-seed seed")
}

// TestOutput finds out at once that a table cannot be written, and writes CSV.
func TestOutput(t *testing.T) {
	spec, dir := write(t), t.TempDir()
	for out, want := range map[string]string{
		dir + "/no/such/x.csv": "no table can be written",
		dir + "/x.csv":         "is a directory",
	} {
		os.MkdirAll(dir+"/x.csv", 0o777)
		_, errs := call(t, 1, "run", "-spec", spec, "-dir", dir+"/shards", "-out", out)
		contains(t, errs, want)
		if n := entries(t, dir+"/shards"); n != 0 {
			t.Errorf("%d shards are done before %s cannot be written", n, out)
		}
	}
	call(t, 0, "run", "-spec", spec, "-dir", dir+"/shards", "-out", dir+"/table.csv")
	lines := strings.Split(strings.TrimSpace(string(read(t, dir+"/table.csv"))), "\n")
	if len(lines) != 19 || !strings.HasPrefix(lines[0], "model,geometry,family,rho,n_p,k,") || !strings.HasPrefix(lines[1], "balanced,naive,shared,0,2,4,") {
		t.Errorf("%d lines of CSV, the first are\n%s\n%s", len(lines), lines[0], lines[1])
	}
}

// TestVersion reads the one version from the command.
func TestVersion(t *testing.T) {
	for _, args := range []string{"version", "--version"} {
		if out, _ := call(t, 0, args); out != "natspike "+archive.Version+"\n" {
			t.Errorf("%s prints %q", args, out)
		}
	}
}

// TestColumns compares the documented columns with those of a table.
func TestColumns(t *testing.T) {
	spec, dir := write(t), t.TempDir()
	call(t, 0, "run", "-spec", spec, "-dir", dir, "-out", dir+"/table.csv")
	header, _, _ := strings.Cut(string(read(t, dir+"/table.csv")), "\n")
	out, _ := call(t, 0, "columns")
	// The page that README.md links to is what the command prints, in a block.
	if page := string(read(t, "columns.md")); !strings.Contains(page, "```\n"+out+"```\n") {
		t.Errorf("columns.md lacks what sweep columns prints:\n%s", out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")[1:]
	var names []string
	for _, line := range lines {
		fields := strings.Fields(line)
		names = append(names, fields[0])
		if len(fields) < 3 {
			t.Errorf("a column is not described: %s", line)
		}
	}
	if got := strings.Join(names, ","); got != header {
		t.Errorf("documented are\n%s\nin the table are\n%s", got, header)
	}
}

// TestNewParameters sweeps what the published programs fix.
func TestNewParameters(t *testing.T) {
	dir := t.TempDir()
	call(t, 0, "run", "-dir", dir, "-out", dir+"/table.csv", "-model", "balanced", "-n_p", "2", "-k", "4", "-before", "0.01", "-after", "0.1",
		"-lambda", "1,2", "-alpha", "0,1", "-tau_m", "0.01,0.02", "-tau_s", "0.0002,0.0004")
	seen := make(map[string]bool)
	for _, line := range strings.Split(strings.TrimSpace(string(read(t, dir+"/table.csv"))), "\n")[1:] {
		if !strings.HasSuffix(line, ",") {
			t.Errorf("a run failed: %s", line)
		}
		fields := strings.Split(line, ",")
		seen[strings.Join(fields[len(fields)-12:], ",")] = true
	}
	if len(seen) != 16 {
		t.Errorf("16 cells give %d different rows", len(seen))
	}
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
		if c.ProcessState.ExitCode() != command.Stopped || !strings.Contains(errs.String(), "the next run goes on") {
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

// TestCheckStops stops an estimate whose trials take long.
func TestCheckStops(t *testing.T) {
	c := exec.Command(os.Args[0], "check", "-k", "2000", "-n_p", "1:100", "-model", "balanced", "-after", "3000")
	c.Env = append(os.Environ(), "SWEEP_TEST_COMMAND=1")
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	c.Process.Signal(syscall.SIGTERM)
	if err := c.Wait(); c.ProcessState.ExitCode() != command.Stopped || errs.String() != "sweep: stopped\n" {
		t.Errorf("%v\n%s", err, &errs)
	}
}

// TestKill kills runs of a grid; see killtest.
//
//	go test ./scripts/sweep -run TestKill -kills 200
func TestKill(t *testing.T) {
	racetest.Larger(t, "TestShardsAndWhole")
	spec := write(t)
	killtest.Run(t, []string{"SWEEP_TEST_COMMAND=1"}, func(dir string) []string {
		return []string{os.Args[0], "run", "-spec", spec, "-dir", dir, "-repeats", "6", "-shards", "12", "-out", filepath.Join(dir, "table.csv")}
	})
}

func entries(t *testing.T, dir string) int {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(fmt.Errorf("the directory is gone: %w", err))
	}
	return len(files)
}
