package density_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"natspike/pkg/density"
)

// user returns a one-dimensional density by its potential and the potential's
// derivative.
func user(u, slope func(x float64) float64) *density.Func {
	return must(density.NewFunc(1,
		func(x []float64) float64 { return u(x[0]) },
		func(dst, x []float64) { dst[0] = slope(x[0]) }))
}

func TestCheckGradientAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		d  density.Density
		at float64
	}{
		"mode":           {must(density.NewNormal(0, 1)), 0},
		"narrow":         {must(density.NewNormal(0, 1e-6)), 1e-6},
		"wide":           {must(density.NewNormal(0, 1e6)), 3e5},
		"far from zero":  {must(density.NewNormal(1e5, 1)), 1e5 + 1},
		"large constant": {user(func(x float64) float64 { return x*x/2 + 1e6 }, func(x float64) float64 { return x }), 0.5},
		"half line": {user(func(x float64) float64 { // Exp(1) on x > 0
			if x <= 0 {
				return math.Inf(1)
			}
			return x
		}, func(x float64) float64 { return 1 }), 1e-4},
		"flat": {user(func(x float64) float64 { return 7 }, func(x float64) float64 { return 0 }), 3},
	} {
		if err := density.CheckGradient(c.d, [][]float64{{c.at}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// quarticIn returns U = y⁴/4 + cos y, y = x/unit, with the gradient multiplied by
// slip.
func quarticIn(unit, slip float64) *density.Func {
	return user(
		func(x float64) float64 { y := x / unit; return y*y*y*y/4 + math.Cos(y) },
		func(x float64) float64 { y := x / unit; return slip * (y*y*y - math.Sin(y)) / unit })
}

// Whatever the unit of x, a right gradient passes and one that is off by one part
// in 10⁴ does not.
func TestCheckGradientAtEveryScale(t *testing.T) {
	for exponent := -300; exponent <= 300; exponent += 12 {
		unit := math.Pow(10, float64(exponent))
		for _, y := range []float64{-2, 0.3, 1.7} {
			at := [][]float64{{y * unit}}
			if err := density.CheckGradient(quarticIn(unit, 1), at); err != nil {
				t.Errorf("x in units of %g: %v", unit, err)
			}
			for _, slip := range []float64{-1, 0, 1 + 1e-4} {
				var e *density.GradientError
				if err := density.CheckGradient(quarticIn(unit, slip), at); !errors.As(err, &e) {
					t.Errorf("x in units of %g: a gradient that is %v times what it should be gave %v", unit, slip, err)
				}
			}
		}
	}
}

// CompareGradient tells how far apart the two are at the worst of the points, in
// units of what is allowed there.
func TestCompareGradient(t *testing.T) {
	at := [][]float64{{0.3}, {1.7}, {-0.1}}
	c := must(density.CompareGradient(quarticIn(1, 1.1), at))
	x := c.Point[0]
	want := math.Abs(x*x*x - math.Sin(x))
	if c.Holds() || c.Coord != 0 || x == -0.1 || math.Abs(c.Off()-0.1*want) > 1e-8 {
		t.Errorf("a gradient that is 10 %% too large gave %+v", c)
	}
	if c := must(density.CompareGradient(quarticIn(1, 1), at)); !c.Holds() || !(c.Off() < 1e-9) {
		t.Errorf("a right gradient gave %+v", c)
	}
	// One part in 10⁶ of the steepness is allowed, and one part in 10⁴ more where the
	// difference does not settle. −3x is as steep everywhere.
	for name, c := range map[string]struct {
		d                   *density.Func
		at, allowed, within float64
	}{
		"line":        {user(func(x float64) float64 { return 3 * x }, func(x float64) float64 { return 3 }), 0.5, 3e-6, 1e-8},
		"steep line":  {user(func(x float64) float64 { return 3e20 * x }, func(x float64) float64 { return 3e20 }), 0, 3e14, 1e12},
		"beside kink": {user(func(x float64) float64 { return 3 * math.Abs(x) }, func(x float64) float64 { return 3 }), 2e-4, 3.03e-4, 1e-8},
	} {
		if got := must(density.CompareGradient(c.d, [][]float64{{c.at}})); math.Abs(got.Allowed-c.allowed) > c.within {
			t.Errorf("%s: a score may be off by %v, want %v", name, got.Allowed, c.allowed)
		}
	}
	// A score of −∞ where the log density falls as steeply is not off, and one of +∞ is.
	for numeric, holds := range map[float64]bool{math.Inf(-1): true, math.Inf(1): false} {
		if c := (density.Comparison{Analytic: math.Inf(-1), Numeric: numeric}); c.Holds() != holds {
			t.Errorf("a score of −∞ beside a derivative of %v is off by %v", numeric, c.Off())
		}
	}
	mustPanic(t, "CheckGradient of no density", func() { density.CheckGradient(nil, at) })
}

func TestCheckGradientRefuses(t *testing.T) {
	square := func(x float64) float64 { return x * x / 2 }
	var e *density.GradientError

	wrongSign := user(square, func(x float64) float64 { return -x })
	err := density.CheckGradient(wrongSign, [][]float64{{0}, {2}})
	if !errors.As(err, &e) || e.Coord != 0 || e.Point[0] != 2 || e.Analytic != 2 || math.Abs(e.Numeric+2) > 1e-9 || e.Uncertainty > 1e-9 {
		t.Errorf("a gradient of the wrong sign gave %#v", err)
	}
	if want := "density: score[0] at x = [2] is 2, but the finite difference of the log density is -2"; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("message %q, want it to begin with %q", err, want)
	}

	unwritten := must(density.NewFunc(2,
		func(x []float64) float64 { return square(x[0]) + square(x[1]) },
		func(dst, x []float64) { dst[0] = x[0] }))
	if err := density.CheckGradient(unwritten, [][]float64{{1, 1}}); !errors.As(err, &e) || e.Coord != 1 || !math.IsNaN(e.Analytic) {
		t.Errorf("a gradient that leaves an entry unwritten gave %v", err)
	}

	kink := user(math.Abs, func(x float64) float64 { return 0 })
	if err := density.CheckGradient(kink, [][]float64{{1e-3}}); !errors.As(err, &e) {
		t.Errorf("a wrong gradient beside a kink gave %v", err)
	}

	slight := user(square, func(x float64) float64 { return x * (1 + 1e-4) })
	if err := density.CheckGradient(slight, [][]float64{{2}}); !errors.As(err, &e) {
		t.Errorf("a gradient that is off by one part in 10⁴ gave %v", err)
	}

	normal := must(density.NewNormal(0, 1))
	for _, c := range []struct {
		d    density.Density
		at   [][]float64
		want string
	}{
		{normal, nil, "density: points are none; at least one is needed"},
		{normal, [][]float64{{0}, {0, 0}}, "density: point 1 has length 2, want 1"},
		{user(math.Log, func(x float64) float64 { return 1 / x }), [][]float64{{-1}}, "density: log density at x = [-1] is NaN, which is not finite"},
	} {
		if err := density.CheckGradient(c.d, c.at); err == nil || err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", err, c.want)
		}
	}
}

func TestFuncRefuses(t *testing.T) {
	u := func([]float64) float64 { return 0 }
	grad := func(_, _ []float64) {}
	if _, err := density.NewFunc(0, u, grad); err == nil || err.Error() != "density: dimension = 0 is less than 1" {
		t.Errorf("dimension 0 gave %v", err)
	}
	mustPanic(t, "NewFunc without a potential", func() { density.NewFunc(1, nil, grad) })
	mustPanic(t, "NewFunc without a gradient", func() { density.NewFunc(1, u, nil) })
}

func TestTempered(t *testing.T) {
	g := must(density.Equicorrelated(3, 0.5, 2))
	p := must(density.Temper(g, 0.25))
	flat := must(density.Equicorrelated(3, 0.5, 8)) // N(0, Σ)^β is N(0, Σ/β)
	x, y := []float64{1, -2, 0.5}, []float64{0, 3, 1}
	if got, want := p.LogProb(x)-p.LogProb(y), flat.LogProb(x)-flat.LogProb(y); math.Abs(got-want) > 1e-14 {
		t.Errorf("log p differs by %v, want %v", got, want)
	}
	score, joint := p.ScoreInput(nil, x), make([]float64, 3)
	if got := density.LogProbScore(p, joint, x); got != p.LogProb(x) {
		t.Errorf("log p = %v, and %v with the score", p.LogProb(x), got)
	}
	for i, want := range flat.ScoreInput(nil, x) {
		if math.Abs(score[i]-want) > 1e-14 || joint[i] != score[i] {
			t.Errorf("score %d = %v and %v, want %v", i, score[i], joint[i], want)
		}
	}
	if _, err := density.Temper(g, 0); err == nil {
		t.Error("β = 0 is accepted")
	}
	mustPanic(t, "Temper of nothing", func() { density.Temper(nil, 1) })
	if p.Dim() != 3 || p.Beta() != 0.25 || p.String() != "("+g.String()+")^0.25" {
		t.Errorf("dimension %d, β = %v, %q", p.Dim(), p.Beta(), p)
	}
}
