package trial

import (
	"math/rand/v2"

	"natspike/pkg/spiking"
)

// PresentEnsemble presents a stimulus to the networks of an ensemble, which move
// together, each with the stream of the same index. The recordings are those that
// Present makes of each network alone, and PresentEnsemble refuses what Present
// refuses. It also refuses networks of different time steps, and streams that are not
// as many as the networks. It returns the Err of the first network that fails.
func PresentEnsemble(e *spiking.Ensemble, p Protocol, rngs []*rand.Rand) ([]*Recording, error) {
	if e == nil {
		return nil, check.Errorf("e", "is nil")
	}
	nets := e.Networks()
	if len(rngs) != len(nets) {
		return nil, check.Errorf("rngs", "are %d streams for %d networks", len(rngs), len(nets))
	}
	all := make([]*presentation, len(nets))
	recordings := make([]*Recording, len(nets))
	for i, net := range nets {
		if net.DT() != nets[0].DT() {
			return nil, check.Errorf("networks", "have time steps of %v and %v s; they must be the same", nets[0].DT(), net.DT())
		}
		var err error
		if all[i], err = newPresentation(net, p, rngs[i], nil); err != nil {
			return nil, err
		}
		recordings[i] = all[i].Recording
	}
	for first := all[0]; first.at < first.last; {
		var until int // the same of all: they follow one protocol
		for _, s := range all {
			var err error
			if until, err = s.begin(); err != nil {
				return nil, err
			}
		}
		for first.at < until {
			e.Step(rngs)
			for _, s := range all {
				if err := s.stepped(); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, s := range all {
		if err := s.look(); err != nil {
			return nil, err
		}
	}
	return recordings, nil
}
