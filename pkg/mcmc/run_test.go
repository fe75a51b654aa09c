package mcmc

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// counter counts its steps; at step bad it becomes NaN.
type counter struct{ steps, bad int }

func (*counter) Dim() int          { return 2 }
func (c *counter) Step(*rand.Rand) { c.steps++ }
func (c *counter) Position(dst []float64) {
	dst[0] = float64(c.steps)
	dst[1] = 1
	if c.steps == c.bad {
		dst[1] = math.NaN()
	}
}

func TestDrawsFollowsThePlan(t *testing.T) {
	var c counter
	var got []float64
	for i, x := range Draws(&c, nil, Plan{BurnIn: 10, Thin: 3, Draws: 4}) {
		if i != len(got) {
			t.Errorf("index %d at draw %d", i, len(got))
		}
		got = append(got, x[0])
	}
	if want := []float64{13, 16, 19, 22}; !equal(got, want) {
		t.Errorf("steps at the draws are %v, want %v", got, want)
	}
	for range Draws(&c, nil, Plan{Draws: 5}) {
		break
	}
	if c.steps != 23 {
		t.Errorf("leaving the loop at the first draw has taken %d steps, want 1", c.steps-22)
	}
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestCollectNamesTheDivergedDraw(t *testing.T) {
	_, err := Collect(&counter{bad: 17}, nil, Plan{BurnIn: 5, Thin: 2, Draws: 20})
	var diverged *DivergedError
	if !errors.As(err, &diverged) || diverged.Draw != 5 || diverged.Coord != 1 || !math.IsNaN(diverged.Value) {
		t.Errorf("error is %v, want draw 5, coordinate 1, NaN", err)
	}
	draws, err := Collect(&counter{bad: 16}, nil, Plan{BurnIn: 5, Thin: 2, Draws: 3})
	if err != nil {
		t.Fatal(err)
	}
	if r, c := draws.Dims(); r != 3 || c != 2 || draws.At(2, 0) != 11 {
		t.Errorf("draws are %v", mat.Formatted(draws))
	}
}

// TestChainsSameBytes runs the same chains on one processor and on several.
func TestChainsSameBytes(t *testing.T) {
	run := func(processors int) []*mat.Dense {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		chains, err := Chains(context.Background(), 6, 42, Plan{BurnIn: 10, Draws: 200}, startULA)
		if err != nil {
			t.Fatal(err)
		}
		return AllDraws(chains)
	}
	one := run(1)
	for _, processors := range []int{2, 5} {
		for c, m := range run(processors) {
			if !mat.Equal(m, one[c]) {
				t.Errorf("chain %d differs on %d processors", c, processors)
			}
		}
	}
	if mat.Equal(one[0], one[1]) {
		t.Error("two chains are the same")
	}
}

func startULA(_ int, rng *rand.Rand) (*ULA, error) {
	g, err := density.Equicorrelated(3, 0.5, 1)
	if err != nil {
		return nil, err
	}
	return NewULA(g, g.Rand(rng, nil), 0.1, metric.Naive)
}

// TestFrozenChain holds a chain to the bytes it has always had, on every
// architecture.
func TestFrozenChain(t *testing.T) {
	g, err := density.Equicorrelated(5, 0.75, 2)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewMALA(g, make([]float64, 5), 0.5, metric.Natural)
	if err != nil {
		t.Fatal(err)
	}
	var digest uint64
	for _, x := range Draws(s, stream.New(1), Plan{Draws: 10_000}) {
		for _, v := range x {
			digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(v)
		}
	}
	if want := uint64(0x6c2bc721b2f6582c); digest != want {
		t.Errorf("digest of the chain is %#x, want %#x", digest, want)
	}
}

func TestChainsStop(t *testing.T) {
	plan := Plan{Draws: 1000}
	fails := errors.New("no such start")
	_, err := Chains(context.Background(), 8, 1, plan, func(c int, rng *rand.Rand) (*ULA, error) {
		if c == 3 {
			return nil, fails
		}
		return startULA(c, rng)
	})
	if !errors.Is(err, fails) || !strings.Contains(err.Error(), "chain 3") {
		t.Errorf("error is %v, want chain 3's", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	_, err = Chains(ctx, 4, 1, Plan{Draws: 1 << 20}, func(c int, rng *rand.Rand) (*ULA, error) {
		cancel()
		return startULA(c, rng)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error of a cancelled run is %v", err)
	}
}

// endless never comes to a draw; it cancels its own run at step 10.
type endless struct {
	counter
	cancel context.CancelFunc
}

func (e *endless) Step(rng *rand.Rand) {
	e.counter.Step(rng)
	if e.steps == 10 {
		e.cancel()
	}
}

// TestChainsStopBetweenDraws: burn-in and thinning end with the context too, of
// 2⁴⁰ steps each. What is left after the context has ended is the time for it to
// be seen by another goroutine.
func TestChainsStopBetweenDraws(t *testing.T) {
	for _, p := range []Plan{{BurnIn: 1 << 40, Draws: 1}, {Thin: 1 << 40, Draws: 1}} {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Chains(ctx, 1, 1, p, func(int, *rand.Rand) (*endless, error) {
			return &endless{counter{bad: -1}, cancel}, nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%+v: error is %v, want that of the context", p, err)
		}
		ctx, cancel = context.WithCancel(context.Background())
		chain, err := collect(ctx, &endless{counter{bad: -1}, cancel}, nil, p, 1)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped before draw 0 of 1") || chain.Draws != nil {
			t.Errorf("%+v: error is %v, want that of the context, with the draw", p, err)
		}
	}
}

// TestDrawsThatDoNotFit: draws that would take more than 16 GiB are refused with
// their size, before any step and any allocation, and counts whose product does
// not fit an integer are too.
func TestDrawsThatDoNotFit(t *testing.T) {
	untouched := func(int, *rand.Rand) (*counter, error) { return &counter{bad: 1}, nil }
	for want, try := range map[string]func() error{
		"takes 1.76e+04 GB for chains × numbers = 1 × 2, which is more than the 17.2 GB allowed": func() error { _, err := Collect(&counter{bad: 1}, nil, Plan{Draws: 1 << 40}); return err },
		"takes 1.48e+11 GB": func() error {
			_, err := Chains(context.Background(), 2, 1, Plan{Draws: math.MaxInt}, untouched)
			return err
		},
		"chains × numbers = 1048576 × 2": func() error {
			_, err := Chains(context.Background(), 1<<20, 1, Plan{Draws: 2000}, untouched)
			return err
		},
	} {
		var refused *arg.Error
		if err := try(); !errors.As(err, &refused) || refused.Name != "Plan.Draws" || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one about Plan.Draws with %q", err, want)
		}
	}
	if err := (Plan{Draws: 1<<30 - 8}).room(1, 2); err != nil {
		t.Errorf("16 GiB are refused: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	g, err := density.Equicorrelated(2, 0.5, 1)
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{0, 0}
	for _, c := range []struct {
		says string
		try  func() error
	}{
		{"Draws = -1", func() error { _, err := Collect(&counter{}, nil, Plan{Draws: -1}); return err }},
		{"Plan.BurnIn = -2", func() error { return Plan{BurnIn: -2}.Validate() }},
		{"Draws = 0", func() error { _, err := Collect(&counter{}, nil, Plan{}); return err }},
		{"number of chains = 0", func() error { _, err := Chains(context.Background(), 0, 1, Plan{Draws: 1}, startULA); return err }},
		{"length 1", func() error { _, err := NewULA(g, []float64{1}, 0.1, metric.Naive); return err }},
		{"x0 has entry [1] = +Inf", func() error { _, err := NewULA(g, []float64{1, math.Inf(1)}, 0.1, metric.Naive); return err }},
		{"x0 has length 1", func() error {
			_, err := NewUnderdamped(g, x[:1], 0.1, metric.Naive, UnderdampedConfig{Friction: 1})
			return err
		}},
		{"x0 has length 1", func() error { _, err := NewSGHMC(g, x[:1], 0.1, metric.Naive, SGHMCConfig{Friction: 1}); return err }},
		{"x0 has length 1", func() error { _, err := NewAdjustedMicrocanonical(g, x[:1], 0.1, metric.Naive, 1); return err }},
		{"h = 0", func() error { return must(NewMicrocanonical(g, x, 0.1, metric.Naive, 1)).SetStepSize(0) }},
		{"h = NaN", func() error { _, err := NewMALA(g, x, math.NaN(), metric.Naive); return err }},
		{"has dimension 3, the target 2", func() error { _, err := NewMALA(g, x, 0.1, metric.Fixed(metric.Identity(3))); return err }},
		{"row 1 is -3", func() error { _, err := metric.Dense(mat.NewSymDense(2, []float64{1, 2, 2, 1})); return err }},
		{"score at x0 has entry [1] = NaN", func() error {
			f := must(density.NewFunc(2, func(x []float64) float64 { return 0 }, func(dst, x []float64) { dst[0], dst[1] = 0, math.NaN() }))
			_, err := NewNUTS(f, x, 0.1, metric.Naive)
			return err
		}},
		{"log density at x0 = NaN", func() error {
			f := must(density.NewFunc(2, func(x []float64) float64 { return math.NaN() }, func(dst, x []float64) { clear(dst) }))
			_, err := NewHMC(f, x, 0.1, metric.Naive, HMCConfig{LeapfrogSteps: 1})
			return err
		}},
		{"log density at x0 = -Inf", func() error {
			u := func(x []float64) float64 { return math.Inf(1) }
			f, err := density.NewFunc(2, u, func(dst, x []float64) {})
			if err != nil {
				return err
			}
			_, err = NewMALA(f, x, 0.1, metric.Naive)
			return err
		}},
	} {
		if err := c.try(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error is %v, want one that says %q", err, c.says)
		}
	}
}

// TestULADivergesOnAQuartic: too long a step is an error, not a NaN.
func TestULADivergesOnAQuartic(t *testing.T) {
	quartic, err := density.NewFunc(1,
		func(x []float64) float64 { return math.Pow(x[0], 4) },
		func(dst, x []float64) { dst[0] = 4 * math.Pow(x[0], 3) })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		h        float64
		diverges bool
	}{{1, true}, {0.01, false}} {
		s, err := NewULA(quartic, []float64{3}, c.h, metric.Naive)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Collect(s, stream.New(1), Plan{Draws: 1000})
		var diverged *DivergedError
		if errors.As(err, &diverged) != c.diverges {
			t.Errorf("h = %v: error %v, want divergence: %v", c.h, err, c.diverges)
		}
	}
}

// TestDivergedErrorNames: the error names the draw, the coordinate and the value.
func TestDivergedErrorNames(t *testing.T) {
	err := CheckFinite(3, []float64{1, math.Inf(-1), math.NaN()})
	if want := "mcmc: the chain diverged: coordinate 1 of draw 3 is -Inf; a smaller step may help"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %q", err, want)
	}
	if err := CheckFinite(3, []float64{1, math.MaxFloat64}); err != nil {
		t.Errorf("finite numbers give %v", err)
	}
}

// TestDrawsPanics: Draws cannot return an error.
func TestDrawsPanics(t *testing.T) {
	defer func() {
		if r := recover(); r != "mcmc: Plan.Thin = -1 is less than 0" {
			t.Errorf("Draws panics with %v", r)
		}
	}()
	Draws(&counter{}, nil, Plan{Thin: -1, Draws: 1})
	t.Error("a negative Thin is taken")
}

// TestSetStepSizeRefuses: a step size that is refused changes nothing, and Velocity
// wants room for all of its coordinates.
func TestSetStepSizeRefuses(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 1))
	s := must(NewMALA(p, []float64{0, 0}, 0.3, metric.Naive))
	rng := stream.New(1)
	s.Step(rng)
	for _, h := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if err := s.SetStepSize(h); err == nil || s.StepSize() != 0.3 || s.counts.steps != 1 {
			t.Errorf("step size %v: error is %v, the step size %v after %d steps", h, err, s.StepSize(), s.counts.steps)
		}
	}
	if err := s.SetStepSize(0.2); err != nil || s.StepSize() != 0.2 || s.Acceptance() != 0 {
		t.Errorf("error is %v, the step size %v, the acceptance %v", err, s.StepSize(), s.Acceptance())
	}
	defer func() {
		if r := recover(); r != "mcmc: dst has the wrong length" {
			t.Errorf("Velocity panics with %v", r)
		}
	}()
	u := must(NewUnderdamped(p, []float64{0, 0}, 0.3, metric.Naive, UnderdampedConfig{Friction: 1}))
	u.Velocity(make([]float64, 1))
}

