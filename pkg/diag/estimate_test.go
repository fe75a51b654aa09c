package diag

import (
	"math"
	"strings"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The percentile interval from 30 values of an exponential distribution holds the
// mean in 91.9 % of cases (6000 samples drawn and resampled with NumPy, ± 0.4 %).
// The share of 4000 samples has a standard error of 0.45 %, 0.6 % with NumPy's, and the
// test allows five. A share of 98.5 % is 11 of them away. The negative control is the interval of single values.
func TestBootstrapCovers(t *testing.T) {
	racetest.Sequential(t)
	const runs, n = 4000, 30
	b := must(NewBootstrap(n, 1000, stream.Key{Seed: 3}))
	covered, single := 0, 0
	x := make([]float64, n)
	var ratio float64
	for r := range uint32(runs) {
		rng := stream.Key{Seed: 21, Repeat: r}.Rand()
		for i := range x {
			x[i] = rng.ExpFloat64()
		}
		e := must(b.Mean(x))
		if e.Lo < 1 && 1 < e.Hi {
			covered++
		}
		if math.Abs(e.Mean-1) < 1.96*e.SD {
			single++
		}
		if e.N != n || !e.Bounded() || !(e.Lo < e.Mean && e.Mean < e.Hi) || math.Abs(e.SE*math.Sqrt(n)-e.SD) > 1e-12 {
			t.Fatalf("estimate %+v", e)
		}
		ratio += (e.Hi - e.Lo) / (2 * 1.96 * e.SE) / runs
	}
	share := float64(covered) / runs
	t.Logf("covered %.3f, interval %.3f of the normal one", share, ratio)
	near(t, "coverage", share, math.Hypot(0.0045, 0.004), 0.919, 0.985)
	if single < runs*99/100 {
		t.Errorf("the interval of single values covers only %d of %d", single, runs)
	}
	// Resampling divides by n where the standard error divides by n−1.
	if math.Abs(ratio-math.Sqrt(1-1.0/n)) > 0.02 {
		t.Errorf("the interval is %.3f of the normal one", ratio)
	}
}

// Columns are resampled as wholes: the interval of a sum of columns fits that of
// the columns. Values that do not exist are left out.
func TestBootstrapResamplesRepeats(t *testing.T) {
	const n = 20
	b := must(NewBootstrap(n, 500, stream.Key{Seed: 4}))
	x, twice, gaps := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = float64(i * i % 17)
		twice[i] = 2*x[i] + 1
		gaps[i] = x[i]
	}
	e, f := must(b.Mean(x)), must(b.Mean(twice))
	closeTo(t, "lower end", f.Lo, 2*e.Lo+1, 1e-13)
	closeTo(t, "upper end", f.Hi, 2*e.Hi+1, 1e-13)
	if again := must(must(NewBootstrap(n, 500, stream.Key{Seed: 4})).Mean(x)); again != e {
		t.Errorf("the same key gave %+v and %+v", e, again)
	}
	if other := must(must(NewBootstrap(n, 500, stream.Key{Seed: 5})).Mean(x)); other.Lo == e.Lo && other.Hi == e.Hi {
		t.Error("another key resampled the same")
	}
	gaps[3], gaps[11] = math.NaN(), math.NaN()
	g := must(b.Mean(gaps))
	var sum float64
	for i, v := range x {
		if i != 3 && i != 11 {
			sum += v / (n - 2)
		}
	}
	if g.N != n-2 {
		t.Errorf("%d values of %d", g.N, n-2)
	}
	closeTo(t, "mean without gaps", g.Mean, sum, 1e-14)
}

func TestFewRepeatsHaveNoInterval(t *testing.T) {
	for n := 1; n < 10; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i)
		}
		e := must(must(NewBootstrap(n, 100, stream.Key{})).Mean(x))
		if unbounded := math.IsInf(e.Lo, -1) && math.IsInf(e.Hi, 1); unbounded != (n < MinRepeats) || e.Bounded() == unbounded || math.IsInf(e.SE, 1) != (n == 1) {
			t.Errorf("%d repeats: %+v", n, e)
		}
		for part, in := range map[string]bool{"one repeat": n == 1, "too few": n > 1 && n < 8, "95 %": n >= 8} {
			if strings.Contains(e.String(), part) != in {
				t.Errorf("%d repeats: %s", n, e)
			}
		}
	}
	nan := math.NaN()
	_, err := must(NewBootstrap(2, 10, stream.Key{})).Mean([]float64{nan, nan})
	failsWith(t, "nothing", err, ErrShort)
	_, err = must(NewBootstrap(2, 10, stream.Key{})).Mean([]float64{1, math.Inf(1)})
	failsWith(t, "infinite", err, ErrNonFinite)
	for _, c := range [][2]int{{0, 10}, {10, 0}, {1 << 20, 1 << 20}, {1 << 30, 1}} {
		_, err := NewBootstrap(c[0], c[1], stream.Key{})
		failsWith(t, "NewBootstrap", err, ErrRange)
	}
	panics(t, "Mean", "diag: x has the wrong length", func() { must(NewBootstrap(2, 10, stream.Key{})).Mean([]float64{1}) })
}

