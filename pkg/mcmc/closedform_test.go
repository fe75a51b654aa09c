package mcmc

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// fixed returns the geometry that is m.
func fixed(m metric.Metric, err error) metric.Geometry { return metric.Fixed(must(m, err)) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A linear kernel takes z to Fz + Gξ, ξ ~ N(0, I).
type linear struct{ f, g *mat.Dense }

// probe finds F and G of a kernel on a Gaussian with mean zero, z = (x, w), by one
// step from each unit vector without noise, and one from zero with each unit
// noise.
func probe(s *momentumKernel, advance func()) linear {
	d, n, m := len(s.x), len(s.x)+len(s.w), len(s.xi)
	k := linear{mat.NewDense(n, n, nil), mat.NewDense(n, m, nil)}
	clear(s.x)
	clear(s.w)
	clear(s.xi)
	step := func(to *mat.Dense, j int, from []float64, i int) {
		from[i] = 1
		advance()
		for i, v := range s.x {
			to.Set(i, j, v)
		}
		for i, v := range s.w {
			to.Set(d+i, j, v)
		}
		clear(s.x)
		clear(s.w)
		clear(s.xi)
	}
	for j := range d {
		step(k.f, j, s.x, j)
	}
	for j := range s.w {
		step(k.f, d+j, s.w, j)
	}
	for j := range m {
		step(k.g, j, s.xi, j)
	}
	return k
}

// stationary returns the C with C = FCFᵀ + GGᵀ.
func (k linear) stationary() *mat.Dense { return k.after(40) }

// after returns the covariance after 2^doublings steps from zero.
func (k linear) after(doublings int) *mat.Dense {
	var f, c mat.Dense
	f.CloneFrom(k.f)
	c.Mul(k.g, k.g.T())
	for range doublings {
		var fc, fcf, ff mat.Dense
		fc.Mul(&f, &c)
		fcf.Mul(&fc, f.T())
		c.Add(&c, &fcf)
		ff.Mul(&f, &f)
		f.CloneFrom(&ff)
	}
	return &c
}

// seOfSquare returns the standard error of the mean of z_i² over the draws of a
// stationary chain: Cov(z_i(0)², z_i(t)²) = 2 Cov(z_i(0), z_i(t))².
func (k linear) seOfSquare(i, draws int) float64 {
	var c mat.Dense
	c.CloneFrom(k.stationary())
	sum := -2 * c.At(i, i) * c.At(i, i)
	for range 20_000 {
		sum += 4 * c.At(i, i) * c.At(i, i)
		var next mat.Dense
		next.Mul(k.f, &c)
		c.CloneFrom(&next)
		if mat.Norm(&c, 2) < 1e-9 {
			break
		}
	}
	return math.Sqrt(sum / float64(draws))
}

func mode(omega float64) *density.Gaussian {
	return must(density.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{1 / (omega * omega)})))
}

// bias is a closed form of the stationary law of a mode of frequency ω under a
// scheme with step h: ω²⟨x²⟩ and ⟨v²⟩, NaN where there is none.
type bias struct {
	name   string
	xx, vv func(h, omega, gamma float64) float64
	start  func(p density.Density, h, gamma float64) (*momentumKernel, func(), Sampler)
}

func biases() []bias {
	one := func(h, omega, gamma float64) float64 { return 1 }
	none := func(h, omega, gamma float64) float64 { return math.NaN() }
	wide := func(h, omega, gamma float64) float64 { return 1 / (1 - h*h*omega*omega/4) }
	split := func(s Splitting) func(density.Density, float64, float64) (*momentumKernel, func(), Sampler) {
		return func(p density.Density, h, gamma float64) (*momentumKernel, func(), Sampler) {
			u := must(NewUnderdamped(p, make([]float64, p.Dim()), h, metric.Naive, UnderdampedConfig{Friction: gamma, Splitting: s}))
			return &u.momentumKernel, func() { u.stale = true; u.advance() }, u
		}
	}
	return []bias{
		{"BAOAB", one, func(h, omega, gamma float64) float64 { return 1 - h*h*omega*omega/4 }, split(BAOAB)},
		{"ABOBA", one, wide, split(ABOBA)},
		{"OBABO", wide, one, split(OBABO)},
		{"SGHMC", func(h, omega, gamma float64) float64 { return 1 / (1 - h*h*omega*omega/(2*(2-gamma*h))) }, none,
			func(p density.Density, h, gamma float64) (*momentumKernel, func(), Sampler) {
				s := must(NewSGHMC(p, make([]float64, p.Dim()), h, metric.Naive, SGHMCConfig{Friction: gamma}))
				return &s.momentumKernel, s.advance, s
			}},
	}
}

