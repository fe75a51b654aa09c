package mcmc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// SGHMC is stochastic gradient Hamiltonian Monte Carlo: underdamped Langevin
// dynamics with friction γ and mass matrix D⁻¹, D = BBᵀ, by Euler's scheme with
// the momentum first,
//
//	w ← w + h Bᵀ∇log p(x) − hγ w + N(0, 2hγ I − h² Bᵀ V̂ B),
//	x ← x + h B w.
//
// Of a gradient with noise of covariance V, for which the noise added makes way
// where V̂ = V, it samples p up to a bias of order h. On a Gaussian mode of
// frequency ω, D = I,
//
//	ω²⟨x²⟩ = (1 + h(V − V̂)/(2γ)) / [1 − h²ω²/(2(2 − γh))].
//
// Chen, Fox and Guestrin, ICML 2014, equation 13.
type SGHMC struct {
	walker
	h, friction float64
	noise       float64   // √(2hγ)
	root        []float64 // Cholesky factor of 2hγI − h²BᵀV̂B, by rows; nil for V̂ = 0
	added       []float64
}

// NewSGHMC returns stochastic gradient Hamiltonian Monte Carlo for p from x0, of
// which it keeps a copy, with step h, friction γ, diffusion d, nil for the
// identity, and the estimate V̂ of the covariance of the score's noise, nil for
// zero. For a gradient from a minibatch see Subsampled. The velocity begins as a
// draw of its stationary law. It refuses what NewUnderdamped refuses, and a V̂ of
// another size or so large that the noise to be added has no covariance.
func NewSGHMC(p density.Density, x0 []float64, h, friction float64, d *Preconditioner, gradientNoise mat.Symmetric) (*SGHMC, error) {
	n := p.Dim()
	if err := checkLangevin(n, x0, h, d); err != nil {
		return nil, err
	}
	if err := checkFriction(friction); err != nil {
		return nil, err
	}
	s := &SGHMC{
		walker: newWalker(p, x0, d, 1), h: h, friction: friction,
		noise: math.Sqrt(2 * h * friction), added: make([]float64, n),
	}
	if gradientNoise == nil {
		return s, nil
	}
	var err error
	s.root, err = compensated(2*h*friction, h, d, gradientNoise, n)
	return s, err
}

// compensated returns the Cholesky factor of cI − h²BᵀVB, by rows.
func compensated(c, h float64, d *Preconditioner, v mat.Symmetric, n int) ([]float64, error) {
	if v.SymmetricDim() != n {
		return nil, fmt.Errorf("mcmc: covariance of the gradient noise is %d×%[1]d, the target has dimension %d", v.SymmetricDim(), n)
	}
	root := make([]float64, n*n)
	unit, bu, vbu, column := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for j := range n {
		unit[j] = 1
		d.mul(bu, unit)
		unit[j] = 0
		for i := range n {
			vbu[i] = 0
			for k := range n {
				vbu[i] += float64(v.At(i, k) * bu[k])
			}
		}
		d.mulTrans(column, vbu)
		for i, e := range column {
			root[i*n+j] = -h * h * e
		}
		root[j*n+j] += c
	}
	if row, pivot := portable.Cholesky(root, root, n); row >= 0 {
		return nil, fmt.Errorf("mcmc: the gradient noise is more than the step's own: what is left has the pivot %v at row %d, which must be positive; a smaller step may help", pivot, row)
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
	s.force(&s.state)
	noise, added := s.noise, s.xi
	if s.root != nil {
		portable.MulLowerVec(s.added, s.root, s.xi)
		noise, added = 1, s.added
	}
	keep := 1 - float64(s.h*s.friction)
	for i, w := range s.w {
		s.w[i] = float64(keep*w) + float64(s.h*s.g[i]) + float64(noise*added[i])
	}
	s.drift(&s.state, s.h)
}
