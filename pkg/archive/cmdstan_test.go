package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/racetest"
)

// A sampler without a log density has nan for lp__, and none when read back.
func TestCmdStanWithoutLP(t *testing.T) {
	racetest.Sequential(t)
	d := fixture()
	d.Stats = d.Stats[1:]
	for c, s := range d.StatValues {
		d.StatValues[c] = mat.DenseCopyOf(s.Slice(0, 40, 1, 3))
	}
	path := filepath.Join(t.TempDir(), "run.stan.csv")
	if err := Save(path, d); err != nil {
		t.Fatal(err)
	}
	got, err := ReadCmdStan(chainFiles(path, 3)...)
	if err != nil {
		t.Fatal(err)
	}
	sameDraws(t, got, d, false)
	d.Stats, d.StatValues = nil, nil
	for _, path := range []string{path, strings.Replace(path, ".stan.csv", ".npz", 1), strings.Replace(path, ".stan.csv", ".zarr", 1)} {
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

// Foreign and hostile files get an error that names the file, the line and what
// is wrong.
func TestCmdStanRefuses(t *testing.T) {
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
		"\x89PNG\r\n\x1a\n":                    `line 1: variable has the name "\x89PNG"`,
		"a,b\n1,2\n3\n":                        "line 3: 1 values for 2 columns",
		"a,b\n1,2,3\n":                         "3 values for 2 columns",
		"a,b\n1,two\n":                         `column b holds "two"; want a number`,
		"a,b\n1,2":                             "ends within the line",
		"a,a\n1,2\n":                           "variable a is there twice",
		"a,,b\n1,2,3\n":                        "column 2 has no name",
		"a.1,a.3\n1,2\n":                       "do not make up an array of shape [3]",
		"a.1,a.1\n1,2\n":                       "do not make up an array",
		"a.1.1,a.2147483647.2147483647\n1,2\n": "do not make up an array",
		"a\n":                                  "it holds no draws",
		head + "a\n1\n":                        "ends after 1 of 2 rows: it is cut short",
		head + "a\n1\n2\n3\n":                  "line 7: there is a row beyond the 2",
		"# method = sample\n#   sample\n#     num_samples = many\na\n1\n": `num_samples is "many"`,
		"# natspike = {\na\n1\n": "is damaged",
		"# natspike = {\"variables\":[{\"name\":\"a\",\"kind\":\"float64\"}]}\nlp__,b\n1,2\n":                                                   "not those of the description",
		"# natspike = {\"variables\":[{\"name\":\"a\",\"kind\":\"float64\",\"dims\":[{\"name\":\"d\",\"size\":2000000000}]}]}\nlp__,a.1\n1,2\n": "2000000000 columns and the file 2",
		"# natspike = {\"variables\":[{\"name\":\"a\",\"kind\":\"complex\"}]}\nlp__,a\n1,2\n":                                                   `"complex"`,
		"chain,draw,mu\n0,0,1\n":    "a table of draws, not CmdStan's",
		"# method = anneal\na\n1\n": `line 2: the method is "anneal"; want sample`,
		"divergent__,a\n2,1\n":      "line 2: diverging is 2; want 0 or 1",
		"# method = variational\n#   variational\n#     output_samples = 2\nlp__,log_p__,log_g__,a\n0,0,0,1\n0,-1,-1,2\n":   "ends after 2 of 3 rows",
		"# method = laplace\n#   laplace\n#     draws = 2\nlog_p__,log_q__,a\n-1,-1,2\n":                                    "ends after 1 of 2 rows",
		"# method = pathfinder\n#   pathfinder\n#     num_psis_draws = 5\n#     num_draws = 3\nlp_approx__,lp__,a\n1,2,3\n": "ends after 1 rows, neither 5 nor a multiple of 3",
		"a" + strings.Repeat(".1", 100) + "\n1\n":                                                                           "want at most 62",
		"a\n" + strings.Repeat("1", 1<<17) + "\n1\n":                                                                        "longer than",
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
}

// Each method's output is read as what it is. CmdStan 2.37 wrote the files:
// testdata/cmdstan/README.md.
func TestCmdStanMethods(t *testing.T) {
	file := func(name string) string { return filepath.Join("testdata", "cmdstan", name+".csv") }
	for name, want := range map[string]struct {
		method, stats string
		draws         int
		first, last   float64 // of k, in the first draw and the last
	}{
		"variational":       {"variational", "log_p log_g", 20, 0.53250813, 5.1181883},
		"laplace":           {"laplace", "log_p log_q", 15, 4.7550691, -3.6614545 + 7.4092566},
		"pathfinder":        {"pathfinder", "lp_approx lp path", 12, -0.084329531, -1.9954813},
		"pathfinder_all":    {"pathfinder", "lp_approx lp path", 20, -0.15950865, 1.018556},
		"pathfinder_path_1": {"pathfinder", "lp_approx lp path", 10, -0.15950865, -0.0052145507},
		"fixed_warmup":      {"sample", "lp acceptance_rate", 8, 0.13836438, 0.13836438},
	} {
		d, err := ReadCmdStan(file(name))
		if err != nil {
			t.Error(err)
			continue
		}
		var stats []string
		for _, v := range d.Stats {
			stats = append(stats, v.Name)
		}
		k, err := d.Column("k")
		if err != nil || len(k[0]) != want.draws || k[0][0] != want.first || math.Abs(k[0][want.draws-1]-want.last) > 1e-12 {
			t.Errorf("%s: k = %v, want %d draws from %v to %v", name, k, want.draws, want.first, want.last)
		}
		if got := strings.Join(stats, " "); got != want.stats || d.Run.Sampler != "cmdstan "+want.method {
			t.Errorf("%s: statistics %q by %q", name, got, d.Run.Sampler)
		}
	}

	for name, want := range map[string]float64{"variational": 0.0098621823, "optimize": 0.13775648, "optimize_iterations": 0.13775648} {
		p, err := ReadCmdStanPoint(file(name))
		if err != nil {
			t.Fatal(err)
		}
		if p.Variables[0].Name != "k" || p.Values[0] != want || len(p.Values) != 13 {
			t.Errorf("%s: the estimate is %v of %v, want k = %v", name, p.Values, p.Variables, want)
		}
	}
	r, err := OpenCmdStan(file("optimize_iterations"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for _, err := range r.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 37 || r.Method != "optimize" {
		t.Errorf("%d iterates by %s, want 37", n, r.Method)
	}

	for name, wants := range map[string]string{
		"optimize":   "optimize, whose output is a point estimate",
		"diagnose":   "diagnose, whose output is a comparison of gradients",
		"log_prob":   "log_prob, whose output is log densities",
		"diagnostic": "this is a diagnostic file",
	} {
		var e *FormatError
		if _, err := ReadCmdStan(file(name)); !errors.As(err, &e) || e.Path != file(name) || !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: want an error with %q, got %v", name, wants, err)
		}
	}
	if _, err := ReadCmdStanPoint(file("laplace")); err == nil || !strings.Contains(err.Error(), `"laplace"; want optimize or variational`) {
		t.Errorf("a point estimate of laplace: %v", err)
	}
	if _, err := ReadCmdStan(file("laplace"), file("variational")); err == nil || !strings.Contains(err.Error(), `"cmdstan variational"`) {
		t.Errorf("two methods: %v", err)
	}
}

// Numbers as C and C++ write them on Linux, macOS and Windows.
func TestStanNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for text, want := range map[string]float64{
		"nan": nan, "-nan": nan, "NaN": nan, "+nan": nan, "nan(0x7ff8000000000000)": nan, "-nan(ind)": nan, "nan(snan)": nan,
		"1.#QNAN": nan, "-1.#IND": nan, "1.#IND00": nan, "1.#SNAN": nan, "1.#INF": inf, "-1.#INF": -inf, "1.#INF000": inf,
		"inf": inf, "-inf": -inf, "+inf": inf, "-Infinity": -inf, "1e400": inf, "-1e400": -inf, "1e-400": 0, "-0": math.Copysign(0, -1), "1e5": 1e5,
	} {
		if got, ok := parseStanNumber([]byte(text)); !ok || !same([]float64{got}, []float64{want}) {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "-", "--nan", "nano", "nan(", "nan()x", "nan(a)b)", "1.#", "1.#X", "na", "two", "1,5"} {
		if x, ok := parseStanNumber([]byte(text)); ok {
			t.Errorf("%q is taken for %v", text, x)
		}
	}
	d := readStan(t, "# method = sample\n#   sample\n#     num_samples = 2\nlp__,theta\n-nan,-nan\n-1,1\n")
	if x, err := d.Column("theta"); err != nil || !math.IsNaN(x[0][0]) || x[0][1] != 1 {
		t.Errorf("theta is %v, %v", x, err)
	}
}

func readStan(t *testing.T, content string) *Draws {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := ReadCmdStan(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A parameter may have the name of a dimension. The formats that cannot hold it
// say so; the others keep it.
func TestParametersCalledAsDimensions(t *testing.T) {
	d := readStan(t, "lp__,chain,draw,theta.1,theta.2,theta_dim_0\n-1,1,2,3,4,5\n-2,6,7,8,9,10\n")
	if x, err := d.Column("chain"); err != nil || x[0][1] != 6 {
		t.Errorf("chain is %v, %v", x, err)
	}
	dir := t.TempDir()
	for _, ending := range []string{".npz", ".stan.csv"} {
		if err := Save(filepath.Join(dir, "run"+ending), d); err != nil {
			t.Errorf("%s: %v", ending, err)
		}
	}
	back, err := ReadNPZ(filepath.Join(dir, "run.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if x, err := back.Column("draw"); err != nil || x[0][0] != 2 {
		t.Errorf("draw is %v, %v", x, err)
	}
	for ending, wants := range map[string]string{
		".zarr": "variable chain has the name of a dimension", ".parquet": "column chain is there twice", ".csv": "column chain is there twice",
	} {
		var e *arg.Error
		if err := Save(filepath.Join(dir, "run"+ending), d); !errors.As(err, &e) || !strings.Contains(err.Error(), wants) {
			t.Errorf("%s: want an error with %q, got %v", ending, wants, err)
		}
	}
	if files := list(t, dir); len(files) != 2 {
		t.Errorf("the folder holds %q", files)
	}
}

// A model without parameters is sampled with fixed parameters, whatever the
// configuration says, and then there is no warm-up to skip.
func TestCmdStanWithoutParameters(t *testing.T) {
	const head = "# method = sample\n#   sample\n#     num_samples = 2\n#     num_warmup = 2\n#     save_warmup = true\n#     algorithm = hmc\n"
	d := readStan(t, head+"lp__,accept_stat__,y\n0,0,1\n0,0,2\n")
	if x, err := d.Column("y"); err != nil || !same(x[0], []float64{1, 2}) {
		t.Errorf("y is %v, %v", x, err)
	}
	d = readStan(t, head+"lp__,accept_stat__,stepsize__,y\n0,0,1,1\n0,0,1,2\n0,0,1,3\n0,0,1,4\n")
	if x, err := d.Column("y"); err != nil || !same(x[0], []float64{3, 4}) {
		t.Errorf("with warm-up y is %v, %v", x, err)
	}
}

// Settings with long names inside each other do not multiply.
func TestStanHeadIsBounded(t *testing.T) {
	var b strings.Builder
	for i := range maxDepth - 1 {
		fmt.Fprintf(&b, "#%s%s\n", strings.Repeat(" ", i), strings.Repeat("k", 100_000))
	}
	for range 1000 {
		fmt.Fprintf(&b, "#%sx=1\n", strings.Repeat(" ", maxDepth))
	}
	b.WriteString("a\n1\n")
	text := b.String()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := newCmdStanReader(io.NopCloser(strings.NewReader(text)), "x.csv"); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(20*len(text)); got > most {
		t.Errorf("a file of %d bytes takes %d bytes of memory, more than %d", len(text), got, most)
	}
}
