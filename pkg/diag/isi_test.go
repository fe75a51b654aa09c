package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

func cv0(isi []float64) (float64, error) { return CV(isi, 0) }

// The intervals of a gamma process of shape κ have CV = 1/√κ; with
// B = I/(I+I′) ~ Beta(κ, κ) independent of I+I′ ~ Gamma(2κ), CV2 = 2E|2B−1|,
// LV = 3E(2B−1)² = 3/(2κ+1), and LvR = LV (1 + 4R E[1/(I+I′)]) with
// E[1/(I+I′)] = κ/(2κ−1) at mean 1. κ = 1 is the Poisson process. The negative
// control is the value of a shape a tenth larger.
func TestIntervalStatisticsOfGammaProcesses(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const r = 0.1
	truth := map[string]func(k float64) float64{
		"CV":  func(k float64) float64 { return 1 / math.Sqrt(k) },
		"CV2": func(k float64) float64 { return math.Pow(4, 1-k) / (k * mathext.Beta(k, k)) },
		"LV":  func(k float64) float64 { return 3 / (2*k + 1) },
		"LvR": func(k float64) float64 { return 3 / (2*k + 1) * (1 + 4*r*k/(2*k-1)) },
	}
	closeTo(t, "CV2 of Poisson", truth["CV2"](1), 1, 1e-14)
	batch := map[string]func(isi []float64) (float64, error){
		"CV":  cv0,
		"CV2": CV2,
		"LV":  LV,
		"LvR": func(isi []float64) (float64, error) { return LvR(isi, r) },
	}
	for _, shape := range []int{1, 2, 5} {
		for name, f := range batch {
			got, se, _ := replicate(t, 50, func(rng *rand.Rand) (float64, error) {
				return f(renewal(rng, 4000, gammaInterval(shape)).ISI())
			})
			near(t, fmt.Sprintf("%s of shape %d", name, shape), got, se, truth[name](float64(shape)), truth[name](1.1*float64(shape)))
		}
	}
}

// Poisson intervals x with a refractory period d added have CV = 1−d at mean 1,
// and, with S = x + x′ ~ (1−d) Gamma(2), LV = E[S²/(S+2d)²] and
// LvR(d) = E[S²/(S+2d)² (1 + 4d/(S+2d))]: nearer to 1, which is what it is for.
func TestLvRCompensatesRefractoriness(t *testing.T) {
	t.Parallel()
	const d = 0.1
	expect := func(f func(s float64) float64) float64 {
		return quad.Fixed(func(u float64) float64 {
			s := u / (1 - u) // maps (0, 1) to (0, ∞)
			return f((1-d)*s) * s * math.Exp(-s) / ((1 - u) * (1 - u))
		}, 0, 1, 200, nil, 0)
	}
	wantLV := expect(func(s float64) float64 { return s * s / ((s + 2*d) * (s + 2*d)) })
	wantLvR := expect(func(s float64) float64 { return s * s / ((s + 2*d) * (s + 2*d)) * (1 + 4*d/(s+2*d)) })
	if 1-wantLvR > (1-wantLV)/3 {
		t.Errorf("LV = %v, LvR = %v", wantLV, wantLvR)
	}
	for _, c := range []struct {
		name        string
		f           func(isi []float64) (float64, error)
		want, wrong float64
	}{
		{"CV", cv0, 1 - d, 1},
		{"LV", LV, wantLV, wantLvR},
		{"LvR", func(isi []float64) (float64, error) { return LvR(isi, d) }, wantLvR, 1},
	} {
		got, se, _ := replicate(t, 50, func(rng *rand.Rand) (float64, error) {
			train := renewal(rng, 4000, func(rng *rand.Rand) float64 { return d + (1-d)*rng.ExpFloat64() })
			return c.f(train.ISI())
		})
		near(t, c.name, got, se, c.want, c.wrong)
	}
}

// A slow change of the rate raises CV; CV2 and LV hardly notice.
func TestLocalMeasuresIgnoreSlowRates(t *testing.T) {
	isi := renewal(stream.New(54), 20000, gammaInterval(1)).ISI()
	for i := range isi {
		isi[i] *= math.Exp(math.Sin(2 * math.Pi * float64(i) / 2000))
	}
	cv, _ := CV(isi, 0)
	cv2, _ := CV2(isi)
	lv, _ := LV(isi)
	if cv < 1.3 || math.Abs(cv2-1) > 0.03 || math.Abs(lv-1) > 0.03 {
		t.Errorf("CV = %v, CV2 = %v, LV = %v", cv, cv2, lv)
	}
	clock := []float64{2, 2, 2, 2}
	for _, f := range []func([]float64) (float64, error){cv0, CV2, LV} {
		if v, err := f(clock); v != 0 || err != nil {
			t.Errorf("of a clock: %v, %v", v, err)
		}
	}
}

