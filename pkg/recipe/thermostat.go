package recipe

import (
	"cmp"
	"fmt"
	"math"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// Thermostatted is a density with momenta r and a thermostat ξ beside the
// positions x,
//
//	H(x, r, ξ) = U(x) + ½ rᵀr + (d/2)(ξ − A)²,
//
// the state being z = (x, r, ξ), of length 2d + 1. Its marginal in x is p.
type Thermostatted struct {
	p density.Density
	a float64
}

// WithThermostat returns the density of p with unit-mass momenta and a
// thermostat of mean a, not normalised. It refuses an a that is not positive
// and finite, and panics if p is nil.
func WithThermostat(p density.Density, a float64) (*Thermostatted, error) {
	check.NotNil("Density", p)
	if err := check.Positive("A", a, ""); err != nil {
		return nil, err
	}
	return &Thermostatted{p, a}, nil
}

// String returns what the density is, in words.
func (f *Thermostatted) String() string {
	return fmt.Sprintf("%s with momenta and a thermostat of mean %v", arg.Describe(f.p), f.a)
}

// Dim returns 2d + 1.
func (f *Thermostatted) Dim() int { return 2*f.p.Dim() + 1 }

// LogProb returns −H(x, r, ξ).
func (f *Thermostatted) LogProb(z []float64) float64 {
	d := f.p.Dim()
	check.Length("state", z, 2*d+1)
	r, off := z[d:2*d], z[2*d]-f.a
	return f.p.LogProb(z[:d]) - float64(portable.Dot(r, r)/2) - float64(float64(d)*off*off/2)
}

// ScoreInput stores (∇log p(x), −r, −d(ξ − A)) in dst and returns it. If dst is
// nil a new slice is allocated.
func (f *Thermostatted) ScoreInput(dst, z []float64) []float64 {
	d := f.p.Dim()
	dst = check.Reuse(dst, 2*d+1)
	check.Length("state", z, 2*d+1)
	f.p.ScoreInput(dst[:d], z[:d])
	for i := d; i < 2*d; i++ {
		dst[i] = -z[i]
	}
	dst[2*d] = -float64(d) * (z[2*d] - f.a)
	return dst
}

// NoseHoover returns the geometry of the stochastic gradient Nosé–Hoover
// thermostat on z = (x, r, ξ), for a density that WithThermostat has extended
// with the same a,
//
//	D = diag(0, A·I, 0),  S = [[0, −I, 0], [I, 0, r/d], [0, −rᵀ/d, 0]],
//	Γ_ξ = −1:
//	dx = r dt,  dr = [∇log p(x) − ξr] dt + √(2A) dW,  dξ = (|r|²/d − 1) dt.
//
// The friction ξ finds by itself the value that keeps the kinetic energy at one
// half for each momentum, so that noise of an unknown variance V in the
// gradient is taken up: with step h, E[ξ] ≈ A + hV/2. It refuses an a that is not
// positive or of which the double is not finite, and panics if dim < 1.
//
// Ding et al., NeurIPS 2014, equation 5; Ma et al. 2015, equation 9. With the
// energy (1/2d)(ξ − A)², which may be found in print, it does not hold.
func NoseHoover(dim int, a float64) (Geometry, error) {
	checkDim(dim)
	if err := cmp.Or(check.Positive("A", a, ""), check.Finite("2A", 2*a)); err != nil {
		return nil, err
	}
	return &noseHoover{dim, a, math.Sqrt(2 * a)}, nil
}

type noseHoover struct {
	d        int
	a, noise float64
}

func (g *noseHoover) Dims() (state, noise int) { return 2*g.d + 1, g.d }

func (g *noseHoover) String() string { return fmt.Sprintf("Nosé–Hoover, A = %.4g", g.a) }

func (g *noseHoover) Apply(dst, z, v []float64) {
	d := g.d
	checkState(2*d+1, dst, v)
	vr, vxi := v[d:2*d], v[2*d]/float64(d)
	for i, w := range vr {
		dst[i] = -w
		dst[d+i] = v[i] + float64(g.a*w) + float64(z[d+i]*vxi)
	}
	dst[2*d] = -portable.Dot(z[d:2*d], vr) / float64(d)
}

func (g *noseHoover) Correct(dst, z []float64) { dst[2*g.d]-- }

func (g *noseHoover) Noise(dst, z, dw []float64) {
	checkNoise(2*g.d+1, g.d, dst, dw)
	portable.Axpy(g.noise, dw, dst[g.d:2*g.d])
}
