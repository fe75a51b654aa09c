package mcmc

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// TestChainsKeepStatistics: the statistics of a draw are those that the sampler
// has after the step of that draw, by their names, also with thinning; a sampler
// that reports none has none, and an unknown name is an error.
func TestChainsKeepStatistics(t *testing.T) {
	p := must(density.Equicorrelated(3, 0.5, 1))
	plan := Plan{BurnIn: 5, Thin: 3, Draws: 40}
	start := func(_ int, rng *rand.Rand) (*NUTS, error) {
		s, err := NewNUTS(p, p.Rand(rng, nil), 0.5, metric.Naive)
		s.SetMaxDepth(2)
		return s, err
	}
	chains := must(Chains(context.Background(), 2, 9, plan, start))
	for c, chain := range chains {
		key := stream.Key{Seed: 9, Chain: uint32(c)}
		key.Purpose = stream.Start
		s := must(start(c, key.Rand()))
		key.Purpose = stream.Dynamics
		for i, x := range Draws(s, key.Rand(), plan) {
			if !slices.Equal(chain.Draws.RawRowView(i), x) {
				t.Fatalf("chain %d, draw %d is %v, want %v", c, i, chain.Draws.RawRowView(i), x)
			}
			for j, want := range map[string]float64{
				"lp":              p.LogProb(x),
				"acceptance_rate": s.AcceptanceProbability(),
				"diverging":       portable.Indicator(s.Divergent()),
				"tree_depth":      float64(s.Depth()),

				"reached_max_treedepth": portable.Indicator(s.Depth() == 2),
				"n_steps":               float64(s.LeapfrogSteps()),
				"step_size":             0.5,
			} {
				if got := must(Stat(chains, j))[c][i]; got != want {
					t.Errorf("chain %d, draw %d: %s = %v, want %v", c, i, j, got, want)
				}
			}
		}
		if chain.Sampler.Gradients() != s.Gradients() {
			t.Errorf("chain %d: the sampler is not the one that ran", c)
		}
	}
	names, stats := AllStats(chains)
	if !slices.Equal(names, chains[0].StatNames()) || len(stats) != 2 || stats[0] != chains[0].Stats || stats[1] != chains[1].Stats {
		t.Errorf("AllStats returns the names %q and %d matrices", names, len(stats))
	}
	if _, err := Stat(chains, "treedepth"); err == nil || !strings.Contains(err.Error(), `"treedepth"`) || !strings.Contains(err.Error(), "tree_depth") {
		t.Errorf("an unknown statistic: error is %v, want one with the names that there are", err)
	}
	silent := must(Chains(context.Background(), 2, 9, plan, startULA))
	if silent[0].Stats != nil || silent[0].StatNames() != nil {
		t.Errorf("ULA has the statistics %q", silent[0].StatNames())
	}
	if names, stats := AllStats(silent); names != nil || stats != nil {
		t.Errorf("AllStats returns %q and %d matrices for ULA", names, len(stats))
	}
	if _, err := Stat(silent, "lp"); err == nil {
		t.Error("ULA has a log density")
	}
}

