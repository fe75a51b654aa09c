package recipe

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
	"natspike/pkg/sde"
)

// TestPathContract holds the path of every geometry to the contract of a
// sampler, which has it that neither Drift nor AddNoise allocates.
func TestPathContract(t *testing.T) {
	p := quartic(t)
	const d = 3
	phase := must(WithMomentum(p, mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3})))
	friction := mat.NewSymDense(3, []float64{1, 0.5, 0, 0.5, 1, 0, 0, 0, 0.2})
	skew := must(ExchangeableSkew(d, 0.5))
	for name, c := range map[string]struct {
		p        density.Density
		geometry func() Geometry
	}{
		"Langevin":       {p, func() Geometry { return naive(d) }},
		"natural":        {p, func() Geometry { return Langevin(must(metric.Natural.Of(must(density.Equicorrelated(d, 0.5, 1))))) }},
		"constant":       {p, func() Geometry { return must(NewConstant(must(metric.Dense(friction)), skew)) }},
		"low rank":       {p, func() Geometry { return Langevin(must(metric.LowRank(mat.NewDense(d, 1, []float64{1, 2, 3})))) }},
		"fields":         {p, func() Geometry { return NewFields(d, identity, turning, turningGamma) }},
		"Riemannian":     {p, func() Geometry { return NewRiemannian(d, plainMetric, nil) }},
		"diagonal":       {p, func() Geometry { return NewDiagonal(d, func(dst, x []float64) { copy(dst, []float64{1, 2, 3}) }, nil) }},
		"underdamped":    {phase, func() Geometry { return must(Underdamped(d, 1)) }},
		"friction":       {phase, func() Geometry { return Friction(must(metric.Dense(friction))) }},
		"Nosé–Hoover":    {must(WithThermostat(p, 1)), func() Geometry { return must(NoseHoover(d, 1)) }},
		"Riemannian HMC": {must(WithMomentum(p, nil)), func() Geometry { return NewRiemannianHamiltonian(d, root, nil) }},
	} {
		t.Run(name, func(t *testing.T) {
			samplertest.Contract(t, func() *sde.Path {
				process := must(New(c.p, c.geometry()))
				return must(sde.NewPath(sde.NewEulerMaruyama(process), make([]float64, c.p.Dim()), 1e-3))
			})
		})
	}
}

// plainMetric allocates nothing.
func plainMetric(dst *mat.Dense, x []float64) {
	dst.Set(0, 0, 1+0.5*math.Sin(x[1]))
	dst.Set(1, 1, 1)
	dst.Set(2, 2, 2+math.Sin(x[0]))
}

// drift returns (D + S)P, whose negative is the drift matrix on a Gaussian.
func drift(a mat.Matrix, p mat.Matrix) *mat.Dense {
	var m mat.Dense
	m.Mul(a, p)
	return &m
}

