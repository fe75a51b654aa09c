package spiking

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// BenchmarkBalanced times a step with its noise and running moments of every
// dimension of the estimate, at ρ = 0.8 as in the sweeps.
func BenchmarkBalanced(b *testing.B) {
	for _, c := range []struct{ p, n int }{{10, 100}, {20, 200}, {64, 1280}, {128, 2560}} {
		for _, g := range []metric.Geometry{metric.Natural, metric.Naive} {
			b.Run(fmt.Sprintf("%dx%d/%v", c.p, c.n, g), func(b *testing.B) {
				rng := stream.New(1)
				config := PaperBalanced(equicorrelated(c.p, 3*0.8, 1-0.8), randomDecoder(rng, c.p, c.n, 1), g)
				config.Target = about(config.Target, constant(c.p, 6))
				net, err := NewBalanced(config)
				if err != nil {
					b.Fatal(err)
				}
				z, sum, sum2 := make([]float64, c.p), make([]float64, c.p), make([]float64, c.p)
				b.ResetTimer()
				for range b.N {
					net.Step(rng)
					net.Position(z)
					for d, x := range z {
						sum[d] += x
						sum2[d] += x * x
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/step")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// BenchmarkAccurate times the networks of AccurateBalanced, whose spikes come in
// cascades, at a time step of 0.1 ms. It reports brain time over computer time, and
// the spikes of a step.
func BenchmarkAccurate(b *testing.B) {
	for _, c := range []struct{ p, n int }{{10, 1000}, {64, 6400}} {
		b.Run(fmt.Sprintf("%dx%d", c.p, c.n), func(b *testing.B) {
			config, err := AccurateBalanced(equicorrelated(c.p, 3*0.95, 3*0.05), AccurateConfig{Neurons: c.n, Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			rng := stream.New(1)
			net, err := NewBalanced(config)
			if err != nil {
				b.Fatal(err)
			}
			for range 1000 {
				net.Step(rng)
			}
			net.ResetCounts()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				net.Step(rng)
			}
			if err := net.Err(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)*net.DT()/b.Elapsed().Seconds(), "brain-s/s")
			b.ReportMetric(float64(net.Neurons()), "neurons")
			b.ReportMetric(net.Diagnostics().SpikesPerStep, "spikes/op")
		})
	}
}

// BenchmarkMetropolis times a proposal: stepped one by one, in runs from spike to
// spike, and by jumps over the rejected ones.
func BenchmarkMetropolis(b *testing.B) {
	for _, c := range []struct{ p, n int }{{10, 100}, {128, 1280}} {
		for _, g := range []metric.Geometry{metric.Natural, metric.Naive} {
			network := func() *Metropolis {
				decoder, err := RandomPairs(stream.New(1), c.p, c.n, 1)
				if err != nil {
					b.Fatal(err)
				}
				config := PaperMetropolis(equicorrelated(c.p, 0.75, 0.25), decoder, g)
				config.Target = about(config.Target, constant(c.p, 1))
				net, err := NewMetropolis(config)
				if err != nil {
					b.Fatal(err)
				}
				return net
			}
			report := func(b *testing.B, net *Metropolis) {
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns/proposal")
				b.ReportMetric(net.Counts().Acceptance(), "accepted/proposal")
				b.ReportMetric(0, "ns/op")
			}
			b.Run(fmt.Sprintf("Step/%dx%d/%v", c.p, c.n, g), func(b *testing.B) {
				net, rng := network(), stream.New(1)
				b.ResetTimer()
				for range b.N {
					net.Step(rng)
				}
				report(b, net)
			})
			b.Run(fmt.Sprintf("Run/%dx%d/%v", c.p, c.n, g), func(b *testing.B) {
				net, rng := network(), stream.New(1)
				b.ResetTimer()
				for left := int64(b.N); left > 0; {
					left -= net.run(rng, left)
				}
				report(b, net)
			})
			b.Run(fmt.Sprintf("Jump/%dx%d/%v", c.p, c.n, g), func(b *testing.B) {
				net, rng := network(), stream.New(1)
				b.ResetTimer()
				for left := int64(b.N); left > 0; {
					left -= net.Jump(rng, left)
				}
				report(b, net)
			})
		}
	}
}

// BenchmarkEnsemble times a step of a network that moves alone, and of each of two and
// four that share a decoder and move together.
func BenchmarkEnsemble(b *testing.B) {
	for _, c := range []struct{ p, n int }{{64, 1280}, {128, 2560}} {
		for _, k := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("%dx%d/%d", c.p, c.n, k), func(b *testing.B) {
				decoder := must(NewDecoder(randomDecoder(stream.New(1), c.p, c.n, 1)))
				nets, rngs := make([]*Balanced, k), make([]*rand.Rand, k)
				for i := range nets {
					config := PaperBalanced(equicorrelated(c.p, 3*0.8, 1-0.8), decoder, []metric.Geometry{metric.Natural, metric.Naive}[i%2])
					config.Target = about(config.Target, constant(c.p, 6))
					nets[i], rngs[i] = must(NewBalanced(config)), stream.New(uint64(i))
				}
				e := must(NewEnsemble(nets...))
				b.ResetTimer()
				for range b.N {
					e.Step(rngs)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*k), "ns/step")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}
