package diag

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

// estimators are all that take chains and nothing else.
var estimators = map[string]func([][]float64) (float64, error){
	"RHat":                RHat,
	"RHatSplit":           RHatSplit,
	"ESS":                 ESS,
	"ESSBulk":             ESSBulk,
	"ESSTail":             ESSTail,
	"ESSSD":               ESSSD,
	"ESSQuantile":         func(x [][]float64) (float64, error) { return ESSQuantile(x, 0.3) },
	"ESSLocal":            func(x [][]float64) (float64, error) { return ESSLocal(x, 0.3, 0.4) },
	"MCSEMean":            MCSEMean,
	"MCSESD":              MCSESD,
	"MCSEQuantile":        func(x [][]float64) (float64, error) { return MCSEQuantile(x, 0.3) },
	"AutocorrelationTime": AutocorrelationTime,
	"Summarize": func(x [][]float64) (float64, error) {
		s, err := Summarize(x)
		return s.RHat, err
	},
	"RankHistogram": func(x [][]float64) (float64, error) {
		_, err := RankHistogram(x, 2)
		return 0, err
	},
}

func TestChainsWithoutAnswer(t *testing.T) {
	good := []float64{1, 2, 4, 3, 5, 2}
	with := func(v float64) []float64 {
		x := slices.Clone(good)
		x[3] = v
		return x
	}
	same := []float64{0.1, 0.1, 0.1, 0.1, 0.1, 0.1}
	for _, c := range []struct {
		name   string
		chains [][]float64
		want   error
	}{
		{"none", nil, ErrShort},
		{"empty", [][]float64{{}, {}}, ErrShort},
		{"three draws", [][]float64{{1, 2, 3}, {3, 1, 2}}, ErrShort},
		{"ragged", [][]float64{good, good[:5]}, ErrRagged},
		{"NaN", [][]float64{good, with(math.NaN())}, ErrNonFinite},
		{"+Inf", [][]float64{with(math.Inf(1)), good}, ErrNonFinite},
		{"-Inf", [][]float64{with(math.Inf(-1))}, ErrNonFinite},
		{"constant", [][]float64{same, same}, ErrConstant},
		{"constant zero", [][]float64{make([]float64, 10)}, ErrConstant},
	} {
		for name, f := range estimators {
			v, err := f(c.chains)
			failsWith(t, name+" of "+c.name, err, c.want)
			if v != 0 {
				t.Errorf("%s of %s: value %v beside an error", name, c.name, v)
			}
		}
	}
	if _, err := RHat([][]float64{good, with(math.NaN())}); err == nil || err.Error() != "diag: draw 3 of chain 1 is NaN: values must be finite" {
		t.Errorf("the error does not say where: %v", err)
	}
	chains := [][]float64{good}
	for _, p := range []float64{0, 1, -0.1, math.NaN()} {
		_, err := ESSQuantile(chains, p)
		failsWith(t, "ESSQuantile", err, ErrRange)
		_, err = MCSEQuantile(chains, p)
		failsWith(t, "MCSEQuantile", err, ErrRange)
	}
	for _, p := range [][2]float64{{-0.1, 0.5}, {0.5, 0.5}, {0.6, 0.5}, {0.5, 1.1}, {math.NaN(), 1}} {
		_, err := ESSLocal(chains, p[0], p[1])
		failsWith(t, "ESSLocal", err, ErrRange)
	}
}

