package sde_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/sde"
)

// TestEulerChain compares the growth and the stationary covariance of Euler's method
// with closed forms: on a diagonal process, whose variance is 2/(a(2 − ha)), and on
// a rotation, whose modes 1 ± is grow by √((1 − h)² + h²s²) and have the variance
// 2h/(1 − growth²).
func TestEulerChain(t *testing.T) {
	const h, s = 0.1, 3.0
	growth := math.Hypot(1-h, h*s)
	for _, c := range []struct {
		name     string
		a        []float64
		growth   float64
		variance [2]float64
	}{
		{"diagonal", []float64{1, 0, 0, 4}, 1 - h, [2]float64{2 / (2 - h), 2 / (4 * (2 - 4*h))}},
		{"rotation", []float64{1, s, -s, 1}, growth, [2]float64{2 * h / (1 - growth*growth), 2 * h / (1 - growth*growth)}},
	} {
		ou, err := sde.NewOrnsteinUhlenbeck(mat.NewDense(2, 2, c.a), nil, mat.NewDense(2, 2, []float64{math.Sqrt2, 0, 0, math.Sqrt2}))
		if err != nil {
			t.Fatal(err)
		}
		g, err := ou.EulerGrowth(h)
		if err != nil || math.Abs(g-c.growth) > 1e-12 {
			t.Errorf("%s: a step multiplies by %v (%v), want %v", c.name, g, err, c.growth)
		}
		cov, err := ou.EulerStationary(h)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for i, want := range c.variance {
			if got := cov.At(i, i); math.Abs(got-want) > 1e-10*want {
				t.Errorf("%s: variance %d is %v, want %v", c.name, i, got, want)
			}
		}
		for _, bad := range []float64{-1, math.NaN()} {
			if g, err := ou.EulerGrowth(bad); err == nil || g != 0 {
				t.Errorf("%s: a step of %v multiplies by %v (%v), want 0 and an error", c.name, bad, g, err)
			}
			if _, err := ou.EulerStationary(bad); err == nil || !strings.Contains(err.Error(), "positive and finite") {
				t.Errorf("%s: the chain of steps of %v has the error %v", c.name, bad, err)
			}
		}
		if _, err := ou.EulerStationary(3); err == nil || !strings.Contains(err.Error(), "it must shrink") {
			t.Errorf("%s: an unstable chain has the error %v", c.name, err)
		}
	}
}

// TestEulerChainLimits takes dx = −x dt + √2 b dW to the limits of EulerStationary. A
// chain with steps of length h needs 60/h of them to settle. While that is below 2⁴⁰, the
// variance is 2b²/(2 − h), to the rounding of 1 − h. Beyond, the chain is refused, and so
// is a variance that overflows.
func TestEulerChainLimits(t *testing.T) {
	const most = 1 << 40 // steps
	for _, c := range []struct {
		h, b float64
		want string // the error; none if empty
	}{
		{60 / (0.75 * most), 1, ""},
		{60 / (1.5 * most), 1, "it must shrink"},
		{2, 1, "it must shrink"}, // x ← −x + noise
		{0.1, 1e200, "sde: stationary covariance overflows"},
	} {
		ou, err := sde.NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{1}), nil, mat.NewDense(1, 1, []float64{math.Sqrt2 * c.b}))
		if err != nil {
			t.Fatal(err)
		}
		cov, err := ou.EulerStationary(c.h)
		switch {
		case c.want != "":
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("h = %g, b = %g: error %v, want one with %q", c.h, c.b, err, c.want)
			}
		case err != nil:
			t.Errorf("h = %g: %v", c.h, err)
		default:
			if got, want := cov.At(0, 0), 2*c.b*c.b/(2-c.h); math.Abs(got/want-1) > 0x1p-53/c.h {
				t.Errorf("h = %g: variance %v, want %v", c.h, got, want)
			}
		}
	}
}
