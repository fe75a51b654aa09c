package contest

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// exact draws from a Gaussian target, stretched by a factor.
type exact struct {
	t       Target
	stretch float64
	z       []float64
}

func (e *exact) Dim() int               { return len(e.z) }
func (e *exact) Position(dst []float64) { copy(dst, e.z) }
func (e *exact) Step(rng *rand.Rand) {
	e.t.Gaussian.Rand(rng, e.z)
	for j := range e.z {
		e.z[j] *= e.stretch
	}
}

func entrant(name string, stretch, dt float64) Entrant {
	return Entrant{name, func(t Target, _ *rand.Rand) (Start, error) {
		if t.Gaussian == nil {
			return Start{}, ErrUnfit
		}
		return Start{Sampler: &exact{t, stretch, make([]float64, len(t.Mean))}, DT: dt}, nil
	}}
}

// Independent draws score as many effective samples as there are, to 15 %, a small
// error, and a verdict that is good. Draws whose standard deviation is 1.3 times too
// large are unusable and score nothing.
func TestScores(t *testing.T) {
	targets := must(Targets())[:2]
	broken := errors.New("broken")
	scores := must(Run(context.Background(), []Entrant{
		entrant("exact", 1, 2e-3), entrant("wide", 1.3, 2e-3), entrant("no circuit", 1, 0),
		{"broken", func(Target, *rand.Rand) (Start, error) { return Start{}, broken }},
		{"unfit", func(Target, *rand.Rand) (Start, error) { return Start{}, ErrUnfit }},
	}, targets, Settings{Seed: 1, Seconds: 2, Draws: 1000}))
	if len(scores) != 8 {
		t.Fatalf("%d scores, want 4 for each target", len(scores))
	}
	for _, s := range scores {
		switch s.Entrant {
		case "exact":
			// Four chains of 2 s with a draw each 2 ms: 500 draws a second.
			if math.Abs(s.PerSecond-500) > 75 || s.MeanError > 0.1 || s.CovError > 0.1 || s.Verdict.Grade != diag.Good {
				t.Errorf("exact: %+v", s)
			}
		case "wide":
			if !math.IsNaN(s.PerSecond) || math.Abs(s.CovError-0.69) > 0.15 || s.Verdict.Grade != diag.Unusable {
				t.Errorf("wide: %+v", s)
			}
		case "no circuit":
			if !math.IsNaN(s.PerSecond) || !(s.PerCPU > 0) {
				t.Errorf("no circuit: %+v", s)
			}
		case "broken":
			if s.Err != broken {
				t.Errorf("broken: %v", s.Err)
			}
		}
	}
	var text, page strings.Builder
	rows := Rows(scores)
	if err := errors.Join(Markdown(&text, rows), Page(&page, rows, nil)); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 9 || rows[4][2] != "broken" || !strings.Contains(text.String(), "| unusable | – |") {
		t.Errorf("text\n%s\ntable %v", text.String(), rows)
	}
	if html := page.String(); !strings.Contains(html, `<tr class="poor"><td></td><td>wide</td><td>unusable</td><td>–</td>`) || strings.Count(html, "<td>exact</td>") != 2 ||
		!strings.Contains(html, `Entrant{Name: &#34;fast Langevin&#34;`) || strings.Contains(html, "Gradients to a given error") {
		t.Errorf("page\n%s", html)
	}
}

// NUTS agrees with the moments of the Gaussians and of the odours: their quadrature is
// right. Four chains of 2000 draws, worth some 2000 each, know a mean to 0.01 standard
// deviations and a variance to 2 %.
func TestTargets(t *testing.T) {
	targets := slices.DeleteFunc(must(Targets()), func(t Target) bool { return t.Gaussian == nil && t.Posterior == nil })
	nuts := slices.DeleteFunc(Entrants(), func(e Entrant) bool { return e.Name != "NUTS" })
	for _, s := range must(Run(context.Background(), nuts, targets, Settings{Seed: 1})) {
		if s.Err != nil || s.MeanError > 0.08 || s.CovError > 0.15 {
			t.Errorf("%s: mean off by %.3f, covariance by %.3f, %v", s.Target, s.MeanError, s.CovError, s.Err)
		}
	}
}

// Every entrant runs on the targets that it fits, and on no other kind.
func TestEntrants(t *testing.T) {
	kinds := map[string]int{}
	for _, s := range must(Run(context.Background(), Entrants(), must(Targets()), Settings{Seed: 2, Seconds: 0.05, Draws: 50})) {
		if s.Err != nil {
			t.Errorf("%s on %s: %v", s.Entrant, s.Target, s.Err)
		}
		kinds[s.Entrant]++
	}
	for _, e := range Entrants() {
		if kinds[e.Name] == 0 {
			t.Errorf("%s has sampled nothing", e.Name)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []Settings{{Chains: 1}, {Draws: 3}, {Seconds: -1}, {Every: math.NaN()}} {
		var bad *arg.Error
		if _, err := Run(context.Background(), nil, nil, s); !errors.As(err, &bad) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, Entrants(), must(Targets()), Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled run returned %v", err)
	}
	diverging := Entrant{"diverging", func(t Target, _ *rand.Rand) (Start, error) {
		return Start{Sampler: &exact{t, math.Inf(1), make([]float64, len(t.Mean))}, DT: 1e-3}, nil
	}}
	scores := must(Run(context.Background(), []Entrant{diverging}, must(Targets())[:1], Settings{Seconds: 0.1}))
	var d *mcmc.DivergedError
	if !errors.As(scores[0].Err, &d) {
		t.Errorf("a diverging sampler has the error %v", scores[0].Err)
	}
}
