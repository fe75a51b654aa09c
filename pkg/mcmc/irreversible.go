package mcmc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// Irreversible is Langevin dynamics with a constant skew-symmetric S,
//
//	dx = (I + S)∇log p(x) dt + √2 dW,
//
// split into what turns and what is random: a step follows the flow
//
//	dx = S∇log p(x) dt,
//
// which leaves p invariant, having no divergence and keeping log p, for the time h
// by the classical Runge–Kutta scheme of fourth order in a number of turns, and then
// takes a step of length h of MALA, which leaves p invariant exactly. What bias there
// is comes from the flow, and falls with the fourth power of h/turns; the splitting
// itself has none. Euler–Maruyama, which has to resolve S and the noise with one
// step, spends S's speed on bias.
//
// Duncan, Pavliotis and Zygalakis, "Nonreversible Langevin samplers: splitting
// schemes, analysis and implementation" (2017), §4 (arXiv:1701.04247).
type Irreversible struct {
	mala           *MALA
	s              []float64 // by rows
	turns          int
	k, at, sum, gr []float64
	gradients      int
}

// NewIrreversible returns irreversible Langevin dynamics for p from x0, of which it
// keeps a copy, with step h, skew-symmetric s, d×d, and the number of Runge–Kutta
// steps, each of four gradients, in which to follow the flow; the scheme is unstable
// if h/turns times the largest frequency of the flow is beyond 2.8. It refuses what
// NewMALA refuses, an s of another size, not finite or not skew-symmetric, and turns < 1.
// See recipe.OptimalSkew for an s.
func NewIrreversible(p density.Density, x0 []float64, h float64, s mat.Matrix, turns int) (*Irreversible, error) {
	mala, err := NewMALA(p, x0, h, nil)
	if err != nil {
		return nil, err
	}
	n := p.Dim()
	if r, c := s.Dims(); r != n || c != n {
		return nil, fmt.Errorf("mcmc: S is %d×%d, the target has dimension %d", r, c, n)
	}
	if turns < 1 {
		return nil, fmt.Errorf("mcmc: %d turns, at least one is needed", turns)
	}
	k := &Irreversible{mala: mala, turns: turns, s: make([]float64, n*n)}
	for _, v := range []*[]float64{&k.k, &k.at, &k.sum, &k.gr} {
		*v = make([]float64, n)
	}
	largest := mat.Max(s)
	for i := range n {
		for j := range n {
			v := s.At(i, j)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("mcmc: S has the entry (%d, %d) = %v, which is not finite", i, j, v)
			}
			if !(math.Abs(v+s.At(j, i)) <= 1e-12*largest) {
				return nil, fmt.Errorf("mcmc: S is not skew-symmetric: entry (%d, %d) is %v and entry (%[2]d, %[1]d) is %[4]v", i, j, v, s.At(j, i))
			}
			k.s[i*n+j] = v
		}
	}
	return k, nil
}

// Dim returns the dimension of the target.
func (k *Irreversible) Dim() int { return k.mala.Dim() }

// Step moves the chain by one step, at the price of 4·turns + 2 gradients.
func (k *Irreversible) Step(rng *rand.Rand) {
	m := k.mala
	for range k.turns {
		k.turn(m.x, m.h/float64(k.turns))
	}
	m.logp = density.LogProbScore(m.target, m.score, m.x)
	m.d.mulTrans(m.gx, m.score)
	m.Step(rng)
	k.gradients += 4*k.turns + 2
}

// turn moves x by one Runge–Kutta step of length h of the flow.
func (k *Irreversible) turn(x []float64, h float64) {
	clear(k.sum)
	copy(k.at, x)
	for stage, weight := range [4]float64{h / 6, h / 3, h / 3, h / 6} {
		k.mala.target.ScoreInput(k.gr, k.at)
		portable.MulVec(k.k, k.s, k.gr)
		portable.Axpy(weight, k.k, k.sum)
		ahead := [4]float64{h / 2, h / 2, h, 0}[stage]
		copy(k.at, x)
		portable.Axpy(ahead, k.k, k.at)
	}
	portable.Axpy(1, k.sum, x)
}

// Position stores the position in dst. It panics if the length of dst is not Dim.
func (k *Irreversible) Position(dst []float64) { k.mala.Position(dst) }

// Acceptance returns the share of MALA's proposals that were accepted, 0 before the
// first.
func (k *Irreversible) Acceptance() float64 { return k.mala.Acceptance() }

// Gradients returns how many gradients the chain has taken.
func (k *Irreversible) Gradients() int { return k.gradients }