// Chains that are stuck, or almost, have the answers that the package comment
// documents, never NaN.
func TestStuckChains(t *testing.T) {
	stuck := make([][]float64, 4)
	for c := range stuck {
		stuck[c] = make([]float64, 100)
		for i := range stuck[c] {
			stuck[c][i] = 0.1 + 0.3*float64(c) // sums of which are inexact
		}
	}
	for _, f := range []string{"RHat", "RHatSplit"} {
		if r, err := estimators[f](stuck); err != nil || !math.IsInf(r, 1) {
			t.Errorf("%s of stuck chains = %v, %v; want +Inf", f, r, err)
		}
	}
	for _, f := range []string{"ESS", "ESSBulk"} {
		if e, err := estimators[f](stuck); err != nil || math.Abs(e-4) > 0.5 {
			t.Errorf("%s of four stuck chains = %v, %v; want about 4", f, e, err)
		}
	}
	if e, err := ESSTail(stuck); err != nil || e > 4.5 {
		t.Errorf("ESSTail of stuck chains = %v, %v", e, err)
	}

	// Two stuck at values that fold onto each other.
	if r, err := RHat(stuck[:2]); err != nil || !math.IsInf(r, 1) {
		t.Errorf("RHat of two stuck chains = %v, %v; want +Inf", r, err)
	}
	// One stuck among good ones.
	one := append(ar1Chains(stream.New(1), 0, 3, 100), stuck[0])
	if r, err := RHat(one); err != nil || r < 1.1 || math.IsInf(r, 1) {
		t.Errorf("RHat with one stuck chain = %v, %v", r, err)
	}
	// A single spike in a constant record, all estimators.
	spike := make([]float64, 50)
	spike[7] = 1
	for name, f := range estimators {
		for _, chains := range [][][]float64{{spike}, {spike, make([]float64, 50)}, stuck, stuck[:2], one} {
			if v, err := f(chains); err != nil || math.IsNaN(v) {
				t.Errorf("%s = %v, %v", name, v, err)
			}
		}
	}
}

// Whatever the unit, ESS and R-hat are the same, and those by
// rank under any increasing function; no estimator changes its input.
func TestInvariances(t *testing.T) {
	x := ar1Chains(stream.New(5), 0.6, 3, 101)
	before := [][]float64{slices.Clone(x[0]), slices.Clone(x[1]), slices.Clone(x[2])}
	small := apply(x, func(v float64) float64 { return math.Ldexp(v, -130) })
	cubed := apply(x, func(v float64) float64 { return v * v * v })
	for _, name := range []string{"RHat", "RHatSplit", "ESS", "ESSBulk", "ESSTail", "ESSSD", "ESSQuantile", "ESSLocal", "AutocorrelationTime"} {
		f := estimators[name]
		a, _ := f(x)
		b, err := f(small)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		closeTo(t, name+" in a small unit", b, a, 1e-9)
		c, _ := f([][]float64{x[2], x[0], x[1]})
		closeTo(t, name+" with chains in another order", c, a, 1e-9)
	}
	for _, name := range []string{"ESSBulk", "ESSTail", "ESSQuantile", "ESSLocal"} {
		a, _ := estimators[name](x)
		b, _ := estimators[name](cubed)
		closeTo(t, name+" of cubes", b, a, 1e-9)
	}
	for _, f := range estimators {
		if _, err := f(x); err != nil {
			t.Fatal(err)
		}
	}
	for c := range x {
		if !slices.Equal(x[c], before[c]) {
			t.Fatal("an estimator changed its input")
		}
	}
}

func TestSummarizeAgreesWithItsParts(t *testing.T) {
	x := ar1Chains(stream.New(6), 0.6, 3, 101)
	s, err := Summarize(x)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]float64{
		"RHat": s.RHat, "ESSBulk": s.ESSBulk, "ESSTail": s.ESSTail, "MCSEMean": s.MCSEMean, "MCSESD": s.MCSESD,
	} {
		want, err := estimators[name](x)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, name, v, want, 1e-14)
	}
	if s.Chains != 3 || s.Draws != 101 || !(s.Q5 < s.Median && s.Median < s.Q95) {
		t.Errorf("summary %+v", s)
	}
}