// panicOf runs f, which must panic, and returns what it panics with.
func panicOf(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// brittle panics at its third step.
type brittle struct{ counter }

func (b *brittle) Step(rng *rand.Rand) {
	if b.counter.Step(rng); b.steps == 3 {
		panic("brittle")
	}
}

// TestMisuse: misuse panics with a message, also from a chain that runs in another
// goroutine.
func TestMisuse(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 1))
	for want, f := range map[string]func(){
		"brittle": func() {
			Chains(context.Background(), 2, 1, Plan{Draws: 9}, func(int, *rand.Rand) (*brittle, error) { return &brittle{counter{bad: -1}}, nil })
		},
		"mcmc: x has the wrong length":    func() { must(NewMALA(p, []float64{0, 0}, 1, metric.Naive)).SetPosition([]float64{1}) },
		"mcmc: target is nil":             func() { NewTempering(nil, []float64{1, 0.5}, nil) },
		"mcmc: metric is nil":             func() { must(NewMALA(p, []float64{0, 0}, 1, metric.Naive)).SetMetric(nil) },
		"mcmc: depth is not from 1 to 30": func() { must(NewNUTS(p, []float64{0, 0}, 1, metric.Naive)).SetMaxDepth(31) },
	} {
		if got := panicOf(f); got != want {
			t.Errorf("panics with %v, want %q", got, want)
		}
	}
}

