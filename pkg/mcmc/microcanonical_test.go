package mcmc

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// turn is the closed form of dw = (I − wwᵀ)g dt/(k−1): it agrees with many small
// Euler steps, keeps |w| = 1, and its ΔK is that of the volume.
func TestTurn(t *testing.T) {
	p := newPoint(3, 3)
	copy(p.w, []float64{0.6, -0.8, 0})
	copy(p.g, []float64{1, 2, -0.5})
	w, change := append([]float64(nil), p.w...), 0.0
	const steps = 200_000
	for range steps {
		c := portable.Dot(w, p.g)
		for i := range w {
			w[i] += (p.g[i] - c*w[i]) / 2 * (1.7 / steps)
		}
		change += c * (1.7 / steps)
	}
	got := p.turn(1.7)
	for i := range w {
		if math.Abs(w[i]-p.w[i]) > 2e-5 {
			t.Errorf("w = %v, want %v", p.w, w)
		}
	}
	if math.Abs(got-change) > 2e-5 {
		t.Errorf("ΔK = %v, want %v", got, change)
	}
	if d := portable.Dot(p.w, p.w) - 1; math.Abs(d) > 1e-15 {
		t.Errorf("|w|² − 1 = %v", d)
	}
	// A force of zero turns nothing, and a strong one turns w to its direction.
	copy(p.g, []float64{0, 0, 0})
	if before := append([]float64(nil), p.w...); p.turn(3) != 0 || before[0] != p.w[0] {
		t.Error("a force of zero turned w")
	}
	copy(p.g, []float64{0, 0, 1e150})
	if p.turn(1); p.w[2] != 1 {
		t.Errorf("w = %v after a strong force along the last axis", p.w)
	}
}

// variances runs the unadjusted sampler on a Gaussian of ten dimensions with
// variances 1 to 10 and returns the mean over coordinates of the relative error of
// the variances.
func variances(t *testing.T, h float64, draws int) float64 {
	t.Helper()
	const d = 10
	p := must(density.NewFunc(d, func(x []float64) float64 {
		u := 0.0
		for i, v := range x {
			u += v * v / (2 * float64(i+1))
		}
		return u
	}, func(dst, x []float64) {
		for i, v := range x {
			dst[i] = v / float64(i+1)
		}
	}))
	s := must(NewMicrocanonical(p, make([]float64, d), 0.5, metric.Naive, 8))
	rng := stream.New(5)
	if h > 0 {
		if err := s.SetStepSize(h); err != nil {
			t.Fatal(err)
		}
	} else if err := s.Tune(rng, 2000, 5e-4); err != nil {
		t.Fatal(err)
	}
	sum := make([]float64, d)
	for range 1000 {
		s.Step(rng)
	}
	for range draws {
		s.Step(rng)
		for i, v := range s.x {
			sum[i] += v * v / float64(draws)
		}
	}
	bias := 0.0
	for i, v := range sum {
		bias += (v/float64(i+1) - 1) / d
	}
	t.Logf("step %.3g: bias %.4f", s.h, bias)
	return bias
}

// The mean bias of ten variances is below 3 % at the step that Tune finds, and far
// beyond 10 % at a step six times as long. Its standard error is about 0.5 %.
func TestMicrocanonicalBias(t *testing.T) {
	racetest.Sequential(t)
	if b := variances(t, 0, 200_000); math.Abs(b) > 0.03 {
		t.Errorf("bias %.3f at the tuned step", b)
	}
	if b := variances(t, 12, 50_000); math.Abs(b) < 0.1 {
		t.Errorf("bias %.3f at a step of 12: no power", b)
	}
}

