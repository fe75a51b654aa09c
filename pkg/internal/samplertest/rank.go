package samplertest

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/stream"
)

// A Ranking is an exact test that a reversible kernel leaves a density
// invariant. The density must have independent exact draws.
//
// The test puts an exact draw at index M of a path, with M uniform on 1, …, Length,
// and runs the kernel from it to both ends of the path. If the kernel is reversible
// and leaves the density invariant, the path is part of a stationary chain for every
// M. The rank of the exact draw among the path is then uniform for every statistic of
// the state, if ties are broken at random. The test compares the ranks of many paths
// with the uniform law by Pearson's χ². It needs neither a tolerance nor convergence.
//
// Gandy and Scott, "Unit testing for MCMC and other Monte Carlo methods" (2020),
// §3.2 (arXiv:2001.06465).
type Ranking[S Sampler] struct {
	Draw       func(rng *rand.Rand) []float64 // an exact draw
	Start      func(x []float64) S            // the kernel at x
	Statistics []func(x []float64) float64
	Length     int // of a path
	Thin       int // steps of the kernel from one index to the next
	Paths      int // number of paths
}

// PValues returns the p-value of each statistic. They are not independent: with
// k of them, and a false-alarm rate of α, none may be below α/k.
func (r Ranking[S]) PValues(seed uint64) []float64 {
	key := stream.Key{Seed: seed, Purpose: stream.Exact}
	exact := key.Rand()
	key.Purpose = stream.Dynamics
	rng := key.Rand()

	k := len(r.Statistics)
	counts := make([][]float64, k)
	below, equal, drawn := make([]int, k), make([]int, k), make([]float64, k)
	for i := range counts {
		counts[i] = make([]float64, r.Length)
	}
	for range r.Paths {
		x := r.Draw(exact)
		for i, f := range r.Statistics {
			below[i], equal[i], drawn[i] = 0, 0, f(x)
		}
		place := exact.IntN(r.Length)
		for _, steps := range [2]int{place, r.Length - 1 - place} {
			s := r.Start(x)
			y := make([]float64, len(x))
			for range steps {
				for range max(r.Thin, 1) {
					s.Step(rng)
				}
				s.Position(y)
				for i, f := range r.Statistics {
					switch v := f(y); {
					case v < drawn[i]:
						below[i]++
					case v == drawn[i]:
						equal[i]++
					}
				}
			}
		}
		for i := range counts {
			counts[i][below[i]+exact.IntN(equal[i]+1)]++
		}
	}

	p := make([]float64, k)
	expected := float64(r.Paths) / float64(r.Length)
	for i, cells := range counts {
		chi2 := 0.0
		for _, n := range cells {
			chi2 += (n - expected) * (n - expected) / expected
		}
		p[i] = distuv.ChiSquared{K: float64(r.Length - 1)}.Survival(chi2)
	}
	return p
}
