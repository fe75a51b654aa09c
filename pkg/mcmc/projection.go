package mcmc

import (
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// A projection projects momenta onto the range of Bᵀ, for a B that has more
// columns than rows.
type projection struct {
	metric              metric.Metric
	residual, image     []float64 // k
	gradient, direction []float64 // d
}

func newProjection(m metric.Metric) *projection {
	d, k := m.Dims()
	return &projection{m, make([]float64, k), make([]float64, k), make([]float64, d), make([]float64, d)}
}

// project replaces w by the nearest Bᵀr. It solves min |w − Bᵀr| by conjugate
// gradients on the normal equations, whose residual is the part to be left out.
//
// Hestenes and Stiefel, J. Res. Nat. Bur. Stand. 49:409 (1952), §10.
func (p *projection) project(w []float64) {
	const tolerance = 1e-13 // of |B residual|, relative
	copy(p.residual, w)
	p.metric.Mul(p.gradient, p.residual)
	copy(p.direction, p.gradient)
	size := portable.Dot(p.gradient, p.gradient)
	least := tolerance * tolerance * size
	for range 2 * len(p.direction) {
		if !(size > least) {
			break
		}
		p.metric.MulTrans(p.image, p.direction)
		portable.Axpy(-size/portable.Dot(p.image, p.image), p.image, p.residual)
		p.metric.Mul(p.gradient, p.residual)
		before := size
		size = portable.Dot(p.gradient, p.gradient)
		for i, g := range p.gradient {
			p.direction[i] = g + float64(size/before*p.direction[i])
		}
	}
	portable.Axpy(-1, p.residual, w)
}
