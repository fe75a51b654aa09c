package mcmc

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

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
	u, skew := mat.NewDense(10, 2, nil), mat.NewDense(10, 10, nil)
	for i := range 10 {
		u.SetRow(i, []float64{0.125 * float64(i), 1 - 0.25*float64(i)}) // exact in binary
		if i > 0 {
			skew.Set(i, i-1, 0.5)
			skew.Set(i-1, i, -0.5)
		}
	}
	wide := fixed(metric.DiagonalPlusLowRank([]float64{10, 1, 1, 1, 1, 1, 1, 1, 1, 1}, u))
	for _, c := range []struct {
		name string
		s    Sampler
		want uint64
	}{
		{"ULA", must(NewULA(p, x0, 0.1, d)), 0xf470153bd291a25f},
		{"ULA, wide", must(NewULA(p, x0, 0.1, wide)), 0xa9d9a6cfc735970f},
		{"MALA, wide", must(NewMALA(p, x0, 0.1, wide)), 0x56fff680ac85cc1c},
		{"Irreversible", must(NewIrreversible(p, x0, 0.1, d, IrreversibleConfig{Skew: skew, Substeps: 2})), 0x3c4c7903e7e6c894},
		{"ABOBA", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: ABOBA})), 0x9584bf3486b96868},
		{"OBABO, wide", must(NewUnderdamped(p, x0, 0.2, wide, UnderdampedConfig{Friction: 1, Splitting: OBABO})), 0x1669121413c8012},
		{"UBU, wide", must(NewUnderdamped(p, x0, 0.2, wide, UnderdampedConfig{Friction: 1, Splitting: UBU})), 0x3ba90a285b1aea25},
		{"SGHMC, wide, reduced noise", must(NewSGHMC(p, x0, 0.1, wide, SGHMCConfig{Friction: 2, GradientNoise: identity(10)})), 0xcd7e818699aecfa6},
		{"SGNHT, wide", must(NewSGNHT(p, x0, 0.1, wide, SGNHTConfig{Noise: 2})), 0xb9843a733e9ee62f},
		{"HMC, wide, jitter", must(NewHMC(p, x0, 0.2, wide, HMCConfig{LeapfrogSteps: 5, Jitter: 0.3})), 0xf18974c534950e52},
		{"BAOAB", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: BAOAB})), 0xa230d8726ea51a35},
		{"UBU", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: UBU})), 0x40eb039770015817},
		{"SGHMC", must(NewSGHMC(p, x0, 0.1, d, SGHMCConfig{Friction: 1})), 0x1ce6213ec19f691a},
		{"SGNHT", must(NewSGNHT(p, x0, 0.1, d, SGNHTConfig{Noise: 1})), 0x12be998d2cd6de9e},
		{"HMC", must(NewHMC(p, x0, 0.3, d, HMCConfig{LeapfrogSteps: 5})), 0x1529dc35f45c7da5},
		{"NUTS, wide", must(NewNUTS(p, x0, 0.2, wide)), 0xbf41990527632310},
		{"NUTS", must(NewNUTS(p, x0, 0.3, d)), 0xd45c83926dd2ff19},
	} {
		rng := stream.New(1)
		if nuts, ok := c.s.(*NUTS); ok && c.name == "NUTS" {
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
