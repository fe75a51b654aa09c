package diag

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/stream"
)

// A statistical test here computes an estimate and its standard error from a
// fixed seed, and asks that it lie within five standard errors of the truth:
// over seeds a false alarm has probability 6e-7. Its negative control is a
// wrong value near the truth, which the same test must reject.

// near checks that got is within five standard errors of want, and further
// than that from wrong.
func near(t *testing.T, what string, got, se, want, wrong float64) {
	t.Helper()
	if z := (got - want) / se; !(math.Abs(z) < 5) {
		t.Errorf("%s = %.6g ± %.2g, want %.6g: z = %.1f", what, got, se, want, z)
	}
	if z := (got - wrong) / se; !(math.Abs(z) > 5) {
		t.Errorf("%s = %.6g ± %.2g does not tell %.6g from the wrong %.6g: z = %.1f", what, got, se, want, wrong, z)
	}
}

// closeTo checks got against want to a relative tolerance.
func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// failsWith checks that err wraps want and says something.
func failsWith(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want one that wraps %q", what, err, want)
	}
}

// must returns v. It panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// panics checks that f panics with the given constant.
func panics(t *testing.T, what, with string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != with {
			t.Errorf("%s: panic %v, want %q", what, got, with)
		}
	}()
	f()
}

// ar1 returns a stationary autoregression x_t = φ x_{t−1} + √(1−φ²) ξ_t of
// unit variance.
func ar1(rng *rand.Rand, phi float64, n int) []float64 {
	x := make([]float64, n)
	x[0] = rng.NormFloat64()
	s := math.Sqrt(1 - phi*phi)
	for t := 1; t < n; t++ {
		x[t] = phi*x[t-1] + s*rng.NormFloat64()
	}
	return x
}

func ar1Chains(rng *rand.Rand, phi float64, m, n int) [][]float64 {
	chains := make([][]float64, m)
	for c := range chains {
		chains[c] = ar1(rng, phi, n)
	}
	return chains
}

// replicate returns the mean of f over independent streams, its standard error,
// and the values' standard deviation.
func replicate(t *testing.T, n int, f func(rng *rand.Rand) (float64, error)) (mu, se, sd float64) {
	t.Helper()
	x := make([]float64, n)
	for i := range x {
		v, err := f(stream.Key{Seed: 20, Repeat: uint32(i)}.Rand())
		if err != nil {
			t.Fatal(err)
		}
		x[i] = v
	}
	mu, v := meanVar(x)
	return mu, math.Sqrt(v / float64(n)), math.Sqrt(v)
}
