package diag

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/moments"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// A sample and its histogram, of the bins that W2Binned takes.
func sampled(t *testing.T, n int, mean, sd float64, split int) ([]float64, *Histogram) {
	t.Helper()
	rng := stream.New(11)
	x := make([]float64, n)
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range x {
		x[i] = mean + sd*stream.Normal(rng)
		lo, hi = min(lo, x[i]), max(hi, x[i])
	}
	h, err := NewHistogram(lo, hi, 200, split)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range x {
		h.Add(v)
	}
	return x, h
}

// With bins w wide the histogram's distance may differ from that of the values
// by at most w/√3 (each value is moved by at most w, and its square by w²/3 on
// average); on a smooth density it differs by far less.
func TestHistogramW2Normal(t *testing.T) {
	for _, c := range []struct{ mean, sd float64 }{{0, 1}, {0.3, 1}, {-2, 0.1}, {0, 3}} {
		x, h := sampled(t, 20_000, c.mean, c.sd, 4)
		want, err := W2Normal(x, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := h.W2Normal(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(got-want) < 2e-4) {
			t.Errorf("N(%v, %v²): %.8g, and %.8g of the values themselves", c.mean, c.sd, got, want)
		}
	}
	// The negative control: without the slope within bins it would be off by w²/12
	// in W₂², which coarse bins show.
	x, h := sampled(t, 20_000, 0, 1, 1)
	want, _ := W2Normal(x, 0, 1)
	got, err := h.W2Normal(0, 1)
	if w := h.width; err != nil || math.Abs(got*got-want*want) > w*w/50 {
		t.Errorf("coarse bins: W₂² = %v, want %v to much better than w²/12 = %v", got*got, want*want, w*w/12)
	}
}

// The exact distance of a uniform distribution from the standard normal one:
// W₂² = E[X²] + 1 − 2∫(2u−1)c Φ⁻¹(u) du = c²/3 + 1 − 2c/√π on (−c, c).
func TestHistogramW2NormalOfAUniform(t *testing.T) {
	h, err := NewHistogram(-1.98, 1.98, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range h.counts {
		h.counts[i] = 3
	}
	c := h.width * float64(len(h.counts)) / 2
	if math.Abs(h.outer.left+c) > 1e-12 {
		t.Fatalf("bins from %v, half width %v", h.outer.left, c)
	}
	got, err := h.W2Normal(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "W2", got, math.Sqrt(c*c/3+1-2*c/math.Sqrt(math.Pi)), 1e-9)
}

// The law of the binned distance, by 400 pairs: one of a fixed x and fresh draws,
// by each of the two ways. Their means must agree to 5 standard errors, and not
// with those for draws of another spread: 1.5 times as wide.
func TestHistogramW2Binned(t *testing.T) {
	racetest.Sequential(t)
	const n, repeats = 500, 400
	x, h := sampled(t, n, 0.1, 1.1, 4)
	rng := stream.New(3)
	direct, counted, wrong := moments.NewMeanVariance(1), moments.NewMeanVariance(1), moments.NewMeanVariance(1)
	y := make([]float64, n)
	for range repeats {
		for i := range y {
			y[i] = stream.Normal(rng)
		}
		w, err := W2Binned(x, y, 200)
		if err != nil {
			t.Fatal(err)
		}
		direct.Add([]float64{w})
		counted.Add([]float64{must(h.W2Binned(0, 1, rng))})
		wrong.Add([]float64{must(h.W2Binned(0, 1.5, rng))})
	}
	z := func(a *moments.MeanVariance) float64 {
		return (a.Mean(nil)[0] - direct.Mean(nil)[0]) / math.Sqrt((a.Variance(nil)[0]+direct.Variance(nil)[0])/repeats)
	}
	if !(math.Abs(z(counted)) < 5) || !(math.Abs(z(wrong)) > 5) {
		t.Errorf("in bins: %v drawn, %v counted (z = %.1f), %v of wider draws (z = %.1f)",
			direct.Mean(nil), counted.Mean(nil), z(counted), wrong.Mean(nil), z(wrong))
	}
	// The spread over draws agrees too; its relative standard error is about 5 %.
	if r := math.Sqrt(counted.Variance(nil)[0] / direct.Variance(nil)[0]); math.Abs(r-1) > 0.25 {
		t.Errorf("the standard deviation over draws is %.2f times what it should be", r)
	}
}

// Decays are counted as their values one by one.
func TestHistogramAddSegment(t *testing.T) {
	for _, c := range []struct {
		x, keep float64
		n       int
	}{{3, 0.9995, 1}, {3, 0.9995, 7}, {3, 0.9995, 40_000}, {-2.7, 0.995, 5000}, {0, 0.995, 50}, {1.5, 1, 1000}, {1e-300, 0.9, 3000}} {
		one, err := NewHistogram(-3, 3, 200, 4)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := NewHistogram(-3, 3, 200, 4)
		v := c.x
		for range c.n {
			one.Add(v)
			v *= c.keep
		}
		all.AddSegment(c.x, must(moments.NewDecay(c.keep)), int64(c.n))
		if one.N() != all.N() {
			t.Errorf("%+v: %d values, want %d", c, all.N(), one.N())
		}
		moved := int64(0)
		for i := range one.counts {
			moved += max(one.counts[i]-all.counts[i], 0)
		}
		// A value within rounding of an edge may be counted on either side of it.
		if moved > 2 {
			t.Errorf("%+v: %d values in other bins", c, moved)
		}
	}
}

// A value on an edge is in the bin above it, as in W2Binned; and of values that
// are all one, bins have no part in the distance in their own units.
func TestHistogramOfOneValue(t *testing.T) {
	racetest.Sequential(t)
	for _, value := range []float64{0, 0.5, -1, 0.3} {
		const n = 5000
		h, err := NewHistogram(value, value, 200, 4)
		if err != nil {
			t.Fatal(err)
		}
		for i := range h.counts {
			e := h.edge(i)
			if at := h.bin(e); at != i {
				t.Errorf("about %v: edge %d is in bin %d", value, i, at)
			}
			if at := h.bin(math.Nextafter(e, -9)); at != max(i-1, 0) {
				t.Errorf("about %v: below edge %d is bin %d", value, i, at)
			}
		}
		h.AddSegment(value, must(moments.NewDecay(1)), n)
		closeTo(t, "W2", must(h.W2Normal(1, 1)), math.Hypot(1, value-1), 1e-12)

		x, y := make([]float64, n), make([]float64, n)
		rng := stream.New(4)
		direct, counted := moments.NewMeanVariance(1), moments.NewMeanVariance(1)
		for range 100 {
			for i := range x {
				x[i], y[i] = value, 1+stream.Normal(rng)
			}
			w, err := W2Binned(x, y, 200)
			if err != nil {
				t.Fatal(err)
			}
			direct.Add([]float64{w})
			counted.Add([]float64{must(h.W2Binned(1, 1, rng))})
		}
		// To 5 standard errors of at most 0.1: in the bin beside it would be off by 0.7.
		se := math.Sqrt((direct.Variance(nil)[0] + counted.Variance(nil)[0]) / 100)
		if a, b := direct.Mean(nil)[0], counted.Mean(nil)[0]; !(math.Abs(a-b) < 5*se) || !(5*se < 0.5) {
			t.Errorf("about %v in bins: %v drawn, %v counted, ± %v", value, a, b, se)
		}
	}
}

func TestHistogramRefuses(t *testing.T) {
	for _, c := range []struct {
		lo, hi      float64
		bins, split int
	}{
		{0, 1, 3, 1}, {0, 1, 200, 0}, {1, 0, 200, 1}, {math.NaN(), 1, 200, 1}, {0, math.Inf(1), 200, 1},
		{0, 1, 1 << 30, 1}, {0, 1, 1000, 1 << 30},
	} {
		_, err := NewHistogram(c.lo, c.hi, c.bins, c.split)
		failsWith(t, "NewHistogram", err, ErrRange)
	}
	for _, c := range [][2]float64{{-1.7e308, 1.7e308}, {math.MaxFloat64, math.MaxFloat64}, {1e-200, 2e-200}, {1e15, 1e15 + 8}} {
		_, err := NewHistogram(c[0], c[1], 200, 4)
		failsWith(t, "NewHistogram", err, ErrScale)
	}
	// Large values that are all one have bins that floating-point numbers can tell
	// apart.
	for _, v := range []float64{1e15, -1e300, 1e308} {
		h, err := NewHistogram(v, v, 200, 4)
		if errors.Is(err, ErrScale) {
			continue
		}
		if err != nil {
			t.Errorf("NewHistogram of values at %v: %v", v, err)
			continue
		}
		h.Add(v)
		closeTo(t, "W2", must(h.W2Normal(0, 1)), math.Abs(v), 1e-12)
	}

	h := must(NewHistogram(0, 1, 200, 4))
	_, err := h.W2Normal(0, 1)
	failsWith(t, "no values", err, ErrShort)
	_, err = h.W2Binned(0, 1, stream.New(1))
	failsWith(t, "no values", err, ErrShort)
	h.Add(0.5)
	for _, c := range [][2]float64{{math.NaN(), 1}, {math.Inf(1), 1}, {0, 0}, {0, -1}, {0, math.NaN()}, {0, math.Inf(1)}} {
		_, err := h.W2Normal(c[0], c[1])
		failsWith(t, "W2Normal", err, ErrRange)
		_, err = h.W2Binned(c[0], c[1], stream.New(1))
		failsWith(t, "W2Binned", err, ErrRange)
	}
	decay := must(moments.NewDecay(0.9))
	for _, last := range []float64{0.5, 0.75} { // the count of a bin overflows, or that of all
		many := must(NewHistogram(0, 1, 200, 4))
		many.AddSegment(0.5, must(moments.NewDecay(1)), math.MaxInt64)
		if _, err := many.W2Normal(0, 1); err != nil {
			t.Errorf("2⁶³−1 values: %v", err)
		}
		many.Add(last)
		_, err := many.W2Normal(0, 1)
		failsWith(t, "W2Normal of 2⁶³ values", err, ErrRange)
		_, err = many.W2Binned(0, 1, stream.New(1))
		failsWith(t, "W2Binned of 2⁶³ values", err, ErrRange)
	}
	panics(t, "two values", "diag: x has the wrong length", func() { NewHistograms([]*Histogram{h}).AddSegment([]float64{0.5, 0.5}, decay, 1) })
	h.AddSegment(0.5, decay, 0)
	h.AddSegment(0.5, decay, -3)
	if h.N() != 1 {
		t.Errorf("%d values, want 1", h.N())
	}
	for _, add := range []func(){
		func() { h.Add(math.NaN()) },
		func() { h.AddSegment(math.Inf(-1), decay, 3) },
	} {
		h = must(NewHistogram(0, 1, 200, 4))
		h.Add(0.5)
		add()
		h.Add(0.25)
		if h.N() != 2 {
			t.Errorf("%d values, want the two that are finite", h.N())
		}
		_, err := h.W2Normal(0, 1)
		failsWith(t, "W2Normal", err, ErrNonFinite)
		_, err = h.W2Binned(0, 1, stream.New(1))
		failsWith(t, "W2Binned", err, ErrNonFinite)
	}
}

// Histograms counts in each histogram what AddSegment of it does: values inside, outside,
// at edges and not finite, of segments of every length.
func TestHistograms(t *testing.T) {
	const coordinates = 70
	rng := stream.New(1)
	together, alone := make([]*Histogram, coordinates), make([]*Histogram, coordinates)
	for j := range together {
		lo, hi := -1-rng.Float64(), 1+rng.Float64()
		together[j], alone[j] = must(NewHistogram(lo, hi, 20, 2)), must(NewHistogram(lo, hi, 20, 2))
	}
	all := NewHistograms(together)
	x := make([]float64, coordinates)
	for _, factor := range []float64{0, 0.6, 0.99, 0.9995, 1} {
		d := must(moments.NewDecay(factor))
		for _, k := range []int64{0, 1, 2, 5, fewSteps, fewSteps + 1, 30, 700} {
			for range 20 {
				for j, h := range alone {
					switch x[j] = 4*rng.Float64() - 2; rng.IntN(8) {
					case 0:
						x[j] = h.edge(rng.IntN(len(h.counts) + 1))
					case 1:
						x[j] = math.Nextafter(h.edge(rng.IntN(len(h.counts))), 3*rng.Float64()-1)
					case 2:
						if rng.IntN(200) == 0 {
							x[j] = []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[rng.IntN(3)]
						}
					}
					h.AddSegment(x[j], d, k)
				}
				all.AddSegment(x, d, k)
			}
		}
	}
	failed := 0
	for j, h := range alone {
		if got := together[j]; !slices.Equal(got.counts, h.counts) || fmt.Sprint(got.err) != fmt.Sprint(h.err) {
			t.Errorf("coordinate %d: %v (%v), want %v (%v)", j, got.counts, got.err, h.counts, h.err)
		}
		if h.err != nil {
			failed++
		}
	}
	if failed == 0 || failed == coordinates {
		t.Errorf("%d of %d histograms have met a value that is not finite", failed, coordinates)
	}
}

// The last value of a segment is in the bin that it is rounded to, also if it has not
// passed the edge by the share of the first value that is there.
func TestHistogramLastValue(t *testing.T) {
	rng := stream.New(1)
	d := must(moments.NewDecay(0.99))
	for _, k := range []int64{3, fewSteps, fewSteps + 1, 100} {
		late := 0
		for range 4000 {
			x := -(2.1 + 0.1*rng.Float64()) / d.Power(k-1)
			last := x * d.Power(k-1)
			h := must(NewHistogram(0, 1, 20, 2))
			h.outer.left, h.width, h.scale, h.near = last-0.5, 0.25, 4, 1e-12 // last is the edge of part 2
			if d.Steps(h.edge(2)/x) > k-1 {
				late++
			}
			h.AddSegment(x, d, k)
			if h.N() != k || h.counts[2] != 1 {
				t.Fatalf("of %d values %d are counted, %d in the last bin", k, h.N(), h.counts[2])
			}
		}
		if late == 0 {
			t.Errorf("no segment of %d values ends before its edge", k)
		}
	}
}

// A factor of 0 forgets at once, and one of 1 never.
func TestHistogramAddSegmentAtTheEnds(t *testing.T) {
	for _, c := range []struct {
		factor   float64
		at, zero int64
	}{{0, 1, 99}, {1, 100, 0}} {
		h := must(NewHistogram(-1, 1, 200, 4))
		h.AddSegment(0.7, must(moments.NewDecay(c.factor)), 100)
		if h.counts[h.bin(0.7)] != c.at || h.counts[h.bin(0)] != c.zero {
			t.Errorf("factor %v: %d at the value and %d at 0", c.factor, h.counts[h.bin(0.7)], h.counts[h.bin(0)])
		}
	}
}

// Four hundred thousand draws have the probabilities of the binomial law, by a χ²
// test at p = 10⁻⁶ over the outcomes that are expected more than ten times. The
// negative control is the law of a probability 2 % larger.
func TestBinomial(t *testing.T) {
	racetest.Sequential(t)
	const draws = 400_000
	for _, c := range []struct {
		n int64
		p float64
	}{{1, 0.3}, {20, 0.1}, {30, 0.4}, {1000, 0.03}, {100, 0.9}, {5000, 0.5}} {
		rng := stream.New(50)
		counts := map[int64]float64{}
		for range draws {
			counts[binomial(c.n, c.p, rng)]++
		}
		statistic := func(p float64) (chi2 float64, degrees int) {
			for k := range c.n + 1 {
				expected := draws * distuv.Binomial{N: float64(c.n), P: p}.Prob(float64(k))
				if expected > 10 {
					d := counts[k] - expected
					chi2 += d * d / expected
					degrees++
				}
			}
			return chi2, degrees
		}
		chi2, degrees := statistic(c.p)
		if limit := (distuv.ChiSquared{K: float64(degrees)}).Quantile(1 - 1e-6); chi2 > limit {
			t.Errorf("n = %d, p = %v: χ² = %.1f with %d outcomes, limit %.1f", c.n, c.p, chi2, degrees, limit)
		}
		wrong, degrees := statistic(c.p * 1.02)
		if limit := (distuv.ChiSquared{K: float64(degrees)}).Quantile(1 - 1e-6); wrong < limit {
			t.Errorf("n = %d, p = %v: a probability 2 %% larger passes with χ² = %.1f of %.1f", c.n, c.p, wrong, limit)
		}
	}
	rng := stream.New(51)
	none := 0 // expected in 17 ± 4 draws
	for range 400_000 {
		if binomial(1000, 0.01, rng) == 0 {
			none++
		}
	}
	if none < 1 || none > 40 {
		t.Errorf("no success in %d of 400,000 draws of mean 10, want about 17", none)
	}
	for _, c := range []struct {
		n    int64
		p    float64
		want int64
	}{{0, 0.5, 0}, {10, 0, 0}, {10, 1, 10}, {10, math.NaN(), 0}} {
		if got := binomial(c.n, c.p, rng); got != c.want {
			t.Errorf("binomial(%d, %v) = %d", c.n, c.p, got)
		}
	}
}

func BenchmarkHistogramW2Normal(b *testing.B) {
	h, _ := NewHistogram(-4, 4, 200, 4)
	rng := stream.New(1)
	for range 150_000 {
		h.Add(stream.Normal(rng))
	}
	for b.Loop() {
		h.W2Normal(0, 1)
	}
}

func BenchmarkHistogramW2Binned(b *testing.B) {
	h, _ := NewHistogram(-4, 4, 200, 4)
	rng := stream.New(1)
	for range 150_000 {
		h.Add(stream.Normal(rng))
	}
	for b.Loop() {
		h.W2Binned(0, 1, rng)
	}
}
