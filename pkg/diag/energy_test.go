package diag

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// gaussians returns n draws of N(shift·1, I) in dim dimensions.
func gaussians(rng *rand.Rand, n, dim int, shift float64) *mat.Dense {
	x := mat.NewDense(n, dim, nil)
	for i := range n {
		for j := range dim {
			x.Set(i, j, shift+rng.NormFloat64())
		}
	}
	return x
}

func TestEnergyDistanceClosedForms(t *testing.T) {
	d, err := EnergyDistance(mat.NewDense(1, 1, []float64{2}), mat.NewDense(1, 1, []float64{5}))
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "points", d, math.Sqrt(6), 1e-15)
	d, _ = EnergyDistance(mat.NewDense(1, 2, []float64{0, 0}), mat.NewDense(1, 2, []float64{3, 4}))
	closeTo(t, "points in the plane", d, math.Sqrt(10), 1e-15)

	// In one dimension sorting gives the sums over pairs, ties included.
	rng := stream.New(41)
	for n := 1; n < 30; n++ {
		x, y := mat.NewDense(n, 1, nil), mat.NewDense(2*n+1, 1, nil)
		for i := range n {
			x.Set(i, 0, math.Round(4*rng.NormFloat64()))
		}
		for i := range 2*n + 1 {
			y.Set(i, 0, math.Round(4*rng.NormFloat64()))
		}
		a, b := cut(x.RawMatrix().Data, n), cut(y.RawMatrix().Data, 2*n+1)
		want := discrepancyOf(a, b, distance)
		got, err := EnergyDistance(x, y)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-want) > 1e-7 { // the root of a rounding error
			t.Errorf("n = %d: %v, by pairs %v", n, got, want)
		}
	}
}

// Of Gaussians a shift δ apart: E|X−Y| is the mean of a folded normal, and the
// pairs of a draw with itself add E|X−X′|/n for each sample.
func TestEnergyDistanceOfGaussians(t *testing.T) {
	const n, m, delta = 40, 60, 0.8
	folded := func(mu float64) float64 { // E|N(μ, 2)|
		return 2/math.Sqrt(math.Pi)*math.Exp(-mu*mu/4) + mu*math.Erf(mu/2)
	}
	want := 2*folded(delta) - (2-1.0/n-1.0/m)*folded(0)
	got, se, _ := replicate(t, 1600, func(rng *rand.Rand) (float64, error) { // the wrong one is 10 standard errors away
		d, err := EnergyDistance(gaussians(rng, n, 1, 0), gaussians(rng, m, 1, delta))
		return d * d, err
	})
	near(t, "D²", got, se, want, 2*folded(delta)-2*folded(0))
}

func TestMMDOfGaussians(t *testing.T) {
	const n, m, dim, delta, l = 30, 40, 3, 0.5, 1.2
	kernel := func(mu2 float64) float64 { // E k of N(μ, 2I)
		return math.Pow(l*l/(l*l+2), dim/2.0) * math.Exp(-mu2/(2*(l*l+2)))
	}
	self := 1.0/n + 1.0/m
	want := self + (2-self)*kernel(0) - 2*kernel(dim*delta*delta)
	got, se, _ := replicate(t, 400, func(rng *rand.Rand) (float64, error) {
		d, err := MMD(gaussians(rng, n, dim, 0), gaussians(rng, m, dim, delta), l)
		return d * d, err
	})
	near(t, "MMD²", got, se, want, want-self*(1-kernel(0)))

	d, err := MMD(mat.NewDense(1, 1, []float64{0}), mat.NewDense(1, 1, []float64{1}), 1)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "points", d, math.Sqrt(2-2*math.Exp(-0.5)), 1e-15)
	l2, err := MedianBandwidth(mat.NewDense(2, 1, []float64{0, 1}), mat.NewDense(1, 1, []float64{5}))
	if err != nil || l2 != 4 {
		t.Errorf("MedianBandwidth = %v, %v; want 4", l2, err)
	}
}

var twoSampleTests = map[string]func(x, y mat.Matrix, rng *rand.Rand) (TwoSampleTest, error){
	"EnergyTest": func(x, y mat.Matrix, rng *rand.Rand) (TwoSampleTest, error) {
		return EnergyTest(x, y, 99, rng)
	},
	"MMDTest": func(x, y mat.Matrix, rng *rand.Rand) (TwoSampleTest, error) {
		l, err := MedianBandwidth(x, y)
		if err != nil {
			return TwoSampleTest{}, err
		}
		return MMDTest(x, y, l, 99, rng)
	},
}

