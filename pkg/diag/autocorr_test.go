package diag

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/stream"
)

// The transform gives the sums that define the autocovariance, at every length.
func TestAutocovarianceIsTheSum(t *testing.T) {
	rng := stream.New(11)
	for n := 1; n < 70; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = 3 + rng.NormFloat64()
		}
		maxLag := rng.IntN(n)
		got, err := Autocovariance(x, maxLag)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != maxLag+1 {
			t.Fatalf("%d lags, want %d", len(got), maxLag+1)
		}
		m := mean(x)
		for lag, c := range got {
			var want float64
			for i := range n - lag {
				want += (x[i] - m) * (x[i+lag] - m) / float64(n)
			}
			if math.Abs(c-want) > 1e-14 {
				t.Errorf("n = %d, lag %d: %v, want %v", n, lag, c, want)
			}
		}
	}
}

func TestAutocorrelationErrors(t *testing.T) {
	_, err := Autocorrelation(nil, 0)
	failsWith(t, "nothing", err, ErrShort)
	for _, lag := range []int{-1, 3} {
		_, err = Autocorrelation([]float64{1, 2, 3}, lag)
		failsWith(t, "lag", err, ErrRange)
	}
	_, err = Autocorrelation([]float64{1, 2, math.NaN()}, 1)
	failsWith(t, "NaN", err, ErrNonFinite)
	_, err = Autocorrelation([]float64{2, 2, 2}, 1)
	failsWith(t, "constant", err, ErrConstant)
}

// ρ_t of an AR(1) is φᵗ; estimating the mean lowers it by about
// (1−ρ_t)(1+φ)/(1−φ)/n, which is allowed for.
func TestAutocorrelationOfAutoregression(t *testing.T) {
	const phi, n, lag = 0.8, 10000, 5
	got, se, _ := replicate(t, 50, func(rng *rand.Rand) (float64, error) {
		rho, err := Autocorrelation(ar1(rng, phi, n), lag)
		return rho[lag], err
	})
	want := math.Pow(phi, lag)
	want -= (1-want)*(1+phi)/(1-phi)/n + want*lag/n
	near(t, "ρ_5", got, se, want, math.Pow(phi, lag+0.5))
}

// τ of an AR(1) is (1+φ)/(1−φ); Sokal's window leaves out the share e^−5 of
// the sum, 0.7 %, and the length a little more.
func TestAutocorrelationTime(t *testing.T) {
	t.Parallel()
	const phi, m, n = 0.9, 2, 16384
	want := (1 + phi) / (1 - phi)
	got, se, _ := replicate(t, 40, func(rng *rand.Rand) (float64, error) {
		return AutocorrelationTime(ar1Chains(rng, phi, m, n))
	})
	t.Logf("τ = %.3f ± %.3f, exactly %.3f", got, se, want)
	if got > want+5*se || got < 0.985*want-5*se {
		t.Errorf("τ = %.3f ± %.3f, want %.3f", got, se, want)
	}
	if wrong := 1 / (1 - phi); math.Abs(got-wrong) < 5*se {
		t.Errorf("τ = %.3f ± %.3f does not exclude %v", got, se, wrong)
	}

	// Chains stuck at different places are correlated for as long as they are.
	stuck := [][]float64{make([]float64, 50), make([]float64, 50)}
	for i := range stuck[1] {
		stuck[1][i] = 1
	}
	if tau, err := AutocorrelationTime(stuck); err != nil || math.Abs(tau-50) > 1e-9 {
		t.Errorf("τ of stuck chains = %v, %v; want their length 50", tau, err)
	}
}

func TestFastLength(t *testing.T) {
	smooth := func(n int) bool {
		for _, p := range []int{2, 3, 5} {
			for n%p == 0 {
				n /= p
			}
		}
		return n == 1
	}
	for n := 1; n < 3000; n++ {
		want := n + n%2
		for !smooth(want) {
			want += 2
		}
		if got := fastLength(n); got != want {
			t.Fatalf("fastLength(%d) = %d, want %d", n, got, want)
		}
	}
}
