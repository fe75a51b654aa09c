package mcmc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distmv"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/recipe"
	"natspike/pkg/sde"
)

// TestStrings: densities, metrics, geometries, processes and kernels print as what
// they are, not as pointers.
func TestStrings(t *testing.T) {
	p := must(density.Equicorrelated(2, 0.5, 2))
	x := []float64{0, 0}
	u := mat.NewDense(2, 1, []float64{1, 2})
	one := must(metric.Diagonal([]float64{1, 2}))
	phase := must(recipe.WithMomentum(p, nil))
	constant := recipe.Langevin(metric.Identity(2))
	normal, _ := distmv.NewNormal(x, mat.NewSymDense(2, []float64{1, 0, 0, 1}), nil)
	design := mat.NewDense(3, 1, []float64{1, 2, 3})
	batch := must(density.NewMinibatch(must(density.NewLogistic(design, []float64{0, 1, 1}, 2)), 2))
	field := func(dst *mat.Dense, z []float64) {}
	vector := func(dst, z []float64) {}
	diffusion := func(p density.Density, g recipe.Geometry) *recipe.Diffusion { return must(recipe.New(p, g)) }
	ou := must(sde.NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{1}), nil, mat.NewDense(1, 1, []float64{1})))

	const law = "N(0, 1·I + 1·11ᵀ) on ℝ^2"
	for _, c := range []struct {
		v    any
		want string
	}{
		{p, law},
		{must(density.NewMixture([]float64{1, 3}, []*density.Gaussian{p, p})), "mixture of 2: 0.25·" + law + " + 0.75·" + law},
		{batch, "logistic regression of 3 observations on ℝ^1, β ~ N(0, 2²I), 2 of 3 terms at a time"},
		{phase, law + " with momenta"},
		{must(density.Temper(p, 0.5)), "(" + law + ")^0.5"},

		{metric.Identity(2), "I"},
		{one, "diag[1 2]"},
		{must(metric.Diagonal([]float64{1, 1, 1, 1, 1})), "diagonal, 5×5"},
		{must(metric.Dense(mat.NewSymDense(1, []float64{2}))), "dense, 1×1"},
		{must(metric.LowRank(u)), "BBᵀ, B 2×1"},
		{must(metric.DiagonalPlusLowRank([]float64{1, 2}, u)), "diag[1 2] + UUᵀ, U 2×1"},
		{must(metric.Natural.Of(p)), "natural"},
		{must(metric.Power(0.5).Of(p)), "Σ^0.5"},

		{diffusion(p, constant), "Langevin, D = I, for " + law},
		{must(recipe.NewConstant(metric.Identity(2), must(recipe.ExchangeableSkew(2, 1)))), "irreversible Langevin, D = I"},
		{diffusion(phase, recipe.Hamiltonian(2)), "Hamiltonian, for " + law + " with momenta"},
		{must(recipe.Underdamped(2, 3)), "underdamped, C = 3·I"},
		{recipe.Friction(one), "underdamped, C = diag[1 2]"},
		{must(recipe.NoseHoover(2, 3)), "Nosé–Hoover, A = 3"},
		{recipe.NewFields(2, field, nil, nil), "D and S that depend on z"},
		{recipe.NewDiagonal(2, vector, nil), "diagonal D that depends on z"},
		{recipe.NewRiemannianHamiltonian(2, field, nil), "Riemannian Hamiltonian"},
		{must(recipe.Compensate(constant, mat.NewSymDense(2, nil), 0.1)), "Langevin, D = I, compensated for h = 0.1"},

		{sde.NewEulerMaruyama(ou), "Euler–Maruyama of Ornstein–Uhlenbeck process on ℝ^1"},
		{must(sde.NewPath(sde.NewHeun(ou), x[:1], 0.5)), "path: Heun of Ornstein–Uhlenbeck process on ℝ^1, h = 0.5, t = 0"},
		{must(sde.NewExact(ou, x[:1], 2)), "exact: Ornstein–Uhlenbeck process on ℝ^1, h = 2, t = 0"},

		{must(mcmc.NewULA(normal, x, 0.1, metric.Naive)), "ULA for *distmv.Normal, h = 0.1, D = I"},
		{must(mcmc.NewMALA(p, x, 0.1, metric.Natural)), "MALA for " + law + ", h = 0.1, D = natural"},
		{must(mcmc.NewIrreversible(p, x, 0.1, metric.Naive, mcmc.IrreversibleConfig{Skew: mat.NewDense(2, 2, nil)})), "irreversible Langevin for " + law + ", h = 0.1, D = I"},
		{must(mcmc.NewHMC(p, x, 0.1, metric.Naive, mcmc.HMCConfig{LeapfrogSteps: 3})), "HMC for " + law + ", h = 0.1, D = I, 3 leapfrog steps"},
		{must(mcmc.NewNUTS(p, x, 0.1, metric.Naive)), "NUTS for " + law + ", h = 0.1, D = I"},
		{must(mcmc.NewUnderdamped(p, x, 0.1, metric.Naive, mcmc.UnderdampedConfig{Friction: 2})), "BAOAB for " + law + ", h = 0.1, D = I"},
		{must(mcmc.NewSGHMC(p, x, 0.1, metric.Naive, mcmc.SGHMCConfig{Friction: 2})), "SGHMC for " + law + ", h = 0.1, D = I, friction 2"},
		{must(mcmc.NewSGNHT(p, x, 0.1, metric.Naive, mcmc.SGNHTConfig{Noise: 2})), "SGNHT for " + law + ", h = 0.1, D = I, thermostat 2"},
		{must(mcmc.NewMicrocanonical(p, x, 0.1, metric.Naive, 2)), "microcanonical Langevin for " + law + ", h = 0.1, D = I, L = 2"},
		{must(mcmc.NewAdjustedMicrocanonical(p, x, 0.1, metric.Naive, 2)), "adjusted microcanonical for " + law + ", h = 0.1, D = I, L = 2"},
		{must(mcmc.NewTempering(p, []float64{1, 0.5}, func(q *density.Tempered) (mcmc.Replica, error) { return mcmc.NewMALA(q, x, 0.1, metric.Naive) })), "tempering of MALA for (" + law + ")^1, h = 0.1, D = I, 2 temperatures"},
		{must(mcmc.Chains(context.Background(), 1, 1, mcmc.Plan{Draws: 3}, func(int, *rand.Rand) (*mcmc.ULA, error) { return mcmc.NewULA(p, x, 0.1, metric.Naive) })), "[3 draws of ULA for " + law + ", h = 0.1, D = I]"},
		{mcmc.Chain[mcmc.Sampler]{}, "0 draws of <nil>"},
		{mcmc.Subsample(must(mcmc.NewULA(batch, x[:1], 0.1, metric.Naive)), batch), "ULA for " + batch.String() + ", h = 0.1, D = I"},
	} {
		if got := fmt.Sprint(c.v); got != c.want {
			t.Errorf("%T prints %q, want %q", c.v, got, c.want)
		}
	}
}
