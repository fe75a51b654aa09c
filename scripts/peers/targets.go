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
	"natspike/pkg/stream"
)

// A data set is what a target's log density is computed from, in Go and in
// Python.
type data map[string][]float64

var targets = map[string]func() (density.Density, data, error){
	"eight schools":   func() (density.Density, data, error) { return density.NewEightSchools(), nil, nil },
	"logistic":        breastCancer,
	"ill-conditioned": illConditioned,
	"item response":   func() (density.Density, data, error) { return itemResponse(400, 100) },
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

// itemResponse is a one-parameter logistic model of students and questions, of which
// nine in ten are answered:
//
//	a_i ~ N(0, 1), m ~ N(0.75, 1), b_j ~ N(0, 1), y_ij ~ Bernoulli(σ(a_i + m − b_j)),
//
// with x = (m, a, b). The answers are drawn from a fixed seed.
func itemResponse(students, questions int) (density.Density, data, error) {
	rng := stream.Key{Seed: 1, Purpose: stream.Data}.Rand()
	truth := make([]float64, students+questions)
	stream.Normals(rng, truth)
	var student, question, y []float64
	for i := range students {
		for j := range questions {
			if rng.IntN(10) == 0 {
				continue
			}
			p := 1 / (1 + math.Exp(-(truth[i] + 0.75 - truth[students+j])))
			student, question, y = append(student, float64(i)), append(question, float64(j)), append(y, 0)
			if rng.Float64() < p {
				y[len(y)-1] = 1
			}
		}
	}
	u := func(x []float64) float64 {
		a, b := x[1:1+students], x[1+students:]
		e := (x[0] - 0.75) * (x[0] - 0.75) / 2
		for _, v := range x[1:] {
			e += v * v / 2
		}
		for k, answer := range y {
			eta := a[int(student[k])] + x[0] - b[int(question[k])]
			e += math.Log1p(math.Exp(-math.Abs(eta))) + max(eta, 0) - answer*eta
		}
		return e
	}
	gradient := func(dst, x []float64) {
		a, b := x[1:1+students], x[1+students:]
		copy(dst, x)
		dst[0] -= 0.75
		for k, answer := range y {
			i, j := int(student[k]), int(question[k])
			r := 1/(1+math.Exp(-(a[i]+x[0]-b[j]))) - answer
			dst[0] += r
			dst[1+i] += r
			dst[1+students+j] -= r
		}
	}
	p, err := density.NewFunc(1+students+questions, u, gradient)
	return p, data{"student": student, "question": question, "y": y}, err
}

// brownianMotion is a path of 30 steps observed with noise but for its middle third,
// with unknown scales:
//
//	log s, log o ~ N(0, 2²), x_t − x_{t−1} ~ N(0, s²), y_t ~ N(x_t, o²),
//
// in the 32 dimensions (log s, log o, x). The observations are those of s = 0.1 and
// o = 0.15 from a fixed seed.
func brownianMotion() (density.Density, data, error) {
	const steps = 30
	rng := stream.Key{Seed: 2, Purpose: stream.Data}.Rand()
	var times, y []float64
	at := 0.0
	for t := range steps {
		at += 0.1 * stream.Normal(rng)
		seen := at + 0.15*stream.Normal(rng)
		if t < 10 || t >= 20 {
			times, y = append(times, float64(t)), append(y, seen)
		}
	}
	u := func(x []float64) float64 {
		s, o, path := math.Exp(-2*x[0]), math.Exp(-2*x[1]), x[2:]
		e := (x[0]*x[0]+x[1]*x[1])/8 + steps*x[0] + float64(len(y))*x[1]
		before := 0.0
		for _, v := range path {
			e += s * (v - before) * (v - before) / 2
			before = v
		}
		for k, v := range y {
			r := v - path[int(times[k])]
			e += o * r * r / 2
		}
		return e
	}
	gradient := func(dst, x []float64) {
		s, o, path := math.Exp(-2*x[0]), math.Exp(-2*x[1]), x[2:]
		clear(dst)
		dst[0], dst[1] = x[0]/4+steps, x[1]/4+float64(len(y))
		before := 0.0
		for t, v := range path {
			r := v - before
			dst[0] -= s * r * r
			dst[2+t] += s * r
			if t > 0 {
				dst[1+t] -= s * r
			}
			before = v
		}
		for k, v := range y {
			t := int(times[k])
			r := path[t] - v
			dst[1] -= o * r * r
			dst[2+t] += o * r
		}
	}
	p, err := density.NewFunc(2+steps, u, gradient)
	return p, data{"times": times, "y": y}, err
}
