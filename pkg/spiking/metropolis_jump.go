package spiking

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// A bound holds an upper bound of every neuron's acceptance over a window of time
// without a spike. As time goes by the share c of θ that is left falls, and the
// excess V_j − Ω_jj/2 = drive − c·back is monotone in c. It is therefore largest at
// one of the window's ends.
type bound struct {
	dual   *tiles
	back   []float64 // κΓ_jᵀΣ⁻¹θ where c = 1, of tile width
	means  uint64    // version of the mean for which all drives were computed
	single []float64 // bound of each neuron
	sums   []float64 // running sums of single
}

func newBound(s *probabilistic) *bound {
	t := newTiles(s.dual, s.n, s.p)
	return &bound{
		dual: t, back: make([]float64, t.width()),
		single: make([]float64, s.n), sums: make([]float64, s.n),
	}
}

// load computes back for the present θ, and the drives for the present mean.
func (b *bound) load(s *probabilistic) {
	if b.means != s.means {
		for j := range s.drive {
			s.updateDrive(j)
		}
		b.means = s.means
	}
	b.dual.mul(b.back, s.theta)
	f := s.kappa * s.scale
	for j := range b.back {
		b.back[j] *= f
	}
}

// fill sets the bound for a window in which c falls from begin to end, and
// returns the sum over neurons.
func (b *bound) fill(s *probabilistic, begin, end float64) (total float64) {
	for j := range b.single {
		lowest := min(float64(begin*b.back[j]), float64(end*b.back[j]))
		x := float64(s.gain * (s.drive[j] - lowest))
		if !(x > least) { // so is NaN, of zero times an infinite gain
			x = least
		}
		b.single[j] = min(x, 0)
	}
	portable.ExpTo(b.single, b.single)
	for j, a := range b.single {
		total += a
		b.sums[j] = total
	}
	return total
}

// propose draws neuron j with a probability in proportion to its bound, from the
// uniform number u. It lets j spike with the probability acceptance/bound, at the
// share c, from the uniform number w.
func (b *bound) propose(s *probabilistic, c, u, w float64) (j int, spike bool) {
	j = b.neuron(u * b.sums[len(b.sums)-1])
	return j, float64(w*b.single[j]) < acceptance(s.gain, s.drive[j]-float64(c*b.back[j]))
}

// neuron returns the first neuron whose running sum is above x, by bisection.
func (b *bound) neuron(x float64) int {
	low, high := 0, len(b.sums)-1
	for low < high {
		if mid := (low + high) / 2; b.sums[mid] > x {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

const (
	// least is the lowest logarithm of a bound. A bound may be too large.
	least = -700
	// longDecay is the number of time constants after which θ counts as zero.
	longDecay = 50
	maxWindow = math.MaxInt64 / 4
)

// Jump moves the network on until a neuron spikes, but by limit steps at most,
// and returns the number of steps. Spike and Spikes then describe the last of them.
// It is equal in law to that many calls of Step, and exact. It takes the steps that
// Step takes where spikes are frequent, and jumps over those that are rejected where
// spikes are rare.
//
// The acceptance of a neuron has an upper bound over any stretch of time without a
// spike. Jump draws the number of proposals until one would be accepted if each
// neuron's acceptance were its bound, which is geometric. It then draws the neuron,
// and accepts it with the ratio of its acceptance to its bound. That costs of the
// order of n·p + n exponentials for each spike or stretch, and nothing for a
// proposal. Jump takes n single steps before that, and none if the recent waits between
// spikes were longer than n/2. When limit is below n or the choice is LargestExcess there
// is nothing to gain, and Jump takes single steps.
//
// In the steps before the last, θ decays by Decay in each (see moments.Decay).
func (s *Metropolis) Jump(rng *rand.Rand, limit int64) (steps int64) {
	n := int64(s.n)
	if limit < n || s.choice != UniformNeuron {
		return s.run(rng, limit)
	}
	single := s.wait <= n/2
	if single {
		steps = s.run(rng, n)
	}
	if steps < limit && !(single && s.spike >= 0) {
		steps += s.leap(rng, limit-steps)
	}
	s.wait += (steps - s.wait) / 8
	return steps
}

// leap is Jump over rejected proposals.
func (s *Metropolis) leap(rng *rand.Rand, limit int64) (steps int64) {
	if s.bound == nil {
		s.bound = newBound(&s.probabilistic)
	}
	b := s.bound
	b.load(&s.probabilistic)
	c := 1.0
	for steps < limit {
		// Once θ is zero no acceptance changes, and the window has no end.
		window, end := s.window, 0.0
		if s.kappa == 1 || float64(window)*-s.logKappa > longDecay {
			window = maxWindow
			if s.kappa == 1 {
				end = 1
			}
		} else {
			end = c * portable.Exp(float64(window)*s.logKappa)
		}
		mean := b.fill(&s.probabilistic, c, end) / float64(s.n)
		rejected := 0
		for left := min(window, limit-steps); ; {
			// The wait is compared as a float, since a large one overflows an integer.
			wait := math.Floor(stream.Exponential(rng) / -portable.Log1p(-mean))
			if mean == 0 || wait >= float64(left) {
				c *= s.advanceSilent(left)
				steps += left
				break
			}
			c *= s.advanceSilent(int64(wait))
			steps += int64(wait) + 1
			left -= int64(wait) + 1
			j, spike := b.propose(&s.probabilistic, c, rng.Float64(), rng.Float64())
			c *= s.advanceSilent(1)
			if spike {
				s.fire(j)
				return steps
			}
			if rejected++; left == 0 {
				break
			}
		}
		// A rejected proposal costs about as much as the bounds of four neurons.
		switch {
		case rejected > s.n/4:
			s.window = max(s.window/2, 16)
		case rejected <= s.n/16 && window < maxWindow:
			s.window *= 2
		}
	}
	return steps
}

// advanceSilent takes k steps without a spike and returns the factor by which θ
// decays.
func (s *Metropolis) advanceSilent(k int64) (f float64) {
	f = s.kappa
	switch {
	case k == 0:
		return 1
	case k > 1:
		f = portable.Exp(float64(k) * s.logKappa)
	}
	s.decayBy(f)
	s.steps += k
	s.spike = -1
	return f
}
