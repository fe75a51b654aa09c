package density_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"natspike/pkg/density"
	"natspike/pkg/stream"
)

// randomGaussian returns a Gaussian with Σ = BBᵀ + I/10, B uniform on (−1, 1).
func randomGaussian(rng *rand.Rand, n int) (*density.Gaussian, []float64, *mat.SymDense) {
	b := mat.NewDense(n, n, nil)
	mean := make([]float64, n)
	for i := range n {
		mean[i] = 10 * rng.Float64()
		for j := range n {
			b.Set(i, j, 2*rng.Float64()-1)
		}
	}
	sigma := mat.NewSymDense(n, nil)
	sigma.SymOuterK(1, b)
	for i := range n {
		sigma.SetSym(i, i, sigma.At(i, i)+0.1)
	}
	return must(density.NewGaussian(mean, sigma)), mean, sigma
}

// gonum's distmv.Normal is a Density, and agrees.
func TestGaussianAgainstGonum(t *testing.T) {
	rng := stream.New(1)
	for _, n := range []int{1, 2, 5, 33} {
		g, mean, sigma := randomGaussian(rng, n)
		normal, ok := distmv.NewNormal(mean, sigma, nil)
		if !ok {
			t.Fatal("gonum finds the covariance not positive definite")
		}
		var other density.Density = normal
		for range 10 {
			x := g.Rand(rng, nil)
			if got, want := g.LogProb(x), other.LogProb(x); math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("n = %d: LogProb = %v, gonum's %v", n, got, want)
			}
			got, want := g.ScoreInput(nil, x), other.ScoreInput(nil, x)
			for i := range got {
				if math.Abs(got[i]-want[i]) > 1e-9*(1+math.Abs(want[i])) {
					t.Errorf("n = %d: score[%d] = %v, gonum's %v", n, i, got[i], want[i])
				}
			}
		}
	}
}

// The O(d) form of an equicorrelated covariance is the same Gaussian as its
// matrix, about a mean of which no two coordinates are equal, and Exchangeable is
// the same in two other numbers.
func TestEquicorrelatedIsItsMatrix(t *testing.T) {
	rng := stream.New(2)
	for _, c := range []struct {
		dim           int
		rho, variance float64
	}{{1, 0.3, 2}, {2, -0.9, 1}, {3, 0.5, 1}, {5, 0, 0.1}, {5, -0.24, 1}, {7, 0.5, 2}, {10, 0.75, 1}, {40, 0.99, 3}} {
		sigma := mat.NewSymDense(c.dim, nil)
		mean := make([]float64, c.dim)
		for i := range c.dim {
			mean[i] = 1 + 3*math.Sqrt(float64(i))
			for j := i; j < c.dim; j++ {
				sigma.SetSym(i, j, c.variance*c.rho)
			}
			sigma.SetSym(i, i, c.variance)
		}
		fast := must(must(density.Equicorrelated(c.dim, c.rho, c.variance)).WithMean(mean))
		slow := must(density.NewGaussian(mean, sigma))
		checkSameGaussian(t, rng, fast, slow)
		shared := c.variance * c.rho
		checkSameGaussian(t, rng, must(must(density.Exchangeable(c.dim, c.variance-shared, shared)).WithMean(mean)), slow)
		if c.dim > 3 {
			checkSameGaussian(t, rng, fast.Marginal(0, 2, 3), slow.Marginal(0, 2, 3))
			checkSameGaussian(t, rng, fast.Marginal(1), slow.Marginal(1))
		}
	}
}

