package mcmc

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// SGHMC is stochastic gradient Hamiltonian Monte Carlo: underdamped Langevin
// dynamics with friction γ and mass matrix D⁻¹, D = BBᵀ, by Euler's scheme with
// the momentum first,
//
//	w ← w + h Bᵀ∇log p(x) − hγ w + N(0, 2hγ I − h² Bᵀ V̂ B),
//	x ← x + h B w.
//
// It samples p up to a bias of order h. V̂ is an estimate of V, the covariance of
// the noise of the gradient: the step adds that much less noise of its own. On a
// Gaussian mode of frequency ω, with D = I,
//
//	ω²⟨x²⟩ = (1 + h(V − V̂)/(2γ)) / [1 − h²ω²/(2(2 − γh))].
//
// Chen, Fox and Guestrin, ICML 2014, equation 13.
type SGHMC struct {
	momentumKernel
	friction float64
	noise    float64   // √(2hγ)
	root     []float64 // Cholesky factor of 2hγI − h²BᵀV̂B, by rows; nil for V̂ = 0
	added    []float64 // scratch: the noise of a step, if there is a root
}

// SGHMCConfig holds the settings of SGHMC.
type SGHMCConfig struct {
	Friction      float64       // γ, in units of one over the time of the equations; positive
	GradientNoise mat.Symmetric // V̂, d×d, the estimated covariance of the score's noise; zero if nil
}

// NewSGHMC returns stochastic gradient Hamiltonian Monte Carlo for p from x0, of
// which it keeps a copy, with step h, the metric D of the geometry g and the
// settings c. For a gradient from a minibatch see Subsample. The velocity begins
// as a draw of its stationary law. It refuses what NewULA refuses, a friction that
// is not positive and finite, and a V̂ of another size or so large that no noise to
// add is left.
func NewSGHMC(p density.Density, x0 []float64, h float64, g metric.Geometry, c SGHMCConfig) (*SGHMC, error) {
	if err := check.Positive("Friction", c.Friction, ""); err != nil {
		return nil, err
	}
	k, err := newMomentumKernel(p, x0, h, g, 1)
	if err != nil {
		return nil, err
	}
	s := &SGHMC{
		momentumKernel: k, friction: c.Friction,
		noise: math.Sqrt(2 * h * c.Friction), added: make([]float64, len(k.w)),
	}
	if c.GradientNoise == nil {
		return s, nil
	}
	if s.root, err = reducedNoise(2*h*c.Friction, h, k.metric, c.GradientNoise); err != nil {
		return nil, err
	}
	return s, nil
}

// reducedNoise returns the Cholesky factor of cI − h²BᵀVB, k×k, by rows.
func reducedNoise(c, h float64, m metric.Metric, v mat.Symmetric) ([]float64, error) {
	d, k := m.Dims()
	flat, err := check.Symmetric("GradientNoise", v, d)
	if err != nil {
		return nil, err
	}
	b, root := metric.Matrix(m), make([]float64, k*k)
	vb, column := make([]float64, d), make([]float64, k)
	for j := range k {
		portable.MulVec(vb, flat, mat.Col(nil, j, b))
		m.MulTrans(column, vb)
		for i, e := range column {
			root[i*k+j] = -h * h * e
		}
		root[j*k+j] += c
	}
	if row, pivot := portable.Cholesky(root, root, k); row >= 0 {
		return nil, check.Errorf("GradientNoise", "is more than the noise of a step: the pivot of row %d of what is left is %v, which must be positive; a smaller step may help", row, pivot)
	}
	return root, nil
}

// Step moves the chain by one step, at the price of one gradient.
func (s *SGHMC) Step(rng *rand.Rand) {
	s.draw(rng)
	s.advance()
}

// advance takes a step with the noise in xi.
func (s *SGHMC) advance() {
	if s.root == nil {
		s.euler(s.friction, s.noise, s.xi)
		return
	}
	portable.MulLowerVec(s.added, s.root, s.xi)
	s.euler(s.friction, 1, s.added)
}
