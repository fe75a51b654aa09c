package reference

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/diag"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// TestLoad holds the tables to a few facts that are known of them otherwise.
func TestLoad(t *testing.T) {
	rows, statistics := 0, 0
	for _, name := range Names() {
		table, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(table.Comment) == 0 || len(table.Records) == 0 {
			t.Errorf("%s: %d lines of comment, %d rows", name, len(table.Comment), len(table.Records))
		}
		for _, c := range table.Rows {
			rows++
			if got, ok := table.Find(c.Setting); !ok || got != c {
				t.Errorf("%v is not found at its own setting", c)
			}
			if c.Dims < 1 || c.Neurons < 1 || !(c.Scale > 0) && name[0] != 'G' || c.Repeats < c.Independent || len(c.Stats) == 0 {
				t.Errorf("%v: %d repeats, %d of them independent, %d statistics", c, c.Repeats, c.Independent, len(c.Stats))
			}
			seen := map[string]bool{}
			for _, s := range c.Stats {
				statistics++
				if seen[s.Name] {
					t.Errorf("%s: two statistics are called %s", name, s.Name)
				}
				seen[s.Name] = true
				if c.Repeats > 1 && !math.IsNaN(s.SE) && math.Abs(s.SD/math.Sqrt(float64(c.Repeats))-s.SE) > 0.002*s.SE &&
					!math.IsNaN(s.Mean) && !strings.HasPrefix(s.Name, "isi") { // of the repeats that have it
					t.Errorf("%v: %s has standard deviation %v and error %v over %d repeats", c, s.Name, s.SD, s.SE, c.Repeats)
				}
			}
		}
	}
	t.Logf("%d statistics in %d rows", statistics, rows)

	if _, err := Load("H"); err == nil || !strings.Contains(err.Error(), "A_ebn_rho") {
		t.Errorf("error of a table that is not there: %v", err)
	}
	for _, c := range []struct {
		table string
		at    Setting
		want  Statistic
	}{
		{"A_ebn_rho", Setting{Rho: 0, Dims: 20, Neurons: 200, Scale: 1, DT: 1e-4}, Statistic{"mean_50ms", 5.95452, 0.0255, 0.006374}},
		{"F2_mh_dim", Setting{Rho: 0.75, Dims: 2, Neurons: 20, Scale: 1 / math.Sqrt2, DT: 1e-5}, Statistic{"var_50ms", 0.980029, 0.0791, 0.04567}},
		{"F3_mh_gammascale", Setting{Rho: 0.75, Dims: 10, Neurons: 100, Scale: 1e-3, DT: 1e-5}, Statistic{"rate_after", 999.747, 0.009426, 0.006665}},
		{"D_ebn_timecourse", Setting{Rho: 0, Dims: 20, Neurons: 200, Scale: 1, DT: 1e-4, Time: 0.025}, Statistic{"var", 4.57355, 0.4367, 0.1092}},
	} {
		table, err := Load(c.table)
		if err != nil {
			t.Fatal(err)
		}
		row, ok := table.Find(c.at)
		if !ok {
			t.Errorf("%s has no row at %+v", c.table, c.at)
			continue
		}
		if got, ok := row.Stat(c.want.Name); !ok || got != c.want {
			t.Errorf("%v: %s = %v, want %v", row, c.want.Name, got, c.want)
		}
		c.at.Natural, c.at.Rho = true, 0.123
		if _, ok := table.Find(c.at); ok {
			t.Errorf("%s has a row at %+v", c.table, c.at)
		}
	}
}