// TestEnergies: the energy that HMC and NUTS report is that of the draw with its
// own momenta: on a Gaussian in d dimensions, energy + log p is a χ²_d/2, of mean
// d/2 and variance d/2, for momenta that are independent of the draw. Of n draws
// the mean is within five standard errors, from batches (false alarm 1e-6). The
// control is the energy at the beginning of the trajectory, less the log density
// of the draw.
func TestEnergies(t *testing.T) {
	racetest.Sequential(t)
	const d, draws = 10, 20_000
	p := must(density.Equicorrelated(d, 0.4, 1))
	x0 := exactDraw(p, 1)
	nuts := must(NewNUTS(p, x0, 0.8, metric.Naive))
	hmc := must(NewHMC(p, x0, 0.5, metric.Naive, HMCConfig{LeapfrogSteps: 4, Jitter: 0.3}))
	for name, s := range map[string]interface {
		Sampler
		Reporter
		LogProb() float64
	}{"NUTS": nuts, "HMC": hmc} {
		energy := slices.Index(s.StatNames(), "energy")
		stats := make([]float64, len(s.StatNames()))
		kinetic, control := make([]float64, draws), make([]float64, draws)
		rng := stream.New(2)
		for i := range kinetic {
			s.Step(rng)
			s.Stats(stats)
			kinetic[i] = stats[energy] + s.LogProb()
			if s == Sampler(nuts) {
				control[i] = nuts.startEnergy + s.LogProb()
			}
		}
		mean, se := batchError(kinetic)
		t.Logf("%s: kinetic energy %.3f ± %.3f, want %v", name, mean, se, d/2)
		if math.Abs(mean-d/2) > 5*se {
			t.Errorf("%s: kinetic energy %.3f ± %.3f, want %v", name, mean, se, d/2)
		}
		least := slices.Min(kinetic)
		if least < 0 {
			t.Errorf("%s: a kinetic energy of %v", name, least)
		}
		if s == Sampler(nuts) && slices.Min(control) >= 0 {
			t.Error("the energy at the beginning, less the potential energy of the draw, is never negative: no control")
		}
	}
}

// TestWarnings: a run that did not work says so, with its numbers, and one that
// did is silent.
func TestWarnings(t *testing.T) {
	gaussian := must(density.Equicorrelated(2, 0.5, 1))
	funnel := must(density.NewFunnelSize(5, 3))
	lonely := must(density.NewFunc(1, func(x []float64) float64 { // finite at 2 alone
		if x[0] != 2 {
			return math.Inf(1)
		}
		return 0
	}, func(dst, _ []float64) { dst[0] = 0 }))
	broken := must(density.NewFunc(1, func(x []float64) float64 { // NaN beyond 1
		if x[0] > 1 {
			return math.NaN()
		}
		return x[0] * x[0] / 2
	}, func(dst, x []float64) { dst[0] = x[0] }))
	type warner interface {
		Sampler
		Warnings() []error
	}
	nuts := func(p density.Density, x0 []float64, h float64) *NUTS { return must(NewNUTS(p, x0, h, metric.Naive)) }
	hmc := func(p density.Density, x0 []float64, h float64) *HMC {
		return must(NewHMC(p, x0, h, metric.Naive, HMCConfig{LeapfrogSteps: 3}))
	}
	mala := func(p density.Density, x0 []float64, h float64) *MALA { return must(NewMALA(p, x0, h, metric.Naive)) }
	var (
		divergence *DivergenceWarning
		maxDepth   *MaxDepthWarning
		stuck      *StuckWarning
		nonFinite  *NonFiniteWarning
	)
	for name, c := range map[string]struct {
		s    warner
		want []any
		says string
	}{
		"NUTS that works":          {nuts(gaussian, []float64{0, 0}, 0.4), nil, ""},
		"HMC that works":           {hmc(gaussian, []float64{0, 0}, 0.4), nil, ""},
		"MALA that works":          {mala(gaussian, []float64{0, 0}, 0.4), nil, ""},
		"NUTS in a funnel":         {nuts(funnel, []float64{-6, 0, 0, 0, 0}, 1), []any{&divergence, &stuck}, "trajectories diverged at step size 1,"},
		"NUTS with a short step":   {nuts(gaussian, []float64{0, 0}, 1e-6), []any{&maxDepth}, "200 of 200 trajectories were cut short after 10 doublings"},
		"NUTS on one point":        {nuts(lonely, []float64{2}, 1e-17), []any{&maxDepth, &stuck}, "moved in 0 of 200 steps of size 1e-17"},
		"HMC on one point":         {hmc(lonely, []float64{2}, 1), []any{&divergence, &stuck}, "200 of 200 trajectories diverged"},
		"MALA on one point":        {mala(lonely, []float64{2}, 1), []any{&stuck}, "moved in 0 of 200 steps of size 1,"},
		"MALA with a long step":    {mala(gaussian, []float64{0, 0}, 30), []any{&stuck}, "take a shorter step"},
		"MALA where p is not":      {mala(broken, []float64{0}, 0.5), []any{&nonFinite}, "was NaN or +Inf"},
		"irreversible, long step":  {must(NewIrreversible(gaussian, []float64{0, 0}, 30, metric.Naive, IrreversibleConfig{Skew: newSkew(0)})), []any{&stuck}, ""},
		"HMC where p is not":       {hmc(broken, []float64{0}, 0.5), []any{&divergence, &nonFinite}, ""},
		"NUTS where p is not":      {nuts(broken, []float64{0}, 0.5), []any{&divergence, &nonFinite}, ""},
		"irreversible, that works": {must(NewIrreversible(gaussian, []float64{0, 0}, 0.3, metric.Naive, IrreversibleConfig{Skew: newSkew(0.3)})), nil, ""},
	} {
		rng := stream.New(3)
		for range 200 {
			c.s.Step(rng)
		}
		warnings := c.s.Warnings()
		text := errors.Join(warnings...)
		if len(warnings) != len(c.want) {
			t.Errorf("%s: warnings are %v", name, warnings)
			continue
		}
		for _, target := range c.want {
			if !errors.As(text, target) {
				t.Errorf("%s: %v is no %T", name, text, target)
			}
		}
		if text != nil && !strings.Contains(text.Error(), c.says) {
			t.Errorf("%s: warnings are %v, want %q among them", name, text, c.says)
		}
	}
	// The warnings of chains carry their numbers.
	chains := must(Chains(context.Background(), 2, 1, Plan{Draws: 100}, func(_ int, rng *rand.Rand) (*NUTS, error) {
		return NewNUTS(gaussian, gaussian.Rand(rng, nil), 100, metric.Naive)
	}))
	warnings := Warnings(chains)
	if len(warnings) < 2 || !errors.As(warnings[0], &divergence) || !strings.HasPrefix(warnings[0].Error(), "chain 0: mcmc: 100 of 100 trajectories diverged") {
		t.Errorf("with a step that is far too long the warnings are %v", warnings)
	}
	if w := Warnings(must(Chains(context.Background(), 2, 1, Plan{Draws: 10}, startULA))); w != nil {
		t.Errorf("ULA warns: %v", w)
	}
}

