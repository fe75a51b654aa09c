package mcmc

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// A hamiltonian is what HMC and NUTS have in common: where the chain is, how
// long a leapfrog step is, and how well the last ones kept the energy.
type hamiltonian struct {
	mechanics
	now         state
	h           float64
	probability float64 // of acceptance: the mean over the last trajectory
}

func newHamiltonian(p density.Density, x0 []float64, h float64, d *Preconditioner) (hamiltonian, error) {
	if err := checkLangevin(p.Dim(), x0, h, d); err != nil {
		return hamiltonian{}, err
	}
	k := hamiltonian{mechanics: newMechanics(p, d), now: newState(p.Dim()), h: h}
	return k, k.start(&k.now, x0)
}

// Dim returns the dimension of the target.
func (k *hamiltonian) Dim() int { return len(k.now.x) }

// Position stores the position in dst. It panics if the length of dst is not
// Dim.
func (k *hamiltonian) Position(dst []float64) {
	if len(dst) != len(k.now.x) {
		panic(badLength)
	}
	copy(dst, k.now.x)
}

// LogProb returns the log density at the position.
func (k *hamiltonian) LogProb() float64 { return k.now.logp }

// Gradients returns how many gradients the chain has taken.
func (k *hamiltonian) Gradients() int { return k.gradients }

// StepSize returns the length of a leapfrog step.
func (k *hamiltonian) StepSize() float64 { return k.h }

// Preconditioner returns the inverse D of the mass matrix, nil for the identity.
func (k *hamiltonian) Preconditioner() *Preconditioner { return k.d }

// Tune sets the length of a leapfrog step and the inverse of the mass matrix,
// nil for the identity. It refuses what the constructor refuses. A chain that is
// tuned by where it has been is no longer one of the target: see Warmup.
func (k *hamiltonian) Tune(h float64, d *Preconditioner) error {
	if err := checkLangevin(len(k.now.x), k.now.x, h, d); err != nil {
		return err
	}
	k.h = h
	if d != k.d {
		k.d = d
		k.evaluate(&k.now) // the force depends on D
	}
	return nil
}

// AcceptanceProbability returns the probability of acceptance of the last step,
// or its mean over the states of the last trajectory for NUTS.
func (k *hamiltonian) AcceptanceProbability() float64 { return k.probability }

// trial returns the probability of accepting one leapfrog step of length h with
// fresh momenta, and does not move the chain. next is scratch.
func (k *hamiltonian) trial(rng *rand.Rand, h float64, next *state) float64 {
	k.now.refresh(rng)
	next.copy(&k.now)
	k.leapfrog(next, h)
	return acceptance(next.energy() - k.now.energy())
}

// acceptance returns min(1, e^{−rise}), and 0 for a rise that is NaN or −Inf:
// no density is infinite.
func acceptance(rise float64) float64 {
	switch {
	case math.IsNaN(rise) || math.IsInf(rise, 0):
		return 0
	case rise < 0:
		return 1
	}
	return portable.Exp(-rise)
}
