package metric_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func random(rows, cols int) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	stream.Normals(stream.New(uint64(100*rows+cols)), m.RawMatrix().Data)
	return m
}

// outer returns BBᵀ.
func outer(b mat.Matrix) *mat.SymDense {
	var d mat.SymDense
	d.SymOuterK(1, b)
	return &d
}

// eigen returns V diag(f(λ)) Vᵀ of the symmetric matrix, by gonum.
func eigen(sigma mat.Symmetric, f func(float64) float64) *mat.SymDense {
	var e mat.EigenSym
	if !e.Factorize(sigma, true) {
		panic("no eigenvalues")
	}
	var v, scaled mat.Dense
	e.VectorsTo(&v)
	values := e.Values(nil)
	for i, lambda := range values {
		values[i] = f(lambda)
	}
	scaled.Mul(&v, mat.NewDiagDense(len(values), values))
	out := mat.NewSymDense(len(values), nil)
	for i := range values {
		for j := range i + 1 {
			out.SetSym(i, j, mat.Dot(scaled.RowView(i), v.RowView(j)))
		}
	}
	return out
}

// smoothing is a metric of a user's own, D = BBᵀ with B_ii = 1, B_i,i−1 = −½.
type smoothing int

func (n smoothing) Dims() (state, noise int) { return int(n), int(n) }
func (n smoothing) Mul(dst, x []float64) {
	dst[0] = x[0]
	for i := 1; i < len(x); i++ {
		dst[i] = x[i] - x[i-1]/2
	}
}
func (n smoothing) MulTrans(dst, x []float64) {
	dst[n-1] = x[n-1]
	for i := len(x) - 2; i >= 0; i-- {
		dst[i] = x[i] - x[i+1]/2
	}
}

// A candidate is a metric and what its D and noise must be.
type candidate struct {
	m     metric.Metric
	d     *mat.SymDense
	noise int
}

func candidates() map[string]candidate {
	a := []float64{0.5, 2, 1e-3, 7, 1}
	diagonal := mat.NewSymDense(5, nil)
	for i, v := range a {
		diagonal.SetSym(i, i, v)
	}
	square, tall, wide := random(5, 5), random(5, 2), random(5, 8)
	var plus mat.SymDense
	plus.AddSym(diagonal, outer(tall))
	sigma := outer(wide)
	gaussian := must(density.NewGaussian(make([]float64, 5), sigma))
	exchangeable := must(density.Equicorrelated(5, 0.6, 2))
	var equi mat.SymDense
	exchangeable.CovarianceMatrix(&equi)
	of := func(g metric.Geometry, p metric.Target) metric.Metric { return must(g.Of(p)) }
	power := func(s float64) func(float64) float64 { return func(x float64) float64 { return math.Pow(x, s) } }
	eye := eigen(sigma, power(0))
	difference := mat.NewDense(5, 5, nil)
	for i := range 5 {
		difference.Set(i, i, 1)
		if i > 0 {
			difference.Set(i, i-1, -0.5)
		}
	}
	return map[string]candidate{
		"Identity":                  {metric.Identity(5), eye, 5},
		"Dense":                     {must(metric.Dense(sigma)), sigma, 5},
		"Root, square":              {must(metric.Root(square)), outer(square), 5},
		"Root, tall":                {must(metric.Root(tall)), outer(tall), 2},
		"Root, wide":                {must(metric.Root(wide)), outer(wide), 8},
		"LowRank":                   {must(metric.LowRank(tall)), outer(tall), 2},
		"Diagonal":                  {must(metric.Diagonal(a)), diagonal, 5},
		"DiagonalPlusLowRank":       {must(metric.DiagonalPlusLowRank(a, tall)), &plus, 7},
		"naive":                     {of(metric.Naive, gaussian), eye, 5},
		"natural":                   {of(metric.Natural, gaussian), sigma, 5},
		"Σ^0.5":                     {of(metric.Power(0.5), gaussian), eigen(sigma, power(0.5)), 5},
		"Σ^−1":                      {of(metric.Power(-1), gaussian), eigen(sigma, power(-1)), 5},
		"equicorrelated, natural":   {of(metric.Natural, exchangeable), &equi, 5},
		"equicorrelated, Σ^0.3":     {of(metric.Power(0.3), exchangeable), eigen(&equi, power(0.3)), 5},
		"equicorrelated, Σ^−2":      {of(metric.Power(-2), exchangeable), eigen(&equi, power(-2)), 5},
		"fixed":                     {of(metric.Fixed(must(metric.Diagonal(a))), gaussian), diagonal, 5},
		"of the user's own":         {smoothing(5), outer(difference), 5},
		"of the user's own, chosen": {of(metric.Fixed(smoothing(5)), gaussian), outer(difference), 5},
	}
}

