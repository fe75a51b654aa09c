package mcmc

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// NUTS is the no-U-turn sampler: Hamiltonian Monte Carlo, with mass matrix D⁻¹,
// D = BBᵀ, that finds the length of its trajectories by itself. From w ~ N(0, I)
// it doubles a leapfrog trajectory of step h, forwards or backwards by the toss
// of a coin, until the trajectory turns back on itself,
//
//	w₋ · Σw ≤ 0  or  w₊ · Σw ≤ 0,
//
// where w₋ and w₊ are the momenta at its ends and the sum is over all of its
// states; or until a half, a half of a half, … of what was added last does, which
// is then left out. The criterion is applied across the seam of two halves too,
// to one half and the first state of the other. The next state is drawn from the
// trajectory with weights e^{−H}, H = |w|²/2 − log p(x), with a preference at
// each doubling for the new half. All of this leaves p invariant exactly,
// whatever h.
//
// A state whose energy is 1000 above the beginning's ends the trajectory: it has
// diverged, which tells of a step too long for where the density is narrow.
//
// Hoffman and Gelman, J. Mach. Learn. Res. 15:1593 (2014); Betancourt, "A
// conceptual introduction to Hamiltonian Monte Carlo" (2017), appendix A
// (arXiv:1701.02434), for the weights and the criterion by Σw.
type NUTS struct {
	hamiltonian
	maxDepth int

	ends  [2]state  // the last state backwards and forwards
	whole subtree   // the trajectory
	parts []subtree // parts[k] has up to 2ᵏ states: scratch of build

	energy                      float64 // at the beginning of the trajectory
	depth, leaps                int
	accepted                    float64 // sum of acceptance probabilities
	divergent                   bool
	steps, divergences, deepest int
}

// A subtree is a stretch of the trajectory, of 2ᵏ states that were found one
// after another.
type subtree struct {
	near, far []float64 // momenta at its ends; it was begun at near
	sum       []float64 // of all momenta
	draw      state     // one of its states, without the momenta
	logWeight float64   // log Σ e^{H₀−H}
}

func newSubtree(n int) subtree {
	v := func() []float64 { return make([]float64, n) }
	return subtree{near: v(), far: v(), sum: v(), draw: state{x: v(), g: v()}}
}

// leaf makes t the stretch of the single state s.
func (t *subtree) leaf(s *state, logWeight float64) {
	copy(t.near, s.w)
	copy(t.far, s.w)
	copy(t.sum, s.w)
	t.draw.copy(s)
	t.logWeight = logWeight
}

const (
	defaultMaxDepth = 10
	divergence      = 1000 // rise of energy
)

// NewNUTS returns the no-U-turn sampler for p from x0, of which it keeps a copy,
// with leapfrog steps of length h and diffusion d, nil for the identity. Warmup
// finds good ones. It refuses what NewMALA refuses.
func NewNUTS(p density.Density, x0 []float64, h float64, d *Preconditioner) (*NUTS, error) {
	k, err := newHamiltonian(p, x0, h, d)
	if err != nil {
		return nil, err
	}
	n := p.Dim()
	s := &NUTS{hamiltonian: k, ends: [2]state{newState(n), newState(n)}, whole: newSubtree(n)}
	s.SetMaxDepth(defaultMaxDepth)
	return s, nil
}

// SetMaxDepth limits the number of doublings, and so a trajectory to 2^depth − 1
// leapfrog steps. It is 10 if not set. It panics if depth is not from 1 to 30.
func (s *NUTS) SetMaxDepth(depth int) {
	if depth < 1 || depth > 30 {
		panic("mcmc: depth is not from 1 to 30")
	}
	s.maxDepth = depth
	for len(s.parts) < depth {
		s.parts = append(s.parts, newSubtree(len(s.now.x)))
	}
}

