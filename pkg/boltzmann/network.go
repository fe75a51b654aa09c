package boltzmann

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/state"
)

// A Config describes a network of stochastic neurons that samples a machine.
type Config struct {
	Machine    *Machine
	Refractory int       // τ, time for which a variable is one after a spike, in steps
	DT         float64   // Δt, time of a step, in s
	Recovery   []float64 // g(1) … g(τ), relative spike probability of a neuron whose variable is one for another 1 … τ steps; nil for absolute refractoriness
	Parallel   bool      // whether all neurons see the state before the step, as with a synaptic delay of one step
	Start      []float64 // n zeros and ones; nil for zeros
}

// A Network samples a Boltzmann machine with spikes (Buesing, Bill, Nessler and
// Maass 2011). A counter ζ_k is the number of steps for which variable k stays one:
//
//	z_k = 1 if ζ_k > 0,  u_k = b_k + Σ_j W_kj z_j.
//
// In one step each neuron, in order, spikes with a probability s and then sets
// ζ_k ← τ; otherwise ζ_k ← max(ζ_k − 1, 0).
//
// With absolute refractoriness s = 1/(1 + exp(−(u_k − log τ))) if ζ_k ≤ 1, and
// zero else. The law of (z, ζ) in which z follows p and ζ_k is uniform on 1 … τ
// where z_k = 1 is then invariant, so that the network samples p without bias.
//
// With relative refractoriness s = f g(ζ_k), with g(0) = 1 and with f the
// solution of
//
//	exp(u_k) = s₀ Σ_{ζ=1}^τ Π_{η=1}^ζ 1/(1 − s_η),
//
// so that variable k has the right odds while the others do not change. The samples
// are biased, because the others do change. They are biased with Parallel updates
// too.
//
// A Network is a spiking.Network whose estimate is z. It is neither Leaky nor
// Driven.
type Network struct {
	m      *Machine
	tau    int
	dt     float64
	g      []float64 // g(0) … g(τ); nil for absolute refractoriness
	logTau float64
	all    bool // all neurons see the state before the step

	steps  int64
	zeta   []int64   // ζ
	u      []float64 // potentials
	spikes []int
	seen   []float64  // the potentials that a parallel step sees
	solved []solution // of each neuron, for relative refractoriness
}

// A solution is the f of a potential u.
type solution struct{ u, f float64 }

// refresh is the number of steps after which the potentials are computed from the
// counters. In between they are updated by differences, whose rounding errors would
// grow with time.
const refresh = 1024

// NewNetwork returns a network. It refuses a nil Machine, a Refractory below one,
// a DT that is not positive, a Recovery that does not have length τ, has negative
// elements or a g(1) below one, and a Start that does not consist of zeros and ones.
// With a g(1) below one no f would give the odds of a large potential.
func NewNetwork(c Config) (*Network, error) {
	if c.Machine == nil {
		return nil, check.Errorf("Machine", "is nil")
	}
	if err := cmp.Or(check.AtLeast("Refractory", c.Refractory, 1), check.Positive("DT", c.DT, " s")); err != nil {
		return nil, err
	}
	z, err := c.Machine.binary(c.Start)
	if err != nil {
		return nil, err
	}
	n := c.Machine.n
	net := &Network{
		m: c.Machine, tau: c.Refractory, dt: c.DT, all: c.Parallel, logTau: portable.Log(float64(c.Refractory)),
		zeta: make([]int64, n), u: make([]float64, n), spikes: make([]int, 0, n), seen: make([]float64, n),
	}
	if c.Recovery != nil {
		g, err := check.Vector("Recovery", c.Recovery, c.Refractory)
		if err != nil {
			return nil, err
		}
		for i, x := range g {
			if x < 0 {
				return nil, check.Errorf("Recovery", "has %v at %d, want 0 or more", x, i)
			}
		}
		if g[0] < 1 {
			return nil, check.Errorf("Recovery", "has g(1) = %v, want 1 or more: the neuron has recovered when its variable falls to zero", g[0])
		}
		net.g, net.solved = append([]float64{1}, g...), make([]solution, n)
		for k := range net.solved {
			net.solved[k] = solution{0, net.relative(0)}
		}
	}
	for k, x := range z {
		net.zeta[k] = int64(x)
	}
	net.renew()
	return net, nil
}

