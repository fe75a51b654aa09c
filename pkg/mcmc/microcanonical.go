package mcmc

import (
	"cmp"
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/state"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Microcanonical kernels move at constant speed: w is a unit vector of k
// coordinates, D = BBᵀ, and
//
//	dx = B w dt,  dw = (I − wwᵀ) Bᵀ∇log p(x) dt/(k−1).
//
// Times p(x) and the uniform law of w, the divergence of this flow is zero for any
// d×k matrix B, so that the flow leaves p invariant.

// turn is the flow of dw over the time t. It returns the change of
// K = (k−1) log of the factor by which it changes the volume of the sphere,
//
//	w ← (w + e[sinh δ + c(cosh δ − 1)]) / (cosh δ + c sinh δ),
//	ΔK = (k−1) log(cosh δ + c sinh δ),
//
// with e = g/|g|, c = e·w and δ = t|g|/(k−1). Both are multiplied by 2e^−δ, so that
// a large δ does not overflow.
func (s *point) turn(t float64) float64 {
	n := float64(len(s.w) - 1)
	size := math.Sqrt(portable.Dot(s.g, s.g))
	if size == 0 {
		return 0
	}
	c := portable.Dot(s.g, s.w) / size
	delta := t * size / n
	zeta := portable.Exp(-delta)
	along := (1 - zeta) * (1 + zeta + float64(c*(1-zeta))) / size
	for i, g := range s.g {
		s.w[i] = float64(2*zeta*s.w[i]) + float64(along*g)
	}
	unit(s.w)
	return n * (delta + portable.Log((1+c+float64((1-c)*float64(zeta*zeta)))/2))
}

// unit divides v by its length.
func unit(v []float64) {
	scale := 1 / math.Sqrt(portable.Dot(v, v))
	for i := range v {
		v[i] *= scale
	}
}

// glide takes one step of length h, turn, drift, turn, and returns the change of
// the energy K − log p(x), which is zero for the flow itself.
func (m *integrator) glide(s *point, h float64) float64 {
	logp := s.logp
	change := s.turn(h / 2)
	m.drift(s, h)
	m.evaluate(s)
	return change + s.turn(h/2) + logp - s.logp
}

// Microcanonical is the unadjusted microcanonical Langevin sampler. It moves at
// constant speed along the flow
//
//	dx = B w dt,  dw = (I − wwᵀ) Bᵀ∇log p(x) dt/(k−1),  |w| = 1,  D = BBᵀ,
//
// by one step of length h (half a turn, a drift, half a turn), and then
// changes its direction in part,
//
//	w ← (w + ν ξ)/|w + ν ξ|,  ξ ~ N(0, I),  ν = √((e^{2h/L} − 1)/k),
//
// so that the direction is forgotten over the length L. It takes one gradient a
// step and rejects nothing. Its bias vanishes as h does: the variance of the
// energy change of a step, divided by d, says how large it is. See Tune.
//
// Robnik, De Luca, Silverstein and Seljak, J. Mach. Learn. Res. 24:311 (2023);
// Robnik and Seljak, "Fluctuation without dissipation" (2023, arXiv:2303.18221).
type Microcanonical struct {
	momentumKernel
	length, spread float64 // L and ν
	change         float64 // of the energy in the last step
}

// NewMicrocanonical returns the unadjusted microcanonical Langevin sampler of p
// from x0, with step h, the metric D of the geometry g and the length L over which
// it forgets its direction. h and L are lengths in the metric: a standard deviation
// of the target where D is its covariance. It refuses what NewULA refuses, a
// metric with less than two coordinates of noise, an L that is not positive, and
// an x0 at which the log density or the score is not finite.
func NewMicrocanonical(p density.Density, x0 []float64, h float64, g metric.Geometry, length float64) (*Microcanonical, error) {
	k, err := newMomentumKernel(p, x0, h, g, 1)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(check.Positive("L", length, ""), sphere(len(k.w)), k.begin()); err != nil {
		return nil, err
	}
	s := &Microcanonical{momentumKernel: k, length: length}
	return s, s.SetStepSize(h)
}

// sphere returns an error unless a unit vector of k coordinates can turn.
func sphere(k int) error {
	if k < 2 {
		return check.Errorf("metric", "has %d coordinate of noise, and a microcanonical sampler needs 2 or more", k)
	}
	return nil
}

// SetStepSize sets h. It refuses an h that is not positive and finite.
func (s *Microcanonical) SetStepSize(h float64) error {
	if err := check.Positive("h", h, ""); err != nil {
		return err
	}
	s.h = h
	s.spread = math.Sqrt((portable.Exp(min(2*h/s.length, 700)) - 1) / float64(len(s.w)))
	return nil
}

// Step takes one step.
func (s *Microcanonical) Step(rng *rand.Rand) {
	if !s.started {
		s.draw(rng)
		unit(s.w)
	} else {
		stream.Normals(rng, s.xi)
	}
	s.change = s.glide(&s.point, s.h)
	portable.Axpy(s.spread, s.xi, s.w)
	unit(s.w)
}

// EnergyChange returns the change of K − log p(x) in the last step, which is the
// error of the integrator.
func (s *Microcanonical) EnergyChange() float64 { return s.change }

// Tune runs the chain for some steps and finds the step size at which the variance
// of the energy change of a step is level·d. It leaves the chain at its last
// position with that step size. A level of 5e-4 gives second moments to about one
// percent (Robnik et al. 2023, section 4). Since the variance grows as h⁶,
//
//	h = (level·d / ⟨ΔE²/h⁶⟩)^{1/6},
//
// with a mean over the last 100 steps or so. A step changes h by a factor between
// ½ and 1.5, and h stays below L. Tune refuses less than 100 steps and a level that
// is not positive. It returns a *WarmupError if steps of 10⁻¹² still diverge.
func (s *Microcanonical) Tune(rng *rand.Rand, steps int, level float64) error {
	if err := cmp.Or(check.AtLeast("steps", steps, 100), check.Positive("level", level, "")); err != nil {
		return err
	}
	const keep = 0.99
	before, sum, weight := newPoint(len(s.x), len(s.w)), 0.0, 0.0
	for i := range steps {
		before.copy(&s.point)
		s.Step(rng)
		h := s.h / 2
		if math.Abs(s.change) < divergence {
			cube := s.change / (s.h * s.h * s.h)
			sum = float64(keep*sum) + float64(cube*cube)
			weight = float64(keep*weight) + 1
			h = portable.Exp(portable.Log(level*float64(len(s.x))*weight/max(sum, math.SmallestNonzeroFloat64)) / 6)
			h = min(max(h, s.h/2), 1.5*s.h, s.length)
		} else { // also for NaN
			s.point.copy(&before)
			s.started = i > 0
			sum, weight = 0, 0
		}
		if h < 1e-12 {
			return &WarmupError{i, s.h, errNeverAccepted}
		}
		if err := s.SetStepSize(h); err != nil {
			return err
		}
	}
	return nil
}

// StatNames returns the names of the statistics that Stats stores.
func (s *Microcanonical) StatNames() []string { return []string{"lp", "energy_change", "step_size"} }

// Stats stores the statistics of the last step in dst.
func (s *Microcanonical) Stats(dst []float64) { store(dst, s.logp, s.change, s.h) }

const kindMicrocanonical = "mcmc.Microcanonical/2"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *Microcanonical) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindMicrocanonical, s.fields)
}

