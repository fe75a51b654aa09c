package grid_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/grid"
	"natspike/pkg/racetest"
)

// A walk is a setup of two models with parameters of every kind. The models have
// other defaults for the step.
type walk struct {
	Kind  string
	Mode  mode
	Bias  float64
	Steps int
	Size  float64
	Pull  float64 // of the leaky walk
}

type mode int

func (m mode) String() string { return [...]string{"up", "down"}[m] }

func parseMode(text string) (mode, error) {
	switch text {
	case "up", "0":
		return 0, nil
	case "down":
		return 1, nil
	}
	return 0, fmt.Errorf("%q is neither up nor down", text)
}

func standard(kind string) walk {
	w := walk{Kind: kind, Bias: 0.75, Steps: 10, Size: 1}
	if kind == "leaky" {
		w.Size, w.Pull = 2, 0.5
	}
	return w
}

var walks = &grid.Table[walk]{
	Default: standard("free"),
	Parameters: []grid.Parameter[walk]{
		grid.Choice("kind", "kind of walk", func(w *walk) *string { return &w.Kind }, "free", "leaky").Then(func(w *walk) { *w = standard(w.Kind) }),
		grid.Word("mode", "direction: up or down", parseMode, func(w *walk) *mode { return &w.Mode }),
		grid.Float("bias", "", "mean of a step", func(w *walk) *float64 { return &w.Bias }),
		grid.Int("steps", "", "number of steps", func(w *walk) *int { return &w.Steps }).AtLeast(1),
		grid.Float("size", "m", "size of a step", func(w *walk) *float64 { return &w.Size }).Positive(),
		grid.Float("pull", "1/s", "strength of the leak", func(w *walk) *float64 { return &w.Pull }).NonNegative().
			Only("the leaky walk", func(w walk) bool { return w.Kind == "leaky" }),
	},
}

// read returns the grid of the text of a file.
func read(t *testing.T, text string) (*grid.Spec[walk], error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid.toml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s := walks.Spec()
	return s, s.Read(path)
}

// parse returns the grid of a command line.
func parse(args ...string) (*grid.Spec[walk], error) {
	s := walks.Spec()
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	s.Flags(f)
	return s, f.Parse(args)
}

// biases returns the values of a list of numbers.
func biases(t *testing.T, s *grid.Spec[walk]) (x []float64) {
	t.Helper()
	cells, err := s.Setups()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		x = append(x, c.Bias)
	}
	return x
}

func TestEmptySpecIsTheDefault(t *testing.T) {
	cells, err := walks.Spec().Setups()
	if err != nil || len(cells) != 1 || cells[0] != walks.Default {
		t.Errorf("the cells are %+v, %v", cells, err)
	}
}

// TestOrder also shows that a parameter of one model does not multiply the cells
// of another, and that a model brings its own defaults.
func TestOrder(t *testing.T) {
	s, err := parse("-kind=leaky,free", "-bias=0.5,0", "-steps=2", "-pull=0,1,2")
	if err != nil {
		t.Fatal(err)
	}
	cells, err := s.Setups()
	var want []walk
	for _, kind := range []string{"leaky", "free"} {
		for _, bias := range []float64{0.5, 0} {
			w := standard(kind)
			w.Bias, w.Steps = bias, 2
			if kind == "free" {
				want = append(want, w)
				continue
			}
			for _, w.Pull = range []float64{0, 1, 2} {
				want = append(want, w)
			}
		}
	}
	if err != nil || !slices.Equal(cells, want) {
		t.Errorf("the cells are %+v, %v, want %+v", cells, err, want)
	}
}

