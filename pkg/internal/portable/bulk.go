package portable

import (
	"math"
	"slices"
)

// group is the number of numbers that a kernel computes at once. The functions below
// apply Exp, Log, Log1pExp and Erfc to slices. They give the same bits, in less time on
// processors with vector instructions. A kernel is given n ≥ 8 numbers and computes
// them group by group, until a group has an argument that needs the scalar function,
// such as NaN. It returns the number of numbers that it has computed.
const group = 8

// ExpTo stores exp(x_i) in dst, with the bits of Exp. dst may be x. It panics if dst
// is shorter than x.
func ExpTo(dst, x []float64) {
	dst = dst[:len(x)]
	for i := 0; i < len(x); {
		if len(x)-i >= group {
			i += expGroups(&dst[i], &x[i], len(x)-i)
		}
		for end := min(i+group, len(x)); i < end; i++ {
			dst[i] = Exp(x[i])
		}
	}
}

// LogTo stores ln(x_i) in dst, with the bits of Log. dst may be x. It panics if dst is
// shorter than x.
func LogTo(dst, x []float64) {
	dst = dst[:len(x)]
	for i := 0; i < len(x); {
		if len(x)-i >= group {
			i += logGroups(&dst[i], &x[i], len(x)-i)
		}
		for end := min(i+group, len(x)); i < end; i++ {
			dst[i] = Log(x[i])
		}
	}
}

// Log1pExpTo stores ln(1 + exp(x_i)) in dst, with the bits of Log1pExp. dst may be x.
// It panics if dst is shorter than x.
func Log1pExpTo(dst, x []float64) {
	dst = dst[:len(x)]
	for i := 0; i < len(x); {
		if len(x)-i >= group {
			i += log1pExpGroups(&dst[i], &x[i], len(x)-i)
		}
		for end := min(i+group, len(x)); i < end; i++ {
			dst[i] = Log1pExp(x[i])
		}
	}
}

// ErfcTo stores erfc(x_i) in dst, with the bits of Erfc. dst may be x. It panics if dst is
// shorter than x.
func ErfcTo(dst, x []float64) {
	dst = dst[:len(x)]
	for i := 0; i < len(x); {
		if len(x)-i >= group {
			i += erfcGroups(&dst[i], &x[i], len(x)-i)
		}
		for end := min(i+group, len(x)); i < end; i++ {
			dst[i] = Erfc(x[i])
		}
	}
}

// Log1pExp returns ln(1 + eˣ), accurate for every x, as max(x, 0) + ln(1 + e^{−|x|}).
func Log1pExp(x float64) float64 { return max(x, 0) + Log1p(Exp(-math.Abs(x))) }

// Bernoulli is the log likelihood of labels y_i, each 0 or 1, given their log odds
// η_i: Σ_i ln σ(±η_i), σ(η) = 1/(1 + e^{−η}), plus for a label 1 and minus for 0. The
// zero value has no labels.
//
// With t = η for a label 0 and −η for a label 1, the log likelihood of one is
// −ln(1 + eᵗ) = −max(t, 0) − ln(1 + e^{−|t|}). The arguments of the last logarithm
// are in (1, 2], so that one logarithm of the product of many is enough.
type Bernoulli struct {
	lanes lanes
	count int     // number of labels in the lanes
	total float64 // log likelihood of the labels before
}

// lanes holds partial sums of max(t, 0) and partial products of 1 + e^{−|t|}, of
// every eighth number.
type lanes struct{ sum, product [group]float64 }

// Add adds labels y with log odds eta, and overwrites each η_i with the residual
// y_i − σ(η_i), the derivative of its log likelihood. All calls but the last must
// have a multiple of eight labels. It panics if y is shorter than eta.
func (b *Bernoulli) Add(eta, y []float64) {
	y = y[:len(eta)]
	for len(eta) > 0 {
		n := min(len(eta), b.room())
		b.lanes.add(eta[:n], y)
		eta, y = eta[n:], y[n:]
		b.count += n
	}
}

// room returns the number of labels that the lanes can take, after it has emptied full
// ones.
func (b *Bernoulli) room() int {
	const most = 64 * group // labels, whose product is at most 2⁵¹²
	if b.count == most {
		b.total, b.count = b.LogLikelihood(), 0
	}
	if b.count == 0 {
		b.lanes = lanes{product: [group]float64{1, 1, 1, 1, 1, 1, 1, 1}}
	}
	return most - b.count
}

// LogLikelihood returns the log likelihood of all labels so far.
func (b *Bernoulli) LogLikelihood() float64 {
	if b.count == 0 {
		return b.total
	}
	s, p := &b.lanes.sum, &b.lanes.product
	sum := ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
	product := p[0]
	for _, v := range p[1:] {
		product = float64(product * v)
	}
	return b.total - (sum + Log(product))
}

func (a *lanes) add(eta, y []float64) {
	for i := 0; i < len(eta); {
		if len(eta)-i >= group {
			i += bernoulliGroups(&eta[i], &y[i], len(eta)-i, a)
		}
		for end, lane := min(i+group, len(eta)), 0; i < end; i, lane = i+1, lane+1 {
			sign := 1 - float64(2*y[i])
			t := sign * eta[i]
			e := Exp(-math.Abs(t))
			r := 1 / (1 + e)
			if t < 0 { // σ(t) is the probability of the other label
				r = float64(e * r)
			}
			eta[i] = -sign * r
			a.sum[lane] += max(t, 0)
			a.product[lane] = float64(a.product[lane] * (1 + e))
		}
	}
}

// Constants of the kernels, each repeated to fill a vector of four.
var (
	expConstants = repeated(
		perStep, stepHi, stepLo, 1.0/720, 1.0/120, 1.0/24, 1.0/6, 0.5,
		707,                           // of |x|: the result is a normal number, and so is its scale
		math.Float64frombits(1<<63-1), // all bits but the sign
		math.Float64frombits(1023),    // the bias of an exponent
		math.Float64frombits((steps-1)<<32|(steps-1)), // twice, as 32-bit integers
		1,
		math.Float64frombits(1<<63),   // the sign
		3<<51,                         // added and taken away, it leaves the nearest integer
		math.Float64frombits(steps-1), // the bits of an index, and all others
		math.Float64frombits(^uint64(steps-1)),
		-707,
	)
	logConstants = repeated(
		math.Sqrt2/2, 1, 2,
		2.0/21, 2.0/19, 2.0/17, 2.0/15, 2.0/13, 2.0/11, 2.0/9, 2.0/7, 2.0/5, 2.0/3,
		ln2Hi, ln2Lo,
		1<<52+1022,                      // to take from an integer that was made a number by its bits
		math.Float64frombits(0x433<<52), // 2⁵²
		math.Float64frombits(1<<52-1),   // the bits of a mantissa
		math.Float64frombits(0x3fe<<52), // the exponent of [½, 1)
		math.Float64frombits(0x7ff<<52), // +Inf
		math.Sqrt2-1,
		0.5,
	)
	erfcConstants = repeated(slices.Concat(
		[]float64{26, 3, math.Float64frombits(^uint64(1<<27 - 1))}, // the largest |x|, and the bits of its first part
		erfNearZero[:], erfcEven[:], erfcOdd[:],
	)...)
)

func repeated(values ...float64) [][4]float64 {
	out := make([][4]float64, len(values))
	for i, v := range values {
		out[i] = [4]float64{v, v, v, v}
	}
	return out
}
