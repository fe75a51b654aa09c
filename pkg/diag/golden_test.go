package diag

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"natspike/pkg/racetest"
)

// number is a JSON number, or "nan" or "inf", which JSON lacks.
type number float64

func (n *number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	*n = number(v)
	return err
}

// reference is what a golden script prints: case → quantity → values.
type reference struct {
	Provenance map[string]string
	Answers    map[string]map[string]number
}

// python returns the interpreter that NATSPIKE_PYTHON names, or python3, and
// skips the test where that lacks the module.
func python(t *testing.T, module string) string {
	t.Helper()
	racetest.Program(t)
	exe := cmp.Or(os.Getenv("NATSPIKE_PYTHON"), "python3")
	find := "import sys; from importlib.util import find_spec; print(*(m for m in sys.argv[1:] if not find_spec(m)))"
	out, err := exec.Command(exe, "-c", find, module).Output()
	if missing := strings.TrimSpace(string(out)); err != nil || missing != "" {
		t.Skipf("%s lacks %s (%v); set NATSPIKE_PYTHON to a Python with what scripts/peers/formats.lock lists", exe, module, err)
	}
	return exe
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// runGolden runs a golden script and parses what it prints.
func runGolden(t *testing.T, exe, script, input string) reference {
	t.Helper()
	var stderr bytes.Buffer
	c := exec.Command(exe, script, input)
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	var r reference
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// compare checks each of the reference's answers with ours, to the given
// relative tolerance. answer returns false for a quantity it does not know.
func compare(t *testing.T, want reference, tolerance float64, answer func(name, quantity string) (float64, bool)) {
	t.Helper()
	n := 0
	for _, name := range slices.Sorted(maps.Keys(want.Answers)) {
		for _, quantity := range slices.Sorted(maps.Keys(want.Answers[name])) {
			w := float64(want.Answers[name][quantity])
			got, ok := answer(name, quantity)
			if !ok {
				t.Errorf("%s: nothing computes %q", name, quantity)
				continue
			}
			n++
			// Differences of numbers of order one keep an absolute error.
			if got != w && !(math.Abs(got-w) <= tolerance*math.Max(1e-3, math.Abs(w))) {
				t.Errorf("%s: %s = %.17g, the reference has %.17g", name, quantity, got, w)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d answers were compared", n)
	}
}

func TestChainsMatchArviZ(t *testing.T) {
	var cases map[string][][]float64
	readJSON(t, "testdata/chains.json", &cases)
	answer := func(name, quantity string) (float64, bool) {
		v, err := chainQuantity(cases[name], quantity)
		if errors.Is(err, errors.ErrUnsupported) {
			return 0, false
		}
		if err != nil {
			t.Errorf("%s: %s: %v", name, quantity, err)
		}
		return v, true
	}
	t.Run("committed", func(t *testing.T) {
		var want reference
		readJSON(t, "testdata/chains_arviz.json", &want)
		compare(t, want, 1e-9, answer)
	})
	t.Run("fresh", func(t *testing.T) {
		exe := python(t, "arviz")
		compare(t, runGolden(t, exe, "../../scripts/golden/diag_chains.py", "testdata/chains.json"), 1e-9, answer)
	})
}

// chainQuantity computes the quantity that diag_chains.py calls by this name.
func chainQuantity(x [][]float64, name string) (float64, error) {
	var p, q float64
	switch name {
	case "ess mean":
		return ESS(x)
	case "ess bulk":
		return ESSBulk(x)
	case "ess tail":
		return ESSTail(x)
	case "ess sd":
		return ESSSD(x)
	case "ess identity":
		y, _, err := prepare(x)
		if err != nil {
			return 0, err
		}
		return ess(y), nil
	case "mcse mean":
		return MCSEMean(x)
	case "mcse sd":
		return MCSESD(x)
	case "bfmi":
		return EBFMI(x[0])
	case "rhat rank":
		return RHat(x)
	case "rhat split":
		return RHatSplit(x)
	}
	if n, _ := fmt.Sscanf(name, "ess quantile %g", &p); n == 1 {
		return ESSQuantile(x, p)
	}
	if n, _ := fmt.Sscanf(name, "mcse quantile %g", &p); n == 1 {
		return MCSEQuantile(x, p)
	}
	if n, _ := fmt.Sscanf(name, "ess local %g %g", &p, &q); n == 2 {
		return ESSLocal(x, p, q)
	}
	if n, _ := fmt.Sscanf(name, "autocorrelation %g", &p); n == 1 {
		rho, err := Autocorrelation(x[0], int(p))
		if err != nil {
			return 0, err
		}
		return rho[int(p)], nil
	}
	return 0, errors.ErrUnsupported
}

func TestTrainsMatchElephant(t *testing.T) {
	var cases map[string]trainCase
	readJSON(t, "testdata/trains.json", &cases)
	answer := func(name, quantity string) (float64, bool) {
		v, err := cases[name].quantity(quantity)
		if errors.Is(err, errors.ErrUnsupported) {
			return 0, false
		}
		if err != nil {
			t.Errorf("%s: %s: %v", name, quantity, err)
		}
		return v, true
	}
	t.Run("committed", func(t *testing.T) {
		var want reference
		readJSON(t, "testdata/trains_elephant.json", &want)
		compare(t, want, 1e-9, answer)
	})
	t.Run("fresh", func(t *testing.T) {
		exe := python(t, "elephant")
		compare(t, runGolden(t, exe, "../../scripts/golden/diag_trains.py", "testdata/trains.json"), 1e-9, answer)
	})
}

// trainCase is one case of trains.json.
type trainCase struct {
	Start, Stop, Width float64
	Lag                int
	Trains             [][]float64
}

// quantity computes what diag_trains.py calls by this name.
func (c trainCase) quantity(name string) (float64, error) {
	trains := make([]Train, len(c.Trains))
	for i, times := range c.Trains {
		var err error
		if trains[i], err = NewTrain(times, c.Start, c.Stop); err != nil {
			return 0, err
		}
	}
	kind, rest, _ := strings.Cut(name, " ")
	var i, j int
	var r float64
	fmt.Sscan(rest, &i, &r)
	switch kind {
	case "rate":
		return trains[i].Rate(), nil
	case "cv":
		return CV(trains[i].ISI(), 0)
	case "cv2":
		return CV2(trains[i].ISI())
	case "lv":
		return LV(trains[i].ISI())
	case "lvr":
		return LvR(trains[i].ISI(), r)
	case "fano":
		counts := make([]int, len(trains))
		for k, t := range trains {
			counts[k] = len(t.Times())
		}
		return Fano(counts, 0)
	case "psth":
		rate, err := PSTH(trains, c.Width)
		if rest == "bins" || err != nil {
			return float64(len(rate)), err
		}
		return rate[i], nil
	case "correlation":
		fmt.Sscan(rest, &i, &j)
		m, err := CountCorrelation(trains, c.Width)
		if err != nil {
			return 0, err
		}
		return m.At(i, j), nil
	case "correlogram":
		n, err := CrossCorrelogram(trains[0], trains[1], c.Width, c.Lag)
		if err != nil {
			return 0, err
		}
		return float64(n[i]), nil
	case "cross-correlation":
		rho, err := CrossCorrelation(trains[0], trains[1], c.Width, c.Lag)
		if err != nil {
			return 0, err
		}
		return rho[i], nil
	}
	return 0, errors.ErrUnsupported
}
