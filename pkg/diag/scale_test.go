package diag

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/moments"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// errInput says that the arguments cannot be had in the unit.
var errInput = errors.New("no such argument")

// scaledStatistics are the statistics of a sample in a unit of s, with the powers
// of the unit that they have. rng is fresh each time.
func scaledStatistics(s float64) map[string]struct {
	power float64
	value func() ([]float64, error)
} {
	type statistic = struct {
		power float64
		value func() ([]float64, error)
	}
	rng := stream.New(70)
	normals := func(n int, mean float64) []float64 {
		x := make([]float64, n)
		stream.Normals(rng, x)
		for i := range x {
			x[i] = (x[i] + mean) * s
		}
		return x
	}
	chains := [][]float64{normals(200, 0), normals(200, 0), normals(200, 0), normals(200, 0.3)}
	x, y := normals(100, 0), normals(70, 1)
	a, b := mat.NewDense(30, 3, normals(90, 0)), mat.NewDense(20, 3, normals(60, 0.5))
	intervals := make([]float64, 50)
	times := make([]float64, 51)
	for i := range intervals {
		intervals[i] = s * (0.1 + rng.Float64())
		times[i+1] = times[i] + intervals[i]
	}
	cov := mat.NewSymDense(2, []float64{s * s, 0, 0, s * s})
	batches := func() []*Batches {
		out := make([]*Batches, 4)
		for c := range out {
			out[c] = NewBatches(1, 64)
			for i := range chains[c] {
				out[c].Add(chains[c][i : i+1])
			}
		}
		return out
	}
	stream1 := func() *Intervals {
		a := new(Intervals)
		for _, t := range times {
			a.Add(t)
		}
		return a
	}
	one := func(v float64, err error) ([]float64, error) { return []float64{v}, err }
	out := map[string]statistic{}
	add := func(name string, power float64, f func() (float64, error)) {
		out[name] = statistic{power, func() ([]float64, error) { return one(f()) }}
	}
	for name, f := range estimators {
		power := 0.0
		if name == "MCSEMean" || name == "MCSESD" || name == "MCSEQuantile" {
			power = 1
		}
		add(name, power, func() (float64, error) { return f(chains) })
	}
	out["Summarize's moments"] = statistic{1, func() ([]float64, error) {
		m, err := Summarize(chains)
		return []float64{m.Mean, m.SD, m.Q5, m.Median, m.Q95, m.MCSEMean, m.MCSESD}, err
	}}
	out["Autocorrelation"] = statistic{0, func() ([]float64, error) { return Autocorrelation(x, 5) }}
	out["Autocovariance"] = statistic{2, func() ([]float64, error) { return Autocovariance(x, 5) }}
	out["Mean"] = statistic{1, func() ([]float64, error) { return Mean(a) }}
	out["Covariance"] = statistic{2, func() ([]float64, error) {
		c, err := Covariance(a)
		if err != nil {
			return nil, err
		}
		return c.RawSymmetric().Data, nil
	}}
	add("BatchRHat", 0, func() (float64, error) { return BatchRHat(batches(), 0) })
	add("BatchESS", 0, func() (float64, error) { return BatchESS(batches(), 0) })
	add("BatchMCSE", 1, func() (float64, error) { return BatchMCSE(batches(), 0) })
	add("W2", 1, func() (float64, error) { return W2(x, y) })
	add("W2Normal", 1, func() (float64, error) { return W2Normal(x, 0.5*s, 2*s) })
	add("W2Gaussian", 1, func() (float64, error) {
		if sigma := s * s; sigma < 0x1p-1022 || math.IsInf(sigma, 0) {
			return 0, fmt.Errorf("the covariance itself is: %w", errInput)
		}
		return W2Gaussian([]float64{s, 0}, cov, []float64{0, s}, mat.NewSymDense(2, []float64{2 * s * s, s * s, s * s, 3 * s * s}))
	})
	add("SlicedW2", 1, func() (float64, error) {
		w, _, err := SlicedW2(a, b, 5, stream.New(1))
		return w, err
	})
	add("EnergyDistance", 0.5, func() (float64, error) { return EnergyDistance(a, b) })
	add("EnergyTest", 0.5, func() (float64, error) {
		r, err := EnergyTest(a, b, 9, stream.New(1))
		return r.Statistic, err
	})
	add("EnergyTest's p-value", 0, func() (float64, error) {
		r, err := EnergyTest(a, b, 9, stream.New(1))
		return r.PValue, err
	})
	add("MedianBandwidth", 1, func() (float64, error) { return MedianBandwidth(a, b) })
	add("MMD", 0, func() (float64, error) { return MMD(a, b, 1.5*s) })
	add("Histogram.W2Normal", 1, func() (float64, error) {
		h, err := NewHistogram(-4*s, 4*s, 200, 4)
		if err != nil {
			return 0, err
		}
		for _, v := range x {
			h.Add(v)
		}
		h.AddSegment(2*s, must(moments.NewDecay(0.99)), 100)
		return h.W2Normal(0.5*s, 2*s)
	})
	add("Quantile", 1, func() (float64, error) { return Quantile(x, 0.3) })
	add("MeanSD", 1, func() (float64, error) {
		_, sd, err := MeanSD(x, 1)
		return sd, err
	})
	out["Bootstrap"] = statistic{1, func() ([]float64, error) {
		e, err := must(NewBootstrap(len(x), 100, stream.Key{})).Mean(x)
		return []float64{e.Mean, e.SD, e.SE, e.Lo, e.Hi}, err
	}}
	out["HistogramEdges"] = statistic{1, func() ([]float64, error) { return HistogramEdges(x) }}
	out["KernelDensity's grid"] = statistic{1, func() ([]float64, error) {
		at, _, err := KernelDensity(x, 20)
		return at, err
	}}
	out["KernelDensity"] = statistic{-1, func() ([]float64, error) {
		_, f, err := KernelDensity(x, 20)
		return f, err
	}}
	add("CV", 0, func() (float64, error) { return CV(intervals, 1) })
	add("CV2", 0, func() (float64, error) { return CV2(intervals) })
	add("LvR", 0, func() (float64, error) { return LvR(intervals, 0.1*s) })
	add("Intervals.Mean", 1, func() (float64, error) { return stream1().Mean() })
	add("Intervals.CV", 0, func() (float64, error) { return stream1().CV(1) })
	add("Intervals.LvR", 0, func() (float64, error) { return stream1().LvR(0.1 * s) })
	return out
}

