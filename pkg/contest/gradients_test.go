package contest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// squares returns the mean square of each coordinate, its standard error and the
// variance of squares, over chains of NUTS that start from Laplace's approximation if it
// is not nil, and have its metric.
func squares(t *Reference, laplace *density.Gaussian, chains, draws int) (mean, se, variance []float64) {
	runs := must(mcmc.Chains(context.Background(), chains, 1, mcmc.Plan{Draws: draws}, func(_ int, rng *rand.Rand) (*mcmc.NUTS, error) {
		x, geometry, warmup := make([]float64, t.Density.Dim()), metric.Naive, mcmc.Warmup{}
		stream.Normals(rng, x)
		if laplace != nil {
			laplace.Rand(rng, x)
			geometry, warmup = metric.Fixed(must(metric.Natural.Of(laplace))), mcmc.Warmup{Steps: 100, Metric: mcmc.FixedMetric}
		}
		s, err := mcmc.NewNUTS(t.Density, x, 0.1, geometry)
		if err != nil {
			return nil, err
		}
		return s, warmup.Run(context.Background(), s, rng)
	}))
	for j := range t.Density.Dim() {
		series := diag.Coordinate(mcmc.AllDraws(runs), j)
		var all []float64
		for _, c := range series {
			for i, v := range c {
				c[i] = v * v
			}
			all = append(all, c...)
		}
		m := must(diag.Mean(mat.NewDense(len(all), 1, all)))[0]
		v := 0.0
		for _, x := range all {
			v += (x - m) * (x - m) / float64(len(all))
		}
		mean, se, variance = append(mean, m), append(se, must(diag.MCSEMean(series))), append(variance, v)
	}
	return mean, se, variance
}

// laplace returns Laplace's approximation of item response, by ten of Newton's steps.
func laplace(t *Reference) *density.Gaussian {
	set, d := dataset.SimulatedItemResponse(), t.Density.Dim()
	x, score := make([]float64, d), mat.NewVecDense(d, nil)
	var step mat.VecDense
	var factor mat.Cholesky
	for range 10 {
		precision := mat.NewSymDense(d, nil)
		for i := range d {
			precision.SetSym(i, i, 1)
		}
		for k, i := range set.Student {
			a, b := 1+i, 1+set.Students+set.Question[k]
			p := 1 / (1 + math.Exp(-(x[a] + x[0] - x[b])))
			for _, e := range []struct {
				i, j int
				sign float64
			}{{0, 0, 1}, {a, a, 1}, {b, b, 1}, {0, a, 1}, {0, b, -1}, {a, b, -1}} {
				precision.SetSym(e.i, e.j, precision.At(e.i, e.j)+e.sign*p*(1-p))
			}
		}
		factor.Factorize(precision)
		t.Density.ScoreInput(score.RawVector().Data, x)
		if err := factor.SolveVecTo(&step, score); err != nil {
			panic(err)
		}
		for j := range x {
			x[j] += step.AtVec(j)
		}
	}
	var cov mat.SymDense
	if err := factor.InverseTo(&cov); err != nil {
		panic(err)
	}
	return must(density.NewGaussian(x, &cov))
}

// worst returns the largest |mean − of|/se.
func worst(mean, se, of []float64) (z float64) {
	for j := range mean {
		z = max(z, math.Abs(mean[j]-of[j])/se[j])
	}
	return z
}

