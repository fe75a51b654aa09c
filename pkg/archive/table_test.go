package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"natspike/pkg/racetest"
)

type tableRow struct {
	StepSize float64 `parquet:"step_size"`
	Single   float32
	Draws    int `parquet:"draws"`
	Small    int32
	Seed     uint64 `parquet:"seed"`
	Cell     uint32
	Diverged bool   `parquet:"diverged"`
	Sampler  string `parquet:"sampler"`
	Skipped  []int  `parquet:"-"`
}

func tableRows(n int) []tableRow {
	rows := make([]tableRow, n)
	for i := range rows {
		rows[i] = tableRow{
			StepSize: math.Sqrt(float64(i)) - 10, Single: float32(i) / 3, Draws: i - 100, Small: int32(-i),
			Seed: math.MaxUint64 - uint64(i), Cell: math.MaxUint32 - uint32(i), Diverged: i%3 == 0,
			Sampler: []string{"", "MALA", "naïve – Γ", "日本"}[i%4],
		}
	}
	rows[0].StepSize, rows[min(1, n-1)].Draws = math.Inf(1), math.MinInt64
	return rows
}

func collect[T any](path string) (rows []T, err error) {
	for r, err := range Rows[T](path) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func TestTablesComeBack(t *testing.T) {
	rows := tableRows(3000)
	for _, ext := range []string{".parquet"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "table"+ext)
		for range 2 { // the second time it replaces, and with the same bytes
			before, _ := os.ReadFile(path)
			if err := SaveTable(path, fixture().Run, slices.Values(rows)); err != nil {
				t.Fatal(err)
			}
			if after, _ := os.ReadFile(path); before != nil && string(before) != string(after) {
				t.Errorf("%s: the same table gives other bytes", ext)
			}
		}
		got, err := collect[tableRow](path)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(rows) {
			t.Fatalf("%s: %d rows, want %d", ext, len(got), len(rows))
		}
		for i := range rows {
			if fmt.Sprint(got[i]) != fmt.Sprint(rows[i]) {
				t.Fatalf("%s: row %d is %v, want %v", ext, i, got[i], rows[i])
			}
		}
		if run, err := ReadRun(path); err != nil || run.Seed != 20221128 || run.Sampler != "mala" {
			t.Errorf("%s: run %v, %v", ext, run, err)
		}
		if files := list(t, dir); len(files) != 1 {
			t.Errorf("%s: the folder holds %q", ext, files)
		}

		// A loop may stop.
		for r, err := range Rows[tableRow](path) {
			if err != nil || r.Seed != math.MaxUint64 {
				t.Error(r, err)
			}
			break
		}

		// Some columns, and other types that hold the values.
		type part struct {
			Draws int64   `parquet:"draws"`
			Wide  float64 `parquet:"Single"`
			Small int
		}
		parts, err := collect[part](path)
		if err != nil || parts[7] != (part{-93, float64(float32(7) / 3), -7}) {
			t.Errorf("%s: part %v, %v", ext, parts, err)
		}

		for wants, read := range map[string]func() error{
			"no ":            func() error { _, err := collect[struct{ Absent bool }](path); return err },
			"what fits bool": func() error { _, err := collect[struct{ Small bool }](path); return err },
			"what fits float32": func() error {
				_, err := collect[struct {
					X float32 `parquet:"step_size"`
				}](path)
				return err
			},
			"does not fit int32": func() error {
				_, err := collect[struct {
					X int32 `parquet:"draws"`
				}](path)
				return err
			},
			"does not fit uint32": func() error {
				_, err := collect[struct {
					X uint32 `parquet:"Small"`
				}](path)
				return err
			},
			"want a struct":         func() error { _, err := collect[float64](path); return err },
			"[]int; want a float64": func() error { _, err := collect[struct{ X []int }](path); return err },
			"no exported field":     func() error { _, err := collect[struct{ x int }](path); return err },
			"column draws is there twice": func() error {
				_, err := collect[struct {
					A int `parquet:"draws"`
					B int `parquet:"draws"`
				}](path)
				return err
			},
		} {
			if err := read(); err == nil || !strings.Contains(err.Error(), wants) {
				t.Errorf("%s: want an error with %q, got %v", ext, wants, err)
			}
		}
	}
	if err := SaveTable("table.xlsx", Run{}, slices.Values(rows)); err == nil || !strings.Contains(err.Error(), ".xlsx") {
		t.Errorf("a format that is none: %v", err)
	}
	if _, err := collect[tableRow]("table.xlsx"); err == nil || !strings.Contains(err.Error(), ".xlsx") {
		t.Errorf("a format that is none: %v", err)
	}
}

