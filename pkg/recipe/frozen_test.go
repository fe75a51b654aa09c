package recipe

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// TestFrozenPaths holds paths in the geometries to the bytes they have always had,
// on every architecture. A change here changes every published run.
func TestFrozenPaths(t *testing.T) {
	p := must(density.NewGaussian([]float64{1, 0, -1}, mat.NewSymDense(3, []float64{1, 0.5, 0.2, 0.5, 2, 0, 0.2, 0, 0.5})))
	// Polynomials, which are the same bits everywhere if no product is fused.
	d := func(dst *mat.Dense, x []float64) {
		for i, v := range x {
			dst.Set(i, i, 1+float64(v*v)/4)
		}
		dst.Set(0, 1, 0.25)
		dst.Set(1, 0, 0.25)
	}
	s := func(dst *mat.Dense, x []float64) {
		dst.Set(0, 2, float64(x[1]*x[1]))
		dst.Set(2, 0, -float64(x[1]*x[1]))
	}
	phase, warm := must(WithMomentum(p, mat.NewSymDense(3, []float64{2, 0.5, 0, 0.5, 1, -0.3, 0, -0.3, 3}))), must(WithThermostat(p, 1))
	for _, c := range []struct {
		name string
		p    density.Density
		g    Geometry
		want uint64
	}{
		{"fields", p, NewFields(3, d, s, nil), 0x8728214671281d3a},
		{"natural", p, Langevin(must(metric.Natural.Of(p))), 0x701069e2d8a2c96b},
		{"optimal S", p, must(NewConstant(metric.Identity(3), must(OptimalSkew(p)))), 0x4aadcb74b23292c9},
		{"underdamped", phase, must(Underdamped(3, 1.1)), 0x388afdf984a7d4d8},
		{"Nosé–Hoover", warm, must(NoseHoover(3, 1)), 0x17d1a82b957afa1e},
		{"Riemannian HMC", phase, NewRiemannianHamiltonian(3, d, nil), 0xaf4b11e7b89945a0},
		{"compensated", p, must(Compensate(NewFields(3, d, s, nil), mat.NewSymDense(2, []float64{1, 0.3, 0.3, 2}), 0.01)), 0xe36b35eb1ce6fc90},
	} {
		path := must(sde.NewPath(sde.NewEulerMaruyama(must(New(c.p, c.g))), make([]float64, c.p.Dim()), 0.01))
		var digest uint64
		for _, x := range mcmc.Draws(path, stream.New(1), mcmc.Plan{Draws: 300}) {
			for _, v := range x {
				digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(v)
			}
		}
		if digest != c.want {
			t.Errorf("%s: digest of the path is %#x, want %#x", c.name, digest, c.want)
		}
	}
}
