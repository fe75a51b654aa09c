package recipe

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/sde"
)

// TestPathContract holds the path of every geometry to the contract of a
// sampler, which has it that neither Drift nor AddNoise allocates.
func TestPathContract(t *testing.T) {
	p := quartic(t)
	const d = 3
	phase := must(WithMomentum(p, mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3})))
	friction := mat.NewSymDense(3, []float64{1, 0.5, 0, 0.5, 1, 0, 0, 0, 0.2})
	for name, c := range map[string]struct {
		p        density.Density
		geometry func() Geometry
	}{
		"Langevin":       {p, func() Geometry { return Langevin(d) }},
		"natural":        {p, func() Geometry { return Natural(must(density.Equicorrelated(d, 0.5, 1))) }},
		"constant":       {p, func() Geometry { return must(NewConstant(friction, nil)) }},
		"fields":         {p, func() Geometry { return NewFields(d, identity, turning, turningGamma) }},
		"Riemannian":     {p, func() Geometry { return NewRiemannian(d, plainMetric, nil) }},
		"diagonal":       {p, func() Geometry { return NewDiagonal(d, func(dst, x []float64) { copy(dst, []float64{1, 2, 3}) }, nil) }},
		"underdamped":    {phase, func() Geometry { return Underdamped(d, 1) }},
		"friction":       {phase, func() Geometry { return must(Friction(friction)) }},
		"Nosé–Hoover":    {must(WithThermostat(p, 1)), func() Geometry { return NoseHoover(d, 1) }},
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
		s := must(OptimalSkew(c.p))
		if _, err := NewConstant(nil, s); err != nil {
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
		g := Underdamped(3, gamma)
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

// TestStationaryCovariance: on a Gaussian every constant recipe is an
// Ornstein–Uhlenbeck process, whose stationary covariance, by Lyapunov's
// equation, has to be Σ.
func TestStationaryCovariance(t *testing.T) {
	sigma := mat.NewSymDense(3, []float64{1, 0.6, 0.2, 0.6, 2, 0, 0.2, 0, 0.5})
	p := must(density.NewGaussian(make([]float64, 3), sigma))
	skew := mat.NewDense(3, 3, []float64{0, 1, -2, -1, 0, 0.5, 2, -0.5, 0})
	for name, g := range map[string]Geometry{
		"naive":        Langevin(3),
		"natural":      Natural(p),
		"irreversible": must(NewConstant(nil, skew)),
		"both":         must(NewConstant(sigma, skew)),
	} {
		process := must(New(p, g))
		a, b := mat.NewDense(3, 3, nil), mat.NewDense(3, 3, nil)
		for j := range 3 {
			unit, column := make([]float64, 3), make([]float64, 3)
			unit[j] = 1
			process.Drift(column, unit)
			for i, v := range column {
				a.Set(i, j, -v)
			}
			clear(column)
			process.AddNoise(column, unit, unit)
			b.SetCol(j, column)
		}
		c, err := must(sde.NewOrnsteinUhlenbeck(a, nil, b)).Stationary()
		if err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(c, sigma, 1e-10) {
			t.Errorf("%s: stationary covariance is\n%v\nwant\n%v", name, mat.Formatted(c), mat.Formatted(sigma))
		}
	}
}

func TestNewConstantRefuses(t *testing.T) {
	var indefinite *IndefiniteError
	for _, d := range []*mat.SymDense{
		mat.NewSymDense(2, []float64{1, 2, 2, 1}),
		mat.NewSymDense(2, []float64{0, 1, 1, 1}),
		mat.NewSymDense(2, []float64{1, 0, 0, -1e-3}),
	} {
		if _, err := NewConstant(d, nil); !errors.As(err, &indefinite) {
			t.Errorf("D = %v: error is %v, want an IndefiniteError", mat.Formatted(d), err)
		}
	}
	if _, err := NewConstant(mat.NewSymDense(2, []float64{1, 1, 1, 1}), nil); err != nil {
		t.Errorf("a D of rank one is refused: %v", err)
	}
	var skew *SkewError
	if _, err := NewConstant(nil, mat.NewDense(2, 2, []float64{0, 1, 1, 0})); !errors.As(err, &skew) {
		t.Errorf("a symmetric S: error is %v, want a SkewError", err)
	}
	for _, c := range []struct {
		d    mat.Symmetric
		s    mat.Matrix
		want string
	}{
		{nil, nil, "needs D or S"},
		{mat.NewSymDense(2, nil), mat.NewDense(3, 3, nil), "S is 3×3, D 2×2"},
		{mat.NewSymDense(1, []float64{math.NaN()}), nil, "D has the entry (0, 0) = NaN"},
	} {
		if _, err := NewConstant(c.d, c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
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
	if _, err := WithMomentum(p, mat.NewSymDense(2, []float64{1, 0, 0, 1})); err == nil {
		t.Error("a mass matrix of the wrong size is accepted")
	}
	if _, err := WithMomentum(p, mat.NewSymDense(3, nil)); err == nil {
		t.Error("a mass of zero is accepted")
	}
	if _, err := WithThermostat(p, -1); err == nil {
		t.Error("a negative thermostat is accepted")
	}
}

func TestMisusePanics(t *testing.T) {
	for name, f := range map[string]func(){
		"no dimension":      func() { Langevin(0) },
		"no friction":       func() { Underdamped(1, 0) },
		"infinite friction": func() { Underdamped(1, math.Inf(1)) },
		"no thermostat":     func() { NoseHoover(1, 0) },
		"short state":       func() { Underdamped(2, 1).Apply(make([]float64, 3), make([]float64, 4), make([]float64, 4)) },
		"short noise":       func() { Underdamped(2, 1).Noise(make([]float64, 4), make([]float64, 4), make([]float64, 4)) },
		"short field": func() {
			NewFields(2, identity, nil, nil).Noise(make([]float64, 2), make([]float64, 2), make([]float64, 1))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			f()
		}()
	}
}
