package density_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// A candidate is a density that must keep the contract of the package.
type candidate struct {
	name string
	d    density.Density
	// points is where to evaluate it; exact draws if nil.
	points func(rng *rand.Rand) []float64
	// heavy marks a density whose squares have no usable standard error.
	heavy bool
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// covariance3 has a condition number of about 50.
var covariance3 = mat.NewSymDense(3, []float64{4, 1.2, -0.5, 1.2, 1, 0.3, -0.5, 0.3, 0.7})

func candidates() []candidate {
	gaussian := must(density.NewGaussian([]float64{1, -2, 0.5}, covariance3))
	x, y := simulated(stream.Key{Seed: 1, Purpose: stream.Data}.Rand(), 70, 5)
	return []candidate{
		{name: "Gaussian", d: gaussian},
		{name: "Normal", d: must(density.NewNormal(3, 0.2))},
		{name: "Equicorrelated", d: must(density.Equicorrelated(10, 0.75, 2))},
		{name: "EquicorrelatedNegative", d: must(density.Equicorrelated(7, -0.15, 0.5))},
		{name: "Mixture", d: must(density.NewMixture([]float64{1, 3}, []*density.Gaussian{
			gaussian, must(must(density.Equicorrelated(3, 0.5, 0.3)).WithMean([]float64{-1, 0, 2}))}))},
		{name: "Banana", d: density.NewBanana()},
		{name: "BananaShape", d: must(density.NewBananaShape(1, -0.5, 0.3))},
		{name: "Crescent", d: density.NewCrescent()},
		{name: "Funnel", d: density.NewFunnel(), heavy: true},
		{name: "FunnelSize", d: must(density.NewFunnelSize(3, 1))},
		{name: "DoubleWell", d: must(density.NewDoubleWell(1, 1, 0))},
		{name: "DoubleWellTilted", d: must(density.NewDoubleWell(2, 3, -1.5))},
		{name: "SkewedWell", d: must(density.NewSkewedWell(2, 1.5))},
		{name: "SkewedWellSoft", d: must(density.NewSkewedWell(0.4, -1))},
		{name: "EightSchools", d: density.NewEightSchools()},
		{name: "Logistic", d: must(density.NewLogistic(x, y, 2)), points: normals(5)},
		{name: "Rosenbrock", d: must(density.NewRosenbrock(3, 0.4))},
		{name: "ItemResponse", d: itemResponse(7, 5), points: normals(13)},
		{name: "BrownianMotion", d: must(density.NewBrownianMotion([]float64{0.2, math.NaN(), -0.3, 0.1})), points: normals(6)},
		{name: "Func", d: quadratic(), points: normals(2)},
	}
}

// normals returns a function that draws standard normal points.
func normals(d int) func(rng *rand.Rand) []float64 {
	return func(rng *rand.Rand) []float64 {
		x := make([]float64, d)
		stream.Normals(rng, x)
		return x
	}
}

// itemResponse has every student answer every question, a third of them right.
func itemResponse(students, questions int) *density.ItemResponse {
	var student, question []int
	var y []float64
	for k := range students * questions {
		student, question, y = append(student, k/questions), append(question, k%questions), append(y, float64(k%3%2))
	}
	return must(density.NewItemResponse(students, questions, student, question, y))
}

// quadratic is U(x) = x₀²/2 + x₀x₁ + x₁² as a user would write it.
func quadratic() *density.Func {
	return must(density.NewFunc(2,
		func(x []float64) float64 { return x[0]*x[0]/2 + x[0]*x[1] + x[1]*x[1] },
		func(dst, x []float64) { dst[0], dst[1] = x[0]+x[1], x[0]+2*x[1] }))
}

func (c candidate) point(rng *rand.Rand) []float64 {
	if c.points != nil {
		return c.points(rng)
	}
	return c.d.(density.Exact).Rand(rng, nil)
}

func TestContract(t *testing.T) {
	for _, c := range candidates() {
		rng := stream.Key{Seed: 1, Purpose: stream.Start}.Rand()
		var points [][]float64
		for range 20 {
			points = append(points, c.point(rng))
		}
		t.Run(c.name, func(t *testing.T) { checkCalls(t, c.d, points) })
		t.Run(c.name+", values", func(t *testing.T) {
			racetest.Sequential(t)
			if err := density.CheckGradient(c.d, points); err != nil {
				t.Error(err)
			}
			if e, ok := c.d.(density.Exact); ok {
				checkStein(t, c, e)
				if m, ok := c.d.(density.Moments); ok {
					checkMoments(t, c, m, e)
				}
			}
		})
		t.Run(c.name+", wrong gradient is caught", func(t *testing.T) {
			racetest.Sequential(t)
			for i := range c.d.Dim() {
				var e *density.GradientError
				if err := density.CheckGradient(bent{c.d, i}, points); !errors.As(err, &e) || e.Coord != i {
					t.Errorf("a score with an error of 0.1%% in coordinate %d passed: %v", i, err)
				}
			}
		})
	}
}

// Every density prints as what it is.
func TestStrings(t *testing.T) {
	want := map[string]string{
		"Gaussian":               "N([1 -2 0.5], [[4 1.2 -0.5][1.2 1 0.3][-0.5 0.3 0.7]]) on ℝ^3",
		"Normal":                 "N(3, 0.04)",
		"Equicorrelated":         "N(0, 0.5·I + 1.5·11ᵀ) on ℝ^10",
		"EquicorrelatedNegative": "N(0, 0.575·I + -0.075·11ᵀ) on ℝ^7",
		"Mixture":                "mixture of 2: 0.25·N([1 -2 0.5], [[4 1.2 -0.5][1.2 1 0.3][-0.5 0.3 0.7]]) on ℝ^3 + 0.75·N([-1 0 2], 0.15·I + 0.15·11ᵀ) on ℝ^3",
		"Banana":                 "banana, s = 10, b = 0.03, w = 1",
		"BananaShape":            "banana, s = 1, b = -0.5, w = 0.3",
		"Crescent":               "crescent",
		"Funnel":                 "funnel on ℝ^10, s = 3",
		"FunnelSize":             "funnel on ℝ^3, s = 1",
		"DoubleWell":             "double well, a = 1, B = 1, T = 0",
		"DoubleWellTilted":       "double well, a = 2, B = 3, T = -1.5",
		"SkewedWell":             "skewed well, k = 2, s = 1.5",
		"SkewedWellSoft":         "skewed well, k = 0.4, s = -1",
		"EightSchools":           "eight schools",
		"Logistic":               "logistic regression of 70 observations on ℝ^5, β ~ N(0, 2²I)",
		"Rosenbrock":             "Rosenbrock on ℝ^6, w = 0.4",
		"ItemResponse":           "item response, 7 students, 5 questions, 35 answers",
		"BrownianMotion":         "Brownian motion of 4 steps, 3 of them seen",
		"Func":                   "density on ℝ^2 with a potential of the user's own",
	}
	for _, c := range candidates() {
		if got := fmt.Sprint(c.d); got != want[c.name] {
			t.Errorf("%s prints as %q, want %q", c.name, got, want[c.name])
		}
	}
	independent, _ := density.Exchangeable(3, 2, 0)
	if got := fmt.Sprint(independent); got != "N(0, 2·I) on ℝ^3" {
		t.Errorf("independent coordinates print as %q", got)
	}
	four := must(must(density.Exchangeable(4, 2, 0)).WithMean([]float64{1, 2, 3, 4}))
	five := must(must(density.Exchangeable(5, 2, 0)).WithMean([]float64{1, 2, 3, 4, 5}))
	level := must(must(density.Exchangeable(5, 2, 0)).WithMean([]float64{3, 3, 3, 3, 3}))
	for g, want := range map[*density.Gaussian]string{
		four:  "N([1 2 3 4], 2·I) on ℝ^4",
		five:  "N([1 2 3 4 …], 2·I) on ℝ^5",
		level: "N(3, 2·I) on ℝ^5",
		must(density.NewGaussian(make([]float64, 4), mat.NewSymDense(4, []float64{3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 0, 0, 0, 4}))): "N(0, Σ with variances from 2 to 9) on ℝ^4",
	} {
		if got := g.String(); got != want {
			t.Errorf("a Gaussian prints as %q, want %q", got, want)
		}
	}
	part := must(density.NewNormal(0, 1))
	for n, want := range map[int]string{
		4: "mixture of 4: 0.25·N(0, 1) + 0.25·N(0, 1) + 0.25·N(0, 1) + 0.25·N(0, 1)",
		5: "mixture of 5: 0.2·N(0, 1) + 0.2·N(0, 1) + 0.2·N(0, 1) + 0.2·N(0, 1) + …",
	} {
		if got := must(density.NewMixture(slices.Repeat([]float64{1}, n), slices.Repeat([]*density.Gaussian{part}, n))).String(); got != want {
			t.Errorf("a mixture prints as %q, want %q", got, want)
		}
	}
	wide, _, _ := randomGaussian(stream.New(1), 5)
	if got := fmt.Sprint(wide); !strings.HasPrefix(got, "N([") || !strings.Contains(got, " …], Σ with variances from ") || !strings.HasSuffix(got, " on ℝ^5") {
		t.Errorf("a Gaussian without structure prints as %q", got)
	}
}

// TestSameBitsEverywhere compares a digest of draws, log densities, scores and
// moments with the one that amd64 gives; another architecture must give it too.
func TestSameBitsEverywhere(t *testing.T) {
	var digest uint64
	add := func(v ...float64) {
		for _, x := range v {
			digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(x)
		}
	}
	for _, c := range candidates() {
		if c.name == "Func" {
			continue // the user's arithmetic
		}
		rng := stream.New(5)
		for range 100 {
			x := c.point(rng)
			add(x...)
			add(c.d.LogProb(x))
			add(c.d.ScoreInput(nil, x)...)
		}
		if m, ok := c.d.(density.Moments); ok {
			var cov mat.SymDense
			m.CovarianceMatrix(&cov)
			add(m.Mean(nil)...)
			add(cov.RawSymmetric().Data...)
		}
		if g, ok := c.d.(*density.Gaussian); ok {
			var root, precision mat.SymDense
			g.Sqrt(&root)
			g.Precision(&precision)
			add(root.RawSymmetric().Data...)
			add(precision.RawSymmetric().Data...)
		}
		if l, ok := c.d.(*density.Logistic); ok {
			add(must(l.Laplace()).Mean(nil)...)
		}
	}
	if want := uint64(0x5f044e9dd6367746); digest != want {
		t.Errorf("digest of the results is %#x, want %#x", digest, want)
	}
}

// bent is a density with a score that is wrong by 0.1% in one coordinate, a
// negative control.
type bent struct {
	density.Density
	coord int
}

func (b bent) ScoreInput(dst, x []float64) []float64 {
	dst = b.Density.ScoreInput(dst, x)
	dst[b.coord] *= 1.001
	return dst
}

// checkCalls tests what holds of every call: who owns which slice, that
// nothing is allocated, that chains may share the density, and what panics.
func checkCalls(t *testing.T, d density.Density, points [][]float64) {
	n := d.Dim()
	dst := make([]float64, n)
	for _, x := range points {
		before := append([]float64(nil), x...)
		for i := range dst {
			dst[i] = math.NaN()
		}
		if got := d.ScoreInput(dst, x); &got[0] != &dst[0] {
			t.Error("ScoreInput did not return dst")
		}
		fresh := d.ScoreInput(nil, x)
		joint := make([]float64, n)
		if l, want := density.LogProbScore(d, joint, x), d.LogProb(x); math.Abs(l-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("LogProbScore(%v) returned %v, LogProb %v", x, l, want)
		}
		for i := range n {
			if dst[i] != fresh[i] || math.Abs(joint[i]-dst[i]) > 1e-12*(1+math.Abs(dst[i])) {
				t.Errorf("score[%d] at %v is %v, into a new slice %v, with the log density %v", i, x, dst[i], fresh[i], joint[i])
			}
			if x[i] != before[i] {
				t.Errorf("x was changed from %v to %v", before, x)
			}
		}
	}

	x := points[0]
	calls := map[string]func(){
		"LogProb":      func() { d.LogProb(x) },
		"ScoreInput":   func() { d.ScoreInput(dst, x) },
		"LogProbScore": func() { density.LogProbScore(d, dst, x) },
	}
	if e, ok := d.(density.Exact); ok {
		rng := stream.New(2)
		calls["Rand"] = func() { e.Rand(rng, dst) }
	}
	if m, ok := d.(density.Moments); ok {
		calls["Mean"] = func() { m.Mean(dst) }
	}
	for name, call := range calls {
		if n := testing.AllocsPerRun(20, call); n != 0 {
			t.Errorf("%s makes %v allocations", name, n)
		}
	}

	// The race detector judges this one.
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			dst := make([]float64, n)
			for _, x := range points {
				d.LogProb(x)
				d.ScoreInput(dst, x)
			}
		})
	}
	wg.Wait()

	long := make([]float64, n+1)
	mustPanic(t, "LogProb of a long x", func() { d.LogProb(long) })
	mustPanic(t, "ScoreInput of a long x", func() { d.ScoreInput(dst, long) })
	mustPanic(t, "ScoreInput into a long dst", func() { d.ScoreInput(long, x) })
	mustPanic(t, "LogProbScore into a long dst", func() { density.LogProbScore(d, long, x) })
	if j, ok := d.(density.Joint); ok {
		mustPanic(t, "LogProbScore into nothing", func() { j.LogProbScore(nil, x) })
	}
	if e, ok := d.(density.Exact); ok {
		mustPanic(t, "Rand into a long dst", func() { e.Rand(stream.New(2), long) })
	}
	if m, ok := d.(density.Moments); ok {
		mustPanic(t, "Mean into a long dst", func() { m.Mean(long) })
		mustPanic(t, "CovarianceMatrix into a large dst", func() { m.CovarianceMatrix(mat.NewSymDense(n+1, nil)) })
		sized := mat.NewSymDense(n, nil)
		for i := range n { // what is in dst does not matter
			for j := range n {
				sized.SetSym(i, j, math.NaN())
			}
		}
		m.CovarianceMatrix(sized)
		var empty mat.SymDense
		m.CovarianceMatrix(&empty)
		if !mat.Equal(sized, &empty) {
			t.Error("CovarianceMatrix depends on whether dst is empty")
		}
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if _, ok := recover().(string); !ok {
			t.Errorf("%s did not panic with a message of the package", what)
		}
	}()
	f()
}