// TestThreeSources wants the same grid from a file, from flags and from Go.
func TestThreeSources(t *testing.T) {
	file, err := read(t, `
kind = ["free", "leaky"]
mode = "down"
bias = [0, "0.1:0.3:0.1", 1e-5]
steps = "2:6:2"
size = 3
pull = [1, 2.5]
repeats = 7
seed = 9
`)
	if err != nil {
		t.Fatal(err)
	}
	flags, err := parse("-kind=free, leaky", "-mode=down", "-bias=0,0.1:0.3:0.1,1e-5", "-steps=2:6:2", "-size=3", "-pull=1,2.5", "-repeats=7", "-seed=9")
	if err != nil {
		t.Fatal(err)
	}
	code := walks.Spec()
	code.Repeats, code.Seed = 7, 9
	for name, values := range map[string][]any{
		"kind": {"free", "leaky"}, "mode": {mode(1)}, "bias": {0, 0.1, 0.2, 0.3, 1e-5}, "steps": {2, 4, 6}, "size": {3.0}, "pull": {1, 2.5},
	} {
		if err := code.Set(name, values...); err != nil {
			t.Fatal(err)
		}
	}
	texts := make(map[string]bool)
	for _, s := range []*grid.Spec[walk]{file, flags, code} {
		cells, err := s.Setups()
		if err != nil {
			t.Fatal(err)
		}
		parameters, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		texts[fmt.Sprintf("%+v %d %d %s", cells, s.Repeats, s.Seed, parameters)] = true
		want := `{"kind":["free","leaky"],"mode":["down"],"bias":[0,0.1,0.2,0.3,0.00001],"steps":[2,4,6],"size":[3],"pull":[1,2.5],"repeats":7}`
		if string(parameters) != want {
			t.Errorf("the parameters are %s, want %s", parameters, want)
		}
	}
	if len(texts) != 1 {
		t.Errorf("the sources differ: %v", texts)
	}
}

func TestNumbers(t *testing.T) {
	racetest.Sequential(t)
	for text, want := range map[string][]float64{
		"0.75":             {0.75},
		"1e-4, 1e-5":       {1e-4, 1e-5},
		"0:1:0.25":         {0, 0.25, 0.5, 0.75, 1},
		"0:1:0.4":          {0, 0.4, 0.8},
		"2:4":              {2, 3, 4},
		"0.3:-0.1:-0.2,-1": {0.3, 0.1, -0.1, -1},
		"5:5":              {5},
		"1e-400":           {0},
		"1:100000":         nil, // as many as there may be
	} {
		s, err := parse("-bias=" + text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := biases(t, s); want != nil && !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, want %v", text, got, want)
		}
	}
}

// TestRangesAreDecimal wants each value of a range to be the number that its
// decimal stands for. Adding up the step in floating point misses it.
func TestRangesAreDecimal(t *testing.T) {
	s, err := parse("-bias=0:0.95:0.05")
	if err != nil {
		t.Fatal(err)
	}
	x := biases(t, s)
	if len(x) != 20 {
		t.Fatalf("%d values, want 20", len(x))
	}
	sum, misses := 0.0, 0
	for i, x := range x {
		want, _ := strconv.ParseFloat(strconv.FormatFloat(float64(i*5)/100, 'f', 2, 64), 64)
		if x != want {
			t.Errorf("value %d is %v, want %v", i, x, want)
		}
		if sum != want {
			misses++
		}
		sum += 0.05
	}
	if misses == 0 {
		t.Error("adding up in floating point gives the same: the test tells nothing")
	}
}

