package diag

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"natspike/pkg/stream"
)

// A position that rounding puts below a whole number is that number: for each
// percentage and each number of values at which (n−1)p is whole the quantile is a
// value, for p as a literal is read and as arithmetic makes it.
func TestQuantileAtWholePositions(t *testing.T) {
	for n := 2; n < 1000; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i*i) + 0.1
		}
		for percent := range 101 {
			if (n-1)*percent%100 != 0 {
				continue
			}
			want := x[(n-1)*percent/100]
			for _, p := range []float64{float64(percent) / 100, float64(percent) * 0.01, min(max(1-float64(100-percent)*0.01, 0), 1)} {
				if got := quantile(x, p); got != want {
					t.Fatalf("n = %d, p = %.17g: %v, want the value %v", n, p, got, want)
				}
			}
		}
	}
}

// The values of ArviZ 1.3 for a chain on which n p + 1 − p is 38.99999999999999.
func TestESSQuantileAtAWholePosition(t *testing.T) {
	x := make([]float64, 41)
	for i := range x {
		x[i] = float64(17*i%41 + 1)
	}
	got, err := ESSQuantile([][]float64{x}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got-51.007) > 5e-4 {
		t.Errorf("ESS = %v, want 51.007", got)
	}
}

func TestQuantile(t *testing.T) {
	x := []float64{3, 1, 2, 10}
	for _, c := range []struct{ p, want float64 }{{0, 1}, {1, 10}, {0.5, 2.5}, {0.25, 1.75}, {0.9, 7.9}, {1.0 / 3, 2}} {
		got, err := Quantile(x, c.p)
		if err != nil || math.Abs(got-c.want) > 1e-15*c.want {
			t.Errorf("quantile at %v = %v, %v; want %v", c.p, got, err, c.want)
		}
	}
	if x[0] != 3 {
		t.Error("the values were sorted in place")
	}
	if m := must(Median([]float64{7})); m != 7 {
		t.Errorf("median of one value %v", m)
	}
	if m := must(Quantile([]float64{math.MaxFloat64, math.MaxFloat64 / 2, -math.MaxFloat64}, 0.25)); m != -math.MaxFloat64/4 {
		t.Errorf("between large values: %v", m)
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN()} {
		_, err := Quantile(x, p)
		failsWith(t, "p", err, ErrRange)
	}
	_, err := Median(nil)
	failsWith(t, "nothing", err, ErrShort)
	_, err = Median([]float64{1, math.NaN()})
	failsWith(t, "NaN", err, ErrNonFinite)
}

// The quantiles of beta distributions are those of gonum.
func TestBetaQuantile(t *testing.T) {
	rng := stream.New(41)
	for range 200 {
		a, b := 1+math.Exp(12*rng.Float64()), 1+math.Exp(12*rng.Float64())
		for _, u := range []float64{0.1586553, 0.8413447, 0.01, 0.5} {
			want := mathext.InvRegIncBeta(a, b, u)
			if got := betaQuantile(a, b, u); math.Abs(got-want) > 1e-9*want {
				t.Errorf("a = %v, b = %v, u = %v: %.12g, want %.12g", a, b, u, got, want)
			}
		}
	}
}