// Step moves the chain by one trajectory, at the price of one log density and
// gradient for each leapfrog step.
func (s *NUTS) Step(rng *rand.Rand) {
	s.now.refresh(rng)
	s.energy = s.now.energy()
	s.ends[0].copy(&s.now)
	s.ends[1].copy(&s.now)
	s.whole.leaf(&s.now, 0)
	s.depth, s.leaps, s.accepted, s.divergent = 0, 0, 0, false

	forwards := 1
	for s.depth < s.maxDepth {
		if side := int(rng.Uint64() >> 63); side != forwards { // grow at the other end
			forwards = side
			s.whole.near, s.whole.far = s.whole.far, s.whole.near
		}
		added := &s.parts[s.depth]
		if !s.build(rng, added, s.depth, forwards) {
			break
		}
		s.depth++
		if s.whole.join(rng, added, added.logWeight-s.whole.logWeight) {
			break
		}
	}

	copy(s.now.x, s.whole.draw.x)
	copy(s.now.g, s.whole.draw.g)
	s.now.logp = s.whole.draw.logp
	s.probability = s.accepted / float64(s.leaps)
	s.steps++
	if s.divergent {
		s.divergences++
	}
	if s.depth == s.maxDepth {
		s.deepest++
	}
}

// build follows the trajectory for 2^depth steps from its end on the given side
// and stores that stretch in t, a subtree of that depth. It reports whether all
// went well: whether nothing diverged and no part turned back.
func (s *NUTS) build(rng *rand.Rand, t *subtree, depth, side int) bool {
	if depth == 0 {
		end, h := &s.ends[side], s.h
		if side == 0 {
			h = -h
		}
		s.leapfrog(end, h)
		s.leaps++
		rise := end.energy() - s.energy
		s.accepted += acceptance(rise)
		if !(rise < divergence) || math.IsInf(rise, -1) {
			s.divergent = true
			return false
		}
		t.leaf(end, -rise)
		return true
	}
	if !s.build(rng, t, depth-1, side) {
		return false
	}
	outer := &s.parts[depth-1]
	if !s.build(rng, outer, depth-1, side) {
		return false
	}
	return !t.join(rng, outer, outer.logWeight-logAddExp(t.logWeight, outer.logWeight))
}

// join adds to t the stretch that follows its far end, of which it takes the
// draw with probability min(1, e^logShare), and reports whether t has turned back.
// It leaves in added what it does not need any more.
func (t *subtree) join(rng *rand.Rand, added *subtree, logShare float64) (turned bool) {
	dot := portable.Dot
	turned = dot(t.near, t.sum)+dot(t.near, added.sum) <= 0 || dot(added.far, t.sum)+dot(added.far, added.sum) <= 0 ||
		dot(t.near, t.sum)+dot(t.near, added.near) <= 0 || dot(added.near, t.sum)+dot(added.near, added.near) <= 0 ||
		dot(t.far, added.sum)+dot(t.far, t.far) <= 0 || dot(added.far, added.sum)+dot(added.far, t.far) <= 0
	if exponential(rng) > -logShare {
		t.draw, added.draw = added.draw, t.draw
	}
	t.far, added.far = added.far, t.far
	portable.Axpy(1, added.sum, t.sum)
	t.logWeight = logAddExp(t.logWeight, added.logWeight)
	return turned
}

// logAddExp returns log(eᵃ + eᵇ).
func logAddExp(a, b float64) float64 {
	return max(a, b) + portable.Log1p(portable.Exp(-math.Abs(a-b)))
}

// Depth returns how many times the last trajectory doubled.
func (s *NUTS) Depth() int { return s.depth }

// Leaps returns how many leapfrog steps the last trajectory took.
func (s *NUTS) Leaps() int { return s.leaps }

// Divergent reports whether the last trajectory diverged.
func (s *NUTS) Divergent() bool { return s.divergent }

// Divergences returns how many trajectories have diverged. More than a few after
// warm-up say that part of the density has not been sampled.
func (s *NUTS) Divergences() int { return s.divergences }

// Deepest returns how many trajectories were cut short at the largest depth.
func (s *NUTS) Deepest() int { return s.deepest }
