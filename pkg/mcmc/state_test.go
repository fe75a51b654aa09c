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
	"natspike/pkg/internal/state"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

type saver interface {
	Sampler
	MarshalBinary() ([]byte, error)
	UnmarshalBinary([]byte) error
}

// TestStateAfterWarmup: the step size and the metric that a Warmup has found are
// part of the state, whatever the metric of the kernel that restores it.
func TestStateAfterWarmup(t *testing.T) {
	p := must(density.Equicorrelated(3, 0.6, 4))
	x0 := []float64{1, 2, 3}
	wide := fixed(metric.DiagonalPlusLowRank([]float64{1, 1, 1}, metric.Matrix(metric.Identity(3))))
	for _, kind := range []MetricKind{DiagonalMetric, DenseMetric} {
		a := must(NewNUTS(p, x0, 1, metric.Naive))
		if err := (Warmup{Steps: 200, Metric: kind}).Run(context.Background(), a, stream.New(1)); err != nil {
			t.Fatal(err)
		}
		data := must(a.MarshalBinary())
		for _, g := range []metric.Geometry{metric.Naive, wide} {
			b := must(NewNUTS(p, x0, 1, g))
			if err := b.UnmarshalBinary(data); err != nil {
				t.Fatal(err)
			}
			if b.StepSize() != a.StepSize() || metric.Digest(b.Metric()) != metric.Digest(a.Metric()) {
				t.Errorf("step size %v, want %v, or another metric", b.StepSize(), a.StepSize())
			}
			rng, again := stream.New(2), stream.New(2)
			c := must(NewNUTS(p, x0, 1, metric.Naive))
			if err := c.UnmarshalBinary(data); err != nil {
				t.Fatal(err)
			}
			x, y := make([]float64, 3), make([]float64, 3)
			for range 20 {
				b.Step(rng)
				c.Step(again)
				b.Position(x)
				c.Position(y)
				if !slices.Equal(x, y) {
					t.Fatalf("%v is at %v, want %v", g, x, y)
				}
			}
		}
	}
}

// TestStateKeepsCounts: the counts of steps, moves, gradients and failures are part
// of the state, so that warnings and acceptance rates go on.
func TestStateKeepsCounts(t *testing.T) {
	broken := must(density.NewFunc(1, func(x []float64) float64 { // NaN beyond 1
		if x[0] > 1 {
			return math.NaN()
		}
		return x[0] * x[0] / 2
	}, func(dst, x []float64) { dst[0] = x[0] }))
	g := must(density.Equicorrelated(2, 0.5, 1))
	x := []float64{1, 0}
	type counting interface {
		saver
		Gradients() int
	}
	for name, fresh := range map[string]func() counting{
		"ULA": func() counting { return must(NewULA(g, x, 0.3, metric.Naive)) },
		"BAOAB": func() counting {
			return must(NewUnderdamped(g, x, 0.3, metric.Naive, UnderdampedConfig{Friction: 1}))
		},
		"MALA": func() counting { return must(NewMALA(broken, []float64{0}, 0.3, metric.Naive)) },
		"HMC": func() counting {
			return must(NewHMC(broken, []float64{0}, 0.3, metric.Naive, HMCConfig{LeapfrogSteps: 2}))
		},
		"NUTS": func() counting {
			s := must(NewNUTS(broken, []float64{0}, 0.3, metric.Naive))
			s.SetMaxDepth(2)
			return s
		},
		"Irreversible": func() counting {
			return must(NewIrreversible(g, x, 0.3, metric.Naive, IrreversibleConfig{Skew: newSkew(1)}))
		},
	} {
		a, b, rng := fresh(), fresh(), stream.New(1)
		for range 100 {
			a.Step(rng)
		}
		if err := b.UnmarshalBinary(must(a.MarshalBinary())); err != nil {
			t.Fatal(err)
		}
		if b.Gradients() != a.Gradients() || a.Gradients() < 100 {
			t.Errorf("%s: %d gradients, want %d", name, b.Gradients(), a.Gradients())
		}
		of := func(s Sampler) counts {
			switch s := s.(type) {
			case *MALA:
				return s.counts
			case *HMC:
				return s.counts
			case *NUTS:
				return s.counts
			}
			return counts{}
		}
		if of(b) != of(a) {
			t.Errorf("%s: counts are %+v, want %+v", name, of(b), of(a))
		}
		if n := of(a); name == "NUTS" && (n.steps != 100 || n.moves*n.nonFinite*n.divergences*n.maxDepthHits == 0) {
			t.Errorf("the counts %+v leave the test nothing to see", n)
		}
	}
}

