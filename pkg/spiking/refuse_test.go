package spiking

import (
	"math"
	"slices"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// A vector of proposals is refused as far as, one after the other, each is for certain:
// gains from none to infinite, terms of all sizes, and scales that must be renewed.
func TestRefuse(t *testing.T) {
	rng := stream.New(1)
	words := make([]uint64, 64)
	stopped := map[string]int{}
	for round := range 4000 {
		n := 1 + rng.IntN(300)
		drive, back := make([]float64, n), make([]float64, n)
		for j := range n {
			drive[j], back[j] = 4*stream.Normal(rng)-14, 4*stream.Normal(rng)
		}
		switch round % 8 {
		case 1:
			drive[rng.IntN(n)] = math.NaN()
		case 2:
			back[rng.IntN(n)] = math.Inf(1)
		case 3:
			back[rng.IntN(n)] = -1e300
		}
		gain := []float64{1, 0.3, 5, math.Inf(1)}[rng.IntN(4)]
		kappa := []float64{1, 0.9995, 0.8}[rng.IntN(3)]
		start := []float64{1, 0.4, 3 * minScale}[rng.IntN(3)]
		stream.Words(rng, words)
		count := rng.IntN(len(words) + 1)

		want, scale := 0, start
		for ; want < count; want++ {
			if want%8 == 0 { // an eight is taken if it is whole and needs no new scale
				last := scale
				for range 8 {
					last *= kappa
				}
				if want+8 > count || last < minScale {
					stopped["eight"]++
					break
				}
			}
			j, u := neuronAndUniform(words[want], n)
			z := -gain * (drive[j] - scale*back[j])
			if !(u*(1+z*(1+z*(0.5+z*(1.0/6)))) >= 1) {
				stopped["proposal"]++
				break
			}
			scale *= kappa
		}
		for level, set := range levels() {
			got := start
			undo := set()
			k := refuse(words[:count], drive, back, gain, kappa, &got)
			undo()
			if level != "AVX-512 VNNI" {
				if k != 0 || got != start {
					t.Errorf("%s: %d proposals are refused", level, k)
				}
			} else if k != want || got != scale {
				t.Errorf("%d of %d proposals are refused to a scale of %v, want %d and %v: n = %d, g = %v, κ = %v", k, count, got, want, scale, n, gain, kappa)
			}
		}
	}
	if min(stopped["eight"], stopped["proposal"]) < 500 {
		t.Errorf("of 4000 vectors %v stopped early: too few to test with", stopped)
	}
}

// Every set of vector instructions takes a network through the same spikes at the same
// steps, in runs and step by step.
func TestRunsAreSteps(t *testing.T) {
	for _, sd := range []float64{0.2, 0.5, 1} {
		var want []int64
		for level, set := range levels() {
			for _, single := range []bool{true, false} {
				undo := set()
				config := PaperMetropolis(equicorrelated(6, 0.75, 0.25), must(RandomPairs(stream.New(1), 6, 60, sd)), metric.Naive)
				config.Target = about(config.Target, constant(6, 1))
				config.TauM = 2e-3
				net := must(NewMetropolis(config))
				rng := stream.New(2)
				var got []int64
				for net.Steps() < 100_000 {
					if single {
						net.Step(rng)
					} else {
						net.run(rng, 100_000-net.Steps())
					}
					if net.Spike() >= 0 {
						got = append(got, net.Steps(), int64(net.Spike()))
					}
				}
				undo()
				got = append(got, int64(rng.Uint64()>>1))
				if want == nil {
					want = got
				}
				if len(got) < 20 {
					t.Errorf("sd = %v: %d spikes are too few to test with", sd, len(got)/2)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, sd = %v, single = %v: other spikes than before", level, sd, single)
				}
			}
		}
	}
}
