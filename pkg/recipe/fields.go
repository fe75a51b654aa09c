package recipe

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// A Field is a matrix that depends on z: it stores the matrix at z in dst,
// which is zero when it is called. It must not change z, nor keep either.
type Field func(dst *mat.Dense, z []float64)

// A VectorField stores a vector that depends on z in dst, which is zero when it
// is called. It must not change z, nor keep either.
type VectorField func(dst, z []float64)

// Fields is the geometry of matrices that are given as functions of z,
//
//	dz = [(D(z) + S(z))∇log p + Γ(z)] dt + √(2D(z)) dW.
//
// Where Γ is not given it is derived: Γ_i = Σ_j ∂_j (D_ij + S_ij) by central
// differences, extrapolated to step zero, good to some ten digits where D and S
// are smooth on the scale of max(1, |z|)/4, at the price of 18 evaluations of D
// and S for each dimension. √(2D) is a Cholesky factor.
type Fields struct {
	n     int
	d, s  Field
	gamma VectorField

	dm, sm    *mat.Dense
	a, root   []float64
	at, moved []float64
	t         []tableau
	eval      func(a, at []float64)
	off       float64
	err       error
}

// NewFields returns the geometry of the fields d and s on ℝⁿ, n = dim, nil for
// zero, with correction gamma, nil for one derived by differences. A D = I must
// be given: zero is no noise. It panics if dim < 1.
//
// Nothing is checked here: see Check. While sampling, a D that is not positive
// semi-definite at some z makes the noise NaN there, which ends the run, and Err
// says where it was.
func NewFields(dim int, d, s Field, gamma VectorField) *Fields {
	checkDim(dim)
	g := &Fields{
		n: dim, d: d, s: s, gamma: gamma,
		dm: mat.NewDense(dim, dim, nil), sm: mat.NewDense(dim, dim, nil),
		a: make([]float64, dim*dim), root: make([]float64, dim*dim),
		at: make([]float64, dim), moved: make([]float64, dim),
		t: make([]tableau, dim),
	}
	g.eval = g.sum
	return g
}

// NewRiemannian returns the geometry of Riemannian Langevin dynamics with the
// metric G(z), symmetric and positive definite,
//
//	D = G⁻¹, S = 0, Γ_i = Σ_j ∂_j (G⁻¹)_ij,
//
// given the inverse of the metric. With G the expected Fisher information, or
// that and the prior's, it is the natural gradient. Under Euler–Maruyama with an
// estimated gradient it is stochastic gradient Riemannian Langevin dynamics.
//
// Girolami and Calderhead, J. R. Stat. Soc. B 73:123 (2011), whose equation 10
// has another drift, for another measure; Patterson and Teh, NeurIPS 2013; Ma et
// al. 2015, §3.1.
func NewRiemannian(dim int, inverse Field, gamma VectorField) *Fields {
	return NewFields(dim, inverse, nil, gamma)
}

// Derived reports whether Γ is derived by differences, not given.
func (g *Fields) Derived() bool { return g.gamma == nil }

// Uncertainty returns the estimated error of the worst entry of Γ's derivatives
// that Correct has met so far; 0 if Γ is given.
func (g *Fields) Uncertainty() float64 { return g.off }

// Err returns the *IndefiniteError of the first z at which Noise met a D that
// is not positive semi-definite, or nil.
func (g *Fields) Err() error { return g.err }

// Dims returns dim, twice; the noise has length 0 if there is no D.
func (g *Fields) Dims() (state, noise int) {
	if g.d == nil {
		return g.n, 0
	}
	return g.n, g.n
}

// evalInto stores f at z in m, zero for a nil field.
func evalInto(m *mat.Dense, f Field, z []float64) {
	if f != nil {
		m.Zero()
		f(m, z)
	}
}

// sum stores D + S at z in a.
func (g *Fields) sum(a, z []float64) {
	evalInto(g.dm, g.d, z)
	evalInto(g.sm, g.s, z)
	s := g.sm.RawMatrix().Data
	for i, v := range g.dm.RawMatrix().Data {
		a[i] = v + s[i]
	}
}

// Apply stores (D(z) + S(z)) v in dst.
func (g *Fields) Apply(dst, z, v []float64) {
	checkState(g.n, dst, v)
	g.sum(g.a, z)
	portable.MulVec(dst, g.a, v)
}

// Correct adds Γ(z) to dst.
func (g *Fields) Correct(dst, z []float64) {
	checkState(g.n, dst, z)
	if g.gamma == nil {
		g.off = math.Max(g.off, divergence(g.moved, z, 1, g.eval, g.at, g.a, g.t))
	} else {
		clear(g.moved)
		g.gamma(g.moved, z)
	}
	portable.Axpy(1, g.moved, dst)
}

// Noise adds √(2D(z)) dw to dst.
func (g *Fields) Noise(dst, z, dw []float64) {
	if _, m := g.Dims(); len(dst) != g.n || len(dw) != m {
		panic(badNoiseLength)
	}
	if g.d == nil {
		return
	}
	evalInto(g.dm, g.d, z)
	if row, pivot := semiCholesky(g.root, g.dm.RawMatrix().Data, g.n); row >= 0 {
		if g.err == nil {
			g.err = &IndefiniteError{"D", row, pivot, append([]float64(nil), z...)}
		}
		for i := range dst {
			dst[i] = math.NaN()
		}
		return
	}
	for i := range dst {
		dst[i] += float64(math.Sqrt2 * portable.Dot(g.root[i*g.n:i*g.n+i+1], dw))
	}
}

// matrices stores D and S at z as they are given, by rows.
func (g *Fields) matrices(d, s, z []float64) {
	evalInto(g.dm, g.d, z)
	evalInto(g.sm, g.s, z)
	copy(d, g.dm.RawMatrix().Data)
	copy(s, g.sm.RawMatrix().Data)
}

// Diagonal is the geometry of a diffusion that is diagonal,
//
//	D(z) = diag(δ₁(z), …, δₙ(z)),  S = 0,  Γ_i = ∂_i δ_i(z).
//
// It needs no factorisation.
type Diagonal struct {
	n                  int
	delta, gamma       VectorField
	at, entries, moved []float64
	t                  tableau
	off                float64
	err                error
}

// NewDiagonal returns the geometry of the diagonal delta on ℝⁿ, n = dim, with
// correction gamma, nil for one derived by differences, as in Fields. It panics
// if dim < 1.
func NewDiagonal(dim int, delta, gamma VectorField) *Diagonal {
	checkDim(dim)
	return &Diagonal{
		n: dim, delta: delta, gamma: gamma,
		at: make([]float64, dim), entries: make([]float64, dim), moved: make([]float64, dim),
	}
}

// Derived reports whether Γ is derived by differences, not given.
func (g *Diagonal) Derived() bool { return g.gamma == nil }

// Uncertainty returns the estimated error of the worst derivative that Correct
// has met so far; 0 if Γ is given.
func (g *Diagonal) Uncertainty() float64 { return g.off }

// Err returns the *IndefiniteError of the first z at which Noise met a negative
// entry, or nil.
func (g *Diagonal) Err() error { return g.err }

// Dims returns dim, twice.
func (g *Diagonal) Dims() (state, noise int) { return g.n, g.n }

func (g *Diagonal) eval(z []float64) []float64 {
	clear(g.entries)
	g.delta(g.entries, z)
	return g.entries
}

// Apply stores D(z) v in dst.
func (g *Diagonal) Apply(dst, z, v []float64) {
	checkState(g.n, dst, v)
	for i, e := range g.eval(z) {
		dst[i] = e * v[i]
	}
}

// Correct adds Γ(z) to dst.
func (g *Diagonal) Correct(dst, z []float64) {
	checkState(g.n, dst, z)
	if g.gamma != nil {
		clear(g.moved)
		g.gamma(g.moved, z)
		portable.Axpy(1, g.moved, dst)
		return
	}
	copy(g.at, z)
	for i, v := range z {
		g.t.reset()
		h := firstStepAt(v)
		for range levels {
			g.at[i] = v + h
			up := g.eval(g.at)[i]
			g.at[i] = v - h
			g.t.add((up - g.eval(g.at)[i]) / (2 * h))
			h /= 2
		}
		g.at[i] = v
		dst[i] += g.t.best
		g.off = math.Max(g.off, g.t.off)
	}
}

// Noise adds √(2D(z)) dw to dst.
func (g *Diagonal) Noise(dst, z, dw []float64) {
	checkState(g.n, dst, dw)
	for i, e := range g.eval(z) {
		if !(e >= 0) && g.err == nil {
			g.err = &IndefiniteError{"D", i, e, append([]float64(nil), z...)}
		}
		dst[i] += float64(math.Sqrt(2*e) * dw[i])
	}
}
