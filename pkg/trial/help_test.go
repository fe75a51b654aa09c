package trial_test

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// must returns v. It panics if there is an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func equicorrelated(dim int, rho, variance float64) *density.Gaussian {
	return must(density.Equicorrelated(dim, rho, variance))
}

func decoderKey(seed uint64) stream.Key { return stream.Key{Seed: seed, Purpose: stream.Decoder} }

func metropolis(dim, neurons int, rho float64, g metric.Geometry, change func(*spiking.MetropolisConfig)) *spiking.Metropolis {
	c := spiking.PaperMetropolis(equicorrelated(dim, rho, 1), must(spiking.RandomPairs(decoderKey(1).Rand(), dim, neurons, 1)), g)
	if change != nil {
		change(&c)
	}
	return must(spiking.NewMetropolis(c))
}

func balanced(dim, neurons int, rho float64, g metric.Geometry, change func(*spiking.BalancedConfig)) *spiking.Balanced {
	c := spiking.PaperBalanced(equicorrelated(dim, rho, 3), must(spiking.RandomDecoder(decoderKey(1).Rand(), dim, neurons, 1)), g)
	if change != nil {
		change(&c)
	}
	return must(spiking.NewBalanced(c))
}

func continuous(dim, neurons int) *spiking.Continuous {
	return must(spiking.NewContinuous(spiking.ContinuousConfig{
		Target: equicorrelated(dim, 0.5, 1), Decoder: must(spiking.RandomPairs(decoderKey(1).Rand(), dim, neurons, 1)), Geometry: metric.Natural,
		TauM: 20e-3, Proposals: 1e5, Gain: 1, Interval: 1e-3,
	}))
}

// during returns the protocol with other durations.
func during(p trial.Protocol, before, after float64) trial.Protocol {
	p.Before, p.After = before, after
	return p
}

// A script is a network that spikes as it is told. Its estimate is that of its
// spikes, with a decoder of ones and a decay of ½.
type script struct {
	dt     float64
	spikes map[int][]int // neurons that spike in a step, counted from 1
	step   int
	z      float64
	means  []float64 // μ of each step
	mu     float64
	err    error
}

func (s *script) Dim() int     { return 1 }
func (s *script) Neurons() int { return 3 }
func (s *script) DT() float64  { return s.dt }
func (s *script) Err() error   { return s.err }

func (s *script) Spikes() []int          { return s.spikes[s.step] }
func (s *script) Position(dst []float64) { dst[0] = s.z }
func (s *script) Decay() float64         { return 0.5 }

func (s *script) SetMean(mu []float64) error { s.mu = mu[0]; return nil }

func (s *script) Decoder() *spiking.Decoder {
	return must(spiking.NewDecoder(ones{}))
}

func (s *script) Step(*rand.Rand) {
	s.step++
	s.means = append(s.means, s.mu)
	s.z = s.z/2 + float64(len(s.spikes[s.step]))
}

// ones is a 1×3 matrix of ones.
type ones struct{}

func (ones) Dims() (int, int)    { return 1, 3 }
func (ones) At(int, int) float64 { return 1 }
func (ones) T() mat.Matrix       { return mat.Transpose{Matrix: ones{}} }
