package contest

import (
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/boltzmann"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/olfaction"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// ErrUnfit is what Start returns for a target that the sampler cannot sample.
var ErrUnfit = errors.New("contest: the sampler cannot sample this target")

// A Start is a sampler before its first step, and what a score must know of it.
type Start struct {
	mcmc.Sampler
	DT       float64                          // brain time of a step, in s; 0 for a sampler that is no circuit
	Position func(dst []float64, z []float64) // from the sampler's position to the target's variables; nil where they are the same
}

// An Entrant is a way to sample. Start makes a sampler of a target. It may draw
// what it needs, such as a decoder, from rng. It returns ErrUnfit for a target of
// another kind.
type Entrant struct {
	Name  string
	Start func(t Target, rng *rand.Rand) (Start, error)
}

const (
	neurons = 100   // of the networks
	tau     = 20e-3 // s, time constant of the rate samplers
	dt      = 1e-4  // s, time step of the rate samplers
)

// Entrants returns the circuits of this module: Langevin dynamics in a rate network,
// the balanced network as published and with small spikes, probabilistic spiking, the
// network for any density, neural sampling of binary variables, and the olfactory
// circuit, each with naive and natural geometry where it has one; and NUTS and Gibbs
// sampling, which are no circuits, beside them.
func Entrants() []Entrant {
	var entrants []Entrant
	for _, g := range []metric.Geometry{metric.Naive, metric.Natural} {
		entrants = append(entrants,
			Entrant{"Langevin, " + g.String(), langevin(g)},
			Entrant{"balanced, published, " + g.String(), balanced(g, neurons, 1, false)},
			Entrant{"balanced, fine, " + g.String(), balanced(g, 10*neurons, 0.3, true)},
			Entrant{"Metropolis, " + g.String(), metropolis(g)},
			Entrant{"olfactory, " + g.String(), olfactory(g)},
		)
	}
	return append(entrants,
		Entrant{"Metropolis for any density", anyDensity},
		Entrant{"Boltzmann, absolute refractoriness", binary(nil)},
		Entrant{"Boltzmann, relative refractoriness", binary(recovery(20))},
		Entrant{"Gibbs", gibbs},
		Entrant{"NUTS", nuts},
	)
}

// langevin returns the start of a rate network, τ dz = D∇log p dt + √(2τD) dW. One
// step of ULA advances it by Δt.
func langevin(g metric.Geometry) func(Target, *rand.Rand) (Start, error) {
	return func(t Target, _ *rand.Rand) (Start, error) {
		if t.Density == nil || t.Posterior != nil || g == metric.Natural && t.Gaussian == nil {
			return Start{}, ErrUnfit
		}
		s, err := mcmc.NewULA(t.Density, t.Mean, dt/tau, g)
		return Start{Sampler: s, DT: dt}, err
	}
}

func balanced(g metric.Geometry, n int, size float64, fine bool) func(Target, *rand.Rand) (Start, error) {
	return func(t Target, rng *rand.Rand) (Start, error) {
		if t.Gaussian == nil {
			return Start{}, ErrUnfit
		}
		decoder, err := spiking.RandomDecoder(rng, t.Gaussian.Dim(), n, size)
		if err != nil {
			return Start{}, err
		}
		c := spiking.PaperBalanced(t.Gaussian, decoder, g)
		if fine {
			c.Lambda, c.Alpha, c.TauS, c.Arbitration = 0, 0, 5e-3, spiking.Greedy
		}
		net, err := spiking.NewBalanced(c)
		return Start{Sampler: net, DT: c.DT}, err
	}
}

func metropolis(g metric.Geometry) func(Target, *rand.Rand) (Start, error) {
	return func(t Target, rng *rand.Rand) (Start, error) {
		if t.Gaussian == nil {
			return Start{}, ErrUnfit
		}
		decoder, err := spiking.RandomPairs(rng, t.Gaussian.Dim(), neurons, 1)
		if err != nil {
			return Start{}, err
		}
		c := spiking.PaperMetropolis(t.Gaussian, decoder, g)
		net, err := spiking.NewMetropolis(c)
		return Start{Sampler: net, DT: c.DT}, err
	}
}

func anyDensity(t Target, rng *rand.Rand) (Start, error) {
	if t.Density == nil || t.Posterior != nil {
		return Start{}, ErrUnfit
	}
	decoder, err := spiking.RandomPairs(rng, t.Density.Dim(), neurons, 0.5)
	if err != nil {
		return Start{}, err
	}
	c := spiking.MetropolisDensityConfig{Target: t.Density, Decoder: decoder, TauM: 20e-3, DT: 10e-6, Gain: 1, Centre: t.Mean}
	net, err := spiking.NewMetropolisDensity(c)
	return Start{Sampler: net, DT: c.DT}, err
}

func olfactory(g metric.Geometry) func(Target, *rand.Rand) (Start, error) {
	return func(t Target, _ *rand.Rand) (Start, error) {
		if t.Posterior == nil {
			return Start{}, ErrUnfit
		}
		m := metric.Identity(t.Posterior.Dim())
		if g == metric.Natural {
			var err error
			if m, err = metric.Dense(logCovariance(t)); err != nil {
				return Start{}, err
			}
		}
		c := olfaction.Config{Posterior: t.Posterior, Metric: m, TauE: 1e-3, TauI: tau, DT: dt, Positive: true}
		s, err := olfaction.NewCircuit(c)
		return Start{Sampler: s, DT: dt}, err
	}
}

// logCovariance returns the covariance of log c to first order, Cov(c)_ij/(m_i m_j).
func logCovariance(t Target) *mat.SymDense {
	d := mat.NewSymDense(len(t.Mean), nil)
	for i, a := range t.Mean {
		for j, b := range t.Mean {
			d.SetSym(i, j, t.Cov.At(i, j)/(a*b))
		}
	}
	return d
}

// recovery returns g(1) … g(τ) of a neuron that recovers linearly.
func recovery(tau int) []float64 {
	g := make([]float64, tau)
	for i := range g {
		g[i] = 1 - float64(i)/float64(tau)
	}
	return g
}

func binary(recovery []float64) func(Target, *rand.Rand) (Start, error) {
	return func(t Target, _ *rand.Rand) (Start, error) {
		if t.Machine == nil {
			return Start{}, ErrUnfit
		}
		net, err := boltzmann.NewNetwork(boltzmann.Config{Machine: t.Machine, Refractory: 20, DT: 1e-3, Recovery: recovery})
		return Start{Sampler: net, DT: 1e-3}, err
	}
}

func gibbs(t Target, _ *rand.Rand) (Start, error) {
	if t.Machine == nil {
		return Start{}, ErrUnfit
	}
	s, err := boltzmann.NewGibbs(t.Machine, nil)
	return Start{Sampler: s}, err
}

func nuts(t Target, rng *rand.Rand) (Start, error) {
	if t.Density == nil {
		return Start{}, ErrUnfit
	}
	x0 := make([]float64, t.Density.Dim())
	stream.Normals(rng, x0)
	s, err := mcmc.NewNUTS(t.Density, x0, 0.3, metric.Naive)
	if err != nil {
		return Start{}, err
	}
	start := Start{Sampler: s}
	if t.Posterior != nil {
		start.Position = func(dst, y []float64) {
			for j, v := range y {
				dst[j] = math.Exp(v)
			}
		}
	}
	return start, nil
}