// TestClosedFormsOfALinearKernel compares the closed forms with the stationary
// covariance of the kernel itself, which is the solution of a linear equation:
// no random numbers.
func TestClosedFormsOfALinearKernel(t *testing.T) {
	for _, b := range biases() {
		for _, c := range []struct{ h, omega, gamma float64 }{{0.1, 1, 2}, {0.5, 1, 0.3}, {0.5, 3, 1}, {1.2, 1, 0.7}, {0.02, 20, 40}} {
			s, advance, _ := b.start(mode(c.omega), c.h, c.gamma)
			cov := probe(s, advance).stationary()
			xx, vv := c.omega*c.omega*cov.At(0, 0), cov.At(1, 1)
			if want := b.xx(c.h, c.omega, c.gamma); math.Abs(xx-want) > 1e-10*want {
				t.Errorf("%s, %+v: ω²⟨x²⟩ = %.13f, want %.13f", b.name, c, xx, want)
			}
			if want := b.vv(c.h, c.omega, c.gamma); math.Abs(vv-want) > 1e-10*want {
				t.Errorf("%s, %+v: ⟨v²⟩ = %.13f, want %.13f", b.name, c, vv, want)
			}
		}
	}
	// UBU has no closed form as short: at hω = 0.5 and γ = 2 it is 0.959.
	u := must(NewUnderdamped(mode(1), []float64{0}, 0.5, metric.Naive, UnderdampedConfig{Friction: 2, Splitting: UBU}))
	cov := probe(&u.momentumKernel, func() { u.stale = true; u.advance() }).stationary()
	if xx := cov.At(0, 0); math.Abs(xx-0.959) > 5e-4 {
		t.Errorf("UBU: ω²⟨x²⟩ = %.5f, want 0.959", xx)
	}
}

// TestClosedFormsByRunning runs the kernels, with their random numbers, and
// compares the mean of x² and v² with the closed forms, within five of their
// standard errors, which are known (seven comparisons, false alarm 4e-6). The
// control is the law of the continuous dynamics, ω²⟨x²⟩ = ⟨v²⟩ = 1, where the
// closed form is another, and elsewhere what a bias of h²ω²/4 would make of it:
// it has to be rejected.
func TestClosedFormsByRunning(t *testing.T) {
	racetest.Sequential(t)
	const h, omega, gamma, draws = 0.4, 2.0, 1.5, 200_000
	for _, b := range biases() {
		p := mode(omega)
		w, advance, _ := b.start(p, h, gamma)
		k := probe(w, advance)
		_, _, s := b.start(p, h, gamma)
		v := make([]float64, 1)
		var xx, vv float64
		for _, x := range Draws(s, stream.New(4), Plan{BurnIn: 200, Draws: draws}) {
			s.(interface{ Velocity([]float64) }).Velocity(v)
			xx += omega * omega * x[0] * x[0] / draws
			vv += v[0] * v[0] / draws
		}
		for _, c := range []struct {
			name          string
			got, want, se float64
		}{
			{"ω²⟨x²⟩", xx, b.xx(h, omega, gamma), omega * omega * k.seOfSquare(0, draws)},
			{"⟨v²⟩", vv, b.vv(h, omega, gamma), k.seOfSquare(1, draws)},
		} {
			if math.IsNaN(c.want) {
				continue
			}
			z := (c.got - c.want) / c.se
			t.Logf("%s: %s = %.4f, closed form %.4f, z = %+.1f", b.name, c.name, c.got, c.want, z)
			if math.Abs(z) > 5 {
				t.Errorf("%s: %s = %.4f, want %.4f: z = %.1f", b.name, c.name, c.got, c.want, z)
			}
			other := 1.0
			if c.want == 1 {
				other = 1 / (1 - h*h*omega*omega/4)
			}
			if control := (c.got - other) / c.se; math.Abs(control) < 5 {
				t.Errorf("%s: %s = %.4f is as good as %.4f (z = %.1f): no power", b.name, c.name, c.got, other, control)
			}
		}
	}
}

