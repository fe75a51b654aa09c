package recipe

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/derivative"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// quartic is a density in three dimensions with a potential of its own, no
// symmetry and no closed forms: U = x⁴/4 + y²/2 + z²/2·(1 + ¼ sin x) + 0.3xy + ½ cos(y+z).
func quartic(t *testing.T) density.Density {
	t.Helper()
	p, err := density.NewFunc(3,
		func(v []float64) float64 {
			x, y, z := v[0], v[1], v[2]
			return x*x*x*x/4 + y*y/2 + z*z/2*(1+math.Sin(x)/4) + 0.3*x*y + math.Cos(y+z)/2
		},
		func(dst, v []float64) {
			x, y, z := v[0], v[1], v[2]
			s := math.Sin(y+z) / 2
			dst[0] = x*x*x + z*z/8*math.Cos(x) + 0.3*y
			dst[1] = y + 0.3*x - s
			dst[2] = z*(1+math.Sin(x)/4) - s
		})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// root is R(x), neither diagonal nor symmetric, never singular.
func root(dst *mat.Dense, x []float64) {
	dst.Set(0, 0, 1.5+math.Sin(x[1]))
	dst.Set(0, 1, 0.3*math.Cos(x[0]+x[2]))
	dst.Set(1, 0, 0.5*math.Tanh(x[1]))
	dst.Set(1, 1, 1.2+0.5*math.Sin(x[0]))
	dst.Set(1, 2, 0.2*x[0])
	dst.Set(2, 0, 0.1*x[1]*x[2])
	dst.Set(2, 2, 1+0.3*math.Exp(-x[2]*x[2]))
}

// inverseMetric is RRᵀ: not diagonal, and a function of every coordinate.
func inverseMetric(dst *mat.Dense, x []float64) {
	r := mat.NewDense(3, 3, nil)
	root(r, x)
	dst.Mul(r, r.T())
}

func identity(dst *mat.Dense, x []float64) {
	for i := range x {
		dst.Set(i, i, 1)
	}
}

// turning is a skew J(x) whose divergence is not zero.
func turning(dst *mat.Dense, x []float64) {
	set := func(i, j int, v float64) { dst.Set(i, j, v); dst.Set(j, i, -v) }
	set(0, 1, math.Sin(x[0])+x[2])
	set(0, 2, 2*math.Cos(x[1]))
	set(1, 2, x[0]*x[1])
}

// turningGamma is ∇·J in closed form.
func turningGamma(dst, x []float64) {
	dst[0] = 0 // ∂₁J₀₁ + ∂₂J₀₂
	dst[1] = -math.Cos(x[0])
	dst[2] = -x[0] // −∂₀J₀₂ − ∂₁J₁₂
}

// mixed is positive definite, and each of its entries depends on all coordinates.
func mixed(dst *mat.Dense, x []float64) {
	for i := range 3 {
		for j := range 3 {
			dst.Set(i, j, 0.4*math.Sin(x[0]-2*x[1]+0.7*x[2]+float64(i+j)))
		}
		dst.Set(i, i, dst.At(i, i)+2)
	}
}

// cancelling is a skew J(x) that is without divergence as a sum of two terms.
func cancelling(dst *mat.Dense, x []float64) {
	set := func(i, j int, v float64) { dst.Set(i, j, v); dst.Set(j, i, -v) }
	set(0, 1, math.Sin(x[1])*x[2])
	set(0, 2, -math.Cos(x[1])*x[2]*x[2]/2)
}

// altered changes one thing about a geometry.
type altered struct {
	Geometry
	gamma func(dst []float64) // changes Γ
	noise float64             // multiplies the noise, if not zero
}

func (g altered) Correct(dst, z []float64) {
	gamma := make([]float64, len(dst))
	g.Geometry.Correct(gamma, z)
	if g.gamma != nil {
		g.gamma(gamma)
	}
	for i, v := range gamma {
		dst[i] += v
	}
}

func (g altered) Noise(dst, z, dw []float64) {
	if g.noise == 0 {
		g.Geometry.Noise(dst, z, dw)
		return
	}
	scaled := make([]float64, len(dw))
	for i, v := range dw {
		scaled[i] = g.noise * v
	}
	g.Geometry.Noise(dst, z, scaled)
}

func negative(gamma []float64) {
	for i := range gamma {
		gamma[i] = -gamma[i]
	}
}

func none(gamma []float64) { clear(gamma) }

func points(dim, n int) [][]float64 {
	rng := stream.New(3)
	at := make([][]float64, n)
	for i := range at {
		at[i] = make([]float64, dim)
		stream.Normals(rng, at[i])
	}
	return at
}

// naive is Langevin dynamics with D = I.
func naive(dim int) Geometry { return Langevin(metric.Identity(dim)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestCheck holds every recipe of the package to Tolerance and, beside each, a
// version of it that does not sample the density, which has to be caught, by the
// part of the report that should.
func TestCheck(t *testing.T) {
	racetest.Sequential(t)
	p := quartic(t)
	const d, a = 3, 0.7
	phase := must(WithMomentum(p, nil))
	heavy := must(WithMomentum(p, mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3})))
	warm := must(WithThermostat(p, a))
	sigma := must(density.NewGaussian(make([]float64, 3), mat.NewSymDense(3, []float64{1, 0.5, 0.2, 0.5, 2, 0, 0.2, 0, 0.5})))
	natural := must(metric.Natural.Of(sigma))
	skew := mat.NewDense(3, 3, []float64{0, 1, -2, -1, 0, 0.5, 2, -0.5, 0})
	friction := mat.NewSymDense(3, []float64{1, 0.5, 0, 0.5, 1, 0, 0, 0, 0.2})
	diagonal := func(dst, x []float64) {
		for i, v := range x {
			dst[i] = 1 + math.Exp(0.5*v)
		}
	}

	for _, c := range []struct {
		name string
		p    density.Density
		g    Geometry
		part string // that fails, "" for none
	}{
		{"Langevin", p, naive(d), ""},
		{"Langevin, noise 10 % too small", p, altered{naive(d), nil, 0.9}, "Skew"},
		{"natural gradient", p, Langevin(natural), ""},
		{"natural gradient, with a drift of its own", p, altered{Langevin(natural), func(g []float64) { g[0] = 0.1 }, 0}, "Correction"},
		{"constant D and S", p, must(NewConstant(must(metric.Dense(friction)), skew)), ""},
		{"irreversible", p, must(NewConstant(metric.Identity(d), skew)), ""},
		{"irreversible J(z), Γ derived", p, NewFields(d, identity, turning, nil), ""},
		{"irreversible J(z), Γ given", p, NewFields(d, identity, turning, turningGamma), ""},
		{"irreversible J(z), without Γ", p, NewFields(d, identity, turning, func(_, _ []float64) {}), "Correction"},
		{"SGRLD", p, NewRiemannian(d, inverseMetric, nil), ""},
		{"SGRLD, −Γ", p, altered{NewRiemannian(d, inverseMetric, nil), negative, 0}, "Correction"},
		{"SGRLD, without Γ", p, altered{NewRiemannian(d, inverseMetric, nil), none, 0}, "Correction"},
		{"Riemannian and irreversible", p, NewFields(d, inverseMetric, turning, nil), ""},
		{"every entry of D a function of every coordinate", p, NewRiemannian(d, mixed, nil), ""},
		{"Γ = 0 of terms that cancel", p, NewFields(d, identity, cancelling, func(_, _ []float64) {}), ""},
		{"diagonal", p, NewDiagonal(d, diagonal, nil), ""},
		{"diagonal, −Γ", p, altered{NewDiagonal(d, diagonal, nil), negative, 0}, "Correction"},
		{"HMC", phase, Hamiltonian(d), ""},
		{"HMC with a mass matrix", heavy, Hamiltonian(d), ""},
		{"HMC, noise", phase, altered{must(Underdamped(d, 1)), nil, 1.2}, "Skew"},
		{"underdamped", heavy, must(Underdamped(d, 1.3)), ""},
		{"SGHMC, friction matrix", heavy, Friction(must(metric.Dense(friction))), ""},
		{"SGNHT", warm, must(NoseHoover(d, a)), ""},
		{"SGNHT, without Γ", warm, altered{must(NoseHoover(d, a)), none, 0}, "Correction"},
		{"SGNHT, another A in D than in H", warm, must(NoseHoover(d, 2*a)), ""},
		{"gSGRHMC", phase, NewRiemannianHamiltonian(d, root, nil), ""},
		{"gSGRHMC, without Γ", phase, altered{NewRiemannianHamiltonian(d, root, nil), none, 0}, "Correction"},
		{"D not symmetric", p, NewFields(d, func(dst *mat.Dense, x []float64) { identity(dst, x); dst.Set(0, 1, 0.1) }, nil, nil), "Symmetry"},
		{"D not definite", p, NewFields(d, func(dst *mat.Dense, x []float64) { identity(dst, x); dst.Set(2, 2, x[0]) }, nil, nil), "Definite"},
		{"S not skew", p, NewFields(d, identity, func(dst *mat.Dense, x []float64) { turning(dst, x); dst.Set(0, 0, x[1]) }, nil), "Skew"},
	} {
		r, err := Check(c.p, c.g, points(c.p.Dim(), 6))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		t.Logf("%-42s residual %8.1e (± %.0e, allowed %.0e), Γ off by %.1e", c.name, r.Residual.Value, r.Residual.Uncertainty, r.Residual.Allowed, r.Correction.Value)
		parts := map[string]*Deviation{
			"Score":    &r.Score,
			"Residual": &r.Residual, "Symmetry": &r.Symmetry, "Definite": &r.Definite, "Skew": &r.Skew, "Noise": &r.Noise, "Correction": &r.Correction,
		}
		if c.part == "" {
			if err := r.Err(); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if !(r.Residual.Value < 1e-8) || !(r.Correction.Value < 1e-8) {
				t.Errorf("%s: residual %g, Γ off by %g, want both below 1e-8", c.name, r.Residual.Value, r.Correction.Value)
			}
			continue
		}
		if c.part == "Symmetry" && r.Noise.Holds() {
			t.Errorf("%s: the noise is that of D, which has no root", c.name)
		}
		if parts[c.part].Holds() {
			t.Errorf("%s: %s holds, want it to fail:\n%v", c.name, c.part, r)
		}
		if c.part != "Definite" && !(r.Residual.Value > 0.02) { // without D's root there is no process
			t.Errorf("%s: residual is %.3g, want it far from zero", c.name, r.Residual.Value)
		}
		var failed *CheckError
		if !errors.As(r.Err(), &failed) {
			t.Errorf("%s: no error", c.name)
		}
	}
}

// TestFokkerPlanckOfTheLaw compares the residual with ∂p/∂t itself, where p is
// not stationary: for dx = −x dt + √2 dW and p = N(0, v), log p changes by
// (1 − v)(x²/v − 1)/v, which follows from v̇ = 2 − 2v.
func TestFokkerPlanckOfTheLaw(t *testing.T) {
	unit, wide := must(density.NewNormal(0, 1)), must(density.NewNormal(0, 1.3))
	process := must(New(unit, naive(1)))
	for _, x := range []float64{-2, 0, 0.4, 3} {
		const v = 1.3 * 1.3
		want := math.Abs((1 - v) * (x*x/v - 1) / v)
		got, err := FokkerPlanck(wide, process, [][]float64{{x}})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Value-want) > 1e-10 {
			t.Errorf("|∂p/∂t|/p at %g is %.12f, want %.12f", x, got.Value, want)
		}
	}
}

