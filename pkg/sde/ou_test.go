package sde

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// testOU is a rotation with friction, so that A is not symmetric and does not
// commute with BBᵀ.
func testOU(t *testing.T) *OrnsteinUhlenbeck {
	t.Helper()
	ou, err := NewOrnsteinUhlenbeck(
		mat.NewDense(2, 2, []float64{1, -2, 1.5, 0.5}),
		[]float64{3, -1},
		mat.NewDense(2, 2, []float64{1, 0, 0.4, 0.7}))
	if err != nil {
		t.Fatal(err)
	}
	return ou
}

// TestTransitionScalar compares with e^{−at} and (1−e^{−2at})b²/2a, over times
// from far below to far above 1/a, and with b²t where a = 0.
func TestTransitionScalar(t *testing.T) {
	for _, a := range []float64{0, 1e-3, 1, 300, -0.5} {
		for _, time := range []float64{1e-6, 0.1, 1, 30} {
			ou, err := NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{a}), nil, mat.NewDense(1, 1, []float64{1.7}))
			if err != nil {
				t.Fatal(err)
			}
			e, c, err := ou.Transition(time)
			if err != nil {
				t.Fatal(err)
			}
			want := 1.7 * 1.7 * time
			if a != 0 {
				want = -1.7 * 1.7 * math.Expm1(-2*a*time) / (2 * a)
			}
			if got := e.At(0, 0); math.Abs(got-math.Exp(-a*time)) > 1e-11*math.Exp(-a*time)+1e-300 {
				t.Errorf("a = %g, t = %g: E = %g, want %g", a, time, got, math.Exp(-a*time))
			}
			if got := c.At(0, 0); math.Abs(got-want) > 1e-11*want {
				t.Errorf("a = %g, t = %g: C = %g, want %g", a, time, got, want)
			}
		}
	}
}

// TestTransitionComposes checks Chapman–Kolmogorov and the Lyapunov equation,
// on a matrix that is not symmetric.
func TestTransitionComposes(t *testing.T) {
	ou := testOU(t)
	law := func(time float64) (*mat.Dense, *mat.SymDense) {
		e, c, err := ou.Transition(time)
		if err != nil {
			t.Fatal(err)
		}
		return e, c
	}
	e1, c1 := law(0.3)
	e2, c2 := law(1.1)
	e3, c3 := law(1.4)
	var e, c mat.Dense
	e.Mul(e2, e1)
	c.Mul(e2, c1)
	c.Mul(&c, e2.T())
	c.Add(&c, c2)
	if !mat.EqualApprox(&e, e3, 1e-13) || !mat.EqualApprox(&c, c3, 1e-13) {
		t.Errorf("0.3 and then 1.1 is not 1.4:\n%v\n%v", mat.Formatted(&c), mat.Formatted(c3))
	}
	stationary, err := ou.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	a := mat.NewDense(2, 2, ou.a)
	b := mat.NewDense(2, 2, ou.b)
	var left, right, bb mat.Dense
	left.Mul(a, stationary)
	right.Mul(stationary, a.T())
	left.Add(&left, &right)
	bb.Mul(b, b.T())
	if !mat.EqualApprox(&left, &bb, 1e-12) {
		t.Errorf("AC + CAᵀ is not BBᵀ:\n%v", mat.Formatted(&left))
	}
}

// TestStationaryOfRecipe: A = (D+S)Σ⁻¹ with BBᵀ = 2D leaves N(m, Σ) invariant
// for every skew S, and not with S symmetric, which is the control.
func TestStationaryOfRecipe(t *testing.T) {
	sigma := mat.NewSymDense(2, []float64{1, 0.8, 0.8, 1})
	var p mat.Dense
	if err := p.Inverse(sigma); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s     []float64
		holds bool
	}{{[]float64{0, 0, 0, 0}, true}, {[]float64{0, 2, -2, 0}, true}, {[]float64{0, 0.5, 0.5, 0}, false}} {
		ds := mat.NewDense(2, 2, c.s)
		ds.Set(0, 0, 1+ds.At(0, 0))
		ds.Set(1, 1, 1+ds.At(1, 1))
		var a mat.Dense
		a.Mul(ds, &p)
		ou, err := NewOrnsteinUhlenbeck(&a, nil, mat.NewDiagDense(2, []float64{math.Sqrt2, math.Sqrt2}))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ou.Stationary()
		if err != nil {
			t.Fatal(err)
		}
		if mat.EqualApprox(got, sigma, 1e-11) != c.holds {
			t.Errorf("S = %v: stationary covariance %v, equal to Σ should be %v", c.s, mat.Formatted(got), c.holds)
		}
	}
}

