package sde

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

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
			e, c := ou.Transition(time)
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
	e1, c1 := ou.Transition(0.3)
	e2, c2 := ou.Transition(1.1)
	e3, c3 := ou.Transition(1.4)
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
	ou := testOU(t)
	const n, h = 40_000, 0.8
	start := []float64{2, 2}
	rng := stream.New(3)
	var sum [2]float64
	var prod, prod2 [3]float64
	e, c := ou.Transition(h)
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
	if _, other := ou.Transition(0.9 * h); worst(other) < 5 {
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

func TestRefusals(t *testing.T) {
	ou := testOU(t)
	one := mat.NewDense(1, 1, []float64{1})
	nan := mat.NewDense(1, 1, []float64{math.NaN()})
	for _, c := range []struct {
		says string
		try  func() error
	}{
		{"length 1", func() error { _, err := NewPath(NewHeun(ou), []float64{1}, 0.1); return err }},
		{"x0[1] = NaN", func() error { _, err := NewPath(NewHeun(ou), []float64{1, math.NaN()}, 0.1); return err }},
		{"h = 0", func() error { _, err := NewPath(NewHeun(ou), []float64{1, 2}, 0); return err }},
		{"h = -1", func() error { _, err := NewExact(ou, []float64{1, 2}, -1); return err }},
		{"2×1", func() error { _, err := NewOrnsteinUhlenbeck(mat.NewDense(2, 1, nil), nil, one); return err }},
		{"2 rows", func() error { _, err := NewOrnsteinUhlenbeck(one, nil, mat.NewDense(2, 1, nil)); return err }},
		{"length 2", func() error { _, err := NewOrnsteinUhlenbeck(one, []float64{1, 2}, one); return err }},
		{"(0, 0) = NaN", func() error { _, err := NewOrnsteinUhlenbeck(nan, nil, one); return err }},
		{"m[0] = +Inf", func() error { _, err := NewOrnsteinUhlenbeck(one, []float64{math.Inf(1)}, one); return err }},
		{"must be positive", func() error {
			unstable, err := NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{-1}), nil, one)
			if err != nil {
				return err
			}
			_, err = unstable.Stationary()
			return err
		}},
	} {
		if err := c.try(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error is %q, want one that says %q", err, c.says)
		}
	}
}
