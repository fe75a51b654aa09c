package recipe

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// RiemannianHamiltonian is the geometry of generalised stochastic gradient
// Riemannian Hamiltonian Monte Carlo on z = (x, r), for a density that
// WithMomentum has extended with unit mass. With R(x) a root of the inverse
// metric, RRᵀ = G⁻¹,
//
//	D = diag(0, RRᵀ),  S = [[0, −Rᵀ], [R, 0]],  Γ_r = ∇·R:
//	dx = Rᵀr dt,
//	dr = [R∇log p(x) − RRᵀr + ∇·R] dt + √2 R dW,  (∇·R)_i = Σ_j ∂_j R_ij,
//
// with one noise for each momentum. R = G^{−½} is the published case; R need be
// neither symmetric nor invertible. The correction is not optional: without it
// the law is another one wherever R depends on x.
//
// Ma et al. 2015, §3.2, equation 14.
type RiemannianHamiltonian struct {
	correction
	n    int // of x
	root Field

	rm  *mat.Dense
	mid []float64
}

// NewRiemannianHamiltonian returns the geometry of the root field R on ℝᵈ, d =
// dim, with gamma = ∇·R of length d, nil for one derived by differences, as in
// Fields. It panics if dim < 1.
func NewRiemannianHamiltonian(dim int, root Field, gamma VectorField) *RiemannianHamiltonian {
	checkDim(dim)
	g := &RiemannianHamiltonian{n: dim, root: root, rm: mat.NewDense(dim, dim, nil), mid: make([]float64, dim)}
	g.correction = newCorrection(gamma, dim, g.rootAt)
	return g
}

// Dims returns 2d and d.
func (g *RiemannianHamiltonian) Dims() (state, noise int) { return 2 * g.n, g.n }

// String returns what the geometry is, in words.
func (g *RiemannianHamiltonian) String() string { return "Riemannian Hamiltonian" }

// rootAt returns R(x), by rows.
func (g *RiemannianHamiltonian) rootAt(x []float64) []float64 {
	evalInto(g.rm, g.root, x)
	return g.rm.RawMatrix().Data
}

// Apply stores (D + S) v in dst.
func (g *RiemannianHamiltonian) Apply(dst, z, v []float64) {
	n := g.n
	checkState(2*n, dst, v)
	r := g.rootAt(z[:n])
	portable.MulTransVec(g.mid, r, v[n:]) // Rᵀv_r
	for i, w := range g.mid {
		dst[i] = -w
		g.mid[i] = v[i] + w
	}
	portable.MulVec(dst[n:], r, g.mid) // R(v_x + Rᵀv_r)
}

// Correct adds Γ to dst.
func (g *RiemannianHamiltonian) Correct(dst, z []float64) {
	checkState(2*g.n, dst, z)
	g.correction.Correct(dst[g.n:], z[:g.n])
}

// Noise adds √(2D) dw to dst.
func (g *RiemannianHamiltonian) Noise(dst, z, dw []float64) {
	checkNoise(2*g.n, g.n, dst, dw)
	r := g.rootAt(z[:g.n])
	for i := range g.n {
		dst[g.n+i] += float64(math.Sqrt2 * portable.Dot(r[i*g.n:(i+1)*g.n], dw))
	}
}
