package sde

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/eigen"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// OrnsteinUhlenbeck is the linear process
//
//	dx = −A(x − m) dt + B dW,
//
// with constant A, n×n, and B, n×k. Its solution is Gaussian: given x(0),
//
//	x(t) ~ N(m + E(x(0) − m), C),  E = exp(−tA),
//	C = ∫₀ᵗ exp(−sA) BBᵀ exp(−sAᵀ) ds
//
// (Gardiner 2009, §4.5.6). Langevin dynamics on a Gaussian target N(m, Σ) is
// the case A = (D+S)Σ⁻¹, BBᵀ = 2D, whose stationary law is the target.
type OrnsteinUhlenbeck struct {
	n, k    int
	a, b    []float64 // row-major
	mean    []float64
	centred []float64
}

// NewOrnsteinUhlenbeck returns the process with drift matrix a, n×n, mean m of
// length n (nil for zero) and noise matrix b, n×k. A need not be stable. It refuses
// matrices that are nil, empty or not finite, shapes that disagree, and a mean that
// is not finite.
func NewOrnsteinUhlenbeck(a mat.Matrix, m []float64, b mat.Matrix) (*OrnsteinUhlenbeck, error) {
	drift, err := check.Matrix("drift matrix", a, -1, -1)
	if err != nil {
		return nil, err
	}
	n, cols := a.Dims()
	if cols != n {
		return nil, check.Errorf("drift matrix", "is %d×%d, which is not square", n, cols)
	}
	noise, err := check.Matrix("noise matrix", b, n, -1)
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = make([]float64, n)
	}
	mean, err := check.Vector("mean", m, n)
	if err != nil {
		return nil, err
	}
	_, k := b.Dims()
	return &OrnsteinUhlenbeck{n: n, k: k, a: drift, b: noise, mean: mean, centred: make([]float64, n)}, nil
}

// Dims returns n and k.
func (ou *OrnsteinUhlenbeck) Dims() (state, noise int) { return ou.n, ou.k }

// String returns what the process is, and its dimension.
func (ou *OrnsteinUhlenbeck) String() string {
	return fmt.Sprintf("Ornstein–Uhlenbeck process on ℝ^%d", ou.n)
}

// Drift stores −A(x − m) in dst.
func (ou *OrnsteinUhlenbeck) Drift(dst, x []float64) {
	check.Length("dst", dst, ou.n)
	check.Length("state", x, ou.n)
	for i, v := range x {
		ou.centred[i] = ou.mean[i] - v
	}
	portable.MulVec(dst, ou.a, ou.centred)
}

// AddNoise adds B·dw to dst.
func (ou *OrnsteinUhlenbeck) AddNoise(dst, x, dw []float64) {
	checkLengths(ou, dst, dw)
	for i := range dst {
		dst[i] += portable.Dot(ou.b[i*ou.k:(i+1)*ou.k], dw)
	}
}

// Transition returns E = exp(−tA) and C, the covariance of x(t) given x(0). It
// refuses a t that is not positive and finite, and one after which an entry of E or C
// is out of the range of floating-point numbers, as it can be if A is not stable.
//
// A time short enough for their Taylor series is doubled until it is t, by
// E(2s) = E(s)² and C(2s) = C(s) + E(s) C(s) E(s)ᵀ. While E is near the identity,
// the formulas are those of E − I, so that slow modes keep their digits beside fast
// ones.
func (ou *OrnsteinUhlenbeck) Transition(t float64) (e *mat.Dense, c *mat.SymDense, err error) {
	ef, cf, err := ou.transition(t)
	if err != nil {
		return nil, nil, err
	}
	return mat.NewDense(ou.n, ou.n, ef), mat.NewSymDense(ou.n, cf), nil
}

func (ou *OrnsteinUhlenbeck) transition(t float64) (e, c []float64, err error) {
	if err := check.Positive("t", t, ""); err != nil {
		return nil, nil, err
	}
	step, doublings := t, 0
	for norm, exponent := ou.norm(); math.Ldexp(step, exponent)*norm > 0.25; step /= 2 {
		doublings++
	}
	law := ou.series(step)
	for range doublings {
		law.double()
	}
	trace := mat.Trace(mat.NewDense(ou.n, ou.n, law.c)) // no eigenvalue of C exceeds it
	if arg.FirstNonFinite(law.e) >= 0 || arg.FirstNonFinite(law.c) >= 0 || math.IsInf(trace, 1) {
		return nil, nil, check.Errorf("t", "= %v is too long: exp(−tA), or the covariance after it, is out of the range of floating-point numbers", t)
	}
	return law.e, law.c, nil
}

