package olfaction

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
	"natspike/pkg/sde"
)

// Linear returns the linear approximation of a Circuit in continuous time near the
// concentrations at. It is the Ornstein–Uhlenbeck process of y = (r, c), of dimension
// m + n, with
//
//	τ_E δṙ = −ρ ∘ δr − (s/ρ) ∘ Aδc,
//	τ_I δċ = D Aᵀ δr + √(2τ_I) G ξ,  ρ = r₀ + A·at,
//
// around (s/ρ, at). The last n rows and columns of its Stationary covariance are the
// covariance of the concentrations. For τ_E → 0 this is (Aᵀ diag(s/ρ²) A)⁻¹. To first
// order in τ_E the lag of the projection neurons adds, along a direction u that D does
// not mix with others,
//
//	uᵀDu (τ_E/τ_I) Σ_i(k_i/ρ_i) / Σ_i k_i,  k_i = s_i (Au)_i²/ρ_i².
//
// This is an average of the lags τ_E/ρ_i of the receptors, weighted by the information
// k_i of each about u. The prior has no curvature away from c_j = 0, so that it does not
// contribute.
//
// It refuses what NewCircuit refuses, a Positive circuit, and a point of another
// length than n or where some ρ_i is not positive.
func (c Config) Linear(at []float64) (*sde.OrnsteinUhlenbeck, error) {
	if _, err := NewCircuit(c); err != nil {
		return nil, err
	}
	if c.Positive {
		return nil, check.Errorf("Positive", "= true has no Linear: its noise depends on c")
	}
	p := c.Posterior
	at, err := check.Vector("at", at, p.n)
	if err != nil {
		return nil, err
	}
	g := metric.Matrix(c.Metric)
	_, k := g.Dims()
	a := mat.NewDense(p.m, p.n, p.a)
	drift, noise := mat.NewDense(p.m+p.n, p.m+p.n, nil), mat.NewDense(p.m+p.n, k, nil)
	mean := make([]float64, p.m, p.m+p.n)
	for i, s := range p.s {
		rho := p.Rate(i, at)
		if !(rho > 0) {
			return nil, check.Errorf("at", "makes the rate of receptor %d %v, want more than 0", i, rho)
		}
		mean[i] = s / rho
		drift.Set(i, i, rho/c.TauE)
		for j := range p.n {
			drift.Set(i, p.m+j, a.At(i, j)*mean[i]/c.TauE)
		}
	}
	pull := drift.Slice(p.m, p.m+p.n, 0, p.m).(*mat.Dense)
	pull.Product(g, g.T(), a.T())
	pull.Scale(-1/c.TauI, pull)
	noise.Slice(p.m, p.m+p.n, 0, k).(*mat.Dense).Scale(math.Sqrt(2/c.TauI), g)
	return sde.NewOrnsteinUhlenbeck(drift, append(mean, at...), noise)
}
