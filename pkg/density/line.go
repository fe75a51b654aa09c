package density

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
)

// A line is a density exp[−u(x)]/Z on ℝ with a smooth potential u that rises to
// infinity both ways, integrated numerically and drawn from by rejection.
type line struct {
	potential               func(x float64) float64
	mode, least             float64 // u(mode) = least, the minimum
	low, high               float64 // where u is 60 above its minimum
	nodes                   int
	logMass, mean, variance float64 // ln Z, E[x], Var[x]
	sweepLeft, sweepRight   float64 // bounds of the ratio-of-uniforms rectangle
}

// newLine starts from an interval that overlaps the mass.
func newLine(u func(x float64) float64, low, high float64) *line {
	const (
		grid = 512
		cut  = 60 // of u above its minimum, at both ends
	)
	l := &line{potential: u, low: low, high: high, nodes: grid}
	// Widen until the potential is high enough at both ends, then narrow to where
	// it just is, so that no node is wasted.
	for {
		l.findMode()
		width := l.high - l.low
		left, right := u(l.low)-l.least < cut, u(l.high)-l.least < cut
		if left {
			l.low -= width
		}
		if right {
			l.high += width
		}
		if !left && !right {
			break
		}
	}
	far := func(x float64) bool { return u(x)-l.least > cut }
	l.low, _ = portable.Bisect(l.low, l.mode, far)
	l.high, _ = portable.Bisect(l.high, l.mode, far)
	l.findMode()

	// The trapezoidal rule converges faster than any power of the step on a
	// smooth integrand that vanishes at both ends: double the nodes until the
	// digits stand still, or only the rounding of a large potential moves.
	var moments, previous [3]float64
	for ; l.nodes < 1<<18; l.nodes *= 2 {
		l.integrate(moments[:], func(dst []float64, x, weight float64) {
			d := x - l.mode
			dst[0] += weight
			dst[1] += float64(weight * d)
			dst[2] += float64(weight * float64(d*d))
		})
		if math.Abs(moments[0]-previous[0]) <= 1e-14*moments[0] && math.Abs(moments[2]-previous[2]) <= 1e-14*moments[2] {
			break
		}
		previous = moments
	}
	shift := moments[1] / moments[0]
	l.logMass = portable.Log(moments[0]) - l.least
	l.mean = l.mode + shift
	l.variance = moments[2]/moments[0] - float64(shift*shift)

	l.sweepLeft = l.sweep(l.mode, l.low)
	l.sweepRight = l.sweep(l.mode, l.high)
	return l
}

// integrate adds up f(dst, x, weight) over the nodes, where the weights are
// those of ∫ · exp[least−u(x)] dx.
func (l *line) integrate(dst []float64, f func(dst []float64, x, weight float64)) {
	clear(dst)
	h := (l.high - l.low) / float64(l.nodes)
	for k := range l.nodes + 1 {
		x := l.low + float64(float64(k)*h)
		f(dst, x, h*portable.Exp(l.least-l.potential(x)))
	}
}

// expect stores E[f(x)] in dst, where f adds weight·f(x) to its dst.
func (l *line) expect(dst []float64, f func(dst []float64, x, weight float64)) {
	l.integrate(dst, f)
	scale(dst, portable.Exp(-l.logMass-l.least))
}

func (l *line) findMode() {
	x, v := maximum(func(x float64) float64 { return -l.potential(x) }, l.low, l.high, l.nodes)
	l.mode, l.least = x, -v
}

// sweep returns the maximum of |x−mode|·exp[(least−u(x))/2] between the mode
// and an end of the line.
func (l *line) sweep(from, to float64) float64 {
	_, v := maximum(func(x float64) float64 {
		return math.Abs(x-l.mode) * portable.Exp(0.5*(l.least-l.potential(x)))
	}, min(from, to), max(from, to), l.nodes)
	return v
}

// rand returns an independent draw by the ratio of uniforms, of A. J. Kinderman
// and J. F. Monahan, ACM Trans. Math. Softw. 3 (1977): if (a, b) is uniform on
// the region a² ≤ exp[least−u(mode+b/a)], then mode + b/a has the density. The
// rectangle about the region is slightly larger than the maxima found, to allow for
// their rounding.
func (l *line) rand(rng *rand.Rand) float64 {
	const margin = 1 + 1e-9
	width := margin * (l.sweepLeft + l.sweepRight)
	for {
		a := float64(margin * (1 - rng.Float64()))
		b := float64(width*rng.Float64()) - float64(margin*l.sweepLeft)
		x := l.mode + b/a
		if 2*portable.Log(a) <= l.least-l.potential(x) {
			return x
		}
	}
}

// maximum returns the largest value of f, and where, from a grid of n intervals
// and a golden-section search about its best point.
func maximum(f func(x float64) float64, low, high float64, n int) (x, v float64) {
	h := (high - low) / float64(n)
	best := 0
	v = math.Inf(-1)
	for k := range n + 1 {
		if y := f(low + float64(float64(k)*h)); y > v {
			best, v = k, y
		}
	}
	x = low + float64(float64(best)*h)
	const golden = 0.6180339887498949
	a, b := max(low, x-h), min(high, x+h)
	for range 80 {
		w := float64(golden * (b - a))
		p, q := b-w, a+w
		fp, fq := f(p), f(q)
		if fp > v {
			x, v = p, fp
		}
		if fq > v {
			x, v = q, fq
		}
		if fp > fq {
			b = q
		} else {
			a = p
		}
	}
	return x, v
}