// TestExactHasTheLaw compares the stepper's mean and second moments after one
// long step, from many starts, with the law of the process: each |z| < 5 of its
// standard error (false alarm 3e-6 for the five together). The control compares
// with the law after another time.
func TestExactHasTheLaw(t *testing.T) {
	racetest.Sequential(t)
	ou := testOU(t)
	const n, h = 40_000, 0.8
	start := []float64{2, 2}
	rng := stream.New(3)
	var sum [2]float64
	var prod, prod2 [3]float64
	e, c, err := ou.Transition(h)
	if err != nil {
		t.Fatal(err)
	}
	mean := make([]float64, 2)
	for i := range mean {
		mean[i] = ou.mean[i] + e.At(i, 0)*(start[0]-ou.mean[0]) + e.At(i, 1)*(start[1]-ou.mean[1])
	}
	x := make([]float64, 2)
	for range n {
		s, err := NewExact(ou, start, h)
		if err != nil {
			t.Fatal(err)
		}
		s.Step(rng)
		s.Position(x)
		a, b := x[0]-mean[0], x[1]-mean[1]
		sum[0] += a
		sum[1] += b
		for k, v := range []float64{a * a, a * b, b * b} {
			prod[k] += v
			prod2[k] += v * v
		}
	}
	worst := func(c *mat.SymDense) float64 {
		z := 0.0
		for i := range sum {
			z = max(z, math.Abs(sum[i]/n)/math.Sqrt(c.At(i, i)/n))
		}
		for k, want := range []float64{c.At(0, 0), c.At(0, 1), c.At(1, 1)} {
			m := prod[k] / n
			z = max(z, math.Abs(m-want)/math.Sqrt((prod2[k]/n-m*m)/n))
		}
		return z
	}
	if z := worst(c); z > 5 {
		t.Errorf("largest deviation from the law is %.1f standard errors", z)
	}
	if _, other, err := ou.Transition(0.9 * h); err != nil || worst(other) < 5 {
		t.Errorf("the law after 0.9 h passes too: no power")
	}
}

// TestExactReachesDegenerateNoise: noise that enters one coordinate only.
func TestExactReachesDegenerateNoise(t *testing.T) {
	ou, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{0, -1, 1, 0}), nil, mat.NewDense(2, 1, []float64{0, 0}))
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewExact(ou, []float64{1, 0}, math.Pi/2)
	if err != nil {
		t.Fatal(err)
	}
	s.Step(stream.New(1))
	x := make([]float64, 2)
	s.Position(x)
	if math.Abs(x[0]) > 1e-12 || math.Abs(x[1]+1) > 1e-12 {
		t.Errorf("a quarter turn without noise goes to %v, want (0, −1)", x)
	}
}

// TestExactInOneDimension follows paths that one stream of random numbers drives: a step
// is x ← m + e^{−ah}(x − m) + √C ξ, C = b²(1 − e^{−2ah})/2a, with the stream's next normal ξ.
func TestExactInOneDimension(t *testing.T) {
	const a, m, b, h = 0.7, -2.0, 1.5, 0.4
	ou, err := NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{a}), []float64{m}, mat.NewDense(1, 1, []float64{b}))
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewExact(ou, []float64{3}, h)
	if err != nil {
		t.Fatal(err)
	}
	x, want, rng, same := make([]float64, 1), 3.0, stream.New(1), stream.New(1)
	for range 5 {
		s.Step(rng)
		s.Position(x)
		want = m + math.Exp(-a*h)*(want-m) + math.Sqrt(b*b*-math.Expm1(-2*a*h)/(2*a))*stream.Normal(same)
		if math.Abs(x[0]-want) > 1e-13 {
			t.Fatalf("at %v the path is at %v, want %v", s.Time(), x[0], want)
		}
	}
}

