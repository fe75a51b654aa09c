package density_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// A density on ℝ or ℝ² whose LogProb is normalised integrates to one, and its
// stated moments are its integrals, by Gauss–Legendre quadrature over a box that
// holds all but a negligible part of the mass.
func TestNormalisationAndMoments(t *testing.T) {
	racetest.Sequential(t)
	for _, c := range []struct {
		name  string
		d     density.Density
		low   []float64
		high  []float64
		nodes int
	}{
		{"Mixture", twoWells(), []float64{-12}, []float64{12}, 400},
		{"DoubleWell", must(density.NewDoubleWell(1, 1, 0)), []float64{-4}, []float64{4}, 200},
		{"DoubleWellTilted", must(density.NewDoubleWell(2, 3, -1.5)), []float64{-6}, []float64{6}, 200},
		{"DoubleWellSteep", must(density.NewDoubleWell(0.1, 500, 3)), []float64{-0.15}, []float64{0.15}, 600},
		{"DoubleWellShallow", must(density.NewDoubleWell(1, 1e-4, -2)), []float64{-40}, []float64{60}, 400},
		{"SkewedWell", must(density.NewSkewedWell(2, 1.5)), []float64{-35}, []float64{8}, 400},
		{"SkewedWellSoft", must(density.NewSkewedWell(0.4, -1)), []float64{-7}, []float64{110}, 1000},
		{"SkewedWellStiff", must(density.NewSkewedWell(1e6, 1)), []float64{-0.01}, []float64{0.01}, 400},
		{"Banana", must(density.NewBananaShape(1, -0.5, 0.3)), []float64{-9, -45}, []float64{9, 4}, 700},
		{"Crescent", density.NewCrescent(), []float64{-4.5, -4}, []float64{4.5, 7}, 300},
		{"Gaussian", must(density.NewGaussian([]float64{1, 2}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}))), []float64{-9, -12}, []float64{11, 16}, 200},
		{"Funnel", must(density.NewFunnelSize(2, 0.5)), []float64{-5, -45}, []float64{5, 45}, 900},
	} {
		n := len(c.low)
		nodes, weights := make([][]float64, n), make([][]float64, n)
		for i := range n {
			nodes[i], weights[i] = make([]float64, c.nodes), make([]float64, c.nodes)
			quad.Legendre{}.FixedLocations(nodes[i], weights[i], c.low[i], c.high[i])
		}
		mass, first, second := 0.0, make([]float64, n), mat.NewSymDense(n, nil)
		add := func(x []float64, w float64) {
			p := w * math.Exp(c.d.LogProb(x))
			mass += p
			for i := range n {
				first[i] += p * x[i]
			}
			second.SymRankOne(second, p, mat.NewVecDense(n, x))
		}
		for i, x := range nodes[0] {
			if n == 1 {
				add([]float64{x}, weights[0][i])
				continue
			}
			for j, y := range nodes[1] {
				add([]float64{x, y}, weights[0][i]*weights[1][j])
			}
		}
		if math.Abs(mass-1) > 1e-10 {
			t.Errorf("%s: the density integrates to 1%+.2g", c.name, mass-1)
		}
		m := c.d.(density.Moments)
		mean := m.Mean(nil)
		var cov mat.SymDense
		m.CovarianceMatrix(&cov)
		for i := range n {
			if math.Abs(first[i]-mean[i]) > 1e-9*math.Sqrt(cov.At(i, i)) {
				t.Errorf("%s: mean[%d] = %v, by quadrature %v", c.name, i, mean[i], first[i])
			}
			for j := range n {
				got := second.At(i, j) - first[i]*first[j]
				if math.Abs(got-cov.At(i, j)) > 1e-8*math.Sqrt(cov.At(i, i)*cov.At(j, j)) {
					t.Errorf("%s: covariance[%d][%d] = %v, by quadrature %v", c.name, i, j, cov.At(i, j), got)
				}
			}
		}
	}
}

