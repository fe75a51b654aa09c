package density

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// Funnel is Neal's funnel on ℝᵈ, the shape of a hierarchical prior: x₀ = v is
// the log variance of the other coordinates,
//
//	v ~ N(0, s²),  xᵢ | v ~ N(0, eᵛ),  i = 1, …, d−1.
//
// Its scale changes by e^{3s} and more along v, which defeats any one step size.
// Its mean is zero and its coordinates are uncorrelated; Var[xᵢ] = exp(s²/2),
// 90 for s = 3, most of it from draws so rare that a sample's own variance tells
// little: compare v, and xᵢ exp(−v/2), which is standard normal. LogProb is
// normalised.
//
// Source: R. M. Neal, "Slice sampling", Ann. Stat. 31 (2003), section 8.
type Funnel struct {
	dim         int
	sd, logNorm float64
}

// NewFunnel returns the funnel of Neal, with d = 10 and s = 3.
func NewFunnel() *Funnel { return newFunnel(10, 3) }

// NewFunnelSize returns the funnel with d = dim and s = sd. It refuses dim < 2,
// an sd that is not positive and finite, and one whose variances, s² and
// exp(s²/2), are out of the range of floating-point numbers.
func NewFunnelSize(dim int, sd float64) (*Funnel, error) {
	if err := cmp.Or(
		check.AtLeast("dimension", dim, 2),
		check.Positive("sd", sd, ""),
		variance("variance of v", sd*sd),
		variance("variance of xᵢ", portable.Exp(sd*sd/2)),
	); err != nil {
		return nil, err
	}
	return newFunnel(dim, sd), nil
}

func newFunnel(dim int, sd float64) *Funnel {
	return &Funnel{dim, sd, -float64(0.5*float64(dim)*logTwoPi) - portable.Log(sd)}
}

// String returns the name and the parameters.
func (f *Funnel) String() string { return fmt.Sprintf("funnel on ℝ^%d, s = %v", f.dim, f.sd) }

// Dim returns d.
func (f *Funnel) Dim() int { return f.dim }

// LogProb returns log p(x), normalised.
func (f *Funnel) LogProb(x []float64) float64 {
	check.Length("x", x, f.dim)
	v, z := x[0], x[0]/f.sd
	return f.logNorm - float64(0.5*(float64(z*z)+float64(float64(f.dim-1)*v)+f.squared(x)))
}

// squared returns Σ xᵢ² e^{−v}, which is zero if all xᵢ are, however large
// e^{−v} may be.
func (f *Funnel) squared(x []float64) float64 {
	return portable.Exp(portable.Log(portable.Dot(x[1:], x[1:])) - x[0])
}

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (f *Funnel) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, f.dim)
	dst = check.Reuse(dst, f.dim)
	v := x[0]
	dst[0] = float64(0.5*(f.squared(x)-float64(f.dim-1))) - v/f.sd/f.sd
	precision := portable.Exp(-v)
	for i, xi := range x[1:] {
		dst[i+1] = 0
		if xi != 0 {
			dst[i+1] = -xi * precision
		}
	}
	return dst
}

// Mean stores zero in dst and returns it.
func (f *Funnel) Mean(dst []float64) []float64 {
	dst = check.Reuse(dst, f.dim)
	clear(dst)
	return dst
}

// CovarianceMatrix stores diag(s², exp(s²/2), …) in dst, which must be empty or
// d×d.
func (f *Funnel) CovarianceMatrix(dst *mat.SymDense) {
	v := float64(f.sd * f.sd)
	variances := slices.Repeat([]float64{portable.Exp(v / 2)}, f.dim)
	variances[0] = v
	storeDiagonal(dst, variances...)
}

// Rand stores an independent draw in dst and returns it.
func (f *Funnel) Rand(rng *rand.Rand, dst []float64) []float64 {
	dst = check.Reuse(dst, f.dim)
	stream.Normals(rng, dst)
	dst[0] = float64(f.sd * dst[0])
	scale(dst[1:], portable.Exp(dst[0]/2))
	return dst
}
