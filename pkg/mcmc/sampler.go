package mcmc

import (
	"fmt"
	"math/rand/v2"

	"natspike/pkg/arg"
)

const check = arg.Checker("mcmc")

// A Sampler is a Markov chain on ℝᵈ. Neither Step nor Position allocates.
type Sampler interface {
	// Dim returns d.
	Dim() int

	// Step moves the chain on by one step, drawing what it needs from rng.
	Step(rng *rand.Rand)

	// Position stores the present position in dst, of length d.
	Position(dst []float64)
}

// A DivergedError reports a chain that left the finite numbers.
type DivergedError struct {
	Draw  int     // index of the draw, counted from 0 after burn-in
	Coord int     // first coordinate that is not finite
	Value float64 // NaN, +Inf or −Inf
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("mcmc: the chain diverged: coordinate %d of draw %d is %v; a smaller step may help", e.Coord, e.Draw, e.Value)
}

// CheckFinite returns a *DivergedError if an entry of draw number i is not
// finite.
func CheckFinite(i int, x []float64) error {
	if j := arg.FirstNonFinite(x); j >= 0 {
		return &DivergedError{Draw: i, Coord: j, Value: x[j]}
	}
	return nil
}
