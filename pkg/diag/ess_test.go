package diag

import (
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The mean of an AR(1) has variance (1+φ)/(1−φ)/N, its square is an AR(1) with
// φ², and any monotone function of it has the same ranks.
func TestESSOfAutoregression(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const m, n = 4, 8192
	for _, phi := range []float64{0, 0.5, 0.9, -0.3} {
		want := (1 - phi) / (1 + phi)
		// Geyer's sum keeps the first lags of noise if they are positive,
		// which lowers the estimate by about 1 % at this length.
		estimate := func(length int) (float64, float64) {
			mu, se, _ := replicate(t, 30, func(rng *rand.Rand) (float64, error) {
				e, err := ESS(ar1Chains(rng, phi, m, length))
				return e / float64(m*length), err
			})
			return mu, se
		}
		got, se := estimate(n)
		t.Logf("φ = %v: ESS/N = %.4f ± %.4f, exactly %.4f", phi, got, se, want)
		if math.Abs(got-want) > 5*se+0.015*want {
			t.Errorf("φ = %v: ESS/N = %.4f ± %.4f, want %.4f", phi, got, se, want)
		}
		// Negative control: a chain a little slower.
		slow := phi + 0.1*(1-phi)
		if wrong := (1 - slow) / (1 + slow); math.Abs(got-wrong) <= 5*se+0.015*wrong {
			t.Errorf("φ = %v: ESS/N = %.4f ± %.4f does not exclude φ = %v with %.4f", phi, got, se, slow, wrong)
		}
	}
}

func TestESSOfSquares(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const phi, m, n = 0.8, 4, 8192
	want := (1 - phi*phi) / (1 + phi*phi)
	got, se, _ := replicate(t, 30, func(rng *rand.Rand) (float64, error) {
		e, err := ESSSD(ar1Chains(rng, phi, m, n))
		return e / (m * n), err
	})
	t.Logf("ESS/N of squares = %.4f ± %.4f, exactly %.4f", got, se, want)
	if math.Abs(got-want) > 5*se+0.015*want {
		t.Errorf("ESS/N = %.4f ± %.4f, want %.4f", got, se, want)
	}
	if wrong := (1 - phi) / (1 + phi); math.Abs(got-wrong) <= 5*se+0.015*wrong {
		t.Errorf("ESS/N = %.4f does not exclude that of the mean, %.4f", got, wrong)
	}
}

// The indicator of x ≤ 0 has autocorrelation (2/π) arcsin φᵗ.
func TestESSOfMedian(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const phi, m, n = 0.8, 4, 8192
	tau := 1.0
	for r := phi; r > 1e-12; r *= phi {
		tau += 2 * 2 / math.Pi * math.Asin(r)
	}
	want := 1 / tau
	got, se, _ := replicate(t, 30, func(rng *rand.Rand) (float64, error) {
		e, err := ESSQuantile(ar1Chains(rng, phi, m, n), 0.5)
		return e / (m * n), err
	})
	t.Logf("ESS/N of the median = %.4f ± %.4f, exactly %.4f", got, se, want)
	if math.Abs(got-want) > 5*se+0.015*want {
		t.Errorf("ESS/N = %.4f ± %.4f, want %.4f", got, se, want)
	}
	if wrong := (1 - phi) / (1 + phi); math.Abs(got-wrong) <= 5*se+0.015*wrong {
		t.Errorf("ESS/N = %.4f does not exclude that of the mean, %.4f", got, wrong)
	}
}

func TestESSIsBounded(t *testing.T) {
	x := ar1Chains(stream.New(1), -0.99, 2, 1000)
	got, err := ESS(x)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "the bound on antithetic chains", got, 2000*math.Log10(2000), 1e-14)
}

func BenchmarkESSBulk(b *testing.B) {
	x := ar1Chains(stream.New(1), 0.9, 4, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ESSBulk(x); err != nil {
			b.Fatal(err)
		}
	}
}
