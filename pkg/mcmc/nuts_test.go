package mcmc

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// TestNUTSTurnsInTime: on the unit Gaussian in many dimensions |Σw| stops growing
// after half a period, π, so that a trajectory of doublings covers between π/2 and
// 2π of it, to within a step; and a Gaussian twice as wide takes twice the steps.
func TestNUTSTurnsInTime(t *testing.T) {
	const d = 100
	for _, sd := range []float64{1, 2} {
		p := must(density.Equicorrelated(d, 0, sd*sd))
		for _, h := range []float64{0.05, 0.1} {
			s := must(NewNUTS(p, exactDraw(p, 1), h*sd, metric.Naive))
			rng := stream.New(1)
			total := 0
			for range 100 {
				s.Step(rng)
				if length := float64(s.LeapfrogSteps()) * h; length > 2*math.Pi+h {
					t.Errorf("sd = %v, h = %v: a trajectory of %.1f, want no more than 2π and a step", sd, h, length)
				}
				total += s.LeapfrogSteps()
			}
			if mean := float64(total) / 100 * h; mean < math.Pi/2 {
				t.Errorf("sd = %v, h = %v: mean length %.2f, want at least π/2", sd, h, mean)
			}
		}
	}
}

// exactDraw returns an exact draw of p.
func exactDraw(p density.Exact, seed uint64) []float64 { return p.Rand(stream.New(seed), nil) }

// TestNUTSDiverges: in the neck of the funnel a step for its mouth diverges, and
// is reported; in a Gaussian none is.
func TestNUTSDiverges(t *testing.T) {
	funnel := must(density.NewFunnelSize(5, 3))
	s := must(NewNUTS(funnel, []float64{-6, 0, 0, 0, 0}, 1, metric.Naive))
	rng := stream.New(3)
	for range 50 {
		s.Step(rng)
	}
	if s.Divergences() == 0 {
		t.Error("no trajectory diverged in the funnel's neck")
	}
	g := must(density.NewNormal(0, 1))
	s = must(NewNUTS(g, []float64{0}, 0.5, metric.Naive))
	for range 500 {
		s.Step(rng)
	}
	if s.Divergences() != 0 || s.Divergent() {
		t.Errorf("%d trajectories diverged on a Gaussian", s.Divergences())
	}
	s.SetMaxDepth(1)
	s.Step(rng)
	if s.MaxDepthHits() != 1 || s.LeapfrogSteps() > 1 || s.Depth() > 1 {
		t.Errorf("at most one doubling: depth %d, %d leaps, %d cut short", s.Depth(), s.LeapfrogSteps(), s.MaxDepthHits())
	}
}

// TestWindows compares with the schedule of Stan's warm-up.
func TestWindows(t *testing.T) {
	for _, c := range []struct {
		steps, begin int
		ends         []int
	}{
		{1000, 75, []int{100, 150, 250, 450, 950}},
		{300, 75, []int{100, 150, 250}},
		{299, 75, []int{100, 249}},
		{150, 75, []int{100}},
		{100, 15, []int{90}},
		{10, 10, nil},
	} {
		begin, ends := Warmup{Steps: c.steps}.windows()
		ok := begin == c.begin && len(ends) == len(c.ends)
		for i := range ends {
			ok = ok && ends[i] == c.ends[i]
		}
		if !ok {
			t.Errorf("%d steps: windows from %d, ends %v, want %d, %v", c.steps, begin, ends, c.begin, c.ends)
		}
	}
}

// TestDualAveraging: where the acceptance is a known function of the step, h̄
// comes to the step at which it is what was asked for, from far away on either
// side.
func TestDualAveraging(t *testing.T) {
	const right = 0.37
	for _, target := range []float64{0.6, 0.9} {
		for _, first := range []float64{1e-4, 1e3} {
			step := newDualAveraging(first, target)
			for range 20_000 {
				step.update(math.Pow(target, math.Pow(step.h/right, 2)))
			}
			if h := step.average(); math.Abs(h/right-1) > 0.02 {
				t.Errorf("asked for %v from %v: h = %.4f, want %v", target, first, h, right)
			}
		}
	}
}

