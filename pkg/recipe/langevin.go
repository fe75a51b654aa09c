package recipe

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/sde"
)

// Constant is the geometry of a D and an S that do not depend on z,
//
//	dz = (D + S)∇log p dt + √2 B dW,  D = BBᵀ,  Γ = 0.
//
// Langevin makes one without S, NewConstant one with or without.
type Constant struct {
	m       metric.Metric
	n, k    int
	unit    bool      // D = I
	a       []float64 // D + S, by rows; nil if S = 0
	scratch []float64 // of the state
	noise   []float64 // of the noise
}

// Langevin returns the geometry of Langevin dynamics with the metric D = BBᵀ,
//
//	S = 0, Γ = 0:  dz = D∇log p dt + √2 B dW.
//
// metric.Identity is naive Langevin dynamics, metric.Natural.Of(p) the constant
// natural gradient, in which a Gaussian p relaxes at rate 1 along every direction:
// dz = −(z−μ) dt + √(2Σ) dW. D is never formed: one step takes a product with D, or
// with Bᵀ and B, and one with B. Under Euler–Maruyama with an estimated gradient it
// is stochastic gradient Langevin dynamics. It panics if m is nil.
//
// Welling and Teh, ICML 2011, equation 4, for D = I; Masset et al., NeurIPS 2022,
// §2.2, for D = Σ.
func Langevin(m metric.Metric) *Constant {
	check.NotNil("Metric", m)
	n, k := m.Dims()
	return &Constant{
		m: m, n: n, k: k, unit: metric.IsIdentity(m),
		scratch: make([]float64, n), noise: make([]float64, k),
	}
}

// NewConstant returns the geometry of Langevin dynamics with the metric D = BBᵀ and
// the skew-symmetric matrix S, n×n, nil for zero,
//
//	Γ = 0:  dz = (D + S)∇log p dt + √2 B dW.
//
// S ≠ 0 makes it irreversible: it never relaxes more slowly than without. See
// OptimalSkew for the best S on a Gaussian, and ExchangeableSkew for a simple one.
// As S has n² entries, D + S is formed once, for one product a step; the noise takes
// a product with B as it is. It refuses an S that is of another size than D, not
// finite or not skew-symmetric, and panics if m is nil.
//
// Hwang, Hwang-Ma and Sheu, Ann. Appl. Probab. 3:897 (1993).
func NewConstant(m metric.Metric, s mat.Matrix) (*Constant, error) {
	g := Langevin(m)
	if arg.IsNil(s) {
		return g, nil
	}
	a, err := check.Skew("S", s, g.n)
	if err != nil {
		return nil, err
	}
	g.a = a
	column := make([]float64, g.n)
	for j := range g.n {
		metric.MulDiffusion(m, column, unit(g.scratch, j), g.noise)
		for i, v := range column {
			a[i*g.n+j] += v
		}
	}
	return g, nil
}

// Dims returns the dimensions of the state and of the noise, those of the metric.
func (g *Constant) Dims() (state, noise int) { return g.n, g.k }

// String returns the metric, and whether there is an S.
func (g *Constant) String() string {
	if g.a != nil {
		return fmt.Sprintf("irreversible Langevin, D = %s", arg.Describe(g.m))
	}
	return fmt.Sprintf("Langevin, D = %s", arg.Describe(g.m))
}

// Apply stores (D + S) v in dst.
func (g *Constant) Apply(dst, z, v []float64) {
	checkState(g.n, dst, v)
	switch {
	case g.a != nil:
		portable.MulVec(dst, g.a, v)
	case g.unit:
		copy(dst, v)
	default:
		metric.MulDiffusion(g.m, dst, v, g.noise)
	}
}

// Correct does nothing: Γ = 0.
func (g *Constant) Correct(dst, z []float64) {}

// Noise adds √2 B dw to dst.
func (g *Constant) Noise(dst, z, dw []float64) {
	checkNoise(g.n, g.k, dst, dw)
	if g.unit {
		portable.Axpy(math.Sqrt2, dw, dst)
		return
	}
	g.m.Mul(g.scratch, dw)
	portable.Axpy(math.Sqrt2, g.scratch, dst)
}

// OrnsteinUhlenbeck returns the process that the geometry makes of the Gaussian
// p = N(μ, Σ), which is linear,
//
//	dz = −(D + S)Σ⁻¹(z − μ) dt + √2 B dW,
//
// and so has its law at every time in closed form. It refuses a p of another
// dimension, and panics if p is nil.
func (g *Constant) OrnsteinUhlenbeck(p *density.Gaussian) (*sde.OrnsteinUhlenbeck, error) {
	check.NotNil("Density", p)
	if p.Dim() != g.n {
		return nil, check.Errorf("density", "has dimension %d, the geometry %d", p.Dim(), g.n)
	}
	drift, noise := mat.NewDense(g.n, g.n, nil), metric.Matrix(g.m)
	column, precision := make([]float64, g.n), make([]float64, g.n)
	for j := range g.n {
		p.MulPrecision(precision, unit(column, j))
		g.Apply(column, nil, precision)
		drift.SetCol(j, column)
	}
	noise.Scale(math.Sqrt2, noise)
	return sde.NewOrnsteinUhlenbeck(drift, p.Mean(nil), noise)
}
