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
			if _, err := ou.EulerGrowth(bad); err == nil {
				t.Errorf("%s: a step of %v is taken", c.name, bad)
			}
		}
		if _, err := ou.EulerStationary(3); err == nil || !strings.Contains(err.Error(), "it must shrink") {
			t.Errorf("%s: an unstable chain has the error %v", c.name, err)
		}
	}
}
