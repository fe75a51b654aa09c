package olfaction

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// FuzzCircuit makes posteriors and circuits of any numbers. Of what is accepted the
// density is not NaN without odours, the natural metric is not NaN, and steps end.
func FuzzCircuit(f *testing.F) {
	f.Add([]byte{1, 1, 116, 101, 104, 110, 120, 92, 116, 116, 132, 101, 101, 101, 1})
	f.Add([]byte{0, 0, 116, 101, 104, 116, 104, 101, 101, 101, 0})
	f.Add([]byte{0, 0, 116, 101, 104, 116, 104, 249, 233, 101, 0})                // time constants whose quotient overflows
	f.Add([]byte{1, 0, 246, 101, 104, 100, 116, 116, 101, 251, 101, 101, 101, 0}) // a score that overflows
	f.Add([]byte("\x01\x01\xf7ehnx\\tt\x84eee\x01"))                              // counts that are drawn, over a tiny baseline
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		m, n := 1+x.Int(2), 1+x.Int(1)
		r0, lambda, epsilon := x.Float(), x.Float(), x.Float()
		a, c := mat.NewDense(m, n, x.Floats(m*n)), x.Floats(n)
		counts := x.Floats(m)
		for i := range counts {
			counts[i] = math.Trunc(counts[i])
		}
		p, err := NewPosterior(a, counts, r0, lambda)
		if !samplertest.Made(t, err) {
			return
		}
		if sniffed, err := Sniff(stream.New(1), a, c, r0, lambda); samplertest.Made(t, err) {
			p = sniffed
		}
		zero := make([]float64, n)
		samplertest.NoNaN(t, "log density", p.LogProb(zero))
		samplertest.NoNaN(t, "score", p.ScoreInput(nil, zero)...)
		var g metric.Metric = metric.Identity(n)
		if natural, err := p.Natural(epsilon); samplertest.Made(t, err) {
			samplertest.NoNaN(t, "natural metric", metric.Matrix(natural).RawMatrix().Data...)
			g = natural
		}
		s, err := NewCircuit(Config{Posterior: p, Metric: g, TauE: x.Float(), TauI: x.Float(), DT: x.Float(), Positive: x.Int(1) == 1})
		if !samplertest.Made(t, err) {
			return
		}
		rng := stream.New(1)
		for range 3 {
			s.Step(rng)
		}
		s.Position(zero)
		s.Warnings()
	})
}
