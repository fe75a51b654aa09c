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
		{"ULA", must(NewULA(p, x0, 0.1, d)), 0x3bfe7a09acefc8ba},
		{"ULA, wide", must(NewULA(p, x0, 0.1, wide)), 0x20c9da7237f962b},
		{"MALA, wide", must(NewMALA(p, x0, 0.1, wide)), 0x242bbe23acb14db8},
		{"Irreversible", must(NewIrreversible(p, x0, 0.1, d, IrreversibleConfig{Skew: skew, Substeps: 2})), 0xdeeeb06c32baaebb},
		{"ABOBA", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: ABOBA})), 0x3eb9b50cf76a80c7},
		{"OBABO, wide", must(NewUnderdamped(p, x0, 0.2, wide, UnderdampedConfig{Friction: 1, Splitting: OBABO})), 0x76e6378fdc754234},
		{"UBU, wide", must(NewUnderdamped(p, x0, 0.2, wide, UnderdampedConfig{Friction: 1, Splitting: UBU})), 0x51ffc22a14d20f0d},
		{"SGHMC, wide, reduced noise", must(NewSGHMC(p, x0, 0.1, wide, SGHMCConfig{Friction: 2, GradientNoise: identity(10)})), 0xe4d04a93d3753fab},
		{"SGNHT, wide", must(NewSGNHT(p, x0, 0.1, wide, SGNHTConfig{Noise: 2})), 0x2c47bae5ea4bb023},
		{"HMC, wide, jitter", must(NewHMC(p, x0, 0.2, wide, HMCConfig{LeapfrogSteps: 5, Jitter: 0.3})), 0x7caf5f1e99762b8d},
		{"BAOAB", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: BAOAB})), 0x61a4b847800134a8},
		{"UBU", must(NewUnderdamped(p, x0, 0.2, d, UnderdampedConfig{Friction: 1, Splitting: UBU})), 0xc9fd6971e3b10218},
		{"SGHMC", must(NewSGHMC(p, x0, 0.1, d, SGHMCConfig{Friction: 1})), 0x4957a15fa2c4b27b},
		{"SGNHT", must(NewSGNHT(p, x0, 0.1, d, SGNHTConfig{Noise: 1})), 0x79b5dffb79a3b5d8},
		{"HMC", must(NewHMC(p, x0, 0.3, d, HMCConfig{LeapfrogSteps: 5})), 0x90dbac3cb18ec842},
		{"microcanonical, wide", must(NewMicrocanonical(p, x0, 0.5, wide, 4)), 0x4b24dc0d1e6cd182},
		{"adjusted microcanonical", must(NewAdjustedMicrocanonical(p, x0, 1, d, 4)), 0xb05b15da16b0e879},
		{"tempering", must(NewTempering(p, must(Ladder(4, 0.1)), func(p *density.Tempered) (Replica, error) { return NewMALA(p, x0, 0.3, d) })), 0x77a189f85b3b0a2c},
		{"NUTS, wide", must(NewNUTS(p, x0, 0.2, wide)), 0x1ac69459befd2299},
		{"NUTS", must(NewNUTS(p, x0, 0.3, d)), 0x87bf0acd86eb3c69},
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
