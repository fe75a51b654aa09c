package trial

import (
	"cmp"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"natspike/pkg/arg"
	"natspike/pkg/spiking"
)

// Steps presents a stimulus to a network, as Present does, and yields after each
// step the time at which it ends, in s after the onset. It is for a loop that
// looks at the network itself, where a Recording does not hold what is asked for:
//
//	for t, err := range trial.Steps(net, trial.Step(6), rng) {
//		if err != nil {
//			return err
//		}
//		if t > 0.5 {
//			net.Latent(x)
//		}
//	}
//
// The steps end with the protocol, with the loop, or with an error: what Present
// refuses of a protocol, and the network's Err.
func Steps(net spiking.Network, p Protocol, rng *rand.Rand) iter.Seq2[float64, error] {
	return func(yield func(float64, error) bool) {
		d, err := newDrive(net, p)
		for err == nil && d.at < d.last {
			var until int
			until, err = d.next()
			for err == nil && d.at < until {
				net.Step(rng)
				d.at++
				if err = net.Err(); err == nil && !yield(d.clock.Time(d.at), nil) {
					return
				}
			}
		}
		if err != nil {
			yield(math.NaN(), err)
		}
	}
}

// A drive sets the mean of a network as a protocol has it.
type drive struct {
	net      spiking.Network
	clock    Clock
	at, last int // the last step taken, and the last of the protocol

	driven  spiking.Driven // nil if the mean of the network is left alone
	mean    func(dst []float64, t float64)
	mu, set []float64 // the mean, and the one that was set last
	moving  bool      // the mean may change in every step
	changes []change  // otherwise, those to come
}

// A change is a step after which the mean is that of the time t.
type change struct {
	step int
	t    float64
}

// newDrive returns the drive of a network at the beginning of a protocol. It
// returns an error if a field of the protocol is out of range, or if the protocol
// has a Mean and the network is not Driven. It leaves the network as it is.
func newDrive(net spiking.Network, p Protocol) (*drive, error) {
	clock, err := NewClock(net.DT())
	if err != nil {
		return nil, err
	}
	dim := net.Dim()
	if dim < 1 || net.Neurons() < 1 {
		return nil, check.Errorf("network", "of type %T has %d dimensions and %d neurons; at least one of each is needed", net, dim, net.Neurons())
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case p.dim > 0 && p.dim != dim:
		return nil, check.Errorf("mean", "has %d coordinates, the network %d", p.dim, dim)
	}
	before, errBefore := clock.count("Before", p.Before, 0)
	after, errAfter := clock.count("After", p.After, 1)
	if err := cmp.Or(errBefore, errAfter); err != nil {
		return nil, err
	}
	d := &drive{net: net, clock: clock, at: -before, last: after}
	if p.Mean == nil {
		return d, nil
	}
	var ok bool
	if d.driven, ok = net.(spiking.Driven); !ok {
		return nil, check.Errorf("network", "of type %T has no SetMean, which a protocol with a Mean needs", net)
	}
	d.changes = make([]change, 0, len(p.Changes))
	for i, t := range p.Changes {
		if math.IsNaN(t) || i > 0 && t < p.Changes[i-1] {
			return nil, check.Errorf("Changes", "has entry [%d] = %v s, which does not ascend", i, t)
		}
		if k := clock.Step(t); k > -before && k < after {
			d.changes = append(d.changes, change{k, t})
		}
	}
	d.mean, d.moving = p.Mean, p.Changes == nil
	d.mu = make([]float64, dim)
	return d, nil
}

// next sets the mean of the next step. It returns the last step that has this
// mean, or the last before the onset if that is sooner.
func (d *drive) next() (until int, err error) {
	until = d.last
	if d.at < 0 {
		until = 0
	}
	if d.mean != nil && (d.moving || d.set == nil) {
		err = d.setMean(d.clock.Time(d.at))
	}
	if d.moving {
		until = d.at + 1
	}
	for len(d.changes) > 0 && d.changes[0].step <= d.at && err == nil {
		err = d.setMean(d.changes[0].t)
		d.changes = d.changes[1:]
	}
	if len(d.changes) > 0 {
		until = min(until, d.changes[0].step)
	}
	return until, err
}

// setMean sets the mean of the network to that of time t, unless it is already.
func (d *drive) setMean(t float64) error {
	d.mean(d.mu, t)
	if d.set != nil && slices.Equal(d.mu, d.set) {
		return nil
	}
	if i := arg.FirstNonFinite(d.mu); i >= 0 {
		return check.Errorf("Mean", "has coordinate %d = %v at t = %v s, which is not finite", i, d.mu[i], t)
	}
	d.set = append(d.set[:0], d.mu...)
	return d.driven.SetMean(d.mu)
}