// The defaults are those of the literature.
func TestDefaults(t *testing.T) {
	at := func(d density.Density, x ...float64) float64 { return d.LogProb(x) }
	normal := func(x, mean, sd float64) float64 {
		z := (x - mean) / sd
		return -z*z/2 - math.Log(sd) - math.Log(2*math.Pi)/2
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-11*(1+math.Abs(want)) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	near("banana", at(density.NewBanana(), 7, -4), normal(7, 0, 10)+normal(-4, 0.03*(49-100), 1))

	funnel := density.NewFunnel()
	x := []float64{-1.3, 0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, 0.8, 0.9}
	want := normal(x[0], 0, 3)
	for _, xi := range x[1:] {
		want += normal(xi, 0, math.Exp(x[0]/2))
	}
	near("funnel", at(funnel, x...), want)

	quartic := must(density.NewDoubleWell(1, 1, 0)) // θ⁴ − 2θ²
	near("double well", at(quartic, 0.3)-at(quartic, 1.7), -(0.3*0.3*0.3*0.3-2*0.3*0.3)+(1.7*1.7*1.7*1.7-2*1.7*1.7))
	tilted := must(density.NewDoubleWell(2, 5, 0.7))
	near("tilt", at(tilted, -2)-at(tilted, 2), 0.7)
	near("barrier", at(must(density.NewDoubleWell(2, 5, 0)), 2)-at(must(density.NewDoubleWell(2, 5, 0)), 0), 5)

	crescent := density.NewCrescent()
	u := func(a, b float64) float64 {
		return a*a*a*a/10 + (4*(b+1.2)-a*a)*(4*(b+1.2)-a*a)/2
	}
	near("crescent", at(crescent, 1, -1)-at(crescent, -2, 0.5), u(-2, 0.5)-u(1, -1))
}

// Where exp(−v) or a square overflows the funnel is −Inf or finite, not NaN.
func TestFunnelFarAway(t *testing.T) {
	f := density.NewFunnel()
	for _, v := range []float64{-2000, -800, 800, 2000} {
		for _, xi := range []float64{0, 1, 1e300} {
			x := []float64{v, 0, 0, 0, xi, 0, 0, 0, 0, 0}
			if l := f.LogProb(x); math.IsNaN(l) {
				t.Errorf("log density at v = %v, x = %v is NaN", v, xi)
			}
			for i, s := range f.ScoreInput(nil, x) {
				if math.IsNaN(s) {
					t.Errorf("score[%d] at v = %v, x = %v is NaN", i, v, xi)
				}
			}
		}
	}
}

// In the funnel, xᵢ exp(−v/2) of exact draws is standard normal. The standard
// error of a mean square over n draws is √(2/n).
func TestFunnelDraws(t *testing.T) {
	f := density.NewFunnel()
	rng := stream.New(7)
	x := make([]float64, 10)
	sum, wrong := 0.0, 0.0
	for range draws {
		f.Rand(rng, x)
		sum += x[4] * x[4] * math.Exp(-x[0])
		wrong += x[4] * x[4] * math.Exp(-0.8*x[0])
	}
	se := math.Sqrt(2.0 / draws)
	if z := (sum/draws - 1) / se; math.Abs(z) > zBound {
		t.Errorf("mean square %v, z = %.1f", sum/draws, z)
	}
	if z := (wrong/draws - 1) / se; math.Abs(z) < zBound { // its mean is exp(0.2²·9/2) = 1.197
		t.Errorf("draws scaled wrongly pass, z = %.1f", z)
	}
}

// The draws of the one-dimensional wells follow their distribution function, by
// quadrature of LogProb: Kolmogorov–Smirnov, where √n·D > 2.7 has probability
// 2exp(−2·2.7²) = 9e-7. As a negative control the draws of a well with
// parameters changed by 5 to 10% must fail.
func TestWellDraws(t *testing.T) {
	racetest.Sequential(t)
	const bound = 2.7
	for _, c := range []struct {
		name      string
		d, wrong  density.Exact
		low, high float64
	}{
		{"Symmetric", must(density.NewDoubleWell(1, 1, 0)), must(density.NewDoubleWell(1.05, 1, 0)), -4, 4},
		{"High", must(density.NewDoubleWell(1, 30, 1)), must(density.NewDoubleWell(1, 30, 1.1)), -2, 2},
		{"Tilted", must(density.NewDoubleWell(2, 3, -1.5)), must(density.NewDoubleWell(2, 2.85, -1.4)), -6, 6},
		{"Skewed", must(density.NewSkewedWell(2, 1.5)), must(density.NewSkewedWell(2, 1.58)), -40, 9},
		{"Soft", must(density.NewSkewedWell(0.4, -1)), must(density.NewSkewedWell(0.43, -1)), -8, 120},
	} {
		const cells = 1 << 15
		h := (c.high - c.low) / cells
		p := c.d.(density.Density)
		cdf := make([]float64, cells+1)
		for k := range cells { // midpoint rule
			cdf[k+1] = cdf[k] + h*math.Exp(p.LogProb([]float64{c.low + (float64(k)+0.5)*h}))
		}
		distance := func(e density.Exact) float64 {
			rng := stream.New(8)
			const n = draws
			x := make([]float64, n)
			for i := range x {
				e.Rand(rng, x[i:i+1])
			}
			slices.Sort(x)
			worst := 0.0
			for i, v := range x {
				u := (v - c.low) / h
				k := int(u)
				f := cdf[k] + (u-float64(k))*(cdf[k+1]-cdf[k])
				worst = max(worst, f-float64(i)/n, float64(i+1)/n-f)
			}
			return math.Sqrt(n) * worst
		}
		if d := distance(c.d); d > bound {
			t.Errorf("%s: √n·D = %.2f", c.name, d)
		}
		if d := distance(c.wrong); d < bound {
			t.Errorf("%s: draws of another well pass, √n·D = %.2f", c.name, d)
		}
	}
}

func TestShapesRefuse(t *testing.T) {
	racetest.Sequential(t)
	nan, inf := math.NaN(), math.Inf(1)
	const range_ = " of floating-point numbers: it and its inverse must be positive and finite"
	banana := func(sd, bend, width float64) error { _, err := density.NewBananaShape(sd, bend, width); return err }
	funnel := func(dim int, sd float64) error { _, err := density.NewFunnelSize(dim, sd); return err }
	double := func(a, barrier, tilt float64) error { _, err := density.NewDoubleWell(a, barrier, tilt); return err }
	skewed := func(shape, scale float64) error { _, err := density.NewSkewedWell(shape, scale); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{banana(0, 1, 1), "density: sd = 0 is not positive and finite"},
		{banana(1, nan, 1), "density: bend = NaN is not finite"},
		{banana(1, 1, inf), "density: width = +Inf is not positive and finite"},
		{banana(1.4e152, 0, 1), "density: sd = 1.4e+152 is so large that squares of draws overflow"},
		{banana(1e-154, 0.95e308, 1), "density: bend = 9.5e+307 is so large that the score overflows"},
		{funnel(1, 3), "density: dimension = 1 is less than 2"},
		{funnel(2, -3), "density: sd = -3 is not positive and finite"},
		{double(0, 1, 0), "density: a = 0 is not positive and finite"},
		{double(1, 0, 0), "density: barrier = 0 is outside [10⁻⁶, 10⁶]"},
		{double(1, 1, nan), "density: tilt = NaN is outside [−10⁶, 10⁶]"},
		{skewed(0, 1), "density: shape = 0 is not positive and finite"},
		{skewed(1, 0), "density: scale = 0 is zero or not finite"},
		{skewed(1, nan), "density: scale = NaN is zero or not finite"},
		{banana(1e160, 1, 1), "density: variance of x₁ = +Inf is not in the range" + range_},
		{banana(1e80, 1, 1), "density: variance of x₂ = +Inf is not in the range" + range_},
		{funnel(2, 40), "density: variance of xᵢ = +Inf is not in the range" + range_},
		{funnel(2, 1e-170), "density: variance of v = 0 is not in the range" + range_},
		{double(1e200, 1, 0), "density: variance = +Inf is not in the range" + range_},
		{double(1e-200, 1, 0), "density: variance = 0 is not in the range" + range_},
		{skewed(1e-160, 1), "density: variance = +Inf is not in the range" + range_},
		{skewed(1, 1e-170), "density: variance = 0 is not in the range" + range_},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", c.err, c.want)
		}
	}
	// The largest of the numbers allowed.
	for what, err := range map[string]error{
		"s": banana(1.3e152, 0, 1), "b": banana(1e-154, 0.85e308, 1), "B": double(1, 1e6, 0), "T": double(1, 1, 1e6), "−T": double(1, 1, -1e6), "the least B": double(1, 1e-6, 0),
	} {
		if err != nil {
			t.Errorf("%s at its limit: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"B": double(1, 1.01e6, 0), "T": double(1, 1, 1.01e6), "−T": double(1, 1, -1.01e6), "the least B": double(1, 0.99e-6, 0),
	} {
		if err == nil {
			t.Errorf("%s beyond its limit is accepted", what)
		}
	}
}
