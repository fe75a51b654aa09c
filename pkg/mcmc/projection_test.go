package mcmc

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// TestProjection: project keeps Bw and leaves nothing that B maps to zero, for a
// B whose rows differ in size by 10⁶ and for one of lower rank.
func TestProjection(t *testing.T) {
	u := mat.NewDense(3, 4, []float64{1, -2, 0.5, 0.3, 0.1, 0.7, -1, 2, 1, 1, 0, -0.5})
	for name, m := range map[string]metric.Metric{
		"diagonal plus low rank": must(metric.DiagonalPlusLowRank([]float64{1e-6, 1, 1e6}, u)),
		"low rank and wide":      must(metric.Root(mat.NewDense(3, 4, []float64{1, 2, 3, 4, 2, 4, 6, 8, 1, 0, 0, 1}))),
	} {
		_, k := m.Dims()
		w := make([]float64, k)
		stream.Normals(stream.New(1), w)
		before, after := make([]float64, 3), make([]float64, 3)
		m.Mul(before, w)
		newProjection(m).project(w)
		m.Mul(after, w)
		for i, v := range before {
			if math.Abs(after[i]-v) > 1e-9*math.Abs(v) {
				t.Errorf("%s: Bw[%d] is %v after the projection and was %v", name, i, after[i], v)
			}
		}
		var svd mat.SVD
		if !svd.Factorize(metric.Matrix(m), mat.SVDFull) {
			t.Fatal("no singular values")
		}
		values := svd.Values(nil)
		rank := 0
		for rank < len(values) && values[rank] > 1e-12*values[0] {
			rank++
		}
		var v mat.Dense
		svd.VTo(&v)
		for j := rank; j < k; j++ {
			if dot := mat.Dot(v.ColView(j), mat.NewVecDense(k, w)); math.Abs(dot) > 1e-9 {
				t.Errorf("%s: %v is left along direction %d of the null space", name, dot, j)
			}
		}
	}
}

// TestProjectionOfNothing: momenta that B maps to zero become zero, not NaN.
func TestProjectionOfNothing(t *testing.T) {
	m := must(metric.Root(mat.NewDense(1, 2, []float64{1, 1})))
	for _, w := range [][]float64{{0, 0}, {1, -1}} {
		newProjection(m).project(w)
		if w[0] != 0 || w[1] != 0 {
			t.Errorf("the projection is %v, want 0", w)
		}
	}
}

// TestSetMetric: NUTS takes a metric with more noise than it had, and goes on as a
// new one with that metric; it refuses one of another dimension, and a nil panics.
func TestSetMetric(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 1))
	wide := must(metric.Root(mat.NewDense(2, 3, []float64{1, 0.5, 0, 0, 1, 0.5})))
	a, b := must(NewNUTS(p, []float64{1, 0}, 0.5, metric.Naive)), must(NewNUTS(p, []float64{1, 0}, 0.5, metric.Fixed(wide)))
	if err := a.SetMetric(metric.Identity(3)); err == nil || !strings.Contains(err.Error(), "has dimension 3, the target 2") {
		t.Errorf("a metric of another dimension: error is %v", err)
	}
	if err := a.SetMetric(wide); err != nil {
		t.Fatal(err)
	}
	if a.Metric() != wide {
		t.Error("Metric is not the one that was set")
	}
	rng, again := stream.New(1), stream.New(1)
	for range 20 {
		a.Step(rng)
		b.Step(again)
		if !slices.Equal(a.x, b.x) {
			t.Fatalf("the chain is at %v, want %v", a.x, b.x)
		}
	}
	for name, misuse := range map[string]func(){
		"mcmc: metric is nil": func() { _ = a.SetMetric(nil) },
		"mcmc: target is nil": func() { _, _ = NewULA(nil, []float64{0}, 1, metric.Naive) },
	} {
		func() {
			defer func() {
				if r := recover(); r != name {
					t.Errorf("panic is %v, want %q", r, name)
				}
			}()
			misuse()
		}()
	}
}

// TestWideNUTSTurns: the trajectories of NUTS depend on D alone, so that a wide
// root of D takes as many leapfrog steps as its Cholesky factor, within five
// standard errors of the difference (false alarm 6e-7). The control draws the
// momenta in all of ℝᵏ: their part in the null space of B hides the turn.
func TestWideNUTSTurns(t *testing.T) {
	racetest.Sequential(t)
	const d, r = 5, 10
	u, a := mat.NewDense(d, r, nil), make([]float64, d)
	rng := stream.New(2)
	for i := range d {
		a[i] = 0.1
		for j := range r {
			u.Set(i, j, stream.Normal(rng)/3)
		}
	}
	wide := must(metric.DiagonalPlusLowRank(a, u))
	p := must(density.NewGaussian(make([]float64, d), metric.Diffusion(wide)))
	steps := func(g metric.Geometry, trajectories int, prepare func(*NUTS)) (mean, se float64) {
		s := must(NewNUTS(p, exactDraw(p, 1), 0.2, g))
		prepare(s)
		rng := stream.New(3)
		n := make([]float64, trajectories)
		for i := range n {
			s.Step(rng)
			n[i] = float64(s.LeapfrogSteps())
		}
		return batchError(n)
	}
	whole := func(*NUTS) {}
	square, squareError := steps(fixed(metric.Dense(metric.Diffusion(wide))), 4000, whole)
	mean, se := steps(metric.Fixed(wide), 4000, whole)
	if z := (mean - square) / math.Hypot(se, squareError); math.Abs(z) > 5 {
		t.Errorf("a wide root takes %.2f leapfrog steps, a square one %.2f: z = %.1f", mean, square, z)
	}
	hidden, hiddenError := steps(metric.Fixed(wide), 100, func(s *NUTS) { s.wide = nil })
	t.Logf("leapfrog steps of a trajectory: %.2f with a square root, %.2f with a wide one, %.2f without projection", square, mean, hidden)
	if hidden-square < 20*hiddenError {
		t.Errorf("momenta in the null space take %.2f leapfrog steps and none %.2f: no power", hidden, square)
	}
}