// TestAcceptanceProbability: the acceptance rates that MALA and HMC report have
// the mean of the indicator of acceptance, within five standard errors (false
// alarm 6e-7), and TryStep is a draw of the former that does not move the chain.
func TestAcceptanceProbability(t *testing.T) {
	p := must(density.Equicorrelated(4, 0.5, 1))
	for name, s := range map[string]interface {
		Tunable
		Accepted() bool
	}{
		"MALA": must(NewMALA(p, exactDraw(p, 2), 0.6, metric.Naive)),
		"HMC":  must(NewHMC(p, exactDraw(p, 2), 0.9, metric.Naive, HMCConfig{LeapfrogSteps: 1})),
	} {
		const n = 20_000
		rate, tried := make([]float64, n), make([]float64, n)
		rng := stream.New(5)
		x, y := make([]float64, 4), make([]float64, 4)
		for i := range rate {
			s.Position(x)
			tried[i] = -s.TryStep(rng, s.StepSize())
			if s.Position(y); !slices.Equal(x, y) {
				t.Fatalf("%s: TryStep moves the chain", name)
			}
			s.Step(rng)
			rate[i] = s.AcceptanceProbability() - portable.Indicator(s.Accepted())
			tried[i] += s.AcceptanceProbability()
		}
		for what, v := range map[string][]float64{"of the last step": rate, "of TryStep": tried} {
			if mean, se := batchError(v); math.Abs(mean) > 5*se || se == 0 {
				t.Errorf("%s: the acceptance probability %s is off by %.4f ± %.4f", name, what, mean, se)
			}
		}
	}
}

