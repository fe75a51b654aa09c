package density

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
)

// A Density is a probability density p(x) ∝ exp[−U(x)] on ℝᵈ, known up to a
// constant, with its score. Gonum's distmv.Normal is a Density.
//
// The densities of this package are immutable once made: any number of chains
// may share one. Their LogProb and ScoreInput give the same bits on every
// architecture and, with a dst, allocate nothing.
type Density interface {
	// Dim returns d.
	Dim() int

	// LogProb returns log p(x) = −U(x), up to a constant that does not depend
	// on x. It is −Inf outside the support. It panics if len(x) is not d.
	LogProb(x []float64) float64

	// ScoreInput stores the score ∇ₓ log p(x) = −∇U(x) in dst and returns it.
	// If dst is nil a new slice is allocated; otherwise its length must be d.
	// dst and x must not overlap.
	ScoreInput(dst, x []float64) []float64
}

// Moments is implemented by the densities whose mean and covariance are known, in
// closed form or by quadrature to near machine precision. A density whose
// moments are unknown, or do not exist, does not have these methods.
type Moments interface {
	// Mean stores E[x] in dst and returns it. If dst is nil a new slice is
	// allocated; otherwise its length must be d.
	Mean(dst []float64) []float64

	// CovarianceMatrix stores Cov[x] in dst, which must be empty or d×d.
	CovarianceMatrix(dst *mat.SymDense)
}

// Exact is implemented by the densities from which independent draws can be made,
// without a Markov chain.
type Exact interface {
	// Rand stores an independent draw in dst and returns it. If dst is nil a
	// new slice is allocated; otherwise its length must be d.
	Rand(rng *rand.Rand, dst []float64) []float64
}

// Joint is implemented by the densities that compute the log density and the score
// at a point faster together than one after the other.
type Joint interface {
	// LogProbScore stores ∇ log p(x) in dst, which must have length d, and
	// returns log p(x). dst and x must not overlap.
	LogProbScore(dst, x []float64) float64
}

// LogProbScore stores the score of d at x in dst and returns log p(x), in one
// pass where d is a Joint.
func LogProbScore(d Density, dst, x []float64) float64 {
	if j, ok := d.(Joint); ok {
		return j.LogProbScore(dst, x)
	}
	d.ScoreInput(dst, x)
	return d.LogProb(x)
}

// Additive is a posterior density over independent observations,
//
//	log p(x) = log prior(x) + Σᵢ ℓᵢ(x),  i = 0, …, n−1,
//
// which a stochastic-gradient sampler may subsample. With B a random subset of
// m of the n terms, ∇log prior(x) + (n/m) Σ_{i∈B} ∇ℓᵢ(x) is an unbiased
// estimate of the score; its variance falls when the same subset's score at a
// fixed point near the mode is subtracted and the full sum there is added.
type Additive interface {
	Density

	// Terms returns n.
	Terms() int

	// PriorScore stores ∇ log prior(x) in dst and returns it, as ScoreInput.
	PriorScore(dst, x []float64) []float64

	// TermsScore stores Σ ∇ℓᵢ(x), over the terms i in rows, in dst and returns
	// it, as ScoreInput. A term that is named twice counts twice.
	TermsScore(dst, x []float64, rows []int) []float64
}

// Misuse that panics.
const (
	badShape  = "density: matrix is not empty and its size is not the dimension of the density"
	badIndex  = "density: coordinates are missing, out of range or not ascending"
	noWorkers = "density: number of workers is not positive"
)

const check = arg.Checker("density")

// variance returns an error unless v and 1/v are positive and finite.
func variance(name string, v float64) error {
	if !(v > 0 && isFinite(v) && isFinite(1/v)) {
		return check.Errorf(name, "= %v is not in the range of floating-point numbers: it and its inverse must be positive and finite", v)
	}
	return nil
}

func isFinite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }

// store copies the values to dst, newly allocated if nil, and returns it.
func store(dst []float64, values ...float64) []float64 {
	dst = check.Reuse(dst, len(values))
	copy(dst, values)
	return dst
}

// storeDiagonal stores the diagonal matrix of the values in dst, which must be
// empty or of that size.
func storeDiagonal(dst *mat.SymDense, values ...float64) {
	check.ReuseSym(dst, len(values))
	dst.Zero()
	for i, v := range values {
		dst.SetSym(i, i, v)
	}
}
