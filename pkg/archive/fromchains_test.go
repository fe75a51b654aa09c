package archive

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
)

// chainsOf returns two chains of 50 draws in three dimensions, with the
// statistics that NUTS reports.
func chainsOf() (draws, stats []*mat.Dense, names []string) {
	names = []string{"lp", "acceptance_rate", "diverging", "energy", "tree_depth", "n_steps", "step_size"}
	for c := range 2 {
		x, s := mat.NewDense(50, 3, nil), mat.NewDense(50, len(names), nil)
		for i := range 50 {
			v := math.Sin(float64(i*i + c))
			x.SetRow(i, []float64{v, v * v, -v})
			s.SetRow(i, []float64{-v * v, 0.8 + 0.1*v, float64(i % 25 / 24), v*v + 1, float64(2 + i%3), float64(int(4)<<(i%3) - 1), 0.25})
		}
		draws, stats = append(draws, x), append(stats, s)
	}
	return draws, stats, names
}

func TestFromChains(t *testing.T) {
	draws, stats, names := chainsOf()
	vars := []Variable{Scalar("mu"), Vector("theta", 2)}
	d, err := FromChains(Run{Seed: 1}, vars, draws, names, stats)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]Kind{"diverging": Bool, "tree_depth": Int64, "n_steps": Int64}
	for i, v := range d.Stats {
		if v.Name != names[i] || v.Kind != kinds[v.Name] {
			t.Errorf("statistic %d is %s of kind %v", i, v.Name, v.Kind)
		}
	}
	if x, err := d.Column("theta[1]"); err != nil || x[1][3] != draws[1].At(3, 2) {
		t.Errorf("theta[1]: %v", err)
	}
	if d, err := FromChains(Run{}, nil, draws, nil, nil); err != nil || d.Stats != nil || d.StatValues != nil || d.Names()[2] != "x[2]" {
		t.Errorf("without names and statistics: %v, %v", d, err)
	}

	with := func(i, k int, v float64) []*mat.Dense {
		s := mat.DenseCopyOf(stats[1])
		s.Set(i, k, v)
		return []*mat.Dense{stats[0], s}
	}
	short := []*mat.Dense{draws[0], mat.DenseCopyOf(draws[1].Slice(0, 49, 0, 3))}
	for wants, try := range map[string]func() (*Draws, error){
		"draws is empty":             func() (*Draws, error) { return FromChains(Run{}, nil, nil, nil, nil) },
		"no matrix for chain 1":      func() (*Draws, error) { return FromChains(Run{}, nil, []*mat.Dense{draws[0], nil}, nil, nil) },
		"want 50×4":                  func() (*Draws, error) { return FromChains(Run{}, []Variable{Vector("x", 4)}, draws, nil, nil) },
		"49 draws of chain 1 and 50": func() (*Draws, error) { return FromChains(Run{}, nil, short, nil, nil) },
		"StatValues has 0 matrices":  func() (*Draws, error) { return FromChains(Run{}, nil, draws, names, nil) },
		"StatValues has 1 matrices":  func() (*Draws, error) { return FromChains(Run{}, nil, draws, names, stats[:1]) },
		"want 50×6":                  func() (*Draws, error) { return FromChains(Run{}, nil, draws, names[:6], stats) },
		"lp is there twice": func() (*Draws, error) {
			return FromChains(Run{}, nil, draws, append([]string{"lp"}, names[:6]...), stats)
		},
		"chain 1, draw 7: diverging":   func() (*Draws, error) { return FromChains(Run{}, nil, draws, names, with(7, 2, 0.5)) },
		"chain 1, draw 49: tree_depth": func() (*Draws, error) { return FromChains(Run{}, nil, draws, names, with(49, 4, math.NaN())) },
	} {
		var e *arg.Error
		if _, err := try(); !errors.As(err, &e) || !strings.Contains(err.Error(), wants) {
			t.Errorf("want an *arg.Error with %q, got %v", wants, err)
		}
	}
}