// momentumKernels are the linear kernels with momenta: each makes one for p and
// returns the part that probe needs.
func momentumKernels(h, gamma float64) map[string]func(p density.Density, g metric.Geometry) (*momentumKernel, func()) {
	kernels := map[string]func(p density.Density, g metric.Geometry) (*momentumKernel, func()){
		"SGHMC": func(p density.Density, g metric.Geometry) (*momentumKernel, func()) {
			s := must(NewSGHMC(p, make([]float64, p.Dim()), h, g, SGHMCConfig{Friction: gamma}))
			return &s.momentumKernel, s.advance
		},
	}
	for _, word := range []Splitting{BAOAB, OBABO, ABOBA, UBU} {
		kernels[string(word)] = func(p density.Density, g metric.Geometry) (*momentumKernel, func()) {
			u := must(NewUnderdamped(p, make([]float64, p.Dim()), h, g, UnderdampedConfig{Friction: gamma, Splitting: word}))
			return &u.momentumKernel, func() { u.stale = true; u.advance() }
		}
	}
	return kernels
}

// TestMassMatrixIsAChangeOfBasis: with D = Σ every mode behaves as the unit mode
// does under D = I, so that the stationary covariance is Σ times a number. It
// depends on D alone: the roots below are symmetric, triangular and wide. The
// control is the wide root with one column less.
func TestMassMatrixIsAChangeOfBasis(t *testing.T) {
	const d, h, gamma = 3, 0.6, 2
	diagonal, low := []float64{0.5, 1.2, 0.3}, mat.NewDense(d, 2, []float64{0.7, 0, 0.6, -0.8, 0.2, 0.4})
	wide := must(metric.DiagonalPlusLowRank(diagonal, low))
	short := must(metric.DiagonalPlusLowRank(diagonal, low.Slice(0, d, 0, 1)))
	sigma := metric.Diffusion(wide)
	p := must(density.NewGaussian(make([]float64, d), sigma))
	for name, kernel := range momentumKernels(h, gamma) {
		scale := probe(kernel(mode(1), metric.Naive)).stationary().At(0, 0)
		var want mat.Dense
		want.Scale(scale, sigma)
		covariance := func(g metric.Geometry) mat.Matrix {
			return probe(kernel(p, g)).stationary().Slice(0, d, 0, d)
		}
		for _, g := range []metric.Geometry{metric.Natural, fixed(metric.Dense(sigma)), metric.Fixed(wide), fixed(metric.Root(metric.Matrix(wide)))} {
			if cov := covariance(g); !mat.EqualApprox(cov, &want, 1e-11) {
				t.Errorf("%s, %v: covariance is\n%v\nwant\n%v", name, g, mat.Formatted(cov), mat.Formatted(&want))
			}
		}
		// BAOAB and ABOBA have the covariance of x right for any D.
		if cov := covariance(metric.Fixed(short)); (name == "BAOAB" || name == "ABOBA") != mat.EqualApprox(cov, &want, 1e-3) {
			t.Errorf("%s with another D: covariance is\n%v\nwith D = Σ it is\n%v", name, mat.Formatted(cov), mat.Formatted(&want))
		}
	}
}