// TestJitter: the step of each of HMC's proposals is uniform on (1 ± jitter)h. A
// proposal of one leapfrog step on a flat density moves by that times the momentum,
// which the stream gives first.
func TestJitter(t *testing.T) {
	flat := must(density.NewFunc(1, func([]float64) float64 { return 0 }, func(dst, _ []float64) { dst[0] = 0 }))
	const h, jitter, n = 0.5, 0.4, 20_000
	s := must(NewHMC(flat, []float64{0}, h, metric.Naive, HMCConfig{LeapfrogSteps: 1, Jitter: jitter}))
	rng := stream.New(6)
	before := 0.0
	var sum, sum2, least, most float64 = 0, 0, 1, 0
	for range n {
		s.Step(rng)
		u := (s.x[0] - before) / s.w[0] / h // uniform on 1 ± jitter
		before = s.x[0]
		sum += u
		sum2 += (u - 1) * (u - 1)
		least, most = min(least, u), max(most, u)
	}
	sd := jitter / math.Sqrt(3)
	if z := (sum/n - 1) / (sd / math.Sqrt(n)); math.Abs(z) > 5 { // false alarm 6e-7
		t.Errorf("the mean of the step is off by %.1f standard errors", z)
	}
	if ratio := sum2 / n / (sd * sd); math.Abs(ratio-1) > 5*math.Sqrt(0.8/n) { // Var(u²)/E[u²]² = 4/5
		t.Errorf("the variance of the step is %.3f of the uniform law's", ratio)
	}
	if least < 1-jitter-1e-9 || most > 1+jitter+1e-9 || least > 1-jitter+0.01 || most < 1+jitter-0.01 {
		t.Errorf("steps are from %.4f to %.4f of h, want 1 ± %v", least, most, jitter)
	}
	if portable.Dot(s.g, s.g) != 0 {
		t.Error("a flat density has a force")
	}
}

// TestThresholds: warnings and divergences begin where their comments say.
func TestThresholds(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	s := must(NewNUTS(p, []float64{0}, 1, metric.Naive))
	for _, c := range []struct {
		n    counts
		want int
	}{
		{counts{steps: 20, moves: 0}, 1}, {counts{steps: 19, moves: 0}, 0},
		{counts{steps: 100, moves: 4}, 1}, {counts{steps: 100, moves: 5}, 0},
		{counts{steps: 5, moves: 5, divergences: 1, nonFinite: 1, maxDepthHits: 1}, 3}, {counts{steps: 5, moves: 5}, 0},
	} {
		s.counts = c.n
		if got := s.Warnings(); len(got) != c.want {
			t.Errorf("%+v gives the warnings %v, want %d", c.n, got, c.want)
		}
	}
	s.counts = counts{}
	inf := math.Inf(1)
	for rise, want := range map[float64]bool{1000: true, math.Nextafter(1000, 0): false, -1e9: false, inf: true} {
		if s.diverges(rise) != want || s.counts.nonFinite != 0 {
			t.Errorf("a rise of %v diverges: %v, want %v, with %d states that are not finite", rise, !want, want, s.counts.nonFinite)
		}
	}
	if !s.diverges(-inf) || !s.diverges(math.NaN()) || s.counts.nonFinite != 2 {
		t.Errorf("of −Inf and NaN %d are counted as not finite", s.counts.nonFinite)
	}
	for rise, want := range map[float64]float64{-1: 1, 0: 1, inf: 0, -inf: 0, 2: math.Exp(-2)} {
		if got := acceptance(rise); math.Abs(got-want) > 1e-16 {
			t.Errorf("a rise of %v is accepted with probability %v, want %v", rise, got, want)
		}
	}
	if got := acceptance(math.NaN()); got != 0 {
		t.Errorf("a rise that is NaN is accepted with probability %v", got)
	}
}
