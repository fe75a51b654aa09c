package density

import (
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/state"
)

// Minibatch is a density over n observations whose score is estimated from a
// random batch B of m of them,
//
//	s(x) = ∇log prior(x) + (n/m) Σ_{i∈B} ∇ℓ_i(x),
//
// or, with control variates at a fixed point c near the mode, where the sum over
// all observations is found once,
//
//	s(x) = ∇log prior(x) + Σ_i ∇ℓ_i(c) + (n/m) Σ_{i∈B} [∇ℓ_i(x) − ∇ℓ_i(c)].
//
// Both are unbiased, the batch being drawn without replacement. The noise of the
// second falls with |x − c|.
//
// The batch is the one drawn by the last Resample; before the first, it is the
// first m observations. mcmc.Subsample draws a new one before each step. A
// Minibatch belongs to one goroutine.
//
// Welling and Teh, ICML 2011; Baker, Fearnhead, Fox and Nemeth, Stat. Comput.
// 29:599 (2019), for control variates.
type Minibatch struct {
	p       Additive
	indices []int // a permutation, the batch first
	size    int

	centre, whole []float64 // c and Σ_i ∇ℓ_i(c); nil without control variates
	part          []float64
}

// NewMinibatch returns p with its score estimated from batches of the given
// size. It refuses a size that is not from 1 to the number of terms, and panics if p
// is nil.
func NewMinibatch(p Additive, size int) (*Minibatch, error) {
	check.NotNil("Density", p)
	n := p.Terms()
	if size < 1 || size > n {
		return nil, check.Errorf("batch size", "= %d is not from 1 to the number of terms, %d", size, n)
	}
	b := &Minibatch{p: p, indices: make([]int, n), size: size, part: make([]float64, p.Dim())}
	for i := range b.indices {
		b.indices[i] = i
	}
	return b, nil
}

// NewControlVariates returns p with its score estimated from batches of the given
// size, with control variates at centre, which it copies. It refuses what
// NewMinibatch refuses and a centre of another length or that is not finite.
func NewControlVariates(p Additive, size int, centre []float64) (*Minibatch, error) {
	b, err := NewMinibatch(p, size)
	if err != nil {
		return nil, err
	}
	if b.centre, err = check.Vector("centre", centre, p.Dim()); err != nil {
		return nil, err
	}
	b.whole = p.TermsScore(nil, centre, b.indices)
	return b, nil
}

// String returns the density and the sizes of a batch and of the data.
func (b *Minibatch) String() string {
	return fmt.Sprintf("%s, %d of %d terms at a time", arg.Describe(b.p), b.size, len(b.indices))
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
	check.ReuseSym(dst, d)
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

const kindMinibatch = "density.Minibatch/1"

func (b *Minibatch) fields(c *state.Coder) {
	c.Same("batch size", uint64(b.size), "belongs to another batch size")
	c.Same("number of terms", uint64(len(b.indices)), "belongs to another number of terms")
	n := len(b.indices)
	c.Ints("indices", &b.indices, n, n)
	c.Check("indices", len(b.indices) == n, "are too few")
	seen := make([]bool, n)
	for _, i := range b.indices {
		c.Check("indices", !seen[i], "are no permutation")
		seen[i] = true
	}
}

// MarshalBinary returns the order of the observations, on which the next batches
// depend.
func (b *Minibatch) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindMinibatch, b.fields)
}

// UnmarshalBinary restores the order of the observations. It refuses data of a
// Minibatch of other sizes. An error leaves b as it is.
func (b *Minibatch) UnmarshalBinary(data []byte) error {
	return state.Restore(kindMinibatch, data, b, (*Minibatch).fields)
}