// slowest returns the least and the greatest real part of a's eigenvalues.
func slowest(t *testing.T, a mat.Matrix) (low, high float64) {
	t.Helper()
	var eigen mat.Eigen
	if !eigen.Factorize(a, mat.EigenNone) {
		t.Fatal("no eigenvalues")
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range eigen.Values(nil) {
		low, high = math.Min(low, real(v)), math.Max(high, real(v))
	}
	return low, high
}

// TestOptimalSkew: every eigenvalue of (I + S)P has the real part tr(P)/d, on
// the equicorrelated Gaussian with ρ = 0.75 at d = 10 and 100, and on a
// precision whose diagonal is far from constant; S = 0 and half the S are slower.
func TestOptimalSkew(t *testing.T) {
	equicorrelated := func(d int) *mat.SymDense {
		var p mat.SymDense
		must(density.Equicorrelated(d, 0.75, 1)).Precision(&p)
		return &p
	}
	skewed := mat.NewSymDense(5, nil)
	for i := range 5 {
		skewed.SetSym(i, i, math.Pow(4, float64(i)))
		for j := range i {
			skewed.SetSym(i, j, 0.4/float64(i+j))
		}
	}
	for _, c := range []struct {
		name   string
		p      *mat.SymDense
		within float64
	}{
		{"equicorrelated, d = 10", equicorrelated(10), 1e-9},
		{"equicorrelated, d = 100", equicorrelated(100), 1e-6},
		{"diagonal from 1 to 256", skewed, 1e-9},
	} {
		d := c.p.SymmetricDim()
		var sigma mat.SymDense
		must(density.NewGaussian(make([]float64, d), c.p)).Precision(&sigma)
		s := must(OptimalSkew(must(density.NewGaussian(make([]float64, d), &sigma))))
		if _, err := NewConstant(metric.Identity(d), s); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		rate := mat.Trace(c.p) / float64(d)
		along := func(strength float64) (low, high float64) {
			var a mat.Dense
			a.Scale(strength, s)
			for i := range d {
				a.Set(i, i, a.At(i, i)+1)
			}
			return slowest(t, drift(&a, c.p))
		}
		low, high := along(1)
		naive, _ := along(0)
		half, _ := along(0.5)
		t.Logf("%s: rate %.4f, naive %.4f, tr(P)/d = %.4f, off by %.1e", c.name, low, naive, rate, math.Max(rate-low, high-rate)/rate)
		if math.Abs(low-rate) > c.within*rate || math.Abs(high-rate) > c.within*rate {
			t.Errorf("%s: real parts from %.12g to %.12g, want all %.12g", c.name, low, high, rate)
		}
		if naive > 0.5*rate || half > (1-1e-3)*rate {
			t.Errorf("%s: naive rate %.4g and rate %.4g at half the S are not below %.4g", c.name, naive, half, rate)
		}
	}
}

// TestUnderdampedRate compares the slowest rate of underdamped Langevin on
// modes of frequency ω with γ/2 and (γ − √(γ²−4ω²))/2, from the matrix that the
// geometry applies, and looks for the best γ, 2ω of the slowest mode.
func TestUnderdampedRate(t *testing.T) {
	omegas := []float64{0.5, 1, 3}
	rate := func(gamma float64) float64 {
		a := mat.NewDense(6, 6, nil)
		g := must(Underdamped(3, gamma))
		for j := range 6 {
			v, column := make([]float64, 6), make([]float64, 6)
			v[j] = 1
			if j < 3 {
				v[j] = omegas[j] * omegas[j]
			}
			g.Apply(column, make([]float64, 6), v)
			a.SetCol(j, column)
		}
		low, _ := slowest(t, a)
		return low
	}
	best, at := 0.0, 0.0
	for gamma := 0.05; gamma < 8; gamma += 0.01 {
		want := math.Inf(1)
		for _, omega := range omegas {
			r := gamma / 2
			if gamma > 2*omega {
				r = (gamma - math.Sqrt(gamma*gamma-4*omega*omega)) / 2
			}
			want = math.Min(want, r)
		}
		got := rate(gamma)
		if math.Abs(got-want) > 1e-6 { // the root is double near γ = 2ω
			t.Errorf("γ = %.2f: rate %.8f, want %.8f", gamma, got, want)
		}
		if got > best {
			best, at = got, gamma
		}
	}
	if math.Abs(at-2*omegas[0]) > 0.011 {
		t.Errorf("the best friction is %.2f, want 2ω_min = %.2f", at, 2*omegas[0])
	}
}

// TestOrnsteinUhlenbeck: on a Gaussian a constant geometry makes a linear process,
// with the drift and the noise of the recipe, whose stationary law is the Gaussian,
// by Lyapunov's equation, whatever D and S.
func TestOrnsteinUhlenbeck(t *testing.T) {
	mean, sigma := []float64{1, -2, 0.5}, mat.NewSymDense(3, []float64{1, 0.6, 0.2, 0.6, 2, 0, 0.2, 0, 0.5})
	p := must(density.NewGaussian(mean, sigma))
	skew := mat.NewDense(3, 3, []float64{0, 1, -2, -1, 0, 0.5, 2, -0.5, 0})
	for name, c := range metrics() {
		for _, s := range []*mat.Dense{nil, skew} {
			g := must(NewConstant(c.m, s))
			ou := must(g.OrnsteinUhlenbeck(p))
			process := must(New(p, g))
			_, k := process.Dims()
			z, dw := []float64{0.3, 1, -2}, make([]float64, k)
			for i := range dw {
				dw[i] = float64(i) - 0.7
			}
			got, want := make([]float64, 3), make([]float64, 3)
			for what, f := range map[string]func(p sde.Process, dst []float64){
				"drift": func(p sde.Process, dst []float64) { p.Drift(dst, z) },
				"noise": func(p sde.Process, dst []float64) { clear(dst); p.AddNoise(dst, z, dw) },
			} {
				f(ou, got)
				f(process, want)
				for i := range want {
					if math.Abs(got[i]-want[i]) > 1e-13 {
						t.Errorf("%s: %s[%d] is %v, that of the recipe %v", name, what, i, got[i], want[i])
					}
				}
			}
			if name == "low rank" && s == nil {
				continue // does not reach all of the space
			}
			if cov, err := ou.Stationary(); err != nil || !mat.EqualApprox(cov, sigma, 1e-10) {
				t.Errorf("%s: stationary covariance is\n%v\nwant\n%v\n%v", name, mat.Formatted(cov), mat.Formatted(sigma), err)
			}
		}
	}
	if _, err := Langevin(metric.Identity(2)).OrnsteinUhlenbeck(p); err == nil || err.Error() != "recipe: density has dimension 3, the geometry 2" {
		t.Errorf("a geometry of another dimension gives the error %v", err)
	}
}

// metrics is one of each structure in three dimensions, and what its D must be.
func metrics() map[string]struct {
	m metric.Metric
	d *mat.Dense
} {
	outer := func(b mat.Matrix) *mat.Dense {
		var d mat.Dense
		d.Mul(b, b.T())
		return &d
	}
	sigma := mat.NewSymDense(3, []float64{1, 0.6, 0.2, 0.6, 2, 0, 0.2, 0, 0.5})
	a, thin := []float64{0.5, 2, 1}, mat.NewDense(3, 1, []float64{1, -2, 0.5})
	wide := mat.NewDense(3, 4, []float64{1, 0, 2, 0.5, -1, 1, 0, 0, 0.3, 0, 0.1, 1})
	var plus mat.Dense
	plus.Add(outer(thin), mat.NewDiagDense(3, a))
	return map[string]struct {
		m metric.Metric
		d *mat.Dense
	}{
		"identity":                    {metric.Identity(3), mat.DenseCopyOf(mat.NewDiagDense(3, []float64{1, 1, 1}))},
		"natural":                     {must(metric.Natural.Of(must(density.NewGaussian(make([]float64, 3), sigma)))), mat.DenseCopyOf(sigma)},
		"dense":                       {must(metric.Dense(sigma)), mat.DenseCopyOf(sigma)},
		"diagonal":                    {must(metric.Diagonal(a)), mat.DenseCopyOf(mat.NewDiagDense(3, a))},
		"root, more noise than state": {must(metric.Root(wide)), outer(wide)},
		"low rank":                    {must(metric.LowRank(thin)), outer(thin)},
		"diagonal plus low rank":      {must(metric.DiagonalPlusLowRank(a, thin)), &plus},
	}
}

// TestEveryMetric: with S and without, the drift is (D + S)v and the noise has the
// covariance 2D of each metric, the recipe holds by Check, and friction is the
// metric's in the momenta alone.
func TestEveryMetric(t *testing.T) {
	p := quartic(t)
	skew := mat.NewDense(3, 3, []float64{0, 1, -2, -1, 0, 0.5, 2, -0.5, 0})
	matrices := func(g Geometry) (sum, noise *mat.Dense) {
		n, m := g.Dims()
		z := make([]float64, n)
		sum, root := mat.NewDense(n, n, nil), mat.NewDense(n, m, nil)
		for j := range n {
			column := make([]float64, n)
			g.Apply(column, z, unit(make([]float64, n), j))
			sum.SetCol(j, column)
		}
		for j := range m {
			column := make([]float64, n)
			g.Noise(column, z, unit(make([]float64, m), j))
			root.SetCol(j, column)
		}
		noise = new(mat.Dense)
		noise.Mul(root, root.T())
		return sum, noise
	}
	for name, c := range metrics() {
		for _, s := range []*mat.Dense{nil, skew} {
			g := must(NewConstant(c.m, s))
			want, twice := mat.DenseCopyOf(c.d), new(mat.Dense)
			twice.Scale(2, c.d)
			if s != nil {
				want.Add(want, s)
			}
			sum, noise := matrices(g)
			if !mat.EqualApprox(sum, want, 1e-14) || !mat.EqualApprox(noise, twice, 1e-14) {
				t.Errorf("%s, S %v: D + S is\n%.4v\nwant\n%.4v\nnoise\n%.4v", name, s != nil, mat.Formatted(sum), mat.Formatted(want), mat.Formatted(noise))
			}
			if r := must(Check(p, g, points(3, 4))); r.Err() != nil {
				t.Errorf("%s, S %v: %v", name, s != nil, r.Err())
			}
		}
		g := Friction(c.m)
		sum, noise := matrices(g)
		want, twice := mat.NewDense(6, 6, nil), mat.NewDense(6, 6, nil)
		for i := range 3 {
			want.Set(i, 3+i, -1)
			want.Set(3+i, i, 1)
			for j := range 3 {
				want.Set(3+i, 3+j, c.d.At(i, j))
				twice.Set(3+i, 3+j, 2*c.d.At(i, j))
			}
		}
		if !mat.EqualApprox(sum, want, 1e-14) || !mat.EqualApprox(noise, twice, 1e-14) {
			t.Errorf("%s: D + S with friction is\n%.4v\nnoise\n%.4v", name, mat.Formatted(sum), mat.Formatted(noise))
		}
		if r := must(Check(must(WithMomentum(p, nil)), g, points(6, 3))); r.Err() != nil {
			t.Errorf("%s: friction: %v", name, r.Err())
		}
	}
}

func TestExchangeableSkew(t *testing.T) {
	for _, p := range []int{2, 5, 10} {
		s := must(ExchangeableSkew(p, 3))
		must(NewConstant(metric.Identity(p), s))
		var one mat.VecDense
		one.MulVec(s, mat.NewVecDense(p, slices.Repeat([]float64{1 / math.Sqrt(float64(p))}, p)))
		if math.Abs(mat.Norm(&one, 2)-3) > 1e-14 || math.Abs(mat.Sum(&one)) > 1e-13 {
			t.Errorf("p = %d: S turns 1/√p into %v, want a contrast of length 3", p, one.RawVector().Data)
		}
		if r := math.Abs(mat.Norm(s, 2) - 3*math.Sqrt2); r > 1e-13 {
			t.Errorf("p = %d: the norm of S is off by %g: it is not of rank two", p, r)
		}
	}
	if s := must(ExchangeableSkew(1, 3)); s.At(0, 0) != 0 {
		t.Error("in one dimension S is not zero")
	}
	for want, f := range map[string]func() (*mat.Dense, error){
		"recipe: dimension = 0 is less than 1":  func() (*mat.Dense, error) { return ExchangeableSkew(0, 1) },
		"recipe: strength = NaN is not finite":  func() (*mat.Dense, error) { return ExchangeableSkew(2, math.NaN()) },
		"recipe: strength = +Inf is not finite": func() (*mat.Dense, error) { return ExchangeableSkew(2, math.Inf(1)) },
	} {
		if _, err := f(); err == nil || err.Error() != want {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

// TestOptimalSkewAtEveryScale: S does not depend on the unit of the target.
func TestOptimalSkewAtEveryScale(t *testing.T) {
	unscaled := must(OptimalSkew(must(density.Equicorrelated(5, 0.75, 1))))
	for _, exponent := range []int{-1000, -80, 80, 1000} {
		s := must(OptimalSkew(must(density.Equicorrelated(5, 0.75, math.Ldexp(1, exponent)))))
		if !mat.EqualApprox(s, unscaled, 1e-13) {
			t.Errorf("variance 2^%d: S is\n%v\nwant\n%v", exponent, mat.Formatted(s), mat.Formatted(unscaled))
		}
	}
}

func TestRefuses(t *testing.T) {
	p := must(density.Equicorrelated(2, 0, 1))
	for want, f := range map[string]func() error{
		"recipe: covariance has eigenvalues from 1e-16 to 1: rounding leaves no digit of S where they differ by more than a factor of 2.252e+15": func() error {
			_, err := OptimalSkew(must(density.NewGaussian(make([]float64, 2), mat.NewSymDense(2, []float64{1, 0, 0, 1e-16}))))
			return err
		},
		"recipe: S is 3×3, want 2×2": func() error { _, err := NewConstant(metric.Identity(2), mat.NewDense(3, 3, nil)); return err },
		"recipe: S is not skew-symmetric: entry (1, 0) is 1 and entry (0, 1) is 1": func() error {
			_, err := NewConstant(metric.Identity(2), mat.NewDense(2, 2, []float64{0, 1, 1, 0}))
			return err
		},
		"recipe: S has entry (0, 1) = +Inf, which is not finite": func() error {
			_, err := NewConstant(metric.Identity(2), mat.NewDense(2, 2, []float64{0, math.Inf(1), 0, 0}))
			return err
		},
		"recipe: geometry has dimension 3, the density 2":                       func() error { _, err := New(p, naive(3)); return err },
		"recipe: friction = 0 is not positive and finite":                       func() error { _, err := Underdamped(1, 0); return err },
		"recipe: friction = +Inf is not positive and finite":                    func() error { _, err := Underdamped(1, math.Inf(1)); return err },
		"recipe: A = NaN is not positive and finite":                            func() error { _, err := NoseHoover(1, math.NaN()); return err },
		"recipe: A = -1 is not positive and finite":                             func() error { _, err := WithThermostat(p, -1); return err },
		"recipe: mass matrix is 3×3, want 2×2":                                  func() error { _, err := WithMomentum(p, mat.NewSymDense(3, nil)); return err },
		"recipe: mass matrix is not positive definite: the pivot of row 0 is 0": func() error { _, err := WithMomentum(p, mat.NewSymDense(2, nil)); return err },
		"recipe: twice the friction = +Inf is not finite":                       func() error { _, err := Underdamped(1, 1e308); return err },
		"recipe: 2A = +Inf is not finite":                                       func() error { _, err := NoseHoover(1, 1e308); return err },
		"recipe: mass matrix is too small: entry (0, 0) of its inverse is +Inf": func() error {
			_, err := WithMomentum(p, mat.NewSymDense(2, []float64{1e-310, 0, 0, 1}))
			return err
		},
		"recipe: mass matrix has entry (0, 0) = NaN, which is not finite": func() error {
			_, err := WithMomentum(p, mat.NewSymDense(2, []float64{math.NaN(), 0, 0, 1}))
			return err
		},
	} {
		if err := f(); err == nil || err.Error() != want {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

// TestIndefiniteOnTheWay: a D that ceases to be positive ends the run loudly.
func TestIndefiniteOnTheWay(t *testing.T) {
	g := NewFields(1, func(dst *mat.Dense, x []float64) { dst.Set(0, 0, x[0]) }, nil, nil)
	dst := []float64{0}
	g.Noise(dst, []float64{2}, []float64{1})
	if math.Abs(dst[0]-2) > 1e-15 || g.Err() != nil {
		t.Errorf("noise is %v, error %v, want √(2·2) and none", dst[0], g.Err())
	}
	g.Noise(dst, []float64{-1}, []float64{1})
	var indefinite *IndefiniteError
	if !math.IsNaN(dst[0]) || !errors.As(g.Err(), &indefinite) || indefinite.Z[0] != -1 {
		t.Errorf("noise is %v, error %v, want NaN and an IndefiniteError at −1", dst[0], g.Err())
	}
}

// TestDiagonalNoise: a diagonal that ceases to be positive, likewise.
func TestDiagonalNoise(t *testing.T) {
	g := NewDiagonal(2, func(dst, x []float64) { dst[0], dst[1] = 0.5, x[1] }, nil)
	dst := []float64{10, 20}
	g.Noise(dst, []float64{0, 0.02}, []float64{3, -2})
	if math.Abs(dst[0]-13) > 1e-14 || math.Abs(dst[1]-19.6) > 1e-14 || g.Err() != nil {
		t.Errorf("10 and 20 with noise are %v, error %v, want 13 and 19.6", dst, g.Err())
	}
	g.Noise(dst, []float64{0, 0}, []float64{0, 1})
	if math.Abs(dst[1]-19.6) > 1e-14 || g.Err() != nil {
		t.Errorf("without a diffusion 19.6 becomes %v, error %v", dst[1], g.Err())
	}
	g.Noise(dst, []float64{0, -1}, []float64{1, 1})
	var indefinite *IndefiniteError
	if !math.IsNaN(dst[1]) || !errors.As(g.Err(), &indefinite) || indefinite.Row != 1 || indefinite.Pivot != -1 || indefinite.Z[1] != -1 {
		t.Errorf("noise is %v, error %v, want NaN and an IndefiniteError at −1", dst, g.Err())
	}
	want := "recipe: D is not positive semi-definite at z = [0 -1]: row 1 has the pivot -1"
	if g.Err().Error() != want {
		t.Errorf("error %q, want %q", g.Err(), want)
	}
}

func TestExtendedDensities(t *testing.T) {
	p := quartic(t)
	m := mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3})
	for _, f := range []density.Density{must(WithMomentum(p, nil)), must(WithMomentum(p, m)), must(WithThermostat(p, 0.5))} {
		if err := density.CheckGradient(f, points(f.Dim(), 5)); err != nil {
			t.Error(err)
		}
		x, dst := points(f.Dim(), 1)[0], make([]float64, f.Dim())
		if n := testing.AllocsPerRun(10, func() { f.LogProb(x); f.ScoreInput(dst, x) }); n != 0 {
			t.Errorf("%T allocates %v times", f, n)
		}
	}
	// At r = 0 the momenta contribute their normalising constant, ½ log|2πM|.
	z := make([]float64, 6)
	want := p.LogProb(z[:3]) - 1.5*math.Log(2*math.Pi) - 0.5*math.Log(mat.Det(m))
	if got := must(WithMomentum(p, m)).LogProb(z); math.Abs(got-want) > 1e-13 {
		t.Errorf("log density at rest is %v, want %v", got, want)
	}
	for f, want := range map[density.Density]string{
		must(WithMomentum(must(density.NewNormal(0, 1)), nil)): "N(0, 1) with momenta",
		must(WithThermostat(density.NewCrescent(), 0.5)):       "crescent with momenta and a thermostat of mean 0.5",
	} {
		if got := fmt.Sprint(f); got != want {
			t.Errorf("prints as %q, want %q", got, want)
		}
	}
}

// TestFieldsWithoutNoise: without D there is no noise, and a given S leaves p
// invariant by its divergence alone.
func TestFieldsWithoutNoise(t *testing.T) {
	g := NewFields(3, nil, turning, turningGamma)
	if n, m := g.Dims(); n != 3 || m != 0 {
		t.Errorf("dimensions are %d and %d, want 3 and 0", n, m)
	}
	dst := []float64{1, 2, 3}
	if g.Noise(dst, dst, nil); !slices.Equal(dst, []float64{1, 2, 3}) || g.Err() != nil {
		t.Errorf("noise without D gives %v, error %v", dst, g.Err())
	}
	if err := must(Check(quartic(t), g, points(3, 3))).Err(); err != nil {
		t.Error(err)
	}
}

// TestString: geometries and their processes print what they are.
func TestString(t *testing.T) {
	constant := func(dst, x []float64) { dst[0] = 1 }
	skew := must(ExchangeableSkew(2, 1))
	for g, want := range map[fmt.Stringer]string{
		Langevin(metric.Identity(2)):                              "Langevin, D = I",
		must(NewConstant(metric.Identity(2), skew)):               "irreversible Langevin, D = I",
		NewFields(1, nil, nil, nil):                               "D and S that depend on z",
		NewDiagonal(1, constant, nil):                             "diagonal D that depends on z",
		NewRiemannianHamiltonian(1, nil, nil):                     "Riemannian Hamiltonian",
		Hamiltonian(2).(fmt.Stringer):                             "Hamiltonian",
		must(Underdamped(2, 1./3)).(fmt.Stringer):                 "underdamped, C = 0.3333·I",
		Friction(metric.Identity(2)).(fmt.Stringer):               "underdamped, C = I",
		must(NoseHoover(2, 2./3)).(fmt.Stringer):                  "Nosé–Hoover, A = 0.6667",
		must(Compensate(naive(1), mat.NewSymDense(1, nil), 0.01)): "Langevin, D = I, compensated for h = 0.01",
		must(New(must(density.NewNormal(0, 1)), naive(1))):        "Langevin, D = I, for N(0, 1)",
	} {
		if got := g.String(); got != want {
			t.Errorf("%T prints as %q, want %q", g, got, want)
		}
	}
}

// TestSemiCholesky: a root of every positive semi-definite matrix, at the scale of
// each coordinate, and none of any other.
func TestSemiCholesky(t *testing.T) {
	for _, c := range []struct {
		a, size []float64
		row     int
	}{
		{[]float64{4, 2, 2, 3}, nil, -1},
		{[]float64{1, 1, 1, 1}, nil, -1},
		{[]float64{0, 0, 0, 1}, nil, -1},
		{[]float64{1, 0, 0, 1e-30}, nil, -1},
		{[]float64{1e-30, 1e-15, 1e-15, 2}, nil, -1},
		{[]float64{1e300, 1e150, 1e150, 2}, nil, -1},
		{[]float64{1, 0, 0, -1e-16}, nil, -1}, // zero up to rounding
		{[]float64{-1e-16, 0, 0, 1}, nil, -1},
		{[]float64{1, 0, 0, 1e-16}, []float64{1, 1}, -1},
		{[]float64{1, 0, 0, -1e-16}, []float64{1, 1}, -1},
		{[]float64{1, 0, 0, -1e-3}, nil, 1},
		{[]float64{1, 2, 2, 1}, nil, 1},
		{[]float64{0, 1, 1, 1}, nil, 0},
		{[]float64{1e-30, 2e-15, 2e-15, 2}, nil, 1},
		{[]float64{1, 0, 0, -1e-16}, []float64{1, 1e-10}, 1},
		{[]float64{math.Inf(1), 0, 0, 1}, nil, 0},
		{[]float64{math.NaN(), 0, 0, 1}, nil, 0},
	} {
		l := []float64{7, 7, 7, 7}
		row, _ := semiCholesky(l, c.a, c.size, 2)
		if row != c.row {
			t.Errorf("A = %v, sizes %v: row %d, want %d", c.a, c.size, row, c.row)
		}
		if row >= 0 {
			continue
		}
		for k, got := range []float64{l[0] * l[0], l[1], l[2] * l[0], l[2]*l[2] + l[3]*l[3]} {
			want := []float64{c.a[0], 0, c.a[2], c.a[3]}[k]
			if size := math.Sqrt(math.Abs(c.a[3*(k/2)])) * math.Sqrt(math.Abs(c.a[3*(k%2)])); math.Abs(got-want) > 1e-12*size && !(c.a[3*(k/2)] < 0) && !(c.size != nil) {
				t.Errorf("A = %v: entry %d of LLᵀ is %v, want %v", c.a, k, got, want)
			}
		}
		if c.a[3] > 0 && c.size == nil && c.a[0]*c.a[3] > 2*c.a[1]*c.a[1] && l[3] == 0 {
			t.Errorf("A = %v: the noise of the second coordinate is lost", c.a)
		}
	}
}

// TestSemiCholeskyThreshold: a pivot is zero up to 2·10⁻¹³ of the size of its terms,
// for two rows, on either side of zero.
func TestSemiCholeskyThreshold(t *testing.T) {
	const tiny = 1e-13 * 2.0
	for _, c := range []struct {
		pivot, size float64
		row         int
		root        float64
	}{
		{tiny, 1, -1, 0},
		{1.01 * tiny, 1, -1, math.Sqrt(1.01 * tiny)},
		{3 * tiny, 3, -1, 0},
		{-tiny, 1, -1, 0},
		{-1.01 * tiny, 1, 1, 0},
	} {
		l := make([]float64, 4)
		row, pivot := semiCholesky(l, []float64{1, 0, 0, c.pivot}, []float64{1, c.size}, 2)
		if row != c.row || l[3] != c.root || row >= 0 && pivot != c.pivot {
			t.Errorf("pivot %g of terms of size %g: row %d, pivot %g, root %g, want row %d, root %g", c.pivot, c.size, row, pivot, l[3], c.row, c.root)
		}
	}
	// Without sizes, that of a pivot that is not positive is the largest entry.
	for pivot, want := range map[float64]int{-0.99 * 5 * tiny: -1, -1.01 * 5 * tiny: 0} {
		if row, _ := semiCholesky(make([]float64, 4), []float64{pivot, 0, 0, 5}, nil, 2); row != want {
			t.Errorf("pivot %g beside an entry of 5: row %d, want %d", pivot, row, want)
		}
	}
	// Beneath a pivot of zero, an entry is zero up to the geometric mean of the tiny
	// pivot and the diagonal entry of its own row, or of two tiny ones.
	for _, c := range []struct{ entry, diagonal float64 }{{math.Sqrt(tiny) * 2, 4}, {-math.Sqrt(tiny) * 2, 4}, {tiny, 0}} {
		for share, want := range map[float64]int{0.99: -1, 1.01: 0} {
			e := share * c.entry
			if row, pivot := semiCholesky(make([]float64, 4), []float64{0, e, e, c.diagonal}, []float64{1, 1}, 2); row != want || pivot != 0 {
				t.Errorf("entry %g beneath zero, on the diagonal %g: row %d, want %d", e, c.diagonal, row, want)
			}
		}
	}
}

// TestFieldsBeginAtZero: a field may set the entries that are not zero, or add to
// them.
func TestFieldsBeginAtZero(t *testing.T) {
	adding := func(dst *mat.Dense, z []float64) {
		for i := range z {
			dst.Set(i, i, dst.At(i, i)+1+z[0]*z[0])
		}
	}
	addingGamma := func(dst, z []float64) { dst[0] += 2 * z[0] }
	addingRoot := func(dst *mat.Dense, x []float64) {
		for i := range x {
			dst.Set(i, i, dst.At(i, i)+2+math.Sin(x[0]))
		}
	}
	rootGamma := func(dst, x []float64) { dst[0] += math.Cos(x[0]) }
	p := must(density.Equicorrelated(2, 0.3, 1))
	for name, c := range map[string]struct {
		p density.Density
		g Geometry
	}{
		"fields":         {p, NewFields(2, adding, nil, addingGamma)},
		"diagonal":       {p, NewDiagonal(2, func(dst, z []float64) { dst[0] += 1 + z[0]*z[0]; dst[1]++ }, addingGamma)},
		"Riemannian HMC": {must(WithMomentum(p, nil)), NewRiemannianHamiltonian(2, addingRoot, rootGamma)},
	} {
		if d, ok := c.g.(interface {
			Derived() bool
			Uncertainty() float64
		}); !ok || d.Derived() || d.Uncertainty() != 0 {
			t.Errorf("%s: a given Γ passes for a derived one", name)
		}
		if err := must(Check(c.p, c.g, points(c.p.Dim(), 3))).Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	two, three := make([]float64, 2), make([]float64, 3)
	damped := must(Underdamped(2, 1))
	four := make([]float64, 4)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{badDim, func() { Hamiltonian(0) }},
		{badDim, func() { must(NoseHoover(0, 1)) }},
		{badDim, func() { NewFields(0, nil, nil, nil) }},
		{badDim, func() { NewDiagonal(0, nil, nil) }},
		{badDim, func() { NewRiemannianHamiltonian(0, nil, nil) }},
		{badDim, func() { Underdamped(0, 1) }},
		{badDim, func() { NewRiemannian(-1, nil, nil) }},
		{"recipe: state has the wrong length", func() { damped.Apply(three, four, four) }},
		{"recipe: state has the wrong length", func() { must(NoseHoover(1, 1)).Apply(three, three, two) }},
		{"recipe: state has the wrong length", func() { NewRiemannianHamiltonian(2, root, nil).Apply(four, four, three) }},
		{"recipe: state has the wrong length", func() { NewRiemannianHamiltonian(2, root, nil).Correct(three, four) }},
		{"recipe: state has the wrong length", func() { NewFields(2, identity, nil, nil).Apply(two, two, three) }},
		{"recipe: state has the wrong length", func() { NewFields(2, identity, nil, nil).Correct(two, three) }},
		{"recipe: state has the wrong length", func() { NewDiagonal(2, nil, nil).Apply(two, two, three) }},
		{"recipe: state has the wrong length", func() { NewDiagonal(2, nil, nil).Correct(three, two) }},
		{"recipe: noise has the wrong length", func() { NewDiagonal(2, nil, nil).Noise(two, two, three) }},
		{"recipe: noise has the wrong length", func() { must(NoseHoover(1, 1)).Noise(three, three, two) }},
		{"recipe: noise has the wrong length", func() { NewRiemannianHamiltonian(2, root, nil).Noise(four, four, three) }},
		{"recipe: state has the wrong length", func() { must(WithMomentum(p, nil)).LogProb(three) }},
		{"recipe: dst has the wrong length", func() { must(WithMomentum(p, nil)).ScoreInput(three, two) }},
		{"recipe: state has the wrong length", func() { must(WithThermostat(p, 1)).LogProb(two) }},
		{"recipe: dst has the wrong length", func() { must(WithThermostat(p, 1)).ScoreInput(two, three) }},
		{"recipe: noise has the wrong length", func() { must(Compensate(naive(2), mat.NewSymDense(1, nil), 1)).Noise(two, two, three) }},
		{"recipe: noise has the wrong length", func() { damped.Noise(four, four, four) }},
		{"recipe: noise has the wrong length", func() { NewFields(2, identity, nil, nil).Noise(two, two, three) }},
		{"recipe: state has the wrong length", func() { naive(2).Apply(two, two, three) }},
		{"recipe: noise has the wrong length", func() { naive(2).Noise(two, two, three) }},
		{"recipe: state has the wrong length", func() { naive(2).Noise(three, two, two) }},
		{"recipe: Density is nil", func() { New(nil, naive(1)) }},
		{"recipe: Geometry is nil", func() { New(p, nil) }},
		{"recipe: Metric is nil", func() { Langevin(nil) }},
		{"recipe: Metric is nil", func() { NewConstant(nil, nil) }},
		{"recipe: Metric is nil", func() { Friction(nil) }},
		{"recipe: Density is nil", func() { WithMomentum(nil, nil) }},
		{"recipe: Density is nil", func() { WithThermostat(nil, 1) }},
		{"recipe: Density is nil", func() { OptimalSkew(nil) }},
		{"recipe: Density is nil", func() { Check(nil, naive(1), nil) }},
		{"recipe: Density is nil", func() { FokkerPlanck(nil, must(New(p, naive(1))), nil) }},
		{"recipe: Process is nil", func() { FokkerPlanck(p, nil, nil) }},
		{"recipe: Geometry is nil", func() { Compensate(nil, mat.NewSymDense(1, nil), 1) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panics with %v, want %q", got, c.want)
				}
			}()
			c.f()
		}()
	}
}
