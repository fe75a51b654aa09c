package recipe

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// Constant is the geometry of matrices that do not depend on z,
//
//	dz = (D + S)∇log p dt + √(2D) dW,  Γ = 0.
//
// D = I with S ≠ 0 is irreversible Langevin dynamics, which never relaxes more
// slowly than S = 0; see OptimalSkew for the best S on a Gaussian.
//
// Hwang, Hwang-Ma and Sheu, Ann. Appl. Probab. 3:897 (1993).
type Constant struct {
	n    int
	a    []float64 // D + S, by rows
	root []float64 // B with BBᵀ = 2D, lower triangular, by rows
}

// NewConstant returns the geometry of D, nil for the identity, and S, nil for
// zero. It refuses two nils, for want of a dimension, sizes that disagree,
// entries that are not finite, a D that is not positive semi-definite
// (*IndefiniteError) and an S that is not skew-symmetric (*SkewError).
func NewConstant(d mat.Symmetric, s mat.Matrix) (*Constant, error) {
	var n int
	switch {
	case d != nil:
		n = d.SymmetricDim()
	case s != nil:
		n, _ = s.Dims()
	default:
		return nil, fmt.Errorf("recipe: a constant geometry needs D or S")
	}
	g := &Constant{n: n, a: make([]float64, n*n), root: make([]float64, n*n)}
	for i := range n {
		for j := range n {
			switch {
			case d != nil:
				g.a[i*n+j] = d.At(i, j)
			case i == j:
				g.a[i*n+j] = 1
			}
		}
	}
	if err := checkEntries("D", g.a, n); err != nil {
		return nil, err
	}
	if row, pivot := semiCholesky(g.root, g.a, n); row >= 0 {
		return nil, &IndefiniteError{Name: "D", Row: row, Pivot: pivot}
	}
	for i := range g.root {
		g.root[i] *= math.Sqrt2
	}
	if s == nil {
		return g, nil
	}
	if r, c := s.Dims(); r != n || c != n {
		return nil, fmt.Errorf("recipe: S is %d×%d, D %d×%[3]d", r, c, n)
	}
	skew := make([]float64, n*n)
	for i := range n {
		for j := range n {
			skew[i*n+j] = s.At(i, j)
		}
	}
	if err := checkEntries("S", skew, n); err != nil {
		return nil, err
	}
	if err := checkSkew(skew, n); err != nil {
		return nil, err
	}
	portable.Axpy(1, skew, g.a)
	return g, nil
}

// Dims returns the size of D, twice.
func (g *Constant) Dims() (state, noise int) { return g.n, g.n }

// Apply stores (D + S) v in dst.
func (g *Constant) Apply(dst, z, v []float64) {
	checkState(g.n, dst, v)
	portable.MulVec(dst, g.a, v)
}

// Correct does nothing: Γ = 0.
func (g *Constant) Correct(dst, z []float64) {}

// Noise adds √(2D) dw to dst.
func (g *Constant) Noise(dst, z, dw []float64) {
	checkState(g.n, dst, dw)
	addLower(dst, g.root, dw)
}

// addLower adds Lx to dst, where L is lower triangular, by rows.
func addLower(dst, l, x []float64) {
	n := len(x)
	for i := range dst {
		dst[i] += portable.Dot(l[i*n:i*n+i+1], x)
	}
}

func checkState(n int, a, b []float64) {
	if len(a) != n || len(b) != n {
		panic(badStateLength)
	}
}
