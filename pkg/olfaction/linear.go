package olfaction

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
	"natspike/pkg/sde"
)

// Linear returns what a Circuit of the configuration is near the concentrations at,
// in continuous time: the Ornstein–Uhlenbeck process of y = (r, c), of dimension
// m + n, with
//
//	τ_E δṙ = −ρ ∘ δr − (s/ρ) ∘ Aδc,
//	τ_I δċ = D Aᵀ δr + √(2τ_I) G ξ,  ρ = r₀ + A·at,
//
// around (s/ρ, at). The last n rows and columns of its Stationary covariance are
// those of the concentrations. For τ_E → 0 that is (Aᵀ diag(s/ρ²) A)⁻¹. A lag adds, to
// first order and along a direction u that D does not mix with others,
//
//	uᵀDu (τ_E/τ_I) Σ_i(k_i/ρ_i) / Σ_i k_i,  k_i = s_i (Au)_i²/ρ_i²:
//
// the lags τ_E/ρ_i of the receptors are averaged by what each says of u. The prior
// has no curvature away from c_j = 0 and does not appear.
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
