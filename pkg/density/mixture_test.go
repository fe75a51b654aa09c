package density_test

import (
	"math"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/stream"
)

func twoWells() *density.Mixture {
	return must(density.NewMixture([]float64{3, 1}, []*density.Gaussian{
		must(density.NewNormal(-2, 1)), must(density.NewNormal(3, 0.5))}))
}

func TestMixtureIsTheSum(t *testing.T) {
	m := twoWells()
	for _, x := range []float64{-4, -2, 0, 1, 3, 5} {
		phi := func(mean, sd float64) float64 {
			z := (x - mean) / sd
			return math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi))
		}
		a, b := 0.75*phi(-2, 1), 0.25*phi(3, 0.5)
		if got := m.LogProb([]float64{x}); math.Abs(got-math.Log(a+b)) > 1e-13 {
			t.Errorf("log p(%v) = %v, want %v", x, got, math.Log(a+b))
		}
		if r := m.Responsibilities(nil, []float64{x}); math.Abs(r[0]-a/(a+b)) > 1e-13 || math.Abs(r[0]+r[1]-1) > 1e-15 {
			t.Errorf("responsibilities at %v are %v, want %v of the first", x, r, a/(a+b))
		}
	}
	if mean := m.Mean(nil)[0]; mean != 0.75*-2+0.25*3 {
		t.Errorf("mean %v", mean)
	}
	if g, w := m.Part(1); m.Parts() != 2 || w != 0.25 || g.Mean(nil)[0] != 3 {
		t.Error("Part(1) is not the second part")
	}
}

// Where every part underflows, the nearest in its own metric still decides.
func TestMixtureFarAway(t *testing.T) {
	m := twoWells()
	wide := must(density.NewNormal(-2, 1))
	for _, x := range [][]float64{{200}, {-1e6}, {1e150}} {
		if got, want := m.LogProb(x), wide.LogProb(x)+math.Log(0.75); math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("log p(%v) = %v, want %v", x, got, want)
		}
		if got, want := m.ScoreInput(nil, x)[0], wide.ScoreInput(nil, x)[0]; math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("score(%v) = %v, want %v", x, got, want)
		}
	}
	beyond := []float64{1e200} // even the squares overflow
	if l, s := m.LogProb(beyond), m.ScoreInput(nil, beyond)[0]; !math.IsInf(l, -1) || !(s < 0) {
		t.Errorf("at 1e200 the log density is %v and the score %v", l, s)
	}
}

func TestMixtureMarginal(t *testing.T) {
	rng := stream.New(1)
	a, _, _ := randomGaussian(rng, 3)
	b, _, _ := randomGaussian(rng, 3)
	m := must(density.NewMixture([]float64{0.2, 0.8}, []*density.Gaussian{a, b}))
	got := m.Marginal(0, 2)
	want := must(density.NewMixture([]float64{0.2, 0.8}, []*density.Gaussian{a.Marginal(0, 2), b.Marginal(0, 2)}))
	x := []float64{4, 5}
	if got.LogProb(x) != want.LogProb(x) {
		t.Errorf("marginal log density %v, want %v", got.LogProb(x), want.LogProb(x))
	}
}

func TestMixtureRefuses(t *testing.T) {
	one, two := must(density.NewNormal(0, 1)), must(density.Equicorrelated(2, 0, 1))
	for _, c := range []struct {
		weights []float64
		parts   []*density.Gaussian
		want    string
	}{
		{nil, nil, "density: parts are none; at least one is needed"},
		{[]float64{1}, []*density.Gaussian{one, one}, "density: weights have length 1, the parts 2"},
		{[]float64{1, 0}, []*density.Gaussian{one, one}, "density: weights[1] = 0 is not positive and finite"},
		{[]float64{math.NaN(), 1}, []*density.Gaussian{one, one}, "density: weights[0] = NaN is not positive and finite"},
		{[]float64{1, 1}, []*density.Gaussian{one, two}, "density: parts[1] has dimension 2, the first 1"},
		{[]float64{1.7e308, 1.7e308}, []*density.Gaussian{one, one}, "density: sum of weights = +Inf is not finite"},
	} {
		if _, err := density.NewMixture(c.weights, c.parts); err == nil || err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", err, c.want)
		}
	}
	apart := []*density.Gaussian{must(density.NewNormal(-1e200, 1)), must(density.NewNormal(1e200, 1))}
	if _, err := density.NewMixture([]float64{1, 1}, apart); err == nil || err.Error() != "density: parts are too far apart: the variance of coordinate 0 is +Inf" {
		t.Errorf("parts that are 10²⁰⁰ apart: error is %v", err)
	}
	mustPanic(t, "a mixture of nothing", func() { density.NewMixture([]float64{1}, []*density.Gaussian{nil}) })
}
