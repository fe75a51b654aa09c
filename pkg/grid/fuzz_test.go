package grid_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// FuzzFlag reads any text as the values of numbers: no text makes it panic, and
// what it accepts it reads the same when it is written out.
func FuzzFlag(f *testing.F) {
	for _, text := range []string{"0.75", "0:1:0.05", "1e-400,2", "3:1:-0.5", "0:1e308:1e300", "0x1p-2", "1_0", "-0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse("-bias=" + text)
		if err != nil {
			return
		}
		x := biases(t, s)
		var values []any
		for _, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%q gives %v", text, v)
			}
			values = append(values, v)
		}
		again, _ := parse()
		if err := again.Set("bias", values...); err != nil {
			t.Fatalf("%q gives %v, which is refused: %v", text, x, err)
		}
		if y := biases(t, again); fmt.Sprint(x) != fmt.Sprint(y) {
			t.Fatalf("%q gives %v, and that %v", text, x, y)
		}
	})
}

// FuzzFile reads any text as a file: no text makes it panic, and it reads the
// same text the same way.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"kind = [\"free\", \"leaky\"]\nbias = \"0:1:0.1\"\nrepeats = 3\nseed = 4", "steps = [1, 2]\n", "Bias = 1\nbias = 2", "pull = 1", "[a]\nb = 1",
		"bias = 1e999", "seed = 0x7fffffffffffffff", "bias = 2022-11-28",
	} {
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), fmt.Sprintf("grid-%d.toml", os.Getpid()))
	f.Fuzz(func(t *testing.T, text string) {
		var first string
		for range 3 {
			s := walks.Spec()
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			err := s.Read(path)
			if err == nil {
				_, err = s.Setups()
			}
			said := fmt.Sprint(err)
			if err == nil {
				parameters, err := s.MarshalJSON()
				said = fmt.Sprintf("%s %d %v", parameters, s.Seed, err)
			}
			if first == "" {
				first = said
			} else if said != first {
				t.Fatalf("%q is read in two ways:\n%s\n%s", text, first, said)
			}
		}
	})
}
