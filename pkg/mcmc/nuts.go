package mcmc

import (
	"math"
	"math/rand/v2"
	"slices"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// NUTS is the no-U-turn sampler: Hamiltonian Monte Carlo, with mass matrix D⁻¹,
// D = BBᵀ, that finds the length of its trajectories by itself. From w ~ N(0, I)
// it doubles a leapfrog trajectory of step h, forwards or backwards by the toss
// of a coin, until the trajectory turns back on itself,
//
//	w₋ · Σw ≤ 0  or  w₊ · Σw ≤ 0,
//
// where w₋ and w₊ are the momenta at its ends and the sum is over all of its
// states. It also stops if one of the halves of the stretch added last turns back, or
// a half of a half, and so on. It then leaves that stretch out. Each half is also
// tested together with the nearest state of the other half alone. The next state is drawn from the trajectory with weights e^{−H},
// H = |w|²/2 − log p(x), with a preference at each doubling for the new half.
//
// All of this leaves p invariant exactly, whatever h, for any d×k matrix B of full
// rank. If k > d, w is drawn from the range of Bᵀ alone: the part of w that B maps
// to zero would move nothing, and hide the turn.
//
// A trajectory ends where the energy is 1000 above that of its beginning. It has
// then diverged: the step is too long for a place where the density is narrow.
//
// Hoffman and Gelman, J. Mach. Learn. Res. 15:1593 (2014); Betancourt, "A
// conceptual introduction to Hamiltonian Monte Carlo" (2017), appendix A
// (arXiv:1701.02434), for the weights and the criterion by Σw.
type NUTS struct {
	exactKernel
	maxDepth int

	ends  [2]point    // the first and the last state of the trajectory
	whole subtree     // the trajectory
	parts []subtree   // scratch of build; parts[k] has up to 2ᵏ states
	wide  *projection // onto the range of Bᵀ; nil unless k > d

	startEnergy          float64 // energy at the beginning of the trajectory
	depth, leapfrogSteps int     // of the last trajectory
	sumAcceptance        float64 // sum of its acceptance probabilities
}

// A subtree is a stretch of 2ᵏ consecutive states of the trajectory, in the order
// in which they were found.
type subtree struct {
	near, far []float64 // momenta of the first and the last state
	sum       []float64 // sum of all momenta
	draw      draw      // one of the states
	logWeight float64   // log Σ e^{H₀−H}, with H₀ at the trajectory's beginning
}

// A draw is a state without its momenta.
type draw struct {
	x, g         []float64
	logp, energy float64
}

func newSubtree(d, k int) subtree {
	v := func() []float64 { return make([]float64, k) }
	return subtree{near: v(), far: v(), sum: v(), draw: draw{x: make([]float64, d), g: v()}}
}

// leaf makes t the stretch of the single state s, with its energy and the rise of
// the energy since the beginning of the trajectory.
func (t *subtree) leaf(s *point, energy, rise float64) {
	copy(t.near, s.w)
	copy(t.far, s.w)
	copy(t.sum, s.w)
	copy(t.draw.x, s.x)
	copy(t.draw.g, s.g)
	t.draw.logp, t.draw.energy = s.logp, energy
	t.logWeight = -rise
}

const defaultMaxDepth = 10

// NewNUTS returns the no-U-turn sampler for p from x0, of which it keeps a copy,
// with leapfrog steps of length h and the metric D of the geometry g. Warmup
// finds good ones. It refuses what NewMALA refuses.
func NewNUTS(p density.Density, x0 []float64, h float64, g metric.Geometry) (*NUTS, error) {
	k, err := newExactKernel(p, x0, h, g)
	if err != nil {
		return nil, err
	}
	s := &NUTS{exactKernel: k, maxDepth: defaultMaxDepth}
	s.allocate()
	return s, nil
}

// allocate makes new scratch memory.
func (s *NUTS) allocate() {
	d, k := s.metric.Dims()
	s.ends = [2]point{newPoint(d, k), newPoint(d, k)}
	s.whole = newSubtree(d, k)
	s.parts, s.wide = nil, nil
	for len(s.parts) < s.maxDepth {
		s.parts = append(s.parts, newSubtree(d, k))
	}
	if k > d {
		s.wide = newProjection(s.metric)
	}
}

// SetMaxDepth limits the number of doublings, and so a trajectory to 2^depth − 1
// leapfrog steps. It is 10 if not set. It panics if depth is not from 1 to 30.
func (s *NUTS) SetMaxDepth(depth int) {
	if depth < 1 || depth > 30 {
		panic("mcmc: depth is not from 1 to 30")
	}
	s.maxDepth = depth
	s.allocate()
}

// SetMetric sets D = BBᵀ, the inverse of the mass matrix, and starts all counts
// again. It refuses a metric of another dimension. A chain whose metric depends
// on where it has been does not sample its target: see Warmup.
func (s *NUTS) SetMetric(m metric.Metric) error {
	if err := s.exactKernel.SetMetric(m); err != nil {
		return err
	}
	s.allocate()
	return nil
}

// Step moves the chain by one trajectory, at the price of one log density and
// gradient for each leapfrog step.
func (s *NUTS) Step(rng *rand.Rand) {
	s.refresh(rng)
	if s.wide != nil {
		s.wide.project(s.w)
	}
	s.startEnergy = s.energy()
	s.ends[0].copy(&s.point)
	s.ends[1].copy(&s.point)
	s.whole.leaf(&s.point, s.startEnergy, 0)
	s.depth, s.leapfrogSteps, s.sumAcceptance, s.divergent = 0, 0, 0, false

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

	n := &s.counts
	n.steps++
	if !slices.Equal(s.x, s.whole.draw.x) {
		n.moves++
	}
	if s.divergent {
		n.divergences++
	}
	if s.depth == s.maxDepth {
		n.maxDepthHits++
	}
	copy(s.x, s.whole.draw.x)
	copy(s.g, s.whole.draw.g)
	s.logp = s.whole.draw.logp
	s.probability = s.sumAcceptance / float64(s.leapfrogSteps)
}

// build follows the trajectory for 2^depth steps from its end on the given side
// and stores that stretch in t. It returns false if the trajectory diverges or a
// part of the stretch turns back; t is then incomplete.
func (s *NUTS) build(rng *rand.Rand, t *subtree, depth, side int) bool {
	if depth == 0 {
		end, h := &s.ends[side], s.h
		if side == 0 {
			h = -h
		}
		s.leapfrog(end, h)
		s.leapfrogSteps++
		energy := end.energy()
		rise := energy - s.startEnergy
		s.sumAcceptance += acceptance(rise)
		if s.divergent = s.diverges(rise); s.divergent {
			return false
		}
		t.leaf(end, energy, rise)
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

// join appends to t the stretch that follows its far end, and reports whether t
// has turned back. It takes the draw of the new stretch with probability
// min(1, e^logShare). Afterwards added holds scratch.
func (t *subtree) join(rng *rand.Rand, added *subtree, logShare float64) (turned bool) {
	dot := portable.Dot
	turned = dot(t.near, t.sum)+dot(t.near, added.sum) <= 0 || dot(added.far, t.sum)+dot(added.far, added.sum) <= 0 ||
		dot(t.near, t.sum)+dot(t.near, added.near) <= 0 || dot(added.near, t.sum)+dot(added.near, added.near) <= 0 ||
		dot(t.far, added.sum)+dot(t.far, t.far) <= 0 || dot(added.far, added.sum)+dot(added.far, t.far) <= 0
	if stream.Exponential(rng) > -logShare {
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

// AcceptanceProbability returns the mean acceptance probability of the states of
// the last trajectory.
func (s *NUTS) AcceptanceProbability() float64 { return s.probability }

// Depth returns how many times the last trajectory doubled.
func (s *NUTS) Depth() int { return s.depth }

// LeapfrogSteps returns how many leapfrog steps the last trajectory took.
func (s *NUTS) LeapfrogSteps() int { return s.leapfrogSteps }

// MaxDepthHits returns how many trajectories reached the largest depth.
func (s *NUTS) MaxDepthHits() int { return s.counts.maxDepthHits }

// Divergent reports whether the last trajectory diverged.
func (s *NUTS) Divergent() bool { return s.divergent }

// Divergences returns how many trajectories have diverged. More than a few after
// warm-up mean that part of the density is not sampled.
func (s *NUTS) Divergences() int { return s.counts.divergences }
