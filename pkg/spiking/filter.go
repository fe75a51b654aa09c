package spiking

import "math"

// A filter holds leaky filtered spike trains, r ← κr + s. All of them decay by one
// common factor, which is kept apart as the scale, so that a step without a spike
// costs one multiplication whatever the number of neurons.
type filter struct {
	scale float64
	r     []float64 // r_j/scale
}

// newFilter returns n trains that start at r, or at zero if r is nil.
func newFilter(n int, r []float64) filter {
	f := filter{1, make([]float64, n)}
	copy(f.r, r)
	return f
}

// minScale is the scale below which the common factor is folded back into the
// values.
const minScale = 0x1p-64

// decay multiplies all trains by k ≥ 0. It returns the factor by which the unit
// of the trains has changed, nearly always 1: what else is kept in units of the
// scale must be multiplied by it.
func (f *filter) decay(k float64) (unit float64) {
	if f.scale *= k; f.scale >= minScale {
		return 1
	}
	return f.rescale()
}

// rescale multiplies the scale by a power of two that brings it near one, and
// divides the trains by that power, exactly. A scale of zero becomes one, and the
// trains become zero.
func (f *filter) rescale() (unit float64) {
	if f.scale == 0 {
		f.scale = 1
	} else {
		_, exponent := math.Frexp(f.scale)
		f.scale = math.Ldexp(f.scale, -exponent)
		unit = math.Ldexp(1, exponent)
	}
	for j := range f.r {
		f.r[j] *= unit
	}
	return unit
}

// unit returns what a spike adds to a value in units of the scale.
func (f *filter) unit() float64 { return 1 / f.scale }

// rate returns r_j.
func (f *filter) rate(j int) float64 { return f.r[j] * f.scale }
