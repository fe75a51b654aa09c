package model

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// A Trial is a run of a Setup.
type Trial struct {
	Setup     Setup
	Repeat    int
	Recording *Recording

	seed     uint64
	baseline int // spikes before the onset
	before   int // steps before the onset
}

// Run runs one repeat of a setup. It returns what Check says of the setup, and
// the error of a network whose state ceased to be finite.
func Run(s Setup, seed uint64, repeat uint32) (*Trial, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	t := &Trial{Setup: s, Repeat: int(repeat), seed: seed, before: s.before()}
	rng := s.key(seed, repeat, stream.Dynamics).Rand()
	if s.Model == Balanced {
		c, err := s.balanced(seed, repeat)
		if err != nil {
			return nil, err
		}
		return t, t.runBalanced(c, rng)
	}
	c, err := s.metropolis(seed, repeat)
	if err != nil {
		return nil, err
	}
	return t, t.runMetropolis(c, rng)
}

func (t *Trial) runBalanced(c spiking.BalancedConfig, rng *rand.Rand) error {
	net, err := spiking.NewBalanced(c)
	if err != nil {
		return err
	}
	t.Recording = newRecording(c.Decoder, 1-c.DT/c.TauM, c.DT, t.Setup.after())
	if t.Setup.Staged { // the first sample of each stage is no step
		t.before--
		t.Recording.steps--
		t.Recording.zeroFirst = true
	}
	for range t.before {
		net.Step(rng)
		t.baseline += len(net.Spikes())
	}
	if t.Setup.Staged {
		net.DropReset()
	}
	if err := net.SetMean(constant(t.Setup.Dims, t.Setup.Mean)); err != nil {
		return err
	}
	net.Position(t.Recording.start)
	for k := range t.Recording.steps {
		net.Step(rng)
		for _, j := range net.Spikes() {
			t.Recording.add(k+1, j)
		}
	}
	return net.Err()
}

func (t *Trial) runMetropolis(c spiking.MetropolisConfig, rng *rand.Rand) error {
	net, err := spiking.NewMetropolis(c)
	if err != nil {
		return err
	}
	t.Recording = newRecording(net.Decoder(), net.Decay(), c.DT, t.Setup.after())
	propose(net, rng, t.before, func(int, int) { t.baseline++ })
	if err := net.SetMean(constant(t.Setup.Dims, t.Setup.Mean)); err != nil {
		return err
	}
	net.Position(t.Recording.start)
	propose(net, rng, t.Recording.steps, t.Recording.add)
	return net.Err()
}

// propose takes steps of a network and calls fired with the number, from 1, of
// each step in which a neuron spikes. Jumping from spike to spike pays where few
// proposals are accepted: it does that as long as there are fewer spikes than
// one in twice as many steps as neurons.
func propose(net *spiking.Metropolis, rng *rand.Rand, steps int, fired func(step, neuron int)) {
	const look = 16 // spikes between two looks at how frequent they are
	patience := 2 * look * net.Neurons()
	jump := false
	spikes, since := 0, 0 // since the last look
	for at := 0; at < steps; {
		if jump {
			at += int(net.Jump(rng, int64(steps-at)))
		} else {
			net.Step(rng)
			at++
		}
		if j := net.Spike(); j >= 0 {
			fired(at, j)
			spikes++
		}
		if spikes == look || !jump && at-since >= patience {
			jump = at-since >= patience
			spikes, since = 0, at
		}
	}
}

// A window is the samples from+1 … to after the onset, or where the first sample
// is zeros, from … to.
type window struct{ from, to int }

// window returns the samples between two times after the onset, s, and whether
// the trial has them all.
func (t *Trial) window(from, to float64) (w window, ok bool) {
	w = window{int(math.Round(from / t.Setup.DT)), int(math.Round(to / t.Setup.DT))}
	if t.Recording.zeroFirst {
		w.from, w.to = max(w.from-1, 0), w.to-1
	}
	return w, from >= 0 && w.to <= t.Recording.steps && w.from < w.to
}

// zeros says whether the window has the first sample, of zeros.
func (t *Trial) zeros(w window) bool { return t.Recording.zeroFirst && w.from == 0 }
