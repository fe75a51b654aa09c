package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

// fixture is a run with every kind of variable, and with values that are easy
// to lose: NaN, infinities, −0, subnormals, and all 17 digits.
func fixture() *Draws {
	type parameters struct {
		Step   float64 `json:"step"`
		BurnIn int     `json:"burn_in"`
	}
	d := &Draws{Header: Header{
		Run:    Run{Seed: 20221128, Sampler: "mala", Version: "v1.2.3", Parameters: parameters{0.1, 100}},
		Chains: 3,
		Variables: []Variable{
			Scalar("mu"),
			{Name: "theta", Dims: []Dim{{Name: "school", Size: 3, Labels: []string{"Choate", "Straße, 2", "東京"}}}},
			{Name: "a", Dims: []Dim{{Name: "row", Size: 2}, {Name: "time", Size: 3, Values: []float64{0.1, 0.2, 0.7}}}},
		},
		Stats:    []Variable{{Name: "lp"}, {Name: "diverging", Kind: Bool}, {Name: "n_steps", Kind: Int64}},
		Observed: []Array{{Vector("y", 4), []float64{1.5, -2, 0.1, math.Pi}}},
	}}
	const draws = 40
	for c := range d.Chains {
		rng := stream.Key{Seed: 7, Chain: uint32(c)}.Rand()
		x, s := mat.NewDense(draws, 10, nil), mat.NewDense(draws, 3, nil)
		for i := range draws {
			stream.Normals(rng, x.RawRowView(i))
			s.SetRow(i, []float64{-rng.ExpFloat64(), float64(rng.IntN(2)), float64(rng.IntN(1024))})
		}
		x.SetRow(3, []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0, math.SmallestNonzeroFloat64, math.MaxFloat64, 1.0 / 3, 1e-300, 123456789.123456789})
		d.Values, d.StatValues = append(d.Values, x), append(d.StatValues, s)
	}
	return d
}

func sameDraws(t *testing.T, got, want *Draws, observed bool) {
	t.Helper()
	if got.Chains != want.Chains {
		t.Fatalf("%d chains, want %d", got.Chains, want.Chains)
	}
	text := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	if g, w := text(got.Variables), text(want.Variables); g != w {
		t.Errorf("variables %s\nwant      %s", g, w)
	}
	if g, w := text(got.Stats), text(want.Stats); g != w {
		t.Errorf("statistics %s\nwant       %s", g, w)
	}
	if g, w := text(got.Run), text(want.Run); g != w {
		t.Errorf("run %s\nwant %s", g, w)
	}
	for c := range want.Chains {
		if !same(got.Values[c].RawMatrix().Data, want.Values[c].RawMatrix().Data) {
			t.Errorf("chain %d: the values are not the same", c)
		}
		if !same(got.StatValues[c].RawMatrix().Data, want.StatValues[c].RawMatrix().Data) {
			t.Errorf("chain %d: the statistics are not the same", c)
		}
	}
	if observed && !same(got.Observed[0].Data, want.Observed[0].Data) {
		t.Errorf("observed data %v", got.Observed)
	}
}