// UnmarshalBinary restores the state of the chain.
func (s *Microcanonical) UnmarshalBinary(data []byte) error {
	return state.Restore(kindMicrocanonical, data, s, (*Microcanonical).fields)
}

func (s *Microcanonical) fields(c *state.Coder) {
	c.Same("length", math.Float64bits(s.length), "is not that of the kernel")
	h := s.h
	c.Float("step size", &h) // which Tune has found
	c.Check("step size", s.SetStepSize(h) == nil, "is not positive")
	s.momentumKernel.fields(c)
	c.Float("energy change", &s.change)
}

// AdjustedMicrocanonical is the Metropolis-adjusted microcanonical sampler. It
// draws a direction w uniformly from the unit sphere and a number of steps l
// uniformly from 1 … 2L/h, follows the flow of Microcanonical for l steps of
// length h, and accepts the end point with probability min(1, exp(−ΔE)),
// E = K − log p(x), where ΔK is the logarithm of the change of volume. Since the
// steps are reversible, it leaves p invariant exactly, whatever h, for any d×k
// matrix B with k ≥ 2. Warmup finds h and D; an acceptance of 0.9 suits it.
//
// Robnik, Cohn-Gordon and Seljak, "Metropolis adjusted microcanonical Hamiltonian
// Monte Carlo" (2025, arXiv:2503.01707).
type AdjustedMicrocanonical struct {
	metropolisKernel
	length float64
	steps  int // of the last trajectory
}

