package metric

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"natspike/pkg/density"
)

// A Geometry chooses the metric D for a target. The zero value is Naive. Two
// geometries are equal if they choose the same power of Σ, or hold the same
// Metric.
type Geometry struct {
	power float64 // D = Σ^power, unless fixed is given
	fixed Metric
}

var (
	// Naive is D = I: every direction alike, whatever the target.
	Naive = Geometry{}

	// Natural is D = Σ, B = Σ^½, the symmetric root: the natural gradient, as
	// Σ⁻¹ is the Fisher information of the mean of N(μ, Σ). Every mode of
	// Langevin dynamics on a Gaussian then decays at rate 1.
	Natural = Geometry{power: 1}
)

// Power returns D = Σˢ, B = Σ^(s/2). Naive is Power(0) and Natural is Power(1).
func Power(s float64) Geometry { return Geometry{power: s} }

// Fixed returns the geometry that is m for every target. It panics if m is nil.
func Fixed(m Metric) Geometry {
	check.NotNil("Metric", m)
	if !reflect.ValueOf(m).Comparable() {
		m = &struct{ Metric }{m} // so that geometries can be compared
	}
	return Geometry{fixed: m}
}

// Exponent returns s for D = Σˢ. It reports false for Fixed.
func (g Geometry) Exponent() (s float64, ok bool) { return g.power, g.fixed == nil }

// String returns "naive", "natural", "Σ^0.5" or "fixed".
func (g Geometry) String() string {
	switch {
	case g.fixed != nil:
		return "fixed"
	case g.power == 0:
		return "naive"
	case g.power == 1:
		return "natural"
	}
	return fmt.Sprintf("Σ^%g", g.power)
}

// Parse reads what String writes: "naive", "natural", or "Σ^s" with a finite
// number s, for which "s" alone will do. It cannot read "fixed".
func Parse(text string) (Geometry, error) {
	switch text {
	case "naive":
		return Naive, nil
	case "natural":
		return Natural, nil
	}
	s, err := strconv.ParseFloat(strings.TrimPrefix(text, "Σ^"), 64)
	if err != nil || math.IsNaN(s) || math.IsInf(s, 0) {
		return Geometry{}, check.Errorf("geometry", `= %q is none of "naive", "natural" and a power of Σ such as "0.5"`, text)
	}
	return Power(s), nil
}

// A Target has a dimension. Every density.Density is one. Those that know their
// covariance have a natural metric.
type Target interface{ Dim() int }

// Of returns the metric for the target p. A geometry other than Naive and Fixed
// needs the target's covariance: p must be a *density.Gaussian, or have the
// methods of density.Moments. Of refuses a target without, a covariance that is
// not positive definite, a power that is not finite or that leaves the range of
// floating-point numbers, and a fixed metric of another dimension. It panics if
// p is nil.
func (g Geometry) Of(p Target) (Metric, error) {
	check.NotNil("target", p)
	n := p.Dim()
	switch {
	case n < 1:
		return nil, check.Errorf("target", "has dimension %d, which is less than 1", n)
	case g.fixed != nil:
		if d, _ := g.fixed.Dims(); d != n {
			return nil, check.Errorf("metric", "has dimension %d, the target %d", d, n)
		}
		return g.fixed, nil
	case g.power == 0:
		return Identity(n), nil
	}
	gaussian, ok := p.(*density.Gaussian)
	if !ok {
		moments, ok := p.(density.Moments)
		if !ok {
			return nil, check.Errorf("geometry", "= %v needs the covariance of the target, which %T does not know; give Naive, or Fixed with a metric of your own", g, p)
		}
		var err error
		if gaussian, err = density.FromMoments(moments); err != nil {
			return nil, check.Errorf("geometry", "= %v: %v", g, err)
		}
	}
	root, err := gaussian.Pow(g.power / 2)
	if err != nil {
		return nil, check.Errorf("geometry", "= %v: %v", g, err)
	}
	diffusion, err := gaussian.Pow(g.power)
	if err != nil {
		return nil, check.Errorf("geometry", "= %v: %v", g, err)
	}
	return &symmetric{n, g, root, diffusion}, nil
}

// symmetric is a symmetric B, by its product and that of D = B² with a vector.
type symmetric struct {
	n               int
	g               Geometry
	root, diffusion func(dst, x []float64)
}

func (m *symmetric) Dims() (state, noise int) { return m.n, m.n }
func (m *symmetric) String() string           { return m.g.String() }
func (m *symmetric) Mul(dst, x []float64) {
	checkLengths(dst, x, m.n, m.n)
	m.root(dst, x)
}
func (m *symmetric) MulTrans(dst, x []float64) { m.Mul(dst, x) }
func (m *symmetric) MulDiffusion(dst, x []float64) {
	checkLengths(dst, x, m.n, m.n)
	m.diffusion(dst, x)
}
