package recipe

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// Minibatch is a density over n observations whose score is estimated from a
// random batch B of m of them,
//
//	s(x) = ∇log prior(x) + (n/m) Σ_{i∈B} ∇ℓ_i(x),
//
// or, with control variates at a fixed point c, near the mode, whose full sum is
// found once,
//
//	s(x) = ∇log prior(x) + Σ_i ∇ℓ_i(c) + (n/m) Σ_{i∈B} [∇ℓ_i(x) − ∇ℓ_i(c)].
//
// Both are unbiased, the batch being drawn without replacement. The noise of the
// second falls with |x − c|.
//
// The batch is that of the last Resample, until when it is the first m
// observations: it is for whoever steps the sampler to draw a new one before each
// gradient, as mcmc.Subsample does. A Minibatch belongs to one goroutine.
//
// Welling and Teh, ICML 2011; Baker, Fearnhead, Fox and Nemeth, Stat. Comput.
// 29:599 (2019), for control variates.
type Minibatch struct {
	p       density.Additive
	indices []int // a permutation, the batch first
	size    int

	centre, whole []float64 // c and Σ_i ∇ℓ_i(c); nil without control variates
	part          []float64
}

// NewMinibatch returns p with its score estimated from batches of the given
// size. It refuses a size that is not from 1 to the number of terms.
func NewMinibatch(p density.Additive, size int) (*Minibatch, error) {
	n := p.Terms()
	if size < 1 || size > n {
		return nil, fmt.Errorf("recipe: batch of %d, which is not from 1 to the number of terms, %d", size, n)
	}
	b := &Minibatch{p: p, indices: make([]int, n), size: size, part: make([]float64, p.Dim())}
	for i := range b.indices {
		b.indices[i] = i
	}
	return b, nil
}

// NewControlVariates returns p with its score estimated from batches of the given
// size, with control variates at centre, of which it keeps a copy. It refuses what
// NewMinibatch refuses and a centre of another length or that is not finite.
func NewControlVariates(p density.Additive, size int, centre []float64) (*Minibatch, error) {
	b, err := NewMinibatch(p, size)
	if err != nil {
		return nil, err
	}
	if len(centre) != p.Dim() {
		return nil, fmt.Errorf("recipe: centre has length %d, the density dimension %d", len(centre), p.Dim())
	}
	for i, v := range centre {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("recipe: centre[%d] = %v is not finite", i, v)
		}
	}
	b.centre = append([]float64(nil), centre...)
	b.whole = p.TermsScore(nil, centre, b.indices)
	return b, nil
}

// Resample draws a new batch.
func (b *Minibatch) Resample(rng *rand.Rand) {
	for i := range b.size { // the beginning of a shuffle
		j := i + rng.IntN(len(b.indices)-i)
		b.indices[i], b.indices[j] = b.indices[j], b.indices[i]
	}
}

// Dim returns the dimension of the density.
func (b *Minibatch) Dim() int { return b.p.Dim() }

// LogProb returns the log density with all of its terms.
func (b *Minibatch) LogProb(x []float64) float64 { return b.p.LogProb(x) }

// ScoreInput stores the estimate of ∇log p(x) in dst and returns it. If dst is nil
// a new slice is allocated.
func (b *Minibatch) ScoreInput(dst, x []float64) []float64 {
	dst = b.p.PriorScore(dst, x)
	scale := float64(len(b.indices)) / float64(b.size)
	batch := b.indices[:b.size]
	portable.Axpy(scale, b.p.TermsScore(b.part, x, batch), dst)
	if b.centre != nil {
		portable.Axpy(-scale, b.p.TermsScore(b.part, b.centre, batch), dst)
		portable.Axpy(1, b.whole, dst)
	}
	return dst
}

// NoiseCovariance stores in dst, which must be empty or d×d, the covariance of the
// estimate at x over batches,
//
//	V = n²/m (1 − m/n) 1/(n−1) Σ_i (g_i − ḡ)(g_i − ḡ)ᵀ,
//
// with g_i = ∇ℓ_i(x), less ∇ℓ_i(c) with control variates. It looks at every
// observation.
func (b *Minibatch) NoiseCovariance(dst *mat.SymDense, x []float64) {
	d, n := b.p.Dim(), len(b.indices)
	if dst.IsEmpty() {
		dst.ReuseAsSym(d)
	} else if dst.SymmetricDim() != d {
		panic("recipe: matrix is not empty and its size is not the dimension of the density")
	}
	dst.Zero()
	if b.size == n {
		return
	}
	row := make([]int, 1)
	mean, g := make([]float64, d), make([]float64, d)
	term := func(i int) []float64 {
		row[0] = i
		b.p.TermsScore(g, x, row)
		if b.centre != nil {
			portable.Axpy(-1, b.p.TermsScore(b.part, b.centre, row), g)
		}
		return g
	}
	for i := range n {
		portable.Axpy(1/float64(n), term(i), mean)
	}
	scale := float64(n) * float64(n-b.size) / (float64(b.size) * float64(n-1))
	for i := range n {
		portable.Axpy(-1, mean, term(i))
		for j := range d {
			for k := range j + 1 {
				dst.SetSym(j, k, dst.At(j, k)+float64(scale*float64(g[j]*g[k])))
			}
		}
	}
}

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