func TestTableOfNothing(t *testing.T) {
	for _, ext := range []string{".parquet"} {
		path := filepath.Join(t.TempDir(), "empty"+ext)
		if err := SaveTable(path, Run{}, slices.Values([]tableRow(nil))); err != nil {
			t.Fatal(err)
		}
		if rows, err := collect[tableRow](path); err != nil || len(rows) != 0 {
			t.Errorf("%s: %v, %v", ext, rows, err)
		}
	}
}

// A column that may lack values, as pandas writes every column, is read as
// long as it lacks none.
func TestParquetMissingValue(t *testing.T) {
	type optional struct {
		X *float64 `parquet:"x,optional"`
	}
	type row struct {
		X float64 `parquet:"x"`
	}
	one := 1.0
	for _, rows := range [][]optional{{{&one}, {&one}}, {{&one}, {nil}}} {
		path := filepath.Join(t.TempDir(), "x.parquet")
		if err := parquet.WriteFile(path, rows); err != nil {
			t.Fatal(err)
		}
		got, err := collect[row](path)
		if missing := rows[1].X == nil; missing != (err != nil) || missing && !strings.Contains(err.Error(), "row 1, column x: a missing value") {
			t.Errorf("%v, %v", got, err)
		}
	}
}

// A few bytes that claim very much are refused before anything is allocated.
func TestParquetBombs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.parquet")
	write := func(body, footer []byte) {
		t.Helper()
		b := append([]byte("PAR1"), body...)
		b = append(b, footer...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(footer)))
		if err := os.WriteFile(path, append(b, "PAR1"...), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(wants string) {
		t.Helper()
		if _, err := collect[tableRow](path); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("want an error with %q, got %v", wants, err)
		}
	}
	// version 1, and a schema of 2³¹−1 columns
	write(nil, []byte{0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00})
	refused("claim more than there is")
	// structs within structs
	write(nil, bytes.Repeat([]byte{0x1c}, 1<<20))
	refused("claim more than there is")
	// text of 2³¹ bytes
	write(nil, []byte{0x18, 0xff, 0xff, 0xff, 0xff, 0x07})
	refused("claim more than there is")
	// A page whose header claims more than its column has, or more than can be in it.
	if err := SaveTable(path, Run{}, slices.Values(tableRows(3))); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The first page begins after PAR1: field 1, its type, then fields 2 and 3, its sizes, of one byte each here.
	if whole[4] != 0x15 || whole[6] != 0x15 || whole[8] != 0x15 || whole[7] > 0x7f {
		t.Fatalf("the first page is not as expected: % x", whole[4:12])
	}
	page := slices.Clone(whole)
	page[9] = 0x7e
	copy(page[10:], []byte{0xfe, 0xff, 0xff, 0x7f}) // and what follows is no header
	if err := os.WriteFile(path, page, 0o666); err != nil {
		t.Fatal(err)
	}
	refused("damaged")
}

