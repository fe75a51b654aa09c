package archive

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
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
