package samplertest

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// metropolis is a random walk for the standard normal density, whose proposals
// are accepted with the wrong probability if excess is not zero.
type metropolis struct{ x, excess float64 }

func (*metropolis) Dim() int                 { return 1 }
func (m *metropolis) Position(dst []float64) { dst[0] = m.x }
func (m *metropolis) Step(rng *rand.Rand) {
	y := m.x + 1.5*stream.Normal(rng)
	if math.Log(rng.Float64()) < (1+m.excess)*(m.x*m.x-y*y)/2 {
		m.x = y
	}
}

// TestRanking: the p-values of a right kernel are uniform (Kolmogorov's distance
// of 40 of them; false alarm 1e-6 is 0.43), and those of one that samples a
// variance 10 % too small are not.
func TestRanking(t *testing.T) {
	racetest.Sequential(t)
	r := Ranking[*metropolis]{
		Draw:       func(rng *rand.Rand) []float64 { return []float64{stream.Normal(rng)} },
		Statistics: []func(x []float64) float64{func(x []float64) float64 { return x[0] }, func(x []float64) float64 { return math.Abs(x[0]) }},
		Length:     8,
		Thin:       2,
		Paths:      2000,
	}
	distance := [2]float64{}
	p := [2][]float64{}
	r.Start = func(x []float64) *metropolis { return &metropolis{x: x[0]} }
	for seed := range uint64(40) {
		for i, v := range r.PValues(seed) {
			p[i] = append(p[i], v)
		}
	}
	for i := range p {
		for _, v := range p[i] {
			below := 0.0
			for _, w := range p[i] {
				if w <= v {
					below++
				}
			}
			distance[i] = math.Max(distance[i], math.Abs(below/40-v))
		}
		if distance[i] > 0.43 {
			t.Errorf("p-values of statistic %d are at distance %.2f from uniform", i, distance[i])
		}
	}
	r.Start = func(x []float64) *metropolis { return &metropolis{x[0], 0.1} }
	r.Paths = 40_000
	if p := r.PValues(1); p[1] > 1e-6 {
		t.Errorf("a variance 10 %% too small has p-value %g: no power", p[1])
	}
}
