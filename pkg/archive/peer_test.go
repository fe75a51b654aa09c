package archive

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/racetest"
)

// seen is what testdata/open.py prints: a file as the program sees it that it
// was written for.
type seen struct {
	Arrays map[string]struct {
		Type   string
		Shape  []int
		Dims   []string
		Values []string
	}
	Attrs              map[string]map[string]any
	Run                map[string]any
	Summary, Columns   []string
	Complaints         []string
	Groups             int
	Resolution         float64
	Start, Description string
	Bfmi               struct{ Values []string }
}

// openWith opens files in a Python program: the interpreter is the one that
// NATSPIKE_PYTHON names, or python3. Where it lacks the program the test is
// skipped.
func openWith(t *testing.T, program string, modules []string, paths ...string) seen {
	t.Helper()
	return openBy(t, cmp.Or(os.Getenv("NATSPIKE_PYTHON"), "python3"), program, modules, paths...)
}

func openBy(t *testing.T, exe, program string, modules []string, paths ...string) seen {
	t.Helper()
	racetest.Program(t)
	find := "import sys; from importlib.util import find_spec; print(*(m for m in sys.argv[1:] if not find_spec(m)))"
	out, err := exec.Command(exe, append([]string{"-c", find}, modules...)...).Output()
	if missing := strings.TrimSpace(string(out)); err != nil || missing != "" {
		t.Skipf("%s lacks %s (%v); set NATSPIKE_PYTHON to a Python with what scripts/peers/formats.lock lists", exe, missing, err)
	}
	var stderr bytes.Buffer
	c := exec.Command(exe, append([]string{filepath.Join("testdata", "open.py"), program}, paths...)...)
	c.Stderr = &stderr
	if out, err = c.Output(); err != nil {
		t.Fatalf("%s does not open %s: %v\n%s", program, paths, err, stderr.String())
	}
	var s seen
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// floats parses an array's values, exactly.
func (s seen) floats(t *testing.T, name string) []float64 {
	t.Helper()
	a, ok := s.Arrays[name]
	if !ok {
		t.Fatalf("there is no array %s", name)
	}
	x := make([]float64, len(a.Values))
	for i, v := range a.Values {
		switch v {
		case "True":
			x[i] = 1
		case "False":
			x[i] = 0
		default:
			var err error
			if x[i], err = strconv.ParseFloat(v, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	return x
}

// same compares bit for bit, but takes any NaN for any other.
func same(x, y []float64) bool {
	return slices.EqualFunc(x, y, func(a, b float64) bool {
		return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
	})
}

// of returns a variable's values, in the order chain, draw, element.
func of(d *Draws, name string, stat bool) (v Variable, values []float64) {
	vars, matrices := d.Variables, d.Values
	if stat {
		vars, matrices = d.Stats, d.StatValues
	}
	offset := 0
	for _, v = range vars {
		if v.Name == name {
			break
		}
		offset += v.Size()
	}
	for _, m := range matrices {
		n, _ := m.Dims()
		for i := range n {
			values = append(values, m.RawRowView(i)[offset:offset+v.Size()]...)
		}
	}
	return v, values
}

// compareGroups checks every variable and statistic of the fixture.
func compareGroups(t *testing.T, s seen, d *Draws, key func(v Variable, stat bool) string, dims bool) {
	t.Helper()
	for _, stat := range []bool{false, true} {
		vars := d.Variables
		if stat {
			vars = d.Stats
		}
		for _, v := range vars {
			_, want := of(d, v.Name, stat)
			name := key(v, stat)
			a := s.Arrays[name]
			if got := s.floats(t, name); !same(got, want) {
				t.Errorf("%s: values differ:\ngot  %v\nwant %v", name, got, want)
			}
			draws, _ := d.Values[0].Dims()
			if want := append([]int{d.Chains, draws}, v.Shape()...); !slices.Equal(a.Shape, want) {
				t.Errorf("%s: shape %v, want %v", name, a.Shape, want)
			}
			if a.Type != v.Kind.String() {
				t.Errorf("%s: type %s, want %v", name, a.Type, v.Kind)
			}
			if dims {
				want := []string{"chain", "draw"}
				for _, d := range v.Dims {
					want = append(want, d.Name)
				}
				if !slices.Equal(a.Dims, want) {
					t.Errorf("%s: dimensions %v, want %v", name, a.Dims, want)
				}
			}
		}
	}
}

// groupKey returns the name of a variable in an InferenceData.
func groupKey(v Variable, stat bool) string {
	if stat {
		return "sample_stats/" + v.Name
	}
	return "posterior/" + v.Name
}

func TestArviZOpensInferenceData(t *testing.T) {
	t.Parallel()
	d := fixture()
	d.Run.Created = time.Date(2022, 11, 28, 9, 30, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "run.zarr")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	compareInferenceData(t, openWith(t, "arviz", []string{"arviz", "arviz_base", "zarr"}, path), d)
}

// ArviZ before 1.0, with zarr before 3.0. Its Python is the one that
// NATSPIKE_PYTHON_ARVIZ0 names.
func TestArviZ0OpensInferenceData(t *testing.T) {
	t.Parallel()
	exe := os.Getenv("NATSPIKE_PYTHON_ARVIZ0")
	if exe == "" {
		t.Skip("set NATSPIKE_PYTHON_ARVIZ0 to a Python with what scripts/peers/arviz0.lock lists")
	}
	d := fixture()
	d.Run.Created = time.Date(2022, 11, 28, 9, 30, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "run.zarr")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	compareInferenceData(t, openBy(t, exe, "arviz0", []string{"arviz", "zarr"}, path), d)
}

func compareInferenceData(t *testing.T, s seen, d *Draws) {
	t.Helper()
	compareGroups(t, s, d, groupKey, true)
	if got := s.Arrays["posterior/school"].Values; !slices.Equal(got, d.Variables[1].Dims[0].Labels) {
		t.Errorf("labels %q", got)
	}
	if got := s.floats(t, "posterior/time"); !same(got, d.Variables[2].Dims[1].Values) {
		t.Errorf("coordinates %v", got)
	}
	if got := s.floats(t, "observed_data/y"); !same(got, d.Observed[0].Data) {
		t.Errorf("observed data %v", got)
	}
	draws, _ := d.Values[0].Dims()
	if got := s.floats(t, "posterior/draw"); len(got) != draws || got[draws-1] != float64(draws-1) {
		t.Errorf("draws are numbered %v", got)
	}
	if names := d.Names()[:len(s.Summary)]; len(s.Summary) == 0 || !slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(s.Summary))) {
		t.Errorf("arviz.summary has the rows %q, and Names %q", s.Summary, names)
	}
	for _, group := range []string{"posterior", "sample_stats", "observed_data"} {
		a := s.Attrs[group]
		if a["inference_library"] != "natspike" || a["seed"] != 20221128.0 || a["sampler"] != "mala" ||
			a["parameters"] != `{"step":0.1,"burn_in":100}` || a["inference_library_version"] != "v1.2.3" || a["created_at"] != "2022-11-28T09:30:00Z" {
			t.Errorf("%s: attributes %v", group, a)
		}
	}
}

// ArviZ finds the sampler's statistics by their names and types.
func TestArviZSeesSampleStats(t *testing.T) {
	t.Parallel()
	draws, stats, names := chainsOf()
	d, err := FromChains(Run{Seed: 1}, nil, draws, names, stats)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run.zarr")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, "arviz", []string{"arviz", "arviz_base", "zarr"}, path)
	compareGroups(t, s, d, groupKey, true)
	// E-BFMI: the mean square of the changes of the energy over its variance.
	for c, text := range s.Bfmi.Values {
		energy := mat.Col(nil, 3, stats[c])
		changes := 0.0
		for i := 1; i < len(energy); i++ {
			changes += (energy[i] - energy[i-1]) * (energy[i] - energy[i-1])
		}
		want := changes / float64(len(energy)) / stat.PopVariance(energy, nil)
		if got, err := strconv.ParseFloat(text, 64); err != nil || !(math.Abs(got/want-1) < 0.05) { // definitions differ by n − 1 for n
			t.Errorf("chain %d: ArviZ's E-BFMI is %v, want %v", c, got, want)
		}
	}
	if len(s.Bfmi.Values) != 2 {
		t.Errorf("ArviZ finds the energy of %d chains", len(s.Bfmi.Values))
	}
}

func TestNetCDFOpensInferenceData(t *testing.T) {
	t.Parallel()
	d := fixture()
	d.Run.Seed = math.MaxUint64
	path := filepath.Join(t.TempDir(), "run.zarr")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, "netcdf", []string{"netCDF4"}, path)
	for _, v := range d.Stats { // netCDF has no bool
		if a := s.Arrays["sample_stats/"+v.Name]; v.Kind == Bool && a.Type == "int8" {
			a.Type = "bool"
			s.Arrays["sample_stats/"+v.Name] = a
		}
	}
	compareGroups(t, s, d, groupKey, true)
	if got := s.Arrays["posterior/school"].Values; !slices.Equal(got, d.Variables[1].Dims[0].Labels) {
		t.Errorf("labels %q", got)
	}
}

// Draws as tables, in every program, and in ArviZ as Create's documentation says.
func TestTablesOfDraws(t *testing.T) {
	t.Parallel()
	d := fixture()
	dir := t.TempDir()
	table, text, npz := filepath.Join(dir, "run.parquet"), filepath.Join(dir, "run.csv"), filepath.Join(dir, "run.npz")
	for _, path := range []string{table, text, npz} {
		if err := Save(path, d); err != nil {
			t.Fatal(err)
		}
	}
	for program, c := range map[string]struct {
		path    string
		modules []string
	}{
		"pyarrow": {table, []string{"pyarrow"}}, "pandas": {table, []string{"pandas", "pyarrow"}}, "polars": {table, []string{"polars"}},
		"fastparquet": {table, []string{"fastparquet"}}, "duckdb": {table, []string{"duckdb", "pandas"}},
		"pandas_csv": {text, []string{"pandas"}}, "polars_csv": {text, []string{"polars"}},
		"arviz_table": {table, []string{"arviz_base", "pandas", "pyarrow"}},
	} {
		t.Run(program, func(t *testing.T) {
			s := openWith(t, program, c.modules, c.path)
			prefix := ""
			if program == "arviz_table" {
				prefix = "posterior/"
			}
			for _, f := range d.fields() {
				for _, name := range f.Names() {
					want, err := d.Column(name)
					if err != nil {
						t.Fatal(err)
					}
					if got := s.floats(t, prefix+name); !same(got, slices.Concat(want...)) {
						t.Errorf("column %s: %v, want %v", name, got, want)
					}
					if kind := s.Arrays[prefix+name].Type; kind != f.Kind.String() {
						t.Errorf("column %s is of type %s, want %v", name, kind, f.Kind)
					}
				}
			}
			if chain, draw := s.floats(t, prefix+"chain"), s.floats(t, prefix+"draw"); prefix == "" && (len(chain) != 120 || chain[119] != 2 || draw[45] != 5) {
				t.Errorf("chains %v, draws %v", chain, draw)
			}
		})
	}
	s := openWith(t, "arviz_npz", []string{"arviz_base"}, npz)
	compareGroups(t, s, d, groupKey, false)
}

func TestCmdStanPyOpensCSV(t *testing.T) {
	t.Parallel()
	d := fixture()
	path := filepath.Join(t.TempDir(), "run.stan.csv")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, "cmdstanpy", []string{"cmdstanpy", "arviz_base"}, chainFiles(path, d.Chains)...)
	compareGroups(t, s, d, groupKey, false)
	if want := []string{"lp__", "divergent__", "n_leapfrog__", "mu", "theta[1]", "theta[2]", "theta[3]", "a[1,1]", "a[2,1]", "a[1,2]", "a[2,2]"}; !slices.Equal(s.Columns[:len(want)], want) {
		t.Errorf("columns %q, want first %q", s.Columns, want)
	}
}

