package recipe

import (
	"fmt"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/sde"
)

const check = arg.Checker("recipe")

// A Geometry is a diffusion matrix D(z), symmetric and positive semi-definite,
// and a curl matrix S(z), skew-symmetric, both n×n, and their correction Γ. No
// matrix is formed: a Geometry knows how to apply them. The arguments of its
// methods must not overlap. A Geometry may use scratch memory of its own, so it
// belongs to one goroutine.
type Geometry interface {
	// Dims returns n, the length of the state z, and m, that of the noise.
	Dims() (state, noise int)

	// Apply stores (D(z) + S(z)) v in dst. The lengths are n.
	Apply(dst, z, v []float64)

	// Correct adds Γ(z), Γ_i = Σ_j ∂_j (D_ij + S_ij), to dst.
	Correct(dst, z []float64)

	// Noise adds √(2D(z)) dw to dst, where √(2D) is any n×m matrix B with
	// BBᵀ = 2D. dw has length m.
	Noise(dst, z, dw []float64)
}

const badDim = "recipe: dimension is less than 1"

// A Diffusion is the process that a geometry makes of a density,
//
//	dz = [(D + S)∇log p + Γ] dt + √(2D) dW,
//
// which leaves p invariant. It is an sde.Process, and belongs to one goroutine.
type Diffusion struct {
	density  density.Density
	geometry Geometry
	score    []float64
}

var _ sde.Process = (*Diffusion)(nil)

// New returns the process that samples p in the geometry g. It refuses a
// geometry of another dimension than that of p, and panics if one of them is nil.
func New(p density.Density, g Geometry) (*Diffusion, error) {
	check.NotNil("Density", p)
	check.NotNil("Geometry", g)
	n, _ := g.Dims()
	if n != p.Dim() {
		return nil, check.Errorf("geometry", "has dimension %d, the density %d", n, p.Dim())
	}
	return &Diffusion{p, g, make([]float64, n)}, nil
}

// Dims returns the lengths of the state and of the noise.
func (d *Diffusion) Dims() (state, noise int) { return d.geometry.Dims() }

// String returns the geometry and the density.
func (d *Diffusion) String() string {
	return fmt.Sprintf("%s, for %s", arg.Describe(d.geometry), arg.Describe(d.density))
}

// Drift stores (D + S)∇log p + Γ in dst, at the price of one gradient.
func (d *Diffusion) Drift(dst, z []float64) {
	d.density.ScoreInput(d.score, z)
	d.geometry.Apply(dst, z, d.score)
	d.geometry.Correct(dst, z)
}

// AddNoise adds √(2D(z)) dw to dst.
func (d *Diffusion) AddNoise(dst, z, dw []float64) { d.geometry.Noise(dst, z, dw) }

// checkState panics unless a and b have length n.
func checkState(n int, a, b []float64) {
	check.Length("state", a, n)
	check.Length("state", b, n)
}

// checkNoise panics unless dst has length n and dw has length k.
func checkNoise(n, k int, dst, dw []float64) {
	check.Length("state", dst, n)
	check.Length("noise", dw, k)
}

func checkDim(dim int) {
	if dim < 1 {
		panic(badDim)
	}
}

// unit stores the i-th unit vector in dst and returns it.
func unit(dst []float64, i int) []float64 {
	clear(dst)
	dst[i] = 1
	return dst
}
