package diag

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

const (
	judgedDraws = 1000
	judgedDims  = 5
)

// aRun is four chains of 1000 draws in five dimensions, each an AR(1).
func aRun(rng *rand.Rand, phi float64) Run {
	var r Run
	for range 4 {
		x := mat.NewDense(judgedDraws, judgedDims, nil)
		for j := range judgedDims {
			x.SetCol(j, ar1(rng, phi, judgedDraws))
		}
		r.Draws = append(r.Draws, x)
	}
	return r
}

// withStats gives a run statistics, each column by a function.
func withStats(r Run, columns map[string]func(chain, draw int) float64) Run {
	for name := range columns {
		r.StatNames = append(r.StatNames, name)
	}
	slices.Sort(r.StatNames)
	for c := range r.Draws {
		s := mat.NewDense(judgedDraws, len(r.StatNames), nil)
		for k, name := range r.StatNames {
			for i := range judgedDraws {
				s.Set(i, k, columns[name](c, i))
			}
		}
		r.Stats = append(r.Stats, s)
	}
	return r
}

// bimodal returns a run in which each chain stays in one of two modes, four
// standard deviations apart in dimension 2.
func bimodal(rng *rand.Rand, modes [4]float64) Run {
	r := aRun(rng, 0)
	for c, x := range r.Draws {
		for i := range judgedDraws {
			x.Set(i, 2, x.At(i, 2)+4*modes[c])
		}
	}
	return r
}

// TestJudgeRates measures how often healthy runs are called other than good, and
// how often ill ones are called good. Two of 400 autoregressions were, so that more
// than three of 50 have a probability of 0.01 %; of the others none. Modes that no
// chain has seen are the negative control: they must be missed.
func TestJudgeRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		runs        int
		run         func(rng *rand.Rand) Run
		least, most Grade
		wrong       int // how many runs may have another grade
	}{
		{"independent draws", 50, func(rng *rand.Rand) Run { return aRun(rng, 0) }, Good, Good, 0},
		{"AR(0.5)", 50, func(rng *rand.Rand) Run { return aRun(rng, 0.5) }, Good, Good, 3},
		{"statistics in order", 8, func(rng *rand.Rand) Run {
			energy := [4][]float64{}
			for c := range energy {
				energy[c] = ar1(rng, 0.5, judgedDraws)
			}
			return withStats(aRun(rng, 0), map[string]func(c, i int) float64{
				"diverging":       func(int, int) float64 { return 0 },
				"energy":          func(c, i int) float64 { return energy[c][i] },
				"acceptance_rate": func(int, int) float64 { return 0.8 },
				"tree_depth":      func(int, int) float64 { return 3 },
			})
		}, Good, Good, 0},
		{"one chain shifted by half a standard deviation in one dimension", 10, func(rng *rand.Rand) Run {
			r := aRun(rng, 0)
			for i := range judgedDraws {
				r.Draws[1].Set(i, 3, r.Draws[1].At(i, 3)+0.5)
			}
			return r
		}, Doubtful, Unusable, 0},
		{"one chain of 1.5 times the spread in one dimension", 10, func(rng *rand.Rand) Run {
			r := aRun(rng, 0)
			for i := range judgedDraws {
				r.Draws[1].Set(i, 3, r.Draws[1].At(i, 3)*1.5)
			}
			return r
		}, Doubtful, Unusable, 0},
		{"AR(0.95), worth 26 draws in a chain", 10, func(rng *rand.Rand) Run { return aRun(rng, 0.95) }, Doubtful, Unusable, 0},
		{"a trend of half a standard deviation", 10, func(rng *rand.Rand) Run {
			r := aRun(rng, 0)
			for _, x := range r.Draws {
				for i := range judgedDraws {
					x.Set(i, 0, x.At(i, 0)+float64(i)/judgedDraws)
				}
			}
			return r
		}, Doubtful, Unusable, 0},
		{"modes that chains do not leave", 8, func(rng *rand.Rand) Run { return bimodal(rng, [4]float64{0, 1, 1, 0}) }, Unusable, Unusable, 0},
		{"one of two modes, seen by all chains", 8, func(rng *rand.Rand) Run { return bimodal(rng, [4]float64{1, 1, 1, 1}) }, Good, Good, 0},
		{"the same, with the starts", 8, func(rng *rand.Rand) Run {
			r := bimodal(rng, [4]float64{1, 1, 1, 1})
			for range 4 {
				r.Starts = append(r.Starts, make([]float64, judgedDims))
			}
			return r
		}, Doubtful, Doubtful, 0},
		{"starts apart", 8, func(rng *rand.Rand) Run {
			r := aRun(rng, 0)
			for range 4 {
				r.Starts = append(r.Starts, ar1(rng, 0, judgedDims))
			}
			return r
		}, Good, Good, 0},
		{"a low E-BFMI", 8, func(rng *rand.Rand) Run {
			energy := ar1(rng, 0.95, judgedDraws)
			return withStats(aRun(rng, 0), map[string]func(c, i int) float64{"energy": func(_, i int) float64 { return energy[i] }})
		}, Doubtful, Doubtful, 0},
	} {
		wrong := 0
		var example Verdict
		for k := range uint32(c.runs) {
			v, err := Judge(c.run(stream.Key{Seed: 100, Repeat: k}.Rand()))
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if v.Grade < c.least || v.Grade > c.most {
				wrong++
				example = v
			}
		}
		t.Logf("%s: %d of %d runs misjudged", c.name, wrong, c.runs)
		if wrong > c.wrong {
			t.Errorf("%s: %d of %d runs are not between %v and %v, such as: %v", c.name, wrong, c.runs, c.least, c.most, example)
		}
	}
}