// driftless moves by the noise of a geometry alone.
type driftless struct{ Geometry }

func (driftless) Drift(dst, _ []float64)          { clear(dst) }
func (d driftless) AddNoise(dst, z, dw []float64) { d.Noise(dst, z, dw) }

// TestFokkerPlanckOfNoise compares the residual of a process without drift with
// ∂p/∂t in closed form, for D = [[2, q], [q, 2]], q = 0.4 sin x cos 2y, and the
// standard normal in two dimensions,
//
//	2q_xy − 2(x q_y + y q_x) + 2(x² + y²) + 2qxy − 4.
//
// Each of the second differences of q is right to 11 digits.
func TestFokkerPlanckOfNoise(t *testing.T) {
	g := NewFields(2, func(dst *mat.Dense, z []float64) {
		q := 0.4 * math.Sin(z[0]) * math.Cos(2*z[1])
		for i, v := range []float64{2, q, q, 2} {
			dst.Set(i/2, i%2, v)
		}
	}, nil, nil)
	for _, z := range [][]float64{{0.7, -0.4}, {-1.3, 0.2}, {0.1, 1.6}} {
		x, y := z[0], z[1]
		q := 0.4 * math.Sin(x) * math.Cos(2*y)
		qx, qy := 0.4*math.Cos(x)*math.Cos(2*y), -0.8*math.Sin(x)*math.Sin(2*y)
		qxy := -0.8 * math.Cos(x) * math.Sin(2*y)
		want := math.Abs(2*qxy - 2*(x*qy+y*qx) + 2*(x*x+y*y) + 2*q*x*y - 4)
		got := must(FokkerPlanck(must(density.Equicorrelated(2, 0, 1)), driftless{g}, [][]float64{z}))
		t.Logf("%v: off by %.1e", z, got.Value-want)
		if math.Abs(got.Value-want) > 1e-10 {
			t.Errorf("|∂p/∂t|/p at %v is %.13f, want %.13f", z, got.Value, want)
		}
	}
}

