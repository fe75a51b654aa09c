package mcmc

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
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

// probe finds F and G of a walker on a Gaussian with mean zero, z = (x, w), by
// one step from each unit vector without noise, and one from zero with each unit
// noise.
func probe(s *momentumKernel, advance func()) linear {
	n, m := len(s.x), len(s.xi)
	k := linear{mat.NewDense(2*n, 2*n, nil), mat.NewDense(2*n, m, nil)}
	step := func(to *mat.Dense, j int) {
		advance()
		for i := range n {
			to.Set(i, j, s.x[i])
			to.Set(n+i, j, s.w[i])
		}
		clear(s.x)
		clear(s.w)
		clear(s.xi)
	}
	clear(s.x)
	clear(s.w)
	clear(s.xi)
	for j := range 2 * n {
		if j < n {
			s.x[j] = 1
		} else {
			s.w[j-n] = 1
		}
		step(k.f, j)
	}
	for j := range m {
		s.xi[j] = 1
		step(k.g, j)
	}
	return k
}

// stationary returns the C with C = FCFᵀ + GGᵀ, by doubling the number of steps.
func (k linear) stationary() *mat.Dense {
	var f, c mat.Dense
	f.CloneFrom(k.f)
	c.Mul(k.g, k.g.T())
	for range 40 {
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

// TestMassMatrixIsAChangeOfBasis: with D = Σ every mode behaves as the unit
// mode does under D = I, so that the stationary covariance is Σ times a number.
func TestMassMatrixIsAChangeOfBasis(t *testing.T) {
	sigma := mat.NewSymDense(3, []float64{1, 0.6, 0.2, 0.6, 2, 0, 0.2, 0, 0.5})
	p := must(density.NewGaussian(make([]float64, 3), sigma))
	const h, gamma = 0.6, 2
	for _, d := range []metric.Geometry{metric.Natural, fixed(metric.Dense(sigma))} {
		for _, s := range []Splitting{BAOAB, OBABO, ABOBA, UBU} {
			u := must(NewUnderdamped(p, make([]float64, 3), h, d, UnderdampedConfig{Friction: gamma, Splitting: s}))
			cov := probe(&u.momentumKernel, func() { u.stale = true; u.advance() }).stationary()
			one := must(NewUnderdamped(mode(1), []float64{0}, h, metric.Naive, UnderdampedConfig{Friction: gamma, Splitting: s}))
			scale := probe(&one.momentumKernel, func() { one.stale = true; one.advance() }).stationary().At(0, 0)
			var want mat.Dense
			want.Scale(scale, sigma)
			if !mat.EqualApprox(cov.Slice(0, 3, 0, 3), &want, 1e-11) {
				t.Errorf("%s: covariance is\n%v\nwant\n%v", s, mat.Formatted(cov.Slice(0, 3, 0, 3)), mat.Formatted(&want))
			}
		}
	}
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
// which is A + hV/2 to first order. The mean of ξ has to be within five standard
// errors, from batches, of that root (false alarm 6e-7), and the root within h·ξ²
// of A + hV/2. Controls: A, and a gradient without noise.
func TestThermostat(t *testing.T) {
	const h, a, d, draws = 0.02, 1.0, 60, 30_000
	root := func(v float64) float64 {
		low, high := 1e-3, 20.0
		for range 60 {
			xi := (low + high) / 2
			n := 2*h*a + h*h*v
			xx := n / (2 * h * xi) / (1 - h*h/(2*(2-h*xi)))
			if (n+h*h*xx)/(1-(1-h*xi)*(1-h*xi)+(1-h*xi)*h*h) > 1 {
				low = xi
			} else {
				high = xi
			}
		}
		return low
	}
	run := func(v float64) (mean, se, xx float64) {
		p := noisy{must(density.Equicorrelated(d, 0, 1)), math.Sqrt(v), stream.New(6)}
		s := must(NewSGNHT(p, make([]float64, d), h, metric.Naive, SGNHTConfig{Noise: a}))
		xi := make([]float64, 0, draws)
		for _, x := range Draws(s, stream.New(5), Plan{BurnIn: 5_000, Draws: draws}) {
			xi = append(xi, s.Thermostat())
			for _, c := range x {
				xx += c * c / d / draws
			}
		}
		mean, se = batchError(xi)
		return mean, se, xx
	}
	for _, v := range []float64{0, 100} {
		mean, se, xx := run(v)
		t.Logf("V = %v: E[ξ] = %.4f ± %.4f, root %.4f, A + hV/2 = %.1f, ⟨x²⟩ = %.3f", v, mean, se, root(v), a+h*v/2, xx)
		if math.Abs(mean-root(v)) > 5*se {
			t.Errorf("V = %v: E[ξ] = %.4f ± %.4f, want %.4f", v, mean, se, root(v))
		}
		if math.Abs(root(v)-(a+h*v/2)) > h*root(v)*root(v) {
			t.Errorf("V = %v: the root is %.4f, far from A + hV/2 = %.4f", v, root(v), a+h*v/2)
		}
		if v > 0 && math.Abs(mean-a) < 20*se {
			t.Errorf("V = %v: E[ξ] = %.4f ± %.4f is as good as A: no power", v, mean, se)
		}
		if math.Abs(xx-1) > 0.05 {
			t.Errorf("V = %v: ⟨x²⟩ = %.3f, want 1 despite the noise", v, xx)
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

func TestKernelContracts(t *testing.T) {
	p := must(density.Equicorrelated(3, 0.5, 2))
	x0 := []float64{1, 0, -1}
	for _, d := range []metric.Geometry{metric.Naive, metric.Natural, fixed(metric.Dense(mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, 0, 0, 0, 0.5})))} {
		for _, s := range []Splitting{BAOAB, ABOBA, OBABO, UBU} {
			t.Run(fmt.Sprintf("%s/%v", s, d), func(t *testing.T) {
				samplertest.Contract(t, func() *Underdamped {
					return must(NewUnderdamped(p, x0, 0.3, d, UnderdampedConfig{Friction: 1, Splitting: s}))
				})
			})
		}
		t.Run("SGHMC", func(t *testing.T) {
			samplertest.Contract(t, func() *SGHMC {
				return must(NewSGHMC(p, x0, 0.3, d, SGHMCConfig{Friction: 1, GradientNoise: identity(3)}))
			})
		})
		t.Run("SGNHT", func(t *testing.T) {
			samplertest.Contract(t, func() *SGNHT { return must(NewSGNHT(p, x0, 0.1, d, SGNHTConfig{Noise: 1})) })
		})
		t.Run("HMC", func(t *testing.T) {
			samplertest.Contract(t, func() *HMC {
				return must(NewHMC(p, x0, 0.3, d, HMCConfig{LeapfrogSteps: 4, Jitter: 0.2}))
			})
		})
	}
}

func TestKernelRefusals(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	x0 := []float64{0}
	cases := map[string]func() error{
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
