package sweep

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"natspike/pkg/archive"
	"natspike/pkg/racetest"
)

// column is a column of a table as a Python program sees it: floats are
// hexadecimal.
type column struct {
	Type   string
	Values []string
}

// openWith opens tables in a Python program, one after the other, by the script
// of pkg/archive. The interpreter is the one that NATSPIKE_PYTHON names, or
// python3. Where it lacks the program the test is skipped.
func openWith(t *testing.T, program string, paths ...string) map[string]column {
	t.Helper()
	racetest.Program(t)
	exe := cmp.Or(os.Getenv("NATSPIKE_PYTHON"), "python3")
	find := "import sys; from importlib.util import find_spec; print(*(m for m in sys.argv[1:] if not find_spec(m)))"
	out, err := exec.Command(exe, "-c", find, program, "numpy", "pyarrow").Output()
	if missing := strings.TrimSpace(string(out)); err != nil || missing != "" {
		t.Skipf("%s lacks %s (%v); set NATSPIKE_PYTHON to a Python with what scripts/peers/formats.lock lists", exe, missing, err)
	}
	var stderr bytes.Buffer
	c := exec.Command(exe, append([]string{filepath.Join("..", "archive", "testdata", "open.py"), program}, paths...)...)
	c.Stderr = &stderr
	if out, err = c.Output(); err != nil {
		t.Fatalf("%s does not open %s: %v\n%s", program, paths, err, &stderr)
	}
	var seen struct{ Arrays map[string]column }
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	return seen.Arrays
}

// differences counts the values of the columns that are not those of the rows.
func differences(t *testing.T, seen map[string]column, columns []archive.Column, rows [][]any) (n int) {
	t.Helper()
	for k, c := range columns {
		got := seen[c.Name]
		want := map[reflect.Kind]string{reflect.Invalid: "float64", reflect.Float64: "float64", reflect.Int: "int64", reflect.String: "str"}[c.Kind]
		if got.Type != want || len(got.Values) != len(rows) {
			t.Fatalf("column %s: %d values of type %q, want %d of %q", c.Name, len(got.Values), got.Type, len(rows), want)
		}
		for i, row := range rows {
			same := got.Values[i] == fmt.Sprint(row[k])
			if v, ok := row[k].(float64); ok {
				x, err := strconv.ParseFloat(got.Values[i], 64)
				same = err == nil && (math.Float64bits(x) == math.Float64bits(v) || math.IsNaN(x) && math.IsNaN(v))
			}
			if !same {
				n++
			}
		}
	}
	return n
}

func TestPythonReadsShards(t *testing.T) {
	t.Parallel()
	s, err := Over(context.Background(), spec(t, "bias", []any{0, 0.5}, "steps", []any{0, 7}), walkColumns, runWalk)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := s.Table.Columns()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	merged(t, s, dir, 3)
	whole := []string{filepath.Join(dir, "merged.parquet")}
	var shards []string
	for k := range 3 {
		shards = append(shards, Shard{k, 3}.path(dir))
	}
	read := func(paths []string) (rows [][]any) {
		for _, path := range paths {
			for row, err := range s.Table.Rows(path) {
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, row)
			}
		}
		return rows
	}
	for _, program := range []string{"pandas", "polars"} {
		t.Run(program, func(t *testing.T) {
			seen := openWith(t, program, shards...)
			if n := differences(t, seen, columns, read(shards)); n > 0 {
				t.Errorf("%d values of the shards are others than ours", n)
			}
			if n := differences(t, seen, columns, read(whole)); n == 0 {
				t.Error("the rows in another order are the same: the test tells nothing")
			}
			if n := differences(t, openWith(t, program, whole...), columns, read(whole)); n > 0 {
				t.Errorf("%d values of the table are others than ours", n)
			}
		})
	}
}
