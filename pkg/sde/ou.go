package sde

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

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
// length n (nil for zero) and noise matrix b, n×k. It refuses shapes that
// disagree and entries that are not finite. A need not be stable.
func NewOrnsteinUhlenbeck(a mat.Matrix, m []float64, b mat.Matrix) (*OrnsteinUhlenbeck, error) {
	n, cols := a.Dims()
	if cols != n {
		return nil, fmt.Errorf("sde: drift matrix is %d×%d, not square", n, cols)
	}
	rows, k := b.Dims()
	if rows != n {
		return nil, fmt.Errorf("sde: noise matrix has %d rows, the drift matrix %d", rows, n)
	}
	if m == nil {
		m = make([]float64, n)
	}
	if len(m) != n {
		return nil, fmt.Errorf("sde: mean has length %d, the drift matrix %d rows", len(m), n)
	}
	for i, v := range m {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("sde: mean m[%d] = %v is not finite", i, v)
		}
	}
	ou := &OrnsteinUhlenbeck{n: n, k: k, mean: append([]float64(nil), m...), centred: make([]float64, n)}
	var err error
	if ou.a, err = flatten("drift", a); err != nil {
		return nil, err
	}
	if ou.b, err = flatten("noise", b); err != nil {
		return nil, err
	}
	return ou, nil
}

// flatten returns the entries of m by rows.
func flatten(name string, m mat.Matrix) ([]float64, error) {
	rows, cols := m.Dims()
	flat := make([]float64, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			v := m.At(i, j)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("sde: %s matrix has the entry (%d, %d) = %v, which is not finite", name, i, j, v)
			}
			flat = append(flat, v)
		}
	}
	return flat, nil
}

// Dims returns n and k.
func (ou *OrnsteinUhlenbeck) Dims() (state, noise int) { return ou.n, ou.k }

