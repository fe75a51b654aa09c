package sde

import "natspike/pkg/arg"

// Heun is the stochastic Heun scheme for additive noise, the drift averaged
// between the ends of an Euler–Maruyama step:
//
//	x̃ = x + h b(x) + σ ΔW
//	x ← x + h [b(x) + b(x̃)]/2 + σ ΔW
//
// Where σ is constant it has weak order 2 and strong order 1 (Kloeden and
// Platen 1992, §15.1). Where σ depends on the state it uses σ(x) at the
// beginning of the step: it still converges to the Itô solution, but only at
// the orders of Euler–Maruyama.
type Heun struct {
	Process
	before, after, noise, trial []float64
}

// NewHeun returns the stochastic Heun stepper of p. It panics if p is nil.
func NewHeun(p Process) *Heun {
	check.NotNil("Process", p)
	n, _ := p.Dims()
	return &Heun{
		Process: p,
		before:  make([]float64, n),
		after:   make([]float64, n),
		noise:   make([]float64, n),
		trial:   make([]float64, n),
	}
}

// String returns the scheme and the process.
func (s *Heun) String() string { return "Heun of " + arg.Describe(s.Process) }

// Advance moves x by one step of length h, given ΔW ~ N(0, hI) in dw. It
// panics if a length does not match the process.
func (s *Heun) Advance(x, dw []float64, h float64) {
	checkLengths(s, x, dw)
	clear(s.noise)
	s.AddNoise(s.noise, x, dw)
	s.Drift(s.before, x)
	for i := range x {
		s.trial[i] = x[i] + float64(h*s.before[i]) + s.noise[i]
	}
	s.Drift(s.after, s.trial)
	for i := range x {
		x[i] += float64(h*(0.5*(s.before[i]+s.after[i]))) + s.noise[i]
	}
}