// Of equal distributions P(p ≤ α) = α exactly, whatever the number of
// permutations; 400 runs know it to 0.015 at α = 0.1. Of others it is larger:
// the negative control.
func TestPermutationPValues(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const runs = 400
	for name, test := range twoSampleTests {
		rejected := func(shift float64) float64 {
			share, _, _ := replicate(t, runs, func(rng *rand.Rand) (float64, error) {
				r, err := test(gaussians(rng, 12, 2, 0), gaussians(rng, 9, 2, shift), rng)
				return portable.Indicator(r.PValue <= 0.1), err
			})
			return share
		}
		near(t, name+": level at 0.1", rejected(0), math.Sqrt(0.1*0.9/runs), 0.1, rejected(0.5))
		if power := rejected(1.5); power < 0.95 {
			t.Errorf("%s: power %v against a shift of 1.5 in each coordinate", name, power)
		}
	}
}

// The statistic is the distance, and the null is that of the same sizes.
func TestPermutationStatistic(t *testing.T) {
	rng := stream.New(43)
	x, y := gaussians(rng, 15, 2, 0), gaussians(rng, 6, 2, 1)
	for _, swap := range []bool{false, true} {
		if swap {
			x, y = y, x
		}
		r, err := EnergyTest(x, y, 50, rng)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := EnergyDistance(x, y)
		closeTo(t, "energy", r.Statistic, want, 1e-12)
		if len(r.Null) != 50 || !slices.IsSorted(r.Null) {
			t.Errorf("null %v", r.Null)
		}
		r, err = MMDTest(x, y, 0.7, 50, rng)
		if err != nil {
			t.Fatal(err)
		}
		want, _ = MMD(x, y, 0.7)
		closeTo(t, "MMD", r.Statistic, want, 1e-12)
	}
	// Two values each: of the 6 splits, 2 are the one given.
	r, err := EnergyTest(mat.NewDense(2, 1, []float64{0, 1}), mat.NewDense(2, 1, []float64{10, 11}), 6000, rng)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p-value", r.PValue, math.Sqrt(2.0/9/6000), 1.0/3, 1.0/6)
}

func TestTwoSampleErrors(t *testing.T) {
	rng := stream.New(44)
	x, bad := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{0, 0, 0, math.NaN()})
	_, err := EnergyDistance(x, bad)
	failsWith(t, "EnergyDistance", err, ErrNonFinite)
	_, err = EnergyTest(bad, x, 9, rng)
	failsWith(t, "EnergyTest", err, ErrNonFinite)
	_, err = EnergyTest(x, x, 0, rng)
	failsWith(t, "EnergyTest", err, ErrRange)
	_, err = MMD(x, bad, 1)
	failsWith(t, "MMD", err, ErrNonFinite)
	_, err = MMDTest(x, bad, 1, 9, rng)
	failsWith(t, "MMDTest", err, ErrNonFinite)
	for _, l := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err = MMD(x, x, l)
		failsWith(t, "MMD", err, ErrRange)
		_, err = MMDTest(x, x, l, 9, rng)
		failsWith(t, "MMDTest", err, ErrRange)
	}
	_, err = MedianBandwidth(x, x)
	failsWith(t, "MedianBandwidth", err, ErrConstant)
	_, err = MedianBandwidth(x, bad)
	failsWith(t, "MedianBandwidth", err, ErrNonFinite)
	panics(t, "dimensions", badDim, func() { EnergyDistance(x, mat.NewDense(2, 3, nil)) })

	r, err := EnergyTest(x, x, 9, rng)
	if err != nil || r.PValue != 1 || r.Statistic != 0 {
		t.Errorf("equal points: %+v, %v", r, err)
	}
}

func BenchmarkEnergyTest(b *testing.B) {
	rng := stream.New(1)
	x, y := gaussians(rng, 200, 10, 0), gaussians(rng, 200, 10, 0.1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := EnergyTest(x, y, 200, rng); err != nil {
			b.Fatal(err)
		}
	}
}

// Two draws that are equal have no bandwidth, and two that differ have their
// distance.
func TestMedianBandwidthOfTwoDraws(t *testing.T) {
	a := mat.NewDense(1, 2, []float64{1, 2})
	_, err := MedianBandwidth(a, a)
	failsWith(t, "equal draws", err, ErrConstant)
	if l := must(MedianBandwidth(a, mat.NewDense(1, 2, []float64{4, 6}))); l != 5 {
		t.Errorf("bandwidth %v, want 5", l)
	}
}
