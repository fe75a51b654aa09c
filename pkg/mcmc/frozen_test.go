package mcmc

import (
	"context"
	"math"
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// TestFrozenKernels holds the kernels to the bytes they have always had, on every
// architecture. A change here changes every published run.
func TestFrozenKernels(t *testing.T) {
	p := density.NewEightSchools()
	x0 := make([]float64, p.Dim())
	d := fixed(metric.Diagonal([]float64{10, 1, 1, 1, 1, 1, 1, 1, 1, 1}))
	for _, c := range []struct {
		name string
		s    Sampler
		want uint64
	}{
		{"BAOAB", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: BAOAB})), 0xa230d8726ea51a35},
		{"UBU", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: UBU})), 0x40eb039770015817},
		{"SGHMC", must(NewSGHMC(p, x0, 0.1, d, SGHMCConfig{Friction: 1})), 0x1ce6213ec19f691a},
		{"SGNHT", must(NewSGNHT(p, x0, 0.1, d, SGNHTConfig{Noise: 1})), 0x12be998d2cd6de9e},
		{"HMC", must(NewHMC(p, x0, 0.3, d, HMCConfig{LeapfrogSteps: 5})), 0x1529dc35f45c7da5},
		{"NUTS", must(NewNUTS(p, x0, 0.3, d)), 0xd45c83926dd2ff19},
	} {
		rng := stream.New(1)
		if nuts, ok := c.s.(*NUTS); ok {
			if err := (Warmup{Steps: 200, Metric: DenseMetric}).Run(context.Background(), nuts, rng); err != nil {
				t.Fatal(err)
			}
		}
		var digest uint64
		for _, x := range Draws(c.s, rng, Plan{Draws: 500}) {
			for _, v := range x {
				digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(v)
			}
		}
		if digest != c.want {
			t.Errorf("%s: digest of the chain is %#x, want %#x", c.name, digest, c.want)
		}
	}
}
