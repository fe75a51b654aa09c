package olfaction

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// A Posterior is the density of concentrations c given the spike counts s of the
// receptors,
//
//	log p(c) = Σ_i [s_i log ρ_i − ρ_i] − λ Σ_j |c_j|,  ρ = r₀ + Ac,
//	∇log p(c) = Aᵀ(s/ρ − 1) − λ sign(c),
//
// without its constant. It is −Inf where some ρ_i ≤ 0. Concentrations may be
// negative, as in the published circuit, unless Positive is used. A Posterior does
// not change, and any number of chains may share it.
type Posterior struct {
	m, n   int
	a      []float64 // A, m×n by rows
	s      []float64 // m
	r0     float64
	lambda float64
}

// most is the largest count that is allowed. Up to there numbers are exact.
const most = 1e15

// NewPosterior returns the posterior for affinities A, m×n, counts s, of length m,
// a baseline r₀ in spikes, and the rate λ of the prior. It refuses an A that is
// empty or not finite, a number of counts that is not m, counts that are negative,
// not whole or above 10¹⁵, an r₀ that is not positive, a λ that is negative, and
// numbers whose score overflows where there are no odours.
func NewPosterior(a mat.Matrix, s []float64, r0, lambda float64) (*Posterior, error) {
	rows, err := check.Matrix("A", a, -1, -1)
	if err != nil {
		return nil, err
	}
	m, n := a.Dims()
	p := &Posterior{m: m, n: n, a: rows, r0: r0, lambda: lambda}
	if p.s, err = check.Vector("s", s, m); err != nil {
		return nil, err
	}
	for i, count := range p.s {
		if !(count >= 0 && count <= most) || count != math.Trunc(count) {
			return nil, check.Errorf("s", "has %v at %d, want a count from 0 to 10¹⁵", count, i)
		}
	}
	if err := cmp.Or(check.Positive("r₀", r0, ""), check.NonNegative("λ", lambda, "")); err != nil {
		return nil, err
	}
	slope := lambda
	for i, count := range p.s {
		slope += (count/r0 + 1) * floats.Norm(p.row(i), 1)
	}
	if err := check.Finite("score without odours", slope); err != nil {
		return nil, err
	}
	return p, nil
}

// Sniff returns the posterior of a sniff in which the concentrations are c: it
// draws the counts of the receptors. It refuses what NewPosterior refuses, a c of
// another length than n or that is not finite, and a c that makes a rate negative or
// more than 10¹⁵, to which counts are exact.
func Sniff(rng *rand.Rand, a mat.Matrix, c []float64, r0, lambda float64) (*Posterior, error) {
	m, _ := a.Dims()
	p, err := NewPosterior(a, make([]float64, m), r0, lambda)
	if err != nil {
		return nil, err
	}
	if c, err = check.Vector("c", c, p.n); err != nil {
		return nil, err
	}
	for i := range p.s {
		rho := p.Rate(i, c)
		if !(rho >= 0 && rho <= most) {
			return nil, check.Errorf("c", "makes the rate of receptor %d %v, want 0 to 10¹⁵", i, rho)
		}
		p.s[i] = distuv.Poisson{Lambda: rho, Src: rng}.Rand()
	}
	return NewPosterior(a, p.s, r0, lambda)
}

// String returns the sizes and the parameters.
func (p *Posterior) String() string {
	return fmt.Sprintf("concentrations of %d odours given %d receptors, r₀ = %v, λ = %v", p.n, p.m, p.r0, p.lambda)
}

// Dim returns n, the number of odours.
func (p *Posterior) Dim() int { return p.n }

// Receptors returns m, the number of receptors.
func (p *Posterior) Receptors() int { return p.m }

// Rate returns ρ_i = r₀ + (Ac)_i.
func (p *Posterior) Rate(i int, c []float64) float64 { return p.r0 + portable.Dot(p.row(i), c) }

func (p *Posterior) row(i int) []float64 { return p.a[i*p.n : (i+1)*p.n] }

