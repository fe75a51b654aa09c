package recipe

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/derivative"
	"natspike/pkg/internal/portable"
)

// A Field stores a matrix that depends on z in dst, which is zero when it is called.
// It must not change z, nor keep either.
type Field func(dst *mat.Dense, z []float64)

// A VectorField stores a vector that depends on z in dst, which is zero when it
// is called. It must not change z, nor keep either.
type VectorField func(dst, z []float64)

// partials differentiates the columns of a matrix A(z), column j along coordinate
// j of z, by finite differences extrapolated to step zero.
type partials struct {
	column func(dst, z []float64, j int) // stores column j of A(z) in dst

	z, up, down []float64
	estimates   []derivative.Estimate
}

// newPartials is for a z of length n and columns of length rows.
func newPartials(n, rows int, column func(dst, z []float64, j int)) *partials {
	return &partials{column, make([]float64, n), make([]float64, rows), make([]float64, rows), make([]derivative.Estimate, rows)}
}

// at chooses the point to differentiate at.
func (p *partials) at(z []float64) { copy(p.z, z) }

// along returns ∂_j of column j, with the first step h. The next call overwrites it.
func (p *partials) along(j int, h float64) []derivative.Estimate {
	estimates, zj := p.estimates, p.z[j]
	up, down := p.up[:len(estimates)], p.down[:len(estimates)]
	for i := range estimates {
		estimates[i].Reset()
	}
	for range derivative.Levels {
		p.z[j] = zj + h
		p.column(up, p.z, j)
		p.z[j] = zj - h
		p.column(down, p.z, j)
		for i := range estimates {
			estimates[i].Add((up[i] - down[i]) / (2 * h))
		}
		h /= 2
	}
	p.z[j] = zj
	return estimates
}

// divergence adds Σ_j ∂_j A_ij at z to dst and returns the largest estimated error of
// a derivative.
func (p *partials) divergence(dst, z []float64) (worst float64) {
	p.at(z)
	for j, v := range z {
		column := p.along(j, derivative.Step(v))
		for i := range column {
			dst[i] += column[i].Value
			worst = math.Max(worst, column[i].Uncertainty)
		}
	}
	return worst
}

// correction is Γ, given or derived.
type correction struct {
	gamma  VectorField                            // nil if Γ is derived
	derive func(dst, z []float64) (worst float64) // adds Γ to dst; returns its estimated error
	sum    []float64
	worst  float64
}

// newCorrection is for a Γ of length n, which is derived from the n×n matrix that
// rows returns.
func newCorrection(gamma VectorField, n int, rows func(z []float64) []float64) correction {
	p := newPartials(n, n, func(dst, z []float64, j int) {
		a := rows(z)
		for i := range dst {
			dst[i] = a[i*n+j]
		}
	})
	return correction{gamma: gamma, derive: p.divergence, sum: make([]float64, n)}
}

// Derived reports whether Γ is derived by differences, not given.
func (c *correction) Derived() bool { return c.gamma == nil }

// Uncertainty returns the estimated error of the worst derivative that Correct has
// met so far; 0 if Γ is given.
func (c *correction) Uncertainty() float64 { return c.worst }

// Correct adds Γ(z) to dst.
func (c *correction) Correct(dst, z []float64) {
	checkState(len(c.sum), dst, z)
	clear(c.sum)
	if c.gamma != nil {
		c.gamma(c.sum, z)
	} else {
		c.worst = math.Max(c.worst, c.derive(c.sum, z))
	}
	portable.Axpy(1, c.sum, dst)
}

// Fields is the geometry of matrices that are given as functions of z,
//
//	dz = [(D(z) + S(z))∇log p + Γ(z)] dt + √(2D(z)) dW.
//
// Where Γ is not given it is derived: Γ_i = Σ_j ∂_j (D_ij + S_ij) by central
// differences, extrapolated to step zero, good to some ten digits where D and S
// are smooth on the scale of max(1, |z|)/4, at the price of 18 evaluations of D
// and S for each dimension. √(2D) is a Cholesky factor.
type Fields struct {
	correction
	n    int
	d, s Field

	dm, sm  *mat.Dense
	a, root []float64
	noiseCheck
}