// norm returns the largest sum over a row of |A|, in units of 2^exponent, in which it
// does not overflow.
func (ou *OrnsteinUhlenbeck) norm() (norm float64, exponent int) {
	_, exponent = math.Frexp(largest(ou.a))
	for i := range ou.n {
		sum := 0.0
		for _, v := range ou.a[i*ou.n : (i+1)*ou.n] {
			sum += math.Ldexp(math.Abs(v), -exponent)
		}
		norm = max(norm, sum)
	}
	return norm, exponent
}

// transition is E, F = E − I and C after some time, n×n by rows, and scratch.
type transition struct {
	n           int
	e, f, c     []float64
	decayed     bool // E is far from the identity; F is not used any more
	next, image []float64
}

// series returns the transition after a time t, t|A| ≤ 1/4, by Taylor's series
//
//	F = Σ (−tA)ʲ/j!, j ≥ 1,  C = Σ tʲ⁺¹/(j+1)! Lʲ(BBᵀ), j ≥ 0,  L(X) = −(AX + XAᵀ).
func (ou *OrnsteinUhlenbeck) series(t float64) *transition {
	n := ou.n
	s := &transition{n: n}
	power := make([]float64, n*n)
	for _, m := range []*[]float64{&s.e, &s.f, &s.c, &s.next, &s.image} {
		*m = make([]float64, n*n)
	}
	for i := range n {
		power[i*n+i] = 1
		for j := range n {
			s.image[i*n+j] = t * portable.Dot(ou.b[i*ou.k:(i+1)*ou.k], ou.b[j*ou.k:(j+1)*ou.k])
		}
	}
	for j := range 20 { // 0.5²⁰/20! is far below rounding
		portable.Axpy(1, s.image, s.c)
		multiply(s.next, ou.a, power, n)
		for i := range power {
			power[i] = -t / float64(j+1) * s.next[i]
		}
		portable.Axpy(1, power, s.f)
		multiply(s.next, ou.a, s.image, n)
		for i := range n {
			for k := range n {
				s.image[i*n+k] = -t / float64(j+2) * (s.next[i*n+k] + s.next[k*n+i])
			}
		}
	}
	s.addIdentity()
	return s
}

// addIdentity stores I + F in E.
func (s *transition) addIdentity() {
	copy(s.e, s.f)
	for i := range s.n {
		s.e[i*s.n+i]++
	}
	s.decayed = largest(s.e) <= 0.25
}

// double doubles the time.
func (s *transition) double() {
	n := s.n
	if s.decayed {
		multiply(s.next, s.e, s.c, n)          // E C
		multiplyTrans(s.image, s.next, s.e, n) // E C Eᵀ
		portable.Axpy(1, s.image, s.c)
		multiply(s.next, s.e, s.e, n)
		s.e, s.next = s.next, s.e
		return
	}
	// C + (I+F) C (I+F)ᵀ = 2C + FC + (FC)ᵀ + (FC)Fᵀ
	multiply(s.next, s.f, s.c, n)
	multiplyTrans(s.image, s.next, s.f, n)
	for i := range n {
		for k := range n {
			s.c[i*n+k] = 2*s.c[i*n+k] + (s.next[i*n+k] + s.next[k*n+i] + s.image[i*n+k])
		}
	}
	multiply(s.next, s.f, s.f, n)
	for i, v := range s.f {
		s.f[i] = 2*v + s.next[i]
	}
	s.addIdentity()
}

// multiply stores XY in dst, all n×n.
func multiply(dst, x, y []float64, n int) {
	for i := range n {
		portable.MulTransVec(dst[i*n:(i+1)*n], y, x[i*n:(i+1)*n])
	}
}

// multiplyTrans stores XYᵀ in dst, all n×n.
func multiplyTrans(dst, x, y []float64, n int) {
	for i := range n {
		portable.MulVec(dst[i*n:(i+1)*n], y, x[i*n:(i+1)*n])
	}
}

