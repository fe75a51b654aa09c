package mcmc

import (
	"cmp"
	"math"
	"math/rand/v2"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Kernels with the mass matrix D⁻¹, D = BBᵀ, use w = Bᵀr in place of the momentum r.
// If r is N(0, D⁻¹), w is N(0, I). Hamilton's equations become
//
//	dx = B w dt,  dw = Bᵀ∇log p(x) dt,
//
// with kinetic energy |w|²/2, so that no kernel needs D⁻¹. They hold for any d×k
// matrix B, with k coordinates of w.

// A point is a point of phase space with the density and the force there.
type point struct {
	x    []float64 // position, of length d
	w    []float64 // momenta, of length k
	g    []float64 // force Bᵀ∇log p(x), of length k
	logp float64   // log p(x)
}

func newPoint(d, k int) point {
	return point{x: make([]float64, d), w: make([]float64, k), g: make([]float64, k)}
}

func (s *point) copy(from *point) {
	copy(s.x, from.x)
	copy(s.w, from.w)
	copy(s.g, from.g)
	s.logp = from.logp
}

// kick is the flow of dw = Bᵀ∇log p dt over the time t.
func (s *point) kick(t float64) { portable.Axpy(t, s.g, s.w) }

// refresh draws new momenta.
func (s *point) refresh(rng *rand.Rand) { stream.Normals(rng, s.w) }

// energy returns H = |w|²/2 − log p(x), or NaN.
func (s *point) energy() float64 { return portable.Dot(s.w, s.w)/2 - s.logp }

// An integrator moves points by the flows of Hamilton's equations. It owns the
// scratch memory for that.
type integrator struct {
	target      density.Density
	metric      metric.Metric
	score, move []float64 // scratch, of length d
	gradients   int
}

// evaluate finds the log density and the force at s.x.
func (m *integrator) evaluate(s *point) {
	s.logp = density.LogProbScore(m.target, m.score, s.x)
	m.metric.MulTrans(s.g, m.score)
	m.gradients++
}

// force finds the force alone at s.x.
func (m *integrator) force(s *point) {
	m.target.ScoreInput(m.score, s.x)
	m.metric.MulTrans(s.g, m.score)
	m.gradients++
}

// drift is the flow of dx = B w dt over the time t.
func (m *integrator) drift(s *point, t float64) {
	m.metric.Mul(m.move, s.w)
	portable.Axpy(t, m.move, s.x)
}

// leapfrog takes one leapfrog step of length h: kick, drift, kick. It needs the
// force at s.x in s.g, and leaves the new one there.
func (m *integrator) leapfrog(s *point, h float64) {
	s.kick(h / 2)
	m.drift(s, h)
	m.evaluate(s)
	s.kick(h / 2)
}

// A kernel is the part that all kernels of the package share: a point of phase
// space, the integrator that moves it, and the step size.
type kernel struct {
	integrator
	point
	h float64
}

// newKernel returns a kernel at x0 with the metric of the geometry g. It refuses an
// x0 of another length or that is not finite, an h that is not positive and finite,
// and a g that has no metric for p. It panics if p is nil.
func newKernel(p density.Density, x0 []float64, h float64, g metric.Geometry) (kernel, error) {
	check.NotNil("target", p)
	d := p.Dim()
	x, err := check.Vector("x0", x0, d)
	if err := cmp.Or(err, check.Positive("h", h, "")); err != nil {
		return kernel{}, err
	}
	m, err := g.Of(p)
	if err != nil {
		return kernel{}, err
	}
	_, k := m.Dims()
	s := kernel{
		integrator: integrator{target: p, metric: m, score: make([]float64, d), move: make([]float64, d)},
		point:      newPoint(d, k),
		h:          h,
	}
	s.x = x
	return s, nil
}

// begin finds the log density and the force at the initial position. It returns an
// error if the log density or the score is not finite.
func (k *kernel) begin() error {
	k.evaluate(&k.point)
	_, err := check.Vector("score at x0", k.score, len(k.x))
	return cmp.Or(check.Finite("log density at x0", k.logp), err)
}

// langevin draws ξ ~ N(0, I) into w and stores the step of Langevin dynamics
//
//	x + h D∇log p(x) + √(2h) B ξ,  D∇log p = B(Bᵀ∇log p),
//
// in to.x, with to.w for scratch. to may be the point of the kernel itself.
func (k *kernel) langevin(rng *rand.Rand, to *point) {
	k.refresh(rng)
	noise := math.Sqrt(2 * k.h)
	for i, v := range k.w {
		to.w[i] = float64(k.h*k.g[i]) + float64(noise*v)
	}
	k.metric.Mul(k.move, to.w)
	for i, m := range k.move {
		to.x[i] = k.x[i] + m
	}
}

// Dim returns the dimension of the target.
func (k *kernel) Dim() int { return len(k.x) }

// Position stores the position in dst. It panics if the length of dst is not
// Dim.
func (k *kernel) Position(dst []float64) {
	check.Length("dst", dst, len(k.x))
	copy(dst, k.x)
}

// StepSize returns the step size h.
func (k *kernel) StepSize() float64 { return k.h }

// Metric returns D = BBᵀ, the inverse of the mass matrix.
func (k *kernel) Metric() metric.Metric { return k.metric }

// Gradients returns how many gradients the chain has taken.
func (k *kernel) Gradients() int { return k.gradients }

// A momentumKernel is a kernel without a Metropolis test that keeps its momenta
// from step to step. It draws the first momenta at the first step.
type momentumKernel struct {
	kernel
	xi      []float64 // noise of a step, k numbers for each time it is added
	started bool      // whether the momenta have been drawn
}

func newMomentumKernel(p density.Density, x0 []float64, h float64, g metric.Geometry, noises int) (momentumKernel, error) {
	k, err := newKernel(p, x0, h, g)
	return momentumKernel{kernel: k, xi: make([]float64, noises*len(k.w))}, err
}

// draw draws the noise of a step, and at the first step the momenta.
func (s *momentumKernel) draw(rng *rand.Rand) {
	if !s.started {
		s.refresh(rng)
		s.started = true
	}
	stream.Normals(rng, s.xi)
}

// euler takes a step of Euler's scheme with the momentum first,
//
//	w ← (1 − hγ) w + h Bᵀ∇log p(x) + noise·ξ,  x ← x + h B w.
func (s *momentumKernel) euler(friction, noise float64, xi []float64) {
	s.force(&s.point)
	decay := 1 - float64(s.h*friction)
	for i, w := range s.w {
		s.w[i] = float64(decay*w) + float64(s.h*s.g[i]) + float64(noise*xi[i])
	}
	s.drift(&s.point, s.h)
}

// Velocity stores dx/dt = B w in dst. It panics if the length of dst is not Dim.
func (s *momentumKernel) Velocity(dst []float64) {
	check.Length("dst", dst, len(s.x))
	s.metric.Mul(dst, s.w)
}