// Drift stores −A(x − m) in dst.
func (ou *OrnsteinUhlenbeck) Drift(dst, x []float64) {
	if len(dst) != ou.n || len(x) != ou.n {
		panic(badStateLength)
	}
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

// Transition returns E = exp(−tA) and C, the covariance of x(t) given x(0), for
// t > 0, which it panics without.
//
// A time short enough for their Taylor series is doubled until it is t, by
// E(2s) = E(s)² and C(2s) = C(s) + E(s) C(s) E(s)ᵀ, of which the second only
// ever adds positive semi-definite terms.
func (ou *OrnsteinUhlenbeck) Transition(t float64) (e *mat.Dense, c *mat.SymDense) {
	if !(t > 0) || math.IsInf(t, 1) {
		panic("sde: transition over a time that is not positive and finite")
	}
	ef, cf := ou.transition(t)
	c = mat.NewSymDense(ou.n, nil)
	for i := range ou.n {
		for j := i; j < ou.n; j++ {
			c.SetSym(i, j, cf[i*ou.n+j])
		}
	}
	return mat.NewDense(ou.n, ou.n, ef), c
}

func (ou *OrnsteinUhlenbeck) transition(t float64) (e, c []float64) {
	n := ou.n
	norm := 0.0 // the largest row sum of |A|
	for i := range n {
		sum := 0.0
		for _, v := range ou.a[i*n : (i+1)*n] {
			sum += math.Abs(v)
		}
		norm = max(norm, sum)
	}
	doublings := 0
	for t*norm > 0.25 {
		t /= 2
		doublings++
	}

	// Taylor: E = Σ (−tA)ʲ/j!, C = Σ tʲ⁺¹/(j+1)! Lʲ(BBᵀ), L(X) = −(AX + XAᵀ).
	e, c = make([]float64, n*n), make([]float64, n*n)
	power, next := make([]float64, n*n), make([]float64, n*n)
	image := make([]float64, n*n)
	for i := range n {
		power[i*n+i] = 1
		for j := range n {
			image[i*n+j] = t * portable.Dot(ou.b[i*ou.k:(i+1)*ou.k], ou.b[j*ou.k:(j+1)*ou.k])
		}
	}
	for j := 0; j < 20; j++ { // 0.5²⁰/20! is far below rounding
		portable.Axpy(1, power, e)
		portable.Axpy(1, image, c)
		multiply(next, ou.a, power, n)
		for i := range power {
			power[i] = -t / float64(j+1) * next[i]
		}
		multiply(next, ou.a, image, n)
		for i := range n {
			for k := range n {
				image[i*n+k] = -t / float64(j+2) * (next[i*n+k] + next[k*n+i])
			}
		}
	}

	for range doublings {
		multiply(next, e, c, n)          // E C
		multiplyTrans(image, next, e, n) // E C Eᵀ
		portable.Axpy(1, image, c)
		multiply(next, e, e, n)
		copy(e, next)
	}
	return e, c
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

// Stationary returns the covariance of the stationary law, which solves
// AC + CAᵀ = BBᵀ. It is an error if A is not stable, that is, if an eigenvalue
// of A has a real part that is not positive.
func (ou *OrnsteinUhlenbeck) Stationary() (*mat.SymDense, error) {
	var eig mat.Eigen
	if !eig.Factorize(mat.NewDense(ou.n, ou.n, append([]float64(nil), ou.a...)), mat.EigenNone) {
		return nil, fmt.Errorf("sde: the eigenvalues of the drift matrix did not converge")
	}
	slowest := math.Inf(1)
	for _, v := range eig.Values(nil) {
		slowest = min(slowest, real(v))
	}
	if !(slowest > 0) {
		return nil, fmt.Errorf("sde: no stationary law: the drift matrix has an eigenvalue with real part %g, which must be positive", slowest)
	}
	_, c := ou.Transition(40 / slowest) // what is left is of the order e⁻⁸⁰
	return c, nil
}

// Exact samples an Ornstein–Uhlenbeck process on the grid 0, h, 2h, … from its
// law,
//
//	x ← m + E(x − m) + C^½ ξ,  ξ ~ N(0, I),
//
// without discretisation error, whatever h. It is an mcmc.Sampler.
type Exact struct {
	ou                *OrnsteinUhlenbeck
	x, xi, next, e, r []float64
	h                 float64
	steps             int
}

// NewExact returns the exact sampler of ou that begins at x0, of which it keeps
// a copy, with step h. It refuses what NewPath refuses.
func NewExact(ou *OrnsteinUhlenbeck, x0 []float64, h float64) (*Exact, error) {
	if err := checkStart(x0, ou.n, h); err != nil {
		return nil, err
	}
	n := ou.n
	s := &Exact{
		ou: ou, h: h,
		x:    append([]float64(nil), x0...),
		xi:   make([]float64, n),
		next: make([]float64, n),
	}
	var c []float64
	s.e, c = ou.transition(h)
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
	s.r = vectors
	return s, nil
}

// Dim returns n.
func (s *Exact) Dim() int { return s.ou.n }

// Step moves the process on by h.
func (s *Exact) Step(rng *rand.Rand) {
	n, m := s.ou.n, s.ou.mean
	for i, v := range s.x {
		s.x[i] = v - m[i]
		s.xi[i] = stream.Normal(rng)
	}
	for i := range s.next {
		s.next[i] = m[i] + portable.Dot(s.e[i*n:(i+1)*n], s.x) + portable.Dot(s.r[i*n:(i+1)*n], s.xi)
	}
	copy(s.x, s.next)
	s.steps++
}

// Position stores the present state in dst. It panics if the length of dst is
// not Dim.
func (s *Exact) Position(dst []float64) {
	if len(dst) != len(s.x) {
		panic(badStateLength)
	}
	copy(dst, s.x)
}

// Time returns h times the number of steps taken.
func (s *Exact) Time() float64 { return float64(s.steps) * s.h }
