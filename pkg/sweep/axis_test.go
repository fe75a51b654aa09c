package sweep

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestAxisIsReadFromText(t *testing.T) {
	for text, want := range map[string]Axis[float64]{
		"0.75":             {0.75},
		"1e-4, 1e-5":       {1e-4, 1e-5},
		"0:1:0.25":         {0, 0.25, 0.5, 0.75, 1},
		"0:1:0.4":          {0, 0.4, 0.8},
		"2:4":              {2, 3, 4},
		"0.3:-0.1:-0.2,-1": {0.3, 0.1, -0.1, -1},
		"5:5":              {5},
		"1e-400":           {0},
	} {
		var a Axis[float64]
		if err := a.Set(text); err != nil || !slices.Equal(a, want) {
			t.Errorf("%q is read as %v, %v, want %v", text, a, err, want)
		}
		if err := a.Set(a.String()); err != nil || !slices.Equal(a, want) {
			t.Errorf("%v is not read back: %v, %v", want, a, err)
		}
	}
	var n Axis[int]
	if err := n.Set("2,10:30:10"); err != nil || !slices.Equal(n, Axis[int]{2, 10, 20, 30}) {
		t.Errorf("whole numbers: %v, %v", n, err)
	}
	var s Axis[string]
	if err := s.Set("naive, natural"); err != nil || !slices.Equal(s, Axis[string]{"naive", "natural"}) {
		t.Errorf("names: %q, %v", s, err)
	}
}

// TestRangesAreDecimal: each value of a range is the number that its decimal
// stands for, which adding up the step in floating point misses.
func TestRangesAreDecimal(t *testing.T) {
	var a Axis[float64]
	if err := a.Set("0:0.95:0.05"); err != nil || len(a) != 20 {
		t.Fatalf("%d values, %v; want 20", len(a), err)
	}
	sum, misses := 0.0, 0
	for i, x := range a {
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

func TestAxisRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":               `"" is not a finite number`,
		"1,,2":           `"" is not a finite number`,
		"half":           `"half" is not`,
		"NaN":            `"NaN" is not a finite number`,
		"1e999":          `"1e999" is not a finite number`,
		"1/3":            `"1/3" is not`,
		"0:1:0":          "never ends",
		"0:1:-0.1":       "never ends",
		"0:1:0.1:2":      "not a range",
		"0:1:1e-300":     "more than 100000 values",
		"0:1:1e-999":     "never ends",
		"1:1e-999999999": "never ends",
	} {
		a := Axis[float64]{7}
		if err := a.Set(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
		if len(a) != 1 || a[0] != 7 {
			t.Errorf("%q is refused and changes the axis to %v", text, a)
		}
	}
	var n Axis[int]
	for _, text := range []string{"2.5", "0:1:0.5", "1e30"} {
		if err := n.Set(text); err == nil || !strings.Contains(err.Error(), "not a whole number") {
			t.Errorf("%q passes as whole numbers: %v, %v", text, n, err)
		}
	}
	var s Axis[string]
	if err := s.Set("naive,,natural"); err == nil {
		t.Error("an empty name passes")
	}
}

func TestAxisIsReadFromTOML(t *testing.T) {
	type file struct {
		X Axis[float64] `toml:"x"`
		N Axis[int]     `toml:"n"`
		S Axis[string]  `toml:"s"`
	}
	var f file
	_, err := toml.Decode(`
x = [0, 0.1, "0.2:0.4:0.1", 1e-5]
n = "2:6:2"
s = ["naive", 0.5]
`, &f)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.X, Axis[float64]{0, 0.1, 0.2, 0.3, 0.4, 1e-5}) || !slices.Equal(f.N, Axis[int]{2, 4, 6}) || !slices.Equal(f.S, Axis[string]{"naive", "0.5"}) {
		t.Errorf("read as %+v", f)
	}
	for text, want := range map[string]string{
		"x = []":             "empty",
		"x = true":           "neither a number nor a string",
		"x = [[1, 2]]":       "neither a number nor a string",
		"x = { from = 1 }":   "neither a number nor a string",
		"x = [nan]":          "not a finite number",
		"x = 2022-11-28":     "neither a number nor a string",
		"n = [1, 2.5]":       "not a whole number",
		"\n\nx = [1, \"a\"]": "line 3",
	} {
		if _, err := toml.Decode(text, new(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
}
