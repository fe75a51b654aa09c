package mcmc

import (
	"fmt"
	"math/rand/v2"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/state"
	"natspike/pkg/stream"
)

// A Replica is a sampler of one temperature of a Tempering: *MALA, *HMC, *NUTS,
// *AdjustedMicrocanonical or a user's own. It must leave its density invariant.
type Replica interface {
	Sampler

	// LogProb returns the log density at the position.
	LogProb() float64

	// SetPosition moves the chain to x. It returns an error if x is not finite,
	// or the density or its score is not finite there.
	SetPosition(x []float64) error
}

// Tempering is parallel tempering, for densities with modes that are far apart.
// Replica i samples p^{β_i}, with β₀ = 1 > β₁ > … . A step moves every replica, and
// then offers to every other pair of neighbours, even pairs after even steps and
// odd pairs after odd ones, to exchange their positions, which happens with
// probability
//
//	min(1, exp((β_i − β_j)(log p(x_j) − log p(x_i)))).
//
// The product of all p^{β_i} is invariant, so that the position of the first
// replica samples p without bias. The alternation carries a state along the
// temperatures without going back and forth.
//
// Swendsen and Wang, Phys. Rev. Lett. 57:2607 (1986); Okabe et al., Chem. Phys.
// Lett. 335:435 (2001) and Syed et al., J. R. Stat. Soc. B 84:321 (2022), for the
// alternation.
type Tempering struct {
	betas    []float64
	replicas []Replica
	x, y     []float64 // scratch

	trips
}

// trips is what a Tempering counts.
type trips struct {
	steps      int
	offered    []int
	exchanged  []int
	heading    []int64 // for each state, 1 after it visited the hottest replica, else 0
	who        []int64 // the state that each replica holds
	roundTrips int
}

// Ladder returns n inverse temperatures from 1 down to least, evenly spaced in
// their logarithm. It refuses an n below 2, and a least that is not in (0, 1).
func Ladder(n int, least float64) ([]float64, error) {
	if err := check.AtLeast("n", n, 2); err != nil {
		return nil, err
	}
	if !(least > 0 && least < 1) {
		return nil, check.Errorf("least β", "= %v is not in (0, 1)", least)
	}
	betas := make([]float64, n)
	for i := range betas {
		betas[i] = portable.Exp(portable.Log(least) * float64(i) / float64(n-1))
	}
	return betas, nil
}

// NewTempering returns parallel tempering of p with the inverse temperatures
// betas, which have no unit. The function replica makes the sampler of each
// tempered density. It refuses betas that do not begin with 1 and fall, fewer than
// two of them, and replicas of another dimension, and returns the error of replica.
func NewTempering(p density.Density, betas []float64, replica func(p *density.Tempered) (Replica, error)) (*Tempering, error) {
	check.NotNil("target", p)
	n, d := len(betas), p.Dim()
	if err := check.AtLeast("number of temperatures", n, 2); err != nil {
		return nil, err
	}
	t := &Tempering{
		x: make([]float64, d), y: make([]float64, d),
		trips: trips{offered: make([]int, n-1), exchanged: make([]int, n-1), heading: make([]int64, n), who: make([]int64, n)},
	}
	for i, beta := range betas {
		switch {
		case i == 0 && beta != 1:
			return nil, check.Errorf("β", "begins with %v, want 1", beta)
		case i > 0 && !(beta < betas[i-1]):
			return nil, check.Errorf("β", "= %v after %v does not fall", beta, betas[i-1])
		}
		tempered, err := density.Temper(p, beta)
		if err != nil {
			return nil, err
		}
		r, err := replica(tempered)
		if err != nil {
			return nil, err
		}
		if got := r.Dim(); got != d {
			return nil, check.Errorf("replica", "of β = %v has dimension %d, want %d", beta, got, d)
		}
		t.replicas = append(t.replicas, r)
		t.betas = append(t.betas, beta)
		t.who[i] = int64(i)
	}
	return t, nil
}

// Dim returns d.
func (t *Tempering) Dim() int { return len(t.x) }

