package mcmc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// The kernels with momenta r and mass matrix M = D⁻¹, D = BBᵀ, work with
// w = Bᵀr, which is N(0, I) where r is N(0, M). In it Hamilton's equations are
//
//	dx = B w dt,  dw = Bᵀ∇log p(x) dt,
//
// the kinetic energy is |w|²/2, and no inverse is needed.

// A state is a point of phase space with what is known of the density there.
type state struct {
	x, w []float64
	g    []float64 // Bᵀ∇log p(x)
	logp float64
}

func newState(n int) state {
	return state{x: make([]float64, n), w: make([]float64, n), g: make([]float64, n)}
}

func (s *state) copy(from *state) {
	copy(s.x, from.x)
	copy(s.w, from.w)
	copy(s.g, from.g)
	s.logp = from.logp
}

// kick is the flow of dw = Bᵀ∇log p dt over the time t.
func (s *state) kick(t float64) { portable.Axpy(t, s.g, s.w) }

// energy returns H = |w|²/2 − log p(x), or NaN.
func (s *state) energy() float64 { return portable.Dot(s.w, s.w)/2 - s.logp }

// mechanics moves states about. It owns the scratch memory that takes.
type mechanics struct {
	target      density.Density
	d           *Preconditioner
	score, move []float64
	gradients   int
}

func newMechanics(p density.Density, d *Preconditioner) mechanics {
	n := p.Dim()
	return mechanics{target: p, d: d, score: make([]float64, n), move: make([]float64, n)}
}

// evaluate finds the density and the force at s.x.
func (m *mechanics) evaluate(s *state) {
	s.logp = density.LogProbScore(m.target, m.score, s.x)
	m.d.mulTrans(s.g, m.score)
	m.gradients++
}

// force finds the force alone at s.x.
func (m *mechanics) force(s *state) {
	m.target.ScoreInput(m.score, s.x)
	m.d.mulTrans(s.g, m.score)
	m.gradients++
}

// drift is the flow of dx = B w dt over the time t.
func (m *mechanics) drift(s *state, t float64) {
	m.d.mul(m.move, s.w)
	portable.Axpy(t, m.move, s.x)
}

// leapfrog takes one step of length h of the leapfrog scheme, kick, drift, kick.
// s.g has to be up to date, and is afterwards.
func (m *mechanics) leapfrog(s *state, h float64) {
	s.kick(h / 2)
	m.drift(s, h)
	m.evaluate(s)
	s.kick(h / 2)
}

// start puts s at x0 and evaluates the density there, which has to be finite.
func (m *mechanics) start(s *state, x0 []float64) error {
	copy(s.x, x0)
	m.evaluate(s)
	if math.IsNaN(s.logp) || math.IsInf(s.logp, 0) {
		return fmt.Errorf("mcmc: log density at the initial position is %v, which is not finite", s.logp)
	}
	for i, v := range m.score {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("mcmc: score at the initial position has coordinate %d = %v, which is not finite", i, v)
		}
	}
	return nil
}

// exponential returns a draw of the standard exponential law.
func exponential(rng *rand.Rand) float64 {
	return -portable.Log(1 - rng.Float64()) // 1 − Float64() is in (0, 1]
}

// refresh draws the momenta anew.
func (s *state) refresh(rng *rand.Rand) { stream.Normals(rng, s.w) }

// A walker is what the kernels without a Metropolis test have in common: a
// state, and the means of moving it. Its velocity begins at the first step.
type walker struct {
	mechanics
	state
	xi      []float64 // the noise of one step
	started bool
}

func newWalker(p density.Density, x0 []float64, d *Preconditioner, noises int) walker {
	n := p.Dim()
	s := walker{mechanics: newMechanics(p, d), state: newState(n), xi: make([]float64, noises*n)}
	copy(s.x, x0)
	return s
}

// draw draws the noise of a step, and at first the velocity.
func (s *walker) draw(rng *rand.Rand) {
	if !s.started {
		s.refresh(rng)
		s.started = true
	}
	stream.Normals(rng, s.xi)
}

// Dim returns the dimension of the target.
func (s *walker) Dim() int { return len(s.x) }

// Position stores the position in dst. It panics if the length of dst is not
// Dim.
func (s *walker) Position(dst []float64) {
	if len(dst) != len(s.x) {
		panic(badLength)
	}
	copy(dst, s.x)
}

// Velocity stores dx/dt = B w in dst. It panics if the length of dst is not Dim.
func (s *walker) Velocity(dst []float64) {
	if len(dst) != len(s.w) {
		panic(badLength)
	}
	s.d.mul(dst, s.w)
}

// Gradients returns how many gradients the chain has taken.
func (s *walker) Gradients() int { return s.gradients }