func chainFiles(path string, chains int) []string {
	paths := make([]string, chains)
	for c := range paths {
		paths[c] = fmt.Sprintf("%s_%d.stan.csv", strings.TrimSuffix(path, ".stan.csv"), c+1)
	}
	return paths
}

func TestNumPyOpensDraws(t *testing.T) {
	t.Parallel()
	d := fixture()
	path := filepath.Join(t.TempDir(), "run.npz")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, "numpy", []string{"numpy"}, path)
	key := func(v Variable, stat bool) string {
		if stat {
			return "sample_stats/" + v.Name
		}
		return v.Name
	}
	compareGroups(t, s, d, key, false)
	if s.Run["seed"] != 20221128.0 || fmt.Sprint(s.Run["parameters"]) != "map[burn_in:100 step:0.1]" {
		t.Errorf("run %v", s.Run)
	}
}

func TestReadsWhatNumPySaves(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "foreign.npz")
	openWith(t, "savez", []string{"numpy"}, path)
	checkForeign(t, path)
}

func TestPyArrowOpensParquet(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "table.parquet")
	rows := tableRows(groupRows + 5)
	if err := SaveTable(path, fixture().Run, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, "pyarrow", []string{"pyarrow"}, path)
	compareTable(t, s, rows)
	if s.Run["seed"] != 20221128.0 || s.Groups != 2 {
		t.Errorf("run %v in %d row groups, want 2", s.Run, s.Groups)
	}
	rows = rows[:100]
	if err := SaveTable(path, fixture().Run, slices.Values(rows)); err != nil {
		t.Fatal(err)
	}
	for program, modules := range map[string][]string{
		"pandas": {"pandas", "pyarrow"}, "polars": {"polars"}, "fastparquet": {"fastparquet"}, "duckdb": {"duckdb", "pandas"},
	} {
		t.Run(program, func(t *testing.T) { compareTable(t, openWith(t, program, modules, path), rows) })
	}
}