// The published sweeps have (1−ρ)I + 3ρ11ᵀ: variance 1 + 2ρ, covariance 3ρ.
func TestExchangeable(t *testing.T) {
	const rho = 0.75
	var sigma mat.SymDense
	must(density.Exchangeable(6, 1-rho, 3*rho)).CovarianceMatrix(&sigma)
	for i := range 6 {
		for j := range 6 {
			want := 3 * rho
			if i == j {
				want = 1 + 2*rho
			}
			if got := sigma.At(i, j); math.Abs(got-want) > 1e-14 {
				t.Errorf("Σ[%d][%d] = %v, want %v", i, j, got, want)
			}
		}
	}
	// In one dimension own and shared add up; a negative one is allowed as far as
	// the sum is positive.
	var one mat.SymDense
	must(density.Exchangeable(1, 2, -0.5)).CovarianceMatrix(&one)
	if one.At(0, 0) != 1.5 {
		t.Errorf("own 2 and shared −0.5 have the variance %v in one dimension", one.At(0, 0))
	}
}

// The marginal of a Gaussian has the rows and columns of Σ and the entries of the
// mean that belong to its coordinates.
func TestMarginal(t *testing.T) {
	dense, mean, _ := randomGaussian(stream.New(9), 6)
	equi := must(must(density.Equicorrelated(6, 0.4, 2)).WithMean(mean))
	for name, g := range map[string]*density.Gaussian{"dense": dense, "equicorrelated": equi} {
		var sigma mat.SymDense
		g.CovarianceMatrix(&sigma)
		coords := []int{1, 2, 5}
		m := g.Marginal(coords...)
		var cov mat.SymDense
		m.CovarianceMatrix(&cov)
		for k, i := range coords {
			if got := m.Mean(nil)[k]; got != mean[i] {
				t.Errorf("%s: mean[%d] of the marginal is %v, want mean[%d] = %v", name, k, got, i, mean[i])
			}
			for l, j := range coords {
				if math.Abs(cov.At(k, l)-sigma.At(i, j)) > 1e-14 {
					t.Errorf("%s: Σ[%d][%d] of the marginal is %v, want %v", name, k, l, cov.At(k, l), sigma.At(i, j))
				}
			}
		}
	}
}

// Σˢ by gonum's eigenvectors, for powers with a short cut and without. An Σ whose
// least eigenvalue is nothing but rounding has positive powers alone.
func TestPow(t *testing.T) {
	dense, _, _ := randomGaussian(stream.New(8), 7)
	for name, g := range map[string]*density.Gaussian{
		"dense": dense, "positive": must(density.Equicorrelated(7, 0.6, 2)), "negative": must(density.Equicorrelated(7, -0.1, 2)),
		"one": must(density.NewNormal(3, 0.5)),
	} {
		n := g.Dim()
		var sigma mat.SymDense
		g.CovarianceMatrix(&sigma)
		var e mat.EigenSym
		e.Factorize(&sigma, true)
		var v mat.Dense
		e.VectorsTo(&v)
		for _, s := range []float64{-2, -1, -0.5, 0, 0.25, 0.5, 1, 1.7, 2} {
			power := make([]float64, n)
			for i, lambda := range e.Values(nil) {
				power[i] = math.Pow(lambda, s)
			}
			var want, got mat.Dense
			want.Mul(&v, mat.NewDiagDense(n, power))
			want.Mul(&want, v.T())
			got.CloneFrom(&want)
			mul := must(g.Pow(s))
			x, dst := make([]float64, n), make([]float64, n)
			for j := range n {
				x[j] = 1
				mul(dst, x)
				x[j] = 0
				got.SetCol(j, dst)
			}
			if !mat.EqualApprox(&got, &want, 1e-12*mat.Max(&want)) {
				t.Errorf("%s: Σ^%v is\n%.4v\nwant\n%.4v", name, s, mat.Formatted(&got), mat.Formatted(&want))
			}
		}
	}
	for s, want := range map[float64]string{
		math.NaN():  "density: power = NaN of the eigenvalue 0.25 of Σ is NaN, which is not positive and finite",
		math.Inf(1): "density: power = +Inf of the eigenvalue 0.25 of Σ is 0, which is not positive and finite",
		600:         "density: power = 600 of the eigenvalue 0.25 of Σ is 0, which is not positive and finite",
		-600:        "density: power = -600 of the eigenvalue 0.25 of Σ is +Inf, which is not positive and finite",
	} {
		if _, err := must(density.NewNormal(0, 0.5)).Pow(s); err == nil || err.Error() != want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", err, want)
		}
	}
}