func TestFlagsAreRefused(t *testing.T) {
	racetest.Sequential(t)
	for text, want := range map[string]string{
		"-bias=":                    `"" is not a finite number`,
		"-bias=1,,2":                `"" is not a finite number`,
		"-bias=half":                `"half" is not a finite number`,
		"-bias=NaN":                 `"NaN" is not a finite number`,
		"-bias=-Inf":                `"-Inf" is not a finite number`,
		"-bias=1e999":               `"1e999" is not a finite number`,
		"-bias=1/3":                 `"1/3" is not`,
		"-bias=0:1:0":               "never ends",
		"-bias=0:1:-0.1":            "never ends",
		"-bias=0:1:0.1:2":           "not a range",
		"-bias=0:1:1e-300":          "more than 100000 values",
		"-bias=0:1e308:1e-300":      "more than 100000 values",
		"-bias=1:100001":            "more than 100000 values",
		"-bias=1:60000,70000:99999": "",
		"-bias=1:60000,0.5:60000":   "bias has more than 100000 values",
		"-bias=0:1:1e-999":          "never ends",
		"-bias=1:1e-999999999":      "never ends",
		"-bias=0.5,0,0.50":          "bias has the value 0.5 twice",
		"-mode=up,0":                "mode has the value up twice",
		"-mode=left":                `mode = "left" is neither up nor down`,
		"-kind=bound":               `kind = "bound" is none of free, leaky`,
		"-steps=2.5":                "not a whole number",
		"-steps=0:1:0.5":            "not a whole number",
		"-steps=1e30":               "not a whole number",
		"-repeats=0":                "repeats = 0 is not from 1 to 2147483648",
		"-repeats=-1":               "repeats = -1 is not a whole number",
		"-repeats=3000000000":       "repeats = 3000000000 is not from 1",
		"-seed=-1":                  "seed = -1 is not a whole number from 0 to 18446744073709551615",
		"-bias=1 -bias=2":           "it is given twice",
	} {
		_, err := parse(strings.Fields(text)...)
		if want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
}

func TestFilesAreRefused(t *testing.T) {
	racetest.Sequential(t)
	for text, want := range map[string]string{
		"biass = 0.5":                 `the key "biass" is none of kind, mode, bias, steps, size, pull, repeats, seed`,
		"BIAS = 0.5":                  `the key "BIAS" is none of`,
		"steps = 3\nSteps = 4":        `the key "Steps" is none of`,
		"steps = 3\nsteps = 4":        "already been defined",
		"steps = 3\n\"steps\" = 4":    "already been defined",
		"[leaky]\nbias = 0.5":         `the key "leaky" is none of`,
		"bias.x = 0.5":                "neither a number nor a text",
		"bias = [":                    "line 1",
		"bias = []":                   "bias has no values",
		"bias = true":                 "neither a number nor a text",
		"bias = [[1, 2]]":             "neither a number nor a text",
		"bias = 2022-11-28":           "neither a number nor a text",
		"bias = [nan]":                "not a finite number",
		"bias = [1, \"a\"]":           `bias = "a" is not a finite number`,
		"bias = [0.5, 0, 0.5]":        "bias has the value 0.5 twice",
		"steps = [1, 2.5]":            "not a whole number",
		"repeats = 1.5":               "repeats = 1.5 is not a whole number",
		"repeats = [1]":               "repeats = [1] is not a whole number",
		"seed = -1":                   "seed = -1 is not a whole number",
		"seed = 18446744073709551615": "out of range",
		"pull = 1":                    "pull is of the leaky walk, which the grid does not have",
		strings.Repeat("#", 1<<18+1):  "more than 262144 bytes",
		"x." + strings.Repeat("a.", 1<<16) + "a = 1":    "more than 100 tables", // each of these takes the decoder minutes
		"x = 1\n[" + strings.Repeat("a.", 1<<16) + "a]": "more than 100 tables",
		"x = " + strings.Repeat("{a = ", 1<<15):         "more than 100 tables",
		"bias = " + strings.Repeat("[", 1<<16):          "line 1",
		"steps = \"1:2000\"\nbias = \"0:1:0.001\"":      "the grid has more than 1000000 cells",
		"steps = \"1:2000\"\nrepeats = 2000000":         "repeats = 2000000 of 2000 cells are more than 2147483648 runs",
	} {
		s, err := read(t, text)
		if err == nil {
			_, err = s.Setups()
		} else if !strings.Contains(err.Error(), "grid.toml: ") {
			t.Errorf("%.40q: the error does not name the file: %v", text, err)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want an error with %q", text, err, want)
		}
	}
	if err := walks.Spec().Read(filepath.Join(t.TempDir(), "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestRefusalChangesNothing(t *testing.T) {
	s := walks.Spec()
	if err := s.Set("bias", 7); err != nil {
		t.Fatal(err)
	}
	if err := s.Set("bias", 1, "half"); err == nil {
		t.Fatal("half passes as a number")
	}
	if x := biases(t, s); !slices.Equal(x, []float64{7}) {
		t.Errorf("after an error the values are %v, want 7", x)
	}
	var bad *arg.Error
	if err := s.Set("biass", 1); !errors.As(err, &bad) || bad.Package != "grid" {
		t.Errorf("a name that there is none of: %v", err)
	}
	if err := s.Set("bias"); err == nil {
		t.Error("no values pass")
	}
	s.Repeats = 0
	if _, err := s.Setups(); err == nil || !strings.Contains(err.Error(), "repeats = 0") {
		t.Errorf("no repeats: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*walk){
		"":                               func(*walk) {},
		"walk: bias = NaN is not finite": func(w *walk) { w.Bias = math.NaN() },
		"walk: steps = 0 is not a finite number ≥ 1":       func(w *walk) { w.Steps = 0 },
		"walk: size = -1 m is not positive and finite":     func(w *walk) { w.Size = -1 },
		`walk: kind = "bound" is none of free, leaky`:      func(w *walk) { w.Kind = "bound" },
		"walk: pull = -1 1/s is not a finite number ≥ 0":   func(w *walk) { w.Kind, w.Pull = "leaky", -1 },
		"walk: pull = +Inf 1/s is not a finite number ≥ 0": func(w *walk) { w.Kind, w.Pull = "leaky", math.Inf(1) },
	} {
		w := standard("free")
		change(&w)
		got := ""
		if err := walks.Validate("walk", w); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%+v: %q, want %q", w, got, want)
		}
	}
	w := standard("free")
	w.Pull = -1 // which a free walk has no use for
	if err := walks.Validate("walk", w); err != nil {
		t.Errorf("a parameter that does not apply is checked: %v", err)
	}
}

func TestColumns(t *testing.T) {
	columns, values := walks.Columns(), walks.Values(walk{Kind: "leaky", Mode: 1, Steps: 3, Pull: 0.25})
	want := []any{"leaky", "down", 0.0, 3, 0.0, 0.25}
	if !reflect.DeepEqual(values, want) {
		t.Errorf("the values are %#v, want %#v", values, want)
	}
	for i, c := range columns {
		if reflect.TypeOf(values[i]).Kind() != c.Kind {
			t.Errorf("column %s is of kind %v and has the value %#v", c.Name, c.Kind, values[i])
		}
	}
	if c := columns[5]; c.Name != "pull" || c.Unit != "1/s" || c.Help != "strength of the leak, of the leaky walk" {
		t.Errorf("the last column is %+v", c)
	}
}

// TestHelp reads the help of a command.
func TestHelp(t *testing.T) {
	f := flag.NewFlagSet("", flag.ContinueOnError)
	var help strings.Builder
	f.SetOutput(&help)
	walks.Spec().Flags(f)
	f.PrintDefaults()
	for _, want := range []string{
		"-kind value\n    \tkind of walk: free, leaky (default free)\n",
		"-mode value\n    \tdirection: up or down (default up)\n",
		"-size value\n    \tsize of a step, in m (default 1 for free, 2 for leaky)\n",
		"-pull value\n    \tstrength of the leak, in 1/s; only of the leaky walk (default 0.5)\n",
		"-repeats number\n", "-seed seed\n",
	} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the help lacks %q:\n%s", want, &help)
		}
	}
}

func TestOneNameForTwo(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("two parameters of one name pass")
		}
	}()
	twice := &grid.Table[walk]{Parameters: []grid.Parameter[walk]{walks.Parameters[2], walks.Parameters[2]}}
	twice.Spec()
}
