package spiking

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// equicorrelated returns N(0, a·11ᵀ + bI).
func equicorrelated(p int, a, b float64) *density.Gaussian {
	return must(density.Exchangeable(p, b, a))
}

// gaussian returns N(0, Σ).
func gaussian(sigma mat.Symmetric) *density.Gaussian {
	return must(density.NewGaussian(make([]float64, sigma.SymmetricDim()), sigma))
}

// about returns g about another mean.
func about(g *density.Gaussian, mean []float64) *density.Gaussian { return must(g.WithMean(mean)) }

func covariance(g *density.Gaussian) *mat.SymDense {
	var sigma mat.SymDense
	g.CovarianceMatrix(&sigma)
	return &sigma
}

// root returns B of a geometry.
func root(g metric.Geometry, target *density.Gaussian) *mat.Dense {
	return metric.Matrix(must(g.Of(target)))
}

// fixed returns the geometry D = BBᵀ.
func fixed(b mat.Matrix) metric.Geometry { return metric.Fixed(must(metric.Root(b))) }

func constant(n int, x float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = x
	}
	return v
}

// randomDecoder returns a random decoder as a matrix.
func randomDecoder(rng *rand.Rand, p, n int, sd float64) *mat.Dense {
	return mat.DenseCopyOf(must(RandomDecoder(rng, p, n, sd)))
}

// pairs returns a decoder of pairs from a seed.
func pairs(t testing.TB, seed uint64, p, n int, sd float64) *mat.Dense {
	t.Helper()
	return mat.DenseCopyOf(must(RandomPairs(stream.New(seed), p, n, sd)))
}

// spokes returns a decoder of n neurons in two dimensions, of pairs in directions
// that are equally far apart.
func spokes(n int, length float64) *mat.Dense {
	d := mat.NewDense(2, n, nil)
	for j := range n / 2 {
		sin, cos := math.Sincos(0.3 + float64(2*j)*math.Pi/float64(n))
		d.SetCol(j, []float64{length * cos, length * sin})
		d.SetCol(j+n/2, []float64{-length * cos, -length * sin})
	}
	return d
}

func mustMetropolis(t testing.TB, c MetropolisConfig) *Metropolis {
	t.Helper()
	return must(NewMetropolis(c))
}

func mustContinuous(t testing.TB, c ContinuousConfig) *Continuous {
	t.Helper()
	return must(NewContinuous(c))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// place puts a network at the estimate θ, with no spike in the last step and the
// given window of Jump.
func (s *Metropolis) place(theta []float64, window int64) {
	s.scale = 1
	copy(s.theta, theta)
	clear(s.r)
	s.steps, s.count, s.counted, s.spike, s.window = 0, 0, 0, -1, window
	s.wait = int64(s.n) // Jump leaps
	s.changed()
}

// names reports whether err is an *arg.Error of this package about an argument.
func names(err error, what string) bool {
	var e *arg.Error
	return errors.As(err, &e) && e.Package == "spiking" && e.Name == what
}
