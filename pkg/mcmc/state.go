package mcmc

import (
	"math"

	"natspike/pkg/internal/state"
	"natspike/pkg/metric"
)

func (p *point) fields(c *state.Coder) {
	c.Floats("position", p.x)
	c.Floats("momenta", p.w)
	c.Floats("force", p.g)
	c.Float("log density", &p.logp)
}

// fields are those of a kernel whose step size and metric do not change.
func (k *kernel) fields(c *state.Coder) {
	c.Same("dimension", uint64(len(k.x)), "is not that of the target")
	c.Same("step size", math.Float64bits(k.h), "is not that of the kernel")
	c.Same("metric", metric.Digest(k.metric), "is not that of the kernel")
	c.Count("gradients", &k.gradients)
	k.point.fields(c)
}

const kindULA = "mcmc.ULA/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *ULA) MarshalBinary() ([]byte, error) { return state.Marshal(kindULA, s.fields) }

// UnmarshalBinary restores the state of the chain.
func (s *ULA) UnmarshalBinary(data []byte) error {
	return state.Restore(kindULA, data, s, (*ULA).fields)
}

func (s *momentumKernel) fields(c *state.Coder) {
	s.kernel.fields(c)
	c.Bool("started", &s.started)
}

const kindUnderdamped = "mcmc.Underdamped/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (u *Underdamped) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindUnderdamped, u.fields)
}

// UnmarshalBinary restores the state of the chain.
func (u *Underdamped) UnmarshalBinary(data []byte) error {
	return state.Restore(kindUnderdamped, data, u, (*Underdamped).fields)
}

func (u *Underdamped) fields(c *state.Coder) {
	var settings []float64
	for _, p := range u.parts {
		settings = append(settings, float64(p.letter), p.time, p.decay)
	}
	c.SameFloats("splitting and friction", settings, "are not those of the kernel")
	u.momentumKernel.fields(c)
	c.Bool("stale", &u.stale)
}

const kindSGHMC = "mcmc.SGHMC/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *SGHMC) MarshalBinary() ([]byte, error) { return state.Marshal(kindSGHMC, s.fields) }

// UnmarshalBinary restores the state of the chain.
func (s *SGHMC) UnmarshalBinary(data []byte) error {
	return state.Restore(kindSGHMC, data, s, (*SGHMC).fields)
}

func (s *SGHMC) fields(c *state.Coder) {
	c.Same("friction", math.Float64bits(s.friction), "is not that of the kernel")
	c.SameFloats("gradient noise", s.root, "is not that of the kernel")
	s.momentumKernel.fields(c)
}

const kindSGNHT = "mcmc.SGNHT/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *SGNHT) MarshalBinary() ([]byte, error) { return state.Marshal(kindSGNHT, s.fields) }

// UnmarshalBinary restores the state of the chain.
func (s *SGNHT) UnmarshalBinary(data []byte) error {
	return state.Restore(kindSGNHT, data, s, (*SGNHT).fields)
}

func (s *SGNHT) fields(c *state.Coder) {
	c.Same("noise", math.Float64bits(s.noise), "is not that of the kernel")
	s.momentumKernel.fields(c)
	c.Float("thermostat", &s.thermostat)
}

// fields are those of a kernel whose step size and metric a Warmup may have set.
func (k *exactKernel) fields(c *state.Coder) {
	c.Same("dimension", uint64(len(k.x)), "is not that of the target")
	c.Float("step size", &k.h)
	c.Check("step size", k.h > 0, "is not positive")
	k.metric = metric.Code(c, k.metric)
	if d, noise := k.metric.Dims(); noise != len(k.w) {
		k.point, k.next = newPoint(d, noise), newPoint(d, noise)
	}
	c.Count("gradients", &k.gradients)
	k.point.fields(c)
	if c.Reading() {
		now := k.target.LogProb(k.x)
		c.Check("log density", math.Abs(now-k.logp) <= 1e-6*(1+math.Abs(k.logp)), "is not that of the target")
	}
	c.Float("acceptance probability", &k.probability)
	c.Bool("divergent", &k.divergent)
	k.counts.fields(c)
}

