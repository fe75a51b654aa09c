package recipe

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
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
	p := quartic(t)
	const d, a = 3, 0.7
	phase := must(WithMomentum(p, nil))
	heavy := must(WithMomentum(p, mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3})))
	warm := must(WithThermostat(p, a))
	sigma := must(density.NewGaussian(make([]float64, 3), mat.NewSymDense(3, []float64{1, 0.5, 0.2, 0.5, 2, 0, 0.2, 0, 0.5})))
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
		{"Langevin", p, Langevin(d), ""},
		{"Langevin, noise 10 % too small", p, altered{Langevin(d), nil, 0.9}, "Skew"},
		{"natural gradient", p, Natural(sigma), ""},
		{"natural gradient, with a drift of its own", p, altered{Natural(sigma), func(g []float64) { g[0] = 0.1 }, 0}, "Correction"},
		{"constant D and S", p, must(NewConstant(friction, skew)), ""},
		{"irreversible", p, must(NewConstant(nil, skew)), ""},
		{"irreversible J(z), Γ derived", p, NewFields(d, identity, turning, nil), ""},
		{"irreversible J(z), Γ given", p, NewFields(d, identity, turning, turningGamma), ""},
		{"irreversible J(z), without Γ", p, NewFields(d, identity, turning, func(_, _ []float64) {}), "Correction"},
		{"SGRLD", p, NewRiemannian(d, inverseMetric, nil), ""},
		{"SGRLD, −Γ", p, altered{NewRiemannian(d, inverseMetric, nil), negative, 0}, "Correction"},
		{"SGRLD, without Γ", p, altered{NewRiemannian(d, inverseMetric, nil), none, 0}, "Correction"},
		{"Riemannian and irreversible", p, NewFields(d, inverseMetric, turning, nil), ""},
		{"diagonal", p, NewDiagonal(d, diagonal, nil), ""},
		{"diagonal, −Γ", p, altered{NewDiagonal(d, diagonal, nil), negative, 0}, "Correction"},
		{"HMC", phase, Hamiltonian(d), ""},
		{"HMC with a mass matrix", heavy, Hamiltonian(d), ""},
		{"HMC, noise", phase, altered{Underdamped(d, 1), nil, 1.2}, "Skew"},
		{"underdamped", heavy, Underdamped(d, 1.3), ""},
		{"SGHMC, friction matrix", heavy, must(Friction(friction)), ""},
		{"SGNHT", warm, NoseHoover(d, a), ""},
		{"SGNHT, without Γ", warm, altered{NoseHoover(d, a), none, 0}, "Correction"},
		{"SGNHT, another A in D than in H", warm, NoseHoover(d, 2*a), ""},
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
		t.Logf("%-42s residual %8.1e (± %.0e, of %.0f), Γ off by %.1e", c.name, r.Residual.Value, r.Residual.Uncertainty, r.Residual.Scale, r.Correction.Value)
		parts := map[string]*Deviation{
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
		if parts[c.part].ok() {
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
	process := must(New(unit, Langevin(1)))
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
	process := must(New(must(WithThermostat(p, a)), NoseHoover(d, a)))
	at := points(2*d+1, 10)
	right, err := FokkerPlanck(energy(d), process, at)
	if err != nil || !right.ok() || right.Value > 1e-8 {
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
	for _, c := range []struct {
		p      density.Density
		g      Geometry
		points [][]float64
		want   string
	}{
		{p, Langevin(2), [][]float64{{1}}, "geometry has dimension 2, the density 1"},
		{p, Langevin(1), nil, "no points"},
		{p, Langevin(1), [][]float64{{1, 2}}, "point 0 has length 2"},
		{bad, Langevin(1), [][]float64{{1}}, "not finite"},
	} {
		if _, err := Check(c.p, c.g, c.points); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error is %v, want one with %q", err, c.want)
		}
	}
}