// FromMoments has the moments of the density it is made from.
func TestFromMoments(t *testing.T) {
	banana := density.NewBanana()
	g := must(density.FromMoments(banana))
	var got, want mat.SymDense
	g.CovarianceMatrix(&got)
	banana.CovarianceMatrix(&want)
	if !mat.Equal(&got, &want) || g.Mean(nil)[1] != banana.Mean(nil)[1] {
		t.Errorf("moments %v and %v", g.Mean(nil), mat.Formatted(&got))
	}
	mustPanic(t, "FromMoments of nothing", func() { density.FromMoments(nil) })
}

// Whatever the unit of x, a Gaussian is the same one: x, μ and √Σ in units of u
// have the same log density, but for d·log u, and the score in units of 1/u.
func TestGaussianAtEveryScale(t *testing.T) {
	g, mean, sigma := randomGaussian(stream.New(10), 4)
	equi := must(must(density.Equicorrelated(4, 0.6, 2)).WithMean(mean))
	x := g.Rand(stream.New(11), nil)
	for _, exponent := range []int{-500, -40, 40, 500} {
		u := math.Ldexp(1, exponent)
		unit := func(v []float64) []float64 {
			out := make([]float64, len(v))
			for i := range v {
				out[i] = u * v[i]
			}
			return out
		}
		scaled := mat.NewSymDense(4, nil)
		for i := range 4 {
			for j := range i + 1 {
				scaled.SetSym(i, j, u*u*sigma.At(i, j))
			}
		}
		for name, c := range map[string]struct{ one, other *density.Gaussian }{
			"dense":          {g, must(density.NewGaussian(unit(mean), scaled))},
			"equicorrelated": {equi, must(must(density.Equicorrelated(4, 0.6, 2*u*u)).WithMean(unit(mean)))},
		} {
			want := c.one.LogProb(x) - 4*float64(exponent)*math.Ln2
			if got := c.other.LogProb(unit(x)); math.Abs(got-want) > 1e-12*math.Abs(want) {
				t.Errorf("%s, in units of 2^%d: log density %v, want %v", name, exponent, got, want)
			}
			near := func(what string, power int, got, want []float64) {
				t.Helper()
				for i := range want {
					if w := math.Ldexp(want[i], power*exponent); math.Abs(got[i]-w) > 1e-12*math.Abs(w) {
						t.Errorf("%s, in units of 2^%d: %s[%d] = %v, want %v", name, exponent, what, i, got[i], w)
					}
				}
			}
			near("score", -1, c.other.ScoreInput(nil, unit(x)), c.one.ScoreInput(nil, x))
			near("Σ^½x", 2, c.other.MulSqrt(nil, unit(x)), c.one.MulSqrt(nil, x))
			near("eigenvalue", 2, c.other.Eigen(nil, nil), c.one.Eigen(nil, nil))
		}
	}
}