// Second moments agree with exact draws, where there are such, and with NUTS, within
// 5.5 standard errors: of some 700 numbers of nearly normal law one is beyond in three
// runs of 100,000, and seeds are fixed. Second moments that are off by a tenth of their
// standard deviation are told apart: b² would be off by 0.01.
func TestReferences(t *testing.T) {
	racetest.Larger(t, "TestTargets")
	for _, ref := range must(References()) {
		d := ref.Density.Dim()
		var mean, se, variance []float64
		p, exact := ref.Density.(density.Exact)
		if exact {
			const draws = 20_000
			mean, se, variance = make([]float64, d), make([]float64, d), make([]float64, d)
			rng, x, z := stream.New(7), make([]float64, d), make([]float64, d)
			for range draws {
				ref.coordinates(z, p.Rand(rng, x))
				for j, v := range z {
					mean[j] += v * v / draws
					variance[j] += (v*v - ref.Squares[j]) * (v*v - ref.Squares[j]) / draws
				}
			}
			for j, v := range ref.Variances {
				se[j] = math.Sqrt(v / draws)
			}
		} else if ref.Name == "item response" {
			mean, se, variance = squares(&ref, laplace(&ref), 2, 100)
		} else {
			mean, se, variance = squares(&ref, nil, 4, 4000)
		}
		shifted := make([]float64, d)
		for j := range se {
			if r := variance[j] / ref.Variances[j]; exact && !(r > 0.5 && r < 2) {
				t.Errorf("%s: Var[z²] of coordinate %d is %.3g, want %.3g", ref.Name, j, variance[j], ref.Variances[j])
			}
			root := math.Sqrt(ref.Variances[j])
			se[j] = math.Hypot(se[j], ref.SE*root)
			shifted[j] = ref.Squares[j] + 0.1*root
		}
		if z := worst(mean, se, ref.Squares); z > 5.5 {
			t.Errorf("%s: a second moment is %.1f standard errors off", ref.Name, z)
		}
		if z := worst(mean, se, shifted); z < 5.5 && ref.Name != "item response" {
			t.Errorf("%s: wrong second moments are %.1f standard errors off: no power", ref.Name, z)
		}
	}
}

var referenceDraws = flag.Int("reference.draws", 0, "draws of each of four chains of NUTS for a new itemresponse.csv; 700 made the committed one")

