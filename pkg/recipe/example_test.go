package recipe_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/recipe"
	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// A geometry of one's own: D and S as functions of z. Γ is derived, and Check
// says whether the recipe holds, first as it should be and then without Γ.
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
// Half of its state is the density's.
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
	process, err := recipe.New(phase, recipe.Underdamped(1, 2))
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
	skew, err := recipe.OptimalSkew(&precision)
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