func checkSameGaussian(t *testing.T, rng *rand.Rand, a, b *density.Gaussian) {
	t.Helper()
	n := a.Dim()
	for range 5 {
		x := a.Rand(rng, nil)
		for i := range x {
			x[i] += 0.1 * rng.Float64()
		}
		if u, v := a.LogProb(x), b.LogProb(x); math.Abs(u-v) > 1e-9*(1+math.Abs(v)) {
			t.Errorf("n = %d: LogProb %v and %v", n, u, v)
		}
		for name, f := range map[string]func(*density.Gaussian) []float64{
			"ScoreInput":    func(g *density.Gaussian) []float64 { return g.ScoreInput(nil, x) },
			"MulCovariance": func(g *density.Gaussian) []float64 { return g.MulCovariance(nil, x) },
			"MulPrecision":  func(g *density.Gaussian) []float64 { return g.MulPrecision(nil, x) },
			"MulSqrt":       func(g *density.Gaussian) []float64 { return g.MulSqrt(nil, x) },
		} {
			u, v := f(a), f(b)
			for i := range u {
				if math.Abs(u[i]-v[i]) > 1e-8*(1+math.Abs(v[i])) {
					t.Errorf("n = %d: %s[%d] %v and %v", n, name, i, u[i], v[i])
				}
			}
		}
	}
	for name, f := range map[string]func(*density.Gaussian) mat.Matrix{
		"CovarianceMatrix": func(g *density.Gaussian) mat.Matrix { var m mat.SymDense; g.CovarianceMatrix(&m); return &m },
		"Precision":        func(g *density.Gaussian) mat.Matrix { var m mat.SymDense; g.Precision(&m); return &m },
		"Sqrt":             func(g *density.Gaussian) mat.Matrix { var m mat.SymDense; g.Sqrt(&m); return &m },
		"Eigen": func(g *density.Gaussian) mat.Matrix {
			values := g.Eigen(nil, nil)
			return mat.NewDense(1, len(values), values)
		},
	} {
		if u, v := f(a), f(b); !mat.EqualApprox(u, v, 1e-9*mat.Max(v)) {
			t.Errorf("n = %d: %s\n%v\nand\n%v", n, name, mat.Formatted(u), mat.Formatted(v))
		}
	}
}

// The factors are what they claim: (Σ^½)² = Σ, PΣ = I, ΣV = VΛ with
// VᵀV = I.
func TestGaussianFactors(t *testing.T) {
	random, _, _ := randomGaussian(stream.New(3), 12)
	for name, g := range map[string]*density.Gaussian{
		"dense":    random,
		"positive": must(density.Equicorrelated(6, 0.9, 2)),
		"negative": must(density.Equicorrelated(6, -0.19, 2)),
	} {
		n := g.Dim()
		var sigma, precision, root mat.SymDense
		var vectors mat.Dense
		g.CovarianceMatrix(&sigma)
		g.Precision(&precision)
		g.Sqrt(&root)
		values := g.Eigen(nil, &vectors)

		identity := mat.NewDiagDense(n, nil)
		for i := range n {
			identity.SetDiag(i, 1)
		}
		var product mat.Dense
		near := func(what string, want mat.Matrix) {
			if !mat.EqualApprox(&product, want, 1e-11) {
				t.Errorf("%s: %s fails:\n%v", name, what, mat.Formatted(&product))
			}
		}
		product.Mul(&root, &root)
		near("Σ^½Σ^½ = Σ", &sigma)
		product.Mul(&precision, &sigma)
		near("PΣ = I", identity)
		product.Mul(vectors.T(), &vectors)
		near("VᵀV = I", identity)
		var scaled mat.Dense
		scaled.Mul(&vectors, mat.NewDiagDense(n, values))
		product.Mul(&sigma, &vectors)
		near("ΣV = VΛ", &scaled)
		for k := range n {
			if k > 0 && values[k] < values[k-1] {
				t.Errorf("%s: eigenvalues %v are not ascending", name, values)
			}
			for i := range n {
				if e := vectors.At(i, k); math.Abs(e) > 1e-6 {
					if e < 0 {
						t.Errorf("%s: eigenvector %d begins with %v", name, k, e)
					}
					break
				}
			}
		}
		full := mat.NewDense(n, n, nil)
		full.Apply(func(i, j int, v float64) float64 { return 9 }, full)
		g.Eigen(make([]float64, n), full)
		if !mat.Equal(full, &vectors) {
			t.Errorf("%s: eigenvectors depend on what the matrix held", name)
		}
		x, dst := g.Rand(stream.New(1), nil), make([]float64, n)
		if n := testing.AllocsPerRun(20, func() {
			g.MulCovariance(dst, x)
			g.MulPrecision(dst, x)
			g.MulSqrt(dst, x)
		}); n != 0 {
			t.Errorf("%s: the Mul methods make %v allocations", name, n)
		}
		mustPanic(t, "Eigen into a small matrix", func() { g.Eigen(nil, mat.NewDense(n-1, n, nil)) })
		mustPanic(t, "MulSqrt of a short x", func() { g.MulSqrt(make([]float64, n-1), make([]float64, n-1)) })
		mustPanic(t, "Marginal of no coordinates", func() { g.Marginal() })
		mustPanic(t, "Marginal of a coordinate twice", func() { g.Marginal(1, 1) })
		mustPanic(t, "Marginal out of range", func() { g.Marginal(n) })
	}
}