// TestItemResponseReference makes itemresponse.csv.
func TestItemResponseReference(t *testing.T) {
	if *referenceDraws == 0 {
		if se := must(itemResponse()).SE; !(se > 0 && se < 0.04) {
			t.Errorf("the standard error is %v, and would add %v to b²", se, se*se)
		}
		return
	}
	var b bytes.Buffer
	b.WriteString("square,standard_error,variance_of_square\n")
	ref := must(itemResponse())
	mean, se, variance := squares(ref, laplace(ref), 4, *referenceDraws)
	for j := range mean {
		fmt.Fprintf(&b, "%.8g,%.3g,%.8g\n", mean[j], se[j], variance[j])
	}
	if err := os.WriteFile("itemresponse.csv", b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// independent makes draws of a target, stretched, at one gradient each.
func independent(name string, stretch float64, gradients int) Kernel {
	return Kernel{name, func(w Warm, _ *rand.Rand) (mcmc.Sampler, error) {
		return &draws{w, stretch, gradients, make([]float64, len(w.X))}, nil
	}}
}

type draws struct {
	w         Warm
	stretch   float64
	gradients int
	z         []float64
}

func (s *draws) Dim() int               { return len(s.z) }
func (s *draws) Position(dst []float64) { copy(dst, s.z) }
func (s *draws) Step(rng *rand.Rand) {
	for range s.gradients {
		s.w.ScoreInput(s.z, s.w.X)
	}
	s.w.Reference.Density.(density.Exact).Rand(rng, s.z)
	for j := range s.z {
		s.z[j] *= s.stretch
	}
}

// Independent draws at one gradient reach 0.01 in 100 gradients: the mean of b² over ten
// coordinates and 64 repeats is 1/n to 6 %, and the count to 6 %. At three gradients they
// take three times as many. The largest of ten takes more. Draws whose standard deviation
// is 1.1 times too large have a bias of b² = 0.02, and never reach it.
func TestGradients(t *testing.T) {
	racetest.Larger(t, "TestKernels")
	target := *must(illConditioned(10, 0.5, 2))
	target.Gradients = 3000
	broken := errors.New("broken")
	kernels := []Kernel{
		independent("one", 1, 1), independent("three", 1, 3), independent("wide", 1.1, 1),
		{"broken", func(Warm, *rand.Rand) (mcmc.Sampler, error) { return nil, broken }},
		{"unfit", func(Warm, *rand.Rand) (mcmc.Sampler, error) { return nil, ErrUnfit }},
	}
	s := GradientSettings{Seed: 1, Repeats: 64}
	costs := must(Gradients(context.Background(), kernels, []Reference{target}, s))
	s.Repeats = 4 // each of which waits for a gradient for a million steps
	costs = append(costs, must(Gradients(context.Background(), []Kernel{independent("idle", 1, 0)}, []Reference{target}, s))...)
	if len(costs) != 5 {
		t.Fatalf("%d costs, want 5", len(costs))
	}
	for _, c := range costs {
		switch c.Kernel {
		case "one", "three":
			want := 100.0
			if c.Kernel == "three" {
				want = 300
			}
			if math.Abs(c.Mean/want-1) > 0.3 || !(c.MeanSE > 0.01*c.Mean && c.MeanSE < 0.2*c.Mean) || c.Max < c.Mean || c.Warmup < 1000 || c.Tuning != 0 {
				t.Errorf("%+v, want %v gradients", c, want)
			}
		case "wide":
			if !math.IsInf(c.Mean, 1) || !math.IsInf(c.Max, 1) || math.Abs(c.Final-0.022) > 0.01 {
				t.Errorf("%+v, want a bias of 0.022", c)
			}
		case "broken":
			if c.Err != broken {
				t.Errorf("%+v", c)
			}
		case "idle":
			if c.Err == nil || !strings.Contains(c.Err.Error(), "no gradient") {
				t.Errorf("%+v", c)
			}
		}
	}
	var text, page strings.Builder
	if err := errors.Join(Markdown(&text, CostTable(costs)), Page(&page, nil, CostRows(costs))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"|  | wide | > 3000 | > 3000 |", "|  | broken | broken |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	for _, want := range []string{`<tr class="poor"><td></td><td>wide</td><td>∞</td>`, "<td>broken</td><td>broken</td>"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}

// Every kernel knows the moments of a mild Gaussian, but for ULA, whose bias is left.
func TestKernels(t *testing.T) {
	s := GradientSettings{Seed: 1, Repeats: 8}
	gaussian := *must(illConditioned(5, 0.5, 2))
	for i, c := range must(Gradients(context.Background(), Kernels(), []Reference{gaussian}, s)) {
		if alone := must(Gradients(context.Background(), Kernels()[i:i+1], []Reference{gaussian}, s))[0]; alone != c {
			t.Errorf("alone %+v, beside others %+v", alone, c)
		}
		if c.Err != nil || math.IsInf(c.Mean, 1) && c.Kernel != "ULA" || c.Kernel == "tempered HMC" {
			t.Errorf("%+v", c)
		}
	}
}

// Of two modes tempering alone finds the second.
func TestKernelsOfTwoModes(t *testing.T) {
	racetest.Larger(t, "TestKernels")
	s := GradientSettings{Seed: 1, Repeats: 8}
	modes := *must(twoModes(3, 0.8, 8))
	modes.Gradients = 1 << 16
	for _, c := range must(Gradients(context.Background(), Kernels(), []Reference{modes}, s)) {
		if c.Err != nil || (c.Kernel == "tempered HMC") == math.IsInf(c.Mean, 1) {
			t.Errorf("%+v", c)
		}
	}
}

func TestGradientsRefused(t *testing.T) {
	for _, s := range []GradientSettings{{Repeats: 3}, {Error: -1}, {Error: math.NaN()}} {
		var bad *arg.Error
		if _, err := Gradients(context.Background(), nil, nil, s); !errors.As(err, &bad) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Gradients(ctx, Kernels(), must(References())[:1], GradientSettings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run returned %v", err)
	}
}
