package archive

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBadHeaders(t *testing.T) {
	ok := fixture().Header
	with := func(change func(h *Header)) Header { h := ok; change(&h); return h }
	vars := func(v ...Variable) Header { return with(func(h *Header) { h.Variables = v }) }
	dim := func(d ...Dim) Header { return vars(Variable{Name: "x", Dims: d}) }
	for _, c := range []struct {
		h     Header
		wants string
	}{
		{with(func(h *Header) { h.Chains = 0 }), "Header.Chains = 0"},
		{vars(), "Header.Variables is empty"},
		{with(func(h *Header) { h.Chains = 1 << 40 }), "Header.Chains = 1099511627776"},
		{with(func(h *Header) { h.Chains, h.Stats = 1<<19, make([]Variable, 1000) }), "Header.Chains = 524288 with 1003 variables"},
		{vars(Scalar("x"), Scalar("x")), "variable x is there twice"},
		{vars(Scalar("")), `variable has the name ""`},
		{vars(Scalar("../etc")), `variable has the name "../etc"`},
		{vars(Scalar("a\nb")), "printable"},
		{vars(Scalar("draw")), "has the name of a dimension"},
		{vars(Variable{Name: "x", Kind: 7}), "Kind(7)"},
		{dim(Dim{Name: "chain", Size: 2}), "called chain"},
		{dim(Dim{Name: "d", Size: 0}), "size 0"},
		{dim(Dim{Name: "d", Size: 1 << 20}, Dim{Name: "e", Size: 1 << 20}), "size 1048576"},
		{dim(Dim{Name: "d", Size: 2}, Dim{Name: "d", Size: 2}), "two dimensions called d"},
		{dim(Dim{Name: "d", Size: 2, Labels: []string{"a"}}), "dimension d of size 2 with 1 labels"},
		{dim(Dim{Name: "d", Size: 1, Values: []float64{math.NaN()}}), "coordinate NaN"},
		{dim(Dim{Name: "x", Size: 1}), "has the name of a dimension"},
		{vars(Variable{Name: "x", Dims: []Dim{{Name: "d", Size: 2}}}, Variable{Name: "y", Dims: []Dim{{Name: "d", Size: 3}}}), "not the same"},
		{with(func(h *Header) { h.Observed = []Array{{Vector("y", 3), nil}} }), "0 values for size 3"},
		{with(func(h *Header) { h.Stats = []Variable{{Name: "a/b"}} }), "statistic has the name"},
		{with(func(h *Header) { h.Run.Parameters = func() {} }), "JSON"},
	} {
		dir := t.TempDir()
		_, err := Create(filepath.Join(dir, "run.zarr"), c.h)
		if err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("want an error with %q, got %v", c.wants, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%s: something is left", c.wants)
		}
	}
	// Very many columns are refused before they are named.
	for _, ending := range []string{".parquet", ".csv", ".stan.csv"} {
		var err error
		got := allocated(func() { _, err = Create(filepath.Join(t.TempDir(), "run"+ending), vars(Vector("x", 1<<30))) })
		if err == nil || !strings.Contains(err.Error(), "has 1073741827 coordinates and statistics") || got > 1<<20 {
			t.Errorf("%s: 2³⁰ coordinates: %v, with %d bytes of memory", ending, err, got)
		}
	}
	if _, err := Create("run.hdf5", ok); err == nil || !strings.Contains(err.Error(), `"run.hdf5" ends in none of .zarr`) {
		t.Errorf("a format that is none: %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "run.stan.csv"), vars(Scalar("a b"))); err == nil || !strings.Contains(err.Error(), "CmdStan's have a letter first") {
		t.Errorf("a name that CmdStan does not have: %v", err)
	}
	twice := with(func(h *Header) { h.Stats = []Variable{{Name: "accept_stat"}, {Name: "acceptance_rate"}} })
	if _, err := Create(filepath.Join(t.TempDir(), "run.stan.csv"), twice); err == nil || !strings.Contains(err.Error(), "column accept_stat__ is there twice") {
		t.Errorf("two statistics of one name: %v", err)
	}
	for _, misuse := range []func(w *Writer){
		func(w *Writer) { w.Append(3, make([]float64, 10), make([]float64, 3)) },
		func(w *Writer) { w.Append(0, make([]float64, 9), make([]float64, 3)) },
		func(w *Writer) { w.Append(0, make([]float64, 10), nil) },
	} {
		w, err := Create(filepath.Join(t.TempDir(), "run.npz"), ok)
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if p := recover(); p != badChain && p != badLength {
					t.Errorf("misuse: %v", p)
				}
			}()
			misuse(w)
		}()
		w.Discard()
	}
}

// A name that there is none of is refused with some of those that there are.
func TestColumnOfNoName(t *testing.T) {
	d := &Draws{Header: Header{Chains: 1, Variables: []Variable{Vector("x", 20)}}}
	if _, err := d.Column("y"); err == nil || !strings.HasSuffix(err.Error(), "x[11] and 8 more") {
		t.Errorf("error %v", err)
	}
}

func TestFormatError(t *testing.T) {
	err := error(&FormatError{Path: "run.npz", Err: errCutShort})
	if !errors.Is(err, errCutShort) || err.Error() != "archive: run.npz: it is cut short" {
		t.Errorf("error %v", err)
	}
	err = &FormatError{Path: "x.csv", Line: 3, Err: withoutPackage(check.Errorf("variable x", "is there twice"))}
	if err.Error() != "archive: x.csv: line 3: variable x is there twice" {
		t.Errorf("error %v", err)
	}
	if got := withoutPackage(errCutShort); got != errCutShort {
		t.Errorf("another error becomes %v", got)
	}
}
