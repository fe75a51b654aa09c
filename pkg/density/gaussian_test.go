package density_test

import (
	"errors"
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
// matrix.
func TestEquicorrelatedIsItsMatrix(t *testing.T) {
	rng := stream.New(2)
	for _, c := range []struct {
		dim           int
		rho, variance float64
	}{{1, 0.3, 2}, {2, -0.9, 1}, {5, 0, 0.1}, {5, -0.24, 1}, {10, 0.75, 1}, {40, 0.99, 3}} {
		fast := must(density.Equicorrelated(c.dim, c.rho, c.variance))
		sigma := mat.NewSymDense(c.dim, nil)
		for i := range c.dim {
			for j := i; j < c.dim; j++ {
				sigma.SetSym(i, j, c.variance*c.rho)
			}
			sigma.SetSym(i, i, c.variance)
		}
		slow := must(density.NewGaussian(make([]float64, c.dim), sigma))
		checkSameGaussian(t, rng, fast, slow)
		if c.dim > 3 {
			checkSameGaussian(t, rng, fast.Marginal(0, 2, 3), slow.Marginal(0, 2, 3))
			checkSameGaussian(t, rng, fast.Marginal(1), slow.Marginal(1))
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
		"Chol":             func(g *density.Gaussian) mat.Matrix { var m mat.TriDense; g.Chol(&m); return &m },
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

// The factors are what they claim: LLᵀ = Σ, (Σ^½)² = Σ, PΣ = I, ΣV = VΛ with
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
		var chol mat.TriDense
		var vectors mat.Dense
		g.CovarianceMatrix(&sigma)
		g.Precision(&precision)
		g.Sqrt(&root)
		g.Chol(&chol)
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
		product.Mul(&chol, chol.T())
		near("LLᵀ = Σ", &sigma)
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
		x, dst := g.Rand(stream.New(1), nil), make([]float64, n)
		if n := testing.AllocsPerRun(20, func() {
			g.MulCovariance(dst, x)
			g.MulPrecision(dst, x)
			g.MulSqrt(dst, x)
		}); n != 0 {
			t.Errorf("%s: the Mul methods make %v allocations", name, n)
		}
		mustPanic(t, "Chol into an upper triangle", func() { g.Chol(mat.NewTriDense(n, mat.Upper, nil)) })
		mustPanic(t, "Eigen into a small matrix", func() { g.Eigen(nil, mat.NewDense(n-1, n, nil)) })
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
	withMean := func(mean ...float64) error { _, err := standard.WithMean(mean); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{gaussian(nil, &mat.SymDense{}), "density: dimension = 0 is outside {1, 2, …}"},
		{gaussian([]float64{0}, sym(2, 1, 0, 0, 1)), "density: length of mean is 1, want 2"},
		{gaussian([]float64{0, nan}, sym(2, 1, 0, 0, 1)), "density: mean[1] = NaN is outside (−∞, ∞)"},
		{gaussian([]float64{0, 0}, sym(2, 1, inf, inf, 1)), "density: covariance[0][1] = +Inf is outside (−∞, ∞)"},
		{gaussian([]float64{0, 0}, sym(2, 1, 2, 2, 1)), "density: covariance is not positive definite: the variance of coordinate 1 given those before it is -3"},
		{gaussian([]float64{0, 0}, sym(2, 1, 1, 1, 1)), "density: covariance is not positive definite: the variance of coordinate 1 given those before it is 0"},
		{gaussian([]float64{0, 0}, lopsided{sym(2, 1, 0, 0, 1)}), "density: covariance is not symmetric: entry (1, 0) is 1 and entry (0, 1) is 0"},
		{equi(10, 1.2, 1), "density: correlation = 1.2 is outside (−1/9, 1), where the 10-dimensional equicorrelated covariance is positive definite"},
		{equi(2, -1, 1), "density: correlation = -1 is outside (−1, 1), where the 2-dimensional equicorrelated covariance is positive definite"},
		{equi(10, -1.0/9, 1), "density: correlation = -0.1111111111111111 is outside (−1/9, 1), where the 10-dimensional equicorrelated covariance is positive definite"},
		{equi(3, nan, 1), "density: correlation = NaN is outside (−1/2, 1), where the 3-dimensional equicorrelated covariance is positive definite"},
		{equi(0, 0, 1), "density: dimension = 0 is outside {1, 2, …}"},
		{equi(3, 0, 0), "density: variance = 0 is outside (0, ∞)"},
		{equi(3, 0, inf), "density: variance = +Inf is outside (0, ∞)"},
		{equi(3, 0.5, 1.7e308), "density: variance of the common mode = +Inf is outside (0, ∞)"},
		{normal(nan, 1), "density: mean = NaN is outside (−∞, ∞)"},
		{normal(0, -1), "density: standard deviation = -1 is outside (0, ∞)"},
		{normal(0, 1e-200), "density: variance = 0 is outside (0, ∞)"},
		{withMean(1, 2), "density: length of mean is 2, want 1"},
		{withMean(inf), "density: mean[0] = +Inf is outside (−∞, ∞)"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", c.err, c.want)
		}
	}
	var pd *density.NotPositiveDefiniteError
	if err := gaussian([]float64{0, 0}, sym(2, 1, 2, 2, 1)); !errors.As(err, &pd) || pd.Row != 1 || pd.Pivot != -3 {
		t.Errorf("error is %#v", err)
	}
	// 1 and the next number above it: positive definite on paper, not in float64.
	if err := gaussian([]float64{0, 0}, sym(2, 1, 1, 1, math.Nextafter(1, 2))); !errors.As(err, &pd) {
		t.Errorf("a matrix that is singular to working precision gave %v", err)
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
