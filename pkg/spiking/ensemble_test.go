package spiking

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// ensemble returns k networks that share a decoder: naive and natural in turn, of other
// arbitrations, λ and delays.
func ensemble(tb testing.TB, p, n, k int) []*Balanced {
	tb.Helper()
	decoder := must(NewDecoder(randomDecoder(stream.New(1), p, n, 1)))
	nets := make([]*Balanced, k)
	for i := range nets {
		config := PaperBalanced(about(equicorrelated(p, 2.4, 0.2), constant(p, 6)), decoder, []metric.Geometry{metric.Natural, metric.Naive}[i%2])
		config.Arbitration = []Arbitration{OnePerStep, OnePerStep, Greedy, OnePerStepByExcess}[i%4]
		if i%4 == 3 {
			config.Delay = 3 * config.DT
		}
		config.Lambda *= float64(1 + i%4)
		nets[i] = must(NewBalanced(config))
	}
	return nets
}

// Networks of an ensemble take the steps that they take alone, for every set of vector
// instructions, also after one of them has failed.
func TestEnsembleIsAlone(t *testing.T) {
	for level, set := range levels() {
		for _, c := range []struct{ p, n, k int }{{3, 40, 1}, {3, 40, 2}, {10, 100, 5}, {33, 330, 4}, {64, 640, 3}} {
			t.Run(fmt.Sprintf("%s/%d of %dx%d", level, c.k, c.p, c.n), func(t *testing.T) {
				defer set()()
				together, alone := ensemble(t, c.p, c.n, c.k), ensemble(t, c.p, c.n, c.k)
				e := must(NewEnsemble(together...))
				rngs, others := make([]*rand.Rand, c.k), make([]*rand.Rand, c.k)
				for i := range rngs {
					rngs[i], others[i] = stream.New(uint64(i)), stream.New(uint64(i))
				}
				spikes := 0
				got, want := make([]float64, c.p), make([]float64, c.p)
				for step := range 600 {
					if step == 400 && c.k > 2 {
						together[1].u[0], alone[1].u[0] = 1e308, 1e308
					}
					e.Step(rngs)
					for i, net := range alone {
						net.Step(others[i])
						spikes += len(net.Spikes())
						if !slices.Equal(together[i].Spikes(), net.Spikes()) {
							t.Fatalf("network %d has spikes %v at step %d, alone %v", i, together[i].Spikes(), step, net.Spikes())
						}
						together[i].Position(got)
						net.Position(want)
						if net.Err() == nil && !slices.Equal(got, want) || (together[i].Err() == nil) != (net.Err() == nil) {
							t.Fatalf("network %d is at %v after step %d, alone at %v", i, got, step, want)
						}
					}
				}
				for i, net := range alone {
					if together[i].counts != net.counts {
						t.Errorf("network %d has counts %+v, alone %+v", i, together[i].counts, net.counts)
					}
				}
				if c.k > 2 && alone[1].Err() == nil {
					t.Error("no network has failed")
				}
				if spikes < 100 {
					t.Errorf("%d spikes are too few to test with", spikes)
				}
			})
		}
	}
}

func TestEnsembleStepAllocates(t *testing.T) {
	e := must(NewEnsemble(ensemble(t, 10, 100, 3)...))
	rngs := []*rand.Rand{stream.New(1), stream.New(2), stream.New(3)}
	if n := testing.AllocsPerRun(100, func() { e.Step(rngs) }); n > 0 {
		t.Errorf("a step allocates %v times", n)
	}
}

func TestEnsembleRefuses(t *testing.T) {
	nets, others := ensemble(t, 3, 40, 2), ensemble(t, 3, 40, 1)
	for name, bad := range map[string][]*Balanced{
		"none": nil, "nil": {nets[0], nil}, "twice": {nets[0], nets[1], nets[0]}, "other decoder": {nets[0], others[0]},
	} {
		if e, err := NewEnsemble(bad...); e != nil || !names(err, "nets") {
			t.Errorf("%s: NewEnsemble returns %v, %v", name, e, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Step takes one stream for two networks")
		}
	}()
	must(NewEnsemble(nets...)).Step([]*rand.Rand{stream.New(1)})
}
