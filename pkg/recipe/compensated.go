package recipe

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
)

// Compensated is a geometry that adds less noise, since an estimated gradient brings
// noise of its own. An Euler–Maruyama step of length h in it,
//
//	z ← z + h[(D + S)s(z) + Γ] + N(0, 2hD − h²B̂),  B̂ = (D + S) V̂ (D + S)ᵀ,
//
// has the noise of D if V̂ is the covariance of the score s. It is right for steps of
// that length alone.
//
// Ma, Chen and Fox 2015, equation 8.
type Compensated struct {
	Geometry
	n         int
	noise     []float64 // V̂, n×n by rows
	h         float64
	a, av     []float64
	d, root   []float64
	size      []float64 // the diagonal of 2D
	basis     []float64
	diffusion *diffusion
	constant  bool
	noiseCheck
}

// Compensate returns the geometry g with its noise reduced by that of a score with
// covariance v, for steps of length h. v may be smaller than the state of g: the
// rest of the score, momenta and the like, is then without noise. It refuses a v
// that is larger than the state, not finite or not symmetric, an h that is not
// positive and finite, and, if D and S are constant, a v larger than the noise it is
// to replace. If they are not constant, the noise is NaN where v is too large, which
// ends the run, and Err returns where it was. It panics if g is nil.
//
// The root of the remaining noise takes of the order of n³ operations, once if D
// and S are constant and at each step if not.
func Compensate(g Geometry, v mat.Symmetric, h float64) (*Compensated, error) {
	const name = "covariance of the score"
	check.NotNil("Geometry", g)
	n, m := g.Dims()
	rows, err := check.Symmetric(name, v, -1)
	if err != nil {
		return nil, err
	}
	k := v.SymmetricDim()
	if k > n {
		return nil, check.Errorf(name, "is %d×%[1]d, which is more than the state, of length %[2]d", k, n)
	}
	if err := check.Positive("h", h, ""); err != nil {
		return nil, err
	}
	c := &Compensated{Geometry: g, n: n, h: h, diffusion: newDiffusion(n, m, g.Noise)}
	for _, a := range []*[]float64{&c.noise, &c.a, &c.av, &c.d, &c.root} {
		*a = make([]float64, n*n)
	}
	c.size, c.basis = make([]float64, n), make([]float64, n)
	for i := range k {
		copy(c.noise[i*n:], rows[i*k:(i+1)*k])
	}
	switch g.(type) {
	case *Constant, *underdamped:
		if err := c.factorise(make([]float64, n)); err != nil {
			return nil, check.Errorf(name, "is more than the noise it is to replace in a step of %v: row %d of 2D − hB̂ has the pivot %.4g", h, err.Row, err.Pivot)
		}
		c.constant = true
	}
	return c, nil
}

// factorise finds the root of 2D − hAVAᵀ at z, A = D + S.
func (c *Compensated) factorise(z []float64) *IndefiniteError {
	n := c.n
	c.diffusion.at(c.d, z)
	for i := range n {
		c.size[i] = 2 * c.d[i*n+i]
	}
	for j := range n { // row j of a is A's column j
		c.Apply(c.a[j*n:(j+1)*n], z, unit(c.basis, j))
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
	if row, pivot := semiCholesky(c.root, c.d, c.size, n); row >= 0 {
		return &IndefiniteError{"2D − hB̂", row, pivot, append([]float64(nil), z...)}
	}
	return nil
}

// Dims returns n, twice.
func (c *Compensated) Dims() (state, noise int) { return c.n, c.n }

// String returns the geometry and the length of the steps.
func (c *Compensated) String() string {
	return fmt.Sprintf("%s, compensated for h = %.4g", arg.Describe(c.Geometry), c.h)
}

// Noise adds √(2D − hB̂) dw to dst.
func (c *Compensated) Noise(dst, z, dw []float64) {
	checkNoise(c.n, c.n, dst, dw)
	if !c.constant {
		if err := c.factorise(z); err != nil {
			c.fail(dst, err)
			return
		}
	}
	addLower(dst, 1, c.root, dw)
}