// A thousand dimensions at ρ = 0.99: the log density is a sum of positive
// terms, and the score undoes the covariance.
func TestEquicorrelatedInHighDimension(t *testing.T) {
	g := must(density.Equicorrelated(1000, 0.99, 1))
	x := g.Rand(stream.New(4), nil)
	score := g.ScoreInput(nil, x)
	back := g.MulCovariance(nil, score)
	for i := range x { // the condition number is 10⁵, and 10⁵·2⁻⁵² = 2e-11
		if math.Abs(back[i]+x[i]) > 1e-10 {
			t.Fatalf("Σ∇log p is %v at coordinate %d, want %v", back[i], i, -x[i])
		}
	}
	// xᵀΣ⁻¹x is χ² with 1000 degrees of freedom: mean 1000, standard deviation
	// √2000 = 44.7.
	mode := g.LogProb(make([]float64, 1000))
	if q := 2 * (mode - g.LogProb(x)); math.Abs(q-1000) > 5*44.7 {
		t.Errorf("xᵀΣ⁻¹x = %v", q)
	}
	want := -0.5 * (1000*math.Log(2*math.Pi) + 999*math.Log(0.01) + math.Log(0.01+990))
	if math.Abs(mode-want) > 1e-9*math.Abs(want) {
		t.Errorf("log p(0) = %v, want %v", mode, want)
	}
}