// TestProducts compares the products of each metric with its matrices and those
// with a D that is formed in another way.
func TestProducts(t *testing.T) {
	for name, c := range candidates() {
		d, k := c.m.Dims()
		if d != 5 || k != c.noise {
			t.Fatalf("%s: dimensions %d and %d, want 5 and %d", name, d, k, c.noise)
		}
		near := func(what string, got, want mat.Matrix) {
			t.Helper()
			if !mat.EqualApprox(got, want, 1e-13*mat.Max(c.d)) {
				t.Errorf("%s: %s is\n%.4v\nwant\n%.4v", name, what, mat.Formatted(got), mat.Formatted(want))
			}
		}
		b := metric.Matrix(c.m)
		near("D", metric.Diffusion(c.m), c.d)
		near("BBᵀ", outer(b), c.d)

		x, y := random(d, 1), random(k, 1)
		product := func(n int, f func(dst []float64)) mat.Matrix {
			dst := make([]float64, n)
			for i := range dst {
				dst[i] = math.NaN() // so that an entry that is not written shows
			}
			f(dst)
			return mat.NewVecDense(n, dst)
		}
		var want mat.Dense
		want.Mul(b, y)
		near("By", product(d, func(dst []float64) { c.m.Mul(dst, y.RawMatrix().Data) }), &want)
		want.Reset()
		want.Mul(b.T(), x)
		near("Bᵀx", product(k, func(dst []float64) { c.m.MulTrans(dst, x.RawMatrix().Data) }), &want)
		want.Reset()
		want.Mul(c.d, x)
		scratch := make([]float64, k)
		near("Dx", product(d, func(dst []float64) { metric.MulDiffusion(c.m, dst, x.RawMatrix().Data, scratch) }), &want)
	}
}

// TestCalls: products allocate nothing, a metric may be shared, and a vector of
// the wrong length panics with the package's message.
func TestCalls(t *testing.T) {
	for name, c := range candidates() {
		d, k := c.m.Dims()
		long, short := make([]float64, d), make([]float64, k)
		if n := testing.AllocsPerRun(20, func() {
			c.m.Mul(long, short)
			c.m.MulTrans(short, long)
			metric.MulDiffusion(c.m, long, long[:d:d], short)
		}); n != 0 {
			t.Errorf("%s: products make %v allocations", name, n)
		}
		var wg sync.WaitGroup // the race detector judges
		for range 2 {
			wg.Go(func() {
				dst, x := make([]float64, d), make([]float64, k)
				c.m.Mul(dst, x)
				c.m.MulTrans(x, dst)
				metric.MulDiffusion(c.m, dst, make([]float64, d), x)
			})
		}
		wg.Wait()
		if strings.HasPrefix(name, "of the user's own") {
			continue
		}
		mustPanic(t, name, "metric: dst has the wrong length", func() { c.m.Mul(make([]float64, d+1), short) })
		mustPanic(t, name, "metric: x has the wrong length", func() { c.m.Mul(long, make([]float64, k+1)) })
		mustPanic(t, name, "metric: dst has the wrong length", func() { c.m.MulTrans(make([]float64, k-1), long) })
		mustPanic(t, name, "metric: x has the wrong length", func() { c.m.MulTrans(short, make([]float64, d-1)) })
		mustPanic(t, name, "metric: x has the wrong length", func() { metric.MulDiffusion(c.m, long, make([]float64, d+1), short) })
	}
}

func mustPanic(t *testing.T, what, want string, f func()) {
	t.Helper()
	defer func() {
		if got := recover(); got != want {
			t.Errorf("%s: panics with %v, want %q", what, got, want)
		}
	}()
	f()
}

