package density

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// Mixture is a finite mixture of Gaussians,
//
//	p(x) = Σₖ wₖ N(x; μₖ, Σₖ),  ∇ log p(x) = −Σₖ rₖ(x) Σₖ⁻¹(x−μₖ),
//
// where rₖ(x) = wₖ N(x; μₖ, Σₖ)/p(x) is the responsibility of part k for x.
// LogProb is normalised; sums of exponentials are taken relative to the
// largest, so that nothing underflows far from every part.
type Mixture struct {
	weights, logWeights []float64
	parts               []*Gaussian
}

// NewMixture returns the mixture of the parts with the given weights, which it
// divides by their sum.
//
// It refuses a mixture of no parts, a number of weights that is not the number of
// parts, parts of different dimensions, a weight that is not positive and finite, and
// parts so far apart that the variance overflows. It panics if a part is nil.
func NewMixture(weights []float64, parts []*Gaussian) (*Mixture, error) {
	if len(parts) == 0 {
		return nil, check.Errorf("parts", "are none; at least one is needed")
	}
	if len(weights) != len(parts) {
		return nil, check.Errorf("weights", "have length %d, the parts %d", len(weights), len(parts))
	}
	m := &Mixture{parts: append([]*Gaussian(nil), parts...)}
	sum := 0.0
	for k, w := range weights {
		if err := check.Positive(fmt.Sprintf("weights[%d]", k), w, ""); err != nil {
			return nil, err
		}
		check.NotNil("part of a mixture", parts[k])
		if d, want := parts[k].Dim(), parts[0].Dim(); d != want {
			return nil, check.Errorf(fmt.Sprintf("parts[%d]", k), "has dimension %d, the first %d", d, want)
		}
		sum += w
	}
	if err := check.Finite("sum of weights", sum); err != nil {
		return nil, err
	}
	for _, w := range weights {
		m.weights = append(m.weights, w/sum)
		m.logWeights = append(m.logWeights, portable.Log(w)-portable.Log(sum))
	}
	mean := m.Mean(nil)
	for i := range mean {
		if v := m.covarianceAt(mean, i, i); !isFinite(v) {
			return nil, check.Errorf("parts", "are too far apart: the variance of coordinate %d is %v", i, v)
		}
	}
	return m, nil
}

// String returns the weights and the parts.
func (m *Mixture) String() string {
	const shown = 4
	var b strings.Builder
	fmt.Fprintf(&b, "mixture of %d: ", len(m.parts))
	for k, g := range m.parts[:min(shown, len(m.parts))] {
		if k > 0 {
			b.WriteString(" + ")
		}
		fmt.Fprintf(&b, "%.4g·%v", m.weights[k], g)
	}
	if len(m.parts) > shown {
		b.WriteString(" + …")
	}
	return b.String()
}

// Dim returns d.
func (m *Mixture) Dim() int { return m.parts[0].Dim() }

// Parts returns the number of parts.
func (m *Mixture) Parts() int { return len(m.parts) }

// Part returns part k and its weight.
func (m *Mixture) Part(k int) (*Gaussian, float64) { return m.parts[k], m.weights[k] }

// LogProb returns log p(x), normalised.
func (m *Mixture) LogProb(x []float64) float64 { return m.sum(nil, x) }

// ScoreInput stores ∇ log p(x) in dst and returns it.
func (m *Mixture) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, m.Dim())
	dst = check.Reuse(dst, len(x))
	m.sum(dst, x)
	return dst
}

// LogProbScore stores ∇ log p(x) in dst and returns log p(x).
func (m *Mixture) LogProbScore(dst, x []float64) float64 {
	check.Length("dst", dst, m.Dim())
	return m.sum(dst, x)
}

// sum returns log p(x) and, unless dst is nil, stores ∇ log p(x) in dst.
func (m *Mixture) sum(dst, x []float64) float64 {
	clear(dst)
	// dst and sum are in units of the largest term so far.
	top, sum := math.Inf(-1), 0.0
	for k, g := range m.parts {
		l := m.logWeights[k] + g.LogProb(x)
		r := 1.0
		if l > top {
			shrink := portable.Exp(top - l)
			if shrink == 0 {
				clear(dst) // an infinite score times 0 would be NaN
			}
			scale(dst, shrink)
			sum = float64(sum * shrink)
			top = l
		} else if l < top {
			r = portable.Exp(l - top)
		}
		sum += r
		if dst != nil && r > 0 {
			g.cov.addScore(dst, x, g.mean, r)
		}
	}
	scale(dst, 1/sum)
	return top + portable.Log(sum)
}

// Responsibilities stores in dst, of length Parts or nil, the probability rₖ(x)
// that x was drawn from part k, and returns it.
func (m *Mixture) Responsibilities(dst, x []float64) []float64 {
	dst = check.Reuse(dst, len(m.parts))
	top := math.Inf(-1)
	for k, g := range m.parts {
		dst[k] = m.logWeights[k] + g.LogProb(x)
		top = max(top, dst[k])
	}
	sum := 0.0
	for k, l := range dst {
		dst[k] = portable.Exp(l - top)
		sum += dst[k]
	}
	scale(dst, 1/sum)
	return dst
}

// Mean stores Σₖ wₖ μₖ in dst and returns it.
func (m *Mixture) Mean(dst []float64) []float64 {
	dst = check.Reuse(dst, m.Dim())
	clear(dst)
	for k, g := range m.parts {
		portable.Axpy(m.weights[k], g.mean, dst)
	}
	return dst
}

// CovarianceMatrix stores Σₖ wₖ [Σₖ + (μₖ−μ)(μₖ−μ)ᵀ], μ the mean, in dst, which
// must be empty or d×d.
func (m *Mixture) CovarianceMatrix(dst *mat.SymDense) {
	n := m.Dim()
	check.ReuseSym(dst, n)
	mean := m.Mean(nil)
	for i := range n {
		for j := i; j < n; j++ {
			dst.SetSym(i, j, m.covarianceAt(mean, i, j))
		}
	}
}

func (m *Mixture) covarianceAt(mean []float64, i, j int) (sum float64) {
	for k, g := range m.parts {
		between := float64((g.mean[i] - mean[i]) * (g.mean[j] - mean[j]))
		sum += float64(m.weights[k] * (g.cov.at(i, j) + between))
	}
	return sum
}

// Rand stores in dst an independent draw, from a part chosen by its weight, and
// returns it.
func (m *Mixture) Rand(rng *rand.Rand, dst []float64) []float64 {
	u := rng.Float64()
	k := 0
	for k < len(m.parts)-1 && u >= m.weights[k] {
		u -= m.weights[k]
		k++
	}
	return m.parts[k].Rand(rng, dst)
}

// Marginal returns the mixture's marginal over the coordinates named, as
// Gaussian.Marginal.
func (m *Mixture) Marginal(coords ...int) *Mixture {
	marginal := &Mixture{weights: m.weights, logWeights: m.logWeights}
	for _, g := range m.parts {
		marginal.parts = append(marginal.parts, g.Marginal(coords...))
	}
	return marginal
}

// scale multiplies x by a.
func scale(x []float64, a float64) {
	for i := range x {
		x[i] = float64(x[i] * a)
	}
}