func TestRankHistogram(t *testing.T) {
	x := ar1Chains(stream.New(7), 0, 4, 250)
	for i := range x[3] {
		x[3][i] += 1 // a slope
	}
	h, err := RankHistogram(x, 20)
	if err != nil {
		t.Fatal(err)
	}
	for b := range 20 {
		total := 0
		for c := range h {
			total += h[c][b]
		}
		if total != 50 { // 1000 ranks without ties in 20 bins
			t.Errorf("bin %d has %d draws of all chains, want 50", b, total)
		}
	}
	if h[3][0] > 4 || h[3][19] < 20 || h[0][0] < 8 {
		t.Errorf("no slope: %v", h[3])
	}
	// Ties share their mean rank, so that each chain's draws fall in one bin.
	ties := [][]float64{{0, 0, 0, 1, 1}, {1, 0, 0, 1, 1}}
	h, err = RankHistogram(ties, 5)
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]int{{0, 3, 0, 2, 0}, {0, 2, 0, 3, 0}}; !slices.EqualFunc(h, want, slices.Equal) {
		t.Errorf("ties: %v, want %v", h, want)
	}
	// Ten ranks in three bins: the middle one holds four.
	h, err = RankHistogram([][]float64{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}, 3)
	if err != nil || !slices.Equal(h[0], []int{3, 4, 3}) {
		t.Errorf("ten ranks in three bins: %v, %v", h, err)
	}
	// 103 ranks in 20 bins, of which one holds 5.15 on average: a bin has a rank if
	// it has the middle of its interval. (⌊20 (r−1)/103⌋ would put a sixth in the
	// first bin, and ⌊20 r/103⌋ only four.)
	line := make([]float64, 103)
	for i := range line {
		line[i] = float64(i)
	}
	h, err = RankHistogram([][]float64{line}, 20)
	if err != nil {
		t.Fatal(err)
	}
	for b, got := range h[0] {
		want := 0
		for i := range line {
			if middle := (float64(i) + 0.5) / 103; middle >= float64(b)/20 && middle < float64(b+1)/20 {
				want++
			}
		}
		if got != want || got < 5 || got > 6 || b < 9 && got != h[0][19-b] {
			t.Errorf("103 ranks in 20 bins: bin %d has %d, want %d: %v", b, got, want, h[0])
		}
	}
	for _, bins := range []int{0, -1, 11} {
		_, err = RankHistogram(ties, bins)
		failsWith(t, "RankHistogram", err, ErrRange)
	}
}

func TestCoordinate(t *testing.T) {
	a := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	b := mat.NewDense(2, 3, []float64{7, 8, 9, 10, 11, 12})
	got := Coordinate([]*mat.Dense{a, b}, 1)
	if want := [][]float64{{2, 5}, {8, 11}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestInfinities: an infinite value of either sign is refused wherever values are
// taken, and edges beyond the range of numbers wherever bins are made.
func TestInfinities(t *testing.T) {
	for _, sign := range []int{1, -1} {
		inf := math.Inf(sign)
		huge := math.Copysign(math.MaxFloat64, inf)
		x := []float64{1, 2, inf, 4}
		column := mat.NewDense(4, 1, x)
		for what, c := range map[string]struct {
			f    func() error
			want error
		}{
			"RHat":           {func() error { _, err := RHat([][]float64{x}); return err }, ErrNonFinite},
			"W2":             {func() error { _, err := W2(x, x[:2]); return err }, ErrNonFinite},
			"Mean":           {func() error { _, err := Mean(column); return err }, ErrNonFinite},
			"Covariance":     {func() error { _, err := Covariance(column); return err }, ErrNonFinite},
			"EnergyDistance": {func() error { _, err := EnergyDistance(column, column); return err }, ErrNonFinite},
			"Trains":         {func() error { _, err := Trains([]Spike{{0.5, 0}, {inf, 0}}, 1, 0, 1); return err }, ErrNonFinite},
			"NewTrain":       {func() error { _, err := NewTrain([]float64{inf}, 0, 1); return err }, ErrNonFinite},
			"W2Normal":       {func() error { _, err := W2Normal(x[:2], inf, 1); return err }, ErrRange},
			"NewHistogram":   {func() error { _, err := NewHistogram(min(0, inf), max(0, inf), 10, 1); return err }, ErrRange},
			"one window":     {func() error { _, err := NewTrain(nil, min(0, inf), max(0, inf)); return err }, ErrRange},
			"edges":          {func() error { _, err := HistogramEdges([]float64{huge, huge}); return err }, ErrScale},
			"bins":           {func() error { _, err := NewHistogram(min(huge, huge/2), max(huge, huge/2), 10, 1); return err }, ErrScale},
		} {
			failsWith(t, fmt.Sprintf("%s, sign %d", what, sign), c.f(), c.want)
		}
	}
}