// draws is how many independent draws the statistical checks take. Their seed
// is fixed and each z is standard normal to a good approximation, so |z| < 5
// would fail by chance in 6 of 10⁷ comparisons had the seed been free; there
// are fewer than 1000.
const (
	draws  = 40_000
	zBound = 5
)

// checkMoments compares the mean and covariance of exact draws with the stated
// ones. The standard error of a mean is √(Σᵢᵢ/n); of a covariance, the sample's
// own for the products of deviations from the stated mean. As negative
// controls, a stated mean, and a stated covariance, that is off by ten standard
// errors must be caught.
func checkMoments(t *testing.T, c candidate, m density.Moments, e density.Exact) {
	n := c.d.Dim()
	mean := m.Mean(nil)
	var cov mat.SymDense
	m.CovarianceMatrix(&cov)
	x := make([]float64, n)
	sum := make([]float64, n)
	products, squares := make([]float64, n*n), make([]float64, n*n)
	rng := stream.Key{Seed: 3, Purpose: stream.Exact}.Rand()
	for range draws {
		e.Rand(rng, x)
		for i := range x {
			x[i] -= mean[i]
			sum[i] += x[i]
			for j := range i + 1 {
				p := x[i] * x[j]
				products[i*n+j] += p
				squares[i*n+j] += p * p
			}
		}
	}
	for i := range n {
		se := math.Sqrt(cov.At(i, i) / draws)
		if z := sum[i] / draws / se; math.Abs(z) > zBound {
			t.Errorf("mean[%d]: stated %v, of draws %v, z = %.1f", i, mean[i], mean[i]+sum[i]/draws, z)
		}
		if z := (sum[i]/draws - 10*se) / se; math.Abs(z) < zBound {
			t.Errorf("mean[%d] off by ten standard errors is not caught", i)
		}
		if c.heavy {
			continue
		}
		for j := range i + 1 {
			p, s := products[i*n+j]/draws, squares[i*n+j]/draws
			se := math.Sqrt((s - p*p) / draws)
			if z := (p - cov.At(i, j)) / se; math.Abs(z) > zBound {
				t.Errorf("covariance[%d][%d]: stated %v, of draws %v, z = %.1f", i, j, cov.At(i, j), p, z)
			}
			if z := (p - cov.At(i, j) - 10*se) / se; math.Abs(z) < zBound {
				t.Errorf("covariance[%d][%d] off by ten standard errors is not caught", i, j)
			}
		}
	}
}