func TestEstimateString(t *testing.T) {
	for _, c := range []struct {
		e    Estimate
		want string
	}{
		{Estimate{Mean: 0.98512, SE: 0.00497, Lo: 0.9754, Hi: 0.9951, N: 16}, "0.9851 ± 0.0050 (95 %: 0.9754 to 0.9951, 16 repeats)"},
		{Estimate{Mean: 12345.6, SE: 234, N: 3}, "12346 ± 234 (3 repeats, too few for an interval)"},
		{Estimate{Mean: 3.5, SE: math.Inf(1), N: 1}, "3.500 (one repeat)"},
		{Estimate{Mean: 1.234e-9, SE: 2e-11, N: 2}, "1.234e-09 ± 2.0e-11 (2 repeats, too few for an interval)"},
		{Estimate{Mean: -2e200, SE: 3e198, N: 2}, "-2.000e+200 ± 3.0e+198 (2 repeats, too few for an interval)"},
	} {
		if got := c.e.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestMeanSD(t *testing.T) {
	x := []float64{2, 4, 4, 4, 5, 5, 7, 9}
	if m, sd, err := MeanSD(x, 0); m != 5 || sd != 2 || err != nil {
		t.Errorf("mean %v, sd %v, %v; want 5 and 2", m, sd, err)
	}
	if _, sd, err := MeanSD(x, 1); math.Abs(sd-math.Sqrt(32.0/7)) > 1e-15 || err != nil {
		t.Errorf("sd %v, %v", sd, err)
	}
	if m, sd, err := MeanSD([]float64{3}, 0); m != 3 || sd != 0 || err != nil {
		t.Errorf("of one value: %v, %v, %v", m, sd, err)
	}
	_, _, err := MeanSD([]float64{3}, 1)
	failsWith(t, "one value", err, ErrShort)
	_, _, err = MeanSD(nil, 0)
	failsWith(t, "nothing", err, ErrShort)
	_, _, err = MeanSD(x, 2)
	failsWith(t, "ddof", err, ErrRange)
	_, _, err = MeanSD([]float64{1, math.NaN()}, 0)
	failsWith(t, "NaN", err, ErrNonFinite)
}

func TestFixed(t *testing.T) {
	for _, c := range []struct {
		v        float64
		decimals int
		want     string
	}{
		{0, 3, "0"}, {math.Inf(-1), 3, "-Inf"}, {1.25, 1, "1.2"}, {-1234.5, -1, "-1234"}, {999999, 0, "999999"}, {1e6, 0, "1.000000e+06"},
		{1.5e7, -6, "1.5e+07"}, {0.125, 6, "0.125000"}, {0.125, 7, "1.250000e-01"}, {1e-9, 10, "1.0e-09"}, {1e-9, 8, "1e-09"},
	} {
		if got := fixed(c.v, c.decimals); got != c.want {
			t.Errorf("%v to %d decimals: %s, want %s", c.v, c.decimals, got, c.want)
		}
	}
	for se, want := range map[float64]int{0: 3, math.Inf(1): 3, 0.0123: 3, 0.0996: 2, 0.99: 2, 1: 1, 12: 0, 123: -1} {
		if got := decimals(se); got != want {
			t.Errorf("%d decimals for an error of %v, want %d", got, se, want)
		}
	}
}

// TestEstimateText checks the short form of an estimate, also with fewer than no
// digits and with one repeat.
func TestEstimateText(t *testing.T) {
	for _, c := range []struct {
		e      Estimate
		digits int
		want   string
	}{
		{Estimate{Mean: 2.4567, SE: 0.0312}, 2, "2.46 ± 0.03"},
		{Estimate{Mean: -1234.5, SE: 67.8}, 0, "-1234 ± 68"},
		{Estimate{Mean: -1234.5, SE: 67.8}, -3, "-1234 ± 68"},
		{Estimate{Mean: 1, SE: math.Inf(1)}, 1, "1.0 ± +Inf"},
	} {
		if got := c.e.Text(c.digits); got != c.want {
			t.Errorf("%v with %d digits is %q, want %q", c.e, c.digits, got, c.want)
		}
	}
}