// Warmup finds step and metric of the adjusted sampler. The mean of 4,000 draws
// of a Gaussian whose standard deviations differ by a factor of 100 is then
// within five standard errors of independent draws at a quarter of their number,
// a bound that a chain that does not move breaks.
func TestMicrocanonicalWarmup(t *testing.T) {
	g := must(density.NewGaussian(make([]float64, 3), mat.NewDiagDense(3, []float64{1, 100, 10_000})))
	s := must(NewAdjustedMicrocanonical(g, []float64{1, 1, 1}, 0.1, metric.Naive, 2))
	rng := stream.New(3)
	if err := (Warmup{Acceptance: 0.9}).Run(context.Background(), s, rng); err != nil {
		t.Fatal(err)
	}
	const draws = 4000
	var m [3]float64
	for range draws {
		s.Step(rng)
		for i, v := range s.x {
			m[i] += v / draws
		}
	}
	for i, sd := range []float64{1, 10, 100} {
		if z := m[i] / (sd * 2 / math.Sqrt(draws)); math.Abs(z) > 5 {
			t.Errorf("mean of coordinate %d is off by %.1f standard errors", i, z)
		}
	}
	if a := s.Acceptance(); a < 0.75 || a == 1 {
		t.Errorf("acceptance %v, want about 0.9", a)
	}
}

func TestMicrocanonicalRefused(t *testing.T) {
	g := must(density.Equicorrelated(2, 0, 1))
	line := must(density.Equicorrelated(1, 0, 1))
	for name, f := range map[string]func() error{
		"length":        func() error { _, err := NewMicrocanonical(g, make([]float64, 2), 1, metric.Naive, 0); return err },
		"step":          func() error { _, err := NewMicrocanonical(g, make([]float64, 2), -1, metric.Naive, 1); return err },
		"one dimension": func() error { _, err := NewMicrocanonical(line, make([]float64, 1), 1, metric.Naive, 1); return err },
		"start": func() error {
			_, err := NewMicrocanonical(g, []float64{math.MaxFloat64, 0}, 1, metric.Naive, 1)
			return err
		},
		"adjusted, length": func() error {
			_, err := NewAdjustedMicrocanonical(g, make([]float64, 2), 1, metric.Naive, math.NaN())
			return err
		},
		"adjusted, one dimension": func() error {
			_, err := NewAdjustedMicrocanonical(line, make([]float64, 1), 1, metric.Naive, 1)
			return err
		},
		"narrow metric": func() error {
			return must(NewAdjustedMicrocanonical(g, make([]float64, 2), 1, metric.Naive, 1)).SetMetric(must(metric.LowRank(mat.NewDense(2, 1, []float64{1, 1}))))
		},
		"tuning steps": func() error {
			return must(NewMicrocanonical(g, make([]float64, 2), 1, metric.Naive, 1)).Tune(stream.New(1), 99, 1)
		},
		"level": func() error {
			return must(NewMicrocanonical(g, make([]float64, 2), 1, metric.Naive, 1)).Tune(stream.New(1), 100, 0)
		},
	} {
		var bad *arg.Error
		if err := f(); !errors.As(err, &bad) {
			t.Errorf("%s: %v, want an *arg.Error", name, err)
		}
	}
}

// TestMicrocanonicalState: the step size that Tune has found is part of the state.
func TestMicrocanonicalState(t *testing.T) {
	p := must(density.Equicorrelated(5, 0.5, 1))
	fresh := func() *Microcanonical { return must(NewMicrocanonical(p, make([]float64, 5), 0.01, metric.Naive, 3)) }
	a, b := fresh(), fresh()
	if err := a.Tune(stream.New(1), 200, 1e-3); err != nil {
		t.Fatal(err)
	}
	if err := b.UnmarshalBinary(must(a.MarshalBinary())); err != nil {
		t.Fatal(err)
	}
	if a.StepSize() == 0.01 || b.StepSize() != a.StepSize() || b.spread != a.spread || b.EnergyChange() != a.EnergyChange() {
		t.Errorf("step size %v, ν = %v, energy change %v; saved %v, %v and %v", b.StepSize(), b.spread, b.EnergyChange(), a.StepSize(), a.spread, a.EnergyChange())
	}
}

