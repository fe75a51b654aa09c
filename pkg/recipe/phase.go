package recipe

import (
	"cmp"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// Phase is a density on phase space, with momenta r beside the positions x,
//
//	π(x, r) = p(x) N(r; 0, M),  H(x, r) = U(x) + ½ rᵀM⁻¹r,
//
// the state being z = (x, r), of length 2d. Its marginal in x is p.
type Phase struct {
	p         density.Density
	inverse   []float64 // M⁻¹, by rows; nil for the identity
	logNormal float64   // log normalising constant of N(0, M)
}

// WithMomentum returns the density of p with momenta of mass matrix m, nil for
// the identity. It refuses an m of another size than p's dimension, or one that
// is not finite, not symmetric, not positive definite, or so small that its inverse
// overflows, and panics if p is nil.
func WithMomentum(p density.Density, m mat.Symmetric) (*Phase, error) {
	check.NotNil("Density", p)
	d := p.Dim()
	f := &Phase{p: p, logNormal: -float64(d) / 2 * math.Log(2*math.Pi)}
	if arg.IsNil(m) {
		return f, nil
	}
	mass, err := check.Symmetric("mass matrix", m, d)
	if err != nil {
		return nil, err
	}
	if row, pivot := portable.Cholesky(mass, mass, d); row >= 0 {
		return nil, check.Errorf("mass matrix", "is not positive definite: the pivot of row %d is %v", row, pivot)
	}
	f.inverse = make([]float64, d*d)
	for i := range d {
		f.logNormal -= portable.Log(mass[i*d+i])
		row := f.inverse[i*d : (i+1)*d]
		row[i] = 1
		portable.SolveLower(mass, d, row)
		portable.SolveLowerTrans(mass, d, row)
	}
	if k := arg.FirstNonFinite(f.inverse); k >= 0 {
		return nil, check.Errorf("mass matrix", "is too small: entry (%d, %d) of its inverse is %v", k/d, k%d, f.inverse[k])
	}
	return f, nil
}

// String returns what the density is, in words.
func (f *Phase) String() string { return arg.Describe(f.p) + " with momenta" }

// Dim returns 2d.
func (f *Phase) Dim() int { return 2 * f.p.Dim() }

// LogProb returns −H(x, r) and the constant of N(0, M).
func (f *Phase) LogProb(z []float64) float64 {
	d := f.p.Dim()
	check.Length("state", z, 2*d)
	x, r := z[:d], z[d:]
	kinetic := 0.0
	for i, v := range r {
		kinetic += float64(v * f.velocity(r, i))
	}
	return f.p.LogProb(x) - float64(kinetic/2) + f.logNormal
}

// ScoreInput stores (∇log p(x), −M⁻¹r) in dst and returns it. If dst is nil a
// new slice is allocated.
func (f *Phase) ScoreInput(dst, z []float64) []float64 {
	d := f.p.Dim()
	dst = check.Reuse(dst, 2*d)
	check.Length("state", z, 2*d)
	f.p.ScoreInput(dst[:d], z[:d])
	for i := range d {
		dst[d+i] = -f.velocity(z[d:], i)
	}
	return dst
}

// velocity returns entry i of M⁻¹r.
func (f *Phase) velocity(r []float64, i int) float64 {
	if f.inverse == nil {
		return r[i]
	}
	return portable.Dot(f.inverse[i*len(r):(i+1)*len(r)], r)
}

// Hamiltonian returns the geometry of Hamilton's equations on z = (x, r), for a
// density that WithMomentum has extended from ℝᵈ, d = dim,
//
//	D = 0, S = [[0, −I], [I, 0]], Γ = 0:
//	dx = M⁻¹r dt,  dr = ∇log p(x) dt.
//
// It leaves the density invariant but, having no noise, is not ergodic: it
// stays on one energy shell. Hamiltonian Monte Carlo draws r anew now and then.
// It panics if dim < 1.
//
// Neal, Handbook of MCMC, 2011, chapter 5; Ma et al. 2015, equation 5.
func Hamiltonian(dim int) Geometry {
	checkDim(dim)
	return &underdamped{d: dim}
}

// Underdamped returns the geometry of underdamped Langevin dynamics with scalar
// friction c, that is, Friction with C = cI. It refuses a c that is not positive or
// of which the double is not finite, and panics if dim < 1.
func Underdamped(dim int, c float64) (Geometry, error) {
	checkDim(dim)
	if err := cmp.Or(check.Positive("friction", c, ""), check.Finite("twice the friction", 2*c)); err != nil {
		return nil, err
	}
	return &underdamped{d: dim, friction: c, noise: math.Sqrt(2 * c)}, nil
}

// Friction returns the geometry of underdamped Langevin dynamics with the friction
// matrix C = BBᵀ of the metric c on z = (x, r), for a density that WithMomentum has
// extended,
//
//	D = diag(0, C), S = [[0, −I], [I, 0]], Γ = 0:
//	dx = M⁻¹r dt,  dr = [∇log p(x) − C M⁻¹r] dt + √2 B dW,
//
// with the noise of the metric; C may be singular, and some momenta then have no
// friction. Under Euler–Maruyama with an estimated gradient it is stochastic
// gradient Hamiltonian Monte Carlo. On a Gaussian mode of frequency ω, M = I,
// C = γI, it relaxes at rate γ/2 where γ < 2ω and at (γ − √(γ²−4ω²))/2 beyond; best
// is γ = 2ω of the slowest mode. It panics if c is nil.
//
// Chen, Fox and Guestrin, ICML 2014, equation 9; Ma et al. 2015, equation 6.
func Friction(c metric.Metric) Geometry {
	g := Langevin(c)
	return &underdamped{d: g.n, matrix: g}
}

// underdamped has a scalar friction, a matrix of them, or none.
type underdamped struct {
	d               int
	friction, noise float64
	matrix          *Constant
}

func (g *underdamped) Dims() (state, noise int) {
	switch {
	case g.matrix != nil:
		return 2 * g.d, g.matrix.k
	case g.friction != 0:
		return 2 * g.d, g.d
	}
	return 2 * g.d, 0
}

func (g *underdamped) String() string {
	switch {
	case g.matrix != nil:
		return fmt.Sprintf("underdamped, C = %s", arg.Describe(g.matrix.m))
	case g.friction != 0:
		return fmt.Sprintf("underdamped, C = %.4g·I", g.friction)
	}
	return "Hamiltonian"
}

func (g *underdamped) Apply(dst, z, v []float64) {
	checkState(2*g.d, dst, v)
	x, r := dst[:g.d], dst[g.d:]
	vx, vr := v[:g.d], v[g.d:]
	if g.matrix != nil {
		g.matrix.Apply(r, nil, vr)
	} else {
		for i, w := range vr {
			r[i] = g.friction * w
		}
	}
	for i := range x {
		x[i] = -vr[i]
		r[i] += vx[i]
	}
}

func (g *underdamped) Correct(dst, z []float64) {}

func (g *underdamped) Noise(dst, z, dw []float64) {
	n, m := g.Dims()
	checkNoise(n, m, dst, dw)
	if g.matrix != nil {
		g.matrix.Noise(dst[g.d:], nil, dw)
		return
	}
	portable.Axpy(g.noise, dw, dst[g.d:])
}
