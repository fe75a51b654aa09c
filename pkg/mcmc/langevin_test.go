package mcmc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/moments"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// correlated is a Gaussian in four dimensions whose covariance has the
// eigenvalues 0.2, 0.5, 1 and 3 in a basis that is not the coordinates'.
func correlated(t *testing.T) (g *density.Gaussian, values []float64, vectors *mat.Dense) {
	t.Helper()
	householder := func(v []float64) *mat.Dense {
		h := mat.NewDense(4, 4, nil)
		norm2 := mat.Dot(mat.NewVecDense(4, v), mat.NewVecDense(4, v))
		for i := range 4 {
			for j := range 4 {
				h.Set(i, j, -2*v[i]*v[j]/norm2)
			}
			h.Set(i, i, 1+h.At(i, i))
		}
		return h
	}
	var q, full mat.Dense
	q.Mul(householder([]float64{1, 2, -1, 0.5}), householder([]float64{0.3, -1, 1, 2}))
	full.Mul(&q, mat.NewDiagDense(4, []float64{0.2, 0.5, 1, 3}))
	full.Mul(&full, q.T())
	sigma := mat.NewSymDense(4, nil)
	for i := range 4 {
		for j := i; j < 4; j++ {
			sigma.SetSym(i, j, full.At(i, j))
		}
	}
	g, err := density.NewGaussian([]float64{1, -1, 0, 2}, sigma)
	if err != nil {
		t.Fatal(err)
	}
	vectors = mat.NewDense(4, 4, nil)
	return g, g.Eigen(nil, vectors), vectors
}

// modes runs s and returns the draws, less the mean of g, projected on the
// columns of vectors.
func modes(s Sampler, seed uint64, p Plan, g *density.Gaussian, vectors *mat.Dense) [][]float64 {
	n := s.Dim()
	mean := g.Mean(nil)
	m := make([][]float64, n)
	for _, x := range Draws(s, stream.New(seed), p) {
		for k := range n {
			c := 0.0
			for i := range n {
				c += (x[i] - mean[i]) * vectors.At(i, k)
			}
			m[k] = append(m[k], c)
		}
	}
	return m
}

// TestULAOnAGaussian measures, for each eigenvector of Σ, the variance and the
// autocorrelation φ of one step, and compares them with the closed forms
//
//	naive:   φ = 1 − h/λ, variance λ/(1 − h/2λ), relaxation at 1/λᵢ
//	natural: φ = 1 − h,   variance λ/(1 − h/2),  relaxation at 1
//
// Each mode is an AR(1) process, so the standard errors are known too:
// √(2(1+φ²)/(1−φ²)/N) of the variance, relatively, and √((1−φ²)/N) of φ. All
// sixteen |z| must be below 5 (false alarm 1e-5). Controls: the variance of the
// continuous dynamics, λ, must be rejected in the narrowest mode, and the other
// geometry's φ in the widest.
func TestULAOnAGaussian(t *testing.T) {
	racetest.Sequential(t)
	g, lambda, vectors := correlated(t)
	const h, draws = 0.1, 400_000
	for _, geometry := range []struct {
		name          string
		d             metric.Geometry
		phi, phiOther func(l float64) float64
		inflation     func(l float64) float64
	}{
		{"naive", metric.Naive,
			func(l float64) float64 { return 1 - h/l }, func(l float64) float64 { return 1 - h },
			func(l float64) float64 { return 1 / (1 - h/(2*l)) }},
		{"natural", metric.Natural,
			func(l float64) float64 { return 1 - h }, func(l float64) float64 { return 1 - h/l },
			func(l float64) float64 { return 1 / (1 - h/2) }},
	} {
		s, err := NewULA(g, g.Mean(nil), h, geometry.d)
		if err != nil {
			t.Fatal(err)
		}
		for k, c := range modes(s, 1, Plan{BurnIn: 1000, Draws: draws}, g, vectors) {
			l := lambda[k]
			phi := geometry.phi(l)
			var c0, c1 float64
			for i, v := range c {
				c0 += v * v
				if i > 0 {
					c1 += v * c[i-1]
				}
			}
			want := l * geometry.inflation(l)
			se := math.Sqrt(2 * (1 + phi*phi) / (1 - phi*phi) / draws)
			z := (c0/draws/want - 1) / se
			sePhi := math.Sqrt((1 - phi*phi) / draws)
			zPhi := (c1/c0 - phi) / sePhi
			t.Logf("%s, λ = %.1f: variance %.4f (closed form %.4f, z = %+.1f), relaxation rate %.3f (continuous: %.3f, z = %+.1f)",
				geometry.name, l, c0/draws, want, z, -math.Log(c1/c0)/h, (1-phi)/h, zPhi)
			if math.Abs(z) > 5 || math.Abs(zPhi) > 5 {
				t.Errorf("%s: mode with λ = %.1f is off: z = %.1f of the variance, %.1f of φ", geometry.name, l, z, zPhi)
			}
			if control := (c0/draws/l - 1) / se; k == 0 && math.Abs(control) < 5 {
				t.Errorf("%s: the variance of the continuous dynamics passes too (z = %.1f): no power", geometry.name, control)
			}
			if control := (c1/c0 - geometry.phiOther(l)) / sePhi; k == 3 && math.Abs(control) < 5 {
				t.Errorf("%s: the other geometry's φ passes too (z = %.1f): no power", geometry.name, control)
			}
		}
	}
}