func TestDrawsComeBack(t *testing.T) {
	d := fixture()
	dir := t.TempDir()
	npz, csv := filepath.Join(dir, "run.npz"), filepath.Join(dir, "run.csv")
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
	if files := list(t, dir); !slices.Equal(files, []string{"run.npz", "run_1.csv", "run_2.csv", "run_3.csv"}) {
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

// A sampler without a log density has nan for lp__, and none when read back.
func TestCmdStanWithoutLP(t *testing.T) {
	d := fixture()
	d.Stats = d.Stats[1:]
	for c, s := range d.StatValues {
		d.StatValues[c] = mat.DenseCopyOf(s.Slice(0, 40, 1, 3))
	}
	path := filepath.Join(t.TempDir(), "run.csv")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCmdStan(chainFiles(path, 3)...)
	if err != nil {
		t.Fatal(err)
	}
	sameDraws(t, got, d, false)
	d.Stats, d.StatValues = nil, nil
	for _, path := range []string{path, strings.Replace(path, ".csv", ".npz", 1), strings.Replace(path, ".csv", ".zarr", 1)} {
		if err := Save(path, d); err != nil {
			t.Error(err)
		}
	}
	if got, err = ReadCmdStan(chainFiles(path, 3)...); err != nil || got.StatValues != nil {
		t.Errorf("without statistics: %v", err)
	}
}

// What CmdStan 2.37 wrote: testdata/cmdstan/README.md.
func TestReadsCmdStan(t *testing.T) {
	file := func(name string) string { return filepath.Join("testdata", "cmdstan", name+".csv") }
	d, err := ReadCmdStan(file("nuts_1"), file("nuts_2"))
	if err != nil {
		t.Fatal(err)
	}
	var stats, vars []string
	for _, v := range d.Stats {
		stats = append(stats, fmt.Sprint(v.Name, " ", v.Kind))
	}
	for _, v := range d.Variables {
		vars = append(vars, fmt.Sprint(v.Name, v.Shape()))
	}
	if want := "lp float64, acceptance_rate float64, step_size float64, tree_depth int64, n_steps int64, diverging bool, energy float64"; strings.Join(stats, ", ") != want {
		t.Errorf("statistics %q", stats)
	}
	if want := "k[], m[], delta[3], sigma_obs[], beta[2], trend[5]"; strings.Join(vars, ", ") != want {
		t.Errorf("variables %q", vars)
	}
	// Of 150 saved warm-up and 12 draws, thinned by 5, the three draws are left.
	if n, _ := d.Values[0].Dims(); n != 3 {
		t.Fatalf("%d draws, want 3", n)
	}
	if lp, k := d.StatValues[0].At(0, 0), d.Values[0].At(0, 0); lp != -0.57254982382747399 || k != -2.3187497239261328 {
		t.Errorf("first draw: lp %v, k %v", lp, k)
	}
	if d.Run.Seed != 20221128 || d.Run.Sampler != "cmdstan sample" {
		t.Errorf("run %v", d.Run)
	}
	var config map[string]string
	if err := json.Unmarshal(d.Run.Parameters.(json.RawMessage), &config); err != nil ||
		config["method.sample.adapt.delta"] != "0.8" || config["method.sample.algorithm.hmc.engine.nuts.max_depth"] != "10" || config["stan_version_minor"] != "37" {
		t.Errorf("configuration %v, %v", config, err)
	}
	for name, want := range map[string]int{"fixed": 4, "dense": 3} {
		d, err := ReadCmdStan(file(name))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := d.Values[0].Dims(); n != want {
			t.Errorf("%s: %d draws, want %d", name, n, want)
		}
	}
}

// Stan's first index is the fastest, and a matrix comes out row-major.
func TestStanOrder(t *testing.T) {
	r, err := newCmdStanReader(io.NopCloser(strings.NewReader("x__,a.1.1,a.2.1,a.1.2,a.2.2,b,z.1.real,z.1.imag\n9,11,21,12,22,5,6,7\n")), "x.csv")
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if !same(row, []float64{11, 12, 21, 22, 5, 6, 7, 9}) {
			t.Errorf("row %v", row)
		}
	}
}

// checkForeign checks what testdata/open.py savez wrote.
func checkForeign(t *testing.T, path string) {
	t.Helper()
	d, err := ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 24)
	for i := range x {
		x[i] = float64(i) / 8
	}
	for _, name := range []string{"c", "fortran", "big", "single"} {
		if v, got := of(d, name, false); !same(got, x) || !slices.Equal(v.Shape(), []int{2, 2}) {
			t.Errorf("%s: shape %v, %v", name, v.Shape(), got)
		}
	}
	for name, want := range map[string][]float64{"small": {1, -2, 3, 4, 5, -128}, "unsigned": {1, 2, 65535, 4, 5, 6}, "flag": {1, 0, 1, 0, 0, 1}} {
		if _, got := of(d, name, false); !same(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if _, got := of(d, "lp", true); got[1] != -0.5 || d.Observed[0].Kind != Int64 || d.Observed[0].Data[2] != 3 {
		t.Errorf("statistics %v, observed %v", got, d.Observed)
	}
}

func TestReadsForeignNPZ(t *testing.T) { checkForeign(t, filepath.Join("testdata", "foreign.npz")) }

// list returns the files under a folder.
func list(t testing.TB, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// digest is of all files under a folder, their names and bytes.
func digest(t testing.TB, dir string) string {
	t.Helper()
	h := sha256.New()
	for _, name := range list(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(h, "%s\x00%d\x00%s", name, len(data), data)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// The bytes are a function of the run: on any architecture, and however many
// chains append at the same time.
func TestSameBytes(t *testing.T) {
	d := fixture()
	frozen := map[string]string{".zarr": "aa3fc3d77c11acb0", ".npz": "eeb11b3af3021fe0", ".csv": "606f4a968d3ddddd"}
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
	const draws = blockBytes/8*2 + 17
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
	for _, ext := range []string{".zarr", ".npz", ".csv"} {
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
	for _, ext := range []string{".zarr", ".npz", ".csv"} {
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

func TestBadHeaders(t *testing.T) {
	ok := fixture().Header
	with := func(change func(h *Header)) Header { h := ok; change(&h); return h }
	vars := func(v ...Variable) Header { return with(func(h *Header) { h.Variables = v }) }
	dim := func(d ...Dim) Header { return vars(Variable{Name: "x", Dims: d}) }
	for _, c := range []struct {
		h     Header
		wants string
	}{
		{with(func(h *Header) { h.Chains = 0 }), "0 chains"},
		{vars(), "no variables"},
		{vars(Scalar("x"), Scalar("x")), "two variables are called x"},
		{vars(Scalar("")), `variable name ""`},
		{vars(Scalar("../etc")), `variable name "../etc"`},
		{vars(Scalar("a\nb")), "printable"},
		{vars(Scalar("draw")), "name of a variable and of a dimension"},
		{vars(Variable{Name: "x", Kind: 7}), "Kind(7)"},
		{dim(Dim{Name: "chain", Size: 2}), "called chain"},
		{dim(Dim{Name: "d", Size: 0}), "size 0"},
		{dim(Dim{Name: "d", Size: 1 << 20}, Dim{Name: "e", Size: 1 << 20}), "size 1048576"},
		{dim(Dim{Name: "d", Size: 2}, Dim{Name: "d", Size: 2}), "two dimensions called d"},
		{dim(Dim{Name: "d", Size: 2, Labels: []string{"a"}}), "1 labels for size 2"},
		{dim(Dim{Name: "d", Size: 1, Values: []float64{math.NaN()}}), "coordinate NaN"},
		{dim(Dim{Name: "x", Size: 1}), "name of a variable and of a dimension"},
		{vars(Variable{Name: "x", Dims: []Dim{{Name: "d", Size: 2}}}, Variable{Name: "y", Dims: []Dim{{Name: "d", Size: 3}}}), "not the same"},
		{with(func(h *Header) { h.Observed = []Array{{Vector("y", 3), nil}} }), "0 values for size 3"},
		{with(func(h *Header) { h.Stats = []Variable{{Name: "a/b"}} }), "sampler statistics"},
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
	if _, err := Create("run.hdf5", ok); err == nil || !strings.Contains(err.Error(), `".hdf5"`) {
		t.Errorf("a format that is none: %v", err)
	}
	if _, err := Create(filepath.Join(t.TempDir(), "run.csv"), vars(Scalar("a b"))); err == nil || !strings.Contains(err.Error(), "CmdStan's names") {
		t.Errorf("a name that CmdStan does not have: %v", err)
	}
	twice := with(func(h *Header) { h.Stats = []Variable{{Name: "accept_stat"}, {Name: "acceptance_rate"}} })
	if _, err := Create(filepath.Join(t.TempDir(), "run.csv"), twice); err == nil || !strings.Contains(err.Error(), "two columns would be called accept_stat__") {
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
	dir := t.TempDir()
	d := fixture()
	d.Chains, d.Values, d.StatValues = 1, d.Values[:1], d.StatValues[:1]
	for _, name := range []string{"run.npz", "run.csv", "table.npz", "table.parquet"} {
		path := filepath.Join(dir, name)
		var read func(path string) error
		if strings.HasPrefix(name, "run") {
			if err := Save(path, d); err != nil {
				t.Fatal(err)
			}
			read = func(path string) error { _, err := ReadNPZ(path); return err }
			if name == "run.csv" {
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
		if name == "run.csv" { // the closing comment is no part of the draws
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

// Foreign and hostile files get an error that says what is wrong.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "# method = sample\n#   sample\n#     num_samples = 2\n"
	for content, wants := range map[string]string{
		"":                                     "before the line of column names",
		"\x89PNG\r\n\x1a\n":                    `line 1: variable name "\x89PNG"`,
		"a,b\n1,2\n3\n":                        "line 3: 1 values for 2 columns",
		"a,b\n1,2,3\n":                         "3 values for 2 columns",
		"a,b\n1,two\n":                         `column b holds "two"; want a number`,
		"a,b\n1,2":                             "ends within the line",
		"a,a\n1,2\n":                           "two variables are called a",
		"a,,b\n1,2,3\n":                        "column 2 has no name",
		"a.1,a.3\n1,2\n":                       "do not make up an array of shape [3]",
		"a.1,a.1\n1,2\n":                       "do not make up an array",
		"a.1.1,a.2147483647.2147483647\n1,2\n": "do not make up an array",
		"a\n":                                  "it holds no draws",
		head + "a\n1\n":                        "ends after 1 of 2 draws: it is cut short",
		head + "a\n1\n2\n3\n":                  "line 7: there is a draw beyond the 2",
		"# method = sample\n#   sample\n#     num_samples = many\na\n1\n": `num_samples is "many"`,
		"# natspike = {\na\n1\n": "is damaged",
		"# natspike = {\"variables\":[{\"name\":\"a\",\"kind\":\"float64\"}]}\nlp__,b\n1,2\n":                                                   "not those of the description",
		"# natspike = {\"variables\":[{\"name\":\"a\",\"kind\":\"float64\",\"dims\":[{\"name\":\"d\",\"size\":2000000000}]}]}\nlp__,a.1\n1,2\n": "2000000000 columns and the file 2",
		"# natspike = {\"variables\":[{\"name\":\"a\",\"kind\":\"complex\"}]}\nlp__,a\n1,2\n":                                                   `"complex"`,
		"a\n" + strings.Repeat("1", 1<<17) + "\n1\n":                                                                                            "longer than",
	} {
		path := write("x.csv", content)
		if _, err := ReadCmdStan(path); err == nil || !strings.Contains(err.Error(), wants) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.60q: want an error with %q, got %v", content, wants, err)
		}
	}
	if _, err := ReadCmdStan(write("a.csv", "a\n1\n"), write("b.csv", "b\n1\n")); err == nil || !strings.Contains(err.Error(), "not those of") {
		t.Errorf("other columns: %v", err)
	}
	if _, err := ReadCmdStan(write("a.csv", "a\n1\n"), write("b.csv", "a\n1\n2\n")); err == nil || !strings.Contains(err.Error(), "2 draws") {
		t.Errorf("other lengths: %v", err)
	}
	for _, read := range []func(string) error{
		func(p string) error { _, err := ReadNPZ(p); return err },
		func(p string) error { _, err := ReadCmdStan(p); return err },
		func(p string) error { _, err := ReadRun(p); return err },
	} {
		if err := read(filepath.Join(dir, "absent.npz")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("absent: %v", err)
		}
	}

	// A zip of arrays whose headers lie.
	npz := func(members ...string) string {
		path := filepath.Join(dir, "x.npz")
		w, err := createNPZ(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(members); i += 2 {
			m, err := w.start(members[i])
			if err == nil {
				_, err = io.WriteString(m, members[i+1])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.close(description{}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	array := func(descr string, data string, shape ...int) string {
		return string(appendNPYHeader(nil, descr, shape)) + data
	}
	eight := strings.Repeat("\x00", 8)
	for _, c := range []struct {
		members []string
		wants   string
	}{
		{nil, "it holds no arrays"},
		{[]string{"readme.txt", "hi"}, "names that end in .npy"},
		{[]string{"x.npy", "hello"}, "not a NumPy array"},
		{[]string{"x.npy", "\x93NUMPY\x09\x00"}, "version 9"},
		{[]string{"x.npy", "\x93NUMPY\x02\x00\xff\xff\xff\xff"}, "header of 4294967295 bytes"},
		{[]string{"x.npy", "\x93NUMPY\x01\x00\xff\x00{"}, "cut short"},
		{[]string{"x.npy", array("|O", eight, 1, 1)}, `type "|O"`},
		{[]string{"x.npy", array("<f8", eight, 1, 2)}, "want 144 for an array of shape [1 2]"},
		{[]string{"x.npy", array("<f8", eight, 1<<30, 1<<30)}, "too large"},
		{[]string{"x.npy", array("<f8", eight, 99999999999999)}, "bytes; want"},
		{[]string{"x.npy", array("<f8", eight+eight, 2, 1), "y.npy", array("<f8", eight, 1, 1)}, "y holds 1 chains of 1 draws, and x 2 of 1"},
		{[]string{"x.npy", array("<f8", eight, 1, 1), "x.npy", array("<f8", eight, 1, 1)}, "two members"},
		{[]string{"x.npy", array("<f8", "", 0, 1)}, "none empty"},
		{[]string{"x.npy", array("<f8", eight)}, "want (chain, draw, …)"},
		{[]string{"a/x.npy", array("<f8", eight, 1)}, "without a slash"},
		{[]string{"../x.npy", array("<f8", eight, 1)}, "without a slash"},
		{[]string{"x.npy", array("<U2", eight, 1)}, "want numbers"},
		{[]string{"x.npy", array("<i8", "\x01\x00\x00\x00\x00\x00\x20\x00", 1)}, "2⁵³"},
		{[]string{"sample_stats/x.npy", array("<f8", eight, 1)}, "no variables"},
	} {
		if _, err := ReadNPZ(npz(c.members...)); err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%q: want an error with %q, got %v", c.members, c.wants, err)
		}
	}
	if _, err := ReadNPZ(write("x.npz", "not a zip")); err == nil || !strings.Contains(err.Error(), "not a .npz file") {
		t.Errorf("no zip: %v", err)
	}
	// A flipped bit is found by the checksum.
	path := filepath.Join(dir, "flip.npz")
	if err := Save(path, fixture()); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	data[400] ^= 1
	os.WriteFile(path, data, 0o666)
	if _, err := ReadNPZ(path); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a flipped bit: %v", err)
	}
}

// What is held in memory does not grow with the file. The draws are 61 MB; a
// writer or reader that kept them, or a tenth of them, would fail.
func TestStreams(t *testing.T) {
	const draws, dim, chains, most = 50000, 38, 4, 6 << 20
	h := Header{Chains: chains, Variables: []Variable{Scalar("mu"), Vector("x", dim-1)}, Stats: []Variable{{Name: "lp"}}}
	dir := t.TempDir()
	live := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := live()
	check := func(what string) {
		if grown := live() - before; grown > most {
			t.Errorf("%s holds %d bytes, more than %d", what, grown, most)
		}
	}
	x, s := make([]float64, dim), make([]float64, 1)
	for _, ext := range []string{".zarr", ".npz", ".csv"} {
		w, err := Create(filepath.Join(dir, "run"+ext), h)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Discard()
		n := draws
		if ext == ".csv" {
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
	r, err := OpenCmdStan(filepath.Join(dir, "run_1.csv"))
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
			check("reading .csv")
		}
	}
}
