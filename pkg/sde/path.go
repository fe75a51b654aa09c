package sde

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/stream"
)

// A Stepper takes one step of a process along a given Brownian motion.
// EulerMaruyama and Heun are steppers.
type Stepper interface {
	// Dims returns the lengths of the state and of the noise.
	Dims() (state, noise int)

	// Advance moves x by one step of length h, given the increment
	// ΔW ~ N(0, hI) of the Brownian motion in dw.
	Advance(x, dw []float64, h float64)
}

// A Path is a solution of a process at the times 0, h, 2h, … It draws the increments
// of the Brownian motion, and its stepper takes the steps. A Path is an
// mcmc.Sampler.
type Path struct {
	grid
	stepper Stepper
	dw      []float64
}

// NewPath returns the path of s that begins at x0, which it copies, with step h. It
// refuses an x0 that is not finite or of another length than the state of the
// process, and an h that is not positive and finite. It panics if s is nil.
func NewPath(s Stepper, x0 []float64, h float64) (*Path, error) {
	check.NotNil("Stepper", s)
	state, noise := s.Dims()
	g, err := newGrid(x0, state, h)
	if err != nil {
		return nil, err
	}
	return &Path{grid: g, stepper: s, dw: make([]float64, noise)}, nil
}

// String returns the stepper, the step and the time.
func (p *Path) String() string { return p.describe("path", p.stepper) }

// Step moves the path by one step of length h.
func (p *Path) Step(rng *rand.Rand) {
	scale := math.Sqrt(p.h)
	stream.Normals(rng, p.dw)
	for i := range p.dw {
		p.dw[i] *= scale
	}
	p.stepper.Advance(p.x, p.dw, p.h)
	p.steps++
}