// TestULACovariance compares the whole covariance matrix, in coordinates, with
// P⁻¹(I − hP/2)⁻¹, and Natural with the same D given as a matrix: their roots B
// differ, so the paths do, but not the law.
func TestULACovariance(t *testing.T) {
	racetest.Sequential(t)
	g, _, _ := correlated(t)
	const h, draws = 0.2, 400_000
	sigma := mat.NewSymDense(4, nil)
	g.CovarianceMatrix(sigma)
	viaCholesky, err := metric.Dense(sigma)
	if err != nil {
		t.Fatal(err)
	}
	// (P(I − hP/2))⁻¹
	p := mat.NewSymDense(4, nil)
	g.Precision(p)
	var pp, naive, natural mat.Dense
	pp.Mul(p, p)
	pp.Scale(-h/2, &pp)
	pp.Add(&pp, p)
	if err := naive.Inverse(&pp); err != nil {
		t.Fatal(err)
	}
	natural.Scale(1/(1-h/2), sigma)
	for _, c := range []struct {
		name string
		d    metric.Geometry
		want mat.Matrix
	}{{"naive", metric.Naive, &naive}, {"natural", metric.Natural, &natural}, {"natural, Cholesky", metric.Fixed(viaCholesky), &natural}} {
		s, err := NewULA(g, g.Mean(nil), h, c.d)
		if err != nil {
			t.Fatal(err)
		}
		estimate := moments.NewMeanCovariance(4)
		for _, x := range Draws(s, stream.New(2), Plan{BurnIn: 1000, Draws: draws}) {
			estimate.Add(x)
		}
		got := mat.NewSymDense(4, nil)
		estimate.CovarianceMatrix(got)
		// The slowest mode, λ = 3, has φ = 1 − h/3; no entry's relative error
		// is larger than its variance's, √(2(1+φ²)/(1−φ²)/N).
		phi := 1 - h/3
		se := math.Sqrt(2 * (1 + phi*phi) / (1 - phi*phi) / draws)
		distance := func(want mat.Matrix) float64 {
			worst := 0.0
			for i := range 4 {
				for j := range i + 1 {
					scale := math.Sqrt(want.At(i, i) * want.At(j, j))
					worst = max(worst, math.Abs(got.At(i, j)-want.At(i, j))/(scale*se))
				}
			}
			return worst
		}
		if z := distance(c.want); z > 5 {
			t.Errorf("%s: covariance is %.1f standard errors from the closed form:\n%.3f", c.name, z, mat.Formatted(got))
		}
		if z := distance(sigma); z < 5 {
			t.Errorf("%s: covariance is within %.1f standard errors of Σ: no power", c.name, z)
		}
	}
}