// checkStein ties the draws to the score: for any smooth bounded φ,
// E[φ(xⱼ) ∂ᵢ log p + δᵢⱼ φ′(xⱼ)] = 0 under p and only under p. φ is tanh and
// 1/cosh of the standardised coordinate, one odd and one even. The standard
// error is the sample's own. As a negative control, draws that are stretched by
// 10% must be caught.
func checkStein(t *testing.T, c candidate, e density.Exact) {
	n := c.d.Dim()
	rng := stream.Key{Seed: 4, Purpose: stream.Exact}.Rand()
	const pilot = 2000
	centre, spread := make([]float64, n), make([]float64, n)
	x, score := make([]float64, n), make([]float64, n)
	for range pilot {
		e.Rand(rng, x)
		for i, v := range x {
			centre[i] += v / pilot
			spread[i] += v * v / pilot
		}
	}
	for i := range spread {
		spread[i] = math.Sqrt(spread[i] - centre[i]*centre[i])
	}
	worst := func(stretch float64) (z float64) {
		const functions = 2
		sum, squares := make([]float64, functions*n*n), make([]float64, functions*n*n)
		for range draws {
			e.Rand(rng, x)
			for i := range x {
				x[i] = centre[i] + stretch*(x[i]-centre[i])
			}
			c.d.ScoreInput(score, x)
			for j := range n {
				u := (x[j] - centre[j]) / spread[j]
				tanh, sech := math.Tanh(u), 1/math.Cosh(u)
				for i := range n {
					odd, even := tanh*score[i], sech*score[i]
					if i == j {
						odd += sech * sech / spread[j]
						even -= sech * tanh / spread[j]
					}
					k := functions * (i*n + j)
					sum[k] += odd
					squares[k] += odd * odd
					sum[k+1] += even
					squares[k+1] += even * even
				}
			}
		}
		for k := range sum {
			m := sum[k] / draws
			z = math.Max(z, math.Abs(m)/math.Sqrt((squares[k]/draws-m*m)/draws))
		}
		return z
	}
	if z := worst(1); z > zBound {
		t.Errorf("draws and score disagree: Stein's identity is off by %.1f standard errors", z)
	}
	if z := worst(1.1); z < zBound {
		t.Errorf("draws stretched by 10%% pass Stein's identity, %.1f standard errors off", z)
	}
}