// TestSetPositionRefuses: a place without a score is refused, and the chain stays
// where it was.
func TestSetPositionRefuses(t *testing.T) {
	p := must(density.NewFunc(1, func([]float64) float64 { return 0 }, func(dst, x []float64) { dst[0] = math.Log(x[0]) }))
	s := must(NewMALA(p, []float64{1}, 0.3, metric.Naive))
	if err := s.SetPosition([]float64{0}); err == nil || !strings.Contains(err.Error(), "score at x has +Inf at 0") || s.x[0] != 1 {
		t.Errorf("at %v after the error %v, want 1 and one about the score", s.x, err)
	}
	if err := s.SetPosition([]float64{2}); err != nil || s.x[0] != 2 || s.g[0] != -math.Ln2 {
		t.Errorf("at %v with the force %v, error %v, want 2 and −ln 2", s.x, s.g, err)
	}
}

// TestDivergent: of trajectories that all diverge HMC counts each.
func TestDivergent(t *testing.T) {
	s := must(NewHMC(must(density.NewNormal(0, 1e-3)), []float64{1e-3}, 1, metric.Naive, HMCConfig{LeapfrogSteps: 5}))
	rng := stream.New(1)
	for i := range 10 {
		if s.Step(rng); !s.Divergent() || s.Divergences() != i+1 {
			t.Fatalf("after %d steps %d have diverged, the last one: %v", i+1, s.Divergences(), s.Divergent())
		}
	}
}