// Stationary returns the covariance C of the stationary law, which solves
// AC + CAᵀ = BBᵀ. It refuses an A that is not stable: every eigenvalue must have a
// real part that is positive, by more than rounding. It refuses a C that overflows.
func (ou *OrnsteinUhlenbeck) Stationary() (*mat.SymDense, error) {
	n := ou.n
	// In units of time and of x in which A and B are of order one. The units are
	// powers of two, so that nothing is rounded.
	norm, time := ou.norm()
	_, more := math.Frexp(norm)
	time += more
	_, length := math.Frexp(largest(ou.b))
	scaled := &OrnsteinUhlenbeck{n: n, k: ou.k, a: shifted(ou.a, -time), b: shifted(ou.b, -length)}

	if least, ok := scaled.stable(); !ok {
		return nil, check.Errorf("drift matrix", "is not stable, so that there is no stationary law: an eigenvalue has the real part %.3g, which must be positive beyond rounding", math.Ldexp(least, time))
	}
	// E vanishes after a few times the longest relaxation time, and then C stands
	// still. That time is at most 2¹⁰⁷⁵ of the shortest.
	law := scaled.series(0.25)
	for range 1100 {
		if largest(law.e) <= 0x1p-60 {
			break
		}
		law.double()
	}
	c := shifted(law.c, 2*length-time)
	if arg.FirstNonFinite(c) >= 0 {
		return nil, check.Errorf("stationary covariance", "overflows")
	}
	return mat.NewSymDense(n, c), nil
}

// stable reports whether all eigenvalues of A, of norm about one, have a real part
// that is positive, by more than the rounding of A's entries could make. It returns
// the first that has not.
func (ou *OrnsteinUhlenbeck) stable() (part float64, ok bool) {
	n := ou.n
	e, ok := eigen.Factorize(ou.a, n, mat.EigenBoth)
	if !ok {
		return math.NaN(), false
	}
	var right, left mat.CDense
	e.VectorsTo(&right)
	e.LeftVectorsTo(&left)
	for k, v := range e.Values(nil) {
		if real(v) > 1e-8 {
			continue
		}
		// An error of one rounding in each entry of A moves the eigenvalue by up
		// to |y|ᵀ|A||x|/|yᴴx| roundings, x and y being its eigenvectors.
		var moves float64
		var product complex128
		for i := range n {
			y := left.At(i, k)
			product += cmplx.Conj(y) * right.At(i, k)
			for j := range n {
				moves += cmplx.Abs(y) * math.Abs(ou.a[i*n+j]) * cmplx.Abs(right.At(j, k))
			}
		}
		if !(real(v) > float64(n)*0x1p-50*moves/cmplx.Abs(product)) {
			return real(v), false
		}
	}
	return 0, true
}

// largest returns the largest absolute value in x.
func largest(x []float64) float64 { return floats.Norm(x, math.Inf(1)) }

// shifted returns x in units of 2^−exponent.
func shifted(x []float64, exponent int) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Ldexp(v, exponent)
	}
	return y
}

// Exact samples an Ornstein–Uhlenbeck process on the grid 0, h, 2h, … from its
// law,
//
//	x ← m + E(x − m) + C^½ ξ,  ξ ~ N(0, I),
//
// without discretisation error, whatever h. It is an mcmc.Sampler.
type Exact struct {
	grid
	ou             *OrnsteinUhlenbeck
	xi, next, e, r []float64
}

// NewExact returns the exact sampler of ou that begins at x0, which it copies, with
// step h. It refuses what NewPath and Transition refuse, and panics if ou is nil.
func NewExact(ou *OrnsteinUhlenbeck, x0 []float64, h float64) (*Exact, error) {
	check.NotNil("Process", ou)
	n := ou.n
	g, err := newGrid(x0, n, h)
	if err != nil {
		return nil, err
	}
	e, c, err := ou.transition(h)
	if err != nil {
		return nil, err
	}
	// C is singular where noise does not reach, so its root is taken by
	// eigenvalues: R = V√λ, RRᵀ = C.
	values, vectors := make([]float64, n), make([]float64, n*n)
	portable.EigenSym(values, vectors, c, n)
	for k, v := range values {
		root := math.Sqrt(max(v, 0))
		for i := range n {
			vectors[i*n+k] *= root
		}
	}
	return &Exact{grid: g, ou: ou, xi: make([]float64, n), next: make([]float64, n), e: e, r: vectors}, nil
}

// String returns the process, the step and the time.
func (s *Exact) String() string { return s.describe("exact", s.ou) }

// Step moves the process on by h.
func (s *Exact) Step(rng *rand.Rand) {
	n, m := s.ou.n, s.ou.mean
	stream.Normals(rng, s.xi)
	for i := range s.x {
		s.x[i] -= m[i]
	}
	for i := range s.next {
		s.next[i] = m[i] + portable.Dot(s.e[i*n:(i+1)*n], s.x) + portable.Dot(s.r[i*n:(i+1)*n], s.xi)
	}
	copy(s.x, s.next)
	s.steps++
}