func (n *counts) fields(c *state.Coder) {
	c.Count("steps", &n.steps)
	c.Count("moves", &n.moves)
	c.Count("non-finite proposals", &n.nonFinite)
	c.Count("divergences", &n.divergences)
	c.Count("hits of the largest depth", &n.maxDepthHits)
}

func (k *metropolisKernel) fields(c *state.Coder) {
	k.AcceptanceProbability() // is known from here on
	k.exactKernel.fields(c)
	c.Bool("accepted", &k.accepted)
}

const kindMALA = "mcmc.MALA/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *MALA) MarshalBinary() ([]byte, error) { return state.Marshal(kindMALA, s.fields) }

// UnmarshalBinary restores the state of the chain.
func (s *MALA) UnmarshalBinary(data []byte) error {
	return state.Restore(kindMALA, data, s, (*MALA).fields)
}

const kindIrreversible = "mcmc.Irreversible/2"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (k *Irreversible) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindIrreversible, k.fields)
}

// UnmarshalBinary restores the state of the chain.
func (k *Irreversible) UnmarshalBinary(data []byte) error {
	return state.Restore(kindIrreversible, data, k, (*Irreversible).fields)
}

func (k *Irreversible) fields(c *state.Coder) {
	c.SameFloats("skew", k.skew, "is not that of the kernel")
	c.Same("substeps", uint64(k.substeps), "are not those of the kernel")
	k.MALA.fields(c)
}

const kindHMC = "mcmc.HMC/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *HMC) MarshalBinary() ([]byte, error) { return state.Marshal(kindHMC, s.fields) }

// UnmarshalBinary restores the state of the chain.
func (s *HMC) UnmarshalBinary(data []byte) error {
	return state.Restore(kindHMC, data, s, (*HMC).fields)
}

func (s *HMC) fields(c *state.Coder) {
	c.Same("leapfrog steps", uint64(s.config.LeapfrogSteps), "are not those of the kernel")
	c.Same("jitter", math.Float64bits(s.config.Jitter), "is not that of the kernel")
	s.metropolisKernel.fields(c)
}

const kindNUTS = "mcmc.NUTS/1"

// MarshalBinary returns the state of the chain: see "Saved states" above.
func (s *NUTS) MarshalBinary() ([]byte, error) { return state.Marshal(kindNUTS, s.fields) }

// UnmarshalBinary restores the state of the chain.
func (s *NUTS) UnmarshalBinary(data []byte) error {
	if err := state.Restore(kindNUTS, data, s, (*NUTS).fields); err != nil {
		return err
	}
	energy := s.whole.draw.energy
	s.allocate() // for the metric
	s.whole.draw.energy = energy
	return nil
}

func (s *NUTS) fields(c *state.Coder) {
	c.Same("largest depth", uint64(s.maxDepth), "is not that of the kernel")
	s.exactKernel.fields(c)
	c.Count("depth", &s.depth)
	c.Count("leapfrog steps", &s.leapfrogSteps)
	c.Float("energy", &s.whole.draw.energy)
}

const kindSubsampled = "mcmc.Subsampled/1"

// MarshalBinary returns the states of the sampler and of the batch. It returns an
// error if one of them has no such method.
func (s *Subsampled) MarshalBinary() ([]byte, error) { return state.Marshal(kindSubsampled, s.fields) }

// UnmarshalBinary restores the states of the sampler and of the batch. An error
// changes nothing.
func (s *Subsampled) UnmarshalBinary(data []byte) error {
	return state.Restore(kindSubsampled, data, s, (*Subsampled).fields)
}

func (s *Subsampled) fields(c *state.Coder) {
	c.Part("sampler", s.Sampler)
	c.Part("batch", s.batch)
}