// Dim returns n, the number of variables.
func (net *Network) Dim() int { return net.m.n }

// Neurons returns n, since each variable has a neuron.
func (net *Network) Neurons() int { return net.m.n }

// DT returns Δt in s.
func (net *Network) DT() float64 { return net.dt }

// Spikes returns the neurons that spiked in the last step, in order. The slice is
// valid until the next step.
func (net *Network) Spikes() []int { return net.spikes }

// Err returns nil: a network of binary variables cannot diverge.
func (net *Network) Err() error { return nil }

// Position stores z in dst.
func (net *Network) Position(dst []float64) {
	check.Length("dst", dst, net.m.n)
	for k, zeta := range net.zeta {
		dst[k] = float64(min(zeta, 1))
	}
}

// Step takes one time step.
func (net *Network) Step(rng *rand.Rand) {
	u := net.u
	if net.all {
		u = net.seen
		copy(u, net.u)
	}
	net.spikes = net.spikes[:0]
	for k := range net.zeta {
		before := net.zeta[k]
		if net.g == nil && before > 1 {
			net.zeta[k]--
			continue
		}
		if rng.Float64() < net.probability(k, u[k], before) {
			net.zeta[k] = int64(net.tau)
			net.spikes = append(net.spikes, k)
		} else {
			net.zeta[k] = max(before-1, 0)
		}
		if change := min(net.zeta[k], 1) - min(before, 1); change != 0 {
			net.flip(k, float64(change))
		}
	}
	if net.steps++; net.steps%refresh == 0 {
		net.renew()
	}
}

// flip adds the change of variable k to the potentials.
func (net *Network) flip(k int, change float64) { portable.Axpy(change, net.m.row(k), net.u) }

// renew computes the potentials from the counters.
func (net *Network) renew() {
	copy(net.u, net.m.b)
	for k, zeta := range net.zeta {
		if zeta > 0 {
			net.flip(k, 1)
		}
	}
}

// probability returns s, the probability that neuron k spikes if its potential is u
// and its variable stays one for zeta steps.
func (net *Network) probability(k int, u float64, zeta int64) float64 {
	if net.g == nil {
		if zeta > 1 {
			return 0
		}
		return portable.Sigmoid(u - net.logTau)
	}
	// f is kept, because potentials change in few of the steps.
	if net.solved[k].u != u {
		net.solved[k] = solution{u, net.relative(u)}
	}
	return net.solved[k].f * net.g[zeta]
}

// relative returns f by bisection. The odds grow with f, from zero at f = 0 to
// infinity at f = 1/max g.
func (net *Network) relative(u float64) float64 {
	want := portable.Exp(u)
	f, _ := portable.Bisect(0, 1/slices.Max(net.g), func(f float64) bool { return net.odds(f) < want })
	return f
}

// odds returns the odds of z_k = 1 for a given f.
func (net *Network) odds(f float64) float64 {
	sum, product := 0.0, 1.0
	for _, g := range net.g[1:] {
		product *= 1 - float64(f*g)
		sum += 1 / product
	}
	return f * sum
}

const kind = "boltzmann.Network/1" // what MarshalBinary writes

func (net *Network) fields(c *state.Coder) {
	c.Int("steps", &net.steps, 0, math.MaxInt64)
	for k := range net.zeta {
		c.Int("counter", &net.zeta[k], 0, int64(net.tau))
	}
	c.Floats("potentials", net.u)
}

// MarshalBinary returns the state of the network in mid-run.
func (net *Network) MarshalBinary() ([]byte, error) { return state.Marshal(kind, net.fields) }

// UnmarshalBinary restores a state that a network of the same Config saved. After
// an error the network is as it was.
func (net *Network) UnmarshalBinary(data []byte) error {
	if err := state.Restore(kind, data, net, (*Network).fields); err != nil {
		return err
	}
	net.spikes = net.spikes[:0]
	return nil
}
