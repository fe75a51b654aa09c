package olfaction

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/recipe"
	"natspike/pkg/stream"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// sniff returns the posterior of a sniff of one odour of n by m receptors, whose
// affinities are squares of normal numbers.
func sniff(m, n int, r0, lambda float64) *Posterior {
	rng := stream.New(1)
	a := mat.NewDense(m, n, nil)
	for i := range m {
		for j := range n {
			x := stream.Normal(rng)
			a.Set(i, j, x*x)
		}
	}
	c := make([]float64, n)
	c[0] = 5
	return must(Sniff(rng, a, c, r0, lambda))
}

func TestGradients(t *testing.T) {
	p := sniff(12, 4, 3, 0.5)
	points := [][]float64{{4, 0.3, 0.2, 0.4}, {5, 1, 0.7, 0.1}, {3, -0.1, 0.3, -0.2}}
	if err := density.CheckGradient(p, points); err != nil {
		t.Error(err)
	}
	positive := p.Positive()
	logs := [][]float64{{1.5, -1, -2, 0.1}, {1, 0, 0, 0}}
	if err := density.CheckGradient(positive, logs); err != nil {
		t.Error(err)
	}
	// The fast limit is Langevin dynamics in the metric of the circuit, and the
	// recipe's check holds it to leave the posterior invariant.
	for name, m := range map[string]metric.Metric{"naive": metric.Identity(4), "natural": must(p.Natural(0.1))} {
		if err := must(recipe.Check(p, recipe.Langevin(m), points)).Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := must(recipe.Check(positive, recipe.Langevin(m), logs)).Err(); err != nil {
			t.Errorf("%s, positive: %v", name, err)
		}
	}
}

// With fast projection neurons a step of the circuit is a step of ULA.
func TestFastLimit(t *testing.T) {
	p := sniff(12, 4, 3, 0.5)
	for _, positive := range []bool{false, true} {
		natural := must(p.Natural(0.5))
		s := must(NewCircuit(Config{Posterior: p, Metric: natural, TauE: 1e-9, TauI: 0.1, DT: 1e-4, Positive: positive}))
		var target density.Density = p
		if positive {
			target = p.Positive()
		}
		ula := must(mcmc.NewULA(target, make([]float64, 4), 1e-3, metric.Fixed(natural)))
		a, b, rng, other := make([]float64, 4), make([]float64, 4), stream.New(3), stream.New(3)
		for range 200 {
			s.Step(rng)
			ula.Step(other)
			s.Position(a)
			ula.Position(b)
			for j := range a {
				if positive {
					b[j] = math.Exp(b[j])
				}
				if math.Abs(a[j]-b[j]) > 1e-9*(1+math.Abs(b[j])) {
					t.Fatalf("positive %v: c = %v, want %v", positive, a, b)
				}
			}
		}
	}
}

// spread returns the variance of the concentration of one odour that many receptors
// with high rates see, and its standard error, from 100 batches.
func spread(tauE float64) (variance, se float64) {
	// One receptor with ρ̄ = 400 and A = 20 gives the posterior variance
	// ρ̄/A² = 1.
	p := must(NewPosterior(mat.NewDense(1, 1, []float64{20}), []float64{400}, 200, 0))
	s := must(NewCircuit(Config{Posterior: p, Metric: metric.Identity(1), TauE: tauE, TauI: 1, DT: 0.01}))
	rng, z := stream.New(2), make([]float64, 1)
	for range 2000 {
		s.Step(rng)
	}
	const batches, steps = 100, 20_000
	sum, square := 0.0, 0.0
	for range batches {
		v := 0.0
		for range steps {
			s.Step(rng)
			s.Position(z)
			v += (z[0] - 10) * (z[0] - 10) / steps
		}
		sum, square = sum+v, square+v*v
	}
	variance = sum / batches
	return variance, math.Sqrt((square/batches - variance*variance) / (batches - 1))
}

// A lag τ_E/ρ̄ of the projection neurons adds τ_E/(τ_I ρ̄) to the variance. The
// posterior's variance is 1, up to 1 % since counts are finite, Euler's step adds
// 0.5 %, and the lag adds ½ at τ_E = 200 τ_I. The bound of five standard errors and
// 2 % has a false-alarm rate below 1e-6. The law without the lag fails.
func TestLag(t *testing.T) {
	racetest.Sequential(t)
	fast, se := spread(1e-3)
	if math.Abs(fast-1) > 5*se+0.02 {
		t.Errorf("variance %.3f ± %.3f with fast projection neurons, want 1", fast, se)
	}
	slow, se2 := spread(200)
	t.Logf("variance %.3f ± %.3f fast, %.3f ± %.3f slow", fast, se, slow, se2)
	if math.Abs(slow-1.5) > 5*se2+0.03 {
		t.Errorf("variance %.3f ± %.3f with slow projection neurons, want 1.5", slow, se2)
	}
	if math.Abs(slow-1) < 5*se2+0.03 {
		t.Error("the lag cannot be seen: no power")
	}
}

// The natural metric makes the curvature of the posterior nearly the same in all
// directions where A alone gives it a wide spread.
func TestNatural(t *testing.T) {
	p := sniff(60, 6, 3, 0)
	b := metric.Matrix(must(p.Natural(1e-3)))
	rate := p.r0
	for _, s := range p.s {
		rate += s / float64(p.m)
	}
	var fisher, x, white mat.Dense
	a := mat.NewDense(p.m, p.n, p.a)
	fisher.Mul(a.T(), a)
	spread := func(m *mat.Dense) float64 {
		var e mat.EigenSym
		sym := mat.NewSymDense(p.n, nil)
		for i := range p.n {
			for j := i; j < p.n; j++ {
				sym.SetSym(i, j, m.At(i, j))
			}
		}
		e.Factorize(sym, false)
		v := e.Values(nil)
		return v[p.n-1] / v[0]
	}
	x.Mul(b.T(), &fisher)
	white.Mul(&x, b)
	if got, naive := spread(&white), spread(&fisher); got > 1.02 || naive < 5 {
		t.Errorf("condition number %.3f with the natural metric, %.3f without", got, naive)
	}
}

