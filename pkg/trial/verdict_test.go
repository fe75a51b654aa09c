package trial_test

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

var judged = flag.Int("judge.repeats", 3, "trials of each network that TestJudgeRates judges")

// A patient is a network to be judged, and what is to be found.
type patient struct {
	name     string
	network  func(seed uint64) spiking.Network
	target   *density.Gaussian
	seconds  float64 // of the recording
	burnIn   float64 // s, left out
	least    diag.Grade
	most     diag.Grade
	want     []string // kinds of warnings and problems that must be found
	measured bool     // whether the recording alone shows it
}

func patients() []patient {
	const p, n = 10, 200
	about := func(g *density.Gaussian, m float64) *density.Gaussian {
		mean := make([]float64, g.Dim())
		for i := range mean {
			mean[i] = m
		}
		return must(g.WithMean(mean))
	}
	wide := about(equicorrelated(p, 0.75, 3), 3)
	greedy := func(change func(*spiking.BalancedConfig)) func(uint64) spiking.Network {
		return func(seed uint64) spiking.Network {
			c := spiking.PaperBalanced(wide, must(spiking.RandomDecoder(decoderKey(seed).Rand(), p, n, 0.3)), metric.Natural)
			c.TauS, c.Lambda, c.Alpha, c.Arbitration = 2e-3, 0, 0, spiking.Greedy
			if change != nil {
				change(&c)
			}
			return must(spiking.NewBalanced(c))
		}
	}
	decoder := func(size float64) mat.Matrix { return must(spiking.RandomDecoder(decoderKey(1).Rand(), p, n, size)) }
	published := func(rho float64) *density.Gaussian { return about(equicorrelated(p, rho, 1), 1) }
	pairs := func(rho float64, g metric.Geometry, change func(*spiking.MetropolisConfig)) func(uint64) spiking.Network {
		return func(seed uint64) spiking.Network {
			c := spiking.PaperMetropolis(published(rho), must(spiking.RandomPairs(decoderKey(seed).Rand(), p, n, 1)), g)
			if change != nil {
				change(&c)
			}
			return must(spiking.NewMetropolis(c))
		}
	}
	good, doubtful, unusable := diag.Good, diag.Doubtful, diag.Unusable
	return []patient{
		{"healthy", greedy(nil), wide, 2, 0.05, good, good, nil, false},
		{"healthy, one per step", greedy(func(c *spiking.BalancedConfig) {
			c.Arbitration, c.DT, c.TauS = spiking.OnePerStepByExcess, 2e-5, 5e-3
		}), wide, 4, 0.1, good, good, nil, false},
		{"healthy, probabilistic", pairs(0.75, metric.Natural, nil), published(0.75), 20, 0.2, good, good, nil, false},
		{"healthy, probabilistic, narrow", pairs(0.95, metric.Natural, nil), published(0.95), 20, 0.2, good, good, nil, false},

		{"coarse", greedy(func(c *spiking.BalancedConfig) { c.Decoder = decoder(2) }), wide, 2, 0.05, doubtful, unusable, []string{"Grain", "off target"}, true},
		{"dear by λ", greedy(func(c *spiking.BalancedConfig) { c.Lambda = 10 }), wide, 2, 0.05, doubtful, unusable, []string{"Price", "off target"}, true},
		{"dear by α", greedy(func(c *spiking.BalancedConfig) { c.Alpha = 10 }), wide, 2, 0.05, doubtful, unusable, []string{"Price", "off target"}, true},
		{"silent", greedy(func(c *spiking.BalancedConfig) { c.Lambda, c.Alpha, c.Decoder = 100, 100, decoder(0.05) }), wide, 2, 0.05, unusable, unusable, []string{"Silence"}, false},
		{"long step", greedy(func(c *spiking.BalancedConfig) { c.TauS = 0.15e-3 }), wide, 1, 0.05, doubtful, unusable, []string{"Euler", "off target"}, true},
		{"past stability", greedy(func(c *spiking.BalancedConfig) { c.Arbitration, c.TauS = spiking.OnePerStep, 0.04e-3 }), wide, 2, 0.05, unusable, unusable, []string{"Stability"}, true},
		{"capped", greedy(func(c *spiking.BalancedConfig) { c.Arbitration, c.Decoder = spiking.OnePerStep, decoder(0.03) }), wide, 2, 0.05, doubtful, unusable, []string{"Cap"}, true},
		{"in milliseconds", greedy(func(c *spiking.BalancedConfig) { c.TauM = 20 }), wide, 2, 0.05, doubtful, unusable, []string{"Unit"}, false},
		{"begins too early", greedy(func(c *spiking.BalancedConfig) { c.Target = about(wide, 20) }), about(wide, 20), 2, 0, doubtful, doubtful, []string{"not settled"}, true},
		{"short", greedy(nil), wide, 0.1, 0.05, doubtful, doubtful, []string{"few effective draws"}, true},
		{"silent, probabilistic", pairs(0.95, metric.Naive, nil), published(0.95), 20, 0.2, unusable, unusable, []string{"Silence"}, true},
		{"small spikes", pairs(0.5, metric.Natural, func(c *spiking.MetropolisConfig) {
			c.Decoder = must(spiking.RandomPairs(decoderKey(1).Rand(), p, n, 0.03))
		}), published(0.5), 20, 0.2, doubtful, unusable, []string{"Leak", "off target"}, true},
		{"gain", pairs(0.5, metric.Natural, func(c *spiking.MetropolisConfig) { c.Gain = 2 }), published(0.5), 20, 0.2, doubtful, unusable, []string{"Rule", "off target"}, true},
	}
}

// evidence presents nothing but the target to a patient.
func (c patient) evidence(repeat uint32) trial.Evidence {
	key := stream.Key{Seed: 11, Repeat: repeat}
	net := c.network(uint64(repeat) + 1)
	r := must(trial.Present(net, trial.Protocol{After: c.burnIn + c.seconds}, key.Rand()))
	return trial.Evidence{
		Network: net, Recordings: []*trial.Recording{r}, Target: c.target,
		Window: trial.Window{From: c.burnIn, To: math.Inf(1)},
	}
}

// kinds returns the problems of a verdict, and of warnings their types.
func kinds(v diag.Verdict) (names []string) {
	for _, f := range v.Findings {
		name := string(f.Problem)
		if f.Problem == diag.Warned {
			name = strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", f.Err), "*spiking."), "Warning")
		}
		names = append(names, name)
	}
	return names
}

func TestJudgeRates(t *testing.T) {
	t.Parallel()
	for _, c := range patients() {
		wrong, missed := 0, 0
		for k := range uint32(*judged) {
			e := c.evidence(k)
			v := must(trial.Judge(e))
			bad := v.Grade < c.least || v.Grade > c.most
			for _, w := range c.want {
				bad = bad || !slices.Contains(kinds(v), w)
			}
			e.Network = nil
			blind := must(trial.Judge(e))
			if blind.Grade == diag.Good {
				missed++
			}
			if bad {
				wrong++
			}
			if k == 0 || bad {
				t.Logf("%s, %d: %v %v; alone %v %v\n   %v", c.name, k, v.Grade, kinds(v), blind.Grade, kinds(blind), v)
			}
		}
		t.Logf("%s: %d of %d misjudged; the recording alone is good %d times", c.name, wrong, *judged, missed)
	}
}

var _ = errors.Is
var _ arg.Checker