// TestStrings: what steppers and paths are called.
func TestStrings(t *testing.T) {
	ou := testOU(t)
	path, err := NewPath(NewHeun(ou), []float64{1, 2}, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	path.Step(stream.New(1))
	exact, err := NewExact(ou, []float64{1, 2}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of   fmt.Stringer
		want string
	}{
		{ou, "Ornstein–Uhlenbeck process on ℝ^2"},
		{NewEulerMaruyama(ou), "Euler–Maruyama of Ornstein–Uhlenbeck process on ℝ^2"},
		{path, "path: Heun of Ornstein–Uhlenbeck process on ℝ^2, h = 0.25, t = 0.25"},
		{exact, "exact: Ornstein–Uhlenbeck process on ℝ^2, h = 0.5, t = 0"},
	} {
		if got := c.of.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestDrift compares the drift of a process with a mean with −A(x − m), and
// Euler–Maruyama's step with x + h·drift + B ΔW.
func TestDrift(t *testing.T) {
	ou := testOU(t) // A = [[1, −2], [1.5, 0.5]], m = (3, −1), B = [[1, 0], [0.4, 0.7]]
	x := []float64{2, 5}
	want := []float64{-(1*(2-3) - 2*(5+1)), -(1.5*(2-3) + 0.5*(5+1))}
	got := []float64{math.NaN(), math.NaN()}
	ou.Drift(got, x)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-14 {
			t.Errorf("drift[%d] = %v, want %v", i, got[i], want[i])
		}
	}
	noise := []float64{10, 20}
	ou.AddNoise(noise, x, []float64{1, 2})
	if math.Abs(noise[0]-11) > 1e-14 || math.Abs(noise[1]-21.8) > 1e-14 {
		t.Errorf("10 and 20 with noise are %v, want 11 and 21.8", noise)
	}
	NewEulerMaruyama(ou).Advance(x, []float64{1, 2}, 0.5)
	for i, v := range []float64{2 + 0.5*want[0] + 1, 5 + 0.5*want[1] + 1.8} {
		if math.Abs(x[i]-v) > 1e-14 {
			t.Errorf("Euler's step goes to x[%d] = %v, want %v", i, x[i], v)
		}
	}
}

// TestExactMoves: from where it is and not from where it began.
func TestExactMoves(t *testing.T) {
	a := mat.NewDense(1, 1, []float64{2 * math.Ln2})
	ou, err := NewOrnsteinUhlenbeck(a, []float64{5}, mat.NewDense(1, 1, nil))
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewExact(ou, []float64{13}, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 1)
	for k, want := range []float64{9, 7, 6, 5.5} {
		s.Step(stream.New(1))
		s.Position(x)
		if math.Abs(x[0]-want) > 1e-13 || s.Time() != float64(k+1)/2 {
			t.Errorf("after %v x = %v, want %v", s.Time(), x[0], want)
		}
	}
}

// TestStationaryAtEveryScale compares with b²/2a, over all of the range of
// floating-point numbers, and with two modes of very different speed. What is out of
// the range is refused.
func TestStationaryAtEveryScale(t *testing.T) {
	one := func(v float64) *mat.Dense { return mat.NewDense(1, 1, []float64{v}) }
	for _, c := range []struct{ a, b float64 }{
		{1, 1}, {3, 0.2}, {1e-300, 1e-100}, {1e300, 1e100}, {5e-324, 1e-100}, {1.7e308, 1e150}, {1e-310, 1e-160}, {1, 1e-150}, {1, 1e150},
	} {
		ou, err := NewOrnsteinUhlenbeck(one(c.a), nil, one(c.b))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ou.Stationary()
		if err != nil {
			t.Errorf("a = %g, b = %g: %v", c.a, c.b, err)
			continue
		}
		want := c.b / c.a * c.b / 2
		if math.IsInf(c.b/c.a, 0) {
			want = c.b * c.b / c.a / 2
		}
		if math.Abs(got.At(0, 0)/want-1) > 1e-13 {
			t.Errorf("a = %g, b = %g: variance %g, want %g", c.a, c.b, got.At(0, 0), want)
		}
	}
	for _, slow := range []float64{1e-3, 1e-17, 1e-100, 1e-300} {
		ou, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{slow, 0, 0, 1}), nil, mat.NewDense(2, 2, []float64{1, 0, 1, 1}))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ou.Stationary()
		if err != nil {
			t.Errorf("modes of rates %g and 1: %v", slow, err)
			continue
		}
		want := mat.NewSymDense(2, []float64{1 / (2 * slow), 1 / (1 + slow), 1 / (1 + slow), 1})
		for i := range 2 {
			for j := range 2 {
				if math.Abs(got.At(i, j)/want.At(i, j)-1) > 1e-12 {
					t.Errorf("modes of rates %g and 1: C[%d][%d] = %g, want %g", slow, i, j, got.At(i, j), want.At(i, j))
				}
			}
		}
	}
	// Entries of very different size, none of which is zero, and BBᵀ beyond the range.
	mixed, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{1, 1e-310, 1e-310, 1}), nil, mat.NewDense(2, 2, []float64{1, 1e-310, 1e-310, 1}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := mixed.Stationary(); err != nil || math.Abs(got.At(0, 0)-0.5) > 1e-13 || math.Abs(got.At(0, 1)) > 1e-300 {
		t.Errorf("a coupling of 10⁻³¹⁰: C = %v, %v", got, err)
	}
	loud, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{1e300, 0, 0, 1e300}), nil, mat.NewDense(2, 2, []float64{1e160, 0, 0, 1e160}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := loud.Stationary(); err != nil || math.Abs(got.At(1, 1)/5e19-1) > 1e-13 || got.At(0, 1) != 0 {
		t.Errorf("noise of 10¹⁶⁰ at rates of 10³⁰⁰: C = %v, %v", got, err)
	}
	// Rows of A whose sums overflow: rates 1.6e308 ± 1e308.
	huge, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{1.6e308, 1e308, 1e308, 1.6e308}), nil, mat.NewDense(2, 1, []float64{1e150, -1e150}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := huge.Stationary(); err != nil || math.Abs(got.At(0, 0)/(1e300/1.2e308)-1) > 1e-12 || math.Abs(got.At(0, 1)/got.At(0, 0)+1) > 1e-12 {
		t.Errorf("rates of 10³⁰⁸: C = %v, %v", got, err)
	}
	if _, got, err := huge.Transition(1e-300); err != nil || math.Abs(got.At(0, 0)/(1e300/1.2e308)-1) > 1e-12 {
		t.Errorf("rates of 10³⁰⁸: C(t) = %v, %v", got, err)
	}
	for _, c := range []struct {
		a, b mat.Matrix
		want string
	}{
		{one(5e-324), one(1), "sde: stationary covariance overflows"},
		{one(1), one(1e200), "sde: stationary covariance overflows"},
		{mat.NewDense(2, 2, []float64{1, 0, 0, 1e-310}), mat.NewDense(2, 2, []float64{1, 0, 0, 1}), "sde: stationary covariance overflows"},
		{one(-1), one(1), "sde: drift matrix is not stable, so that there is no stationary law: an eigenvalue has the real part -1, which must be positive beyond rounding"},
		{one(0), one(1), "sde: drift matrix is not stable, so that there is no stationary law: an eigenvalue has the real part 0, which must be positive beyond rounding"},
		{one(-5e-324), one(1), "sde: drift matrix is not stable, so that there is no stationary law: an eigenvalue has the real part -4.94e-324, which must be positive beyond rounding"},
		{mat.NewDense(2, 2, []float64{0, 1, -1, 0}), mat.NewDense(2, 1, []float64{0, 1}), "sde: drift matrix is not stable, so that there is no stationary law: an eigenvalue has the real part 0, which must be positive beyond rounding"},
		{mat.NewDense(2, 2, []float64{1, 0, 0, -1e-9}), mat.NewDense(2, 1, []float64{0, 1}), "sde: drift matrix is not stable, so that there is no stationary law: an eigenvalue has the real part -1e-09, which must be positive beyond rounding"},
	} {
		ou, err := NewOrnsteinUhlenbeck(c.a, nil, c.b)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ou.Stationary(); err == nil || err.Error() != c.want {
			t.Errorf("A = %v: C = %v, error %q, want %q", mat.Formatted(c.a), got, err, c.want)
		}
	}
}

