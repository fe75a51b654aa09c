package diag

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"

	"natspike/pkg/stream"
)

// The closed form is the integral of the squared distance of quantiles, done
// here piece by piece over z = Φ⁻¹(u).
func TestW2NormalIsTheIntegral(t *testing.T) {
	rng := stream.New(21)
	for n := 1; n < 12; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = 4 * rng.NormFloat64()
		}
		mu, sigma := rng.NormFloat64(), 3*rng.Float64()
		sorted := slices.Clone(x)
		slices.Sort(sorted)
		var want float64
		for i, v := range sorted {
			lo, hi := -12.0, 12.0
			if i > 0 {
				lo = mathext.NormalQuantile(float64(i) / float64(n))
			}
			if i < n-1 {
				hi = mathext.NormalQuantile(float64(i+1) / float64(n))
			}
			want += quad.Fixed(func(z float64) float64 {
				d := v - mu - sigma*z
				return d * d * math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
			}, lo, hi, 200, nil, 0)
		}
		got, err := W2Normal(x, mu, sigma)
		if err != nil {
			t.Fatal(err)
		}
		closeTo(t, "W2", got, math.Sqrt(want), 1e-11)
	}
}

// One point is √((x−μ)² + σ²) away; to a point mass the distance is the root
// mean square; W2² is quadratic in a shift once the points are as good as n
// points can be.
func TestW2NormalClosedForms(t *testing.T) {
	w := func(x []float64, mu, sigma float64) float64 {
		v, err := W2Normal(x, mu, sigma)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	closeTo(t, "one point", w([]float64{5}, 1, 3), 5, 1e-15)
	closeTo(t, "point mass", w([]float64{1, 3, -1}, 1, 0), math.Sqrt(8.0/3), 1e-15)
	if got := w([]float64{2, 2}, 2, 0); got != 0 {
		t.Errorf("distance of equal point masses %v", got)
	}

	// The best n points are the means of the normal's n quantile intervals.
	const n = 1000
	best := make([]float64, n)
	phi := func(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }
	left := 0.0
	for i := range best {
		right := 0.0
		if i < n-1 {
			right = phi(mathext.NormalQuantile(float64(i+1) / n))
		}
		best[i] = n * (left - right)
		left = right
	}
	floor := w(best, 0, 1)
	if floor < 0.01 || floor > 0.05 {
		t.Errorf("distance of the best %d points %v", n, floor)
	}
	for _, shift := range []float64{1e-6, 1e-3, 1} {
		closeTo(t, "shifted", w(best, shift, 1), math.Hypot(floor, shift), 1e-12)
	}
	moved := slices.Clone(best)
	moved[0] -= 1e-3
	if w(moved, 0, 1) <= floor {
		t.Error("points that are better than the best")
	}
}

func TestW2(t *testing.T) {
	w := func(x, y []float64) float64 {
		v, err := W2(x, y)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	closeTo(t, "points", w([]float64{1}, []float64{4}), 3, 1e-15)
	closeTo(t, "equal lengths", w([]float64{3, 1}, []float64{2, 6}), math.Sqrt((1+9)/2.0), 1e-15)
	closeTo(t, "unequal lengths", w([]float64{0, 1}, []float64{0, 0, 1}), math.Sqrt(1.0/6), 1e-15)

	// The least over all pairings, and copies change nothing.
	rng := stream.New(22)
	for range 20 {
		x, y := ar1(rng, 0, 6), ar1(rng, 0, 6)
		least := math.Inf(1)
		permute(slices.Clone(y), 0, func(p []float64) {
			var s float64
			for i := range x {
				s += (x[i] - p[i]) * (x[i] - p[i])
			}
			least = min(least, math.Sqrt(s/6))
		})
		closeTo(t, "W2", w(x, y), least, 1e-14)
		closeTo(t, "W2 of copies", w(slices.Repeat(x, 4), slices.Repeat(y, 6)), least, 1e-13)
		closeTo(t, "the other way", w(y, x), least, 1e-14)
	}

	// To a sample as fine as a Gaussian it is W2Normal.
	fine := make([]float64, 200000)
	for i := range fine {
		fine[i] = 1 + 2*mathext.NormalQuantile((float64(i)+0.5)/float64(len(fine)))
	}
	x := ar1(rng, 0, 37)
	want, _ := W2Normal(x, 1, 2)
	closeTo(t, "fine sample", w(x, fine), want, 1e-4)
}

// permute calls f with every order of x[k:].
func permute(x []float64, k int, f func([]float64)) {
	if k == len(x) {
		f(x)
		return
	}
	for i := k; i < len(x); i++ {
		x[k], x[i] = x[i], x[k]
		permute(x, k+1, f)
		x[k], x[i] = x[i], x[k]
	}
}

func TestWassersteinErrors(t *testing.T) {
	one, nan := []float64{1}, []float64{0, math.NaN()}
	_, err := W2(nil, one)
	failsWith(t, "W2", err, ErrShort)
	_, err = W2(one, nil)
	failsWith(t, "W2", err, ErrShort)
	_, err = W2(nan, one)
	failsWith(t, "W2", err, ErrNonFinite)
	_, err = W2(one, nan)
	failsWith(t, "W2", err, ErrNonFinite)
	_, err = W2Normal(nil, 0, 1)
	failsWith(t, "W2Normal", err, ErrShort)
	_, err = W2Normal(nan, 0, 1)
	failsWith(t, "W2Normal", err, ErrNonFinite)
	for _, p := range [][2]float64{{0, -1}, {0, math.NaN()}, {math.NaN(), 1}, {math.Inf(1), 1}, {0, math.Inf(1)}} {
		_, err = W2Normal(one, p[0], p[1])
		failsWith(t, "W2Normal", err, ErrRange)
	}
	_, err = W2Binned(one, nil, 10)
	failsWith(t, "W2Binned", err, ErrShort)
	_, err = W2Binned(one, nan, 10)
	failsWith(t, "W2Binned", err, ErrNonFinite)
	_, err = W2Binned(nan, one, 10)
	failsWith(t, "W2Binned", err, ErrNonFinite)
	_, err = W2Binned(one, one, 3)
	failsWith(t, "W2Binned", err, ErrRange)
}

func w2Gaussian(t *testing.T, m1 []float64, c1 mat.Symmetric, m2 []float64, c2 mat.Symmetric) float64 {
	t.Helper()
	v, err := W2Gaussian(m1, c1, m2, c2)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestW2GaussianClosedForms(t *testing.T) {
	zero := []float64{0, 0, 0}
	diag := func(v ...float64) *mat.SymDense {
		s := mat.NewSymDense(len(v), nil)
		for i, x := range v {
			s.SetSym(i, i, x)
		}
		return s
	}
	// Commuting covariances: the distance of their square roots.
	closeTo(t, "diagonal", w2Gaussian(t, zero, diag(1, 4, 9), zero, diag(4, 4, 0)), math.Sqrt(1+0+9), 1e-14)
	closeTo(t, "means", w2Gaussian(t, []float64{3, 0, 0}, diag(1, 1, 1), []float64{0, 4, 0}, diag(1, 1, 1)), 5, 1e-14)
	closeTo(t, "one dimension", w2Gaussian(t, []float64{1}, diag(4), []float64{4}, diag(36)), 5, 1e-15)
	if got := w2Gaussian(t, zero, diag(0, 0, 0), zero, diag(0, 0, 0)); got != 0 {
		t.Errorf("distance of point masses %v", got)
	}

	// Covariances that do not commute, from the definition by a square root.
	a := mat.NewSymDense(2, []float64{2, 1, 1, 3})
	b := mat.NewSymDense(2, []float64{1, -0.5, -0.5, 2})
	if got, want := w2Gaussian(t, zero[:2], a, zero[:2], b), buresByRoots(a, b); math.Abs(got-want) > 1e-12 {
		t.Errorf("W2 = %v, by the definition %v", got, want)
	}
	var wrong float64 // negative control: roots as if they commuted
	for i := range 2 {
		d := math.Sqrt(a.At(i, i)) - math.Sqrt(b.At(i, i))
		wrong += d * d
	}
	if got := w2Gaussian(t, zero[:2], a, zero[:2], b); math.Abs(got-math.Sqrt(wrong)) < 0.1 {
		t.Errorf("W2 = %v is that of the diagonals, %v", got, math.Sqrt(wrong))
	}
}

// buresByRoots is √tr[A + B − 2(A^½ B A^½)^½] as it is written.
func buresByRoots(a, b *mat.SymDense) float64 {
	sqrt := func(s mat.Symmetric) *mat.Dense {
		var e mat.EigenSym
		e.Factorize(s, true)
		var v, d mat.Dense
		e.VectorsTo(&v)
		d.Apply(func(_, j int, x float64) float64 { return x * math.Sqrt(e.Values(nil)[j]) }, &v)
		d.Mul(&d, v.T())
		return &d
	}
	r := sqrt(a)
	var m mat.Dense
	m.Mul(r, b)
	m.Mul(&m, r)
	n := a.SymmetricDim()
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, m.At(i, j))
		}
	}
	return math.Sqrt(max(0, mat.Trace(a)+mat.Trace(b)-2*mat.Trace(sqrt(s))))
}

