package spiking

import (
	"fmt"
	"math"

	"natspike/pkg/internal/state"
)

// The kinds of saved states.
const (
	kindBalanced          = "spiking.Balanced/2"
	kindMetropolis        = "spiking.Metropolis/3"
	kindContinuous        = "spiking.Continuous/2"
	kindMetropolisDensity = "spiking.MetropolisDensity/2"
)

// MarshalBinary returns the state of the network: all that changes as it runs. It
// returns an error if the network has failed.
func (s *Balanced) MarshalBinary() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return state.Marshal(kindBalanced, s.fields)
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged
// or do not fit the network, which it then leaves as it is.
func (s *Balanced) UnmarshalBinary(data []byte) error {
	if err := state.Restore(kindBalanced, data, s, (*Balanced).fields); err != nil {
		return err
	}
	s.err = nil
	s.resume()
	return nil
}

func (s *Balanced) fields(c *state.Coder) {
	codeDecoder(c, s.gamma)
	c.Int("steps", &s.steps, 0, math.MaxInt64)
	c.Floats("mean", s.mean)
	c.Floats("u", s.u[:s.p])
	s.filter.fields(c)
	c.Floats("q", s.q)
	c.Float("offset", &s.offset)
	c.Floats("flow", s.flow[:s.p])
	c.Floats("estimate", s.z[:s.p])
	c.Ints("spikes", &s.spikes, s.cascade, s.n)
	c.Int("recent spikes", &s.recent, 0, math.MaxInt64)
	for i := range s.late {
		c.Ints("spikes whose inhibition is to come", &s.late[i], s.cascade, s.n)
	}
	for _, count := range []*int64{&s.counts.Steps, &s.counts.Spikes, &s.counts.Above, &s.counts.Crowded, &s.counts.Unheeded, &s.counts.Truncated} {
		c.Int("counts", count, 0, math.MaxInt64)
	}
}

// codeDecoder codes the shape of the decoder and a digest of its entries, so that a
// state of another network is refused.
func codeDecoder(c *state.Coder, d *Decoder) {
	c.Same("dimension", uint64(d.p), "is that of another network")
	c.Same("number of neurons", uint64(d.n), "is that of another network")
	c.SameFloats("decoder", d.columns, "is that of another network")
}

func (f *filter) fields(c *state.Coder) {
	c.Float("scale", &f.scale)
	c.Check("scale", f.scale > 0 && f.scale <= 1, "is not in (0, 1]")
	c.Floats("rates", f.r)
}

func (s *probabilistic) fields(c *state.Coder) {
	codeDecoder(c, s.gamma)
	c.Int("steps", &s.steps, 0, math.MaxInt64)
	c.Floats("mean", s.mean)
	s.filter.fields(c)
	c.Floats("estimate", s.theta)
	c.Int("count", &s.count, 0, math.MaxInt64)
	codeSpike(c, &s.spike, s.n)
	if c.Reading() {
		s.means++
		s.undriven = s.n
		s.changed()
	}
}

// codeSpike codes a neuron or −1.
func codeSpike(c *state.Coder, spike *int, n int) {
	j := int64(*spike)
	c.Int("spike", &j, -1, int64(n)-1)
	*spike = int(j)
}

// MarshalBinary returns the state of the network: all that changes as it runs.
func (s *Metropolis) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindMetropolis, s.fields)
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged
// or do not fit the network, which it then leaves as it is.
func (s *Metropolis) UnmarshalBinary(data []byte) error {
	return state.Restore(kindMetropolis, data, s, (*Metropolis).fields)
}

func (s *Metropolis) fields(c *state.Coder) {
	s.probabilistic.fields(c)
	c.Int("counted steps", &s.counted, 0, s.steps)
	c.Int("window", &s.window, 1, maxWindow)
	c.Int("wait", &s.wait, 0, math.MaxInt64)
}

// MarshalBinary returns the state of the network: all that changes as it runs.
func (s *Continuous) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindContinuous, s.fields)
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged
// or do not fit the network, which it then leaves as it is.
func (s *Continuous) UnmarshalBinary(data []byte) error {
	return state.Restore(kindContinuous, data, s, (*Continuous).fields)
}

func (s *Continuous) fields(c *state.Coder) {
	s.probabilistic.fields(c)
	c.Float("clock", &s.clock)
	c.Check("clock", s.clock >= 0, "is negative")
	c.Float("time since the counts were reset", &s.since)
	c.Float("window", &s.window)
	c.Check("window", s.window > 0, "is not positive")
	c.Ints("spikes", &s.spikes, math.MaxInt32, s.n)
	c.List("times", &s.times, math.MaxInt32)
	c.Check("times", len(s.times) == len(s.spikes), "are not as many as the spikes")
}

// MarshalBinary returns the state of the network: all that changes as it runs. It
// returns an error if the network has failed.
func (s *MetropolisDensity) MarshalBinary() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	return state.Marshal(kindMetropolisDensity, s.fields)
}

// UnmarshalBinary puts the network into a state that MarshalBinary returned of a
// network of the same configuration. Given the same random stream, the two then
// take the same steps to the last bit. It returns an error if the data are damaged,
// do not fit the network or have an estimate at which log p is not finite, and then
// leaves the network as it is.
func (s *MetropolisDensity) UnmarshalBinary(data []byte) error {
	return state.Restore(kindMetropolisDensity, data, s, (*MetropolisDensity).fields)
}

func (s *MetropolisDensity) fields(c *state.Coder) {
	codeDecoder(c, s.gamma)
	c.Int("steps", &s.steps, 0, math.MaxInt64)
	c.Floats("estimate", s.theta)
	s.filter.fields(c)
	codeSpike(c, &s.spike, s.n)
	c.Int("proposals", &s.counts.Proposals, 0, math.MaxInt64)
	c.Int("spikes", &s.counts.Spikes, 0, math.MaxInt64)
	if c.Reading() {
		s.logp, s.err = s.target.LogProb(s.theta), nil
		c.Check("estimate", finite(s.logp), fmt.Sprintf("has log p = %v, which is not finite", s.logp))
	}
}