// Each thing that can be wrong is found, alone, with its number and what to do.
func TestJudgeFindings(t *testing.T) {
	healthy := func() Run { return aRun(stream.New(101), 0) }
	constant := func(v float64) func(int, int) float64 { return func(int, int) float64 { return v } }
	every := func(k int) func(int, int) float64 {
		return func(_, i int) float64 { return indicator(i%k == 0) }
	}
	warning := errors.New("mcmc: the step is too long")
	for _, c := range []struct {
		name  string
		run   func() Run
		grade Grade
		want  Problem
		value float64
		says  []string
	}{
		{"NaN", func() Run { r := healthy(); r.Draws[1].Set(3, 2, math.NaN()); return r }, Unusable, NonFiniteDraws, math.NaN(), []string{"x[2]: draw 3 of chain 1 is NaN"}},
		{"three draws", func() Run {
			return Run{Draws: []*mat.Dense{mat.NewDense(3, 1, []float64{1, 2, 3})}}
		}, Unusable, TooFewDraws, 3, []string{"3 draws in each chain", "run longer"}},
		{"no movement", func() Run {
			x := mat.NewDense(2000, 2, nil)
			return Run{Draws: []*mat.Dense{x, x, x, x}}
		}, Unusable, NoMovement, 4, []string{"no chain moved", "shorter step"}},
		{"a chain without movement", func() Run {
			r := healthy()
			for i := range judgedDraws {
				r.Draws[2].SetRow(i, make([]float64, judgedDims))
			}
			return r
		}, Unusable, NoMovement, 1, []string{"chain 2 did not move"}},
		{"a constant dimension", func() Run {
			r := healthy()
			for _, x := range r.Draws {
				x.SetCol(4, make([]float64, judgedDraws))
			}
			return r
		}, Good, NoMovement, 1, []string{"x[4] is the same in all draws"}},
		{"divergences", func() Run { return withStats(healthy(), map[string]func(int, int) float64{"diverging": every(100)}) },
			Doubtful, Divergences, 40, []string{"40 of 4000 trajectories diverged", "higher acceptance"}},
		{"nothing but divergences", func() Run { return withStats(healthy(), map[string]func(int, int) float64{"diverging": constant(1)}) },
			Unusable, Divergences, 4000, []string{"4000 of 4000"}},
		{"acceptance", func() Run {
			return withStats(healthy(), map[string]func(int, int) float64{"acceptance_rate": constant(0.01)})
		}, Doubtful, LowAcceptance, 0.01, []string{"only 1 % of proposals", "shorter step"}},
		{"tree depth", func() Run {
			r := withStats(healthy(), map[string]func(int, int) float64{"tree_depth": func(_, i int) float64 { return float64(i % 11) }})
			r.MaxTreeDepth = 10
			return r
		}, Good, DepthReached, 360, []string{"360 of 4000 trajectories were cut", "larger depth"}},
		{"Stan's tree depth", func() Run {
			return withStats(healthy(), map[string]func(int, int) float64{"reached_max_treedepth": every(10)})
		}, Good, DepthReached, 400, []string{"400 of 4000"}},
		{"one chain", func() Run { r := healthy(); r.Draws = r.Draws[:1]; return r }, Good, OneChain, 1, []string{"only one chain", "four chains"}},
		{"a warning", func() Run { r := healthy(); r.Warnings = []error{warning}; return r }, Doubtful, Warned, math.NaN(), []string{"the step is too long"}},
	} {
		v, err := Judge(c.run())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		alone := c.name != "a chain without movement" // whose R-hat is large too
		if v.Grade != c.grade || len(v.Findings) == 0 || alone && len(v.Findings) != 1 {
			t.Errorf("%s: grade %v with %d findings, want %v with one: %+v", c.name, v.Grade, len(v.Findings), c.grade, v.Findings)
			continue
		}
		f := v.Findings[0]
		if f.Problem != c.want || f.Grade != c.grade || f.Text == "" || f.Value != c.value && !(math.IsNaN(f.Value) && math.IsNaN(c.value)) {
			t.Errorf("%s: finding %+v, want %q of %v", c.name, f, c.want, c.value)
		}
		text := v.String()
		begin := map[Grade]string{Good: "The draws can be used", Doubtful: "The draws should be used with care", Unusable: "The draws must not be used"}[c.grade]
		for _, s := range append(c.says, begin) {
			if !strings.Contains(text, s) {
				t.Errorf("%s: %q does not say %q", c.name, text, s)
			}
		}
		if n := strings.Count(text, ". ") + 1; n > 3 || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %d sentences: %q", c.name, n, text)
		}
	}
	v := must(Judge(Run{Draws: healthy().Draws, Warnings: []error{warning}}))
	if !errors.Is(v.Findings[0].Err, warning) {
		t.Error("the warning was lost")
	}
}

