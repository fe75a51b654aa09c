package spiking

import (
	"fmt"
	"math"
)

// Misuse that panics.
const (
	badLength = "spiking: slice length does not match the network"
	badIndex  = "spiking: no such neuron"
)

// A StateError reports that the state of a network ceased to be finite, or that
// a density was not a number.
type StateError struct {
	Time  float64 // s
	What  string  // the part of the state
	Coord int     // the first coordinate that is not finite, or makes voltages overflow
	Value float64
}

func (e *StateError) Error() string {
	problem := "which must be finite"
	if finite(e.Value) {
		problem = "so large that voltages overflow"
	}
	return fmt.Sprintf("spiking: %s has coordinate %d = %v at t = %g s, %s", e.What, e.Coord, e.Value, e.Time, problem)
}

// A CascadeError reports that the spikes of a Balanced network under Greedy do not
// keep up with the diffusion that they are to follow: each neuron spikes more than
// four times a step on average, or more than once if the diffusion is known to
// diverge. The time step is past stability (see Warnings), or the decoder too small.
type CascadeError struct {
	Time    float64 // s
	Spikes  int64   // in the last steps
	Steps   int64   // their number
	Neurons int     // n
}

func (e *CascadeError) Error() string {
	return fmt.Sprintf("spiking: %d spikes of %d neurons in %d steps until t = %g s: cascades do not end; the time step is past stability, or the decoder is too small",
		e.Spikes, e.Neurons, e.Steps, e.Time)
}

// checkVector returns a copy of x, or n zeros if x is nil. It returns an error if
// x has another length or an entry that is not finite.
func checkVector(field string, x []float64, n int) ([]float64, error) {
	if x == nil {
		return make([]float64, n), nil
	}
	return check.Vector(field, x, n)
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }
