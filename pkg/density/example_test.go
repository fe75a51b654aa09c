package density_test

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/moments"
	"natspike/pkg/stream"
)

// A density of one's own is its potential and the potential's gradient. The
// check finds a slip in the gradient before a sampler runs on it.
func ExampleNewFunc() {
	// Rosenbrock's valley, U(x) = (1−x₀)²/20 + 5(x₁−x₀²)².
	u := func(x []float64) float64 {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		return a*a/20 + 5*b*b
	}
	gradU := func(dst, x []float64) {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		dst[0] = -a/10 - 10*b*x[0] // forgets that the derivative of x₀² is 2x₀
		dst[1] = 10 * b
	}
	p, err := density.NewFunc(2, u, gradU)
	if err != nil {
		fmt.Println(err)
		return
	}
	var wrong *density.GradientError
	if errors.As(density.CheckGradient(p, [][]float64{{0, 0}, {-1, 2}}), &wrong) {
		fmt.Printf("score[%d] at %v is %.4g, should be %.4g\n", wrong.Coord, wrong.Point, wrong.Analytic, wrong.Numeric)
	}
	// Output:
	// score[0] at [-1 2] is -9.8, should be -19.8
}

// The posterior of a dose–response experiment: at each of four doses five
// animals were given the drug, of which 0, 1, 3 and 5 died (Racine et al. 1986).
func ExampleNewLogistic() {
	var x, y []float64
	for _, group := range []struct {
		logDose float64
		deaths  int
	}{{-0.86, 0}, {-0.30, 1}, {-0.05, 3}, {0.73, 5}} {
		for animal := range 5 {
			x = append(x, 1, group.logDose)
			if animal < group.deaths {
				y = append(y, 1)
			} else {
				y = append(y, 0)
			}
		}
	}
	posterior, err := density.NewLogistic(mat.NewDense(20, 2, x), y, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	laplace, err := posterior.Laplace()
	if err != nil {
		fmt.Println(err)
		return
	}
	var cov mat.SymDense
	laplace.CovarianceMatrix(&cov)
	for i, name := range []string{"intercept", "slope"} {
		fmt.Printf("%-9s %.2f ± %.2f\n", name, laplace.Mean(nil)[i], math.Sqrt(cov.At(i, i)))
	}
	// Output:
	// intercept 0.65 ± 0.88
	// slope     6.49 ± 3.61
}

// The covariance of the paper's example has one large eigenvalue, along the mode
// common to all coordinates, and nine small ones. A correlation for which there is
// no such Gaussian is refused.
func ExampleEquicorrelated() {
	g, err := density.Equicorrelated(10, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3g\n", g.Eigen(nil, nil))

	_, err = density.Equicorrelated(10, 1.2, 1)
	fmt.Println(err)
	// Output:
	// [0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 7.75]
	// density: ρ = 1.2 is outside (−1/9, 1), where the equicorrelated covariance in 10 dimensions is positive definite
}

func ExampleNewGaussian() {
	sigma := mat.NewSymDense(2, []float64{1, 2, 2, 1})
	_, err := density.NewGaussian([]float64{0, 0}, sigma)
	fmt.Println(err)

	g, err := density.NewGaussian([]float64{0, 5}, mat.NewSymDense(2, []float64{1, 0.5, 0.5, 2}))
	fmt.Println(g, err)
	// Output:
	// density: covariance is not positive definite: the variance of coordinate 1 given those before it is -3
	// N([0 5], [[1 0.5][0.5 2]]) on ℝ^2 <nil>
}

// An ambiguous percept: two explanations, one of them twice as likely.
func ExampleNewMixture() {
	left, _ := density.NewNormal(-1, 0.4)
	right, _ := density.NewNormal(1, 0.4)
	percept, err := density.NewMixture([]float64{2, 1}, []*density.Gaussian{left, right})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.3f, where log p = %.2f; at the left mode %.2f\n",
		percept.Mean(nil)[0], percept.LogProb(percept.Mean(nil)), percept.LogProb([]float64{-1}))
	fmt.Printf("responsibilities at 0.2: %.3f\n", percept.Responsibilities(nil, []float64{0.2}))
	for k := range percept.Parts() {
		part, weight := percept.Part(k)
		fmt.Printf("%.3f of %v\n", weight, part)
	}
	// Output:
	// mean -0.333, where log p = -1.79; at the left mode -0.41
	// responsibilities at 0.2: [0.141 0.859]
	// 0.667 of N(-1, 0.16)
	// 0.333 of N(1, 0.16)
}

func ExampleNewBanana() {
	banana := density.NewBanana()
	var cov mat.SymDense
	banana.CovarianceMatrix(&cov)
	fmt.Println("variances", cov.At(0, 0), cov.At(1, 1))
	fmt.Printf("a draw: %.2f\n", banana.Rand(stream.New(1), nil))
	// Output:
	// variances 100 19
	// a draw: [-23.87 14.92]
}

func ExampleNewDoubleWell() {
	quartic, err := density.NewDoubleWell(1, 1, 0) // U = θ⁴ − 2θ² + 1
	if err != nil {
		fmt.Println(err)
		return
	}
	var variance mat.SymDense
	quartic.CovarianceMatrix(&variance)
	fmt.Printf("Var θ = %.10f\n", variance.At(0, 0))
	// Output:
	// Var θ = 0.8327454871
}

func ExampleNewEightSchools() {
	schools := density.NewEightSchools()
	var cov mat.SymDense
	schools.ConstrainedCovarianceMatrix(&cov)
	for i, mean := range schools.ConstrainedMean(nil)[:3] {
		fmt.Printf("%-8s %.4f ± %.4f\n", schools.Names()[i], mean, math.Sqrt(cov.At(i, i)))
	}
	fmt.Printf("log p(y) = %.4f\n", schools.LogEvidence())

	z := schools.Rand(stream.New(1), nil) // (μ, log τ, θ̃₁, …, θ̃₈)
	theta := schools.Constrain(nil, z)    // (μ, τ, θ₁, …, θ₈)
	fmt.Printf("a draw has τ = exp(%.3f) = %.3f and θ₁ = %.3f\n", z[1], theta[1], theta[2])
	// Output:
	// mu       4.3968 ± 3.3177
	// tau      3.5977 ± 3.2200
	// theta[1] 6.2119 ± 5.5931
	// log p(y) = -31.3113
	// a draw has τ = exp(1.001) = 2.722 and θ₁ = -1.504
}

// The funnel's own scale at v tells how small a step must be there.
func ExampleNewFunnel() {
	funnel := density.NewFunnel()
	x := make([]float64, funnel.Dim())
	for _, v := range []float64{-6, 0, 6} {
		x[0], x[1] = v, 0.1
		fmt.Printf("v = %2.0f: ∂ log p/∂x₁ = %.3g at x₁ = 0.1\n", v, funnel.ScoreInput(nil, x)[1])
	}
	// Output:
	// v = -6: ∂ log p/∂x₁ = -40.3 at x₁ = 0.1
	// v =  0: ∂ log p/∂x₁ = -0.1 at x₁ = 0.1
	// v =  6: ∂ log p/∂x₁ = -0.000248 at x₁ = 0.1
}

func ExampleNewCrescent() {
	crescent := density.NewCrescent()
	var cov mat.SymDense
	crescent.CovarianceMatrix(&cov)
	fmt.Printf("mean %.4f, variances %.4f and %.4f\n", crescent.Mean(nil), cov.At(0, 0), cov.At(1, 1))
	// Output:
	// mean [0.0000 -0.9328], variances 1.0688 and 0.1474
}

// Mirror images: what is soft to the left of one is soft to the right of the
// other.
func ExampleNewSkewedWell() {
	for _, scale := range []float64{1, -1} {
		well, err := density.NewSkewedWell(2, scale)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("mean %+.3f, U(−2) − U(2) = %+.2f\n",
			well.Mean(nil)[0], well.LogProb([]float64{2})-well.LogProb([]float64{-2}))
	}
	// Output:
	// mean -0.270, U(−2) − U(2) = -6.51
	// mean +0.270, U(−2) − U(2) = +6.51
}

// Between the two modes of p the barrier of √p is half as high, in units of its
// temperature.
func ExampleTemper() {
	p := must(density.NewDoubleWell(1, 4, 0))
	for _, beta := range []float64{1, 0.5} {
		tempered := must(density.Temper(p, beta))
		fmt.Printf("%v: a barrier of %.1f\n", tempered, tempered.LogProb([]float64{1})-tempered.LogProb([]float64{0}))
	}
	// Output:
	// (double well, a = 1, B = 4, T = 0)^1: a barrier of 4.0
	// (double well, a = 1, B = 4, T = 0)^0.5: a barrier of 2.0
}

// The Gaussian with the moments of Rosenbrock's density, and how far its score is from
// the derivative of its log density.
func ExampleFromMoments() {
	g := must(density.FromMoments(must(density.NewRosenbrock(1, 2))))
	fmt.Println(g)
	worst := must(density.CompareGradient(g, [][]float64{{0, 0}, {1, -2}}))
	fmt.Println("the score holds:", worst.Holds(), worst.Off() < 1e-8)
	// Output:
	// N([1 2], [[1 2][2 10]]) on ℝ^2
	// the score holds: true true
}

// The variance of a score that is estimated from batches, by its formula and over
// 2000 batches.
func ExampleMinibatch_NoiseCovariance() {
	x := mat.NewDense(6, 1, []float64{-2, -1, 0.5, 1, 2, 3})
	p := must(density.NewLogistic(x, []float64{0, 0, 1, 0, 1, 1}, 1))
	batch := must(density.NewMinibatch(p, 2))
	var noise mat.SymDense
	batch.NoiseCovariance(&noise, []float64{0.3})
	scores := moments.NewMeanVariance(1)
	rng := stream.New(1)
	for range 2000 {
		batch.Resample(rng)
		scores.Add(batch.ScoreInput(nil, []float64{0.3}))
	}
	fmt.Printf("%.1f and %.1f\n", noise.At(0, 0), scores.Variance(nil)[0])
	// Output:
	// 3.3 and 3.3
}

// A regression of 1000 observations on 500 columns, of four megabytes: two workers compute
// its gradient in less time, to the same bits.
func ExampleLogistic_WithWorkers() {
	rng := stream.New(1)
	x, y := make([]float64, 1000*500), make([]float64, 1000)
	stream.Normals(rng, x)
	for i := range y {
		y[i] = float64(rng.IntN(2))
	}
	one := must(density.NewLogistic(mat.NewDense(1000, 500, x), y, 1))
	beta := make([]float64, 500)
	stream.Normals(rng, beta)
	fmt.Println(slices.Equal(one.ScoreInput(nil, beta), one.WithWorkers(2).ScoreInput(nil, beta)))
	// Output:
	// true
}