// TestStateOfAnotherDensity: a state is that of the target if its log density is, to
// within 10⁻⁶ of 1 + |log p|. Its step size is positive.
func TestStateOfAnotherDensity(t *testing.T) {
	p, x := must(density.Equicorrelated(2, 0.5, 1)), []float64{1, -2}
	for share, want := range map[float64]string{0: "", 0.99: "", -0.99: "", 1.01: "log density", -1.01: "log density"} {
		a, b := must(NewMALA(p, x, 0.3, metric.Naive)), must(NewMALA(p, x, 0.3, metric.Naive))
		a.logp += share * 1e-6 * (1 + math.Abs(a.logp))
		if err := b.UnmarshalBinary(must(a.MarshalBinary())); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("a log density that is off by %v times what is allowed: error is %v", share, err)
		}
	}
	for _, h := range []float64{0, -0.3} {
		a, b := must(NewMALA(p, x, 0.3, metric.Naive)), must(NewMALA(p, x, 0.3, metric.Naive))
		a.h = h
		if err := b.UnmarshalBinary(must(a.MarshalBinary())); err == nil || !strings.Contains(err.Error(), "step size is not positive") {
			t.Errorf("a step size of %v: error is %v", h, err)
		}
	}
}

// TestStateOfAnotherKernel: a state is refused by a kernel of another type, for
// another target, or with other settings, which the error names.
func TestStateOfAnotherKernel(t *testing.T) {
	p, other := must(density.Equicorrelated(2, 0.5, 1)), must(density.Equicorrelated(2, 0.5, 2))
	three := must(density.Equicorrelated(3, 0.5, 1))
	x := []float64{1, 0}
	nuts := func(p density.Density, x []float64, g metric.Geometry, depth int) saver {
		s := must(NewNUTS(p, x, 0.3, g))
		s.SetMaxDepth(depth)
		return s
	}
	hmc := func(c HMCConfig) saver { return must(NewHMC(p, x, 0.3, metric.Naive, c)) }
	underdamped := func(h float64, g metric.Geometry, c UnderdampedConfig) saver {
		return must(NewUnderdamped(p, x, h, g, c))
	}
	sghmc := func(c SGHMCConfig) saver { return must(NewSGHMC(p, x, 0.3, metric.Naive, c)) }
	irreversible := func(c IrreversibleConfig) saver { return must(NewIrreversible(p, x, 0.3, metric.Naive, c)) }
	ula := func(h float64, g metric.Geometry) saver { return must(NewULA(p, x, h, g)) }
	for want, pair := range map[string][2]saver{
		"is not that of a mcmc.MALA": {ula(0.3, metric.Naive), must(NewMALA(p, x, 0.3, metric.Naive))},
		"state's dimension":          {nuts(p, x, metric.Naive, 10), nuts(three, []float64{1, 0, 0}, metric.Naive, 10)},
		"state's log density":        {nuts(p, x, metric.Naive, 10), nuts(other, x, metric.Naive, 10)},
		"state's largest depth":      {nuts(p, x, metric.Naive, 10), nuts(p, x, metric.Naive, 9)},
		"state's metric is not that": {nuts(p, x, metric.Natural, 10), nuts(p, x, metric.Naive, 10)},
		"state's leapfrog steps":     {hmc(HMCConfig{LeapfrogSteps: 2}), hmc(HMCConfig{LeapfrogSteps: 3})},
		"state's jitter":             {hmc(HMCConfig{LeapfrogSteps: 2}), hmc(HMCConfig{LeapfrogSteps: 2, Jitter: 0.1})},
		"state's step size":          {ula(0.3, metric.Naive), ula(0.2, metric.Naive)},
		"state's metric is":          {ula(0.3, metric.Naive), ula(0.3, metric.Natural)},
		"state's splitting": {
			underdamped(0.3, metric.Naive, UnderdampedConfig{Friction: 1}),
			underdamped(0.3, metric.Naive, UnderdampedConfig{Friction: 1, Splitting: OBABO}),
		},
		"splitting and friction are not": {
			underdamped(0.3, metric.Naive, UnderdampedConfig{Friction: 1}),
			underdamped(0.3, metric.Naive, UnderdampedConfig{Friction: 2}),
		},
		"state's friction":       {sghmc(SGHMCConfig{Friction: 1}), sghmc(SGHMCConfig{Friction: 2})},
		"state's gradient noise": {sghmc(SGHMCConfig{Friction: 1}), sghmc(SGHMCConfig{Friction: 1, GradientNoise: identity(2)})},
		"state's noise": {
			must(NewSGNHT(p, x, 0.3, metric.Naive, SGNHTConfig{Noise: 1})), must(NewSGNHT(p, x, 0.3, metric.Naive, SGNHTConfig{Noise: 2})),
		},
		"state's skew":     {irreversible(IrreversibleConfig{Skew: newSkew(1)}), irreversible(IrreversibleConfig{Skew: newSkew(2)})},
		"state's substeps": {irreversible(IrreversibleConfig{Skew: newSkew(1)}), irreversible(IrreversibleConfig{Skew: newSkew(1), Substeps: 2})},
	} {
		data := must(pair[0].MarshalBinary())
		if err := pair[1].UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

// TestStateWithMore: a state whose fields are right, but after which there is more,
// is refused at its very end, and the kernel goes on as if it had not been read.
func TestStateWithMore(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 1))
	x, h, g := []float64{1, 0}, 0.3, metric.Naive
	type kernel interface {
		saver
		fields(c *state.Coder)
	}
	for kind, fresh := range map[string]func() kernel{
		kindULA:         func() kernel { return must(NewULA(p, x, h, g)) },
		kindMALA:        func() kernel { return must(NewMALA(p, x, h, g)) },
		kindHMC:         func() kernel { return must(NewHMC(p, x, h, g, HMCConfig{LeapfrogSteps: 2})) },
		kindNUTS:        func() kernel { return must(NewNUTS(p, x, h, g)) },
		kindUnderdamped: func() kernel { return must(NewUnderdamped(p, x, h, g, UnderdampedConfig{Friction: 1})) },
		kindSGHMC:       func() kernel { return must(NewSGHMC(p, x, h, g, SGHMCConfig{Friction: 1})) },
		kindSGNHT:       func() kernel { return must(NewSGNHT(p, x, h, g, SGNHTConfig{Noise: 1})) },
		kindIrreversible: func() kernel {
			return must(NewIrreversible(p, x, h, g, IrreversibleConfig{Skew: newSkew(1)}))
		},
	} {
		a, b := fresh(), fresh()
		rng := stream.New(1)
		for range 10 {
			a.Step(rng)
		}
		before := must(b.MarshalBinary())
		more := must(state.Marshal(kind, func(c *state.Coder) {
			a.fields(c)
			c.Same("more", 1, "")
		}))
		if err := b.UnmarshalBinary(more); err == nil || !strings.Contains(err.Error(), "8 bytes more") {
			t.Errorf("%s: error is %v, want one about 8 bytes more", kind, err)
		}
		if string(must(b.MarshalBinary())) != string(before) {
			t.Errorf("%s has another state after an error", kind)
		}
	}
}