// TestFirstSteps: over the first step to either side, log p changes by at most one
// half on average, and over twice that by more. U = e^(−4x) is steep on one side alone.
func TestFirstSteps(t *testing.T) {
	slope := func(x float64) float64 { return 4 * math.Exp(-4*x) }
	p := must(density.NewFunc(1, func(x []float64) float64 { return math.Exp(-4 * x[0]) }, func(dst, x []float64) { dst[0] = -slope(x[0]) }))
	for _, x := range []float64{-0.5, 0, 0.3} {
		h := firstSteps(p, []float64{x})[0]
		change := func(h float64) float64 { return h * (slope(x-h) + slope(x+h)) / 2 }
		if change(h) > 0.5 || change(2*h) <= 0.5 {
			t.Errorf("at %v the first step is %v, over which log p changes by %v, and by %v over twice that", x, h, change(h), change(2*h))
		}
	}
}

// TestDeviation: a deviation holds up to what is allowed, and the worst of the points
// is the first with the largest value in units of what is allowed.
func TestDeviation(t *testing.T) {
	if d := (Deviation{Value: 2, Allowed: 2}); !d.Holds() {
		t.Error("a deviation that is as large as is allowed does not hold")
	}
	if d := (Deviation{Value: 2.1, Allowed: 2}); d.Holds() {
		t.Error("a deviation that is larger than is allowed holds")
	}
	var worst Deviation
	for i, d := range []Deviation{{Value: 1, Allowed: 2}, {Value: 3, Allowed: 4}, {Value: 6, Allowed: 8}, {Value: 4, Allowed: 40}} {
		worst.worse(d, []float64{float64(i)})
	}
	if worst.Value != 3 || worst.Allowed != 4 || !slices.Equal(worst.Point, []float64{1}) {
		t.Errorf("the worst is %+v, want 3 of 4 at the second point", worst)
	}
}

