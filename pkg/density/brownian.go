package density

import (
	"fmt"
	"math"

	"natspike/pkg/internal/portable"
)

// BrownianMotion is the posterior of a path that is seen with noise at some of its
// steps, with unknown scales,
//
//	log s ~ N(0, 2²),  log o ~ N(0, 2²),
//	x₀ ~ N(0, s²),  x_t ~ N(x_{t−1}, s²),  y_t ~ N(x_t, o²),
//
// over (log s, log o, x). LogProb is the joint log density of y and these. Given s and o
// the path is Gaussian, so that moments are integrals over these two.
//
// Source: Brownian motion with unknown scales and missing middle observations, in the
// Inference Gym (Sountsov, Radul et al. 2020).
type BrownianMotion struct {
	seen []bool    // at each step
	y    []float64 // where it was seen
	n    float64   // number of steps with an observation
}

// NewBrownianMotion returns the posterior given an observation for each step, which is
// NaN where there is none. It copies y. It refuses less than one step, an observation
// that is infinite, and a path that is never seen.
func NewBrownianMotion(y []float64) (*BrownianMotion, error) {
	if err := check.AtLeast("steps", len(y), 1); err != nil {
		return nil, err
	}
	b := &BrownianMotion{make([]bool, len(y)), make([]float64, len(y)), 0}
	for t, v := range y {
		if math.IsNaN(v) {
			continue
		}
		if err := check.Finite(fmt.Sprintf("y[%d]", t), v); err != nil {
			return nil, err
		}
		b.seen[t], b.y[t] = true, v
		b.n++
	}
	if b.n == 0 {
		return nil, check.Errorf("y", "has no observation; at least one is needed")
	}
	return b, nil
}

// Dim returns 2 + the number of steps.
func (b *BrownianMotion) Dim() int { return 2 + len(b.y) }

// String returns the size of the data.
func (b *BrownianMotion) String() string {
	return fmt.Sprintf("Brownian motion of %d steps, %v of them seen", len(b.y), b.n)
}

// LogProb returns the joint log density of y and x.
func (b *BrownianMotion) LogProb(x []float64) float64 { return b.evaluate(nil, x) }

// ScoreInput stores the gradient of LogProb at x in dst and returns it.
func (b *BrownianMotion) ScoreInput(dst, x []float64) []float64 {
	dst = check.Reuse(dst, b.Dim())
	b.evaluate(dst, x)
	return dst
}

// LogProbScore stores the gradient of LogProb at x in dst and returns LogProb.
func (b *BrownianMotion) LogProbScore(dst, x []float64) float64 {
	check.Length("dst", dst, b.Dim())
	return b.evaluate(dst, x)
}

// evaluate returns the log density and stores its gradient in dst, unless it is nil.
func (b *BrownianMotion) evaluate(dst, x []float64) float64 {
	check.Length("x", x, b.Dim())
	steps, path := float64(len(b.y)), x[2:]
	s, o := portable.Exp(-float64(2*x[0])), portable.Exp(-float64(2*x[1]))
	clear(dst)
	moved, missed, before := 0.0, 0.0, 0.0 // sums of squares
	for t, v := range path {
		r := v - before
		before = v
		moved += float64(r * r)
		if dst != nil {
			dst[2+t] -= float64(s * r)
			if t > 0 {
				dst[1+t] += float64(s * r)
			}
		}
		if !b.seen[t] {
			continue
		}
		e := v - b.y[t]
		missed += float64(e * e)
		if dst != nil {
			dst[2+t] -= float64(o * e)
		}
	}
	moved, missed = float64(s*moved), float64(o*missed)
	if dst != nil {
		dst[0] = moved - steps - x[0]/4
		dst[1] = missed - b.n - x[1]/4
	}
	const logPrior = -logTwoPi - 2*math.Ln2
	return logPrior - float64(0.5*(steps+b.n)*logTwoPi) - (float64(x[0]*x[0])+float64(x[1]*x[1]))/8 -
		float64(steps*x[0]) - float64(b.n*x[1]) - (moved+missed)/2
}

// Squares stores E[z²] and E[z⁴] of each coordinate z of the posterior in second and
// fourth, which must have length Dim. They are sums over a grid of log s and log o from
// −12 to 6 in steps of 0.05, six standard deviations of the prior to the left, of the
// moments of the path given the two, which Kalman's filter and smoother give. With a few
// observations large scales are likely enough for moments that hang on the limit of 6.
func (b *BrownianMotion) Squares(second, fourth []float64) {
	check.Length("second", second, b.Dim())
	check.Length("fourth", fourth, b.Dim())
	const least, step, cells = -12.0, 0.05, 360
	n := len(b.y)
	mean, v := make([]float64, n), make([]float64, n) // of x_t given y up to t, then given all y
	evidence, total := math.Inf(-1), 0.0              // the largest log weight, and the sum of weights relative to it
	clear(second)
	clear(fourth)
	for i := range cells + 1 {
		for j := range cells + 1 {
			logS, logO := least+float64(float64(i)*step), least+float64(float64(j)*step)
			s, o := portable.Exp(2*logS), portable.Exp(2*logO)
			logw := -(float64(logS*logS) + float64(logO*logO)) / 8
			m, p := 0.0, 0.0
			for t := range n {
				p += s
				if b.seen[t] {
					e, spread := b.y[t]-m, p+o
					logw -= (portable.Log(spread) + float64(e*e)/spread) / 2
					gain := p / spread
					m += float64(gain * e)
					p = float64(gain * o)
				}
				mean[t], v[t] = m, p
			}
			if logw < evidence-60 {
				continue
			}
			for t := n - 2; t >= 0; t-- {
				gain := v[t] / (v[t] + s)
				mean[t] += float64(gain * (mean[t+1] - mean[t]))
				v[t] = float64(gain*s) + float64(gain*gain*v[t+1])
			}
			if logw > evidence {
				old := portable.Exp(evidence - logw)
				scale(second, old)
				scale(fourth, old)
				total *= old
				evidence = logw
			}
			w := portable.Exp(logw - evidence)
			total += w
			add := func(k int, m, v float64) {
				m2 := float64(m * m)
				second[k] += float64(w * (m2 + v))
				fourth[k] += float64(w * (float64(m2*m2) + float64(6*m2*v) + float64(3*v*v)))
			}
			add(0, logS, 0)
			add(1, logO, 0)
			for t := range n {
				add(2+t, mean[t], v[t])
			}
		}
	}
	scale(second, 1/total)
	scale(fourth, 1/total)
}
