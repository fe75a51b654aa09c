package boltzmann

import (
	"math/rand/v2"

	"natspike/pkg/internal/portable"
)

// A Gibbs sampler of a machine is an mcmc.Sampler. One step draws every variable
// once, in order, from its law given the others:
//
//	z_k ← 1 with probability 1/(1 + exp(−u_k)),  else 0.
//
// It leaves p invariant exactly (Geman and Geman 1984).
type Gibbs struct {
	m *Machine
	z []float64
}

// NewGibbs returns a Gibbs sampler that starts at a state of zeros and ones; nil
// stands for zeros. It refuses a start of another length or with other elements.
func NewGibbs(m *Machine, start []float64) (*Gibbs, error) {
	z, err := m.binary(start)
	if err != nil {
		return nil, err
	}
	return &Gibbs{m, z}, nil
}

// Dim returns the number of variables.
func (g *Gibbs) Dim() int { return g.m.n }

// Step draws every variable once.
func (g *Gibbs) Step(rng *rand.Rand) {
	for k := range g.z {
		g.z[k] = 0
		if rng.Float64() < portable.Sigmoid(g.m.Potential(k, g.z)) {
			g.z[k] = 1
		}
	}
}

// Position stores z in dst.
func (g *Gibbs) Position(dst []float64) {
	check.Length("dst", dst, g.m.n)
	copy(dst, g.z)
}
