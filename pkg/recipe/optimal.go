package recipe

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// OptimalSkew returns a constant S for which irreversible Langevin dynamics
//
//	dz = (I + S)∇log p dt + √2 dW
//
// on a Gaussian p with precision matrix P = Σ⁻¹ relaxes as fast as any constant
// S can make it: every eigenvalue of (I + S)P has the real part
//
//	tr(P)/d,
//
// the mean of the eigenvalues of P, where S = 0 has the least of them.
//
// In an orthonormal basis in which the diagonal of P is constant,
//
//	Q_jk = P_jk (k + j)/(k − j),  S = P^{−½} Q P^{−½},
//
// with j, k = 1, …, d. The rate is that of the continuous dynamics. S is large
// where P is ill-conditioned, so that a discrete step keeps little of it.
//
// It refuses a P with entries that are not finite or that is not positive
// definite.
//
// Lelièvre, Nier and Pavliotis, J. Stat. Phys. 152:237 (2013), theorem 1 and
// §3 (arXiv:1212.0876).
func OptimalSkew(precision mat.Symmetric) (*mat.Dense, error) {
	n := precision.SymmetricDim()
	p := make([]float64, n*n)
	for i := range n {
		for j := range n {
			p[i*n+j] = precision.At(i, j)
		}
	}
	if err := checkEntries("the precision", p, n); err != nil {
		return nil, err
	}
	values, vectors := make([]float64, n), make([]float64, n*n)
	portable.EigenSym(values, vectors, append([]float64(nil), p...), n)
	if !(values[0] > 0) {
		return nil, fmt.Errorf("recipe: the precision is not positive definite: its least eigenvalue is %v", values[0])
	}

	basis := flatten(p, n) // p is now BᵀPB, with B the basis
	q := make([]float64, n*n)
	for j := range n {
		for k := range n {
			if j != k {
				q[j*n+k] = p[j*n+k] * float64(k+j+2) / float64(k-j)
			}
		}
	}

	// Rows of left: those of P^{−½}B, with P^{−½} = V λ^{−½} Vᵀ.
	left, turned := make([]float64, n*n), make([]float64, n*n)
	column, mode := make([]float64, n), make([]float64, n)
	for i := range n {
		portable.MulTransVec(mode, vectors, unit(column, i)) // Vᵀeᵢ
		for k := range mode {
			mode[k] /= math.Sqrt(values[k])
		}
		portable.MulVec(column, vectors, mode)
		portable.MulTransVec(left[i*n:(i+1)*n], basis, column)
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

// unit stores the i-th unit vector in dst and returns it.
func unit(dst []float64, i int) []float64 {
	clear(dst)
	dst[i] = 1
	return dst
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
