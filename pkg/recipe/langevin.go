package recipe

import (
	"math"

	"natspike/pkg/internal/portable"
)

// Langevin returns the naive geometry on ℝⁿ, n = dim,
//
//	D = I, S = 0, Γ = 0:  dz = ∇log p dt + √2 dW.
//
// Under Euler–Maruyama with an estimated gradient it is stochastic gradient
// Langevin dynamics. It panics if dim < 1.
//
// Welling and Teh, ICML 2011, equation 4.
func Langevin(dim int) Geometry {
	checkDim(dim)
	return langevin(dim)
}

type langevin int

func checkDim(dim int) {
	if dim < 1 {
		panic("recipe: dimension is less than 1")
	}
}

func (n langevin) Dims() (state, noise int)   { return int(n), int(n) }
func (n langevin) Apply(dst, z, v []float64)  { copy(dst, v) }
func (n langevin) Correct(dst, z []float64)   {}
func (n langevin) Noise(dst, z, dw []float64) { portable.Axpy(math.Sqrt2, dw, dst) }

// A Covariance multiplies by a covariance matrix Σ and by its symmetric square
// root. *density.Gaussian is one.
type Covariance interface {
	Dim() int
	MulCovariance(dst, x []float64) []float64
	MulSqrt(dst, x []float64) []float64
}

// Natural returns the geometry of the constant natural gradient,
//
//	D = Σ, S = 0, Γ = 0:  dz = Σ∇log p dt + √(2Σ) dW.
//
// Σ⁻¹ is the Fisher information of the mean of a Gaussian with covariance Σ,
// and that Gaussian itself relaxes in it at rate 1 along every direction:
// dz = −(z−μ) dt + √(2Σ) dW.
//
// Masset et al., NeurIPS 2022, §2.2.
func Natural(sigma Covariance) Geometry {
	return &natural{sigma, make([]float64, sigma.Dim())}
}

type natural struct {
	sigma Covariance
	noise []float64
}

func (g *natural) Dims() (state, noise int)  { return g.sigma.Dim(), g.sigma.Dim() }
func (g *natural) Apply(dst, z, v []float64) { g.sigma.MulCovariance(dst, v) }
func (g *natural) Correct(dst, z []float64)  {}
func (g *natural) Noise(dst, z, dw []float64) {
	portable.Axpy(math.Sqrt2, g.sigma.MulSqrt(g.noise, dw), dst)
}
