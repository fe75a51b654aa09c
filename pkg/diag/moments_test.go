package diag

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/stream"
)

// correlatedDraws returns n draws of dimension 5 with unequal scales.
func correlatedDraws(n int) *mat.Dense {
	rng := stream.New(9)
	x := mat.NewDense(n, 5, nil)
	for i := range n {
		shared := rng.NormFloat64()
		for j := range 5 {
			x.Set(i, j, float64(j)+float64(j+1)*(shared+rng.NormFloat64()))
		}
	}
	return x
}

func TestMeanAndCovariance(t *testing.T) {
	x := correlatedDraws(200)
	mean, err := Mean(x)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Covariance(x)
	if err != nil {
		t.Fatal(err)
	}
	for j := range mean {
		closeTo(t, "mean", mean[j], stat.Mean(mat.Col(nil, j, x), nil), 1e-13)
		for k := range mean {
			closeTo(t, "covariance", c.At(j, k), stat.Covariance(mat.Col(nil, j, x), mat.Col(nil, k, x), nil), 1e-13)
		}
	}
	_, err = Covariance(x.Slice(0, 1, 0, 5))
	failsWith(t, "Covariance of one draw", err, ErrShort)
	x.Set(17, 3, math.Inf(-1))
	_, err = Mean(x)
	failsWith(t, "Mean", err, ErrNonFinite)
	_, err = Covariance(x)
	failsWith(t, "Covariance", err, ErrNonFinite)
	if want := "diag: draws[17, 3] is -Inf: values must be finite"; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}
