package spiking

import (
	"math"

	"natspike/pkg/internal/state"
)

// MarshalBinary returns the state of the network: all that changes as it runs. It
// returns an error if the network has failed.
func (s *Balanced) MarshalBinary() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return state.Marshal("spiking.Balanced/1", func(c *state.Coder) { s.fields(c, &s.balancedState) }), nil
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged
// or do not fit the network, which it then leaves as it is.
func (s *Balanced) UnmarshalBinary(data []byte) error {
	next := balancedState{
		mean: make([]float64, s.p), u: padded(s.p), filter: newFilter(s.n, nil), q: make([]float64, s.n),
		flow: padded(s.p), z: padded(s.p), spikes: make([]int, 0, s.cascade), late: newLate(s.delay, s.cascade),
	}
	if err := state.Unmarshal(check, "spiking.Balanced/1", data, func(c *state.Coder) { s.fields(c, &next) }); err != nil {
		return err
	}
	s.balancedState = next
	s.resume()
	return nil
}

func (s *Balanced) fields(c *state.Coder, x *balancedState) {
	codeDecoder(c, s.gamma)
	c.Int("steps", &x.steps, 0, math.MaxInt64)
	c.Floats("mean", x.mean)
	c.Floats("u", x.u[:s.p])
	x.filter.fields(c)
	c.Floats("q", x.q)
	c.Float("offset", &x.offset)
	c.Floats("flow", x.flow[:s.p])
	c.Floats("estimate", x.z[:s.p])
	c.Ints("spikes", &x.spikes, s.cascade, s.n)
	c.Int("recent spikes", &x.recent, 0, math.MaxInt64)
	for i := range x.late {
		c.Ints("spikes whose inhibition is to come", &x.late[i], s.cascade, s.n)
	}
	for _, count := range []*int64{&x.counts.Steps, &x.counts.Spikes, &x.counts.Above, &x.counts.Crowded, &x.counts.Unheeded, &x.counts.Truncated} {
		c.Int("counts", count, 0, math.MaxInt64)
	}
}

// codeDecoder codes the shape of the decoder and a digest of its entries, so that a
// state of another network is refused.
func codeDecoder(c *state.Coder, d *Decoder) {
	c.Same("dimension", uint64(d.p), "is that of another network")
	c.Same("number of neurons", uint64(d.n), "is that of another network")
	h := uint64(14695981039346656037) // FNV-1a, a word at a time
	for _, v := range d.columns {
		h = (h ^ math.Float64bits(v)) * 1099511628211
		h ^= h >> 29
	}
	c.Same("decoder", h, "is that of another network")
}

func (f *filter) fields(c *state.Coder) {
	c.Float("scale", &f.scale)
	c.Check("scale", f.scale > 0 && f.scale <= 1, "is not in (0, 1]")
	c.Floats("rates", f.r)
}

// blank returns a probabilisticState of the same shape, to be read into.
func (s *probabilistic) blank() probabilisticState {
	return probabilisticState{mean: padded(s.p)[:s.p], filter: newFilter(s.n, nil), theta: padded(s.p)[:s.p]}
}

// restore takes over a state that has been read.
func (s *probabilistic) restore(x probabilisticState, spike int) {
	s.probabilisticState, s.spike = x, spike
	s.version++
	s.means++
}

func (s *probabilistic) fields(c *state.Coder, x *probabilisticState) {
	codeDecoder(c, s.gamma)
	c.Int("steps", &x.steps, 0, math.MaxInt64)
	c.Floats("mean", x.mean)
	x.filter.fields(c)
	c.Floats("estimate", x.theta)
	c.Int("count", &x.count, 0, math.MaxInt64)
}

// codeSpike codes a neuron or −1.
func codeSpike(c *state.Coder, spike *int, n int) {
	j := int64(*spike)
	c.Int("spike", &j, -1, int64(n)-1)
	*spike = int(j)
}