// TestDeparture compares with tails of Student's law that were integrated by the
// midpoint rule, and holds the cases in which there is little to go by.
func TestDeparture(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	four := []float64{1, 2, 3, 4} // mean 2.5, variance 5/3
	for _, c := range []struct {
		name               string
		independent, total int
		s                  Statistic
		ours               []float64
		z, se              float64
	}{
		// Pooled: variance (3·5/3 + 3·1)/6 = 4/3, standard error √(4/3·(1/4+1/4)); t = 1.837117 at 6 degrees of
		// freedom, beyond which there is a tail of 0.057920.
		{"pooled", 4, 4, Statistic{Mean: 1, SD: 1, SE: 0.5}, four, 1.572477, 0.816497},
		// Pooled: variance (3·5/3 + 15·4)/18 = 65/18, standard error √(65/18·(1/4+1/16)) at 18 degrees of freedom;
		// t = 1.412036, tail 0.087497.
		{"few of ours", 16, 16, Statistic{Mean: 1, SD: 2, SE: 0.5}, four, 1.356330, 1.062296},
		// Welch: variance of ours 10/7; 5/28 + 1/4 at (3/7)²/((5/28)²/7 + (1/4)²/15) = 21.058496 degrees of freedom;
		// t = 2.291288, tail 0.016178.
		{"Welch", 16, 16, Statistic{Mean: 1, SD: 2, SE: 0.5}, append(four, four...), 2.139973, 0.654654},
		// Ours alone: √(5/3·(1/4+1/6)) at 3 degrees of freedom; t = 1.8, tail 0.084840.
		{"not independent", 6, 36, Statistic{Mean: 1, SD: 1, SE: 1.0 / 6}, four, 1.373233, 0.833333},
		{"one of ours", 16, 16, Statistic{Mean: 1, SD: 2, SE: 0.5}, []float64{1}, 0, 2 * math.Sqrt(17.0/16)},
		{"ours are undefined", 4, 4, Statistic{Mean: 1, SD: 1, SE: 0.5}, []float64{nan, nan}, inf, 0},
		{"theirs are undefined", 4, 4, Statistic{Mean: nan, SD: nan, SE: nan}, four, inf, 0},
		{"both are", 4, 4, Statistic{Mean: nan, SD: nan, SE: nan}, []float64{nan, nan, nan, 7}, 0, 0},
		{"some of ours are", 4, 4, Statistic{Mean: 1, SD: 1, SE: 0.5}, append([]float64{nan}, four...), 1.572477, 0.816497},
		{"no spread", 4, 4, Statistic{Mean: 1}, []float64{1, 1, 1}, 0, 1e-5},
		{"a neuron more is silent", 4, 4, Statistic{Mean: 0, Name: "silent_after"}, []float64{0, 0, 0, 0.1}, nan, math.Hypot(0.05/math.Sqrt2/math.Sqrt2, 0.025)},
	} {
		row := &Row{Setting: Setting{Neurons: 10}, Repeats: c.total, Independent: c.independent}
		z, se := row.Departure(c.s, c.ours)
		if math.IsNaN(c.z) {
			c.z = z
		}
		if z != c.z && !(math.Abs(z-c.z) < 1e-5) || !(math.Abs(se-c.se) < 1e-6) {
			t.Errorf("%s: %.6f standard errors of %.6f, want %.6f of %.6f", c.name, z, se, c.z, c.se)
		}
	}
	if z, _ := (&Row{Repeats: 1, Independent: 1}).Departure(Statistic{Mean: 1}, []float64{2}); !math.IsNaN(z) {
		t.Errorf("two figures without a spread are %v standard errors apart", z)
	}
}

// TestWholeTarget compares with package diag, which has the distance from all of
// the target, for samples of which that from its quantiles at (i−½)/N is known.
func TestWholeTarget(t *testing.T) {
	const n, mu, variance = 500, 6, 2.5
	sigma := math.Sqrt(variance)
	for _, b := range []float64{0, 0.5, 1, 1.7} {
		x, square := make([]float64, n), 0.0
		for i := range x {
			q := mathext.NormalQuantile((float64(i) + 0.5) / n)
			x[i] = mu + 0.3 + b*sigma*q
			square += math.Pow(x[i]-mu-sigma*q, 2) / n
		}
		want, err := diag.W2Normal(x, mu, sigma)
		if err != nil {
			t.Fatal(err)
		}
		row := &Row{Setting: Setting{DT: 1e-4}, variance: variance, Stats: []Statistic{
			{Name: "w2_50ms", Mean: math.Sqrt(square)}, {Name: "var_50ms", Mean: b * b * variance}, {Name: "mean_50ms", Mean: 6.3}}}
		if got := row.wholeTarget(row.Stats[0]); math.Abs(got-want) > 1e-10 {
			t.Errorf("b = %v: %.12g, want %.12g; from quantiles it is %.12g", b, got, want, math.Sqrt(square))
		}
		if b == 0 && want-math.Sqrt(square) < 1e-3 {
			t.Error("there is no difference: the test has no power")
		}
		if got := row.wholeTarget(row.Stats[2]); got != 6.3 {
			t.Errorf("a mean becomes %v", got)
		}
	}
}

