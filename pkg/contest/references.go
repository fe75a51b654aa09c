package contest

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// A Reference is a density whose second moments are known.
type Reference struct {
	Name        string
	Density     density.Density
	Squares     []float64              // E[z²] of each coordinate z
	Variances   []float64              // Var[z²]
	SE          float64                // largest standard error of Squares, in units of √Variances; 0 if they are exact
	Coordinates func(dst, x []float64) // stores z; nil where z is x
	Modes       int                    // that are far apart; 0 and 1 are one
	Gradients   int                    // after which a chain is given up
}

func (t *Reference) coordinates(z, x []float64) {
	if t.Coordinates == nil {
		copy(z, x)
	} else {
		t.Coordinates(z, x)
	}
}

// normalSquares returns E[z²] and Var[z²] of a normal variable.
func normalSquares(mean, variance float64) (square, ofSquare float64) {
	m2 := float64(mean * mean)
	return m2 + variance, float64(2*variance*variance) + float64(4*m2*variance)
}

// References returns the targets that samplers are compared on in the literature:
//
//   - a Gaussian in 100 dimensions, whose variances along the vectors of the discrete
//     cosine transform are evenly spaced in their logarithm from 0.1 to 10;
//   - the banana and Rosenbrock's function in 36 dimensions;
//   - Brownian motion with unknown scales, 32 dimensions, simulated data;
//   - item response, 501 dimensions, simulated data;
//   - Neal's funnel in 10 dimensions, where z is v and xᵢ exp(−v/2);
//   - eight schools;
//   - two normal modes in 50 dimensions, of weights 0.8 and 0.2 and a distance of eight
//     standard deviations.
//
// Second moments are closed forms or quadrature, but for item response, where they are
// those of a long run of NUTS. Of eight schools, Var[z²] is that of 10⁵ exact draws.
//
// Sources: Robnik et al., J. Mach. Learn. Res. 24:311 (2023), and the Inference Gym
// (Sountsov, Radul et al. 2020), whose data the simulated ones are not.
func References() ([]Reference, error) {
	gaussian, err := illConditioned(100, 0.1, 10)
	if err != nil {
		return nil, err
	}
	rosenbrock, err := density.NewRosenbrock(18, math.Sqrt(0.1))
	if err != nil {
		return nil, err
	}
	motion, err := density.NewBrownianMotion(dataset.SimulatedBrownianMotion())
	if err != nil {
		return nil, err
	}
	brownian := Reference{Name: "Brownian motion", Density: motion, Gradients: 1 << 17}
	brownian.Squares, brownian.Variances = make([]float64, motion.Dim()), make([]float64, motion.Dim())
	motion.Squares(brownian.Squares, brownian.Variances)
	for i, s := range brownian.Squares {
		brownian.Variances[i] -= float64(s * s)
	}
	answers, err := itemResponse()
	if err != nil {
		return nil, err
	}
	modes, err := twoModes(50, 0.8, 8)
	if err != nil {
		return nil, err
	}
	funnel := Reference{
		Name: "funnel", Density: density.NewFunnel(), Gradients: 1 << 18,
		Squares: slices.Repeat([]float64{1}, 10), Variances: slices.Repeat([]float64{2}, 10),
		Coordinates: func(dst, x []float64) {
			dst[0] = x[0] / 3
			root := portable.Exp(-x[0] / 2)
			for i, v := range x[1:] {
				dst[1+i] = float64(v * root)
			}
		},
	}
	// x₂ = b(x₁² − s²) + ξ has E[x₂⁴] = 60 b⁴s⁸ + 6·2b²s⁴ + 3, with 60 that of (χ² − 1)⁴.
	// Given x ~ N(1, 1) and y = x² + wξ, E[x⁴] = 10 and E[x⁸] = 764.
	return []Reference{
		*gaussian,
		{Name: "banana", Density: density.NewBanana(), Squares: []float64{100, 19}, Variances: []float64{2e4, 4860 + 108 + 3 - 19*19}, Gradients: 1 << 19},
		{
			Name: "Rosenbrock", Density: rosenbrock, Gradients: 1 << 17,
			Squares: slices.Repeat([]float64{2, 10.1}, 18), Variances: slices.Repeat([]float64{6, 764 + 6 + 0.03 - 10.1*10.1}, 18),
		},
		brownian, *answers, funnel, eightSchools(), *modes,
	}, nil
}

// illConditioned returns N(0, QΛQᵀ), with Q of the discrete cosine transform and
// variances in Λ from least to most.
func illConditioned(d int, least, most float64) (*Reference, error) {
	q := make([]float64, d)
	sigma := mat.NewSymDense(d, nil)
	for k := range d {
		norm := math.Sqrt(2 / float64(d))
		if k == 0 {
			norm = math.Sqrt(1 / float64(d))
		}
		for i := range q {
			_, cos := portable.SinCosPi((float64(i) + 0.5) * float64(k) / float64(d))
			q[i] = norm * cos
		}
		share := float64(k) / float64(d-1)
		variance := portable.Exp(float64((1-share)*portable.Log(least)) + float64(share*portable.Log(most)))
		for i := range d {
			for j := range i + 1 {
				sigma.SetSym(i, j, sigma.At(i, j)+float64(variance*q[i]*q[j]))
			}
		}
	}
	p, err := density.NewGaussian(make([]float64, d), sigma)
	t := &Reference{Name: "ill-conditioned Gaussian", Density: p, Gradients: 1 << 16}
	for i := range d {
		square, variance := normalSquares(0, sigma.At(i, i))
		t.Squares, t.Variances = append(t.Squares, square), append(t.Variances, variance)
	}
	return t, err
}

// twoModes returns a mixture of N(0, I), with the weight first, and one at a distance.
func twoModes(d int, first, distance float64) (*Reference, error) {
	one, err := density.Equicorrelated(d, 0, 1)
	if err != nil {
		return nil, err
	}
	mean := make([]float64, d)
	mean[0] = distance
	other, err := one.WithMean(mean)
	if err != nil {
		return nil, err
	}
	p, err := density.NewMixture([]float64{first, 1 - first}, []*density.Gaussian{one, other})
	t := &Reference{Name: "two modes", Density: p, Modes: 2, Gradients: 1 << 18, Squares: slices.Repeat([]float64{1}, d), Variances: slices.Repeat([]float64{2}, d)}
	m2 := float64(distance * distance)
	square := first + float64((1-first)*(1+m2))
	fourth := float64(3*first) + float64((1-first)*(3+float64(6*m2)+float64(m2*m2)))
	t.Squares[0], t.Variances[0] = square, fourth-float64(square*square)
	return t, err
}

// eightSchools has exact second moments.
func eightSchools() Reference {
	p := density.NewEightSchools()
	const draws = 100_000
	d := p.Dim()
	t := Reference{Name: "eight schools", Density: p, Gradients: 1 << 16, Squares: p.Mean(nil), Variances: make([]float64, d)}
	var cov mat.SymDense
	p.CovarianceMatrix(&cov)
	for i, m := range t.Squares {
		t.Squares[i] = float64(m*m) + cov.At(i, i)
	}
	rng, z := stream.Key{Seed: 1, Purpose: stream.Data}.Rand(), make([]float64, d)
	for range draws {
		for i, v := range p.Rand(rng, z) {
			off := float64(v*v) - t.Squares[i]
			t.Variances[i] += float64(off*off) / draws
		}
	}
	return t
}

//go:embed itemresponse.csv
var itemResponseCSV string

// itemResponse has the second moments of itemresponse.csv, which
// TestItemResponseReference makes.
func itemResponse() (*Reference, error) {
	set := dataset.SimulatedItemResponse()
	p, err := density.NewItemResponse(set.Students, set.Questions, set.Student, set.Question, set.Right)
	if err != nil {
		return nil, err
	}
	t := &Reference{Name: "item response", Density: p, Gradients: 1 << 16}
	for _, line := range strings.Fields(itemResponseCSV)[1:] {
		var square, se, variance float64
		if _, err := fmt.Sscanf(line, "%g,%g,%g", &square, &se, &variance); err != nil {
			return nil, err
		}
		t.Squares, t.Variances = append(t.Squares, square), append(t.Variances, variance)
		t.SE = max(t.SE, se/math.Sqrt(variance))
	}
	if len(t.Squares) != p.Dim() {
		return nil, check.Errorf("itemresponse.csv", "has %d lines, the target %d coordinates", len(t.Squares), p.Dim())
	}
	return t, nil
}
