package learn

import (
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// One change is η(X − C)B, with X and C the second moments of the samples.
func TestApply(t *testing.T) {
	b := mat.NewDense(2, 3, []float64{1, 0.5, -0.2, 0.3, 2, 0})
	r := must(NewRule(b, 0.1))
	shown, free := [][]float64{{1, 2}, {-1, 0.5}}, [][]float64{{0.3, -0.7}, {2, 0}, {0, 1}}
	moment := func(samples [][]float64) *mat.Dense {
		m := mat.NewDense(2, 2, nil)
		for _, x := range samples {
			v := mat.NewVecDense(2, x)
			var o mat.Dense
			o.Outer(1/float64(len(samples)), v, v)
			m.Add(m, &o)
		}
		return m
	}
	for _, x := range shown {
		r.Show(x)
	}
	for _, z := range free {
		r.Free(z)
	}
	if err := r.Apply(); err != nil {
		t.Fatal(err)
	}
	var diff, want mat.Dense
	diff.Sub(moment(shown), moment(free))
	want.Mul(&diff, b)
	want.Scale(0.1, &want)
	want.Add(&want, b)
	if !mat.EqualApprox(r.B(), &want, 1e-14) {
		t.Errorf("B = %v, want %v", mat.Formatted(r.B()), mat.Formatted(&want))
	}
	var d mat.Dense
	d.Mul(&want, want.T())
	if !mat.EqualApprox(r.Diffusion(), &d, 1e-14) {
		t.Error("D is not BBᵀ")
	}
}

// Where samples have exactly the covariance BBᵀ, the rule learns Σ below η = 1/λ and
// does not settle above, as the warning says.
func TestLearns(t *testing.T) {
	racetest.Sequential(t)
	const p = 3
	target := must(density.Equicorrelated(p, 0.75, 2)) // λ = 5 and ½
	var sigma mat.SymDense
	target.CovarianceMatrix(&sigma)
	for _, eta := range []float64{0.1, 0.3} {
		r := must(NewRule(mat.NewDiagDense(p, []float64{1, 1, 1}), eta))
		rng, x, z := stream.New(1), make([]float64, p), make([]float64, p)
		off := 0.0
		for k := range 60 {
			g := must(density.NewGaussian(make([]float64, p), r.Diffusion()))
			for range 4000 {
				r.Show(target.Rand(rng, x))
				r.Free(g.Rand(rng, z))
			}
			if err := r.Apply(); err != nil {
				t.Fatal(err)
			}
			if k >= 30 {
				var d mat.Dense
				d.Sub(r.Diffusion(), &sigma)
				off = max(off, mat.Norm(&d, 2)/mat.Norm(&sigma, 2))
			}
		}
		// Samples of 4000 know a variance to 2 %; an η of 0.1 moves B by half of
		// an error.
		settled := off < 0.15
		var w *RateWarning
		warned := len(r.Warnings()) == 1 && errors.As(r.Warnings()[0], &w)
		if settled != (eta < 0.2) || warned == settled {
			t.Errorf("η = %v: off by up to %.2f, warnings %v", eta, off, r.Warnings())
		}
		if warned && (math.Abs(w.Limit-0.2) > 0.02 || !strings.Contains(w.Error(), "does not settle")) {
			t.Errorf("limit %v, want 1/5: %v", w.Limit, w)
		}
	}
}

func TestRefused(t *testing.T) {
	one := mat.NewDense(1, 1, []float64{1})
	r := must(NewRule(one, 1e300))
	r.Show([]float64{1e200})
	for want, f := range map[string]func() error{
		"η":                  func() error { _, err := NewRule(one, 0); return err },
		"B":                  func() error { _, err := NewRule(mat.NewDense(1, 1, []float64{math.NaN()}), 1); return err },
		"1 shown and 0 free": r.Apply,
		"covariance is +Inf at (0, 0)": func() error {
			r := must(NewRule(mat.NewDense(1, 1, []float64{1e-300}), 1))
			r.Show([]float64{1e200})
			r.Free([]float64{1})
			return r.Apply()
		},
	} {
		var bad *arg.Error
		if err := f(); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	r.Free([]float64{1})
	if err := r.Apply(); err == nil || r.B().At(0, 0) != 1 {
		t.Errorf("B = %v after %v", r.B().At(0, 0), err)
	}
	defer func() {
		if r := recover(); r != "learn: x has the wrong length" {
			t.Errorf("panic %v", r)
		}
	}()
	r.Show(nil)
}
