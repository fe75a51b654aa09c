package sweep

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/metric"
	model "natspike/pkg/oldtrial"
)

// readSpec reads a spec from the text of a file.
func readSpec(t *testing.T, text string) (*Spec, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "grid.toml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return ReadSpec(path)
}

// fromFlags reads a spec from a command line.
func fromFlags(t *testing.T, args ...string) *Spec {
	t.Helper()
	s := NewSpec()
	f := flag.NewFlagSet("", flag.ContinueOnError)
	s.Flags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEmptySpecIsThePaper(t *testing.T) {
	s := NewSpec()
	s.Model = Axis[string]{"balanced", "metropolis"}
	cells, err := s.Setups()
	want := []model.Setup{
		model.PaperBalanced(10, 10, 0.75, metric.Natural),
		model.PaperMetropolis(10, 10, 0.75, metric.Natural),
	}
	if err != nil || !reflect.DeepEqual(cells, want) {
		t.Errorf("the cells are %+v, %v, want %+v", cells, err, want)
	}
}

// TestCellsAreInOrder also shows that the axes of one model do not multiply the
// cells of the other, and that what is given holds for both.
func TestCellsAreInOrder(t *testing.T) {
	s := fromFlags(t, "-model", "metropolis,balanced", "-geometry", "natural,naive", "-rho", "0.5,0", "-n_p", "2,3", "-k", "4",
		"-skew", "0,1,2", "-gain", "1,2", "-dt", "1e-4,1e-5", "-mean", "0.5", "-after", "1")
	cells, err := s.Setups()
	if err != nil {
		t.Fatal(err)
	}
	var want []model.Setup
	for _, m := range []model.Model{model.Metropolis, model.Balanced} {
		for _, g := range []metric.Geometry{metric.Natural, metric.Naive} {
			for _, rho := range []float64{0.5, 0} {
				for _, p := range []int{2, 3} {
					add := func(c model.Setup) {
						c.Mean, c.After = 0.5, 1
						for _, c.DT = range []float64{1e-4, 1e-5} {
							want = append(want, c)
						}
					}
					if m == model.Metropolis {
						c := model.PaperMetropolis(p, 4, rho, g)
						for _, c.Gain = range []float64{1, 2} {
							add(c)
						}
						continue
					}
					c := model.PaperBalanced(p, 4, rho, g)
					for _, c.Skew = range []float64{0, 1, 2} {
						add(c)
					}
				}
			}
		}
	}
	if !reflect.DeepEqual(cells, want) {
		t.Errorf("%d cells, want %d, or in another order", len(cells), len(want))
	}
}

// TestKeysAreFlags: what a file can say a flag can, by the same name, and to the
// same effect.
func TestKeysAreFlags(t *testing.T) {
	var tags []string
	for f := range reflect.TypeFor[Spec]().Fields() {
		tags = append(tags, f.Tag.Get("toml"))
	}
	if slices.Sort(tags); !slices.Equal(tags, keys()) {
		t.Errorf("a file has the keys %q, and there are the flags %q", tags, keys())
	}
	file, err := readSpec(t, `
model = ["balanced", "metropolis"]
geometry = ["naive", 0.5]
family = "unit"
rho = "0:0.9:0.3"
n_p = [2, 4]
k = 6
scale = [0.5, 1]
skew = 0.1
arbitration = ["Greedy"]
gain = 2
dt = 1e-4
mean = 3
before = 0
after = 0.25
repeats = 7
seed = 9
`)
	if err != nil {
		t.Fatal(err)
	}
	flags := fromFlags(t, "-model=balanced,metropolis", "-geometry=naive,0.5", "-family=unit", "-rho=0:0.9:0.3", "-n_p=2,4", "-k=6", "-scale=0.5,1",
		"-skew=0.1", "-arbitration=Greedy", "-gain=2", "-dt=1e-4", "-mean=3", "-before=0", "-after=0.25", "-repeats=7", "-seed=9")
	if !reflect.DeepEqual(file, flags) {
		t.Errorf("the file is read as %+v, the flags as %+v", file, flags)
	}
	for field, value := range reflect.ValueOf(flags).Elem().Fields() {
		if value.IsZero() && field.Name != "Before" {
			t.Errorf("%s is not tested", field.Name)
		}
	}
	// Every parameter is in the run that is written, but for the seed, which it has.
	parameters, err := json.Marshal(flags)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys() {
		if key != "seed" && !strings.Contains(string(parameters), `"`+key+`":`) {
			t.Errorf("%s is not in %s", key, parameters)
		}
	}
}

func TestMalformedSpecsAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"rhoo = 0.5":                  `there is no key "rhoo"; there are after,`,
		"[balanced]\nrho = 0.5":       `there is no key "balanced"`,
		"rho = [":                     "line 1",
		"repeats = 1.5":               "repeats",
		`seed = -1`:                   "seed",
		"seed = 18446744073709551615": "seed",
		`mean = "one"`:                "mean",
		`model = "balancing"`:         `model "balancing" is none of balanced and metropolis`,
		`geometry = "euclidean"`:      `"euclidean" is none of`,
		`family = "double"`:           `family "double" is none of unit, triple and shared`,
		"model=\"balanced\"\narbitration = \"greedy\"": `"greedy" is none of`,
		"rho = [0.5, 0, 0.5]":                          "rho has the value 0.5 twice",
		`geometry = ["naive", 0]`:                      "geometry has the value naive twice",
		`skew = 1`:                                     "skew is of the model balanced, and the grid has only metropolis",
		"model=\"balanced\"\ngain = 2":                 "gain is of the model metropolis, and the grid has only balanced",
		"repeats = 0":                                  "repeats = 0; at least one",
		"repeats = 3000000000":                         "more than 2147483648 runs",
		"n_p = 100000":                                 "make a decoder of 1e+11 numbers",
		"rho = \"0:0.9:0.0001\"\nscale = \"1:1000\"\nk = \"2:4\"": "more than 10000000 cells",
	} {
		s, err := readSpec(t, text)
		if err == nil {
			_, err = s.Setups()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
	if _, err := ReadSpec(filepath.Join(t.TempDir(), "none.toml")); err == nil {
		t.Error("a file that is not there passes")
	}
}