// Position stores the position of the first replica in dst.
func (t *Tempering) Position(dst []float64) { t.replicas[0].Position(dst) }

// LogProb returns log p at the position.
func (t *Tempering) LogProb() float64 { return t.replicas[0].LogProb() }

// Replica returns the sampler of inverse temperature i, to warm it up or to read
// its statistics.
func (t *Tempering) Replica(i int) Replica { return t.replicas[i] }

// String returns the sampler of the first replica and the number of replicas.
func (t *Tempering) String() string {
	return fmt.Sprintf("tempering of %s, %d temperatures", arg.Describe(t.replicas[0]), len(t.betas))
}

// Step moves every replica and offers exchanges to every other pair.
func (t *Tempering) Step(rng *rand.Rand) {
	for _, r := range t.replicas {
		r.Step(rng)
	}
	for i := t.steps % 2; i+1 < len(t.replicas); i += 2 {
		t.offered[i]++
		a, b := t.replicas[i], t.replicas[i+1]
		gain := (t.betas[i] - t.betas[i+1]) * (b.LogProb()/t.betas[i+1] - a.LogProb()/t.betas[i])
		if -stream.Exponential(rng) < gain {
			t.exchange(i, a, b)
		}
	}
	t.steps++
}

// exchange exchanges the positions of replicas i and i+1. Both hold finite
// densities of p there, so that SetPosition does not fail.
func (t *Tempering) exchange(i int, a, b Replica) {
	a.Position(t.x)
	b.Position(t.y)
	if a.SetPosition(t.y) != nil {
		return
	}
	if b.SetPosition(t.x) != nil {
		_ = a.SetPosition(t.x)
		return
	}
	t.exchanged[i]++
	t.who[i], t.who[i+1] = t.who[i+1], t.who[i]
	if last := len(t.who) - 1; i+1 == last {
		t.heading[t.who[last]] = 1
	}
	if i == 0 && t.heading[t.who[0]] == 1 {
		t.heading[t.who[0]] = 0
		t.roundTrips++
	}
}

// Exchanges returns the share of offers between each pair of neighbours that led to
// an exchange, 0 before the first. A share below about 0.2 is a gap in the ladder.
func (t *Tempering) Exchanges() []float64 {
	rates := make([]float64, len(t.offered))
	for i, n := range t.offered {
		rates[i] = float64(t.exchanged[i]) / float64(max(n, 1))
	}
	return rates
}

// RoundTrips returns how often a state that had visited the hottest replica came to
// the first one. Each brings a position that has forgotten its mode.
func (t *Tempering) RoundTrips() int { return t.roundTrips }

// StatNames returns the names of the statistics that Stats stores.
func (t *Tempering) StatNames() []string { return []string{"lp", "round_trips"} }

// Stats stores the log density and the number of round trips so far in dst.
func (t *Tempering) Stats(dst []float64) { store(dst, t.LogProb(), float64(t.roundTrips)) }

const kindTempering = "mcmc.Tempering/1"

// MarshalBinary returns the states of all replicas. It returns an error if one of
// them has no such method.
func (t *Tempering) MarshalBinary() ([]byte, error) { return state.Marshal(kindTempering, t.fields) }

// UnmarshalBinary restores the states of all replicas. An error changes nothing.
func (t *Tempering) UnmarshalBinary(data []byte) error {
	return state.Restore(kindTempering, data, t, (*Tempering).fields)
}

func (t *Tempering) fields(c *state.Coder) {
	c.SameFloats("inverse temperatures", t.betas, "are not those of the sampler")
	c.Count("steps", &t.steps)
	c.Count("round trips", &t.roundTrips)
	for i := range t.offered {
		c.Count("offers", &t.offered[i])
		c.Count("exchanges", &t.exchanged[i])
	}
	for i := range t.who {
		c.Int("state", &t.who[i], 0, int64(len(t.who)-1))
		c.Int("heading", &t.heading[i], 0, 1)
	}
	for _, r := range t.replicas {
		c.Part("replica", r)
	}
}
