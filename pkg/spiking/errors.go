package spiking

import "fmt"

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
	Coord int     // the first coordinate that is not finite
	Value float64 // NaN, +Inf or −Inf
}

func (e *StateError) Error() string {
	return fmt.Sprintf("spiking: %s has coordinate %d = %v at t = %g s, which must be finite", e.What, e.Coord, e.Value, e.Time)
}

// checkVector returns a copy of x, or n zeros if x is nil. It returns an error if
// x has another length or an entry that is not finite.
func checkVector(field string, x []float64, n int) ([]float64, error) {
	if x == nil {
		return make([]float64, n), nil
	}
	return check.Vector(field, x, n)
}
