package recipe

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// location is the posterior of the mean of n normals of unit variance under a
// standard normal prior: Gaussian, with precision n + 1, and a minibatch noise that
// does not depend on where one is.
type location []float64

func (y location) Dim() int   { return 1 }
func (y location) Terms() int { return len(y) }
func (y location) LogProb(x []float64) float64 {
	u := x[0] * x[0] / 2
	for _, v := range y {
		u += (x[0] - v) * (x[0] - v) / 2
	}
	return -u
}
func (y location) ScoreInput(dst, x []float64) []float64 {
	dst = y.PriorScore(dst, x)
	for _, v := range y {
		dst[0] += v - x[0]
	}
	return dst
}
func (y location) PriorScore(dst, x []float64) []float64 {
	if dst == nil {
		dst = make([]float64, 1)
	}
	dst[0] = -x[0]
	return dst
}
func (y location) TermsScore(dst, x []float64, rows []int) []float64 {
	if dst == nil {
		dst = make([]float64, 1)
	}
	dst[0] = 0
	for _, i := range rows {
		dst[0] += y[i] - x[0]
	}
	return dst
}

func newLocation(n int) (y location, mean float64) {
	rng := stream.New(9)
	for range n {
		v := 2 + stream.Normal(rng)
		y = append(y, v)
		mean += v / float64(n+1)
	}
	return y, mean
}

// TestMinibatchLangevin runs stochastic gradient Langevin dynamics and compares the
// variance with the closed forms, λ = n + 1 and V the covariance that
// NoiseCovariance gives,
//
//	(2 + hV)/(λ(2 − hλ))  as it is,   2/(λ(2 − hλ))  compensated or by control
//	                                                 variates at any point,
//
// the last since the density is Gaussian. The chain is AR(1) with φ = 1 − hλ, so
// that the standard error is the variance times √(2(1+φ²)/(1−φ²)/N), to which the
// batches, which are not normal, add little; all four |z| < 5 (false alarm 2e-6).
// The two closed forms are each other's controls.
func TestMinibatchLangevin(t *testing.T) {
	racetest.Sequential(t)
	const n, m, draws = 40, 4, 200_000
	y, mean := newLocation(n)
	const lambda = n + 1
	const h = 0.15 / lambda
	plain := must(density.NewMinibatch(y, m))
	var v mat.SymDense
	plain.NoiseCovariance(&v, []float64{0})
	noisy := (2 + h*v.At(0, 0)) / (lambda * (2 - h*lambda))
	quiet := 2 / (lambda * (2 - h*lambda))
	phi := 1 - h*lambda
	se := math.Sqrt(2 * (1 + phi*phi) / (1 - phi*phi) / draws)
	if (noisy-quiet)/(noisy*se) < 20 {
		t.Fatalf("the closed forms %.5f and %.5f are too close for the test to tell", noisy, quiet)
	}

	compensated := must(Compensate(naive(1), &v, h))
	for _, c := range []struct {
		name  string
		batch *density.Minibatch
		g     Geometry
		want  float64
	}{
		{"SGLD", plain, naive(1), noisy},
		{"SGLD, compensated", must(density.NewMinibatch(y, m)), compensated, quiet},
		{"SGLD, control variates", must(density.NewControlVariates(y, m, []float64{-1})), naive(1), quiet},
		{"SGLD, all observations", must(density.NewMinibatch(y, n)), naive(1), quiet},
	} {
		path := must(sde.NewPath(sde.NewEulerMaruyama(must(New(c.batch, c.g))), []float64{mean}, h))
		got := 0.0
		for _, x := range mcmc.Draws(mcmc.Subsample(path, c.batch), stream.New(2), mcmc.Plan{BurnIn: 500, Draws: draws}) {
			got += (x[0] - mean) * (x[0] - mean) / draws
		}
		z := (got/c.want - 1) / se
		t.Logf("%s: variance %.5f, closed form %.5f, z = %+.1f", c.name, got, c.want, z)
		if math.Abs(z) > 5 {
			t.Errorf("%s: variance %.5f, want %.5f: z = %.1f", c.name, got, c.want, z)
		}
	}
}

// TestCompensatedGeometries: the covariance of a step's noise is 2hD − h²AVAᵀ,
// A = D + S, also where D and S depend on z and where the score has momenta.
func TestCompensatedGeometries(t *testing.T) {
	const h = 0.03
	v := mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, 0.3, 0, 0.3, 3})
	skew := mat.NewDense(3, 3, []float64{0, 1, -2, -1, 0, 0.5, 2, -0.5, 0})
	for name, g := range map[string]Geometry{
		"irreversible":   must(NewConstant(metric.Identity(3), skew)),
		"D(z) and S(z)":  NewFields(3, plainMetric, turning, nil),
		"with friction":  must(Underdamped(3, 2)),
		"with curvature": NewRiemannianHamiltonian(3, root, nil),
	} {
		n, m := g.Dims()
		z := points(n, 1)[0]
		c := must(Compensate(g, v, h))
		got, before := make([]float64, n*n), make([]float64, n*n)
		newDiffusion(n, n, c.Noise).at(got, z)
		if c.Err() != nil {
			t.Fatalf("%s: %v", name, c.Err())
		}
		newDiffusion(n, m, g.Noise).at(before, z)
		a := mat.NewDense(n, 3, nil)
		for j := range 3 {
			unit, column := make([]float64, n), make([]float64, n)
			unit[j] = 1
			g.Apply(column, z, unit)
			a.SetCol(j, column)
		}
		var want mat.Dense
		want.Product(a, v, a.T())
		want.Scale(-h/2, &want)
		want.Add(mat.NewDense(n, n, before), &want)
		if !mat.EqualApprox(mat.NewDense(n, n, got), &want, 1e-12) {
			t.Errorf("%s: D − ½hAVAᵀ is\n%.5v\nwant\n%.5v", name, mat.Formatted(mat.NewDense(n, n, got)), mat.Formatted(&want))
		}
	}
	if _, err := Compensate(naive(3), v, 10); err == nil || !strings.Contains(err.Error(), "covariance of the score is more than the noise it is to replace in a step of 10: row 0 of 2D − hB̂ has the pivot -18") {
		t.Errorf("more noise in the score than there is room for: error is %v", err)
	}
	// All of the noise, to the last bit: what is left is zero up to rounding.
	third := must(Compensate(Langevin(must(metric.Diagonal([]float64{0.1, 0.7, 3}))), mat.NewSymDense(3, []float64{200, 0, 0, 0, 2 / 0.07, 0, 0, 0, 2 / 0.3}), 0.1))
	left := make([]float64, 3)
	third.Noise(left, nil, []float64{1, 1, 1})
	for i, x := range left {
		if math.Abs(x) > 1e-7 {
			t.Errorf("noise that is replaced whole leaves %g in coordinate %d", x, i)
		}
	}
	var indefinite *IndefiniteError
	late := must(Compensate(NewFields(3, plainMetric, nil, nil), v, 10))
	dst := make([]float64, 3)
	late.Noise(dst, make([]float64, 3), []float64{1, 1, 1})
	if !errors.As(late.Err(), &indefinite) || !math.IsNaN(dst[0]) {
		t.Errorf("the same on the way: error is %v", late.Err())
	}
}

func TestMinibatchContract(t *testing.T) {
	y, _ := newLocation(20)
	samplertest.Contract(t, func() *mcmc.Subsampled {
		batch := must(density.NewControlVariates(y, 5, []float64{1}))
		g := must(Compensate(naive(1), mat.NewSymDense(1, []float64{1}), 0.01))
		return mcmc.Subsample(must(sde.NewPath(sde.NewEulerMaruyama(must(New(batch, g))), []float64{0}, 0.01)), batch)
	})
}

func TestCompensateRefuses(t *testing.T) {
	for want, f := range map[string]func() error{
		"score is 2×2, which is more than the state, of length 1": func() error { _, err := Compensate(naive(1), mat.NewSymDense(2, nil), 1); return err },
		"h = 0 is not positive": func() error { _, err := Compensate(naive(1), mat.NewSymDense(1, nil), 0); return err },
		"has entry (0, 0) = NaN": func() error {
			_, err := Compensate(naive(1), mat.NewSymDense(1, []float64{math.NaN()}), 1)
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}
