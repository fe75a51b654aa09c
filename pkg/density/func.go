package density

import (
	"fmt"
	"math"

	"natspike/pkg/internal/derivative"
)

// Func is the density p(x) ∝ exp[−U(x)] of a potential U that the user gives.
// LogProb is −U(x), not normalised; ScoreInput is −∇U(x).
type Func struct {
	dim   int
	u     func(x []float64) float64
	gradU func(dst, x []float64)
}

// NewFunc returns the density on ℝᵈ, d = dim, with potential u, where gradU
// stores ∇U(x) in dst, which has length d. Neither may change x or keep it, and
// both must be safe to call from several goroutines if several chains share the
// density. U may be +Inf, where the density is zero.
//
// It refuses dim < 1 and panics if a function is nil. It does not check the
// gradient: call CheckGradient, at a few points where the sampler will go, before you
// trust it.
func NewFunc(dim int, u func(x []float64) float64, gradU func(dst, x []float64)) (*Func, error) {
	check.NotNil("potential", u)
	check.NotNil("gradient of the potential", gradU)
	if err := check.AtLeast("dimension", dim, 1); err != nil {
		return nil, err
	}
	return &Func{dim, u, gradU}, nil
}

// Dim returns d.
func (f *Func) Dim() int { return f.dim }

// LogProb returns −U(x).
func (f *Func) LogProb(x []float64) float64 {
	check.Length("x", x, f.dim)
	return -f.u(x)
}

// ScoreInput stores −∇U(x) in dst and returns it.
func (f *Func) ScoreInput(dst, x []float64) []float64 {
	check.Length("x", x, f.dim)
	dst = check.Reuse(dst, f.dim)
	f.gradU(dst, x)
	for i, v := range dst {
		dst[i] = -v
	}
	return dst
}

// String returns what the density is, in words.
func (f *Func) String() string {
	return fmt.Sprintf("density on ℝ^%d with a potential of the user's own", f.dim)
}

// A Comparison sets one coordinate of a score beside the derivative of the log
// density.
type Comparison struct {
	Coord       int       // the coordinate, counted from zero
	Point       []float64 // x
	Analytic    float64   // what ScoreInput gave there
	Numeric     float64   // the derivative of LogProb, from finite differences
	Uncertainty float64   // estimated error of Numeric; large where LogProb is not smooth
	Allowed     float64   // how far the two may be apart
}

// Off returns the distance of the two.
func (c *Comparison) Off() float64 {
	if c.Analytic == c.Numeric {
		return 0
	}
	return math.Abs(c.Analytic - c.Numeric)
}

// Holds reports whether the two agree.
func (c *Comparison) Holds() bool { return c.Off() <= c.Allowed }

// A GradientError reports a score that is not the derivative of the log
// density.
type GradientError struct{ Comparison }

func (e *GradientError) Error() string {
	return fmt.Sprintf("density: score[%d] at x = %v is %v, but the finite difference of the log density is %v ± %.1g",
		e.Coord, e.Point, e.Analytic, e.Numeric, e.Uncertainty)
}

// CheckGradient compares d's score with finite differences of its log density
// at each of the points given. It returns nil if they agree, and otherwise a
// *GradientError for the point and coordinate where they are furthest apart.
//
// The differences are central, extrapolated to step zero, and usually good to ten
// digits. Their steps suit the length over which log p changes by about one half,
// in whatever unit x is. Score and difference must agree to one part in 10⁶ of how
// steeply LogProb varies over that length, and may differ by up to one part in 10⁴
// only where the extrapolation itself does not settle.
//
// It refuses an empty list of points, a point of the wrong length, and one where the
// log density is not finite. It panics if d is nil.
func CheckGradient(d Density, at [][]float64) error {
	worst, err := CompareGradient(d, at)
	if err == nil && !worst.Holds() {
		err = &GradientError{worst}
	}
	return err
}

// CompareGradient returns the comparison of CheckGradient at the point and
// coordinate where score and difference are furthest apart, whether they agree
// there or not. It refuses what CheckGradient refuses.
func CompareGradient(d Density, at [][]float64) (worst Comparison, err error) {
	if len(at) == 0 {
		return worst, check.Errorf("points", "are none; at least one is needed")
	}
	check.NotNil("Density", d)
	n := d.Dim()
	score, x := make([]float64, n), make([]float64, n)
	for k, point := range at {
		if len(point) != n {
			return worst, check.Errorf(fmt.Sprintf("point %d", k), "has length %d, want %d", len(point), n)
		}
		copy(x, point)
		here := d.LogProb(x)
		if !isFinite(here) {
			return worst, check.Errorf("log density", "at x = %v is %v, which is not finite", point, here)
		}
		for i := range score {
			score[i] = math.NaN() // so that an entry that is not written shows
		}
		d.ScoreInput(score, x)
		for i := range n {
			f := func(t float64) float64 {
				x[i] = t
				return d.LogProb(x)
			}
			change := func(h float64) (up, down float64) {
				return math.Abs(f(point[i]+h) - here), math.Abs(f(point[i]-h) - here)
			}
			h := derivative.StepWithin(point[i], func(h float64) float64 {
				up, down := change(h)
				return up + down
			})
			c := Comparison{Coord: i, Point: append([]float64(nil), point...), Analytic: score[i]}
			c.Numeric, c.Uncertainty = derivative.Of(f, point[i], h)
			steepness := math.Max(change(h)) / h
			c.Allowed = float64(1e-6*steepness) + math.Min(10*c.Uncertainty, 1e-4*steepness)
			x[i] = point[i]
			if worst.Point == nil || derivative.Relative(c.Off(), c.Allowed) > derivative.Relative(worst.Off(), worst.Allowed) {
				worst = c
			}
		}
	}
	return worst, nil
}
