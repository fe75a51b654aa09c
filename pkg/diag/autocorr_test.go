package diag

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/racetest"
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
	racetest.Sequential(t)
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
	racetest.Sequential(t)
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

// The transform is that of the definition, in the order of reversed bits, and
// inverse undoes it.
func TestFFT(t *testing.T) {
	rng := stream.New(40)
	for n := 1; n <= 64; n *= 2 {
		re, im := make([]float64, n), make([]float64, n)
		for i := range n {
			re[i], im[i] = rng.NormFloat64(), rng.NormFloat64()
		}
		f := newFFT(n)
		wr, wi := slices.Clone(re), slices.Clone(im)
		f.forward(wr, wi)
		for k := range n {
			var want complex128
			for j := range n {
				want += complex(re[j], im[j]) * cmplx.Exp(complex(0, -2*math.Pi*float64(j*k)/float64(n)))
			}
			at := f.place(k)
			if got := complex(wr[at], wi[at]); cmplx.Abs(got-want) > 1e-14*float64(n) {
				t.Errorf("n = %d: frequency %d is %v, want %v", n, k, got, want)
			}
		}
		f.inverse(wr, wi)
		for i := range n {
			if math.Abs(wr[i]/float64(n)-re[i]) > 1e-15*float64(n) || math.Abs(wi[i]/float64(n)-im[i]) > 1e-15*float64(n) {
				t.Errorf("n = %d: entry %d came back as %v + %vi, want %v + %vi", n, i, wr[i]/float64(n), wi[i]/float64(n), re[i], im[i])
			}
		}
	}
	for n, want := range map[int]int{1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 1000: 1024, 1025: 2048} {
		if got := powerOfTwo(n); got != want {
			t.Errorf("powerOfTwo(%d) = %d, want %d", n, got, want)
		}
	}
}