func TestContract(t *testing.T) {
	p := sniff(5, 3, 2, 0.3)
	for _, positive := range []bool{false, true} {
		samplertest.Contract(t, func() *Circuit {
			return must(NewCircuit(Config{Posterior: p, Metric: must(p.Natural(1)), TauE: 0.01, TauI: 0.1, DT: 1e-3, Positive: positive}))
		})
	}
	samplertest.Contract(t, func() *mcmc.ULA {
		return must(mcmc.NewULA(p.Positive(), make([]float64, 3), 1e-3, metric.Naive))
	})
}

func TestRefused(t *testing.T) {
	a, p := mat.NewDense(2, 3, []float64{1, 0, 1, 0, 1, 1}), sniff(3, 2, 1, 0)
	posterior := func(s []float64, r0, lambda float64) error { _, err := NewPosterior(a, s, r0, lambda); return err }
	circuit := func(c Config) error { _, err := NewCircuit(c); return err }
	smell := func(c ...float64) error { _, err := Sniff(stream.New(1), a, c, 1, 0); return err }
	for want, err := range map[string]error{
		"has 0.5 at 1, want a count from 0 to 10¹⁵": posterior([]float64{1, 0.5}, 1, 0),
		"has 1e+16 at 0":              posterior([]float64{1e16, 0}, 1, 0),
		"score without odours = +Inf": posterior([]float64{1, 0}, 1e-310, 0),
		"has -1 at 0":                 posterior([]float64{-1, 0}, 1, 0),
		"s ":                          posterior([]float64{1}, 1, 0),
		"r₀":                          posterior([]float64{1, 1}, 0, 0),
		"λ":                           posterior([]float64{1, 1}, 1, -1),
		"rate of receptor 0":          smell(-2, 0, 0),
		"c ":                          smell(1),
		"ε":                           func() error { _, err := p.Natural(0); return err }(),
		"Posterior is nil":            circuit(Config{}),
		"Metric is nil":               circuit(Config{Posterior: p}),
		"dimension 3":                 circuit(Config{Posterior: p, Metric: metric.Identity(3)}),
		"TauE":                        circuit(Config{Posterior: p, Metric: metric.Identity(2)}),
		"TauI":                        circuit(Config{Posterior: p, Metric: metric.Identity(2), TauE: 1}),
		"DT/TauE = +Inf":              circuit(Config{Posterior: p, Metric: metric.Identity(2), TauE: 1e-200, TauI: 1, DT: 1e200}),
		"2DT/TauI = +Inf":             circuit(Config{Posterior: p, Metric: metric.Identity(2), TauE: 1, TauI: 1e-308, DT: 1}),
		"want 0 to 10¹⁵":              smell(1e20, 0, 0),
		"DT":                          circuit(Config{Posterior: p, Metric: metric.Identity(2), TauE: 1, TauI: 1}),
	} {
		var bad *arg.Error
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an *arg.Error with %q", err, want)
		}
	}
	if p.LogProb([]float64{-100, -100}) != math.Inf(-1) {
		t.Error("a negative rate has a finite density")
	}
	if !strings.Contains(p.String(), "2 odours given 3 receptors") || p.Receptors() != 3 {
		t.Errorf("String = %q", p)
	}
	s := must(NewCircuit(Config{Posterior: p, Metric: metric.Identity(2), TauE: 1, TauI: 1, DT: 0.1}))
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"dst", func() { s.Position(nil) }},
		{"dst", func() { s.Projection(nil) }},
		{"c", func() { p.LogProb(nil) }},
		{"c", func() { p.ScoreInput(nil, nil) }},
		{"dst", func() { p.ScoreInput([]float64{1}, []float64{1, 1}) }},
		{"y", func() { p.Positive().LogProb(nil) }},
	} {
		func() {
			defer func() {
				if r := recover(); r != "olfaction: "+c.name+" has the wrong length" {
					t.Errorf("%s: panic %v", c.name, r)
				}
			}()
			c.f()
		}()
	}
	r := make([]float64, 3)
	if s.Projection(r); r[0] != p.s[0]/p.Rate(0, []float64{0, 0}) {
		t.Errorf("r = %v at the start", r)
	}
}

// A step that is far too long takes the circuit out of the support, and it says so. A
// positive circuit cannot leave it.
func TestSupport(t *testing.T) {
	p := sniff(12, 4, 3, 0.5)
	for _, positive := range []bool{false, true} {
		s := must(NewCircuit(Config{Posterior: p, Metric: metric.Identity(4), TauE: 1e-3, TauI: 1e-3, DT: 1e-3, Positive: positive}))
		rng := stream.New(1)
		for range 1000 {
			s.Step(rng)
		}
		var w *SupportWarning
		for _, err := range s.Warnings() {
			if !errors.As(err, &w) || w.Steps != 1000 || w.Outside < 1 || !strings.Contains(err.Error(), "of 1000 steps") {
				t.Errorf("warning %v", err)
			}
		}
		if (w != nil) == positive {
			t.Errorf("positive %v: warnings %v", positive, s.Warnings())
		}
	}
	if score := p.ScoreInput(nil, []float64{-100, 0, 0, 0}); !math.IsNaN(score[0]) {
		t.Errorf("score %v outside the support", score)
	}
}