// Statistics of draws in a very large or very small unit are those of the draws,
// or an error says that there is no such number. Powers of two change no digit,
// and powers of ten only what rounding of the draws does. The draws are fixed: of 25
// other seeds one fails, since KernelDensity leaves out what is more than five
// bandwidths away, and rounding can move a draw across that limit. Far out in the
// tail this changes a density by 3·10⁻⁴ of itself.
func TestExtremeScales(t *testing.T) {
	racetest.Sequential(t)
	want := scaledStatistics(1)
	answers := 0
	for _, s := range []float64{0x1p-700, 0x1p-300, 0x1p300, 0x1p700, 1e78, 1e160, 1e200, 1e300, 1e-78, 1e-160, 1e-200, 1e-290} {
		for name, f := range scaledStatistics(s) {
			expected, err := want[name].value()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := f.value()
			if errors.Is(err, errInput) {
				continue
			}
			if errors.Is(err, ErrScale) {
				// Only what has no such number may fail, and bins, whose rules know
				// an absolute width.
				if math.Abs(math.Log10(s)*f.power) < 285 && name != "Histogram.W2Normal" {
					t.Errorf("%s in the unit %g: %v", name, s, err)
				}
				continue
			}
			tolerance := 1e-9
			switch name {
			case "Histogram.W2Normal": // bins begin at a round number
				tolerance = 1e-3
			case "RHat", "Summarize": // see fold
				if m, _ := math.Frexp(s); m != 0.5 {
					tolerance = 1e-3
				}
			}
			if err != nil || len(got) != len(expected) {
				t.Errorf("%s in the unit %g: %d values, error %v", name, s, len(got), err)
				continue
			}
			answers++
			for i, v := range got {
				w := expected[i] * math.Pow(s, f.power)
				if f.power == 2 {
					w = expected[i] * s * s
				}
				if !(math.Abs(v-w) <= tolerance*math.Abs(w)) && !(math.Abs(v-w) <= 1e-11*math.Pow(s, f.power)) {
					t.Errorf("%s in the unit %g: %v, want %v", name, s, v, w)
				}
			}
		}
	}
	if answers < 400 {
		t.Errorf("only %d statistics had a value", answers)
	}
}