// pairs returns the mean of f over neighbouring intervals.
func pairs(isi []float64, f func(a, b float64) float64) float64 {
	sum := 0.0
	for i, b := range isi[1:] {
		sum += f(isi[i], b)
	}
	return sum / float64(len(isi)-1)
}

// As spikes come, the statistics are those of the intervals so far, by their
// definitions.
func TestIntervalsMatchDefinitions(t *testing.T) {
	train := renewal(stream.New(55), 200, gammaInterval(2))
	var a Intervals
	for i, s := range train.Times() {
		a.Add(s)
		if a.Spikes() != i+1 {
			t.Fatalf("%d spikes, want %d", a.Spikes(), i+1)
		}
		isi := Train{train.Times()[:i+1], 0, 200}.ISI()
		if i < 2 {
			_, err := a.CV(0)
			failsWith(t, "CV", err, ErrShort)
			_, err = a.LV()
			failsWith(t, "LV", err, ErrShort)
			continue
		}
		mu, variance := meanVar(isi)
		sd := math.Sqrt(variance)
		local := func(a, b float64) float64 { return 3 * (a - b) * (a - b) / (a + b) / (a + b) }
		const r = 0.1
		for name, c := range map[string]struct {
			streamed, batch, want float64
		}{
			"ISI": {must(a.Mean()), mu, mu},
			"CV":  {must(a.CV(1)), must(CV(isi, 1)), sd / mu},
			"CV2": {must(a.CV2()), must(CV2(isi)), pairs(isi, func(a, b float64) float64 { return 2 * math.Abs(a-b) / (a + b) })},
			"LV":  {must(a.LV()), must(LV(isi)), pairs(isi, local)},
			"LvR": {must(a.LvR(r)), must(LvR(isi, r)), pairs(isi, func(a, b float64) float64 {
				return 3 * (1 - 4*a*b/(a+b)/(a+b)) * (1 + 4*r/(a+b))
			})},
		} {
			closeTo(t, name+" of spikes", c.streamed, c.want, 1e-11)
			closeTo(t, name+" of intervals", c.batch, c.want, 1e-11)
		}
	}
}

func TestIntervalErrors(t *testing.T) {
	for _, f := range []func([]float64) (float64, error){cv0, CV2, LV} {
		_, err := f([]float64{1})
		failsWith(t, "one interval", err, ErrShort)
		_, err = f([]float64{1, math.Inf(1)})
		failsWith(t, "infinite", err, ErrNonFinite)
		_, err = f([]float64{1, -1})
		failsWith(t, "negative", err, ErrRange)
		_, err = f([]float64{0, 0})
		failsWith(t, "zero", err, ErrRange)
	}
	_, err := CV2([]float64{1, 0, 0, 1})
	failsWith(t, "two zero neighbours", err, ErrRange)
	for _, r := range []float64{-1, math.NaN(), math.Inf(1)} {
		_, err = LvR([]float64{1, 2}, r)
		failsWith(t, "refractory period", err, ErrRange)
		_, err = new(Intervals).LvR(r)
		failsWith(t, "refractory period", err, ErrRange)
	}
	var a Intervals
	_, err = a.Mean()
	failsWith(t, "no spikes", err, ErrShort)
	for _, c := range []struct {
		times []float64
		want  error
	}{
		{[]float64{0, 1, math.NaN(), 3}, ErrNonFinite},
		{[]float64{0, 1, 0.5, 3}, ErrRange},
	} {
		var a Intervals
		for _, s := range c.times {
			a.Add(s)
		}
		for _, f := range []func() (float64, error){a.Mean, func() (float64, error) { return a.CV(0) }, a.CV2, a.LV} {
			_, err := f()
			failsWith(t, "Intervals", err, c.want)
		}
		if a.Spikes() != len(c.times)-1 {
			t.Errorf("%d spikes taken in of %v", a.Spikes(), c.times)
		}
	}
}

// Of three spikes at one time there is a CV, and none of the local measures.
func TestThreeSpikesAtOneTime(t *testing.T) {
	var a Intervals
	for _, s := range []float64{0, 1, 1, 1, 3} {
		a.Add(s)
	}
	isi := []float64{1, 0, 0, 2}
	closeTo(t, "CV of spikes", must(a.CV(0)), math.Sqrt(0.6875)/0.75, 1e-15)
	closeTo(t, "CV of intervals", must(CV(isi, 0)), math.Sqrt(0.6875)/0.75, 1e-15)
	for _, f := range []func() (float64, error){a.CV2, a.LV, func() (float64, error) { return a.LvR(1) }, func() (float64, error) { return LV(isi) }} {
		_, err := f()
		failsWith(t, "a local measure", err, ErrRange)
		if want := "diag: intervals 1 and 2 are both 0: out of range"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}

func BenchmarkIntervalsAdd(b *testing.B) {
	var a Intervals
	now := 0.0
	for b.Loop() {
		now += 0.5
		a.Add(now)
	}
}