// Σ and (1+ε)²Σ are ε√trΣ apart, however small ε; the formula as it is written
// loses it, which is the negative control.
func TestW2GaussianOfCloseCovariances(t *testing.T) {
	rng := stream.New(23)
	const n = 20
	f := mat.NewDense(n, n+3, nil)
	for i := range n {
		for j := range n + 3 {
			f.Set(i, j, rng.NormFloat64())
		}
	}
	a, b := mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	a.SymOuterK(1, f)
	const eps = 1e-9
	b.ScaleSym((1+eps)*(1+eps), a)
	want := eps * math.Sqrt(mat.Trace(a))
	zero := make([]float64, n)
	closeTo(t, "W2", w2Gaussian(t, zero, a, zero, b), want, 1e-5)
	if naive := buresByRoots(a, b); math.Abs(naive/want-1) < 0.1 {
		t.Errorf("the naive formula is right too: %v", naive)
	}
	// A singular pair along another direction.
	one := mat.NewSymDense(2, []float64{1, 0, 0, 0})
	two := mat.NewSymDense(2, []float64{0, 0, 0, 1})
	closeTo(t, "orthogonal", w2Gaussian(t, zero[:2], one, zero[:2], two), math.Sqrt2, 1e-14)
}

func TestW2GaussianErrors(t *testing.T) {
	zero := []float64{0, 0}
	id := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	_, err := W2Gaussian(zero, id, zero, mat.NewSymDense(2, []float64{1, 2, 2, 1}))
	failsWith(t, "indefinite", err, ErrRange)
	_, err = W2Gaussian(zero, mat.NewSymDense(2, []float64{1, math.NaN(), 0, 1}), zero, id)
	failsWith(t, "NaN", err, ErrNonFinite)
	for _, sign := range []int{1, -1} {
		_, err = W2Gaussian(zero, mat.NewSymDense(2, []float64{1, math.Inf(sign), 0, 1}), zero, id)
		failsWith(t, "an infinite covariance", err, ErrNonFinite)
	}
	_, err = W2Gaussian(zero, id, []float64{0, math.Inf(1)}, id)
	failsWith(t, "Inf", err, ErrNonFinite)
	panics(t, "dimensions", badDim, func() { W2Gaussian(zero, id, zero[:1], id) })
}

func BenchmarkW2Normal(b *testing.B) {
	x := ar1(stream.New(1), 0, 10000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := W2Normal(x, 0, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// An eigenvalue that is negative by no more than rounding counts as zero.
func TestW2GaussianOfNearlySingular(t *testing.T) {
	zero := []float64{0, 0}
	for _, c := range []struct {
		eigenvalue float64
		ok         bool
	}{{0, true}, {-1e-12, true}, {-1.9e-12, true}, {-2.1e-12, false}, {-1e-6, false}} {
		cov := mat.NewSymDense(2, []float64{1, 0, 0, c.eigenvalue})
		w, err := W2Gaussian(zero, cov, zero, mat.NewSymDense(2, []float64{1, 0, 0, 0}))
		if c.ok && (err != nil || w != 0) {
			t.Errorf("eigenvalue %v: distance %v, %v", c.eigenvalue, w, err)
		}
		if !c.ok {
			failsWith(t, "negative eigenvalue", err, ErrRange)
		}
	}
}