// TestAllowed: what each part may deviate by, in closed form. For D = δ = 2 and a
// skew S = σ in two dimensions, the score −z of the standard normal has the drift
// b = −(2x + σy, 2y − σx), so that the terms of the residual are
//
//	−b·s = −x(δx + σy) − y(δy − σx),  sᵀDs = δ|z|²,  −∇·b = 2δ,  tr(D∇s) = −2δ.
//
// Rounding of a constant D moves its derivatives by derivative.Rounding, that of b
// and s by as much for their sizes.
func TestAllowed(t *testing.T) {
	p, z := must(density.Equicorrelated(2, 0, 1)), []float64{0.3, -0.4}
	const delta = 2.0
	h := firstSteps(p, z)
	for _, sigma := range []float64{1, 10} {
		field := func(dst *mat.Dense, z []float64) { dst.Set(0, 0, delta); dst.Set(1, 1, delta) }
		skew := func(dst *mat.Dense, z []float64) { dst.Set(0, 1, sigma); dst.Set(1, 0, -sigma) }
		r := must(Check(p, NewFields(2, field, skew, func(_, _ []float64) {}), [][]float64{z}))
		near := func(what string, got, want float64) {
			t.Helper()
			if math.Abs(got/want-1) > 1e-9 {
				t.Errorf("σ = %v: %s may be off by %.12g, want %.12g", sigma, what, got, want)
			}
		}
		near("D from symmetry", r.Symmetry.Allowed, Tolerance*delta)
		near("the noise", r.Noise.Allowed, Tolerance*delta)
		near("D from definiteness", r.Definite.Allowed, Tolerance)
		near("S from skewness", r.Skew.Allowed, Tolerance*max(delta, sigma))
		// The first row: D_00 along x and S_01 along y. Both rows are as far off, 0.
		near("Γ", r.Correction.Allowed, derivative.Rounding(delta, 0.75*h[0])+derivative.Rounding(sigma, 0.75*h[1]))
		x, y := z[0], z[1]
		size := math.Abs(x*(delta*x+sigma*y)) + math.Abs(y*(delta*y-sigma*x)) + delta*(x*x+y*y) + 2*delta + 2*delta
		rounding := derivative.Rounding(math.Abs(delta*x+sigma*y), h[0]) + derivative.Rounding(math.Abs(delta*y-sigma*x), h[1]) + // −∇·b
			2*math.Abs(x)*derivative.Rounding(delta, h[0]) + 2*math.Abs(y)*derivative.Rounding(delta, h[1]) + // 2(∇·D)·s
			delta*derivative.Rounding(math.Abs(x), h[0]) + delta*derivative.Rounding(math.Abs(y), h[1]) + // tr(D∇s)
			rounding2(delta, h[0], h[0]) + rounding2(delta, h[1], h[1]) // ∂_i∂_j D_ij
		near("the residual but for rounding", r.Residual.Allowed-rounding, Tolerance*size)
		if got := r.Residual.Allowed - Tolerance*size; math.Abs(got/rounding-1) > 1e-4 {
			t.Errorf("σ = %v: rounding may change the residual by %g, want %g", sigma, got, rounding)
		}
	}
}