// TestScale: values between 2⁻¹⁰⁰ and 2²⁰⁰ keep their unit. In the unit of others,
// which is an even power of two, the largest is between ¼ and 1. A result that has
// no normal number in the unit of the user is an error.
func TestScale(t *testing.T) {
	for _, v := range []float64{0, 1, 0x1p-100, 0x1p200, -0x1p200} {
		if s := scaleOf([]float64{0, v}, nil); s != 0 {
			t.Errorf("%g has the unit 2^%d, want none", v, s)
		}
	}
	for _, v := range []float64{0x1.fp-101, 0x1.fp-102, -0x1p-102, 0x1.1p200, 0x1.1p201, -0x1.1p202, 0x1p-1074, math.MaxFloat64} {
		s := scaleOf([]float64{v / 2}, []float64{v, 0})
		x := []float64{v, 3 * v / 4}
		in := s.in(x)
		if s%2 != 0 || !(math.Abs(in[0]) >= 0.25 && math.Abs(in[0]) <= 1) || math.Ldexp(in[0], int(s)) != v {
			t.Errorf("%g has the unit 2^%d, in which it is %g", v, s, in[0])
		}
		if back, err := s.out(in[1], 1); math.Abs(v) >= 0x1p-1020 && (back != x[1] || err != nil) {
			t.Errorf("%g comes back as %g, error %v", x[1], back, err)
		}
	}
	for _, c := range []struct {
		s     scale
		v     float64
		power int
		want  float64 // NaN for an error
	}{
		{0, 3, 2, 3},
		{1000, 0, 2, 0},
		{-1022, 1, 1, 0x1p-1022},
		{-1022, 0.999, 1, math.NaN()},
		{-512, -1, 2, math.NaN()},
		{-510, -1, 2, -0x1p-1020},
		{1022, 3, 1, 3 * 0x1p1022},
		{1022, -4, 1, math.NaN()},
		{512, 1, 2, math.NaN()},
		{2, math.Inf(1), 1, math.Inf(1)}, // as R-hat of stuck chains
	} {
		got, err := c.s.out(c.v, c.power)
		if math.IsNaN(c.want) {
			failsWith(t, fmt.Sprintf("%g in the unit 2^%d, power %d", c.v, c.s, c.power), err, ErrScale)
		} else if err != nil || got != c.want {
			t.Errorf("%g in the unit 2^%d, power %d, is %g, error %v, want %g", c.v, c.s, c.power, got, err, c.want)
		}
	}
	a, b := 1.0, 2.0
	if err := scale(10).restore(&a, &b); err != nil || a != 0x1p10 || b != 0x1p11 {
		t.Errorf("1 and 2 in the unit 2^10 are %v and %v, error %v", a, b, err)
	}
}

