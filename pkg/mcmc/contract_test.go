package mcmc_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/recipe"
	"natspike/pkg/sde"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestContract holds every sampler outside package spiking to the contract: each
// kernel with each kind of metric, square, tall and wide, the paths of package
// sde, among them those of the recipe's geometries, and subsampled ones. The
// networks have such a table of their own.
func TestContract(t *testing.T) {
	const d, h = 3, 0.2
	p := must(density.NewBananaShape(2, 0.4, 1))
	g := must(density.Equicorrelated(d, 0.5, 2))
	x0 := []float64{1, 0, -1}
	skew := mat.NewDense(d, d, []float64{0, 1, 0, -1, 0, 2, 0, -2, 0})
	noise := mat.NewSymDense(d, []float64{1, 0.1, 0, 0.1, 1, 0, 0, 0, 1})
	u := mat.NewDense(d, 2, []float64{1, 0, 0.3, -1, 0.1, 0.7})
	table := map[string]func() mcmc.Sampler{}

	fixed := func(m metric.Metric, err error) metric.Geometry { return metric.Fixed(must(m, err)) }
	for name, geometry := range map[string]metric.Geometry{
		"naive":                  metric.Naive,
		"natural":                metric.Natural,
		"dense":                  fixed(metric.Dense(mat.NewSymDense(d, []float64{2, 0.5, 0, 0.5, 1, 0, 0, 0, 0.5}))),
		"diagonal":               fixed(metric.Diagonal([]float64{1, 2, 3})),
		"low rank":               fixed(metric.LowRank(u)),
		"diagonal plus low rank": fixed(metric.DiagonalPlusLowRank([]float64{1, 2, 3}, u)),
	} {
		table["ULA, "+name] = func() mcmc.Sampler { return must(mcmc.NewULA(g, x0, h, geometry)) }
		table["MALA, "+name] = func() mcmc.Sampler { return must(mcmc.NewMALA(g, x0, h, geometry)) }
		table["HMC, "+name] = func() mcmc.Sampler {
			return must(mcmc.NewHMC(g, x0, h, geometry, mcmc.HMCConfig{LeapfrogSteps: 4, Jitter: 0.2}))
		}
		table["NUTS, "+name] = func() mcmc.Sampler { return must(mcmc.NewNUTS(g, x0, h, geometry)) }
		table["Irreversible, "+name] = func() mcmc.Sampler {
			return must(mcmc.NewIrreversible(g, x0, h, geometry, mcmc.IrreversibleConfig{Skew: skew, Substeps: 2}))
		}
		table["microcanonical, "+name] = func() mcmc.Sampler {
			return must(mcmc.NewMicrocanonical(g, x0, h, geometry, 1))
		}
		table["adjusted microcanonical, "+name] = func() mcmc.Sampler {
			return must(mcmc.NewAdjustedMicrocanonical(g, x0, h, geometry, 1))
		}
		for _, s := range []mcmc.Splitting{mcmc.BAOAB, mcmc.ABOBA, mcmc.OBABO, mcmc.UBU} {
			table[string(s)+", "+name] = func() mcmc.Sampler {
				return must(mcmc.NewUnderdamped(g, x0, h, geometry, mcmc.UnderdampedConfig{Friction: 1, Splitting: s}))
			}
		}
		table["SGHMC, "+name] = func() mcmc.Sampler {
			return must(mcmc.NewSGHMC(g, x0, h, geometry, mcmc.SGHMCConfig{Friction: 1, GradientNoise: noise}))
		}
		table["SGNHT, "+name] = func() mcmc.Sampler {
			return must(mcmc.NewSGNHT(g, x0, h, geometry, mcmc.SGNHTConfig{Noise: 1.5}))
		}
	}

	table["Tempering"] = func() mcmc.Sampler {
		return must(mcmc.NewTempering(g, must(mcmc.Ladder(3, 0.2)), func(p *density.Tempered) (mcmc.Replica, error) {
			return mcmc.NewMALA(p, x0, h/p.Beta(), metric.Naive)
		}))
	}

	path := func(p density.Density, g recipe.Geometry, z0 ...float64) func() mcmc.Sampler {
		return func() mcmc.Sampler {
			return must(sde.NewPath(sde.NewEulerMaruyama(must(recipe.New(p, g))), z0, 0.02))
		}
	}
	table["path, Langevin"] = path(p, recipe.Langevin(metric.Identity(2)), 1, 0)
	table["path, Underdamped"] = path(must(recipe.WithMomentum(p, nil)), must(recipe.Underdamped(2, 1)), 1, 0, 0, 0)
	table["path, NoseHoover"] = path(must(recipe.WithThermostat(p, 1)), must(recipe.NoseHoover(2, 1)), 1, 0, 0, 0, 1)
	table["path, Heun"] = func() mcmc.Sampler {
		return must(sde.NewPath(sde.NewHeun(must(recipe.New(p, recipe.Langevin(metric.Identity(2))))), []float64{1, 0}, 0.02))
	}
	table["Exact"] = func() mcmc.Sampler {
		ou := must(sde.NewOrnsteinUhlenbeck(mat.NewDense(2, 2, []float64{1, 1, -1, 2}), nil, mat.NewDense(2, 1, []float64{1, 0.5})))
		return must(sde.NewExact(ou, []float64{1, 0}, 0.1))
	}

	data := dataset.BreastCancer()
	x, _ := data.Design()
	logistic := must(density.NewLogistic(x, data.Y, 1))
	centre := must(logistic.Laplace()).Mean(nil)
	for name, kernel := range map[string]func(batch *density.Minibatch) mcmc.Sampler{
		"ULA": func(b *density.Minibatch) mcmc.Sampler { return must(mcmc.NewULA(b, centre, 1e-3, metric.Naive)) },
		"SGHMC": func(b *density.Minibatch) mcmc.Sampler {
			return must(mcmc.NewSGHMC(b, centre, 1e-2, metric.Naive, mcmc.SGHMCConfig{Friction: 5}))
		},
		"SGNHT": func(b *density.Minibatch) mcmc.Sampler {
			return must(mcmc.NewSGNHT(b, centre, 1e-2, metric.Naive, mcmc.SGNHTConfig{Noise: 2}))
		},
		"BAOAB": func(b *density.Minibatch) mcmc.Sampler {
			return must(mcmc.NewUnderdamped(b, centre, 1e-2, metric.Naive, mcmc.UnderdampedConfig{Friction: 5}))
		},
		"path": func(b *density.Minibatch) mcmc.Sampler {
			return must(sde.NewPath(sde.NewEulerMaruyama(must(recipe.New(b, recipe.Langevin(metric.Identity(b.Dim()))))), centre, 1e-3))
		},
	} {
		table["subsampled "+name] = func() mcmc.Sampler {
			batch := must(density.NewMinibatch(logistic, 32))
			return mcmc.Subsample(kernel(batch), batch)
		}
	}

	for name, fresh := range table {
		t.Run(name, func(t *testing.T) { samplertest.Contract(t, fresh) })
	}
}