// TestReportString: a part on each line, and which Γ is derived.
func TestReportString(t *testing.T) {
	var r Report
	r.Noise.Value, r.Derived = 1, true
	want := `holds   0.0e+00  the difference of the score from ∇log p
holds   0.0e+00  the asymmetry of D
holds   0.0e+00  minus the least eigenvalue of D, scaled to a unit diagonal
holds   0.0e+00  the symmetric part of S
FAILS   1.0e+00  the difference of half the covariance of the noise from D
holds   0.0e+00  the difference of Γ from ∇·(D + S) (Γ is derived)
holds   0.0e+00  the Fokker–Planck residual
`
	if got := r.String(); got != want {
		t.Errorf("the report is\n%swant\n%s", got, want)
	}
	r.Derived = false
	if strings.Contains(r.String(), "derived") {
		t.Errorf("a given Γ is called derived:\n%v", &r)
	}
}

// TestRounding2: a second difference is the sum of four terms over the product of
// the last of the halving steps, h/2⁸ and k/2⁸, and each term is off by 2⁻⁵² of its
// size.
func TestRounding2(t *testing.T) {
	for _, size := range []float64{3, -3} {
		if got, want := rounding2(size, 0.5, 0.25), 4*0x1p-52*3/(0.5/256*0.25/256); got != want {
			t.Errorf("rounding of a second derivative is %g, want %g", got, want)
		}
	}
}

// TestUnits: the units of coordinates with noise are the roots of D's diagonal;
// others are those in which the largest entry that joins them to noise is one, in
// whichever triangle it stands and of whatever sign. Without any noise the largest
// entry gives the unit.
func TestUnits(t *testing.T) {
	noise := []float64{4, 0, 0, 0}
	for _, c := range []struct{ d, a, want []float64 }{
		{[]float64{4, 1, 1, 9}, nil, []float64{2, 3}},
		{[]float64{-4, 1, 1, 9}, nil, []float64{2, 3}},
		{noise, []float64{0, 6, -6, 0}, []float64{2, 3}},
		{noise, []float64{0, -6, 0, 0}, []float64{2, 3}},
		{noise, []float64{0, 0, -6, 0}, []float64{2, 3}},
		{noise, []float64{0, 0, 0, 0}, []float64{2, 0}},
		{make([]float64, 4), []float64{0, -9, 0, 0}, []float64{3, 3}},
		{noise, []float64{0, 0, 0, 9}, []float64{2, 3}},
	} {
		a := c.a
		if a == nil {
			a = c.d
		}
		if got := units(c.d, a, 2); !slices.Equal(got, c.want) {
			t.Errorf("D = %v, A = %v: units %v, want %v", c.d, a, got, c.want)
		}
	}
}

// TestLeastEigenvalue: of the symmetric part, in the units given, and NaN where an
// entry is not finite.
func TestLeastEigenvalue(t *testing.T) {
	for _, c := range []struct{ d, units, want []float64 }{
		{[]float64{2, 1, 1, 2}, []float64{1, 1}, []float64{1}},
		{[]float64{2, 3, 1, 2}, []float64{1, 1}, []float64{0}},
		{[]float64{4, 8, 8, 4}, []float64{2, 2}, []float64{-1}},
		{[]float64{1, 0, 0, 1}, []float64{1, 0}, []float64{0}},
		{[]float64{1, 0, 0, math.NaN()}, []float64{1, 1}, nil},
		{[]float64{1, math.Inf(1), math.Inf(1), 1}, []float64{1, 1}, nil},
		{[]float64{math.Inf(-1), 0, 0, 1}, []float64{1, 1}, nil},
	} {
		got := leastEigenvalue(c.d, c.units)
		if c.want == nil && !math.IsNaN(got) || c.want != nil && !(math.Abs(got-c.want[0]) < 1e-15) {
			t.Errorf("D = %v in units of %v: least eigenvalue %v, want %v", c.d, c.units, got, c.want)
		}
	}
}