// batchError returns the mean of x and its standard error from 50 batches.
func batchError(x []float64) (mean, se float64) {
	const batches = 50
	size := len(x) / batches
	var sum, sum2 float64
	for b := range batches {
		m := 0.0
		for _, v := range x[b*size : (b+1)*size] {
			m += v / float64(size)
		}
		sum += m
		sum2 += m * m
	}
	mean = sum / batches
	return mean, math.Sqrt((sum2/batches - mean*mean) / (batches - 1))
}

// TestMALAIsExact runs MALA with steps at which ULA is far off, on a Gaussian
// and on a tilted double well, and compares second moments with the truth: each
// |z| < 5.5 of a batch-means standard error with 49 degrees of freedom (false
// alarm 1e-6 each). ULA at the same step is the negative control.
func TestMALAIsExact(t *testing.T) {
	racetest.Sequential(t)
	g, lambda, vectors := correlated(t)
	well, err := density.NewFunc(1,
		func(x []float64) float64 { return x[0]*x[0]*x[0]*x[0] - 2*x[0]*x[0] + 0.5*x[0] },
		func(dst, x []float64) { dst[0] = 4*x[0]*x[0]*x[0] - 4*x[0] + 0.5 })
	if err != nil {
		t.Fatal(err)
	}
	var z0, z2 float64 // quadrature by the trapezoidal rule
	for x := -4.0; x <= 4; x += 1e-3 {
		w := math.Exp(well.LogProb([]float64{x}))
		z0 += w
		z2 += w * x * x
	}
	const draws = 400_000
	for _, c := range []struct {
		name    string
		density density.Density
		x0      []float64
		h       float64
		d       metric.Geometry
		moment  func(x []float64) float64
		want    float64
	}{
		{"Gaussian, naive", g, g.Mean(nil), 0.25, metric.Naive, nil, lambda[0]},
		{"Gaussian, natural", g, g.Mean(nil), 0.7, metric.Natural, nil, lambda[0]},
		{"double well", well, []float64{1}, 0.05, metric.Naive, func(x []float64) float64 { return x[0] * x[0] }, z2 / z0},
	} {
		moment := c.moment
		if moment == nil { // the variance along the eigenvector of least variance
			mean := g.Mean(nil)
			moment = func(x []float64) float64 {
				v := 0.0
				for i := range x {
					v += (x[i] - mean[i]) * vectors.At(i, 0)
				}
				return v * v
			}
		}
		z := func(s Sampler) (z float64) {
			values := make([]float64, 0, draws)
			for _, x := range Draws(s, stream.New(4), Plan{BurnIn: 1000, Draws: draws}) {
				values = append(values, moment(x))
			}
			mean, se := batchError(values)
			return (mean - c.want) / se
		}
		mala, err := NewMALA(c.density, c.x0, c.h, c.d)
		if err != nil {
			t.Fatal(err)
		}
		ula, err := NewULA(c.density, c.x0, c.h, c.d)
		if err != nil {
			t.Fatal(err)
		}
		zm, zu := z(mala), z(ula)
		t.Logf("%s, h = %v: acceptance %.2f, z = %+.1f; ULA z = %+.1f", c.name, c.h, mala.Acceptance(), zm, zu)
		if math.Abs(zm) > 5.5 {
			t.Errorf("%s: MALA is %.1f standard errors off", c.name, zm)
		}
		if !(math.Abs(zu) > 5.5) {
			t.Errorf("%s: ULA is within %.1f standard errors: no power", c.name, zu)
		}
		if a := mala.Acceptance(); a < 0.2 || a > 0.95 {
			t.Errorf("%s: acceptance %.2f leaves the test little to see", c.name, a)
		}
		if mala.NonFinite() != 0 {
			t.Errorf("%s: %d unusable proposals", c.name, mala.NonFinite())
		}
	}
}

func BenchmarkULA(b *testing.B) {
	g, err := density.Equicorrelated(10, 0.75, 1)
	if err != nil {
		b.Fatal(err)
	}
	s, err := NewULA(g, make([]float64, 10), 0.1, metric.Natural)
	if err != nil {
		b.Fatal(err)
	}
	rng := stream.New(1)
	b.ReportAllocs()
	for range b.N {
		s.Step(rng)
	}
}