// TestStationaryBeyondRounding gives A = [[1, −1], [c, d]] the eigenvalues 10⁻⁹ and b. Its
// eigenvectors are the more alike the smaller b is. Where b = 10⁻⁶, a rounding of the
// entries moves the eigenvalues by 10⁻¹⁶/b = 10⁻¹⁰, and the bound on that is several
// times larger than 10⁻⁹; where b = 10⁻² both are far below.
func TestStationaryBeyondRounding(t *testing.T) {
	for b, stable := range map[float64]bool{1e-6: false, 1e-2: true} {
		const a = 1e-9
		d := a + b - 1
		ou, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{1, -1, a*b - d, d}), nil, mat.NewDense(2, 1, []float64{1, 1}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ou.Stationary(); (err == nil) != stable || !stable && !strings.Contains(err.Error(), "positive beyond rounding") {
			t.Errorf("eigenvalues of %v and %v: %v", a, b, err)
		}
	}
}

// TestStationaryOfManyCoordinates checks the Lyapunov equation for a dense A whose
// rows have large sums and which is not symmetric.
func TestStationaryOfManyCoordinates(t *testing.T) {
	const n = 30
	a, b := mat.NewDense(n, n, nil), mat.NewDense(n, n-3, nil)
	rng := stream.New(5)
	stream.Normals(rng, a.RawMatrix().Data)
	stream.Normals(rng, b.RawMatrix().Data)
	for i := range n {
		a.Set(i, i, a.At(i, i)+15)
	}
	ou, err := NewOrnsteinUhlenbeck(a, nil, b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ou.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	var left, bb mat.Dense
	left.Mul(a, c)
	left.Add(mat.DenseCopyOf(&left), left.T())
	bb.Mul(b, b.T())
	if !mat.EqualApprox(&left, &bb, 1e-11) {
		t.Error("AC + CAᵀ is not BBᵀ")
	}
}

// TestStationaryOfLargeRows compares A = I + 11ᵀ, whose rows have sums far above
// their entries, and B = I with the closed form C = (I − 11ᵀ/(1+n))/2.
func TestStationaryOfLargeRows(t *testing.T) {
	const n = 64
	a, b := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, 1)
		}
		a.Set(i, i, 2)
		b.Set(i, i, 1)
	}
	ou, err := NewOrnsteinUhlenbeck(a, nil, b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ou.Stationary()
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for j := range n {
			want := -0.5 / (1 + n)
			if i == j {
				want += 0.5
			}
			if math.Abs(c.At(i, j)-want) > 1e-13 {
				t.Fatalf("C[%d, %d] = %v, want %v", i, j, c.At(i, j), want)
			}
		}
	}
}

