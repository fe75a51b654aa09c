package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
)

// A data set holds the data from which Go and Python compute the log density of a
// target.
type data map[string]any

var targets = map[string]func() (density.Density, data, error){
	"eight schools":   func() (density.Density, data, error) { return density.NewEightSchools(), nil, nil },
	"logistic":        breastCancer,
	"ill-conditioned": illConditioned,
	"item response":   itemResponse,
	"Brownian motion": brownianMotion,
}

func target(name string) (density.Density, data, error) {
	f, ok := targets[name]
	if !ok {
		return nil, nil, fmt.Errorf("no target %q: there are %s", name, strings.Join(slices.Sorted(maps.Keys(targets)), ", "))
	}
	return f()
}

func breastCancer() (density.Density, data, error) {
	set := dataset.BreastCancer()
	x, _ := set.Design()
	p, err := density.NewLogistic(x, set.Y, 1)
	return p, data{"x": mat.DenseCopyOf(x).RawMatrix().Data, "y": set.Y}, err
}

// illConditioned is N(0, Σ) in 100 dimensions, Σ = QΛQᵀ with variances from 10⁻² to
// 10² evenly spaced in their logarithm, and Q of the discrete cosine transform.
func illConditioned() (density.Density, data, error) {
	const d = 100
	q, sigma := mat.NewDense(d, d, nil), mat.NewSymDense(d, nil)
	for k := range d {
		norm := math.Sqrt(2.0 / d)
		if k == 0 {
			norm = math.Sqrt(1.0 / d)
		}
		for i := range d {
			q.Set(i, k, norm*math.Cos(math.Pi*(float64(i)+0.5)*float64(k)/d))
		}
		sigma.SymRankOne(sigma, math.Pow(10, -2+4*float64(k)/(d-1)), q.ColView(k))
	}
	p, err := density.NewGaussian(make([]float64, d), sigma)
	return p, data{"sigma": mat.DenseCopyOf(sigma).RawMatrix().Data}, err
}

func itemResponse() (density.Density, data, error) {
	set := dataset.SimulatedItemResponse()
	p, err := density.NewItemResponse(set.Students, set.Questions, set.Student, set.Question, set.Right)
	return p, data{"student": set.Student, "question": set.Question, "y": set.Right}, err
}

// brownianMotion returns the data of a Brownian motion, with the observed steps only.
func brownianMotion() (density.Density, data, error) {
	observed := dataset.SimulatedBrownianMotion()
	var times []int
	var y []float64
	for t, v := range observed {
		if !math.IsNaN(v) {
			times, y = append(times, t), append(y, v)
		}
	}
	p, err := density.NewBrownianMotion(observed)
	return p, data{"times": times, "y": y}, err
}