func TestGaussianRefuses(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	sym := func(n int, v ...float64) mat.Symmetric { return mat.NewSymDense(n, v) }
	gaussian := func(mean []float64, sigma mat.Symmetric) error {
		_, err := density.NewGaussian(mean, sigma)
		return err
	}
	equi := func(dim int, rho, variance float64) error {
		_, err := density.Equicorrelated(dim, rho, variance)
		return err
	}
	normal := func(mean, sd float64) error { _, err := density.NewNormal(mean, sd); return err }
	standard := must(density.NewNormal(0, 1))
	exchangeable := func(dim int, own, shared float64) error {
		_, err := density.Exchangeable(dim, own, shared)
		return err
	}
	withMean := func(mean ...float64) error { _, err := standard.WithMean(mean); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{gaussian(nil, &mat.SymDense{}), "density: covariance is empty"},
		{gaussian(nil, nil), "density: covariance is missing"},
		{gaussian(nil, (*mat.SymDense)(nil)), "density: covariance is missing"},
		{gaussian([]float64{0}, sym(2, 1, 0, 0, 1)), "density: mean has length 1, want 2"},
		{gaussian([]float64{0, nan}, sym(2, 1, 0, 0, 1)), "density: mean has entry [1] = NaN, which is not finite"},
		{gaussian([]float64{0, 0}, sym(2, 1, inf, inf, 1)), "density: covariance has entry (0, 1) = +Inf, which is not finite"},
		{gaussian([]float64{0, 0}, sym(2, 1, 2, 2, 1)), "density: covariance is not positive definite: the variance of coordinate 1 given those before it is -3"},
		{gaussian([]float64{0, 0}, sym(2, 1, 1, 1, 1)), "density: covariance is not positive definite: the variance of coordinate 1 given those before it is 0"},
		// 1 and the next number above it: positive definite on paper, not in float64.
		{gaussian([]float64{0, 0}, sym(2, 1, 1, 1, math.Nextafter(1, 2))), "density: covariance is not positive definite: the variance of coordinate 1 given those before it is 2.220446049250313e-16"},
		{gaussian([]float64{0, 0}, sym(2, 1, 0, 0, 1e-310)), "density: covariance is too small: entry (1, 1) of its inverse is +Inf"},
		{gaussian([]float64{0, 0}, sym(2, 1e308, 9e307, 9e307, 1e308)), "density: covariance is too large: its trace is +Inf"},
		{gaussian([]float64{0, 0}, lopsided{sym(2, 1, 0, 0, 1)}), "density: covariance is not symmetric: entry (1, 0) is 1 and entry (0, 1) is 0"},
		{equi(10, 1.2, 1), "density: ρ = 1.2 is outside (−1/9, 1), where the equicorrelated covariance in 10 dimensions is positive definite"},
		{equi(2, -1, 1), "density: ρ = -1 is outside (−1, 1), where the equicorrelated covariance in 2 dimensions is positive definite"},
		{equi(10, -1.0/9, 1), "density: ρ = -0.1111111111111111 is outside (−1/9, 1), where the equicorrelated covariance in 10 dimensions is positive definite"},
		{equi(3, nan, 1), "density: ρ = NaN is outside (−1/2, 1), where the equicorrelated covariance in 3 dimensions is positive definite"},
		{equi(0, 0, 1), "density: dimension = 0 is less than 1"},
		{equi(3, 0, 0), "density: variance = 0 is not positive and finite"},
		{equi(3, 0, inf), "density: variance = +Inf is not positive and finite"},
		{equi(3, 0.5, 1.7e308), "density: eigenvalue of the covariance = +Inf is not in the range of floating-point numbers: it and its inverse must be positive and finite"},
		{exchangeable(0, 1, 1), "density: dimension = 0 is less than 1"},
		{exchangeable(2, 0, 1), "density: own = 0 is not positive and finite"},
		{exchangeable(2, 1, nan), "density: shared = NaN is not finite"},
		{exchangeable(4, 1, -0.25), "density: shared = -0.25 is not above −own/4 = -0.25, where own·I + shared·11ᵀ is positive definite"},
		{exchangeable(2, 1, 1e308), "density: eigenvalue of the covariance = +Inf is not in the range of floating-point numbers: it and its inverse must be positive and finite"},
		{exchangeable(2, 1e-310, 1), "density: eigenvalue of the covariance = 1e-310 is not in the range of floating-point numbers: it and its inverse must be positive and finite"},
		{normal(nan, 1), "density: mean = NaN is not finite"},
		{normal(0, -1), "density: sd = -1 is not positive and finite"},
		{normal(0, 1e-200), "density: eigenvalue of the covariance = 0 is not in the range of floating-point numbers: it and its inverse must be positive and finite"},
		{withMean(1, 2), "density: mean has length 2, want 1"},
		{withMean(inf), "density: mean has entry [0] = +Inf, which is not finite"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", c.err, c.want)
		}
	}
}

// lopsided claims to be symmetric and is not.
type lopsided struct{ mat.Symmetric }

func (l lopsided) At(i, j int) float64 {
	if i > j {
		return 1
	}
	return l.Symmetric.At(i, j)
}

func BenchmarkGaussianScore(b *testing.B) {
	for _, c := range []struct {
		name string
		g    *density.Gaussian
	}{
		{"equicorrelated1000", must(density.Equicorrelated(1000, 0.75, 1))},
		{"dense100", func() *density.Gaussian { g, _, _ := randomGaussian(stream.New(5), 100); return g }()},
	} {
		b.Run(c.name, func(b *testing.B) {
			x := c.g.Rand(stream.New(6), nil)
			dst := make([]float64, len(x))
			for b.Loop() {
				c.g.ScoreInput(dst, x)
			}
		})
	}
}