// maxGlides is the largest number of steps of a trajectory.
const maxGlides = 1024

// NewAdjustedMicrocanonical returns the adjusted microcanonical sampler of p from
// x0, with step h, the metric D of the geometry g and trajectories of mean length
// L. h and L are lengths in the metric. It refuses what NewMALA refuses, a metric
// with less than two coordinates of noise, and an L that is not positive.
func NewAdjustedMicrocanonical(p density.Density, x0 []float64, h float64, g metric.Geometry, length float64) (*AdjustedMicrocanonical, error) {
	k, err := newExactKernel(p, x0, h, g)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(check.Positive("L", length, ""), sphere(len(k.w))); err != nil {
		return nil, err
	}
	return &AdjustedMicrocanonical{metropolisKernel: metropolisKernel{exactKernel: k}, length: length}, nil
}

// SetMetric sets D = BBᵀ and starts all counts again. It refuses a metric of
// another dimension, and one with less than two coordinates of noise.
func (s *AdjustedMicrocanonical) SetMetric(m metric.Metric) error {
	if m != nil {
		if _, k := m.Dims(); k < 2 {
			return sphere(k)
		}
	}
	return s.exactKernel.SetMetric(m)
}

// Step proposes a move and accepts or rejects it, at the price of one log density
// and gradient for each step of the trajectory.
func (s *AdjustedMicrocanonical) Step(rng *rand.Rand) {
	s.steps = 1 + rng.IntN(int(min(max(2*s.length/s.h, 1), maxGlides)))
	s.decideTrajectory(rng, s.trajectory(rng, s.steps, s.h))
}

// TryStep returns the probability of accepting one step of length h in a new
// direction. It does not move the chain.
func (s *AdjustedMicrocanonical) TryStep(rng *rand.Rand, h float64) float64 {
	return acceptance(s.trajectory(rng, 1, h))
}

// trajectory sets next to the end of a trajectory and returns the change of the
// energy.
func (s *AdjustedMicrocanonical) trajectory(rng *rand.Rand, steps int, h float64) (rise float64) {
	s.refresh(rng)
	unit(s.w)
	s.next.copy(&s.point)
	for range steps {
		rise += s.glide(&s.next, h)
	}
	return rise
}

// StatNames returns the names of the statistics that Stats stores.
func (s *AdjustedMicrocanonical) StatNames() []string {
	return []string{"lp", "acceptance_rate", "accepted", "n_steps", "step_size"}
}

// Stats stores the statistics of the last step in dst.
func (s *AdjustedMicrocanonical) Stats(dst []float64) {
	store(dst, s.logp, s.AcceptanceProbability(), portable.Indicator(s.accepted), float64(s.steps), s.h)
}

const kindAdjustedMicrocanonical = "mcmc.AdjustedMicrocanonical/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *AdjustedMicrocanonical) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindAdjustedMicrocanonical, s.fields)
}

// UnmarshalBinary restores the state of the chain.
func (s *AdjustedMicrocanonical) UnmarshalBinary(data []byte) error {
	return state.Restore(kindAdjustedMicrocanonical, data, s, (*AdjustedMicrocanonical).fields)
}

func (s *AdjustedMicrocanonical) fields(c *state.Coder) {
	c.Same("length", math.Float64bits(s.length), "is not that of the kernel")
	s.metropolisKernel.fields(c)
	c.Count("steps of the trajectory", &s.steps)
}
