package spiking

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// A Geometry is the metric in which a network moves: the symmetric positive
// semi-definite diffusion matrix D = BBᵀ of the complete recipe, by its root B.
//
// In a Balanced network D enters the dynamics that the voltages track and the
// decoder Γ is what it is. In the probabilistic networks it shapes the decoder:
// Γ = BA, so that jumps are drawn to the scale of the target along every
// direction. The zero value is Naive.
type Geometry struct {
	power float64    // D = Σ^power, unless root is given
	root  mat.Matrix // B
}

var (
	// Naive is D = I: every direction alike, whatever the target.
	Naive = Geometry{}

	// Natural is D = Σ, B = Σ^½, the symmetric root: the natural gradient, as
	// Σ⁻¹ is the Fisher information of the mean of N(μ, Σ).
	Natural = Geometry{power: 1}
)

// Power returns D = Σˢ, B = Σ^(s/2): Naive is Power(0), Natural Power(1), and
// what lies between is part of the way.
func Power(s float64) Geometry { return Geometry{power: s} }

// Custom returns D = BBᵀ for the user's own B, p×p. It need not be symmetric,
// triangular or invertible.
func Custom(b mat.Matrix) Geometry { return Geometry{root: b} }

// String returns "naive", "natural", "Σ^0.5" or "custom".
func (g Geometry) String() string {
	switch {
	case g.root != nil:
		return "custom"
	case g.power == 0:
		return "naive"
	case g.power == 1:
		return "natural"
	}
	return fmt.Sprintf("Σ^%g", g.power)
}

// ParseGeometry reads what String writes: "naive", "natural", or "Σ^s" with a
// number s, for which "s" alone will do.
func ParseGeometry(text string) (Geometry, error) {
	switch text {
	case "naive":
		return Naive, nil
	case "natural":
		return Natural, nil
	}
	s, err := strconv.ParseFloat(strings.TrimPrefix(text, "Σ^"), 64)
	if err != nil || math.IsNaN(s) || math.IsInf(s, 0) {
		return Geometry{}, configErrorf("Geometry", `= %q is none of "naive", "natural" and a power of Σ such as "0.5"`, text)
	}
	return Power(s), nil
}

// Root returns B for the covariance Σ. It refuses a Σ that is not symmetric
// positive definite and a B whose shape is another.
func (g Geometry) Root(sigma mat.Symmetric) (*mat.Dense, error) {
	c, err := newCovariance(sigma)
	if err != nil {
		return nil, err
	}
	b, err := g.rootOf(c)
	if err != nil {
		return nil, err
	}
	return mat.NewDense(c.p, c.p, b), nil
}

// rootOf returns B by rows.
func (g Geometry) rootOf(c *covariance) ([]float64, error) {
	if g.root != nil {
		return checkMatrix("Geometry", g.root, c.p, c.p)
	}
	if math.IsNaN(g.power) || math.IsInf(g.power, 0) {
		return nil, configErrorf("Geometry", "is Power(%v), which is not finite", g.power)
	}
	return c.power(g.power / 2), nil
}

// identity says whether B = I exactly.
func (g Geometry) identity() bool { return g.root == nil && g.power == 0 }

// A covariance is a symmetric positive definite matrix Σ = Q diag(λ) Qᵀ.
type covariance struct {
	p               int
	values, vectors []float64 // λ ascending, Q by rows
}

// newCovariance refuses a matrix that is not symmetric positive definite.
func newCovariance(sigma mat.Symmetric) (*covariance, error) {
	const field = "Covariance"
	a, err := checkMatrix(field, sigma, -1, -1)
	if err != nil {
		return nil, err
	}
	p := sigma.SymmetricDim()
	for i := range p {
		for j := range i {
			if a[i*p+j] != a[j*p+i] {
				return nil, configErrorf(field, "is not symmetric: entry (%d, %d) is %v and entry (%d, %d) is %v", i, j, a[i*p+j], j, i, a[j*p+i])
			}
		}
	}
	if row, pivot := portable.Cholesky(make([]float64, p*p), a, p); row >= 0 {
		return nil, configErrorf(field, "is not positive definite: the pivot of row %d is %v, which must be positive", row, pivot)
	}
	c := &covariance{p: p, values: make([]float64, p), vectors: make([]float64, p*p)}
	portable.EigenSym(c.values, c.vectors, a, p)
	if !(c.values[0] > 0) {
		return nil, configErrorf(field, "is singular to working precision: its smallest eigenvalue is %v beside a largest of %v", c.values[0], c.values[p-1])
	}
	return c, nil
}

// spectrum returns λˢ.
func (c *covariance) spectrum(s float64) []float64 {
	out := make([]float64, c.p)
	for k, v := range c.values {
		switch s {
		case 0:
			out[k] = 1
		case 1:
			out[k] = v
		case 0.5:
			out[k] = math.Sqrt(v)
		case -1:
			out[k] = 1 / v
		default:
			out[k] = portable.Exp(s * portable.Log(v))
		}
	}
	return out
}

// power returns Σˢ = Q diag(λˢ) Qᵀ by rows, symmetric to the last bit.
func (c *covariance) power(s float64) []float64 {
	p := c.p
	out := make([]float64, p*p)
	if s == 0 {
		for i := range p {
			out[i*p+i] = 1
		}
		return out
	}
	scaled := make([]float64, p*p)
	for k, f := range c.spectrum(s) {
		for i := range p {
			scaled[i*p+k] = f * c.vectors[i*p+k]
		}
	}
	for i := range p {
		for j := range i + 1 {
			out[i*p+j] = portable.Dot(scaled[i*p:(i+1)*p], c.vectors[j*p:(j+1)*p])
			out[j*p+i] = out[i*p+j]
		}
	}
	return out
}

// multiply stores XY in dst, all p×p by rows.
func multiply(dst, x, y []float64, p int) {
	for i := range p {
		portable.MulTransVec(dst[i*p:(i+1)*p], y, x[i*p:(i+1)*p])
	}
}

// transpose returns the transpose of a, rows×cols.
func transpose(a []float64, rows, cols int) []float64 {
	t := make([]float64, len(a))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = a[i*cols+j]
		}
	}
	return t
}
