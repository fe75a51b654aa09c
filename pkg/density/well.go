package density

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// DoubleWell is a density on ℝ with two wells and a barrier between them,
//
//	U(x) = B(x²/a²−1)² + T x/(2a).
//
// Without tilt the wells are at ±a and the barrier is B high, in units of the
// temperature; T = U(a) − U(−a) makes the right one shallower, and above
// 16B/(3√3) ≈ 3.08B there is only one. B = a = 1 is the U = θ⁴ − 2θ² of Ma,
// Chen and Fox (NeurIPS 2015), up to a constant. Going from one well to the
// other takes a time of the order of e^B.
//
// LogProb is normalised. The moments are by quadrature, to near machine
// precision.
type DoubleWell struct {
	a, barrier, tilt float64
	line             *line // of y = x/a
	logNorm          float64
}

// NewDoubleWell returns the double well with B = barrier and T = tilt. It
// refuses an a that is not positive and finite, a barrier outside [10⁻⁶, 10⁶]
// and a tilt beyond ±10⁶, to which the quadrature is limited, and a variance out
// of the range of floating-point numbers.
func NewDoubleWell(a, barrier, tilt float64) (*DoubleWell, error) {
	if err := check.Positive("a", a, ""); err != nil {
		return nil, err
	}
	if !(barrier >= 1e-6 && barrier <= 1e6) {
		return nil, check.Errorf("barrier", "= %v is outside [10⁻⁶, 10⁶]", barrier)
	}
	if !(math.Abs(tilt) <= 1e6) {
		return nil, check.Errorf("tilt", "= %v is outside [−10⁶, 10⁶]", tilt)
	}
	w := &DoubleWell{a: a, barrier: barrier, tilt: tilt}
	w.line = newLine(w.potential, -1, 1)
	if tilt == 0 {
		w.line.mean = 0 // by symmetry, without rounding
	}
	w.logNorm = -w.line.logMass - portable.Log(a)
	if err := variance("variance", w.variance()); err != nil {
		return nil, err
	}
	return w, nil
}

// String returns the name and the parameters.
func (w *DoubleWell) String() string {
	return fmt.Sprintf("double well, a = %v, B = %v, T = %v", w.a, w.barrier, w.tilt)
}

func (w *DoubleWell) variance() float64 { return float64(w.a*w.a) * w.line.variance }

// potential returns U at y = x/a.
func (w *DoubleWell) potential(y float64) float64 {
	dip := float64((y - 1) * (y + 1))
	return float64(w.barrier*float64(dip*dip)) + float64(0.5*w.tilt*y)
}

// Dim returns 1.
func (w *DoubleWell) Dim() int { return 1 }

// LogProb returns log p(x), normalised.
func (w *DoubleWell) LogProb(x []float64) float64 {
	check.Length("x", x, 1)
	return w.logNorm - w.potential(x[0]/w.a)
}

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (w *DoubleWell) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, 1)
	y := x[0] / w.a
	slope := float64(4*w.barrier*y*float64((y-1)*(y+1))) + float64(0.5*w.tilt)
	return store(dst, -slope/w.a)
}

// Mean stores E[x] in dst and returns it.
func (w *DoubleWell) Mean(dst []float64) []float64 {
	return store(dst, float64(w.a*w.line.mean))
}

// CovarianceMatrix stores Var[x] in dst, which must be empty or 1×1.
func (w *DoubleWell) CovarianceMatrix(dst *mat.SymDense) { storeDiagonal(dst, w.variance()) }

// Rand stores an independent draw in dst and returns it. The higher the
// barrier, the more proposals it rejects: about √B for each that it keeps.
func (w *DoubleWell) Rand(rng *rand.Rand, dst []float64) []float64 {
	return store(dst, float64(w.a*w.line.rand(rng)))
}

// SkewedWell is a density on ℝ with one well that is soft on one side and hard
// on the other,
//
//	U(x) = k(eʸ − 1 − y),  y = x/s,
//
// that of x = s·ln G with G a gamma variable of shape k and mean 1. For s > 0 the
// left tail is exponential, e^{kx/s}, and the right falls faster than any
// Gaussian; s < 0 is the mirror image. The mode is at zero, the mean is
// s(ψ(k)−ln k) and the variance s²ψ′(k); the smaller k, the greater the skew,
// which is about −1/√k for large k. LogProb is normalised.
type SkewedWell struct{ shape, scale, logNorm float64 }

// NewSkewedWell returns the skewed well with k = shape and s = scale. It refuses
// a shape that is not positive and finite, a scale that is zero or not finite, and
// a variance out of the range of floating-point numbers.
func NewSkewedWell(shape, scale float64) (*SkewedWell, error) {
	if err := check.Positive("shape", shape, ""); err != nil {
		return nil, err
	}
	if scale == 0 || !isFinite(scale) {
		return nil, check.Errorf("scale", "= %v is zero or not finite", scale)
	}
	w := &SkewedWell{shape, scale, -lnGammaExcess(shape) - portable.Log(math.Abs(scale))}
	if err := variance("variance", w.variance()); err != nil {
		return nil, err
	}
	return w, nil
}

// String returns the name and the parameters.
func (w *SkewedWell) String() string {
	return fmt.Sprintf("skewed well, k = %v, s = %v", w.shape, w.scale)
}

func (w *SkewedWell) variance() float64 { return w.scale * w.scale * trigamma(w.shape) }

// Dim returns 1.
func (w *SkewedWell) Dim() int { return 1 }

// LogProb returns log p(x), normalised.
func (w *SkewedWell) LogProb(x []float64) float64 {
	check.Length("x", x, 1)
	y := x[0] / w.scale
	return w.logNorm - float64(w.shape*(portable.Exp(y)-1-y))
}

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (w *SkewedWell) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, 1)
	return store(dst, w.shape*(1-portable.Exp(x[0]/w.scale))/w.scale)
}

// Mean stores s(ψ(k)−ln k) in dst and returns it.
func (w *SkewedWell) Mean(dst []float64) []float64 {
	return store(dst, w.scale*(digamma(w.shape)-portable.Log(w.shape)))
}

// CovarianceMatrix stores s²ψ′(k) in dst, which must be empty or 1×1.
func (w *SkewedWell) CovarianceMatrix(dst *mat.SymDense) { storeDiagonal(dst, w.variance()) }

// Rand stores an independent draw in dst and returns it.
func (w *SkewedWell) Rand(rng *rand.Rand, dst []float64) []float64 {
	return store(dst, w.scale*(logGamma(rng, w.shape)-portable.Log(w.shape)))
}