// TestSameBitsEverywhere compares a digest of products with the one that amd64
// gives; another architecture must give it too.
func TestSameBitsEverywhere(t *testing.T) {
	rng := stream.New(3)
	matrix := func(rows, cols int) *mat.Dense {
		m := mat.NewDense(rows, cols, nil)
		stream.Normals(rng, m.RawMatrix().Data)
		return m
	}
	a := []float64{0.5, 2, 1e-3, 7, 1, 3, 0.1}
	d := mat.NewSymDense(7, nil)
	for i, v := range a {
		d.SetSym(i, i, v+4)
		for j := range i {
			d.SetSym(i, j, 0.5/float64(i+j))
		}
	}
	gaussian := must(density.NewGaussian(make([]float64, 7), d))
	var digest uint64
	for _, m := range []metric.Metric{
		must(metric.Dense(d)), must(metric.Root(matrix(7, 10))), must(metric.Diagonal(a)),
		must(metric.DiagonalPlusLowRank(a, matrix(7, 3))), must(metric.Natural.Of(gaussian)), must(metric.Power(-0.3).Of(gaussian)),
		must(metric.Power(0.7).Of(must(density.Equicorrelated(7, 0.75, 1)))),
	} {
		n, k := m.Dims()
		x, y, noise := make([]float64, n), make([]float64, n), make([]float64, k)
		stream.Normals(rng, noise)
		m.Mul(x, noise)
		m.MulTrans(noise, x)
		metric.MulDiffusion(m, y, x, make([]float64, k))
		for _, v := range append(append(x, y...), noise...) {
			digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(v)
		}
	}
	if want := uint64(0x243ebe57cf7c2bbf); digest != want {
		t.Errorf("digest of the products is %#x, want %#x", digest, want)
	}
}

// lopsided is symmetric by its type and not by its entries.
type lopsided struct{ mat.Symmetric }

func (lopsided) At(i, j int) float64 { return float64(2 - j) }

func TestRefuses(t *testing.T) {
	second := func(_ metric.Metric, err error) error { return err }
	nan, inf := math.NaN(), math.Inf(1)
	sym := func(n int, v ...float64) mat.Symmetric { return mat.NewSymDense(n, v) }
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(metric.Dense(nil)), "metric: D is missing"},
		{second(metric.Dense((*mat.SymDense)(nil))), "metric: D is missing"},
		{second(metric.Dense(&mat.SymDense{})), "metric: D is empty"},
		{second(metric.Dense(sym(1, inf))), "metric: D has entry (0, 0) = +Inf, which is not finite"},
		{second(metric.Dense(sym(2, 1, 2, 2, 1))), "metric: D is not positive definite: the pivot of row 1 is -3"},
		{second(metric.Dense(sym(2, 1, 1, 1, math.Nextafter(1, 2)))), "metric: D is not positive definite: the pivot of row 1 is 2.220446049250313e-16"},
		{second(metric.Dense(lopsided{sym(2, 2, 1, 1, 2)})), "metric: D is not symmetric: entry (1, 0) is 2 and entry (0, 1) is 1"},
		{second(metric.Root(nil)), "metric: B is missing"},
		{second(metric.Root(&mat.Dense{})), "metric: B is empty"},
		{second(metric.LowRank(mat.NewDense(1, 1, []float64{nan}))), "metric: U has entry (0, 0) = NaN, which is not finite"},
		{second(metric.Diagonal(nil)), "metric: diagonal has no entries"},
		{second(metric.Diagonal([]float64{1, 0})), "metric: diagonal has entry [1] = 0, which is not positive and finite"},
		{second(metric.DiagonalPlusLowRank([]float64{1, -2}, random(2, 1))), "metric: diagonal has entry [1] = -2, which is not positive and finite"},
		{second(metric.DiagonalPlusLowRank([]float64{1, 2}, random(3, 1))), "metric: U is 3×1, want 2×any"},
		{second(metric.DiagonalPlusLowRank([]float64{1, 2}, nil)), "metric: U is missing"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", c.err, c.want)
		}
	}
	mustPanic(t, "Identity(0)", "metric: dimension is less than 1", func() { metric.Identity(0) })
}