// TestNormalDeviate: a variable with Student's law becomes normal, far out too.
func TestNormalDeviate(t *testing.T) {
	for _, c := range []struct{ t, freedom, want float64 }{
		{2.570582, 5, 1.959964}, // 97.5 %
		{-3.143, 6, -2.326},     // 1 %
		{318.309, 1, 3.090232},  // 99.9 %
		{10, 1e12, 10},
		{0, 3, 0},
	} {
		if got := normalDeviate(c.t, c.freedom); math.Abs(got-c.want) > 1e-3 {
			t.Errorf("t = %v at %v degrees of freedom: %v, want %v", c.t, c.freedom, got, c.want)
		}
	}
}

// TestFalseAlarms: of figures of one law, theirs and ours, the departures are
// standard normal, whatever the numbers of repeats. The share beyond 2 is 4.55 %,
// within 4 standard errors of 20,000 trials, ±0.6 %; where variances are pooled
// that is exact, and Welch's is within 0.3 % of it here. A departure that is not
// made a normal deviate is beyond 2 more often, and is found out.
func TestFalseAlarms(t *testing.T) {
	racetest.Sequential(t)
	const trials = 20_000
	rng := stream.New(1)
	normal := distuv.Normal{Mu: 3, Sigma: 0.5, Src: rng}
	for _, c := range []struct {
		n, m    int
		welch   float64 // how far from exact
		control bool
	}{{4, 3, 0, true}, {16, 2, 0, false}, {3, 1, 0, true}, {5, 16, 0, false}, {8, 12, 0.003, true}, {16, 16, 0.003, false}} {
		beyond, plain := 0, 0
		for range trials {
			draw := func(k int) []float64 {
				x := make([]float64, k)
				for i := range x {
					x[i] = normal.Rand()
				}
				return x
			}
			theirs, ours := draw(c.m), draw(c.n)
			s := Statistic{Mean: mean(theirs)}
			if c.m > 1 {
				s.SD = sd(theirs)
				s.SE = s.SD / math.Sqrt(float64(c.m))
			}
			z, se := (&Row{Repeats: c.m, Independent: c.m}).Departure(s, ours)
			if math.Abs(z) > 2 {
				beyond++
			}
			if math.Abs(mean(ours)-s.Mean) > 2*se {
				plain++
			}
		}
		const want = 0.0455
		bound := 4*math.Sqrt(want*(1-want)/trials) + c.welch
		if share := float64(beyond) / trials; math.Abs(share-want) > bound {
			t.Errorf("%d and %d repeats: a share of %.4f is beyond 2, want %.4f ± %.4f", c.n, c.m, share, want, bound)
		}
		if share := float64(plain) / trials; c.control && math.Abs(share-want) <= bound {
			t.Errorf("%d and %d repeats: of Student's t a share of %.4f is beyond 2: the test has no power", c.n, c.m, share)
		}
	}
}

func mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v / float64(len(x))
	}
	return s
}

func sd(x []float64) float64 {
	m, s := mean(x), 0.0
	for _, v := range x {
		s += (v - m) * (v - m)
	}
	return math.Sqrt(s / float64(len(x)-1))
}

// TestRowString: a row names its table and all that sets it apart.
func TestRowString(t *testing.T) {
	r := &Row{Table: "A", Setting: Setting{Natural: true, Rho: 0.75, Dims: 20, Neurons: 200, Scale: 1, DT: 1e-4, Time: 0.05}}
	if got, want := r.String(), "A: natural, ρ = 0.75, p = 20, n = 200, scale 1, Δt = 0.0001 s, until 0.05 s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Natural, r.DT, r.Time = false, 0, 0
	if got, want := r.String(), "A: naive, ρ = 0.75, p = 20, n = 200, scale 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