// TestLowRankMetric: with D = UUᵀ of rank 2 in four dimensions a chain from 0
// stays in the range of U, x = Uy, where p is the Gaussian of y with precision
// UᵀPU. BAOAB has that covariance exactly, U(UᵀPU)⁻¹Uᵀ, ULA inflated by its step,
// and MALA keeps to the plane. The control is the covariance of p.
func TestLowRankMetric(t *testing.T) {
	const d, h = 4, 0.3
	g, _, _ := correlated(t)
	p := must(density.NewGaussian(make([]float64, d), mustCovariance(g)))
	u := mat.NewDense(d, 2, []float64{1, 0, 0.5, 1, -1, 0.3, 0, 0.7})
	low := fixed(metric.LowRank(u))
	var precision mat.SymDense
	p.Precision(&precision)
	var inner, inverse, plane mat.Dense
	inner.Product(u.T(), &precision, u)
	if err := inverse.Inverse(&inner); err != nil {
		t.Fatal(err)
	}
	plane.Product(u, &inverse, u.T())

	exact := momentumKernels(h, 1.3)["BAOAB"]
	// Off the plane nothing decays, and rounding errors would pile up.
	if cov := probe(exact(p, low)).after(10).Slice(0, d, 0, d); !mat.EqualApprox(cov, &plane, 1e-11) {
		t.Errorf("BAOAB: covariance is\n%v\nwant\n%v", mat.Formatted(cov), mat.Formatted(&plane))
	} else if mat.EqualApprox(cov, mustCovariance(g), 1e-2) {
		t.Error("the covariance in the plane is that of p: no control")
	}

	// The components of x along the two normals of the plane.
	var svd mat.SVD
	if !svd.Factorize(u, mat.SVDFull) {
		t.Fatal("no singular values")
	}
	var left mat.Dense
	svd.UTo(&left)
	normals := left.Slice(0, d, 2, d)
	for name, s := range map[string]Sampler{
		"ULA":  must(NewULA(p, make([]float64, d), h, low)),
		"MALA": must(NewMALA(p, make([]float64, d), h, low)),
		"HMC":  must(NewHMC(p, make([]float64, d), h, low, HMCConfig{LeapfrogSteps: 3})),
		"NUTS": must(NewNUTS(p, make([]float64, d), h, low)),
	} {
		for i, x := range Draws(s, stream.New(1), Plan{Draws: 200}) {
			var off mat.VecDense
			off.MulVec(normals.T(), mat.NewVecDense(d, x))
			if mat.Norm(&off, 2) > 1e-12 {
				t.Fatalf("%s: draw %d is %v away from the plane", name, i, mat.Norm(&off, 2))
			}
		}
	}
}

func mustCovariance(g *density.Gaussian) *mat.SymDense {
	var c mat.SymDense
	g.CovarianceMatrix(&c)
	return &c
}

// TestSplittingOrder: the covariance of a palindromic splitting is off by h²,
// and by h for a word that is not the same backwards.
func TestSplittingOrder(t *testing.T) {
	p := must(density.NewGaussian(make([]float64, 2), mat.NewSymDense(2, []float64{1, 0.3, 0.3, 0.5})))
	for _, c := range []struct {
		s     Splitting
		order float64
	}{{"OABAO", 2}, {"BAOAB", 2}, {"OBABO", 2}, {"UBU", 2}, {"BUB", 2}, {"BAO", 1}, {"AOB", 1}, {"UB", 1}} {
		off := func(h float64) float64 { // of the whole covariance, of x and v
			u := must(NewUnderdamped(p, make([]float64, 2), h, metric.Naive, UnderdampedConfig{Friction: 1.3, Splitting: c.s}))
			cov := probe(&u.momentumKernel, func() { u.stale = true; u.advance() }).stationary()
			var sigma mat.SymDense
			p.CovarianceMatrix(&sigma)
			for i := range 2 {
				for j := range 2 {
					cov.Set(i, j, cov.At(i, j)-sigma.At(i, j))
				}
				cov.Set(2+i, 2+i, cov.At(2+i, 2+i)-1)
			}
			return mat.Norm(cov, 2)
		}
		if order := math.Log2(off(0.02) / off(0.01)); math.Abs(order-c.order) > 0.05 {
			t.Errorf("%s: bias is of order %.2f, want %v", c.s, order, c.order)
		}
	}
}

// TestUAgainstAO: the flow U in one step is the limit of many steps of AO.
func TestUAgainstAO(t *testing.T) {
	const h, gamma = 0.7, 1.9
	_, free, err := UBU.parts(2*h, gamma) // U runs for half of that
	if err != nil || free != 4 {
		t.Fatal(free, err)
	}
	parts, _, _ := UBU.parts(2*h, gamma)
	u := parts[0]
	// Mean and covariance after many small steps of dx = w dt, dw = −γw dt + √(2γ) dW.
	const steps = 200_000
	const dt = h / steps
	mx, mw, xx, xw, ww := 0.0, 1.0, 0.0, 0.0, 0.0
	for range steps { // second order: the trapezoid on the moments
		eta := math.Exp(-gamma * dt)
		mx += dt / 2 * mw
		xx += dt*xw + dt*dt/4*ww
		xw += dt / 2 * ww
		mw *= eta
		xw *= eta
		ww = eta*eta*ww + 1 - eta*eta
		mx += dt / 2 * mw
		xx += dt*xw + dt*dt/4*ww
		xw += dt / 2 * ww
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"decay", u.decay, mw}, {"glide", u.glide, mx}, {"variance of w", u.spread * u.spread, ww},
		{"covariance", u.spread * u.shared, xw}, {"variance of x", u.shared*u.shared + u.own*u.own, xx},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s of U is %.12f, want %.12f", c.name, c.got, c.want)
		}
	}
	for _, v := range []float64{1e-8, 1e-3, 0.1, 0.4999, 0.5001, 3} { // both branches of the functions
		if e := expm1(-v); math.Abs(e-math.Expm1(-v)) > 2e-15*v {
			t.Errorf("expm1(%g) = %g, want %g", -v, e, math.Expm1(-v))
		}
		series := v * v * v * (2.0/3 - v/2 + 7*v*v/30 - v*v*v/12)
		if d := displacement(v); v < 0.01 && math.Abs(d-series) > 1e-9*series {
			t.Errorf("displacement(%g) = %g, want %g", v, d, series)
		}
	}
	if a, b := displacement(0.5), displacement(0.5+1e-12); math.Abs(a-b) > 1e-11 {
		t.Errorf("displacement jumps by %g between its branches", b-a)
	}
}

