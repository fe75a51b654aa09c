package spiking

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Misuse that panics.
const (
	badLength = "spiking: slice length does not match the network"
	badIndex  = "spiking: no such neuron"
)

// A ConfigError says what is wrong with a field of a network's configuration,
// or of a state it is to be restored to.
type ConfigError struct {
	Field   string // such as "Covariance"
	Problem string // a clause that begins with a verb: "is not symmetric: …"
}

func (e *ConfigError) Error() string { return "spiking: " + e.Field + " " + e.Problem }

func configErrorf(field, format string, args ...any) *ConfigError {
	return &ConfigError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// An InputError says that a network was driven by a mean μ(t) that is not
// finite, or that its state ceased to be.
type InputError struct {
	Time  float64 // s
	What  string  // "μ(t)", or the part of the state
	Coord int     // the first coordinate that is not finite
	Value float64 // NaN, +Inf or −Inf
}

func (e *InputError) Error() string {
	return fmt.Sprintf("spiking: %s has coordinate %d = %v at t = %g s, which must be finite", e.What, e.Coord, e.Value, e.Time)
}

// firstNonFinite returns the first index at which x is NaN or infinite, or −1.
func firstNonFinite(x []float64) int {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return i
		}
	}
	return -1
}

// checkVector returns a copy of x, or n zeros if x is nil, or what is wrong
// with it.
func checkVector(field string, x []float64, n int) ([]float64, error) {
	if x == nil {
		return make([]float64, n), nil
	}
	if len(x) != n {
		return nil, configErrorf(field, "has length %d, want %d", len(x), n)
	}
	if i := firstNonFinite(x); i >= 0 {
		return nil, configErrorf(field, "has entry [%d] = %v, which is not finite", i, x[i])
	}
	return append([]float64(nil), x...), nil
}

// checkMatrix returns the entries of m by rows. A negative number of rows or
// columns stands for any.
func checkMatrix(field string, m mat.Matrix, rows, cols int) ([]float64, error) {
	if m == nil {
		return nil, configErrorf(field, "is missing")
	}
	r, c := m.Dims()
	if rows >= 0 && r != rows || cols >= 0 && c != cols || r == 0 || c == 0 {
		want := func(n int) string {
			if n < 0 {
				return "any"
			}
			return fmt.Sprint(n)
		}
		return nil, configErrorf(field, "is %d×%d, want %s×%s", r, c, want(rows), want(cols))
	}
	flat := make([]float64, 0, r*c)
	for i := range r {
		for j := range c {
			v := m.At(i, j)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, configErrorf(field, "has entry (%d, %d) = %v, which is not finite", i, j, v)
			}
			flat = append(flat, v)
		}
	}
	return flat, nil
}

// checkPositive says whether x is a positive, finite number.
func checkPositive(field string, x float64, unit string) error {
	if !(x > 0) || math.IsInf(x, 1) {
		return configErrorf(field, "= %g%s is not a positive, finite number", x, unit)
	}
	return nil
}