// Tables of other programs: without rows, and in every compression and encoding.
func TestReadsWhatOthersSave(t *testing.T) {
	t.Parallel()
	modules := []string{"pandas", "pyarrow", "polars", "fastparquet", "duckdb"}
	type row struct {
		X    float64 `parquet:"x"`
		I    int     `parquet:"i"`
		Name string  `parquet:"name"`
	}
	dir := t.TempDir()
	openWith(t, "empty", modules, dir)
	for _, name := range list(t, dir) {
		if rows, err := collect[row](filepath.Join(dir, name)); err != nil || len(rows) != 0 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	dir = t.TempDir()
	openWith(t, "codecs", modules, dir)
	files := list(t, dir)
	for _, name := range files {
		if strings.HasPrefix(name, "lz4") {
			if _, err := collect[row](filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), "LZ4_RAW is not supported") {
				t.Errorf("%s: %v, want an error: parquet-go reads wrong numbers", name, err)
			}
			continue
		}
		i := 0
		for r, err := range Rows[struct {
			X    float64 `parquet:"x"`
			I    int     `parquet:"i"`
			Flag bool    `parquet:"flag"`
			Name string  `parquet:"name"`
		}](filepath.Join(dir, name)) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			if r.X != math.Sqrt(float64(i)) || r.I != i*i%1000 || r.Flag != (i%3 == 0) || r.Name != fmt.Sprint("row ", i/7) {
				t.Errorf("%s: row %d is %v", name, i, r)
				break
			}
			i++
		}
		if i != 5000 {
			t.Errorf("%s: %d rows", name, i)
		}
	}
	if len(files) != 27 {
		t.Errorf("there are the files %q", files)
	}
}

func TestReadsWhatPandasSaves(t *testing.T) {
	t.Parallel()
	type row struct {
		X    float64 `parquet:"x"`
		I    int     `parquet:"i"`
		U    uint64  `parquet:"u"`
		Flag bool    `parquet:"flag"`
		Name string  `parquet:"name"`
	}
	for _, name := range []string{"plain.parquet", "zstd.parquet"} {
		path := filepath.Join(t.TempDir(), name)
		openWith(t, "to_parquet", []string{"pandas", "pyarrow"}, path)
		rows, err := collect[row](path)
		if err != nil || len(rows) != 1000 {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		for i, r := range rows {
			text := []string{"a", "bc", "é"}[i%3]
			if i == 999 {
				text = "end"
			}
			if want := (row{math.Sqrt(float64(i)), i - 5, 1<<63 + uint64(i), i%3 == 0, text}); r != want {
				t.Fatalf("%s: row %d is %v, want %v", name, i, r, want)
			}
		}
		type day struct {
			Day int `parquet:"day"`
		}
		if _, err := collect[day](path); err == nil || !strings.Contains(err.Error(), "what fits int") {
			t.Errorf("%s: a date is taken for a number: %v", name, err)
		}
	}
}

func compareTable(t *testing.T, s seen, rows []tableRow) {
	t.Helper()
	column := func(name, kind string, value func(r tableRow) string) {
		t.Helper()
		a := s.Arrays[name]
		if a.Type != kind || len(a.Values) != len(rows) {
			t.Fatalf("column %s: %d values of type %s, want %d of %s", name, len(a.Values), a.Type, len(rows), kind)
		}
		for i, r := range rows {
			got, want := a.Values[i], value(r)
			if kind[0] == 'f' { // hexadecimal, but not written alike
				x, _ := strconv.ParseFloat(got, 64)
				y, _ := strconv.ParseFloat(want, 64)
				if same([]float64{x}, []float64{y}) {
					continue
				}
			}
			if got != want {
				t.Fatalf("column %s, row %d: %s, want %s", name, i, got, want)
			}
		}
	}
	column("step_size", "float64", func(r tableRow) string { return strconv.FormatFloat(r.StepSize, 'x', -1, 64) })
	column("Single", "float32", func(r tableRow) string { return strconv.FormatFloat(float64(r.Single), 'x', -1, 64) })
	column("draws", "int64", func(r tableRow) string { return fmt.Sprint(r.Draws) })
	column("Small", "int32", func(r tableRow) string { return fmt.Sprint(r.Small) })
	column("seed", "uint64", func(r tableRow) string { return fmt.Sprint(r.Seed) })
	column("Cell", "uint32", func(r tableRow) string { return fmt.Sprint(r.Cell) })
	column("diverged", "bool", func(r tableRow) string { return map[bool]string{true: "True", false: "False"}[r.Diverged] })
	column("sampler", "str", func(r tableRow) string { return r.Sampler })
}

func TestPyNWBValidatesSpikes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spikes.nwb.zarr")
	session := Session{Run: fixture().Run, Description: "Two spikes – and silence", Neurons: 4, Start: -1, Stop: 20, TimeStep: 1e-4}
	session.Run.Created = time.Date(2022, 11, 28, 9, 30, 0, 0, time.UTC)
	trains := spikeTrains(session)
	saveTrains(t, path, session, trains)
	s := openWith(t, "pynwb", []string{"pynwb", "hdmf_zarr"}, path)
	if len(s.Complaints) > 0 {
		t.Errorf("pynwb.validate: %s", strings.Join(s.Complaints, "\n"))
	}
	for i, want := range trains {
		if got := s.floats(t, fmt.Sprint("spike_times/", i)); !same(got, want) {
			t.Errorf("neuron %d: %d spikes, want %d, or other times", i, len(got), len(want))
		}
		if got := s.floats(t, fmt.Sprint("obs_intervals/", i)); !same(got, []float64{-1, 20}) {
			t.Errorf("neuron %d was observed in %v", i, got)
		}
	}
	if s.Resolution != 1e-4 || s.Start != "2022-11-28T09:30:00+00:00" || s.Description != session.Description || s.Run["seed"] != 20221128.0 {
		t.Errorf("resolution %v, start %v, description %q, run %v", s.Resolution, s.Start, s.Description, s.Run)
	}

	// The check can fail: pynwb misses what the schema wants.
	broken := filepath.Join(path, "units", "spike_times_index", "zarr.json")
	text, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"description"`), []byte(`"descruption"`), 1)
	if err := os.WriteFile(broken, text, 0o666); err != nil {
		t.Fatal(err)
	}
	if s := openWith(t, "pynwb", []string{"pynwb", "hdmf_zarr"}, path); len(s.Complaints) == 0 {
		t.Error("pynwb.validate accepts a column without a description")
	}
}