// TestUnderdampedBestFriction: the slowest decay of a step of BAOAB is that of
// the continuous dynamics, γ/2 below γ = 2ω and (γ − √(γ²−4ω²))/2 above, up to
// h², and is fastest at γ = 2ω_min.
func TestUnderdampedBestFriction(t *testing.T) {
	const h = 0.01
	omegas := []float64{1, 2}
	p := must(density.NewGaussian(make([]float64, 2), mat.NewSymDense(2, []float64{1, 0, 0, 0.25})))
	best, at := 0.0, 0.0
	for gamma := 0.2; gamma < 6; gamma += 0.1 {
		u := must(NewUnderdamped(p, make([]float64, 2), h, metric.Naive, UnderdampedConfig{Friction: gamma, Splitting: BAOAB}))
		k := probe(&u.momentumKernel, func() { u.stale = true; u.advance() })
		var eigen mat.Eigen
		if !eigen.Factorize(k.f, mat.EigenNone) {
			t.Fatal("no eigenvalues")
		}
		rate := math.Inf(1)
		for _, v := range eigen.Values(nil) {
			rate = min(rate, -math.Log(math.Hypot(real(v), imag(v)))/h)
		}
		want := math.Inf(1)
		for _, omega := range omegas {
			r := gamma / 2
			if gamma > 2*omega {
				r = (gamma - math.Sqrt(gamma*gamma-4*omega*omega)) / 2
			}
			want = min(want, r)
		}
		if math.Abs(rate-want) > 0.02 { // 4h²-ish, but √ of that near the double root
			t.Errorf("γ = %.1f: rate %.4f, want %.4f", gamma, rate, want)
		}
		if rate > best {
			best, at = rate, gamma
		}
	}
	if math.Abs(at-2) > 0.15 {
		t.Errorf("the best friction is %.1f, want 2ω_min = 2", at)
	}
}

// noisy adds a noise of variance v to each coordinate of the score: a gradient
// from a minibatch, in short.
type noisy struct {
	*density.Gaussian
	sd  float64
	rng interface{ NormFloat64() float64 }
}

func (p noisy) ScoreInput(dst, x []float64) []float64 {
	dst = p.Gaussian.ScoreInput(dst, x)
	for i := range dst {
		dst[i] += p.sd * p.rng.NormFloat64()
	}
	return dst
}

