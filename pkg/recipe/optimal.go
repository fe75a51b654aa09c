package recipe

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// OptimalSkew returns a constant S for which irreversible Langevin dynamics
//
//	dz = (I + S)∇log p dt + √2 dW
//
// on the Gaussian p, of precision P = Σ⁻¹, relaxes as fast as any constant S can
// make it: every eigenvalue of (I + S)P has the real part
//
//	tr(P)/d,
//
// the mean of the eigenvalues of P, where S = 0 has the least of them.
//
// In an orthonormal basis in which the diagonal of P is constant,
//
//	Q_jk = P_jk (k + j)/(k − j),  S = P^{−½} Q P^{−½},
//
// with j, k = 1, …, d. The rate is that of the continuous dynamics. Where P is
// ill-conditioned, S is large, so that discrete steps must be short and little of the
// rate is left.
//
// It refuses a Gaussian whose greatest and least eigenvalues differ by more than a
// factor of 2⁵²/d, since rounding then leaves no digit of S. It panics if p is nil.
//
// Lelièvre, Nier and Pavliotis, J. Stat. Phys. 152:237 (2013), theorem 1 and
// §3 (arXiv:1212.0876).
func OptimalSkew(p *density.Gaussian) (*mat.Dense, error) {
	check.NotNil("Density", p)
	n := p.Dim()
	if values := p.Eigen(nil, nil); !(values[0] > float64(n)*0x1p-52*values[n-1]) {
		return nil, check.Errorf("covariance", "has eigenvalues from %.4g to %.4g: rounding leaves no digit of S where they differ by more than a factor of %.4g", values[0], values[n-1], 0x1p52/float64(n))
	}
	// S does not depend on the unit of p. In units of the largest entry of P, or
	// nearly, no product overflows.
	var precision mat.SymDense
	p.Precision(&precision)
	_, exponent := math.Frexp(mat.Max(&precision))
	half := exponent / 2
	a := make([]float64, n*n)
	for i := range n {
		for j := range n {
			a[i*n+j] = math.Ldexp(precision.At(i, j), -2*half)
		}
	}
	basis := flatten(a, n) // a is now BᵀPB, with B the basis
	q := make([]float64, n*n)
	for j := range n {
		for k := range n {
			if j != k {
				q[j*n+k] = a[j*n+k] * float64(k+j+2) / float64(k-j)
			}
		}
	}

	// Rows of left: those of Σ^½B.
	left, turned := make([]float64, n*n), make([]float64, n*n)
	column, root := make([]float64, n), make([]float64, n)
	for i := range n {
		p.MulSqrt(root, unit(column, i))
		for k := range root {
			root[k] = math.Ldexp(root[k], half)
		}
		portable.MulTransVec(left[i*n:(i+1)*n], basis, root)
	}
	s := mat.NewDense(n, n, nil)
	for i := range n {
		portable.MulVec(turned[i*n:(i+1)*n], q, left[i*n:(i+1)*n])
		for j := range i { // S_ij = leftᵢᵀ Q leftⱼ, S_ji = −S_ij
			v := portable.Dot(left[i*n:(i+1)*n], turned[j*n:(j+1)*n])
			s.Set(i, j, v)
			s.Set(j, i, -v)
		}
	}
	return s, nil
}

// flatten rotates the n×n symmetric matrix in p into a basis in which its
// diagonal is constant, and returns that basis, by rows, a vector a column. Each
// rotation brings an entry to the mean, in the plane of one above and one below.
func flatten(p []float64, n int) (basis []float64) {
	basis = make([]float64, n*n)
	mean := 0.0
	for i := range n {
		basis[i*n+i] = 1
		mean += p[i*n+i] / float64(n)
	}
	for range n - 1 {
		high, low := 0, 0
		for i := range n {
			if p[i*n+i] > p[high*n+high] {
				high = i
			}
			if p[i*n+i] < p[low*n+low] {
				low = i
			}
		}
		above, below := p[high*n+high]-mean, p[low*n+low]-mean
		if above <= 1e-15*mean || below >= -1e-15*mean {
			break
		}
		// The tangent of the angle solves above + 2t p_hl + t² below = 0.
		cross := p[high*n+low]
		t := -(cross + math.Copysign(math.Sqrt(float64(cross*cross)-float64(above*below)), cross)) / below
		c := 1 / math.Sqrt(1+float64(t*t))
		s := t * c
		turn := func(m []float64, a, b, stride int) {
			for k := range n {
				x, y := m[a+k*stride], m[b+k*stride]
				m[a+k*stride] = float64(c*x) + float64(s*y)
				m[b+k*stride] = float64(c*y) - float64(s*x)
			}
		}
		turn(p, high, low, n)     // columns
		turn(p, high*n, low*n, 1) // rows
		turn(basis, high, low, n)
	}
	return basis
}

// ExchangeableSkew returns a constant S of rank two for a target on ℝᵈ, d = dim,
// whose coordinates are exchangeable, such as density.Equicorrelated,
//
//	S = strength·(uvᵀ − vuᵀ).
//
// u = 1/√d is the common mode, the slow direction of such a target if correlations
// are positive, and v the unit vector along (1, −1, 1, −1, …), less its mean: S
// rotates the slow direction into a fast one. In one dimension it is zero. It
// refuses dim < 1 and a strength that is not finite.
func ExchangeableSkew(dim int, strength float64) (*mat.Dense, error) {
	if err := check.AtLeast("dimension", dim, 1); err != nil {
		return nil, err
	}
	if err := check.Finite("strength", strength); err != nil {
		return nil, err
	}
	s := mat.NewDense(dim, dim, nil)
	if dim == 1 {
		return s, nil
	}
	v := make([]float64, dim)
	norm := 0.0
	for i := range v {
		v[i] = 1 - 2*float64(i%2) - float64(dim%2)/float64(dim)
		norm += float64(v[i] * v[i])
	}
	scale := strength / math.Sqrt(norm*float64(dim))
	for i := range dim {
		for j := range i {
			x := scale * (v[j] - v[i])
			s.Set(i, j, x)
			s.Set(j, i, -x)
		}
	}
	return s, nil
}