// TestTrajectoryLengths: the number of steps of a trajectory is uniform on 1, …,
// 2L/h, rounded down, but at least 1 and at most 1024. Of 2000 draws each of ten
// numbers occurs, but for one case in 10⁹⁰, and their mean is within five standard
// errors (false alarm 6e-7).
func TestTrajectoryLengths(t *testing.T) {
	racetest.Sequential(t)
	g := must(density.Equicorrelated(2, 0, 1))
	for _, c := range []struct {
		length, h   float64
		least, most int
	}{{0.1, 1, 1, 1}, {1, 0.199, 1, 10}, {1e9, 1, 1, 1024}} {
		s := must(NewAdjustedMicrocanonical(g, []float64{1, 0}, c.h, metric.Naive, c.length))
		rng, draws := stream.New(4), 2000
		if c.most > 10 {
			draws = 200
		}
		least, most, sum := c.most, 0, 0
		for range draws {
			s.Step(rng)
			least, most, sum = min(least, s.steps), max(most, s.steps), sum+s.steps
		}
		n, mean := float64(c.most), float64(sum)/float64(draws)
		if sd := math.Sqrt((n*n - 1) / 12 / float64(draws)); least < c.least || most > c.most || math.Abs(mean-(n+1)/2) > 5*sd {
			t.Errorf("L = %v, h = %v: from %d to %d steps, mean %.2f, want %d to %d and %.1f", c.length, c.h, least, most, mean, c.least, c.most, (n+1)/2)
		}
		if c.most <= 10 && (least != c.least || most != c.most) {
			t.Errorf("L = %v, h = %v: from %d to %d steps, want %d to %d", c.length, c.h, least, most, c.least, c.most)
		}
	}
}

// TestTuneLevel: after Tune the mean square of the energy change of a step, divided by
// d, is the level asked for, whether the first step is far too short or far too long.
// Tune looks at the last hundred steps, whose squares vary widely: of one run the
// logarithm of the level has a standard deviation of about 0.5. The mean of 16 runs is
// within five standard errors, 0.6 (false alarm 6e-7). The control is a level ten
// times as high. h stays below L.
func TestTuneLevel(t *testing.T) {
	racetest.Sequential(t)
	const d, runs = 50, 16
	g := must(density.NewGaussian(make([]float64, d), mat.NewDiagDense(d, slices.Repeat([]float64{1, 4}, d/2))))
	tuned := func(first, level float64) (meanLog float64) {
		for run := range uint64(runs) {
			s := must(NewMicrocanonical(g, g.Rand(stream.New(100+run), nil), first, metric.Naive, 200))
			rng := stream.New(run)
			if err := s.Tune(rng, 600, level); err != nil {
				t.Fatal(err)
			}
			const steps = 500
			square := 0.0
			for range steps {
				s.Step(rng)
				square += s.EnergyChange() * s.EnergyChange() / d / steps
			}
			meanLog += math.Log(square) / runs
		}
		return meanLog
	}
	for _, first := range []float64{0.01, 100} {
		off, high := tuned(first, 1e-3)-math.Log(1e-3), tuned(first, 1e-2)-math.Log(1e-3)
		t.Logf("from %v: the logarithm of the level is off by %.2f, and at ten times the level %.2f", first, off, high)
		if math.Abs(off) > 0.6 || high < 0.6 {
			t.Errorf("from %v: the logarithm of the level is off by %.2f, and at ten times the level by %.2f", first, off, high)
		}
	}
	s := must(NewMicrocanonical(g, g.Mean(nil), 0.1, metric.Naive, 0.5))
	if err := s.Tune(stream.New(3), 500, 1); err != nil || s.StepSize() != 0.5 {
		t.Errorf("with L = 0.5 the step is %v, error %v", s.StepSize(), err)
	}
}

// TestTuneGivesUp: a density that is finite on one line alone is left by every step,
// and Tune halves it until the next one would be shorter than 10⁻¹².
func TestTuneGivesUp(t *testing.T) {
	lonely := must(density.NewFunc(2, func(x []float64) float64 {
		if x[0] != 2 {
			return math.Inf(1)
		}
		return 0
	}, func(dst, _ []float64) { clear(dst) }))
	s := must(NewMicrocanonical(lonely, []float64{2, 1e-20}, 1, metric.Naive, 3))
	var failed *WarmupError
	if err := s.Tune(stream.New(1), 200, 1e-3); !errors.Is(err, errNeverAccepted) || !errors.As(err, &failed) || failed.StepSize < 1e-12 || failed.StepSize >= 2e-12 || s.x[0] != 2 {
		t.Errorf("error is %v at %v, want that of a step between 10⁻¹² and twice that", err, s.x)
	}
}