// TestThermostat: E[ξ] ≈ A + hV/2. In many dimensions ξ hardly fluctuates, and
// the kernel is that of SGHMC with γ = ξ, so that ξ is where ⟨v²⟩ = 1, with noise
// of variance N = 2hA + h²V:
//
//	⟨v²⟩ = [N + h²ω⁴⟨x²⟩]/[1 − (1−hξ)² + (1−hξ)h²ω²],  ω²⟨x²⟩ = N/(2hξ)/[1 − h²ω²/(2(2−hξ))],
//
// which is A + hV/2 to first order. With the wide root B = [I, I]/√2 of D = I, half
// of the momenta feel no force, ⟨v²⟩ = 2hA/[1 − (1−hξ)²], and the mean of both is 1.
// The mean of ξ has to be within five standard errors, from batches, of that root
// (false alarm 6e-7 each), and so ⟨x²⟩ of its own; the root is within h·ξ² of A + hV/2,
// and its ⟨x²⟩ within 0.05 of 1. Controls: A where
// V is not 0, and 2A for the wide root, where ξ would be if the kinetic energy were
// divided by d.
func TestThermostat(t *testing.T) {
	racetest.Sequential(t)
	const h, d, draws = 0.02, 60, 30_000
	root := func(a, v float64, wide bool) (low, xx float64) {
		low, high := 1e-3, 20.0
		for range 60 {
			xi := (low + high) / 2
			n := 2*h*a + h*h*v
			xx = n / (2 * h * xi) / (1 - h*h/(2*(2-h*xi)))
			kinetic := (n + h*h*xx) / (1 - (1-h*xi)*(1-h*xi) + (1-h*xi)*h*h)
			if wide {
				kinetic = (kinetic + 2*h*a/(1-(1-h*xi)*(1-h*xi))) / 2
			}
			if kinetic > 1 {
				low = xi
			} else {
				high = xi
			}
		}
		return low, xx
	}
	pair := mat.NewDense(d, 2*d, nil)
	for i := range d {
		pair.Set(i, i, math.Sqrt(0.5))
		pair.Set(i, d+i, math.Sqrt(0.5))
	}
	for _, c := range []struct {
		a, v float64
		g    metric.Geometry
		wide bool
	}{
		{1, 0, metric.Naive, false}, {1, 100, metric.Naive, false}, {2.5, 0, metric.Naive, false},
		{1.5, 0, fixed(metric.Root(pair)), true},
	} {
		p := noisy{must(density.Equicorrelated(d, 0, 1)), math.Sqrt(c.v), stream.New(6)}
		s := must(NewSGNHT(p, make([]float64, d), h, c.g, SGNHTConfig{Noise: c.a}))
		if s.Thermostat() != c.a {
			t.Errorf("ξ begins at %v, want %v", s.Thermostat(), c.a)
		}
		xi, xx := make([]float64, 0, draws), make([]float64, 0, draws)
		for _, x := range Draws(s, stream.New(5), Plan{BurnIn: 5_000, Draws: draws}) {
			xi = append(xi, s.Thermostat())
			xx = append(xx, portable.Dot(x, x)/d)
		}
		mean, se := batchError(xi)
		square, squareSE := batchError(xx)
		want, wantSquare := root(c.a, c.v, c.wide)
		expected := c.a + h*c.v/2
		t.Logf("A = %v, V = %v, wide: %v: E[ξ] = %.4f ± %.4f, root %.4f, A + hV/2 = %.1f, ⟨x²⟩ = %.3f ± %.3f, want %.3f", c.a, c.v, c.wide, mean, se, want, expected, square, squareSE, wantSquare)
		if math.Abs(mean-want) > 5*se {
			t.Errorf("A = %v, V = %v: E[ξ] = %.4f ± %.4f, want %.4f", c.a, c.v, mean, se, want)
		}
		if math.Abs(want-expected) > h*want*want {
			t.Errorf("A = %v, V = %v: the root is %.4f, far from A + hV/2 = %.4f", c.a, c.v, want, expected)
		}
		if c.v > 0 && math.Abs(mean-c.a) < 20*se || c.wide && math.Abs(mean-2*c.a) < 20*se {
			t.Errorf("A = %v, V = %v: E[ξ] = %.4f ± %.4f is as good as the control's: no power", c.a, c.v, mean, se)
		}
		if math.Abs(square-wantSquare) > 5*squareSE || math.Abs(wantSquare-1) > 0.05 {
			t.Errorf("A = %v, V = %v: ⟨x²⟩ = %.3f ± %.3f, want %.3f, and 1 despite the noise", c.a, c.v, square, squareSE, wantSquare)
		}
	}
}

func identity(n int) *mat.SymDense {
	m := mat.NewSymDense(n, nil)
	for i := range n {
		m.SetSym(i, i, 1)
	}
	return m
}

