package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/racetest"
)

func mustTrain(t *testing.T, times []float64, start, stop float64) Train {
	t.Helper()
	train, err := NewTrain(times, start, stop)
	if err != nil {
		t.Fatal(err)
	}
	return train
}

// Times that are multiples of a time step fall in the bin they begin, although
// 0.3/0.1 is less than 3; what is left of the window is not counted.
func TestCountsOnAGrid(t *testing.T) {
	var times []float64
	for k := range 100 {
		times = append(times, float64(k)*1e-4)
	}
	got, err := mustTrain(t, times, 0, 0.01).Counts(1e-3)
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Repeat([]int{10}, 10); !slices.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
	got, err = mustTrain(t, []float64{1.05, 1.1 + 0.2, 1.39}, 1, 1.4).Counts(0.15)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 0}; !slices.Equal(got, want) {
		t.Errorf("counts %v, want %v", got, want)
	}
}

// In long windows the count of a renewal process in equilibrium has, with
// intervals of mean 1 and central moments σ² and μ₃,
//
//	Var N(T) = σ²T + 1/6 + σ⁴/2 − μ₃/3 + o(1)
//
// (Cox 1962, section 4.5). Gamma intervals have σ² = 1/κ and μ₃ = 2/κ², so
// F = 1/κ + (1/6 − 1/(6κ²))/T, and 1 at any T for Poisson. Elephant's divisor
// takes the share 1/n.
func TestFanoOfGammaProcesses(t *testing.T) {
	t.Parallel()
	const windows, width = 400, 10
	for _, shape := range []int{1, 2, 5} {
		truth := func(k float64) float64 {
			return (1/k + (1-1/(k*k))/(6*width)) * (windows - 1) / windows
		}
		got, se, _ := replicate(t, 60, func(rng *rand.Rand) (float64, error) {
			counts, err := renewal(rng, windows*width, gammaInterval(shape)).Counts(width)
			if err != nil {
				return 0, err
			}
			return Fano(counts, 0)
		})
		k := float64(shape)
		near(t, fmt.Sprintf("Fano factor of shape %d", shape), got, se, truth(k), truth(1.15*k))
	}
}

// The histogram of an inhomogeneous Poisson process is its rate: here thinned
// from rate 1 to u(t) = t/10 over [0, 10), of which the k-th bin of 1 has the
// mean (k+½)/10 with variance mean/trials. A rate that is 0.1 larger is more than 12
// standard errors away.
func TestPSTHOfPoisson(t *testing.T) {
	racetest.Sequential(t)
	const trials = 16_000
	var trains []Train
	replicate(t, trials, func(rng *rand.Rand) (float64, error) {
		kept := slices.DeleteFunc(renewal(rng, 10, gammaInterval(1)).Times(), func(s float64) bool { return rng.Float64() > s/10 })
		train, err := NewTrain(kept, 0, 10)
		trains = append(trains, train)
		return 0, err
	})
	rate, err := PSTH(trains, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(rate) != 10 {
		t.Fatalf("%d bins", len(rate))
	}
	for k, got := range rate {
		want := (float64(k) + 0.5) / 10
		near(t, fmt.Sprintf("rate in bin %d", k), got, math.Sqrt(want/trials), want, want+0.1)
	}
	half, err := PSTH(trains, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "two halves of a bin", (half[6]+half[7])/2, rate[3], 1e-12)
}

func TestCountErrors(t *testing.T) {
	a, b := mustTrain(t, []float64{0.5}, 0, 1), mustTrain(t, []float64{0.5}, 0, 2)
	for _, width := range []float64{0, -1, math.NaN(), math.Inf(1), 1.5, 1e-12} {
		_, err := a.Counts(width)
		failsWith(t, "Counts", err, ErrRange)
		_, err = PSTH([]Train{a}, width)
		failsWith(t, "PSTH", err, ErrRange)
		_, err = CountCorrelation([]Train{a, a}, width)
		failsWith(t, "CountCorrelation", err, ErrRange)
	}
	_, err := PSTH(nil, 1)
	failsWith(t, "PSTH", err, ErrShort)
	_, err = PSTH([]Train{a, b}, 1)
	failsWith(t, "PSTH", err, ErrRagged)
	_, err = Fano([]int{1}, 0)
	failsWith(t, "Fano", err, ErrShort)
	_, err = Fano([]int{0, 0}, 0)
	failsWith(t, "Fano", err, ErrRange)
	_, err = Fano([]int{1, -1}, 0)
	failsWith(t, "Fano", err, ErrRange)
}

// The population rate of spikes in any order is the PSTH of their trains, and
// spikes outside the window are left out.
func TestPopulationRate(t *testing.T) {
	times := []float64{0.35, 0.1, 0.2, -0.1, 0.4, 0.05, 0.1 + 0.2}
	rate := must(PopulationRate(times, 2, 0, 0.4, 0.1))
	// 0.1 + 0.2 is more than 0.3 by rounding, 0.4 is outside.
	if want := []float64{5, 5, 5, 10}; !slices.EqualFunc(rate, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
		t.Errorf("rate %v, want %v", rate, want)
	}
	trains := []Train{must(NewTrain([]float64{0.05, 0.1, 0.35}, 0, 0.4)), must(NewTrain([]float64{0.2, 0.1 + 0.2}, 0, 0.4))}
	if psth := must(PSTH(trains, 0.1)); !slices.Equal(psth, rate) {
		t.Errorf("PSTH %v, population rate %v", psth, rate)
	}
	_, err := PopulationRate(times, 0, 0, 1, 0.1)
	failsWith(t, "no neurons", err, ErrRange)
	_, err = PopulationRate([]float64{math.NaN()}, 1, 0, 1, 0.1)
	failsWith(t, "NaN", err, ErrNonFinite)
	for _, width := range []float64{0, -1, math.NaN(), math.Inf(1), 2, 1e-10} {
		_, err = PopulationRate(times, 1, 0, 1, width)
		failsWith(t, "width", err, ErrRange)
	}
	for _, c := range [][2]float64{{0, 0}, {1, 0}, {0, math.Inf(1)}, {-1.7e308, 1.7e308}} {
		_, err = PopulationRate(times, 1, c[0], c[1], 0.1)
		failsWith(t, "window", err, ErrRange)
	}
}

// The divisors n and n−1 are both at hand.
func TestDegreesOfFreedom(t *testing.T) {
	isi := []float64{1, 2, 3, 6}
	closeTo(t, "CV with n", must(CV(isi, 0)), math.Sqrt(14.0/4)/3, 1e-15)
	closeTo(t, "CV with n−1", must(CV(isi, 1)), math.Sqrt(14.0/3)/3, 1e-15)
	counts := []int{1, 2, 3, 6}
	closeTo(t, "Fano with n", must(Fano(counts, 0)), 14.0/4/3, 1e-15)
	closeTo(t, "Fano with n−1", must(Fano(counts, 1)), 14.0/3/3, 1e-15)
	for _, ddof := range []int{-1, 2} {
		_, err := CV(isi, ddof)
		failsWith(t, "CV", err, ErrRange)
		_, err = Fano(counts, ddof)
		failsWith(t, "Fano", err, ErrRange)
	}
}