// TestSubsampledState: a sampler or a batch that cannot be saved is an error, and
// a state that the sampler refuses leaves the batch as it was.
func TestSubsampledState(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 1))
	ula := func(h float64) *ULA { return must(NewULA(p, []float64{1, 0}, h, metric.Naive)) }
	if _, err := Subsample(&counter{}, &order{}).MarshalBinary(); err == nil || !strings.Contains(err.Error(), "*mcmc.counter") {
		t.Errorf("a sampler without MarshalBinary: error is %v", err)
	}
	data := must(Subsample(ula(0.3), &order{7}).MarshalBinary())
	if err := Subsample(ula(0.3), plain{}).UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), "mcmc.plain") {
		t.Errorf("a batch without UnmarshalBinary: error is %v", err)
	}
	batch := &order{3}
	if err := Subsample(ula(0.2), batch).UnmarshalBinary(data); err == nil || batch.n != 3 {
		t.Errorf("the state of a sampler with another step: error is %v, the batch %d, want 3", err, batch.n)
	}
	if _, err := Subsample(ula(0.3), dumb{}).MarshalBinary(); err == nil || err.Error() != "dumb" {
		t.Errorf("a batch that cannot be saved now: error is %v", err)
	}
	if err := Subsample(ula(0.3), dumb{}).UnmarshalBinary(data); err == nil || err.Error() != "dumb" {
		t.Errorf("a batch that cannot be saved before it is restored: error is %v", err)
	}
	if err := Subsample(ula(0.3), picky{batch}).UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), "picky") {
		t.Errorf("a batch that refuses its state: error is %v", err)
	}
	if err := Subsample(ula(0.3), batch).UnmarshalBinary(data); err != nil || batch.n != 7 {
		t.Errorf("error is %v, the batch %d, want 7", err, batch.n)
	}
}

// plain is a batch that cannot be saved, order one whose state is a number, picky
// one that refuses every state, dumb one that cannot be saved at the moment.
type (
	plain struct{}
	order struct{ n byte }
	picky struct{ *order }
	dumb  struct{}
)

func (dumb) Resample(*rand.Rand)            {}
func (dumb) MarshalBinary() ([]byte, error) { return nil, errors.New("dumb") }
func (dumb) UnmarshalBinary([]byte) error   { return nil }

func (picky) UnmarshalBinary([]byte) error { return errors.New("picky") }

func (plain) Resample(*rand.Rand)                  {}
func (o *order) Resample(*rand.Rand)               { o.n++ }
func (o *order) MarshalBinary() ([]byte, error)    { return []byte{o.n}, nil }
func (o *order) UnmarshalBinary(data []byte) error { o.n = data[0]; return nil }