// TestSGHMCWithNoise: noise of variance V in the gradient widens the law by
// 1 + hV/2γ, and is made up for by V̂ = V, exactly, on a Gaussian. Standard
// errors from the linear kernel, |z| < 5 (false alarm 2e-6); each is the
// other's control.
func TestSGHMCWithNoise(t *testing.T) {
	racetest.Sequential(t)
	const h, gamma, omega, v, draws = 0.1, 1.0, 1.5, 12.0, 200_000
	base := 1 / (1 - h*h*omega*omega/(2*(2-gamma*h)))
	for _, c := range []struct {
		name     string
		estimate mat.Symmetric
		want     float64
	}{
		{"uncorrected", nil, base * (1 + h*v/(2*gamma))},
		{"corrected", mat.NewSymDense(1, []float64{v}), base},
	} {
		s := must(NewSGHMC(noisy{mode(omega), math.Sqrt(v), stream.New(8)}, []float64{0}, h, metric.Naive, SGHMCConfig{Friction: gamma, GradientNoise: c.estimate}))
		xx := 0.0
		for _, x := range Draws(s, stream.New(7), Plan{BurnIn: 1000, Draws: draws}) {
			xx += omega * omega * x[0] * x[0] / draws
		}
		exact := must(NewSGHMC(mode(omega), []float64{0}, h, metric.Naive, SGHMCConfig{Friction: gamma}))
		se := omega * omega * probe(&exact.momentumKernel, exact.advance).seOfSquare(0, draws) * c.want / base
		z := (xx - c.want) / se
		t.Logf("%s: ω²⟨x²⟩ = %.4f, closed form %.4f, z = %+.1f", c.name, xx, c.want, z)
		if math.Abs(z) > 5 {
			t.Errorf("%s: ω²⟨x²⟩ = %.4f, want %.4f: z = %.1f", c.name, xx, c.want, z)
		}
	}
	if _, err := NewSGHMC(mode(1), []float64{0}, 0.1, metric.Naive, SGHMCConfig{Friction: 1, GradientNoise: mat.NewSymDense(1, []float64{30})}); err == nil || !strings.Contains(err.Error(), "GradientNoise is more") {
		t.Errorf("more gradient noise than room for it: error is %v", err)
	}
}

func TestKernelRefusals(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	x0 := []float64{0}
	cases := map[string]func() error{
		"too small": func() error {
			_, err := NewUnderdamped(p, x0, 0.1, metric.Naive, UnderdampedConfig{Friction: 1e-200, Splitting: UBU})
			return err
		},
		"Jitter = 1": func() error {
			_, err := NewHMC(p, x0, 0.1, metric.Naive, HMCConfig{LeapfrogSteps: 1, Jitter: 1})
			return err
		},
		"Jitter = NaN": func() error {
			_, err := NewHMC(p, x0, 0.1, metric.Naive, HMCConfig{LeapfrogSteps: 1, Jitter: math.NaN()})
			return err
		},
		"Friction = 0": func() error {
			_, err := NewUnderdamped(p, x0, 0.1, metric.Naive, UnderdampedConfig{Friction: 0, Splitting: BAOAB})
			return err
		},
		"Friction = +Inf": func() error {
			_, err := NewSGHMC(p, x0, 0.1, metric.Naive, SGHMCConfig{Friction: math.Inf(1)})
			return err
		},
		"= \"BAB\" does not": func() error {
			_, err := NewUnderdamped(p, x0, 0.1, metric.Naive, UnderdampedConfig{Friction: 1, Splitting: "BAB"})
			return err
		},
		"= \"BAU\" does not": func() error {
			_, err := NewUnderdamped(p, x0, 0.1, metric.Naive, UnderdampedConfig{Friction: 1, Splitting: "BAU"})
			return err
		},
		"= \"BAXO\" does not": func() error {
			_, err := NewUnderdamped(p, x0, 0.1, metric.Naive, UnderdampedConfig{Friction: 1, Splitting: "BAXO"})
			return err
		},
		"= \"AO\" does not": func() error {
			_, err := NewUnderdamped(p, x0, 0.1, metric.Naive, UnderdampedConfig{Friction: 1, Splitting: "AO"})
			return err
		},
		"has length 2": func() error {
			_, err := NewHMC(p, []float64{0, 0}, 0.1, metric.Naive, HMCConfig{LeapfrogSteps: 1})
			return err
		},
		"LeapfrogSteps = 0": func() error { _, err := NewHMC(p, x0, 0.1, metric.Naive, HMCConfig{LeapfrogSteps: 0}); return err },
		"h = -1":            func() error { _, err := NewSGNHT(p, x0, -1, metric.Naive, SGNHTConfig{Noise: 1}); return err },
		"Noise = NaN":       func() error { _, err := NewSGNHT(p, x0, 1, metric.Naive, SGNHTConfig{Noise: math.NaN()}); return err },
		"GradientNoise is 2×2": func() error {
			_, err := NewSGHMC(p, x0, 0.1, metric.Naive, SGHMCConfig{Friction: 1, GradientNoise: identity(2)})
			return err
		},
	}
	for want, f := range cases {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}
