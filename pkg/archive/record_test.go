package archive

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// record and pair are the same columns, known when the program runs and when it
// is compiled.
var record = Records(
	Column{Name: "x"}, Column{Name: "n", Kind: reflect.Int}, Column{Name: "word", Kind: reflect.String}, Column{Name: "is", Kind: reflect.Bool},
)

type pair struct {
	X    float64 `parquet:"x"`
	N    int     `parquet:"n"`
	Word string  `parquet:"word"`
	Is   bool    `parquet:"is"`
}

var records = [][]any{{0.1, 3, "naïve, \"so\"", true}, {math.Inf(-1), -4, "", false}, {math.NaN(), math.MaxInt, "a\nb", true}}

func each[R any](rows []R) func(yield func(R, error) bool) {
	return func(yield func(R, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// TestRecords writes records, and reads them back as they are and as structs;
// and the other way round.
func TestRecords(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.parquet"), filepath.Join(dir, "b.parquet")
	if err := record.Save(a, Run{Seed: 1, Version: "1"}, each(records)); err != nil {
		t.Fatal(err)
	}
	var got [][]any
	for row, err := range record.Rows(a) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	if fmt.Sprint(got) != fmt.Sprint(records) {
		t.Errorf("read back: %v, want %v", got, records)
	}
	var pairs []pair
	for row, err := range Rows[pair](a) {
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, row)
	}
	if err := SaveRows(b, Run{Seed: 1, Version: "1"}, each(pairs)); err != nil {
		t.Fatal(err)
	}
	got = nil
	for row, err := range record.Rows(b) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	if fmt.Sprint(got) != fmt.Sprint(records) {
		t.Errorf("written as structs and read back: %v, want %v", got, records)
	}

	// No rows are a table too.
	if err := record.Save(a, Run{}, each[[]any](nil)); err != nil {
		t.Fatal(err)
	}
	for row, err := range record.Rows(a) {
		t.Errorf("a row of an empty table: %v, %v", row, err)
	}
	columns, err := Table[pair]{}.Columns()
	want := []string{"x", "n", "word", "is"}
	if names := slices.Collect(func(yield func(string) bool) {
		for _, c := range columns {
			yield(c.Name)
		}
	}); err != nil || !slices.Equal(names, want) {
		t.Errorf("the columns of a struct are %v, %v", columns, err)
	}
}

func TestRecordsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	for want, rows := range map[string][][]any{
		"a row of 3 values for 4 columns":           {records[0], records[0][:3]},
		"column n has the value 2.5; want type int": {{0.1, 2.5, "", true}},
		"column word has the value <nil>":           {{0.1, 2, nil, true}},
		"is not UTF-8":                              {{0.1, 2, "\xff", true}},
	} {
		for _, path := range []string{path, strings.TrimSuffix(path, "parquet") + "csv"} {
			if err := record.Save(path, Run{}, each(rows)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want an error with %q", rows, err, want)
			}
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%v: an error leaves a file", rows)
			}
		}
	}
	for want, columns := range map[string][]Column{
		"column x is there twice": {{Name: "x"}, {Name: "x"}},
		"of kind map":             {{Name: "x", Kind: reflect.Map}},
		"column":                  {{Name: ""}},
	} {
		if _, err := Records(columns...).Columns(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want an error with %q", columns, err, want)
		}
	}
	if err := record.Save("a.xlsx", Run{}, each(records)); err == nil || !strings.Contains(err.Error(), `"a.xlsx" ends in neither .parquet nor .csv`) {
		t.Errorf("a format that there is not: %v", err)
	}
}

func TestCSVTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := record.Save(path, Run{}, each(records)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	want := "x,n,word,is\n0.1,3,\"naïve, \"\"so\"\"\",true\n-inf,-4,,false\nNaN,9223372036854775807,\"a\nb\",true\n"
	if err != nil || string(got) != want {
		t.Errorf("the file is %q, %v, want %q", got, err, want)
	}
}

// TestOneNaN writes NaN of both signs, as amd64 and arm64 make them, and wants one
// file.
func TestOneNaN(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for i, nan := range []float64{math.NaN(), math.Float64frombits(math.Float64bits(math.NaN()) ^ 1<<63), math.Float64frombits(0xfff8000000000000)} {
		var row struct {
			X float64
			Y float32
		}
		row.X, row.Y = nan, float32(nan)
		if math.Signbit(nan) {
			row.Y = math.Float32frombits(0xffc00000)
		}
		draws := &Draws{Header: Header{Variables: []Variable{{Name: "x"}}}, Values: []*mat.Dense{mat.NewDense(1, 1, []float64{nan})}}
		var all []byte
		for _, name := range []string{"struct.parquet", "record.parquet", "draws.parquet", "draws.npz"} {
			path := filepath.Join(dir, fmt.Sprint(i, name))
			var err error
			switch name {
			case "struct.parquet":
				err = SaveRows(path, Run{}, each([]struct {
					X float64
					Y float32
				}{row}))
			case "record.parquet":
				err = Records(Column{Name: "x"}).Save(path, Run{}, each([][]any{{nan}}))
			default:
				err = Save(path, draws)
			}
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		files = append(files, all)
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("the files depend on the bits of NaN")
	}
}
