package metric_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/metric"
)

// TestGeometryOfMoments: a density with moments has the natural metric of its
// covariance.
func TestGeometryOfMoments(t *testing.T) {
	narrow, wide := must(density.Equicorrelated(3, 0.5, 0.2)), must(density.Equicorrelated(3, -0.2, 4))
	mixture := must(density.NewMixture([]float64{1, 3}, []*density.Gaussian{narrow, must(wide.WithMean([]float64{3, 0, -1}))}))
	for name, p := range map[string]interface {
		density.Density
		density.Moments
	}{"mixture": mixture, "banana": density.NewBanana(), "eight schools": density.NewEightSchools()} {
		var sigma mat.SymDense
		p.CovarianceMatrix(&sigma)
		got := metric.Diffusion(must(metric.Natural.Of(p)))
		if !mat.EqualApprox(got, &sigma, 1e-13*mat.Max(&sigma)) {
			t.Errorf("%s: D is\n%.4v\nwant\n%.4v", name, mat.Formatted(got), mat.Formatted(&sigma))
		}
		if m := must(metric.Naive.Of(p)); !metric.IsIdentity(m) {
			t.Errorf("%s: the naive metric is %v", name, m)
		}
	}
}

func TestGeometryText(t *testing.T) {
	for _, c := range []struct {
		g    metric.Geometry
		text string
	}{
		{metric.Naive, "naive"}, {metric.Geometry{}, "naive"}, {metric.Power(0), "naive"},
		{metric.Natural, "natural"}, {metric.Power(1), "natural"},
		{metric.Power(0.5), "Σ^0.5"}, {metric.Power(-1), "Σ^-1"}, {metric.Power(1e-7), "Σ^1e-07"}, {metric.Power(1.0 / 3), "Σ^0.3333333333333333"},
	} {
		if c.g.String() != c.text {
			t.Errorf("%v prints as %q, want %q", c.g, c.g.String(), c.text)
		}
		if back, err := metric.Parse(c.text); err != nil || back != c.g {
			t.Errorf("Parse(%q) is %v, %v", c.text, back, err)
		}
	}
	if g, err := metric.Parse("0.25"); err != nil || g != metric.Power(0.25) {
		t.Errorf(`Parse("0.25") is %v, %v`, g, err)
	}
	for _, text := range []string{"", "Natural", "fixed", "Σ^", "Σ^NaN", "inf", "1e400"} {
		_, err := metric.Parse(text)
		var e *arg.Error
		if !errors.As(err, &e) || e.Package != "metric" || e.Name != "geometry" {
			t.Errorf("Parse(%q) gives the error %v", text, err)
		}
	}
}

func TestExponent(t *testing.T) {
	for g, want := range map[metric.Geometry]float64{metric.Naive: 0, metric.Natural: 1, metric.Power(-0.5): -0.5} {
		if s, ok := g.Exponent(); s != want || !ok {
			t.Errorf("exponent of %v is %v, %v", g, s, ok)
		}
	}
	if _, ok := metric.Fixed(metric.Identity(2)).Exponent(); ok {
		t.Error("a fixed metric has an exponent")
	}
}

// byValue is a metric that Go cannot compare.
type byValue []float64

func (b byValue) Dims() (state, noise int)  { return len(b), len(b) }
func (b byValue) Mul(dst, x []float64)      { copy(dst, x) }
func (b byValue) MulTrans(dst, x []float64) { copy(dst, x) }

func TestGeometriesCompare(t *testing.T) {
	a, b := must(metric.Diagonal([]float64{1, 2})), must(metric.Diagonal([]float64{1, 2}))
	if metric.Fixed(a) != metric.Fixed(a) || metric.Fixed(a) == metric.Fixed(b) || metric.Fixed(metric.Identity(2)) == metric.Naive {
		t.Error("fixed geometries are not equal if and only if they hold one metric")
	}
	g := metric.Fixed(byValue{1, 2})
	if g != g || g == metric.Fixed(byValue{1, 2}) || g.String() != "fixed" {
		t.Error("a metric that cannot be compared makes a geometry that cannot")
	}
	if n, _ := must(g.Of(must(density.Equicorrelated(2, 0, 1)))).Dims(); n != 2 {
		t.Error("a metric that cannot be compared is lost")
	}
}

// nowhere is a target without dimensions.
type nowhere struct{}

func (nowhere) Dim() int { return 0 }

func TestGeometryRefuses(t *testing.T) {
	gaussian := must(density.Equicorrelated(3, 0.5, 4))
	unknown := must(density.NewFunc(1, func(x []float64) float64 { return 0 }, func(dst, x []float64) {}))
	for _, c := range []struct {
		g    metric.Geometry
		p    metric.Target
		want string
	}{
		{metric.Naive, nowhere{}, "metric: target has dimension 0, which is less than 1"},
		{metric.Fixed(metric.Identity(2)), gaussian, "metric: metric has dimension 2, the target 3"},
		{metric.Natural, unknown, "metric: geometry = natural needs the covariance of the target, which *density.Func does not know; give Naive, or Fixed with a metric of your own"},
		{metric.Power(math.NaN()), gaussian, "metric: geometry = Σ^NaN: density: power = NaN of the eigenvalue 2 of Σ is NaN, which is not positive and finite"},
		{metric.Power(math.Inf(1)), gaussian, "metric: geometry = Σ^+Inf: density: power = +Inf of the eigenvalue 2 of Σ is +Inf, which is not positive and finite"},
		{metric.Power(5000), gaussian, "metric: geometry = Σ^5000: density: power = 2500 of the eigenvalue 2 of Σ is +Inf, which is not positive and finite"},
		{metric.Power(-5000), gaussian, "metric: geometry = Σ^-5000: density: power = -2500 of the eigenvalue 2 of Σ is 0, which is not positive and finite"},
	} {
		_, err := c.g.Of(c.p)
		if err == nil || err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", err, c.want)
		}
	}
	mustPanic(t, "no target", "metric: target is nil", func() { metric.Natural.Of(nil) })
	mustPanic(t, "no metric", "metric: Metric is nil", func() { metric.Fixed(nil) })
}
