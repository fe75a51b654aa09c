package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
)

// The readers are given anything. They may refuse it, not panic, nor take
// memory that the input does not pay for; and what they accept they must write
// and read again the same.

func FuzzCmdStan(f *testing.F) {
	for _, name := range []string{"nuts_1", "dense", "fixed"} {
		f.Add(mustRead(f, filepath.Join("testdata", "cmdstan", name+".csv")))
	}
	d := small()
	path := filepath.Join(f.TempDir(), "run.stan.csv")
	if err := Save(path, d); err != nil {
		f.Fatal(err)
	}
	f.Add(mustRead(f, chainFiles(path, 1)[0]))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r *CmdStanReader
		var err error
		bounded(t, 1<<20+200*len(data), func() { r, err = newCmdStanReader(io.NopCloser(bytes.NewReader(data)), "x.csv") })
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
		path := filepath.Join(t.TempDir(), "run.stan.csv")
		w, err := Create(path, h)
		if err != nil { // names that are not CmdStan's, such as z.real
			return
		}
		defer w.Discard()
		n := columns(h.Variables)
		for _, row := range rows {
			if err := w.Append(0, row[:n], row[n:]); err != nil {
				t.Fatal(err)
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

// FuzzNPZ makes an archive of an array and a description, as its checksums would
// refuse most changes to the archive itself; and takes the array for an archive.
func FuzzNPZ(f *testing.F) {
	for _, shape := range [][]int{{2, 3}, {1, 2, 3}, {6}} {
		f.Add(append(appendNPYHeader(nil, "<f8", shape), make([]byte, 48)...), []byte(`{"run":{"seed":1,"version":""},"variables":[{"name":"X","kind":"bool","dims":[{"name":"d","size":3,"labels":["a","b","c"]}]}]}`))
	}
	f.Add(append(appendNPYHeader(nil, "<U2", []int{2}), "a\x00\x00\x00b\x00\x00\x00c\x00\x00\x00\x00\x00\x00\x00"...), []byte("{}"))
	f.Add(mustRead(f, filepath.Join("testdata", "foreign.npz")), []byte("null"))
	dir := f.TempDir()
	if err := Save(filepath.Join(dir, "run.npz"), small()); err != nil {
		f.Fatal(err)
	}
	f.Add(mustRead(f, filepath.Join(dir, "run.npz")), []byte{})
	f.Fuzz(func(t *testing.T, data, about []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, m := range []struct {
			name string
			data []byte
		}{{"X.npy", data}, {"sample_stats/S.npy", data}, {"observed_data/O.npy", data}, {descriptionName, about}} {
			w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			w.Write(m.data)
		}
		z.Close()
		for _, data := range [][]byte{data, b.Bytes()} {
			var d *Draws
			var err error
			bounded(t, 2*freeMemory+200*len(data), func() { d, err = readNPZBytes(data) })
			if err != nil {
				continue
			}
			path := filepath.Join(t.TempDir(), "run.npz")
			if err := Save(path, d); err != nil { // a parameter of the run that is no JSON
				continue
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
	whole := mustRead(f, path)
	f.Add(whole)
	f.Add(whole[len(whole)-8-int(binary.LittleEndian.Uint32(whole[len(whole)-8:])) : len(whole)-8])
	f.Fuzz(func(t *testing.T, data []byte) {
		readRows[tableRow](t, data)
		// The footer alone, so that lengths need not fit by luck.
		b := append([]byte("PAR1"), data...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		readRows[tableRow](t, append(b, "PAR1"...))
	})
}

// FuzzDraws takes the input for a table of draws, as text and in Parquet. What is
// accepted is saved and read again the same.
func FuzzDraws(f *testing.F) {
	dir := f.TempDir()
	for _, name := range []string{"run.csv", "run.parquet"} {
		if err := Save(filepath.Join(dir, name), small()); err != nil {
			f.Fatal(err)
		}
		f.Add(mustRead(f, filepath.Join(dir, name)))
	}
	f.Add([]byte("chain,draw,\"x[a, 0]\",\"x[a, 1]\",diverging\n0,0,1,nan,True\n0,1,-inf,0x1p-2,false\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for ending, read := range map[string]func() (*Draws, error){
			".csv":     func() (*Draws, error) { d, _, err := csvDraws(bytes.NewReader(data)); return d, err },
			".parquet": func() (*Draws, error) { return withParquet(bytes.NewReader(data), int64(len(data)), parquetDraws) },
		} {
			var d *Draws
			var err error
			bounded(t, 1<<29+200*len(data), func() { d, err = read() })
			if err != nil {
				continue
			}
			path := filepath.Join(t.TempDir(), "run"+ending)
			if err := Save(path, d); err != nil { // two columns of one name, or parameters that are no JSON
				continue
			}
			again, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(again.Names(), d.Names()) {
				t.Fatalf("%s: columns %q came back as %q", ending, d.Names(), again.Names())
			}
			for c := range d.Values {
				if !same(again.Values[c].RawMatrix().Data, d.Values[c].RawMatrix().Data) {
					t.Fatalf("%s: chain %d came back other", ending, c)
				}
			}
		}
	})
}

func readRows[T any](t *testing.T, data []byte) {
	var row T
	cols, err := columnsOf(reflect.ValueOf(&row).Elem())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	bounded(t, 1<<29+100*len(data), func() {
		_, _ = withParquet(bytes.NewReader(data), int64(len(data)), func(f *parquet.File) (struct{}, error) {
			return struct{}{}, readParquet(f, cols, func() error {
				if n++; n == 1<<16 {
					return errStopped
				}
				return nil
			})
		})
	})
}

// bounded fails if f allocates more than a number of bytes.
func bounded(t *testing.T, most int, f func()) {
	t.Helper()
	if got := allocated(f); got > uint64(most) {
		t.Errorf("%d bytes of memory, more than %d", got, most)
	}
}

// FuzzHeader writes draws whose variables have any names and dimensions. Create
// may refuse them. If it does not, it writes in its own place and nowhere else,
// and .npz gives back the same.
func FuzzHeader(f *testing.F) {
	f.Add("mu", "school", "Choate", 2, uint8(0), uint8(0))
	f.Add("../x", "a/b", "\x00", 1, uint8(1), uint8(1))
	f.Add(".zgroup", "chain", "", 3, uint8(2), uint8(2))
	f.Add("c", "..", "Straße\n", 1<<30, uint8(0), uint8(3))
	f.Add("con:1", "x_dim_0", "\xff", -1, uint8(9), uint8(4))
	f.Fuzz(func(t *testing.T, name, dim, label string, size int, kind, format uint8) {
		h := Header{Chains: 1, Variables: []Variable{{Name: name, Kind: Kind(kind), Dims: []Dim{{Name: dim, Size: size}}}}, Stats: []Variable{{Name: dim}}}
		if size == 1 {
			h.Variables[0].Dims[0].Labels = []string{label}
		}
		if size > 10 {
			size = 0 // refused or too large: Create alone
		}
		for _, ending := range []string{".zarr", ".npz", ".parquet", ".csv", ".stan.csv"}[format%5 : format%5+1] {
			dir := t.TempDir()
			w, err := Create(filepath.Join(dir, "run"+ending), h)
			if err != nil {
				if e := (*arg.Error)(nil); !errors.As(err, &e) {
					t.Fatalf("%s: %v is not an *arg.Error", ending, err)
				}
			} else if size > 0 {
				x := make([]float64, size)
				if err := w.Append(0, x, []float64{1.5}); err != nil {
					t.Fatal(err)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if d, err := ReadNPZ(filepath.Join(dir, "run.npz")); ending == ".npz" && (err != nil || !d.Variables[0].Dims[0].equal(h.Variables[0].Dims[0])) {
					t.Fatalf("it came back as %v, %v", d, err)
				}
			} else {
				w.Discard()
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if !strings.HasPrefix(e.Name(), "run") || len(entries) > 1 {
					t.Fatalf("%s: the folder holds %v", ending, entries)
				}
			}
		}
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

// FuzzSession writes spikes of any session at any times. Refused are an argument
// that is not allowed and a spike out of order or outside the recording; what was
// not refused is in a file.
func FuzzSession(f *testing.F) {
	f.Add("a network", 3, 0.0, 1.0, 1e-4, 0.5, 0.25)
	f.Add("\xff\x00", -1, math.Inf(-1), math.NaN(), -1.0, math.NaN(), 1e300)
	f.Add("", 1<<30, -1e308, 1e308, 0.0, -1e308, 1e308)
	f.Fuzz(func(t *testing.T, about string, neurons int, start, stop, step, first, second float64) {
		if neurons > 100 {
			neurons = maxNeurons + 1
		}
		path := filepath.Join(t.TempDir(), "run.nwb.zarr")
		w, err := CreateNWB(path, Session{Description: about, Neurons: neurons, Start: start, Stop: stop, TimeStep: step})
		if err != nil {
			if !errors.As(err, new(*arg.Error)) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		defer w.Discard()
		last := start
		for _, at := range []float64{first, second} {
			if err := w.Append(neurons-1, at); (err == nil) != (at >= last && at <= stop) {
				t.Fatalf("a spike at %v after %v in [%v, %v]: %v", at, last, start, stop, err)
			} else if err == nil {
				last = at
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(path, "zarr.json")); err != nil {
			t.Fatal(err)
		}
	})
}
