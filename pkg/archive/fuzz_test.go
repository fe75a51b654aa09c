package archive

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The readers are given anything. They may refuse it, not panic, nor take
// memory that the input does not pay for; and what they accept they must write
// and read again the same.

func FuzzCmdStan(f *testing.F) {
	for _, name := range []string{"nuts_1", "dense", "fixed"} {
		f.Add(mustRead(f, filepath.Join("testdata", "cmdstan", name+".csv")))
	}
	d := small()
	path := filepath.Join(f.TempDir(), "run.csv")
	if err := Save(path, d); err != nil {
		f.Fatal(err)
	}
	f.Add(mustRead(f, chainFiles(path, 1)[0]))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := newCmdStanReader(io.NopCloser(bytes.NewReader(data)), "x.csv")
		if err != nil {
			return
		}
		var rows [][]float64
		for row, err := range r.Rows() {
			if err != nil {
				return
			}
			rows = append(rows, slices.Clone(row))
		}
		if len(rows) == 0 {
			return
		}
		h := r.Header
		path := filepath.Join(t.TempDir(), "run.csv")
		w, err := Create(path, h)
		if err != nil { // names that are not CmdStan's, such as z.real
			return
		}
		defer w.Discard()
		n := columns(h.Variables)
		for _, row := range rows {
			if err := w.Append(0, row[:n], row[n:]); err != nil { // half a leapfrog step
				return
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := OpenCmdStan(chainFiles(path, 1)[0])
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		i := 0
		for row, err := range again.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if !same(row, rows[i]) {
				t.Fatalf("draw %d: %v came back as %v", i, rows[i], row)
			}
			i++
		}
	})
}

func FuzzNPZ(f *testing.F) {
	f.Add(mustRead(f, filepath.Join("testdata", "foreign.npz")))
	dir := f.TempDir()
	if err := Save(filepath.Join(dir, "run.npz"), small()); err != nil {
		f.Fatal(err)
	}
	f.Add(mustRead(f, filepath.Join(dir, "run.npz")))
	if err := SaveTable(filepath.Join(dir, "table.npz"), Run{}, slices.Values(tableRows(5))); err != nil {
		f.Fatal(err)
	}
	f.Add(mustRead(f, filepath.Join(dir, "table.npz")))
	f.Fuzz(func(t *testing.T, data []byte) {
		readTable(t, npzRows, data)
		d, err := readNPZ(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "run.npz")
		if err := Save(path, d); err != nil { // a bool that is 2
			return
		}
		again, err := ReadNPZ(path)
		if err != nil {
			t.Fatal(err)
		}
		for c := range d.Values {
			if !same(again.Values[c].RawMatrix().Data, d.Values[c].RawMatrix().Data) {
				t.Fatalf("chain %d came back other", c)
			}
		}
	})
}

func FuzzNPYHeader(f *testing.F) {
	f.Add(appendNPYHeader(nil, "<f8", []int{3, 4}))
	f.Add(appendNPYHeader(nil, "<U12", []int{3}))
	f.Add([]byte("\x93NUMPY\x01\x00\x46\x00{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }         \n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := readNPYHeader(bytes.NewReader(data))
		if err != nil {
			return
		}
		size := 1
		for _, n := range h.shape {
			size *= n
		}
		if h.size != size || size < 0 || h.item < 0 {
			t.Fatalf("size %d of shape %v, elements of %d bytes", h.size, h.shape, h.item)
		}
	})
}

func FuzzParquet(f *testing.F) {
	path := filepath.Join(f.TempDir(), "table.parquet")
	if err := SaveTable(path, Run{Seed: 1}, slices.Values(tableRows(5))); err != nil {
		f.Fatal(err)
	}
	f.Add(mustRead(f, path))
	f.Fuzz(func(t *testing.T, data []byte) { readTable(t, parquetRows, data) })
}

func readTable(t *testing.T, read func(io.ReaderAt, int64, []column, reflect.Value, func() bool) error, data []byte) {
	var row tableRow
	cols, err := tableColumns(reflect.TypeFor[tableRow]())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_ = read(bytes.NewReader(data), int64(len(data)), cols, reflect.ValueOf(&row).Elem(), func() bool {
		n++
		return n < 1<<20
	})
}

func mustRead(tb testing.TB, path string) []byte {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// small is the fixture with one chain of a few draws.
func small() *Draws {
	d := fixture()
	d.Chains = 1
	d.Values, d.StatValues = d.Values[:1], d.StatValues[:1]
	d.Values[0] = mat.DenseCopyOf(d.Values[0].Slice(0, 5, 0, 10))
	d.StatValues[0] = mat.DenseCopyOf(d.StatValues[0].Slice(0, 5, 0, 3))
	return d
}
