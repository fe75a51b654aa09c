package archive

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// What Save wrote comes back from Load: all of it but the observed data, where the
// format has a place for the description, and otherwise names and numbers.
func TestLoad(t *testing.T) {
	for _, ending := range []string{".npz", ".parquet", ".stan.csv", ".csv"} {
		path := filepath.Join(t.TempDir(), "run"+ending)
		want := fixture()
		if err := Save(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err != nil {
			t.Fatalf("%s: %v", ending, err)
		}
		if ending != ".csv" {
			sameDraws(t, got, want, false)
			continue
		}
		if !slices.Equal(got.Names(), want.Names()) || fmt.Sprint(got.Stats) != fmt.Sprint(want.Stats) {
			t.Errorf("%s: columns %q, statistics %v", ending, got.Names(), got.Stats)
		}
		// A label with a comma is no index, so that theta falls apart; a does not.
		if v := got.Variables[len(got.Variables)-1]; v.Name != "a" || !slices.Equal(v.Shape(), []int{2, 3}) ||
			v.Dims[0].Labels != nil || !slices.Equal(v.Dims[1].Labels, []string{"0.1", "0.2", "0.7"}) {
			t.Errorf("%s: the last variable is %v", ending, v)
		}
		for c := range want.Chains {
			if !same(got.Values[c].RawMatrix().Data, want.Values[c].RawMatrix().Data) || !same(got.StatValues[c].RawMatrix().Data, want.StatValues[c].RawMatrix().Data) {
				t.Errorf("%s: chain %d has other values", ending, c)
			}
		}
	}
}

// Tables of other programs, and CmdStan's own names of files.
func TestLoadForeign(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run.csv")
	if err := os.WriteFile(path, []byte("chain,draw,lp,mu,\"x[a, 0]\",\"x[a, 1]\",diverging,y[1]\r\n0,0,-1,2,3,4,True,5\r\n1.0,0,-2,nan,1e3,4,False,6\r\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	x := Variable{"x", Float64, []Dim{{Name: "x_dim_0", Size: 1, Labels: []string{"a"}}, {Name: "x_dim_1", Size: 2}}}
	y := Variable{"y", Float64, []Dim{{Name: "y_dim_0", Size: 1, Labels: []string{"1"}}}}
	if want := (Header{Chains: 2, Variables: []Variable{Scalar("mu"), x, y}, Stats: []Variable{Scalar("lp"), {Name: "diverging", Kind: Bool}}}); fmt.Sprint(d.Header) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", d.Header, want)
	}
	if got := d.Values[1].RawRowView(0); !same(got, []float64{math.NaN(), 1000, 4, 6}) || d.StatValues[0].At(0, 1) != 1 {
		t.Errorf("%v, %v", got, d.StatValues[0])
	}

	type row struct {
		Chain int32   `parquet:"chain"`
		Draw  int64   `parquet:"draw"`
		Mu    float32 `parquet:"mu"`
		Steps uint32  `parquet:"n_steps"`
	}
	path = filepath.Join(dir, "run.parquet")
	if err := parquet.WriteFile(path, []row{{0, 0, 0.5, 3}, {0, 1, 1.5, 4}}); err != nil {
		t.Fatal(err)
	}
	if d, err = Load(path); err != nil || fmt.Sprint(d.Values[0].RawMatrix().Data, d.Stats, d.StatValues[0].RawMatrix().Data) != "[0.5 1.5] [{n_steps int64 []}] [3 4]" {
		t.Errorf("%v, %v", d, err)
	}

	for _, name := range []string{"nuts_1.csv", "one.stan.csv"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, mustRead(t, filepath.Join("testdata", "cmdstan", "nuts_1.csv")), 0o666); err != nil {
			t.Fatal(err)
		}
		if d, err := Load(path); err != nil || d.Run.Sampler != "cmdstan sample" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	load := func(text string) error {
		path := filepath.Join(dir, "run.csv")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		return err
	}
	const head = "chain,draw,x,y\n"
	for text, wants := range map[string]string{
		"":                                       "line 1: it is cut short",
		head:                                     "it holds no draws",
		"chain,draw\n0,0\n":                      `its columns are ["chain" "draw"]; want chain, draw, and at least one other`,
		"x,y,z\n0,0,0\n":                         "want chain, draw",
		head + "0,0,1,2\n0,1,1\n":                "line 3: wrong number of fields",
		head + "0,0,1,2\n0,1,1,word\n":           `line 3: column "y" holds "word"; want a number`,
		head + "0,0,1,2\n0,1,,2\n":               `line 3: column "x" holds ""`,
		head + "0,0,true,2\n0,1,1,2\n":           "line 3: column \"x\" holds \"1\"; its first row is of kind bool",
		head + "0,0,1,2\n0,1,true,2\n":           "of kind float64",
		head + "1,0,1,2\n":                       "line 2: draw 0 of chain 1 after 0 draws of chain -1",
		head + "0,0,1,2\n0,2,1,2\n":              "line 3: draw 2 of chain 0 after 1 draws of chain 0",
		head + "0,0,1,2\n1,0,1,2\n1,1,1,2\n":     "line 4: draw 1 of chain 1",
		head + "0,0,1,2\n0,1,1,2\n1,0,1,2\n":     "chain 1 ends before chain 0 did: it is cut short",
		"chain,draw,x,x\n0,0,1,2\n":              "variable x is there twice",
		"chain,draw,lp\n0,0,1\n":                 "at least one variable",
		"chain,draw,x,n_steps\n0,0,1,2.5\n":      "n_steps is 2.5",
		"chain,draw,\"a/b\"\n0,0,1\n":            `has the name "a/b"`,
		"chain,draw,\"x\n0,0,1\n":                "extraneous or missing \" in quoted-field",
		"chain,draw,x[0],x[1],x[0]\n0,0,1,2,3\n": "is there twice",
	} {
		var e *FormatError
		if err := load(text); !errors.As(err, &e) || !strings.Contains(err.Error(), wants) {
			t.Errorf("%q: want an error with %q, got %v", text, wants, err)
		}
	}
	words, other := filepath.Join(dir, "words.parquet"), filepath.Join(dir, "other.parquet")
	if err := SaveTable(words, Run{}, slices.Values(tableRows(3))); err != nil {
		t.Fatal(err)
	}
	// A table whose description is of other columns.
	if err := parquet.WriteFile(other, []struct {
		Chain int64   `parquet:"chain"`
		Draw  int64   `parquet:"draw"`
		X     float64 `parquet:"x"`
	}{{}}, parquet.KeyValueMetadata(descriptionKey, `{"run":{"seed":1,"version":""},"variables":[{"name":"z","kind":"float64"}]}`)); err != nil {
		t.Fatal(err)
	}
	for path, wants := range map[string]string{
		words:                                 `column "sampler" is`,
		other:                                 "its columns are not those of its description",
		"run.zarr":                            "ends in none of .npz, .parquet, .stan.csv and .csv",
		filepath.Join(dir, "absent.csv"):      "no such file",
		filepath.Join(dir, "absent.stan.csv"): "no such file",
		filepath.Join(dir, "absent.parquet"):  "no such file",
		filepath.Join("testdata", "open.py"):  "ends in none of",
	} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: want an error with %q, got %v", path, wants, err)
		}
	}
}