// TestContract holds a path under each stepper and the exact sampler to the contract
// of a sampler.
func TestContract(t *testing.T) {
	for name, stepper := range map[string]func() Stepper{
		"Euler–Maruyama": func() Stepper { return NewEulerMaruyama(testOU(t)) },
		"Heun":           func() Stepper { return NewHeun(testOU(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			samplertest.Contract(t, func() *Path {
				p, err := NewPath(stepper(), []float64{1, 2}, 0.1)
				if err != nil {
					t.Fatal(err)
				}
				return p
			})
		})
	}
	t.Run("Exact", func(t *testing.T) {
		samplertest.Contract(t, func() *Exact {
			s, err := NewExact(testOU(t), []float64{1, 2}, 0.1)
			if err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}

// TestTime: a path has gone as far as its steps, and a path of another step refuses
// its state.
func TestTime(t *testing.T) {
	path := func(h float64) *Path {
		p, err := NewPath(NewHeun(well{}), []float64{1}, h)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, rng := path(0.25), stream.New(1)
	for range 6 {
		p.Step(rng)
	}
	if p.Time() != 1.5 {
		t.Errorf("six steps of ¼ have come to t = %v", p.Time())
	}
	data, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if err := path(0.5).UnmarshalBinary(data); err == nil {
		t.Error("a path with another step takes the state")
	}
	again := path(0.25)
	if err := again.UnmarshalBinary(data); err != nil || again.Time() != 1.5 {
		t.Errorf("restored at t = %v, %v", again.Time(), err)
	}
}

// TestTransitionAtEveryScale compares with e^{−at} and (1 − e^{−2at})b²/2a, whatever
// the unit of time.
func TestTransitionAtEveryScale(t *testing.T) {
	for _, unit := range []float64{1e-300, 1e-12, 1, 1e12, 1e300} {
		ou, err := NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{0.7 / unit}), nil, mat.NewDense(1, 1, []float64{1.5 / math.Sqrt(unit)}))
		if err != nil {
			t.Fatal(err)
		}
		e, c, err := ou.Transition(2 * unit)
		if err != nil {
			t.Errorf("time in units of %g: %v", unit, err)
			continue
		}
		if want := math.Exp(-1.4); math.Abs(e.At(0, 0)/want-1) > 1e-13 {
			t.Errorf("time in units of %g: E = %v, want %v", unit, e.At(0, 0), want)
		}
		if want := -1.5 * 1.5 * math.Expm1(-2.8) / 1.4; math.Abs(c.At(0, 0)/want-1) > 1e-13 {
			t.Errorf("time in units of %g: C = %v, want %v", unit, c.At(0, 0), want)
		}
	}
}

func TestRefusals(t *testing.T) {
	ou := testOU(t)
	one := mat.NewDense(1, 1, []float64{1})
	nan := mat.NewDense(1, 1, []float64{math.NaN()})
	explosive, err := NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{-1}), nil, one)
	if err != nil {
		t.Fatal(err)
	}
	newOU := func(a mat.Matrix, m []float64, b mat.Matrix) func() error {
		return func() error { _, err := NewOrnsteinUhlenbeck(a, m, b); return err }
	}
	path := func(x0 []float64, h float64) func() error {
		return func() error { _, err := NewPath(NewHeun(ou), x0, h); return err }
	}
	transition := func(time float64) func() error {
		return func() error { _, _, err := explosive.Transition(time); return err }
	}
	silent, err := NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{-1}), nil, mat.NewDense(1, 1, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		try  func() error
	}{
		{"sde: t = 1000 is too long: exp(−tA), or the covariance after it, is out of the range of floating-point numbers", func() error { _, _, err := silent.Transition(1000); return err }},
		{"sde: x0 has length 1, want 2", path([]float64{1}, 0.1)},
		{"sde: x0 has entry [1] = NaN, which is not finite", path([]float64{1, math.NaN()}, 0.1)},
		{"sde: h = 0 is not positive and finite", path([]float64{1, 2}, 0)},
		{"sde: h = -1 is not positive and finite", func() error { _, err := NewExact(ou, []float64{1, 2}, -1); return err }},
		{"sde: t = 1000 is too long: exp(−tA), or the covariance after it, is out of the range of floating-point numbers", func() error { _, err := NewExact(explosive, []float64{1}, 1000); return err }},
		{"sde: t = 0 is not positive and finite", transition(0)},
		{"sde: t = NaN is not positive and finite", transition(math.NaN())},
		{"sde: t = 1 is too long: exp(−tA), or the covariance after it, is out of the range of floating-point numbers", func() error {
			ou, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 2, nil), nil, mat.NewDense(2, 1, []float64{1e154, 1e154}))
			if err == nil {
				_, _, err = ou.Transition(1) // C would have the eigenvalue 2·10³⁰⁸
			}
			return err
		}},
		{"sde: t = 400 is too long: exp(−tA), or the covariance after it, is out of the range of floating-point numbers", transition(400)},
		{"sde: drift matrix is missing", newOU(nil, nil, one)},
		{"sde: noise matrix is missing", newOU(one, nil, (*mat.Dense)(nil))},
		{"sde: drift matrix is 2×1, which is not square", newOU(mat.NewDense(2, 1, nil), nil, one)},
		{"sde: noise matrix is 2×1, want 1×any", newOU(one, nil, mat.NewDense(2, 1, nil))},
		{"sde: mean has length 2, want 1", newOU(one, []float64{1, 2}, one)},
		{"sde: drift matrix has entry (0, 0) = NaN, which is not finite", newOU(nan, nil, one)},
		{"sde: mean has entry [0] = +Inf, which is not finite", newOU(one, []float64{math.Inf(1)}, one)},
	} {
		var e *arg.Error
		if err := c.try(); err == nil || err.Error() != c.want || !errors.As(err, &e) {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", err, c.want)
		}
	}
}

