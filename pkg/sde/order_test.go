package sde

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// geometric is geometric Brownian motion dx = μx dt + σx dW, whose solution is
// x(t) = x(0) exp[(μ − σ²/2)t + σW(t)].
type geometric struct{ mu, sigma float64 }

func (geometric) Dims() (state, noise int)        { return 1, 1 }
func (g geometric) Drift(dst, x []float64)        { dst[0] = g.mu * x[0] }
func (g geometric) AddNoise(dst, x, dw []float64) { dst[0] += g.sigma * x[0] * dw[0] }
func (g geometric) solution(x0, t, w float64) float64 {
	return x0 * math.Exp((g.mu-g.sigma*g.sigma/2)*t+g.sigma*w)
}

// well is dx = (x − x³) dt + ½ dW: additive noise, a drift that is not linear.
type well struct{}

func (well) Dims() (state, noise int)      { return 1, 1 }
func (well) Drift(dst, x []float64)        { dst[0] = x[0] - x[0]*x[0]*x[0] }
func (well) AddNoise(dst, x, dw []float64) { dst[0] += 0.5 * dw[0] }

// rates are the errors of one stepper at three step lengths, h, h/2 and h/4, on the same
// Brownian paths over unit time.
type rates struct {
	strong, strongSE [3]float64 // root mean square of x_h(1) − x(1)
	weak, weakSE     [3]float64 // mean of x_h(1)² − x(1)²
}

// measure integrates many paths with each step length and with a reference: the
// solution in closed form if exact is not nil, otherwise stochastic Heun at
// h/64. Sharing the Brownian path makes the weak error's standard error small.
func measure(p Process, stepper func(Process) Stepper, x0 float64, coarse, paths int, exact func(w float64) float64) (e rates) {
	const perCoarse = 64
	fine := coarse * perCoarse
	rng := stream.New(7)
	increments := make([]float64, fine)
	steppers := [3]Stepper{stepper(p), stepper(p), stepper(p)}
	reference := NewHeun(p)
	var sum2, sum4, diff, diff2 [3]float64
	x, dw := make([]float64, 1), make([]float64, 1)
	integrate := func(s Stepper, every int) float64 {
		x[0] = x0
		for i := 0; i < fine; i += every {
			dw[0] = 0
			for _, d := range increments[i : i+every] {
				dw[0] += d
			}
			s.Advance(x, dw, float64(every)/float64(fine))
		}
		return x[0]
	}
	for range paths {
		stream.Normals(rng, increments)
		w := 0.0
		for i := range increments {
			increments[i] /= math.Sqrt(float64(fine))
			w += increments[i]
		}
		var truth float64
		if exact != nil {
			truth = exact(w)
		} else {
			truth = integrate(reference, 1)
		}
		for level := range 3 {
			y := integrate(steppers[level], perCoarse>>level)
			d := (y - truth) * (y - truth)
			sum2[level] += d
			sum4[level] += d * d
			q := y*y - truth*truth
			diff[level] += q
			diff2[level] += q * q
		}
	}
	n := float64(paths)
	for level := range 3 {
		m := sum2[level] / n
		e.strong[level] = math.Sqrt(m)
		e.strongSE[level] = math.Sqrt((sum4[level]/n-m*m)/n) / (2 * e.strong[level])
		m = diff[level] / n
		e.weak[level] = math.Abs(m)
		e.weakSE[level] = math.Sqrt((diff2[level]/n - m*m) / n)
	}
	return e
}

// slope is the order of convergence between the first and the last level, with
// the standard error that the errors' own imply (delta method).
func slope(err, se [3]float64) (order, stderr float64) {
	return math.Log2(err[0]/err[2]) / 2, math.Hypot(se[0]/err[0], se[2]/err[2]) / (2 * math.Ln2)
}

// TestOrders measures each stepper's strong and weak order. The tolerance is
// five standard errors, printed with -v, and 0.15 for the next power of h, which
// the finite steps leave. The last rows are the negative controls: an order that
// the stepper does not have must be rejected. Heun's weak error is too small to
// measure so; TestWeakOrderOfOneStep computes it.
func TestOrders(t *testing.T) {
	racetest.Sequential(t)
	gbm := geometric{mu: 0.5, sigma: 0.6}
	solution := func(w float64) float64 { return gbm.solution(1, 1, w) }
	euler := func(p Process) Stepper { return NewEulerMaruyama(p) }
	heun := func(p Process) Stepper { return NewHeun(p) }
	gbmEuler := measure(gbm, euler, 1, 8, 20_000, solution)
	wellEuler := measure(well{}, euler, 1.5, 8, 4000, nil)
	wellHeun := measure(well{}, heun, 1.5, 8, 4000, nil)
	for _, c := range []struct {
		name    string
		err, se [3]float64
		order   float64
		holds   bool
	}{
		{"Euler–Maruyama, multiplicative noise, strong", gbmEuler.strong, gbmEuler.strongSE, 0.5, true},
		{"Euler–Maruyama, multiplicative noise, weak", gbmEuler.weak, gbmEuler.weakSE, 1, true},
		{"Euler–Maruyama, additive noise, strong", wellEuler.strong, wellEuler.strongSE, 1, true},
		{"Euler–Maruyama, additive noise, weak", wellEuler.weak, wellEuler.weakSE, 1, true},
		{"Heun, additive noise, strong", wellHeun.strong, wellHeun.strongSE, 1, true},
		{"control: Euler–Maruyama, multiplicative noise, strong order 1", gbmEuler.strong, gbmEuler.strongSE, 1, false},
		{"control: Euler–Maruyama, additive noise, weak order 2", wellEuler.weak, wellEuler.weakSE, 2, false},
	} {
		order, se := slope(c.err, c.se)
		t.Logf("%s: order %.3f ± %.3f, want %v; errors %.2g", c.name, order, se, c.order, c.err)
		if holds := math.Abs(order-c.order) < 0.15+5*se; holds != c.holds {
			t.Errorf("%s: order %.3f ± %.3f against %v: accepted is %v, want %v", c.name, order, se, c.order, holds, c.holds)
		}
		if se > 0.1 {
			t.Errorf("%s: the standard error %.3f of the order is too large to tell", c.name, se)
		}
	}
}

