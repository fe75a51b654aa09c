package diag

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

// Between a sample and itself moved by v, W2 along θ is |θ·v|, whose mean square
// is |v|²/d. The standard error is that of the directions alone.
func TestSlicedW2OfAShift(t *testing.T) {
	rng := stream.New(31)
	x := mat.NewDense(50, 4, nil)
	y := mat.NewDense(50, 4, nil)
	v := []float64{1, -2, 0, 2}
	for i := range 50 {
		for j := range 4 {
			x.Set(i, j, rng.NormFloat64())
			y.Set(49-i, j, x.At(i, j)+v[j])
		}
	}
	w, se, err := SlicedW2(x, y, 4000, rng)
	if err != nil {
		t.Fatal(err)
	}
	if se > 0.02 {
		t.Errorf("standard error %v", se)
	}
	near(t, "sliced W2", w, se, 3/math.Sqrt(4), 3/math.Sqrt(5))

	if w, se, err := SlicedW2(x, x, 10, rng); w != 0 || se != 0 || err != nil {
		t.Errorf("sliced W2 to itself = %v ± %v, %v", w, se, err)
	}
}

// A point at 0 is √((|μ|² + trΣ)/d) from N(μ, Σ).
func TestSlicedW2GaussianOfAPoint(t *testing.T) {
	rng := stream.New(32)
	mu := []float64{1, 0, -1}
	cov := mat.NewSymDense(3, []float64{4, 1, 0, 1, 2, 0.5, 0, 0.5, 1})
	w, se, err := SlicedW2Gaussian(mat.NewDense(1, 3, nil), mu, cov, 8000, rng)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "sliced W2", w, se, math.Sqrt((2+7)/3.0), math.Sqrt((2+6.5)/3.0))
}

func TestSlicedW2InOneDimension(t *testing.T) {
	rng := stream.New(33)
	a, b := ar1(rng, 0, 20), ar1(rng, 0, 30)
	x, y := mat.NewDense(20, 1, a), mat.NewDense(30, 1, b)
	got, se, err := SlicedW2(x, y, 1, rng)
	want, _ := W2(a, b)
	if got != want || se != 0 || err != nil {
		t.Errorf("%v ± %v, %v; W2 is %v", got, se, err, want)
	}
	got, se, err = SlicedW2Gaussian(x, []float64{1}, mat.NewSymDense(1, []float64{4}), 1, rng)
	want, _ = W2Normal(a, 1, 2)
	if got != want || se != 0 || err != nil {
		t.Errorf("%v ± %v, %v; W2Normal is %v", got, se, err, want)
	}
}

func TestSlicedW2Errors(t *testing.T) {
	rng := stream.New(34)
	x, bad := mat.NewDense(2, 2, nil), mat.NewDense(2, 2, []float64{0, 0, 0, math.NaN()})
	id := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	_, _, err := SlicedW2(x, bad, 5, rng)
	failsWith(t, "NaN", err, ErrNonFinite)
	_, _, err = SlicedW2(bad, x, 5, rng)
	failsWith(t, "NaN", err, ErrNonFinite)
	_, _, err = SlicedW2(x, x, 1, rng)
	failsWith(t, "directions", err, ErrRange)
	_, _, err = SlicedW2Gaussian(x, []float64{0, math.NaN()}, id, 5, rng)
	failsWith(t, "NaN", err, ErrNonFinite)
	_, _, err = SlicedW2Gaussian(x, []float64{0, 0}, mat.NewSymDense(2, []float64{1, 2, 2, 1}), 5, rng)
	failsWith(t, "indefinite", err, ErrRange)
	panics(t, "dimensions", badDim, func() { SlicedW2(x, mat.NewDense(2, 3, nil), 5, rng) })
	panics(t, "dimensions", badDim, func() { SlicedW2Gaussian(x, []float64{0}, id, 5, rng) })
}
