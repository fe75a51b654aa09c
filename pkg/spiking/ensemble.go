package spiking

import (
	"math/rand/v2"
	"slices"

	"natspike/pkg/stream"
)

// An Ensemble moves balanced networks of one decoder together: repeats of one network,
// or naive beside natural geometry. Each takes the steps that it takes alone, to the
// last bit. Where the processor has AVX-512 VNNI, two networks share one read of Γ, which
// takes much of the time of a step of a large network. Elsewhere an ensemble takes as long
// as its networks alone.
type Ensemble struct {
	nets []*Balanced
	pass []*voltageSearch // those that are ready for their pass
}

// NewEnsemble returns the networks as an ensemble. It refuses an ensemble of none, a
// network that is nil or there twice, and networks that do not share a *Decoder, such
// as RandomDecoder and NewDecoder return.
func NewEnsemble(nets ...*Balanced) (*Ensemble, error) {
	if len(nets) == 0 {
		return nil, check.Errorf("nets", "are none; at least one is needed")
	}
	seen := map[*Balanced]int{}
	for i, net := range nets {
		if net == nil {
			return nil, check.Errorf("nets", "has entry [%d], which is nil", i)
		}
		if at, ok := seen[net]; ok {
			return nil, check.Errorf("nets", "has the same network at [%d] and [%d]", at, i)
		}
		seen[net] = i
		if net.gamma != nets[0].gamma {
			return nil, check.Errorf("nets", "has entry [%d], which does not share the *Decoder of entry [0]; NewDecoder makes one to share", i)
		}
	}
	return &Ensemble{nets: slices.Clone(nets), pass: make([]*voltageSearch, 0, len(nets))}, nil
}

// Networks returns the networks, in order.
func (e *Ensemble) Networks() []*Balanced { return slices.Clone(e.nets) }

// Step lets each network take the step that its Step takes with the stream of the same
// index. It panics unless there are as many streams as networks.
func (e *Ensemble) Step(rngs []*rand.Rand) {
	if len(rngs) != len(e.nets) {
		panic(badLength)
	}
	e.pass = e.pass[:0]
	for i, s := range e.nets {
		square := s.move(stream.NextNormals(rngs[i], s.xi))
		if s.err == nil && s.search.prepare(square, s.offset, s.scale) {
			e.pass = append(e.pass, s.search)
		}
	}
	pass := e.pass
	for ; len(pass) >= 2; pass = pass[2:] {
		estimatePair(pass[0], pass[1])
	}
	if len(pass) == 1 {
		estimateVoltages(pass[0])
	}
	for _, s := range e.nets {
		if s.err == nil {
			s.fire(s.search.counted())
		}
	}
}