// TestThermostatEnergy: the equations of motion of SGNHT have the invariant law
// with the energy (d/2)(ξ−A)², and not the one with (1/2d)(ξ−A)².
func TestThermostatEnergy(t *testing.T) {
	const d, a = 2, 0.7
	p := must(density.NewGaussian(make([]float64, d), mat.NewSymDense(d, []float64{1, 0.3, 0.3, 2})))
	energy := func(strength float64) density.Density {
		f, err := density.NewFunc(2*d+1,
			func(z []float64) float64 {
				off := z[2*d] - a
				return -p.LogProb(z[:d]) + (z[d]*z[d]+z[d+1]*z[d+1])/2 + strength*off*off/2
			},
			func(dst, z []float64) {
				p.ScoreInput(dst[:d], z[:d])
				dst[0], dst[1], dst[2], dst[3] = -dst[0], -dst[1], z[d], z[d+1]
				dst[2*d] = strength * (z[2*d] - a)
			})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	process := must(New(must(WithThermostat(p, a)), must(NoseHoover(d, a))))
	at := points(2*d+1, 10)
	right, err := FokkerPlanck(energy(d), process, at)
	if err != nil || !right.Holds() || right.Value > 1e-8 {
		t.Errorf("residual of (d/2)(ξ−A)² is %g, %v", right.Value, err)
	}
	wrong, err := FokkerPlanck(energy(1/float64(d)), process, at)
	if err != nil || wrong.Value < 0.3 {
		t.Errorf("residual of (1/2d)(ξ−A)² is %g, %v, want it far from zero", wrong.Value, err)
	}
	t.Logf("residual %.1e with d/2, %.2f with 1/2d", right.Value, wrong.Value)
}

// TestDerivedCorrection compares Γ by differences with Γ in closed form.
func TestDerivedCorrection(t *testing.T) {
	given, derived := NewFields(3, identity, turning, turningGamma), NewFields(3, identity, turning, nil)
	if given.Derived() || !derived.Derived() {
		t.Error("Derived does not tell which Γ is derived")
	}
	for _, z := range points(3, 20) {
		want, got := make([]float64, 3), make([]float64, 3)
		given.Correct(want, z)
		derived.Correct(got, z)
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-11 {
				t.Errorf("Γ_%d at %v is %.15g, want %.15g", i, z, got[i], want[i])
			}
		}
	}
	if u := derived.Uncertainty(); !(u > 0 && u < 1e-9) {
		t.Errorf("estimated error of Γ is %g, want it small and not zero", u)
	}
	if given.Uncertainty() != 0 {
		t.Error("a given Γ has an estimated error")
	}
	// The worst so far stays: the derivative of 1 + |x| at hand of its kink.
	kink := NewDiagonal(2, func(dst, x []float64) { dst[0], dst[1] = 1+math.Abs(x[0]), 1+x[1]*x[1] }, nil)
	dst := make([]float64, 2)
	kink.Correct(dst, []float64{1e-5, 1})
	before := kink.Uncertainty()
	kink.Correct(dst, []float64{5, 1})
	if before < 1e-5 || kink.Uncertainty() != before || !kink.Derived() {
		t.Errorf("estimated error of Γ is %g at a kink and %g afterwards", before, kink.Uncertainty())
	}
	smooth := NewDiagonal(2, func(dst, x []float64) { dst[0], dst[1] = 2+math.Sin(x[0]), 2+math.Cos(x[1]) }, nil)
	dst[0], dst[1] = 10, 20
	smooth.Correct(dst, []float64{0.4, 1.3})
	if math.Abs(dst[0]-10-math.Cos(0.4)) > 1e-11 || math.Abs(dst[1]-20+math.Sin(1.3)) > 1e-11 || !(smooth.Uncertainty() > 0 && smooth.Uncertainty() < 1e-9) {
		t.Errorf("10 and 20 with Γ are %v ± %g, want cos 0.4 and −sin 1.3 more", dst, smooth.Uncertainty())
	}
}

