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
	n     int // of x
	root  Field
	gamma VectorField

	rm             *mat.Dense
	at, moved, mid []float64
	scratch        []float64
	t              []tableau
	eval           func(a, at []float64)
	off            float64
}

// NewRiemannianHamiltonian returns the geometry of the root field R on ℝᵈ, d =
// dim, with gamma = ∇·R of length d, nil for one derived by differences, as in
// Fields. It panics if dim < 1.
func NewRiemannianHamiltonian(dim int, root Field, gamma VectorField) *RiemannianHamiltonian {
	checkDim(dim)
	g := &RiemannianHamiltonian{
		n: dim, root: root, gamma: gamma,
		rm: mat.NewDense(dim, dim, nil),
		at: make([]float64, dim), moved: make([]float64, dim), mid: make([]float64, dim),
		scratch: make([]float64, dim*dim), t: make([]tableau, dim),
	}
	g.eval = func(a, at []float64) { copy(a, g.rootAt(at)) }
	return g
}

// Derived reports whether Γ is derived by differences, not given.
func (g *RiemannianHamiltonian) Derived() bool { return g.gamma == nil }

// Uncertainty returns the estimated error of the worst derivative that Correct
// has met so far; 0 if Γ is given.
func (g *RiemannianHamiltonian) Uncertainty() float64 { return g.off }

// Dims returns 2d and d.
func (g *RiemannianHamiltonian) Dims() (state, noise int) { return 2 * g.n, g.n }

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
	if g.gamma == nil {
		g.off = math.Max(g.off, divergence(g.moved, z[:g.n], 1, g.eval, g.at, g.scratch, g.t))
	} else {
		clear(g.moved)
		g.gamma(g.moved, z[:g.n])
	}
	portable.Axpy(1, g.moved, dst[g.n:])
}

// Noise adds √(2D) dw to dst.
func (g *RiemannianHamiltonian) Noise(dst, z, dw []float64) {
	if len(dst) != 2*g.n || len(dw) != g.n {
		panic(badNoiseLength)
	}
	r := g.rootAt(z[:g.n])
	for i := range g.n {
		dst[g.n+i] += float64(math.Sqrt2 * portable.Dot(r[i*g.n:(i+1)*g.n], dw))
	}
}
