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

	"natspike/pkg/internal/portable"
	"natspike/pkg/racetest"
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
	racetest.Sequential(t)
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
	racetest.Sequential(t)
	healthy := func() Run { return aRun(stream.New(101), 0) }
	constant := func(v float64) func(int, int) float64 { return func(int, int) float64 { return v } }
	every := func(k int) func(int, int) float64 {
		return func(_, i int) float64 { return portable.Indicator(i%k == 0) }
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

// TestJudgeLimits: what mixing finds at each of its limits and just beyond, with its
// words.
func TestJudgeLimits(t *testing.T) {
	for _, c := range []struct {
		name    string
		chains  int
		rows    []Summary // R-hat and ESS of each dimension
		problem Problem   // the first finding; "" for none
		grade   Grade
		value   float64
		text    string
		advice  string
	}{
		{"as it should be", 4, []Summary{{RHat: 1.01, ESSBulk: 400, ESSTail: 400}}, "", Good, 0, "", ""},
		{"R-hat above its limit", 4, []Summary{{RHat: 1, ESSBulk: 400, ESSTail: 400}, {RHat: 1.0101, ESSBulk: 400, ESSTail: 400}},
			NotMixed, Doubtful, 1.0101, "R-hat is 1.01 for x[1], so that the chains do not agree yet",
			"run longer chains, and if that does not help change the coordinates, the step or the sampler"},
		{"R-hat at the limit of use", 4, []Summary{{RHat: 1.02, ESSBulk: 400, ESSTail: 400}, {RHat: 1.05, ESSBulk: 400, ESSTail: 400}, {RHat: 1, ESSBulk: 400, ESSTail: 400}},
			NotMixed, Doubtful, 1.05, "R-hat is 1.05 for x[1] and above 1.01 in 2 of 3 dimensions, so that the chains do not agree yet", ""},
		{"R-hat beyond use", 4, []Summary{{RHat: 1.0501, ESSBulk: 400, ESSTail: 400}}, NotMixed, Unusable, 1.0501, "", ""},
		{"halves of one chain", 1, []Summary{{RHat: 1.02, ESSBulk: 400, ESSTail: 400}}, NotMixed, Doubtful, 1.02, "R-hat is 1.02 for x[0], so that the halves of the chain do not agree yet", ""},
		{"the bulk", 4, []Summary{{RHat: 1, ESSBulk: 399, ESSTail: 500, Chains: 4, Draws: 250}}, FewEffective, Doubtful, 399,
			"the 1000 draws of x[0] are worth 399 independent ones in the bulk, fewer than 100 for each chain", "run chains about 2 times as long"},
		{"the tails", 2, []Summary{{RHat: 1, ESSBulk: 199, ESSTail: 199}, {RHat: 1, ESSBulk: 500, ESSTail: 60, Chains: 2, Draws: 300}}, FewEffective, Doubtful, 60,
			"the 600 draws of x[1] are worth 60 independent ones in the tails, fewer than 100 for each chain", "run chains about 4 times as long"},
		{"hardly a draw", 1, []Summary{{RHat: 1, ESSBulk: 0.5, ESSTail: 0.5}}, FewEffective, Doubtful, 0.5, "", "run chains about 120 times as long"},
		{"one chain", 1, []Summary{{RHat: 1, ESSBulk: 100, ESSTail: 100}}, OneChain, Good, 1, "there is only one chain, which can miss a mode without a sign", "run four chains from different starts"},
	} {
		var v Verdict
		for j, s := range c.rows {
			v.Table = append(v.Table, TableRow{Name: fmt.Sprintf("x[%d]", j), Summary: s})
		}
		v.mixing(c.chains)
		switch {
		case c.problem == "":
			if len(v.Findings) > 0 {
				t.Errorf("%s: found %+v", c.name, v.Findings)
			}
		case len(v.Findings) == 0:
			t.Errorf("%s: nothing is found", c.name)
		default:
			f := v.Findings[0]
			if f.Problem != c.problem || f.Grade != c.grade || f.Value != c.value || c.text != "" && f.Text != c.text || c.advice != "" && f.Advice != c.advice {
				t.Errorf("%s: found %+v, want %q, %v, %v: %q; %q", c.name, f, c.problem, c.grade, c.value, c.text, c.advice)
			}
		}
	}
	// How much longer chains must be is unknown while they disagree.
	v := Verdict{Table: Table{{Name: "x", Summary: Summary{RHat: 1.02, ESSBulk: 20, ESSTail: 20}}}}
	v.mixing(4)
	if len(v.Findings) != 2 || v.Findings[1].Problem != FewEffective || v.Findings[1].Advice != "" {
		t.Errorf("of chains that disagree: %+v", v.Findings)
	}
	// A dimension without a summary counts for nothing.
	v = Verdict{Table: Table{{Name: "c", Err: ErrConstant}, {Name: "x", Summary: Summary{RHat: 1, ESSBulk: 400, ESSTail: 400}}}}
	if v.mixing(4); len(v.Findings) > 0 {
		t.Errorf("of a constant dimension: %+v", v.Findings)
	}
	v = Verdict{Table: Table{{Name: "c", Err: ErrConstant}}}
	if v.mixing(1); len(v.Findings) > 0 || v.Table.basis() != "" {
		t.Errorf("without any summary: %+v, %q", v.Findings, v.Table.basis())
	}
}

// TestJudgeStarts: starts in one place are found if their standard deviation is
// below a tenth of that of the draws in every dimension, not in one alone. Of two
// starts d apart it is d/√2.
func TestJudgeStarts(t *testing.T) {
	table := Table{{Summary: Summary{SD: 2}}, {Summary: Summary{SD: 1}}, {Err: ErrConstant}}
	for _, c := range []struct {
		starts [][]float64
		spread float64 // NaN if nothing is found
	}{
		{[][]float64{{0, 0, 0}, {0.28, 0, 9}}, 0.28 / math.Sqrt2 / 2},
		{[][]float64{{0, 0, 0}, {0.29, 0, 9}}, math.NaN()},
		{[][]float64{{0, 0, 0}, {0, 0.14, 9}}, 0.14 / math.Sqrt2},
		{[][]float64{{0, 0, 0}, {0.01, 0.15, 9}}, math.NaN()},
		{[][]float64{{0, 0, 0}, {0, 0, 9}}, 0},
		{[][]float64{{0, 0, 0}}, math.NaN()},
		{[][]float64{{math.NaN(), 0, 0}, {0, 0, 9}}, math.NaN()},
		{nil, math.NaN()},
	} {
		v := Verdict{Table: table}
		v.starts(Run{Starts: c.starts}, 3)
		if math.IsNaN(c.spread) {
			if len(v.Findings) > 0 {
				t.Errorf("starts %v: found %+v", c.starts, v.Findings)
			}
		} else if len(v.Findings) != 1 || v.Findings[0].Problem != OneStart || v.Findings[0].Grade != Doubtful || math.Abs(v.Findings[0].Value-c.spread) > 1e-15 {
			t.Errorf("starts %v: found %+v, want a spread of %v", c.starts, v.Findings, c.spread)
		}
	}
}

// TestJudgeStatistics: the sampler's statistics at their limits and beyond.
func TestJudgeStatistics(t *testing.T) {
	column := func(f func(i int) float64) *mat.Dense {
		x := mat.NewDense(1000, 1, nil)
		for i := range 1000 {
			x.Set(i, 0, f(i))
		}
		return x
	}
	first := func(n int) func(int) float64 { return func(i int) float64 { return portable.Indicator(i < n) } }
	// An energy that alternates by ±1 about a slow wave of the given height has the
	// E-BFMI 4/(1 + height²/2), or nearly.
	energy := func(height float64) func(int) float64 {
		return func(i int) float64 { return float64(1-2*(i%2)) + height*math.Sin(2*math.Pi*float64(i)/1000) }
	}
	const none = Problem("")
	for _, c := range []struct {
		name  string
		f     func(i int) float64
		want  Problem
		grade Grade
		value float64
		text  string
	}{
		{"diverging", first(0), none, Good, 0, ""},
		{"diverging", first(1), Divergences, Doubtful, 1, "1 of 1000 trajectories diverged, so that a narrow part of the density may be missing"},
		{"diverging", first(100), Divergences, Doubtful, 100, ""},
		{"diverging", first(101), Divergences, Unusable, 101, ""},
		{"acceptance_rate", func(int) float64 { return 0.02 }, none, Good, 0, ""},
		{"acceptance_rate", func(int) float64 { return 0.0199 }, LowAcceptance, Doubtful, 0.0199, "only 2 % of proposals are accepted"},
		{"energy", energy(4.96), none, Good, 0, ""}, // 0.301
		{"energy", energy(5.02), LowEnergy, Doubtful, 0.294, "E-BFMI is 0.29 for chain 0, below 0.3, so that the tails are explored slowly"},
		{"tree_depth", func(int) float64 { return 9 }, none, Good, 0, ""},
		{"tree_depth", func(i int) float64 { return 9 + portable.Indicator(i < 3) }, DepthReached, Good, 3, "3 of 1000 trajectories were cut at the largest depth, which costs time and does not bias"},
		{"reached_max_treedepth", first(2), DepthReached, Good, 2, ""},
		{"reached_max_treedepth", first(0), none, Good, 0, ""},
		{"unknown", first(1000), none, Good, 0, ""},
	} {
		var v Verdict
		v.statistics(Run{Stats: []*mat.Dense{column(c.f)}, StatNames: []string{c.name}, MaxTreeDepth: 10})
		if c.want == none {
			if len(v.Findings) > 0 {
				t.Errorf("%s: found %+v", c.name, v.Findings)
			}
			continue
		}
		if len(v.Findings) != 1 {
			t.Errorf("%s: found %+v, want %v", c.name, v.Findings, c.want)
			continue
		}
		if f := v.Findings[0]; f.Problem != c.want || f.Grade != c.grade || math.Abs(f.Value-c.value) > 2e-3*c.value || c.text != "" && f.Text != c.text {
			t.Errorf("%s: found %+v, want %v, %v, %v: %q", c.name, f, c.want, c.grade, c.value, c.text)
		}
	}
	// The chain with the lowest E-BFMI is named, a depth without a limit is none, and
	// Stan's column goes before the depths.
	var v Verdict
	v.statistics(Run{Stats: []*mat.Dense{column(energy(6)), column(energy(9)), column(energy(7))}, StatNames: []string{"energy"}})
	if len(v.Findings) != 1 || !strings.Contains(v.Findings[0].Text, "for chain 1,") {
		t.Errorf("of three chains: %+v", v.Findings)
	}
	v = Verdict{}
	v.statistics(Run{Stats: []*mat.Dense{column(first(5))}, StatNames: []string{"tree_depth"}})
	if len(v.Findings) > 0 {
		t.Errorf("depths without a limit: %+v", v.Findings)
	}
	both := mat.NewDense(1000, 2, nil)
	both.SetCol(0, mat.Col(nil, 0, column(func(int) float64 { return 10 })))
	v.statistics(Run{Stats: []*mat.Dense{both}, StatNames: []string{"tree_depth", "reached_max_treedepth"}, MaxTreeDepth: 10})
	if len(v.Findings) > 0 {
		t.Errorf("depths beside Stan's column, which says that none was cut: %+v", v.Findings)
	}
}

// TestJudgeWords: clauses, names and numbers as they are joined to sentences.
func TestJudgeWords(t *testing.T) {
	for got, want := range map[string]string{
		subject([]string{"a"}, "is", "are"):                          "a is",
		subject([]string{"a", "b"}, "is", "are"):                     "a and b are",
		subject([]string{"a", "b", "c", "d"}, "is", "are"):           "a, b, c and d are",
		subject([]string{"a", "b", "c", "d", "e"}, "is", "are"):      "a, b, c and 2 others are",
		subject([]string{"a", "b", "c", "d", "e", "f"}, "is", "are"): "a, b, c and 3 others are",
		shorten([]string{"a"}):                                       "a",
		shorten([]string{"a", "b", "c"}):                             "a; b; c",
		shorten([]string{"a", "b", "c", "d"}):                        "a; b; c; and 1 more",
		shorten([]string{"a", "b", "c", "d", "e"}):                   "a; b; c; and 2 more",
		NewVerdict("It", "", nil, nil).String():                      "It can be used.",
		NewVerdict("It", "it is so", nil, nil).String():              "It can be used: it is so.",
		NewVerdict("It", "it is so", nil, []Finding{{Text: "a", Advice: "do"}, {Text: "b", Advice: "do"}}).String():                                                                        "It can be used: it is so. Note that a; b. Next: do.",
		NewVerdict("It", "it is so", nil, []Finding{{Text: "a", Advice: "rest"}, {Grade: Doubtful, Text: "b", Advice: "do"}}).String():                                                     "It should be used with care: b. Next: do.",
		NewVerdict("It", "it is so", nil, []Finding{{Grade: Doubtful, Text: "a", Advice: "do"}, {Grade: Unusable, Text: "b"}}).String():                                                    "It must not be used: b; a. Next: do.",
		Table{{Summary: Summary{RHat: 1.004, ESSBulk: 900, ESSTail: 500, MCSEMean: 1, SD: 20}}, {Summary: Summary{RHat: 1.002, ESSBulk: 450, ESSTail: 800, MCSEMean: 3, SD: 100}}}.basis(): "R-hat is at most 1.004, the effective sample size at least 450, and means are known to 5 % of a standard deviation",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// Chains and dimensions that stand still are named.
	still := mat.NewDense(4, 2, nil)
	moving := mat.NewDense(4, 2, []float64{0, 0, 0, 0, 0, 0, 0, 1})
	var v Verdict
	v.stuck(Run{Draws: []*mat.Dense{still, moving, still}}, 4, 2)
	if len(v.Findings) != 1 || v.Findings[0].Text != "chains 0, 2 did not move" || v.Findings[0].Value != 2 {
		t.Errorf("of two chains that stand still: %+v", v.Findings)
	}
	for n, grade := range map[int]Grade{1: Good, 2: Unusable} {
		v := Verdict{Table: Table{{Name: "a", Err: ErrConstant}, {Name: "b", Err: ErrConstant}}[:n]}
		v.stuck(Run{Draws: []*mat.Dense{moving}}, 4, 2)
		if len(v.Findings) != 1 || v.Findings[0].Grade != grade || v.Findings[0].Value != float64(n) {
			t.Errorf("of %d constant dimensions in two: %+v", n, v.Findings)
		}
	}
	v = Verdict{Table: Table{{Name: "a", Err: fmt.Errorf("diag: too large: %w", ErrScale)}}}
	v.stuck(Run{Draws: []*mat.Dense{moving}}, 4, 2)
	if len(v.Findings) != 1 || v.Findings[0].Grade != Doubtful || !strings.HasPrefix(v.Findings[0].Text, "a: too large") {
		t.Errorf("of a dimension without numbers: %+v", v.Findings)
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
	if _, err := NewTable([]*mat.Dense{r.Draws[0], mat.NewDense(judgedDraws, 2, nil)}, nil); !errors.Is(err, ErrRagged) {
		t.Errorf("chains of different dimensions: %v", err)
	}
	// A reason is not padded to the width of the longest name.
	long := Table{{Name: strings.Repeat("long", 20), Summary: table[0].Summary}, {Name: "fixed", Err: ErrConstant}}
	if got := long.String(); !strings.HasSuffix(got, "\nfixed: every value is the same\n") {
		t.Errorf("below a long name a reason is %q", got)
	}
}
