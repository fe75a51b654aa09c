package trial_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// pair returns the network with naive and with natural geometry, which share a decoder.
func pair(dim, neurons int, change func(*spiking.BalancedConfig)) []*spiking.Balanced {
	decoder := must(spiking.RandomDecoder(decoderKey(1).Rand(), dim, neurons, 1))
	var nets []*spiking.Balanced
	for _, g := range []metric.Geometry{metric.Naive, metric.Natural} {
		nets = append(nets, balanced(dim, neurons, 0.8, g, func(c *spiking.BalancedConfig) {
			c.Decoder = decoder
			if change != nil {
				change(c)
			}
		}))
	}
	return nets
}

func streams(k int) []*rand.Rand {
	rngs := make([]*rand.Rand, k)
	for i := range rngs {
		rngs[i] = stream.Key{Seed: 1, Repeat: uint32(i)}.Rand()
	}
	return rngs
}

// The recordings of an ensemble are those of its networks alone: of a step, of a mean
// that moves in every step, and before the onset.
func TestPresentEnsembleIsPresent(t *testing.T) {
	for name, p := range map[string]trial.Protocol{
		"step": during(trial.Step(6), 0.05, 0.2), "ramp": during(trial.Ramp(0.1, 6), 0.03, 0.15), "none": during(trial.Protocol{}, 0, 0.1),
	} {
		together := must(trial.PresentEnsemble(must(spiking.NewEnsemble(pair(5, 60, nil)...)), p, streams(2)))
		for i, net := range pair(5, 60, nil) {
			alone := must(trial.Present(net, p, streams(2)[i]))
			times, neurons, err := together[i].Raster(trial.Whole)
			wantTimes, wantNeurons, wantErr := alone.Raster(trial.Whole)
			if err != nil || wantErr != nil {
				t.Fatal(err, wantErr)
			}
			if len(times) < 20 || !slices.Equal(times, wantTimes) || !slices.Equal(neurons, wantNeurons) {
				t.Errorf("%s: network %d has %d spikes, alone %d, or others", name, i, len(times), len(wantTimes))
			}
			got, want := must(trial.Measured(together[i], trial.Moments(trial.Whole))), must(trial.Measured(alone, trial.Moments(trial.Whole)))
			if !slices.Equal(got, want) {
				t.Errorf("%s: network %d has moments %v, alone %v", name, i, got, want)
			}
		}
	}
}

func TestPresentEnsembleRefuses(t *testing.T) {
	p := during(trial.Step(6), 0, 0.1)
	two := must(spiking.NewEnsemble(pair(5, 60, nil)...))
	slow := 0
	steps := must(spiking.NewEnsemble(pair(5, 60, func(c *spiking.BalancedConfig) {
		slow++
		c.DT *= float64(slow)
	})...))
	for name, present := range map[string]func() ([]*trial.Recording, error){
		"nil":     func() ([]*trial.Recording, error) { return trial.PresentEnsemble(nil, p, nil) },
		"streams": func() ([]*trial.Recording, error) { return trial.PresentEnsemble(two, p, streams(1)) },
		"steps":   func() ([]*trial.Recording, error) { return trial.PresentEnsemble(steps, p, streams(2)) },
		"protocol": func() ([]*trial.Recording, error) {
			return trial.PresentEnsemble(two, during(p, 0, math.NaN()), streams(2))
		},
	} {
		if r, err := present(); r != nil || err == nil {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	failing := pair(5, 60, nil)
	for range 2000 { // a mean near the largest number makes u overflow
		if err := failing[1].SetMean([]float64{1e307, 1e307, 1e307, 1e307, 1e307}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := trial.PresentEnsemble(must(spiking.NewEnsemble(failing...)), during(trial.Protocol{}, 0, 0.5), streams(2)); err == nil || err != failing[1].Err() {
		t.Errorf("a network that fails gives the error %v", err)
	}
}

// Naive and natural geometry are compared with one decoder and at once. Each network
// does what it does alone.
func ExamplePresentEnsemble() {
	decoder, err := spiking.RandomDecoder(stream.New(1), 8, 160, 1)
	if err != nil {
		log.Fatal(err)
	}
	target, err := density.Equicorrelated(8, 0.95, 3)
	if err != nil {
		log.Fatal(err)
	}
	var nets []*spiking.Balanced
	var rngs []*rand.Rand
	for i, g := range []metric.Geometry{metric.Naive, metric.Natural} {
		net, err := spiking.NewBalanced(spiking.PaperBalanced(target, decoder, g))
		if err != nil {
			log.Fatal(err)
		}
		nets = append(nets, net)
		rngs = append(rngs, stream.Key{Seed: 1, Repeat: uint32(i)}.Rand())
	}
	ensemble, err := spiking.NewEnsemble(nets...)
	if err != nil {
		log.Fatal(err)
	}
	recordings, err := trial.PresentEnsemble(ensemble, trial.Step(6), rngs)
	if err != nil {
		log.Fatal(err)
	}
	for i, name := range []string{"naive", "natural"} {
		moments, err := trial.Measured(recordings[i], trial.Moments(trial.Window{From: 0.05, To: 0.15}))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: the mean is %.1f from 50 to 150 ms\n", name, moments[0])
	}
	// Output:
	// naive: the mean is 5.0 from 50 to 150 ms
	// natural: the mean is 5.8 from 50 to 150 ms
}
