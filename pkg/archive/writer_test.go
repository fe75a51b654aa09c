package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/racetest"
)

func TestDrawsComeBack(t *testing.T) {
	d := fixture()
	dir := t.TempDir()
	npz, csv := filepath.Join(dir, "run.npz"), filepath.Join(dir, "run.stan.csv")
	for _, path := range []string{npz, csv, npz, csv} { // the second time they replace
		if err := Save(path, d); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadNPZ(npz)
	if err != nil {
		t.Fatal(err)
	}
	sameDraws(t, got, d, true)
	if got, err = ReadCmdStan(chainFiles(csv, 3)...); err != nil {
		t.Fatal(err)
	}
	sameDraws(t, got, d, false)
	for _, path := range []string{npz, chainFiles(csv, 1)[0]} {
		run, err := ReadRun(path)
		if err != nil {
			t.Fatal(err)
		}
		if p := string(run.Parameters.(json.RawMessage)); run.Seed != 20221128 || run.Version != "v1.2.3" || p != `{"step":0.1,"burn_in":100}` {
			t.Errorf("%s: run %v, parameters %s", path, run, p)
		}
	}
	if files := list(t, dir); !slices.Equal(files, []string{"run.npz", "run_1.stan.csv", "run_2.stan.csv", "run_3.stan.csv"}) {
		t.Errorf("the folder holds %q", files)
	}

	col, err := d.Column("a[1, 0.2]")
	if err != nil || len(col) != 3 || col[2][5] != d.Values[2].At(5, 8) {
		t.Errorf("Column: %v, %v", err, col)
	}
	if col, err = d.Column("n_steps"); err != nil || col[1][7] != d.StatValues[1].At(7, 2) {
		t.Errorf("Column of a statistic: %v", err)
	}
	if _, err := d.Column("theta[3]"); err == nil || !strings.Contains(err.Error(), "theta[Choate]") {
		t.Errorf("Column of no name: %v, want an error that lists the names", err)
	}
}

// The bytes are a function of the run: on any architecture, and however many
// chains append at the same time.
func TestSameBytes(t *testing.T) {
	d := fixture()
	frozen := map[string]string{".zarr": "8198750496f75bd6", ".npz": "1cece7c8da30cd2d", ".stan.csv": "a0eb1064b516c612", ".csv": "f8d935283fd24422", ".parquet": "c256adbf9bd8d5a3"}
	for _, ext := range slices.Sorted(maps.Keys(frozen)) {
		alone, together := t.TempDir(), t.TempDir()
		if err := Save(filepath.Join(alone, "run"+ext), d); err != nil {
			t.Fatal(err)
		}
		if got := digest(t, alone); got != frozen[ext] {
			t.Errorf("%s: digest %s, frozen %s", ext, got, frozen[ext])
		}
		w, err := Create(filepath.Join(together, "run"+ext), d.Header)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Discard()
		var g sync.WaitGroup
		for c := range d.Chains {
			g.Go(func() {
				for i := range 40 {
					if err := w.Append(c, d.Values[c].RawRowView(i), d.StatValues[c].RawRowView(i)); err != nil {
						t.Error(err)
					}
					runtime.Gosched()
				}
			})
		}
		g.Wait()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if a, b := digest(t, alone), digest(t, together); a != b {
			t.Errorf("%s: chains that append together give other bytes", ext)
		}
	}
}

// More draws than fit one block, and not a whole number of blocks.
func TestManyBlocks(t *testing.T) {
	const draws = chunkBytes/8*2 + 17
	d := &Draws{Header: Header{Chains: 1, Variables: []Variable{Scalar("x"), Vector("v", 3)}, Stats: []Variable{{Name: "diverging", Kind: Bool}}}}
	x, s := mat.NewDense(draws, 4, nil), mat.NewDense(draws, 1, nil)
	for i := range draws {
		x.SetRow(i, []float64{float64(i), float64(-i), 0.5, 1 / float64(i+1)})
		s.Set(i, 0, float64(i%2))
	}
	d.Values, d.StatValues = []*mat.Dense{x}, []*mat.Dense{s}
	dir := t.TempDir()
	for _, ext := range []string{".npz", ".zarr"} {
		if err := Save(filepath.Join(dir, "run"+ext), d); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadNPZ(filepath.Join(dir, "run.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if !mat.Equal(got.Values[0], x) || !mat.Equal(got.StatValues[0], s) {
		t.Error("the values are not the same")
	}
	s2 := openWith(t, "zarr", []string{"zarr"}, filepath.Join(dir, "run.zarr"))
	if got := s2.floats(t, "posterior/v"); !same(got, mat.DenseCopyOf(x.Slice(0, draws, 1, 4)).RawMatrix().Data) {
		t.Error("ArviZ sees other values")
	}
	if got := s2.floats(t, "posterior/draw"); got[draws-1] != draws-1 {
		t.Error("ArviZ sees other draw numbers")
	}
}

func TestNothingIsLeft(t *testing.T) {
	d := fixture()
	for _, ext := range []string{".zarr", ".npz", ".parquet", ".csv", ".stan.csv"} {
		dir := t.TempDir()
		start := func() *Writer {
			t.Helper()
			w, err := Create(filepath.Join(dir, "run"+ext), d.Header)
			if err != nil {
				t.Fatal(err)
			}
			for c := range 2 { // of 3
				if err := w.Append(c, d.Values[c].RawRowView(0), d.StatValues[c].RawRowView(0)); err != nil {
					t.Fatal(err)
				}
			}
			return w
		}
		start().Discard()
		if files := list(t, dir); len(files) > 0 {
			t.Errorf("%s: after Discard there are %q", ext, files)
		}
		w := start()
		if err := w.Close(); err == nil || !strings.Contains(err.Error(), "chain 2 has 0 draws and chain 0 has 1") {
			t.Errorf("%s: chains of unequal length: %v", ext, err)
		}
		if err := w.Close(); err == nil {
			t.Errorf("%s: a second Close succeeds", ext)
		}
		w = start()
		if err := w.Append(2, d.Values[2].RawRowView(0), []float64{0, 0.5, 1}); err == nil || !strings.Contains(err.Error(), "chain 2, draw 0: diverging is 0.5") {
			t.Errorf("%s: a statistic of the wrong kind: %v", ext, err)
		}
		if err := w.Append(2, d.Values[2].RawRowView(0), []float64{0, 0, 1e17}); err == nil || !strings.Contains(err.Error(), "n_steps is 1e+17") {
			t.Errorf("%s: a count beyond 2⁵³: %v", ext, err)
		}
		w.Discard()
		if entries, _ := os.ReadDir(dir); len(entries) > 0 {
			t.Errorf("%s: there is left %v", ext, entries)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	d := fixture()
	for _, ext := range []string{".zarr", ".npz", ".parquet", ".csv", ".stan.csv"} {
		w, err := Create(filepath.Join(t.TempDir(), "run"+ext), d.Header)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Discard()
		put := func() {
			if err := w.Append(1, d.Values[1].RawRowView(1), d.StatValues[1].RawRowView(1)); err != nil {
				t.Fatal(err)
			}
		}
		for range 40000 { // until the blocks have grown
			put()
		}
		if n := testing.AllocsPerRun(500, put); n > 0 {
			t.Errorf("%s: Append allocates %v times", ext, n)
		}
	}
}

// Another person's folder is not replaced.
func TestLeavesOtherFoldersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "thesis.zarr")
	os.Mkdir(dir, 0o777)
	os.WriteFile(filepath.Join(dir, "chapter1.tex"), []byte("x"), 0o666)
	if err := Save(dir, fixture()); err == nil || !strings.Contains(err.Error(), "chapter1.tex") {
		t.Errorf("error %v", err)
	}
	if _, err := CreateNWB(dir, Session{Neurons: 1, Stop: 1}); err == nil {
		t.Error("CreateNWB replaces it")
	}
	if files := list(t, dir); len(files) != 1 {
		t.Errorf("it holds %q", files)
	}
}

// Each file cut at any length gives an error that names the file.
func TestTruncated(t *testing.T) {
	racetest.Sequential(t)
	dir := t.TempDir()
	d := fixture()
	d.Chains, d.Values, d.StatValues = 1, d.Values[:1], d.StatValues[:1]
	for _, name := range []string{"run.npz", "run.stan.csv", "table.parquet"} {
		path := filepath.Join(dir, name)
		var read func(path string) error
		if strings.HasPrefix(name, "run") {
			if err := Save(path, d); err != nil {
				t.Fatal(err)
			}
			read = func(path string) error { _, err := ReadNPZ(path); return err }
			if name == "run.stan.csv" {
				path = chainFiles(path, 1)[0]
				read = func(path string) error { _, err := ReadCmdStan(path); return err }
			}
		} else {
			if err := SaveTable(path, d.Run, slices.Values(tableRows(50))); err != nil {
				t.Fatal(err)
			}
			read = func(path string) error {
				for _, err := range Rows[tableRow](path) {
					if err != nil {
						return err
					}
				}
				return nil
			}
		}
		if err := read(path); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		end := len(whole)
		if name == "run.stan.csv" { // the closing comment is no part of the draws
			end = bytes.LastIndex(whole, []byte("\n# \n")) + 1
		}
		cut := filepath.Join(dir, "cut"+filepath.Ext(path))
		for n := 0; n < end; n += 1 + end/400 {
			os.WriteFile(cut, whole[:n], 0o666)
			if err := read(cut); err == nil || !strings.Contains(err.Error(), cut) {
				t.Fatalf("%s cut to %d of %d bytes: %v", name, n, end, err)
			}
		}
	}
}

// What is held in memory does not grow with the file. The draws are 61 MB; a
// writer or reader that kept them, or a tenth of them, would fail.
func TestStreams(t *testing.T) {
	racetest.Sequential(t)
	const draws, dim, chains, most = 50000, 38, 4, 6 << 20
	h := Header{Chains: chains, Variables: []Variable{Scalar("mu"), Vector("x", dim-1)}, Stats: []Variable{{Name: "lp"}}}
	dir := t.TempDir()
	live := func() int64 {
		runtime.GC()
		runtime.GC() // the first leaves what is in pools
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := live()
	check := func(what string) {
		t.Helper()
		if grown := live() - before; grown > most {
			t.Errorf("%s holds %d bytes, more than %d", what, grown, most)
		}
	}
	x, s := make([]float64, dim), make([]float64, 1)
	for _, ext := range []string{".zarr", ".npz", ".parquet", ".csv", ".stan.csv"} {
		w, err := Create(filepath.Join(dir, "run"+ext), h)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Discard()
		n := draws
		if ext != ".zarr" && ext != ".npz" {
			n /= 5 // text is slow, and as long
		}
		for i := range n {
			for j := range x {
				x[j] = float64(i + j)
			}
			for c := range chains {
				if err := w.Append(c, x, s); err != nil {
					t.Fatal(err)
				}
			}
			if i%(n/4) == n/8 {
				check("writing " + ext)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		check("after " + ext)
	}
	r, err := OpenCmdStan(filepath.Join(dir, "run_1.stan.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if row[0] != float64(n) {
			t.Fatalf("draw %d begins with %v", n, row[0])
		}
		if n++; n%4000 == 0 {
			check("reading .stan.csv")
		}
	}
}

// Where the folder is removed under a writer, it returns the error of the system.
func TestFolderVanishes(t *testing.T) {
	racetest.Sequential(t)
	d := fixture()
	for _, ending := range []string{".zarr", ".npz", ".parquet", ".csv", ".stan.csv"} {
		for _, draws := range []int{1, 40000} { // the second more than one chunk
			dir := filepath.Join(t.TempDir(), "folder")
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			w, err := Create(filepath.Join(dir, "run"+ending), d.Header)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			for i := 0; i < draws && err == nil; i++ {
				for c := 0; c < d.Chains && err == nil; c++ {
					err = w.Append(c, d.Values[c].RawRowView(i%40), d.StatValues[c].RawRowView(i%40))
				}
			}
			if err == nil {
				err = w.Close()
			}
			w.Discard()
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s, %d draws: error %v", ending, draws, err)
			}
			if _, err := os.Stat(dir); ending != ".zarr" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s, %d draws: the folder is there again", ending, draws)
			}
		}
		if _, err := Create(filepath.Join(t.TempDir(), "absent", "run"+ending), d.Header); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: no folder: %v", ending, err)
		}
	}
	if _, err := CreateNWB(filepath.Join(t.TempDir(), "absent", "s.nwb.zarr"), Session{Neurons: 1, Stop: 1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if err := SaveTable(filepath.Join(t.TempDir(), "absent", "t.parquet"), Run{}, slices.Values(tableRows(1))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}