// MarshalBinary returns the state of the network: all that changes as it runs.
func (s *Metropolis) MarshalBinary() ([]byte, error) {
	return state.Marshal("spiking.Metropolis/2", func(c *state.Coder) {
		s.fields(c, &s.probabilisticState, &s.metropolisState, &s.spike)
	}), nil
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged
// or do not fit the network, which it then leaves as it is.
func (s *Metropolis) UnmarshalBinary(data []byte) error {
	shared, own, spike := s.blank(), metropolisState{}, -1
	if err := state.Unmarshal(check, "spiking.Metropolis/2", data, func(c *state.Coder) { s.fields(c, &shared, &own, &spike) }); err != nil {
		return err
	}
	s.restore(shared, spike)
	s.metropolisState = own
	return nil
}

func (s *Metropolis) fields(c *state.Coder, shared *probabilisticState, own *metropolisState, spike *int) {
	s.probabilistic.fields(c, shared)
	codeSpike(c, spike, s.n)
	c.Int("counted steps", &own.counted, 0, shared.steps)
	c.Int("window", &own.window, 1, maxWindow)
	c.Int("wait", &own.wait, 0, math.MaxInt64)
}

// MarshalBinary returns the state of the network: all that changes as it runs.
func (s *Continuous) MarshalBinary() ([]byte, error) {
	return state.Marshal("spiking.Continuous/1", func(c *state.Coder) { s.fields(c, &s.probabilisticState, &s.continuousState, &s.spike) }), nil
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged
// or do not fit the network, which it then leaves as it is.
func (s *Continuous) UnmarshalBinary(data []byte) error {
	shared, own, spike := s.blank(), continuousState{}, -1
	if err := state.Unmarshal(check, "spiking.Continuous/1", data, func(c *state.Coder) { s.fields(c, &shared, &own, &spike) }); err != nil {
		return err
	}
	s.restore(shared, spike)
	s.continuousState = own
	return nil
}

func (s *Continuous) fields(c *state.Coder, shared *probabilisticState, own *continuousState, spike *int) {
	s.probabilistic.fields(c, shared)
	codeSpike(c, spike, s.n)
	c.Float("clock", &own.clock)
	c.Check("clock", own.clock >= 0, "is negative")
	c.Float("time since the counts were reset", &own.since)
	c.Float("window", &own.window)
	c.Check("window", own.window > 0, "is not positive")
	c.Ints("spikes", &own.spikes, math.MaxInt32, s.n)
	c.List("times", &own.times, math.MaxInt32)
	c.Check("times", len(own.times) == len(own.spikes), "are not as many as the spikes")
}

// MarshalBinary returns the state of the network: all that changes as it runs. It
// returns an error if the network has failed.
func (s *MetropolisDensity) MarshalBinary() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return state.Marshal("spiking.MetropolisDensity/1", func(c *state.Coder) { s.fields(c, &s.densityState) }), nil
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged,
// do not fit the network or have an estimate at which log p is not finite, and then
// leaves the network as it is.
func (s *MetropolisDensity) UnmarshalBinary(data []byte) error {
	next := densityState{theta: make([]float64, s.p), filter: newFilter(s.n, nil)}
	if err := state.Unmarshal(check, "spiking.MetropolisDensity/1", data, func(c *state.Coder) { s.fields(c, &next) }); err != nil {
		return err
	}
	if next.logp = s.target.LogProb(next.theta); !finite(next.logp) {
		return check.Errorf("state's estimate", "has log p = %v, which is not finite", next.logp)
	}
	s.densityState, s.err = next, nil
	return nil
}

func (s *MetropolisDensity) fields(c *state.Coder, x *densityState) {
	codeDecoder(c, s.gamma)
	c.Int("steps", &x.steps, 0, math.MaxInt64)
	c.Floats("estimate", x.theta)
	x.filter.fields(c)
	codeSpike(c, &x.spike, s.n)
	c.Int("proposals", &x.counts.Proposals, 0, math.MaxInt64)
	c.Int("spikes", &x.counts.Spikes, 0, math.MaxInt64)
}
