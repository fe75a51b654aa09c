package recipe

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// Compensated is a geometry whose noise makes way for that of an estimated
// gradient. An Euler–Maruyama step of length h in it,
//
//	z ← z + h[(D + S)s(z) + Γ] + N(0, 2hD − h²B̂),  B̂ = (D + S) V̂ (D + S)ᵀ,
//
// has the noise of D if V̂ is the covariance of the score s. It is of use with that
// step h alone.
//
// Ma, Chen and Fox 2015, equation 8.
type Compensated struct {
	Geometry
	n         int
	noise     []float64 // V̂, n×n by rows
	h         float64
	a, av     []float64
	d, root   []float64
	basis     []float64
	diffusion *diffusionMatrix
	constant  bool
	err       error
}

// Compensate returns the geometry g with its noise reduced by that of a score with
// covariance v, for steps of length h. v may be smaller than the state of g: the
// rest of the score, momenta and the like, is then without noise. It refuses a v
// that is larger than the state or not finite, an h that is not positive and
// finite, and, where D and S are constant, a v of which there is more than there is
// noise (*IndefiniteError). Where they are not, noise is NaN where there is too
// little, which ends the run, and Err says where.
//
// The root of the remaining noise takes of the order of n³ operations, once if D
// and S are constant and at each step if not.
func Compensate(g Geometry, v mat.Symmetric, h float64) (*Compensated, error) {
	n, _ := g.Dims()
	k := v.SymmetricDim()
	if k > n {
		return nil, fmt.Errorf("recipe: covariance of the score is %d×%[1]d, the geometry has dimension %d", k, n)
	}
	if !(h > 0) || math.IsInf(h, 1) {
		return nil, fmt.Errorf("recipe: step h = %v is not positive and finite", h)
	}
	c := &Compensated{Geometry: g, n: n, h: h, diffusion: newDiffusionMatrix(n, g), basis: make([]float64, n)}
	for _, m := range []*[]float64{&c.noise, &c.a, &c.av, &c.d, &c.root} {
		*m = make([]float64, n*n)
	}
	for i := range k {
		for j := range k {
			c.noise[i*n+j] = v.At(i, j)
		}
	}
	if err := checkEntries("the covariance of the score", c.noise, n); err != nil {
		return nil, err
	}
	switch g.(type) {
	case langevin, *natural, *Constant, *underdamped:
		if err := c.factorise(make([]float64, n)); err != nil {
			err.Z = nil
			return nil, err
		}
		c.constant = true
	}
	return c, nil
}

// factorise finds the root of 2D − hAVAᵀ at z, A = D + S.
func (c *Compensated) factorise(z []float64) *IndefiniteError {
	n := c.n
	c.diffusion.at(c.d, z)
	for j := range n { // row j of a is A's column j
		c.basis[j] = 1
		c.Apply(c.a[j*n:(j+1)*n], z, c.basis)
		c.basis[j] = 0
	}
	for j := range n { // row j of av is Σ_k V_jk Aᵀ_k
		portable.MulTransVec(c.av[j*n:(j+1)*n], c.a, c.noise[j*n:(j+1)*n])
	}
	for i := range n {
		for j := range i + 1 {
			sum := 0.0
			for k := range n {
				sum += float64(c.a[k*n+i] * c.av[k*n+j])
			}
			c.d[i*n+j] = 2*c.d[i*n+j] - float64(c.h*sum)
		}
	}
	if row, pivot := semiCholesky(c.root, c.d, n); row >= 0 {
		return &IndefiniteError{"2D − hB̂", row, pivot, append([]float64(nil), z...)}
	}
	return nil
}

// Dims returns n, twice.
func (c *Compensated) Dims() (state, noise int) { return c.n, c.n }

// Err returns the *IndefiniteError of the first z at which the score had more noise
// than there was room for, or nil.
func (c *Compensated) Err() error { return c.err }

// Noise adds √(2D − hB̂) dw to dst.
func (c *Compensated) Noise(dst, z, dw []float64) {
	checkState(c.n, dst, dw)
	if !c.constant {
		if err := c.factorise(z); err != nil {
			if c.err == nil {
				c.err = err
			}
			for i := range dst {
				dst[i] = math.NaN()
			}
			return
		}
	}
	addLower(dst, c.root, dw)
}