// The worst comes first, and three problems are enough for a sentence.
func TestJudgeOfManyProblems(t *testing.T) {
	r := withStats(aRun(stream.New(102), 0.99), map[string]func(c, i int) float64{
		"diverging":       func(int, int) float64 { return 1 },
		"acceptance_rate": func(int, int) float64 { return 0.001 },
		"energy":          func(_, i int) float64 { return float64(i) },
	})
	v := must(Judge(r))
	if v.Grade != Unusable || len(v.Findings) < 5 {
		t.Fatalf("grade %v, findings %+v", v.Grade, v.Findings)
	}
	for i, f := range v.Findings[1:] {
		if f.Grade > v.Findings[i].Grade {
			t.Errorf("finding %d is worse than the one before", i+1)
		}
	}
	if s := v.String(); !strings.Contains(s, fmt.Sprintf("and %d more", len(v.Findings)-3)) || len(s) > 1200 {
		t.Errorf("%d letters: %s", len(s), s)
	}
	if Good.String()+Doubtful.String()+Unusable.String() != "gooddoubtfulunusable" {
		t.Error("grades have other names")
	}
}

func TestJudgeRefuses(t *testing.T) {
	r := aRun(stream.New(103), 0)
	for name, c := range map[string]struct {
		run  Run
		want error
	}{
		"no chains":        {Run{}, ErrShort},
		"ragged":           {Run{Draws: []*mat.Dense{r.Draws[0], mat.NewDense(5, judgedDims, nil)}}, ErrRagged},
		"other dimension":  {Run{Draws: []*mat.Dense{r.Draws[0], mat.NewDense(judgedDraws, 2, nil)}}, ErrRagged},
		"names":            {Run{Draws: r.Draws, Names: []string{"a"}}, ErrRange},
		"statistics":       {Run{Draws: r.Draws, Stats: r.Draws[:1], StatNames: []string{"a"}}, ErrRagged},
		"statistics' size": {Run{Draws: r.Draws, Stats: r.Draws, StatNames: []string{"a"}}, ErrRagged},
		"starts":           {Run{Draws: r.Draws, Starts: [][]float64{{1}}}, ErrRagged},
		"starts' size":     {Run{Draws: r.Draws, Starts: [][]float64{{1}, {1}, {1}, {1}}}, ErrRagged},
	} {
		_, err := Judge(c.run)
		failsWith(t, name, err, c.want)
	}
}

func TestTable(t *testing.T) {
	r := aRun(stream.New(104), 0.5)
	for i := range judgedDraws {
		for _, x := range r.Draws {
			x.Set(i, 0, 250+30*x.At(i, 0))
			x.Set(i, 1, 1e-9*x.At(i, 1))
			x.Set(i, 2, 7)
		}
	}
	names := []string{"mass", "tiny", "fixed", "a", "θ₁"}
	table, err := NewTable(r.Draws, names)
	if err != nil {
		t.Fatal(err)
	}
	for j, row := range table {
		want, err := Summarize(Coordinate(r.Draws, j))
		if row.Name != names[j] || row.Summary != want || (row.Err == nil) != (err == nil) {
			t.Errorf("row %d: %+v", j, row)
		}
	}
	failsWith(t, "constant dimension", table[2].Err, ErrConstant)
	text := table.String()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines:\n%s", len(lines), text)
	}
	for i, line := range lines {
		if i != 3 && len([]rune(line)) != len([]rune(lines[0])) {
			t.Errorf("line %d is not aligned:\n%s", i, text)
		}
	}
	if !strings.HasPrefix(lines[3], "fixed: all 4000 draws are 7") {
		t.Errorf("line of a constant: %s", lines[3])
	}
	header, rows := table.Cells()
	for i, row := range rows {
		if len(row) != len(header) && i != 2 {
			t.Errorf("row %d has %d cells", i, len(row))
		}
	}
	if _, err := NewTable(nil, nil); !errors.Is(err, ErrShort) {
		t.Errorf("no chains: %v", err)
	}
}
