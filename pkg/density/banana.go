package density

import (
	"cmp"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// Banana is a Gaussian on ℝ² bent along a parabola,
//
//	x₁ ~ N(0, s²),  x₂ | x₁ ~ N(b(x₁²−s²), w²),
//
// a ridge that no constant preconditioner can straighten. Its mean is zero and
// its coordinates are uncorrelated, with variances s² and w² + 2b²s⁴. LogProb is
// normalised.
//
// Source: H. Haario, E. Saksman, J. Tamminen, Comput. Stat. 14 (1999), who twist
// N(0, diag(100, 1, …)) with b = 0.03, about the point that keeps the mean zero.
type Banana struct{ sd, bend, width, logNorm float64 }

// NewBanana returns the banana with s = 10, b = 0.03 and w = 1.
func NewBanana() *Banana { return newBanana(10, 0.03, 1) }

// NewBananaShape returns the banana with s = sd, b = bend and w = width. It
// refuses an sd or width that is not positive and finite, a bend that is not
// finite, and values whose variances are out of the range of floating-point
// numbers.
func NewBananaShape(sd, bend, width float64) (*Banana, error) {
	if err := cmp.Or(check.Positive("sd", sd, ""), check.Finite("bend", bend), check.Positive("width", width, "")); err != nil {
		return nil, err
	}
	b := newBanana(sd, bend, width)
	v1, v2 := b.variances()
	if err := cmp.Or(variance("variance of x₁", v1), variance("variance of x₂", v2)); err != nil {
		return nil, err
	}
	if far := 1e4 * v1; !isFinite(far) { // the square of a draw 100 standard deviations out
		return nil, check.Errorf("sd", "= %v is so large that squares of draws overflow", sd)
	}
	if !isFinite(2 * bend) {
		return nil, check.Errorf("bend", "= %v is so large that the score overflows", bend)
	}
	return b, nil
}

func newBanana(sd, bend, width float64) *Banana {
	return &Banana{sd, bend, width, -logTwoPi - portable.Log(sd) - portable.Log(width)}
}

// Dim returns 2.
func (b *Banana) Dim() int { return 2 }

// String returns the name and the parameters.
func (b *Banana) String() string {
	return fmt.Sprintf("banana, s = %v, b = %v, w = %v", b.sd, b.bend, b.width)
}

// variances returns those of x₁ and x₂.
func (b *Banana) variances() (v1, v2 float64) {
	v1 = float64(b.sd * b.sd)
	spread := float64(b.bend * v1)
	return v1, float64(b.width*b.width) + float64(2*spread*spread)
}

// ridge returns the mean of x₂ given x₁.
func (b *Banana) ridge(x1 float64) float64 {
	return float64(b.bend * float64((x1-b.sd)*(x1+b.sd)))
}

// LogProb returns log p(x), normalised.
func (b *Banana) LogProb(x []float64) float64 {
	check.Length("x", x, 2)
	z1, z2 := x[0]/b.sd, (x[1]-b.ridge(x[0]))/b.width
	return b.logNorm - float64(0.5*(float64(z1*z1)+float64(z2*z2)))
}

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (b *Banana) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, 2)
	dst = check.Reuse(dst, 2)
	pull := (x[1] - b.ridge(x[0])) / b.width / b.width
	dst[0] = float64(2*b.bend*x[0]*pull) - x[0]/b.sd/b.sd
	dst[1] = -pull
	return dst
}

// Mean stores zero in dst and returns it.
func (b *Banana) Mean(dst []float64) []float64 { return store(dst, 0, 0) }

// CovarianceMatrix stores diag(s², w² + 2b²s⁴) in dst, which must be empty or
// 2×2.
func (b *Banana) CovarianceMatrix(dst *mat.SymDense) {
	v1, v2 := b.variances()
	storeDiagonal(dst, v1, v2)
}

// Rand stores an independent draw in dst and returns it.
func (b *Banana) Rand(rng *rand.Rand, dst []float64) []float64 {
	dst = check.Reuse(dst, 2)
	stream.Normals(rng, dst)
	dst[0] = float64(b.sd * dst[0])
	dst[1] = b.ridge(dst[0]) + float64(b.width*dst[1])
	return dst
}