func TestMisusePanics(t *testing.T) {
	ou := testOU(t)
	two, three := make([]float64, 2), make([]float64, 3)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"sde: Process is nil", func() { NewEulerMaruyama(nil) }},
		{"sde: Process is nil", func() { NewHeun(nil) }},
		{"sde: Stepper is nil", func() { NewPath(nil, two, 1) }},
		{"sde: Process is nil", func() { NewExact(nil, two, 1) }},
		{"sde: state has the wrong length", func() { ou.Drift(two, three) }},
		{"sde: dst has the wrong length", func() { ou.Drift(three, two) }},
		{"sde: state has the wrong length", func() { ou.AddNoise(three, two, two) }},
		{"sde: noise has the wrong length", func() { ou.AddNoise(two, two, three) }},
		{"sde: state has the wrong length", func() { NewEulerMaruyama(well{}).Advance(two, two[:1], 1) }},
		{"sde: noise has the wrong length", func() { NewEulerMaruyama(well{}).Advance(two[:1], two, 1) }},
		{"sde: state has the wrong length", func() { NewHeun(well{}).Advance(two, two[:1], 1) }},
		{"sde: noise has the wrong length", func() { NewHeun(well{}).Advance(two[:1], two, 1) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panics with %v, want %q", got, c.want)
				}
			}()
			c.f()
		}()
	}
}