// TestWeakOrderOfOneStep compares E[x_h²] after one step with the expansion of
// the solution, f + hLf + h²/2 L²f with L = b d/dx + ½σ² d²/dx², for the well:
//
//	Lx² = 2x² − 2x⁴ + 1/4,  L²x² = (x − x³)(4x − 8x³) + (4 − 24x²)/8.
//
// The expectation over the Gaussian increment is a polynomial of degree six,
// exact by a five-point Gauss–Hermite rule. One step of a scheme of weak order p
// is wrong by O(h^{p+1}).
func TestWeakOrderOfOneStep(t *testing.T) {
	nodes := [5]float64{-2.8569700138728056, -1.355626179974266, 0, 1.355626179974266, 2.8569700138728056}
	weights := [5]float64{0.011257411327720689, 0.2220759220056126, 0.5333333333333333, 0.2220759220056126, 0.011257411327720689}
	const x0 = 1.3
	localError := func(s Stepper, h float64) float64 {
		mean := 0.0
		for i, xi := range nodes {
			x := []float64{x0}
			s.Advance(x, []float64{math.Sqrt(h) * xi}, h)
			mean += weights[i] * x[0] * x[0]
		}
		x2 := x0 * x0
		first := 2*x2 - 2*x2*x2 + 0.25
		second := x2*(1-x2)*(4-8*x2) + (4-24*x2)/8
		return math.Abs(mean - (x2 + h*first + h*h/2*second))
	}
	for _, c := range []struct {
		name    string
		stepper Stepper
		order   float64
	}{{"Euler–Maruyama", NewEulerMaruyama(well{}), 1}, {"Heun", NewHeun(well{}), 2}} {
		const h = 1e-3
		order := math.Log2(localError(c.stepper, h)/localError(c.stepper, h/2)) - 1
		t.Logf("%s: weak order %.4f", c.name, order)
		if math.Abs(order-c.order) > 0.01 {
			t.Errorf("%s: weak order %.4f, want %v", c.name, order, c.order)
		}
	}
}

// TestLimit checks that what the steppers converge to is the solution: over
// unit time and 4096 steps the strong error against the closed form is what the
// order leaves, and the control, the Stratonovich solution, is far away.
func TestLimit(t *testing.T) {
	gbm := geometric{mu: 0.5, sigma: 0.6}
	const steps, paths = 4096, 100
	rng := stream.New(11)
	var toIto, toStratonovich float64
	for range paths {
		s := NewEulerMaruyama(gbm)
		x, dw, w := []float64{1}, []float64{0}, 0.0
		for range steps {
			dw[0] = stream.Normal(rng) / 64 // √(1/4096)
			w += dw[0]
			s.Advance(x, dw, 1.0/steps)
		}
		toIto += math.Pow(x[0]-gbm.solution(1, 1, w), 2) / paths
		toStratonovich += math.Pow(x[0]-gbm.solution(1, 1, w)*math.Exp(0.18), 2) / paths
	}
	if r := math.Sqrt(toIto); r > 0.03 {
		t.Errorf("strong error with 4096 steps is %.4f, want below 0.03", r)
	}
	if r := math.Sqrt(toStratonovich); r < 0.2 {
		t.Errorf("distance to the Stratonovich solution is %.4f: the test could not tell the two", r)
	}
}

func TestAdvanceAllocatesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	ou := testOU(t)
	exact, err := NewExact(ou, []float64{1, 2}, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	euler, _ := NewPath(NewEulerMaruyama(ou), []float64{1, 2}, 0.1)
	heun, _ := NewPath(NewHeun(ou), []float64{1, 2}, 0.1)
	dst := make([]float64, 2)
	for name, s := range map[string]interface {
		Step(*rand.Rand)
		Position([]float64)
	}{"Exact": exact, "Euler–Maruyama": euler, "Heun": heun} {
		if n := testing.AllocsPerRun(100, func() { s.Step(rng); s.Position(dst) }); n != 0 {
			t.Errorf("%s: Step and Position allocate %v times", name, n)
		}
	}
}

func BenchmarkEulerMaruyama(b *testing.B) { benchmarkPath(b, NewEulerMaruyama(well{})) }
func BenchmarkHeun(b *testing.B)          { benchmarkPath(b, NewHeun(well{})) }

func benchmarkPath(b *testing.B, s Stepper) {
	p, _ := NewPath(s, []float64{1}, 0.01)
	rng := stream.New(1)
	for range b.N {
		p.Step(rng)
	}
}
