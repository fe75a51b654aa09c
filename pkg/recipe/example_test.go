package recipe_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/recipe"
	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// A geometry of one's own: D and S as functions of z. Γ is derived. Check tells
// whether the recipe holds, first as it should be and then without Γ.
func ExampleCheck() {
	density := density.NewCrescent()
	d := func(dst *mat.Dense, z []float64) {
		dst.Set(0, 0, 1+0.5*math.Sin(z[1]))
		dst.Set(1, 1, 1)
	}
	s := func(dst *mat.Dense, z []float64) {
		dst.Set(0, 1, -z[0])
		dst.Set(1, 0, z[0])
	}
	points := [][]float64{{0.5, -1}, {-1, -0.8}, {0.1, -1.3}}
	for _, gamma := range []recipe.VectorField{nil, func(dst, z []float64) {}} {
		report, err := recipe.Check(density, recipe.NewFields(2, d, s, gamma), points)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("holds to 1e-8:", report.Err() == nil, "- Γ derived:", report.Derived)
	}
	// Output:
	// holds to 1e-8: true - Γ derived: true
	// holds to 1e-8: false - Γ derived: false
}

// Underdamped Langevin dynamics by Euler–Maruyama, on positions and momenta.
// The first half of its state is a draw from the density.
func ExampleNew() {
	density, err := density.NewNormal(3, 0.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	phase, err := recipe.WithMomentum(density, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	geometry, err := recipe.Underdamped(1, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	process, err := recipe.New(phase, geometry)
	if err != nil {
		fmt.Println(err)
		return
	}
	path, err := sde.NewPath(sde.NewEulerMaruyama(process), []float64{0, 0}, 0.01)
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := 0.0
	for _, z := range mcmc.Draws(path, stream.New(1), mcmc.Plan{BurnIn: 1000, Draws: 200_000}) {
		sum += z[0]
	}
	fmt.Printf("mean %.1f\n", sum/200_000)
	// Output: mean 3.0
}

// The best constant S for a Gaussian, and the rate it gives.
func ExampleOptimalSkew() {
	density, err := density.Equicorrelated(10, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	var precision mat.SymDense
	density.Precision(&precision)
	skew, err := recipe.OptimalSkew(density)
	if err != nil {
		fmt.Println(err)
		return
	}
	var drift mat.Dense // (I + S)P
	drift.Mul(skew, &precision)
	drift.Add(&drift, &precision)
	for _, c := range []struct {
		name  string
		drift mat.Matrix
	}{{"S = 0", &precision}, {"optimal S", &drift}} {
		var eigen mat.Eigen
		eigen.Factorize(c.drift, mat.EigenNone)
		slowest := math.Inf(1)
		for _, v := range eigen.Values(nil) {
			slowest = min(slowest, real(v))
		}
		fmt.Printf("%-9s relaxes at rate %.3f\n", c.name, slowest)
	}
	// Output:
	// S = 0     relaxes at rate 0.129
	// optimal S relaxes at rate 3.613
}

// The score is checked against the log density, too: here the sign of ∇U is wrong.
func ExampleReport() {
	p, err := density.NewFunc(1,
		func(x []float64) float64 { return math.Cosh(x[0]) },
		func(dst, x []float64) { dst[0] = -math.Sinh(x[0]) })
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := recipe.Check(p, recipe.Langevin(metric.Identity(1)), [][]float64{{0.5}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("score off by %.3f: %v\n", report.Score.Value, report.Score.Holds())
	fmt.Println("stationary, of the density that has this score:", report.Residual.Holds())
	// Output:
	// score off by 1.042: false
	// stationary, of the density that has this score: true
}

// A diffusion matrix with structure and a rotation: noise along two wide directions
// and a little in every other, and an S that turns the common mode into a contrast.
func ExampleNewConstant() {
	target, err := density.Equicorrelated(4, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	wide := mat.NewDense(4, 2, []float64{1, 0, 1, 0, 0, 1, 0, 1})
	d, err := metric.DiagonalPlusLowRank([]float64{0.2, 0.2, 0.2, 0.2}, wide)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := recipe.ExchangeableSkew(4, 0.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	geometry, err := recipe.NewConstant(d, s)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := recipe.Check(target, geometry, [][]float64{{1, -1, 0.5, 0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, noise := geometry.Dims()
	fmt.Println(state, "coordinates,", noise, "noises, holds:", report.Err() == nil)
	// Output:
	// 4 coordinates, 6 noises, holds: true
}

// overdamped is a process of one's own, dx = −(x³ − x)/T dt + √2 dW.
type overdamped struct{ temperature float64 }

func (overdamped) Dims() (state, noise int)      { return 1, 1 }
func (o overdamped) Drift(dst, x []float64)      { dst[0] = (x[0] - x[0]*x[0]*x[0]) / o.temperature }
func (overdamped) AddNoise(dst, x, dw []float64) { dst[0] += math.Sqrt2 * dw[0] }

// A process that does not come from a recipe can be checked, too.
func ExampleFokkerPlanck() {
	well, err := density.NewDoubleWell(1, 0.5, 0) // U = (x² − 1)²/2, U′ = 2(x³ − x)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, temperature := range []float64{1, 0.5} {
		residual, err := recipe.FokkerPlanck(well, overdamped{temperature}, [][]float64{{-0.3}, {1.4}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("temperature %.1f: stationary is %v\n", temperature, residual.Holds())
	}
	// Output:
	// temperature 1.0: stationary is false
	// temperature 0.5: stationary is true
}

// Momenta of which one pair has friction and the others none: the metric of the
// friction is singular, and given by its root.
func ExampleFriction() {
	pair, err := metric.LowRank(mat.NewDense(3, 1, []float64{1, -1, 0}))
	if err != nil {
		fmt.Println(err)
		return
	}
	geometry := recipe.Friction(pair)
	target, err := density.Equicorrelated(3, 0.5, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	phase, err := recipe.WithMomentum(target, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := recipe.Check(phase, geometry, [][]float64{{1, 0.5, -1, 0.3, -0.2, 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	state, noise := geometry.Dims()
	fmt.Println(state, "coordinates,", noise, "noise, holds:", report.Err() == nil)
	// Output:
	// 6 coordinates, 1 noise, holds: true
}

// The score is estimated from all observations, and from one of twenty. The friction
// ξ of the thermostat rises above A until it takes up the noise of the estimate,
// whose variance it is not told.
func ExampleNoseHoover() {
	const a, h, draws = 1, 0.005, 100_000
	rows, labels := mat.NewDense(20, 1, nil), make([]float64, 20)
	for i := range labels {
		rows.Set(i, 0, float64(i%5)-2)
		labels[i] = float64(i % 2)
	}
	posterior, err := density.NewLogistic(rows, labels, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	geometry, err := recipe.NoseHoover(1, a)
	if err != nil {
		fmt.Println(err)
		return
	}
	var friction [2]float64
	for k, size := range []int{20, 1} {
		batch, err := density.NewMinibatch(posterior, size)
		if err != nil {
			fmt.Println(err)
			return
		}
		extended, err := recipe.WithThermostat(batch, a)
		if err != nil {
			fmt.Println(err)
			return
		}
		process, err := recipe.New(extended, geometry)
		if err != nil {
			fmt.Println(err)
			return
		}
		path, err := sde.NewPath(sde.NewEulerMaruyama(process), []float64{0, 0, a}, h)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, z := range mcmc.Draws(mcmc.Subsample(path, batch), stream.New(1), mcmc.Plan{BurnIn: 2000, Draws: draws}) {
			friction[k] += z[2] / draws
		}
	}
	fmt.Println("a batch of one raises the friction:", friction[1] > 1.3*friction[0])
	// Output:
	// a batch of one raises the friction: true
}

// Langevin dynamics with an estimated score, whose noise takes the place of some of
// the noise that the step would add.
func ExampleCompensate() {
	v := mat.NewSymDense(1, []float64{48}) // the variance of the score, from a batch
	const h = 1.0 / 32
	geometry, err := recipe.Compensate(recipe.Langevin(metric.Identity(1)), v, h)
	if err != nil {
		fmt.Println(err)
		return
	}
	noise := []float64{0}
	geometry.Noise(noise, []float64{0}, []float64{1})
	fmt.Printf("variance in a unit of time: %.2f added, %.2f from the score\n", noise[0]*noise[0], h*v.At(0, 0))

	_, err = recipe.Compensate(recipe.Langevin(metric.Identity(1)), v, 2*h)
	fmt.Println(err)
	// Output:
	// variance in a unit of time: 0.50 added, 1.50 from the score
	// recipe: covariance of the score is more than the noise it is to replace in a step of 0.0625: row 0 of 2D − hB̂ has the pivot -1
}

// On a Gaussian the law of a constant geometry is known at every time. In the naive
// geometry the slow direction of a correlated target relaxes far more slowly than in
// the natural one.
func ExampleConstant_OrnsteinUhlenbeck() {
	target, err := density.Equicorrelated(10, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, geometry := range []metric.Geometry{metric.Naive, metric.Natural} {
		m, err := geometry.Of(target)
		if err != nil {
			fmt.Println(err)
			return
		}
		process, err := recipe.Langevin(m).OrnsteinUhlenbeck(target)
		if err != nil {
			fmt.Println(err)
			return
		}
		e, _, err := process.Transition(1)
		if err != nil {
			fmt.Println(err)
			return
		}
		left := 0.0 // of a distance along (1, …, 1)
		for j := range 10 {
			left += e.At(0, j)
		}
		fmt.Printf("%-7v  %.3f of the way is left after t = 1\n", geometry, left)
	}
	// Output:
	// naive    0.879 of the way is left after t = 1
	// natural  0.368 of the way is left after t = 1
}