// LogProb returns log p(c) without its constant.
func (p *Posterior) LogProb(c []float64) float64 {
	check.Length("c", c, p.n)
	sum := 0.0
	for i, s := range p.s {
		rho := p.Rate(i, c)
		if rho <= 0 {
			return math.Inf(-1)
		}
		sum += float64(s*portable.Log(rho)) - rho
	}
	for _, x := range c {
		sum -= p.lambda * math.Abs(x)
	}
	return sum
}

// ScoreInput stores ∇log p(c) in dst and returns it. At c_j = 0 the prior's part is
// zero. Where some ρ_i ≤ 0 there is no score, and all entries are NaN: a sampler
// that does not reject such points ends with an *mcmc.DivergedError.
func (p *Posterior) ScoreInput(dst, c []float64) []float64 {
	check.Length("c", c, p.n)
	dst = check.Reuse(dst, p.n)
	for j, x := range c {
		dst[j] = -p.lambda * sign(x)
	}
	for i, s := range p.s {
		rho := p.Rate(i, c)
		if rho <= 0 {
			rho = math.NaN()
		}
		portable.Axpy(s/rho-1, p.row(i), dst)
	}
	return dst
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// Natural returns the metric
//
//	D = (AᵀA/ρ̄ + εI)⁻¹,
//
// with the mean rate ρ̄ = max(r₀, mean of s), and ε > 0 the curvature along
// directions that no receptor responds to. AᵀA/ρ̄ is the Fisher information of c where all
// rates are ρ̄, so that D undoes the correlations that the affinities cause. It
// refuses an ε that is not positive, and one so small that D cannot be computed.
func (p *Posterior) Natural(epsilon float64) (metric.Metric, error) {
	if err := check.Positive("ε", epsilon, ""); err != nil {
		return nil, err
	}
	rate := max(p.r0, floats.Sum(p.s)/float64(p.m))
	var fisher, d mat.SymDense
	fisher.SymOuterK(1/rate, mat.NewDense(p.m, p.n, p.a).T())
	for j := range p.n {
		fisher.SetSym(j, j, fisher.At(j, j)+epsilon)
	}
	var c mat.Cholesky
	if !c.Factorize(&fisher) || c.InverseTo(&d) != nil {
		return nil, check.Errorf("ε", "= %v is too small beside the largest eigenvalue of AᵀA/ρ̄", epsilon)
	}
	return metric.Dense(&d)
}

// A Positive is a Posterior of concentrations that are not negative, in the
// coordinates y = log c:
//
//	log p(y) = log p(c) + Σ_j y_j,  c = exp(y),
//	∇log p(y) = c ∘ ∇log p(c) + 1.
//
// Langevin dynamics of y are mirrored Langevin dynamics of c (Hsieh, Kavis,
// Rolland and Cevher, NeurIPS 2018).
type Positive struct {
	*Posterior
	scratch *sync.Pool // of slices of length n
}

// Positive returns the posterior of concentrations that are not negative.
func (p *Posterior) Positive() Positive {
	return Positive{p, &sync.Pool{New: func() any { c := make([]float64, p.n); return &c }}}
}

// LogProb returns log p(y) without its constant.
func (p Positive) LogProb(y []float64) float64 {
	c := p.exponentials(y)
	defer p.scratch.Put(c)
	return p.Posterior.LogProb(*c) + floats.Sum(y)
}

// ScoreInput stores ∇log p(y) in dst and returns it.
func (p Positive) ScoreInput(dst, y []float64) []float64 {
	c := p.exponentials(y)
	defer p.scratch.Put(c)
	dst = p.Posterior.ScoreInput(dst, *c)
	for j, x := range *c {
		dst[j] = 1 + float64(x*dst[j])
	}
	return dst
}

// exponentials returns c = exp(y) in a slice of the pool.
func (p Positive) exponentials(y []float64) *[]float64 {
	check.Length("y", y, p.n)
	c := p.scratch.Get().(*[]float64)
	portable.ExpTo(*c, y)
	return c
}
