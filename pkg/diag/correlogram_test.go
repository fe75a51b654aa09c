package diag

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/stream"
)

func TestCorrelogramCountsPairs(t *testing.T) {
	a := mustTrain(t, []float64{4.5}, 0, 11)
	b := mustTrain(t, []float64{7.2, 7.9}, 0, 11)
	got, err := CrossCorrelogram(a, b, 1, 4)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 0, 0, 0, 0, 0, 0, 2, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// By the definition, at every lag there is.
	rng := stream.New(61)
	x, y := renewal(rng, 30, gammaInterval(1)), renewal(rng, 30, gammaInterval(2))
	cx, _ := x.Counts(0.7)
	cy, _ := y.Counts(0.7)
	got, err = CrossCorrelogram(x, y, 0.7, len(cx)-1)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range got {
		lag, want := i-len(cx)+1, 0
		for k := range cx {
			if k+lag >= 0 && k+lag < len(cy) {
				want += cx[k] * cy[k+lag]
			}
		}
		if n != want {
			t.Errorf("lag %d: %d pairs, want %d", lag, n, want)
		}
	}
	mirror, _ := CrossCorrelogram(y, x, 0.7, len(cx)-1)
	slices.Reverse(mirror)
	if !slices.Equal(got, mirror) {
		t.Error("exchanging the trains does not turn the time")
	}
}

// Independent Poisson trains of rate 1 have n_a n_b (L−|l|)/L² pairs at lag l:
// (L−|l|) w² without conditions, in L bins of width w.
func TestCorrelogramOfIndependentTrains(t *testing.T) {
	t.Parallel()
	const bins, width, lag = 200, 0.5, 60
	want := (bins - lag) * width * width
	got, se, _ := replicate(t, 400, func(rng *rand.Rand) (float64, error) {
		a, b := renewal(rng, bins*width, gammaInterval(1)), renewal(rng, bins*width, gammaInterval(1))
		c, err := CrossCorrelogram(a, b, width, lag)
		return float64(c[0]+c[2*lag]) / 2, err
	})
	near(t, "pairs at lag 60", got, se, want, bins*width*width)

	// Of one pair the coefficient has standard error 1/√L at short lags.
	zero, se, sd := replicate(t, 400, func(rng *rand.Rand) (float64, error) {
		a, b := renewal(rng, bins*width, gammaInterval(1)), renewal(rng, bins*width, gammaInterval(1))
		c, err := CrossCorrelation(a, b, width, 5)
		return c[10], err
	})
	near(t, "coefficient at lag 5", zero, se, 0, -0.03)
	if want := 1 / math.Sqrt(bins); math.Abs(sd/want-1) > 5/math.Sqrt(2*400) {
		t.Errorf("standard deviation %v, want about %v", sd, want)
	}
}

// Two trains that each keep a spike of a common Poisson train with probability
// q have counts of correlation q; one that is a copy, lag bins later, has a
// peak at +lag.
func TestCorrelationOfThinnedTrains(t *testing.T) {
	t.Parallel()
	const q, bins, width = 0.3, 800, 2
	thinned := func(rng *rand.Rand) []Train {
		mother := renewal(rng, bins*width, gammaInterval(1))
		trains := make([]Train, 3)
		for i := range trains {
			trains[i] = Train{nil, 0, bins * width}
			for _, s := range mother.Times() {
				if i == 2 || rng.Float64() < q { // the third is the mother
					trains[i].times = append(trains[i].times, s)
				}
			}
		}
		return trains
	}
	correlation := func(i, j int) (float64, float64) {
		got, se, _ := replicate(t, 100, func(rng *rand.Rand) (float64, error) {
			c, err := CountCorrelation(thinned(rng), width)
			if err != nil {
				return 0, err
			}
			return c.At(i, j), nil
		})
		return got, se
	}
	got, se := correlation(0, 1)
	near(t, "correlation of two daughters", got, se, q, q+0.05)
	got, se = correlation(0, 2)
	near(t, "correlation with the mother", got, se, math.Sqrt(q), q)

	trains := thinned(stream.New(62))
	m, err := CountCorrelation(trains, width)
	if err != nil {
		t.Fatal(err)
	}
	rho, err := CrossCorrelation(trains[0], trains[1], width, 0)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "CrossCorrelation at lag 0", rho[0], m.At(0, 1), 1e-12)

	var late []float64
	for _, s := range trains[0].Times() {
		if s+3*width < bins*width {
			late = append(late, s+3*width)
		}
	}
	rho, err = CrossCorrelation(trains[0], mustTrain(t, late, 0, bins*width), width, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rho {
		if lag := i - 5; lag == 3 && r < 0.98 || lag != 3 && math.Abs(r) > 5/math.Sqrt(bins) {
			t.Errorf("lag %d: %v", lag, r)
		}
	}
}

func TestCorrelationErrors(t *testing.T) {
	a := mustTrain(t, []float64{0.5}, 0, 4)
	silent := mustTrain(t, nil, 0, 4)
	even := mustTrain(t, []float64{0.5, 1.5, 2.5, 3.5}, 0, 4)
	other := mustTrain(t, []float64{0.5}, 0, 5)
	for what, b := range map[string]Train{"silent": silent, "even": even} {
		_, err := CrossCorrelation(a, b, 1, 1)
		failsWith(t, what, err, ErrConstant)
		_, err = CountCorrelation([]Train{a, b}, 1)
		failsWith(t, what, err, ErrConstant)
		if want := fmt.Sprintf("diag: train 1 has the same count in each of 4 bins: %v", ErrConstant); err == nil || err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
	if c, err := CrossCorrelogram(a, silent, 1, 1); err != nil || !slices.Equal(c, []int{0, 0, 0}) {
		t.Errorf("with a silent train: %v, %v", c, err)
	}
	for _, lag := range []int{-1, 4} {
		_, err := CrossCorrelogram(a, even, 1, lag)
		failsWith(t, "lag", err, ErrRange)
		_, err = CrossCorrelation(a, even, 1, lag)
		failsWith(t, "lag", err, ErrRange)
	}
	_, err := CrossCorrelogram(a, other, 1, 1)
	failsWith(t, "windows", err, ErrRagged)
	_, err = CountCorrelation([]Train{a, other}, 1)
	failsWith(t, "windows", err, ErrRagged)
	_, err = CountCorrelation(nil, 1)
	failsWith(t, "no trains", err, ErrShort)
}

func BenchmarkCountCorrelation(b *testing.B) {
	rng := stream.New(1)
	trains := make([]Train, 200)
	for i := range trains {
		trains[i] = renewal(rng, 100, gammaInterval(1))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CountCorrelation(trains, 0.05); err != nil {
			b.Fatal(err)
		}
	}
}