// TestSteepDerivative: where D varies fast or is not smooth, the uncertainty
// says so.
func TestSteepDerivative(t *testing.T) {
	kink := func(dst *mat.Dense, x []float64) { dst.Set(0, 0, 1+math.Abs(x[0])) }
	r, err := Check(must(density.NewNormal(0, 1)), NewFields(1, kink, nil, nil), [][]float64{{1e-5}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Residual.Uncertainty < 1e-3 && r.Err() == nil {
		t.Errorf("D with a kink at hand passes, with uncertainty %g", r.Residual.Uncertainty)
	}
}

func TestCheckRefuses(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	bad, err := density.NewFunc(1, func(x []float64) float64 { return 0 }, func(dst, x []float64) { dst[0] = math.Inf(1) })
	if err != nil {
		t.Fatal(err)
	}
	unknown := must(density.NewFunc(1, func(x []float64) float64 { return math.NaN() }, func(dst, x []float64) { dst[0] = x[0] }))
	for _, c := range []struct {
		p      density.Density
		g      Geometry
		points [][]float64
		want   string
	}{
		{p, naive(2), [][]float64{{1}}, "recipe: geometry has dimension 2, the density 1"},
		{p, naive(1), nil, "points are none"},
		{p, naive(1), [][]float64{{1, 2}}, "point 0 has length 2, the density dimension 1"},
		{bad, naive(1), [][]float64{{1}}, "point 0 = [1] has score[0] = -Inf, which is not finite"},
		{unknown, naive(1), [][]float64{{1}}, "log density at x = [1] is NaN"},
	} {
		if _, err := Check(c.p, c.g, c.points); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}

// TestCheckAtEveryScale: whatever the units of time and of z, a right recipe holds
// and a wrong one fails in the part that should. With z = ℓx the density of z has
// the score s(x)/ℓ, and D(x) of the unit time 1/c becomes cℓ²D(z/ℓ); likewise S. The
// second coordinate is in another unit than the first.
func TestCheckAtEveryScale(t *testing.T) {
	racetest.Sequential(t)
	d := func(x, y float64) [4]float64 { // row by row; neither constant nor diagonal
		return [4]float64{1 + x*x/2, 0.3 * math.Sin(y), 0.3 * math.Sin(y), 1.5 + math.Cos(x)/2}
	}
	gammaD := func(x, y float64) [2]float64 { return [2]float64{x + 0.3*math.Cos(y), 0} }
	s := func(x, y float64) float64 { return math.Sin(x) + y }
	gammaS := func(x, y float64) [2]float64 { return [2]float64{1, -math.Cos(x)} }

	for _, c := range []float64{1e-12, 1e-6, 1, 1e6, 1e12} {
		for _, l := range []float64{1e-12, 1e-5, 1, 1e5, 1e12} {
			for _, ratio := range []float64{1e-8, 1, 1e8} {
				unit := [2]float64{l, l * ratio}
				at := func(z []float64) (x, y float64) { return z[0] / unit[0], z[1] / unit[1] }
				potential := func(slip float64) density.Density {
					return must(density.NewFunc(2,
						func(z []float64) float64 {
							x, y := at(z)
							return x*x*x*x/4 + y*y/2 + 0.3*x*y + math.Cos(x+y)/2
						},
						func(dst, z []float64) {
							x, y := at(z)
							dst[0] = slip * (x*x*x + 0.3*y - math.Sin(x+y)/2) / unit[0]
							dst[1] = slip * (y + 0.3*x - math.Sin(x+y)/2) / unit[1]
						}))
				}
				// A recipe, with what multiplies one entry of D and the parts of Γ.
				build := func(asymmetry, diagonal, symmetric, ofD, ofS float64) Geometry {
					return NewFields(2,
						func(dst *mat.Dense, z []float64) {
							m := d(at(z))
							dst.Set(0, 0, c*unit[0]*unit[0]*m[0])
							dst.Set(0, 1, c*unit[0]*unit[1]*m[1]*asymmetry)
							dst.Set(1, 0, c*unit[0]*unit[1]*m[2])
							dst.Set(1, 1, c*unit[1]*unit[1]*m[3]*diagonal)
						},
						func(dst *mat.Dense, z []float64) {
							v := s(at(z))
							dst.Set(0, 1, c*unit[0]*unit[1]*v)
							dst.Set(1, 0, -c*unit[0]*unit[1]*v*symmetric)
						},
						func(dst, z []float64) {
							g, h := gammaD(at(z)), gammaS(at(z))
							for i := range dst {
								dst[i] = c * unit[i] * (ofD*g[i] + ofS*h[i])
							}
						})
				}
				var points [][]float64
				for _, x := range [][2]float64{{0.4, -0.7}, {-1.2, 0.3}, {1.5, 1.1}} {
					points = append(points, []float64{unit[0] * x[0], unit[1] * x[1]})
				}
				for _, w := range []struct {
					name string
					slip float64
					g    Geometry
					part func(r *Report) *Deviation
				}{
					{"right", 1, build(1, 1, 1, 1, 1), nil},
					{"no Γ of D", 1, build(1, 1, 1, 0, 1), func(r *Report) *Deviation { return &r.Correction }},
					{"no Γ of S", 1, build(1, 1, 1, 1, 0), func(r *Report) *Deviation { return &r.Residual }},
					{"−Γ", 1, build(1, 1, 1, -1, -1), func(r *Report) *Deviation { return &r.Residual }},
					{"Γ off by 10⁻⁶", 1, build(1, 1, 1, 1+1e-6, 1), func(r *Report) *Deviation { return &r.Correction }},
					{"D off symmetry by 10⁻⁶", 1, build(1+1e-6, 1, 1, 1, 1), func(r *Report) *Deviation { return &r.Symmetry }},
					{"D indefinite", 1, build(1, -1, 1, 1, 1), func(r *Report) *Deviation { return &r.Definite }},
					{"S off skewness by 10⁻⁶", 1, build(1, 1, 1+1e-6, 1, 1), func(r *Report) *Deviation { return &r.Skew }},
					{"−score", -1, build(1, 1, 1, 1, 1), func(r *Report) *Deviation { return &r.Score }},
					{"score off by 10⁻⁴", 1 + 1e-4, build(1, 1, 1, 1, 1), func(r *Report) *Deviation { return &r.Score }},
				} {
					r := must(Check(potential(w.slip), w.g, points))
					if w.part == nil {
						if err := r.Err(); err != nil {
							t.Errorf("time %g, length %g, ratio %g: %s: %v\n%v", 1/c, l, ratio, w.name, err, r)
						}
					} else if w.part(r).Holds() {
						t.Errorf("time %g, length %g, ratio %g: %s is not caught:\n%v", 1/c, l, ratio, w.name, r)
					}
				}
			}
		}
	}
}

// TestCheckSlowCoordinate: one coordinate is slower than the other by ten orders of
// magnitude. That its Γ lacks shows, as small as it is beside the terms of the other.
func TestCheckSlowCoordinate(t *testing.T) {
	p := must(density.Equicorrelated(2, 0, 1))
	for _, c := range []float64{1e-10, 1e10} {
		for _, other := range []float64{c, 1} {
			delta := func(dst, x []float64) { dst[0], dst[1] = c*(1+x[0]*x[0]), other }
			given := func(dst, x []float64) { dst[0] = 2 * c * x[0] }
			missing := func(dst, x []float64) {}
			if r := must(Check(p, NewDiagonal(2, delta, given), points(2, 5))); r.Err() != nil {
				t.Errorf("D = diag(%g(1 + x²), %g): %v", c, other, r.Err())
			}
			r := must(Check(p, NewDiagonal(2, delta, missing), points(2, 5)))
			if r.Correction.Holds() {
				t.Errorf("D = diag(%g(1 + x²), %g) without Γ holds:\n%v", c, other, r)
			}
			if c == other && r.Residual.Holds() {
				t.Errorf("D = diag(%g(1 + x²), %g) without Γ has a residual of %v", c, other, r.Residual)
			}
		}
	}
}

// TestCheckScore: with a slip in the sign of ∇U the process samples another density
// than LogProb's. The Fokker–Planck equation knows the score alone and holds.
func TestCheckScore(t *testing.T) {
	p := quartic(t)
	flipped := must(density.NewFunc(3,
		func(x []float64) float64 { return -p.LogProb(x) },
		func(dst, x []float64) { p.ScoreInput(dst, x) })) // ∇log p, where ∇U belongs
	r := must(Check(flipped, naive(3), points(3, 4)))
	var failed *CheckError
	if !errors.As(r.Err(), &failed) || failed.Part != "the difference of the score from ∇log p" || !r.Residual.Holds() {
		t.Errorf("a score of the wrong sign gives %v", r)
	}
	if got := r.String(); !strings.HasPrefix(got, "FAILS ") || strings.Count(got, "\n") != 7 || strings.Count(got, "holds") != 6 {
		t.Errorf("the report is\n%s", got)
	}
}

// TestNegativeDiagonal: the least eigenvalue of a D with a negative diagonal is told
// in units of that diagonal, although no noise has it.
func TestNegativeDiagonal(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 1))
	g := NewFields(2, func(dst *mat.Dense, _ []float64) { dst.Set(0, 0, -4); dst.Set(1, 1, 2) }, nil, nil)
	r := must(Check(p, g, [][]float64{{0.3, -0.2}}))
	if r.Definite.Value != 1 || r.Definite.Holds() || r.Noise.Holds() || !r.Symmetry.Holds() {
		t.Errorf("minus the least eigenvalue is %v, want 1:\n%v", r.Definite.Value, r)
	}
}
