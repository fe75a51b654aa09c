package density_test

import (
	"errors"
	"math"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/racetest"
)

// The log density of one student's answer to one question is that of three normals and
// a coin. One step of a path that is seen has a density that can be written down.
func TestPosteriorsAreNormalised(t *testing.T) {
	normal := func(x, mean, sd float64) float64 {
		z := (x - mean) / sd
		return -z*z/2 - math.Log(sd) - math.Log(2*math.Pi)/2
	}
	r := must(density.NewItemResponse(1, 1, []int{0}, []int{0}, []float64{1}))
	x := []float64{0.3, -1, 0.7}
	want := normal(x[0], 0.75, 1) + normal(x[1], 0, 1) + normal(x[2], 0, 1) - math.Log1p(math.Exp(-(x[1] + x[0] - x[2])))
	if got := r.LogProb(x); math.Abs(got-want) > 1e-12 {
		t.Errorf("item response: %v, want %v", got, want)
	}
	b := must(density.NewBrownianMotion([]float64{0.4, math.NaN()}))
	x = []float64{-1, 0.5, 0.2, -0.6}
	want = normal(x[0], 0, 2) + normal(x[1], 0, 2) + normal(x[2], 0, math.Exp(-1)) + normal(x[3], x[2], math.Exp(-1)) + normal(0.4, x[2], math.Exp(0.5))
	if got := b.LogProb(x); math.Abs(got-want) > 1e-12 {
		t.Errorf("Brownian motion: %v, want %v", got, want)
	}
}

// Squares of a path of one step agree with sums of the density itself over the same
// scales and a grid of positions. A path whose observation is shifted has others.
func TestBrownianMotionSquares(t *testing.T) {
	racetest.Sequential(t)
	second, fourth := make([]float64, 3), make([]float64, 3)
	squares := func(y float64) {
		must(density.NewBrownianMotion([]float64{y})).Squares(second, fourth)
	}
	const y = 1.2
	b := must(density.NewBrownianMotion([]float64{y}))
	var total float64
	want2, want4 := make([]float64, 3), make([]float64, 3)
	for i := range 361 {
		for j := range 361 {
			s, o := -12+0.05*float64(i), -12+0.05*float64(j)
			vs, vo := math.Exp(2*s), math.Exp(2*o)
			mean, sd := y*vs/(vs+vo), math.Sqrt(vs*vo/(vs+vo))
			for u := -8.0; u <= 8; u += 0.5 {
				x := []float64{s, o, mean + sd*u}
				w := math.Exp(b.LogProb(x)) * sd
				total += w
				for k, v := range x {
					want2[k] += w * v * v
					want4[k] += w * v * v * v * v
				}
			}
		}
	}
	off := func() (worst float64) {
		for k := range second {
			worst = max(worst, math.Abs(second[k]*total/want2[k]-1), math.Abs(fourth[k]*total/want4[k]-1))
		}
		return worst
	}
	squares(y)
	if e := off(); e > 1e-6 {
		t.Errorf("second and fourth moments %v, %v are off by %.2g", second, fourth, e)
	}
	if squares(1.3); off() < 0.01 {
		t.Error("another observation has the same moments")
	}
}

// The simulated data have the sizes that they say, and answers and observations of the
// right kind.
func TestSimulatedData(t *testing.T) {
	set := dataset.SimulatedItemResponse()
	if n := len(set.Right); math.Abs(float64(n)-36000) > 5*60 {
		t.Errorf("%d answers; 36000 ± 60 are expected", n)
	}
	must(density.NewItemResponse(set.Students, set.Questions, set.Student, set.Question, set.Right))
	if b := must(density.NewBrownianMotion(dataset.SimulatedBrownianMotion())); b.String() != "Brownian motion of 30 steps, 20 of them seen" {
		t.Error(b)
	}
}

func TestPosteriorsRefuse(t *testing.T) {
	for name, f := range map[string]func() error{
		"no pairs":       func() error { _, err := density.NewRosenbrock(0, 1); return err },
		"too many pairs": func() error { _, err := density.NewRosenbrock(1<<20+1, 1); return err },
		"no width":       func() error { _, err := density.NewRosenbrock(1, 0); return err },
		"a tiny width":   func() error { _, err := density.NewRosenbrock(1, 1e-200); return err },
		"no students":    func() error { _, err := density.NewItemResponse(0, 1, nil, nil, nil); return err },
		"no questions":   func() error { _, err := density.NewItemResponse(1, 0, nil, nil, nil); return err },
		"short list":     func() error { _, err := density.NewItemResponse(1, 1, nil, []int{0}, []float64{0}); return err },
		"shorter list":   func() error { _, err := density.NewItemResponse(1, 1, []int{0}, nil, []float64{0}); return err },
		"no such student": func() error {
			_, err := density.NewItemResponse(1, 1, []int{1}, []int{0}, []float64{0})
			return err
		},
		"no such question": func() error {
			_, err := density.NewItemResponse(1, 1, []int{0}, []int{-1}, []float64{0})
			return err
		},
		"half an answer": func() error {
			_, err := density.NewItemResponse(1, 1, []int{0}, []int{0}, []float64{0.5})
			return err
		},
		"no steps":             func() error { _, err := density.NewBrownianMotion(nil); return err },
		"nothing seen":         func() error { _, err := density.NewBrownianMotion([]float64{math.NaN()}); return err },
		"infinite observation": func() error { _, err := density.NewBrownianMotion([]float64{math.Inf(1)}); return err },
	} {
		var bad *arg.Error
		if err := f(); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkItemResponse(b *testing.B) {
	set := dataset.SimulatedItemResponse()
	p := must(density.NewItemResponse(set.Students, set.Questions, set.Student, set.Question, set.Right))
	x, dst := make([]float64, p.Dim()), make([]float64, p.Dim())
	for range b.N {
		p.LogProbScore(dst, x)
	}
}
