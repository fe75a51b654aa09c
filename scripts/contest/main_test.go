package main

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/contest"
	"natspike/pkg/racetest"
)

func read(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// find returns the row of a target and a sampler.
func find(rows [][]string, target, name string) []string {
	i := slices.IndexFunc(rows, func(r []string) bool { return r[0] == target && r[1] == name })
	if i < 0 {
		return nil
	}
	return rows[i]
}

// The committed tables are those of this program: a cheap row of each, made anew, is
// the same in every digit, but for computer time. Another seed gives another row.
func TestCommittedTables(t *testing.T) {
	racetest.Larger(t, "TestKernels of package contest")
	dir := t.TempDir()
	made := func(args ...string) [][]string {
		file := filepath.Join(dir, "made.csv")
		if err := run(context.Background(), append(args, "-csv", file, "-page", ""), &strings.Builder{}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, string(b))
	}
	compare := func(committed string, rows [][]string, drop int) bool {
		there := read(t, committed)
		if !slices.Equal(there[0], rows[0]) {
			t.Errorf("heads %q, want %q", there[0], rows[0])
		}
		a, b := find(there, rows[1][0], rows[1][1]), rows[1]
		if drop > 0 && len(a) > drop {
			a, b = slices.Delete(slices.Clone(a), drop, drop+1), slices.Delete(slices.Clone(b), drop, drop+1)
		}
		return slices.Equal(a, b)
	}
	const cpu = 5
	if !compare(circuits, made("-only", "Langevin, naive", "-target", "d = 2,"), cpu) {
		t.Error("circuits.csv is old: go run ./scripts/contest -csv scripts/contest/circuits.csv")
	}
	if !compare(gradients, made("-gradients", "-only", "adjusted", "-target", "eight schools"), 0) {
		t.Error("gradients.csv is old: go run ./scripts/contest -gradients -csv scripts/contest/gradients.csv")
	}
	if compare(gradients, made("-gradients", "-only", "adjusted", "-target", "eight schools", "-seed", "2"), 0) {
		t.Error("another seed gives the committed row")
	}
	for text, f := range map[string]func() (names []string, err error){
		circuits: func() (names []string, err error) {
			targets, err := contest.Targets()
			for _, t := range targets {
				names = append(names, t.Name)
			}
			return names, err
		},
		gradients: func() (names []string, err error) {
			targets, err := contest.References()
			for _, t := range targets {
				names = append(names, t.Name)
			}
			return names, err
		},
	} {
		names, err := f()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range read(t, text)[1:] {
			if !slices.Contains(names, row[0]) {
				t.Errorf("a committed table has the target %q", row[0])
			}
		}
	}
}

// The page of the committed tables holds every row of both, and appears whole.
func TestPage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "contest.html")
	if err := run(context.Background(), []string{"-committed", "-page", file}, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(string(b), "<tr"), len(read(t, circuits))+len(read(t, gradients)); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
	if there, err := os.ReadDir(filepath.Dir(file)); err != nil || len(there) != 1 {
		t.Errorf("the folder holds %v, %v", there, err)
	}
}

func TestMisuse(t *testing.T) {
	for _, args := range [][]string{{"-only", "none"}, {"-gradients", "-only", "none"}, {"-gradients", "-target", "none"}, {"-repeats", "many"}} {
		if err := run(context.Background(), args, &strings.Builder{}); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
}
