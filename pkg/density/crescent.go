package density

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// Crescent is the correlated density on ℝ² of Ma, Chen and Fox,
//
//	U(x) = x₁⁴/10 + ½(4(x₂+1.2) − x₁²)²,
//
// in which x₁ has a quartic potential and x₂ | x₁ ~ N(x₁²/4 − 1.2, 1/16).
// Hence E[x₁²] = √10 Γ(3/4)/Γ(1/4), E[x₁⁴] = 5/2, and the other moments follow.
// LogProb is normalised.
//
// Source: Y.-A. Ma, T. Chen, E. B. Fox, "A complete recipe for stochastic
// gradient MCMC", NeurIPS 2015, the two-dimensional experiment of section 4.1.
type Crescent struct{}

const (
	gammaQuarter       = 3.62560990822190831193068515586767200
	gammaThreeQuarters = 1.22541670246517764512909830336289053
	sqrtTen            = 3.16227766016837933199889354443271853

	crescentSquare = sqrtTen * gammaThreeQuarters / gammaQuarter // E[x₁²]
	crescentFourth = 2.5                                         // E[x₁⁴]
)

// The integral of exp(−U) is ½10^¼ Γ(1/4) · √(2π)/4.
var crescentLogNorm = -(float64(0.25*portable.Log(10)) + portable.Log(gammaQuarter) + 0.5*logTwoPi - portable.Log(8))

// NewCrescent returns the density.
func NewCrescent() *Crescent { return &Crescent{} }

// String returns "crescent".
func (*Crescent) String() string { return "crescent" }

// Dim returns 2.
func (*Crescent) Dim() int { return 2 }

// LogProb returns log p(x), normalised.
func (*Crescent) LogProb(x []float64) float64 {
	check.Length("x", x, 2)
	square := float64(x[0] * x[0])
	r := float64(4*(x[1]+1.2)) - square
	return crescentLogNorm - float64(square*square)/10 - float64(0.5*r*r)
}

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (*Crescent) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, 2)
	dst = check.Reuse(dst, 2)
	square := float64(x[0] * x[0])
	r := float64(4*(x[1]+1.2)) - square
	dst[0] = float64(2*x[0]) * (r - square/5)
	dst[1] = -4 * r
	return dst
}

// Mean stores (0, E[x₁²]/4 − 1.2) in dst and returns it.
func (*Crescent) Mean(dst []float64) []float64 { return store(dst, 0, crescentSquare/4-1.2) }

// CovarianceMatrix stores diag(E[x₁²], 1/16 + Var[x₁²]/16) in dst, which must
// be empty or 2×2.
func (*Crescent) CovarianceMatrix(dst *mat.SymDense) {
	storeDiagonal(dst, crescentSquare, (1+crescentFourth-crescentSquare*crescentSquare)/16)
}

// Rand stores an independent draw in dst and returns it: x₁⁴/10 has the gamma
// distribution of shape 1/4.
func (*Crescent) Rand(rng *rand.Rand, dst []float64) []float64 {
	dst = check.Reuse(dst, 2)
	x1 := math.Sqrt(sqrtTen * portable.Exp(0.5*logGamma(rng, 0.25)))
	if rng.Uint64()&1 == 0 {
		x1 = -x1
	}
	dst[0] = x1
	dst[1] = float64(float64(x1*x1)/4) - 1.2 + float64(stream.Normal(rng)/4)
	return dst
}
