package sde

import "natspike/pkg/arg"

// EulerMaruyama is the explicit scheme
//
//	x ← x + h b(x) + σ(x) ΔW.
//
// It has weak order 1, and strong order 1/2, or 1 where σ is constant
// (Kloeden and Platen 1992, §10.2 and §14.1). On a linear drift −Ax it is
// stable only while every eigenvalue a of A has |1 − ha| < 1.
type EulerMaruyama struct {
	Process
	drift, next []float64
}

// NewEulerMaruyama returns the Euler–Maruyama stepper of p. It panics if p is nil.
func NewEulerMaruyama(p Process) *EulerMaruyama {
	check.NotNil("Process", p)
	n, _ := p.Dims()
	return &EulerMaruyama{Process: p, drift: make([]float64, n), next: make([]float64, n)}
}

// String returns the scheme and the process.
func (e *EulerMaruyama) String() string { return "Euler–Maruyama of " + arg.Describe(e.Process) }

// Advance moves x by one step of length h, given ΔW ~ N(0, hI) in dw. It
// panics if a length does not match the process.
func (e *EulerMaruyama) Advance(x, dw []float64, h float64) {
	checkLengths(e, x, dw)
	e.Drift(e.drift, x)
	for i, b := range e.drift {
		e.next[i] = x[i] + float64(h*b)
	}
	e.AddNoise(e.next, x, dw)
	copy(x, e.next)
}
