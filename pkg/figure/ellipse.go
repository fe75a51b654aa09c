package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/vg"
)

// Ellipse draws a contour of the two-dimensional Gaussian with the given mean and
// covariance: the boundary (x−μ)ᵀΣ⁻¹(x−μ) = −2 ln(1−mass) of the region of highest
// density that holds the given fraction of the mass.
func (p *Panel) Ellipse(label string, mean []float64, cov mat.Symmetric, mass float64, style ...Style) *Panel {
	if !p.finite("Ellipse", label, "mean", mean) {
		return p
	}
	if cov == nil || len(mean) != 2 || cov.SymmetricDim() != 2 {
		return p.fail(fmt.Sprintf("Ellipse %q", label), "needs a mean and a covariance of 2 dimensions")
	}
	if !(mass > 0 && mass < 1) {
		return p.fail(of("Ellipse", label, "mass"), "= %v is outside (0, 1)", mass)
	}
	// x = μ + r·L(cos t, sin t) with Σ = LLᵀ.
	a, b, d := cov.At(0, 0), cov.At(0, 1), cov.At(1, 1)
	l00 := math.Sqrt(a)
	l10 := b / l00
	l11 := math.Sqrt(d - float64(l10*l10))
	if !(l00 > 0 && l11 > 0) || !finite(l00+l10+l11) {
		return p.fail(of("Ellipse", label, "covariance"), "= [%v %v; %v %v] is not positive definite", a, b, b, d)
	}
	r := math.Sqrt(-2 * math.Log1p(-mass))
	const n = 180
	x, y := make([]float64, n+1), make([]float64, n+1)
	for i := range x {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%n) / n)
		x[i] = mean[0] + float64(r*l00*cos)
		y[i] = mean[1] + r*(float64(l10*cos)+float64(l11*sin))
	}
	if !p.series("Ellipse", label, x, y) { // it is too large
		return p
	}
	return p.add(drawFunc(func(a *area, s Style) {
		pts := make([]vg.Point, len(x))
		for i := range pts {
			pts[i] = a.point(x[i], y[i])
		}
		fillPolygon(a, fade(s.ink(), 0.08), pts)
		stroke(a, s, pts)
	}), loose(spanOf(x)), loose(spanOf(y)), p.style("Ellipse", label, style), label, lineEntry)
}
