package mcmc

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// An exactKernel is a kernel that leaves the target invariant exactly. Between
// steps it knows the log density and the force at its position.
type exactKernel struct {
	kernel
	next        point   // scratch: a proposal
	probability float64 // acceptance probability of the last step, for NUTS its mean
	divergent   bool    // whether the last trajectory diverged
	counts      counts
}

// newExactKernel returns a kernel at x0 with the density and the force there. It
// refuses what newKernel refuses, and an x0 at which the log density or the score
// is not finite.
func newExactKernel(p density.Density, x0 []float64, h float64, g metric.Geometry) (exactKernel, error) {
	k, err := newKernel(p, x0, h, g)
	if err == nil {
		err = k.begin()
	}
	return exactKernel{kernel: k, next: newPoint(len(k.x), len(k.w))}, err
}

// LogProb returns the log density at the position.
func (k *exactKernel) LogProb() float64 { return k.logp }

// SetPosition moves the chain to x. It refuses an x of another length or that is
// not finite, and one at which the log density or the score is not finite. After an
// error the chain is where it was.
func (k *exactKernel) SetPosition(x []float64) error {
	check.Length("x", x, len(k.x))
	if i := arg.FirstNonFinite(x); i >= 0 {
		return check.Errorf("x", "has %v at %d, which is not finite", x[i], i)
	}
	copy(k.next.x, x)
	k.evaluate(&k.next)
	if err := check.Finite("log density at x", k.next.logp); err != nil {
		return err
	}
	if i := arg.FirstNonFinite(k.score); i >= 0 {
		return check.Errorf("score at x", "has %v at %d, which is not finite", k.score[i], i)
	}
	k.point, k.next = k.next, k.point
	return nil
}

// SetStepSize sets the step size and starts all counts again. It refuses an h
// that is not positive and finite. A chain whose step depends on where it has
// been does not sample its target: see Warmup.
func (k *exactKernel) SetStepSize(h float64) error {
	if err := check.Positive("h", h, ""); err != nil {
		return err
	}
	k.h, k.counts = h, counts{}
	return nil
}

// SetMetric sets D = BBᵀ, the inverse of the mass matrix, and starts all counts
// again. It refuses a metric of another dimension. A chain whose metric depends
// on where it has been does not sample its target: see Warmup.
func (k *exactKernel) SetMetric(m metric.Metric) error {
	check.NotNil("metric", m)
	if _, err := metric.Fixed(m).Of(k.target); err != nil {
		return err
	}
	d, noise := m.Dims()
	x := k.x
	k.metric, k.point, k.next = m, newPoint(d, noise), newPoint(d, noise)
	k.counts = counts{}
	copy(k.x, x)
	k.evaluate(&k.point) // the force depends on D
	return nil
}

// TryStep returns the probability of accepting one leapfrog step of length h
// with new momenta. It does not move the chain.
func (k *exactKernel) TryStep(rng *rand.Rand, h float64) float64 {
	k.refresh(rng)
	return acceptance(k.leap(1, h))
}

// leap sets next to the end of a trajectory from the point, and returns the rise of
// the energy.
func (k *exactKernel) leap(steps int, h float64) (rise float64) {
	k.next.copy(&k.point)
	for range steps {
		k.leapfrog(&k.next, h)
	}
	return k.next.energy() - k.energy()
}

// NonFinite returns how many states were rejected because the log density there
// was NaN or +Inf, or its gradient was not finite. The density is then wrong, or the
// step is so long that it overflows.
func (k *exactKernel) NonFinite() int { return k.counts.nonFinite }

// divergence is the rise of the energy beyond which a trajectory has diverged.
const divergence = 1000

// diverges reports whether a trajectory along which the energy rose by so much has
// diverged. It counts those that end at a state that is not finite.
func (k *exactKernel) diverges(rise float64) bool {
	if math.IsNaN(rise) || math.IsInf(rise, -1) {
		k.counts.nonFinite++
		return true
	}
	return rise >= divergence
}

// A metropolisKernel is an exactKernel that accepts or rejects one proposal a
// step.
type metropolisKernel struct {
	exactKernel
	accepted bool
	rise     float64 // of the energy in the last proposal
	unknown  bool    // whether probability is still to be computed from rise
}

// decide accepts the proposal next with probability min(1, e^{−rise}).
func (k *metropolisKernel) decide(rng *rand.Rand, rise float64) {
	k.counts.steps++
	k.rise, k.unknown = rise, true
	k.divergent = k.diverges(rise)
	k.accepted = stream.Exponential(rng) > rise && !math.IsInf(rise, -1) // false for NaN
	if k.accepted {
		k.counts.moves++
		k.point, k.next = k.next, k.point
	}
}

// decideTrajectory is decide for a proposal at the end of a trajectory.
func (k *metropolisKernel) decideTrajectory(rng *rand.Rand, rise float64) {
	if k.decide(rng, rise); k.divergent {
		k.counts.divergences++
	}
}

// AcceptanceProbability returns the probability of acceptance of the last step.
func (k *metropolisKernel) AcceptanceProbability() float64 {
	if k.unknown {
		k.probability, k.unknown = acceptance(k.rise), false
	}
	return k.probability
}

// Accepted reports whether the last step accepted its proposal.
func (k *metropolisKernel) Accepted() bool { return k.accepted }

// Acceptance returns the share of proposals that were accepted, 0 before the
// first.
func (k *metropolisKernel) Acceptance() float64 {
	if k.counts.steps == 0 {
		return 0
	}
	return float64(k.counts.moves) / float64(k.counts.steps)
}

// acceptance returns min(1, e^{−rise}) for a rise of the energy. It returns 0 for
// a rise that is NaN or −Inf, since no density is infinite.
func acceptance(rise float64) float64 {
	switch {
	case math.IsNaN(rise) || math.IsInf(rise, 0):
		return 0
	case rise < 0:
		return 1
	}
	return portable.Exp(-rise)
}