// TestWarmup: on a badly scaled and correlated Gaussian, the acceptance
// probability afterwards is no less than what was asked for (by its standard
// error of 0.01, five times), and at 2.2 times the step it is less: h̄ is known to
// be short of the mark, by the averaging of a concave function. The better the
// metric the fewer the leapfrog steps. D is close to the covariance: of the last
// window's 500 draws, 30 % is five standard errors.
func TestWarmup(t *testing.T) {
	sigma := mat.NewSymDense(4, []float64{100, 9, 0, 0, 9, 1, 0, 0, 0, 0, 0.01, 0, 0, 0, 0, 1})
	p := must(density.NewGaussian([]float64{5, 0, 0, -3}, sigma))
	acceptances := func(s *NUTS, rng *rand.Rand) (probability, leaps float64) {
		const n = 1000
		for range n {
			s.Step(rng)
			probability += s.AcceptanceProbability() / n
			leaps += float64(s.LeapfrogSteps()) / n
		}
		return probability, leaps
	}
	for _, accept := range []float64{0.7, 0.9} {
		cost := map[MetricKind]float64{}
		for _, kind := range []MetricKind{DenseMetric, DiagonalMetric, FixedMetric} {
			s := must(NewNUTS(p, make([]float64, 4), 1, metric.Naive))
			rng := stream.New(5)
			if err := (Warmup{Acceptance: accept, Metric: kind}).Run(context.Background(), s, rng); err != nil {
				t.Fatal(err)
			}
			probability, leaps := acceptances(s, rng)
			cost[kind] = leaps
			if err := s.SetStepSize(2.2 * s.StepSize()); err != nil {
				t.Fatal(err)
			}
			longer, _ := acceptances(s, rng)
			t.Logf("metric %v, asked for %v: h = %.3g, acceptance %.3f, %.1f leaps; %.3f with steps 2.2 times as long", kind, accept, s.StepSize()/2.2, probability, leaps, longer)
			if probability < accept-0.05 || longer > accept {
				t.Errorf("metric %v: acceptance %.3f, and %.3f with steps 2.2 times as long, asked for %v", kind, probability, longer, accept)
			}
		}
		if cost[FixedMetric] < 3*cost[DiagonalMetric] || cost[DiagonalMetric] < 1.5*cost[DenseMetric] {
			t.Errorf("asked for %v: leapfrog steps by metric %v, want dense well below diagonal well below fixed", accept, cost)
		}
	}
	s := must(NewNUTS(p, make([]float64, 4), 1, metric.Naive))
	if err := (Warmup{Metric: DenseMetric}).Run(context.Background(), s, stream.New(6)); err != nil {
		t.Fatal(err)
	}
	d := metric.Diffusion(s.Metric())
	for i := range 4 {
		for j := range 4 {
			scale := math.Sqrt(sigma.At(i, i) * sigma.At(j, j))
			if math.Abs(d.At(i, j)-sigma.At(i, j)) > 0.3*scale {
				t.Errorf("D[%d, %d] = %.3g, want %.3g ± 0.3·%.3g", i, j, d.At(i, j), sigma.At(i, j), scale)
			}
		}
	}
}

// TestWarmupHMC: from a step far too long, HMC comes to one at which it accepts
// as often as asked for, or more often, but not half of that.
func TestWarmupHMC(t *testing.T) {
	p := must(density.Equicorrelated(20, 0.5, 1))
	for _, first := range []float64{1e-3, 100} {
		s := must(NewHMC(p, make([]float64, 20), first, metric.Naive, HMCConfig{LeapfrogSteps: 1}))
		rng := stream.New(1)
		if err := (Warmup{Steps: 600, Metric: FixedMetric}).Run(context.Background(), s, rng); err != nil {
			t.Fatal(err)
		}
		rate := func() float64 {
			for range 2000 {
				s.Step(rng)
			}
			return s.Acceptance()
		}
		found := rate()
		if err := s.SetStepSize(1.5 * s.StepSize()); err != nil {
			t.Fatal(err)
		}
		if longer := rate(); found < 0.75 || longer > 0.8 {
			t.Errorf("from %v: acceptance %.3f, and %.3f with steps half as long again, asked for 0.8", first, found, longer)
		}
	}
}

func TestWarmupRefuses(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	flat := must(density.NewFunc(1, func([]float64) float64 { return 0 }, func(dst, _ []float64) { dst[0] = 0 }))
	for _, c := range []struct {
		p density.Density
		w Warmup
	}{
		{p, Warmup{Steps: -1}}, {p, Warmup{Acceptance: 1}}, {p, Warmup{Acceptance: -0.1}}, {p, Warmup{Metric: 7}},
		{flat, Warmup{}},
	} {
		if err := c.w.Run(context.Background(), must(NewNUTS(c.p, []float64{0}, 1, metric.Naive)), stream.New(1)); err == nil {
			t.Errorf("%+v is accepted", c.w)
		}
	}
}