// See TestStreams. The table is 26 MB.
func TestTableStreams(t *testing.T) {
	racetest.Sequential(t)
	const n, most = 600000, 12 << 20
	type row struct {
		X, Y, Z float64
		I       int
		S       string
	}
	live := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for _, ext := range []string{".parquet"} {
		path := filepath.Join(t.TempDir(), "table"+ext)
		before := live()
		check := func(i int, what string) {
			if i%(n/4) == n/8 {
				if grown := live() - before; grown > most {
					t.Errorf("%s %s holds %d bytes, more than %d", what, ext, grown, most)
				}
			}
		}
		err := SaveTable(path, Run{}, func(yield func(row) bool) {
			for i := range n {
				check(i, "writing")
				x := float64(i)
				if !yield(row{math.Sin(x), math.Cos(x), math.Sqrt(x), i, "a"}) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for r, err := range Rows[row](path) {
			if err != nil || r.I != i || r.X != math.Sin(float64(i)) {
				t.Fatalf("row %d: %v, %v", i, r, err)
			}
			check(i, "reading")
			i++
		}
		if i != n {
			t.Errorf("%d rows", i)
		}
	}
}

// TestSaveRowsThatFail: an error among the rows is returned, and the file that
// was there is left as it was.
func TestSaveRowsThatFail(t *testing.T) {
	cut := errors.New("the machine stopped")
	for _, ext := range []string{".parquet"} {
		path := filepath.Join(t.TempDir(), "table"+ext)
		if err := SaveTable(path, Run{Seed: 1}, slices.Values(tableRows(3))); err != nil {
			t.Fatal(err)
		}
		err := SaveRows(path, Run{Seed: 2}, func(yield func(tableRow, error) bool) {
			for _, row := range tableRows(700) {
				if !yield(row, nil) {
					return
				}
			}
			yield(tableRow{}, cut)
		})
		if !errors.Is(err, cut) {
			t.Errorf("%s: the error is %v", ext, err)
		}
		n := 0
		for _, err := range Rows[tableRow](path) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 3 {
			t.Errorf("%s: the file now has %d rows, want the 3 it had", ext, n)
		}
	}
}

// Whole numbers come back in any field that holds them, and in no other.
func TestWholeNumbers(t *testing.T) {
	type wide struct {
		U64 uint64 `parquet:"u64"`
		U32 uint32 `parquet:"u32"`
		I64 int64  `parquet:"i64"`
		I32 int32  `parquet:"i32"`
	}
	path := filepath.Join(t.TempDir(), "n.parquet")
	save := func(w wide) {
		t.Helper()
		if err := SaveTable(path, Run{}, slices.Values([]wide{w})); err != nil {
			t.Fatal(err)
		}
	}
	type crossed struct {
		A uint32 `parquet:"u64"`
		B uint64 `parquet:"u32"`
		C int32  `parquet:"i64"`
		D int64  `parquet:"i32"`
	}
	type other struct {
		A int    `parquet:"u64"`
		B int32  `parquet:"u32"`
		C uint64 `parquet:"i64"`
		D uint32 `parquet:"i32"`
	}
	save(wide{7, 8, 9, 10})
	if rows, err := collect[crossed](path); err != nil || rows[0] != (crossed{7, 8, 9, 10}) {
		t.Errorf("%v, %v", rows, err)
	}
	if rows, err := collect[other](path); err != nil || rows[0] != (other{7, 8, 9, 10}) {
		t.Errorf("%v, %v", rows, err)
	}
	for wants, w := range map[string]wide{
		"column u64: 4294967296 does not fit uint32": {U64: 1 << 32},
		"column i64: 2147483648 does not fit int32":  {I64: 1 << 31},
		"column i64: -1 does not fit uint64":         {I64: -1},
		"column u32: 2147483648 does not fit int32":  {U32: 1 << 31},
		"column i32: -1 does not fit uint32":         {I32: -1},
		"9223372036854775808 does not fit int":       {U64: 1 << 63},
	} {
		save(w)
		_, err1 := collect[crossed](path)
		_, err2 := collect[other](path)
		var e *FormatError
		if err := errors.Join(err1, err2); !errors.As(err, &e) || !strings.Contains(err.Error(), wants) {
			t.Errorf("want an error with %q, got %v", wants, err)
		}
	}
}

func TestReadRunRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	d := small()
	if err := Save(filepath.Join(dir, "run.csv"), d); err != nil {
		t.Fatal(err)
	}
	bare := filepath.Join(dir, "bare.npz")
	if err := os.WriteFile(bare, zipped(t, 0, "x.npy", string(appendNPYHeader(nil, "<f8", []int{1, 1}))+strings.Repeat("\x00", 8)), 0o666); err != nil {
		t.Fatal(err)
	}
	for path, wants := range map[string]string{
		bare:                              "does not say what run",
		file("x.npz", "not a zip"):        "not a .npz file",
		file("x.parquet", "not a table"):  "not a Parquet file",
		file("y.parquet", ""):             "not a Parquet file",
		filepath.Join(dir, "run.csv"):     "does not say what run",
		filepath.Join(dir, "absent.npz"):  "no such file",
		filepath.Join(dir, "absent.zarr"): "ends in none of .npz, .parquet, .stan.csv and .csv",
	} {
		if _, err := ReadRun(path); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: want an error with %q, got %v", path, wants, err)
		}
	}
}