// NewFields returns the geometry of the fields d and s on ℝⁿ, n = dim, nil for
// zero, with correction gamma, nil for one derived by differences. A nil d is D = 0,
// without noise, and not D = I. It panics if dim < 1.
//
// Nothing is checked here: see Check. While sampling, a D that is not positive
// semi-definite at some z makes the noise NaN there, which ends the run, and Err
// returns where it was.
func NewFields(dim int, d, s Field, gamma VectorField) *Fields {
	checkDim(dim)
	g := &Fields{
		n: dim, d: d, s: s,
		dm: mat.NewDense(dim, dim, nil), sm: mat.NewDense(dim, dim, nil),
		a: make([]float64, dim*dim), root: make([]float64, dim*dim),
	}
	g.correction = newCorrection(gamma, dim, g.evaluate)
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

// String returns what the geometry is, in words.
func (g *Fields) String() string { return "D and S that depend on z" }

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

// evaluate stores D + S at z in a, by rows, and returns it.
func (g *Fields) evaluate(z []float64) []float64 {
	evalInto(g.dm, g.d, z)
	evalInto(g.sm, g.s, z)
	s := g.sm.RawMatrix().Data
	for i, v := range g.dm.RawMatrix().Data {
		g.a[i] = v + s[i]
	}
	return g.a
}

// Apply stores (D(z) + S(z)) v in dst.
func (g *Fields) Apply(dst, z, v []float64) {
	checkState(g.n, dst, v)
	portable.MulVec(dst, g.evaluate(z), v)
}

// Noise adds √(2D(z)) dw to dst.
func (g *Fields) Noise(dst, z, dw []float64) {
	_, m := g.Dims()
	checkNoise(g.n, m, dst, dw)
	if g.d == nil {
		return
	}
	evalInto(g.dm, g.d, z)
	if row, pivot := semiCholesky(g.root, g.dm.RawMatrix().Data, nil, g.n); row >= 0 {
		g.fail(dst, &IndefiniteError{"D", row, pivot, slices.Clone(z)})
		return
	}
	addLower(dst, math.Sqrt2, g.root, dw)
}

// Diagonal is the geometry of a diffusion that is diagonal,
//
//	D(z) = diag(δ₁(z), …, δₙ(z)),  S = 0,  Γ_i = ∂_i δ_i(z).
//
// It needs no factorisation.
type Diagonal struct {
	correction
	n          int
	delta      VectorField
	z, entries []float64
	noiseCheck
}

// NewDiagonal returns the geometry of the diagonal delta on ℝⁿ, n = dim, with
// correction gamma, nil for one derived by differences, as in Fields. It panics
// if dim < 1.
func NewDiagonal(dim int, delta, gamma VectorField) *Diagonal {
	checkDim(dim)
	g := &Diagonal{n: dim, delta: delta, z: make([]float64, dim), entries: make([]float64, dim)}
	g.correction = correction{gamma: gamma, derive: g.derive, sum: make([]float64, dim)}
	return g
}

// derive adds ∂_i δ_i at z to dst and returns the largest estimated error.
func (g *Diagonal) derive(dst, z []float64) (worst float64) {
	copy(g.z, z)
	for i, v := range z {
		value, off := derivative.Of(func(t float64) float64 {
			g.z[i] = t
			return g.eval(g.z)[i]
		}, v, derivative.Step(v))
		g.z[i] = v
		dst[i] += value
		worst = max(worst, off)
	}
	return worst
}

// String returns what the geometry is, in words.
func (g *Diagonal) String() string { return "diagonal D that depends on z" }

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

// Noise adds √(2D(z)) dw to dst.
func (g *Diagonal) Noise(dst, z, dw []float64) {
	checkNoise(g.n, g.n, dst, dw)
	for i, e := range g.eval(z) {
		if !(e >= 0) {
			g.fail(dst[i:i+1], &IndefiniteError{"D", i, e, slices.Clone(z)})
		}
		dst[i] += float64(math.Sqrt(2*e) * dw[i])
	}
}