// Draws that nearly fill the range of floating-point numbers, and draws that are
// subnormal, have values or errors and no NaN.
func TestEdgesOfTheRange(t *testing.T) {
	for _, x := range [][]float64{
		{math.MaxFloat64, -math.MaxFloat64, 1, 2, 3, math.MaxFloat64, 5, 6},
		{5e-324, 0, 1e-323, 5e-324, 2e-323, 0, 0, 5e-324},
		{1, 1 + 0x1p-52, 1, 1 + 0x1p-51, 1, 1, 1, 1 - 0x1p-53},
		{1e300, 1e-300, 1, 1e10, -1e300, 3, 4, 5},
	} {
		chains := [][]float64{x, x[2:6]}
		chains[0] = x[:4]
		for name, f := range estimators {
			if v, err := f(chains); math.IsNaN(v) || err != nil && !errors.Is(err, ErrScale) && !errors.Is(err, ErrConstant) {
				t.Errorf("%s of %v: %v, %v", name, chains, v, err)
			}
		}
		m := mat.NewDense(len(x), 1, x)
		for name, f := range map[string]func() (float64, error){
			"W2":              func() (float64, error) { return W2(x, x[:3]) },
			"W2Normal":        func() (float64, error) { return W2Normal(x, 0, 1) },
			"W2Binned":        func() (float64, error) { return W2Binned(x, x, 50) },
			"EnergyDistance":  func() (float64, error) { return EnergyDistance(m, m.Slice(0, 3, 0, 1)) },
			"MMD":             func() (float64, error) { return MMD(m, m.Slice(0, 3, 0, 1), 1) },
			"MedianBandwidth": func() (float64, error) { return MedianBandwidth(m, m.Slice(0, 3, 0, 1)) },
			"Mean": func() (float64, error) {
				v, err := Mean(m)
				return append(v, 0)[0], err
			},
			"Covariance": func() (float64, error) {
				c, err := Covariance(m)
				if err != nil {
					return 0, err
				}
				return c.At(0, 0), nil
			},
			"MeanSD": func() (float64, error) {
				_, sd, err := MeanSD(x, 1)
				return sd, err
			},
			"edges": func() (float64, error) {
				e, err := HistogramEdges(x)
				return append(e, 0)[0], err
			},
			"density": func() (float64, error) {
				_, f, err := KernelDensity(x, 100)
				return append(f, 0)[0], err
			},
			"histogram": func() (float64, error) {
				h, err := NewHistogram(min(x[0], x[1]), max(x[0], x[1]), 200, 4)
				if err != nil {
					return 0, err
				}
				h.Add(x[0])
				return h.W2Normal(0, 1)
			},
		} {
			v, err := f()
			if math.IsNaN(v) || math.IsInf(v, 0) || err != nil && !errors.Is(err, ErrScale) && !errors.Is(err, ErrConstant) {
				t.Errorf("%s of %v: %v, %v", name, x, v, err)
			}
		}
	}
}

// TestNoSuchNumber: statistics whose values are beyond the range of floating-point
// numbers, or whose parts have no unit in common, say so.
func TestNoSuchNumber(t *testing.T) {
	const huge = 1.7e308
	far := mat.NewDense(2, 1, []float64{-huge, -huge})
	apart := mat.NewDense(2, 1, []float64{huge, huge})
	wide, farWide := mat.NewDense(2, 2, []float64{huge, huge, huge, huge}), mat.NewDense(2, 2, []float64{-huge, -huge, -huge, -huge})
	for name, f := range map[string]func() error{
		"SlicedW2": func() error {
			_, _, err := SlicedW2(wide, farWide, 9, stream.New(1))
			return err
		},
		"W2":              func() error { _, err := W2([]float64{huge}, []float64{-huge}); return err },
		"MedianBandwidth": func() error { _, err := MedianBandwidth(far, apart); return err },
		"parts of bins":   func() error { _, err := NewHistogram(1e12, 1e12+1, 10, 100_000); return err },
		"Histogram.W2Normal": func() error {
			h := must(NewHistogram(0.6*huge, 0.7*huge, 10, 1))
			h.Add(0.65 * huge)
			_, err := h.W2Normal(-huge, 1)
			return err
		},
		"Intervals": func() error {
			var a Intervals
			for _, t := range []float64{0, 1, 1e300, 1e300 + 1} {
				a.Add(t)
			}
			_, err := a.Mean()
			return err
		},
	} {
		failsWith(t, name, f(), ErrScale)
	}
	two, three := NewBatches(2, 8), NewBatches(3, 8)
	for range 8 {
		two.Add([]float64{1, 2})
		three.Add([]float64{1, 2, 3})
	}
	_, err := BatchRHat([]*Batches{two, three}, 0)
	failsWith(t, "chains of different dimensions", err, ErrRagged)
}
