package diag

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/stream"
)

// renewal returns the spikes in [0, stop) of a renewal process that has run for
// long, with intervals drawn by next of mean 1.
func renewal(rng *rand.Rand, stop float64, next func(rng *rand.Rand) float64) Train {
	const past = 50
	var times []float64
	for t := -past + next(rng); t < stop; t += next(rng) {
		if t >= 0 {
			times = append(times, t)
		}
	}
	train, err := NewTrain(times, 0, stop)
	if err != nil {
		panic(err)
	}
	return train
}

// gammaInterval draws gamma intervals of whole shape k and mean 1.
func gammaInterval(k int) func(rng *rand.Rand) float64 {
	return func(rng *rand.Rand) float64 {
		var s float64
		for range k {
			s += rng.ExpFloat64()
		}
		return s / float64(k)
	}
}

func TestNewTrain(t *testing.T) {
	train, err := NewTrain([]float64{0, 0.5, 0.5, 1.75}, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if start, stop := train.Window(); start != 0 || stop != 2 || train.Rate() != 2 || len(train.Times()) != 4 {
		t.Errorf("train %+v", train)
	}
	if got := train.ISI(); !slices.Equal(got, []float64{0.5, 0, 1.25}) {
		t.Errorf("ISI %v", got)
	}
	for _, c := range []struct {
		name        string
		times       []float64
		start, stop float64
		want        error
	}{
		{"before the window", []float64{-1, 1}, 0, 2, ErrRange},
		{"at the window's end", []float64{1, 2}, 0, 2, ErrRange},
		{"out of order", []float64{1, 0.5}, 0, 2, ErrRange},
		{"NaN", []float64{math.NaN()}, 0, 2, ErrNonFinite},
		{"empty window", nil, 2, 2, ErrRange},
		{"NaN window", nil, math.NaN(), 2, ErrRange},
		{"infinite window", nil, 0, math.Inf(1), ErrRange},
	} {
		_, err := NewTrain(c.times, c.start, c.stop)
		failsWith(t, c.name, err, c.want)
	}
	empty, err := NewTrain(nil, 0, 1)
	if err != nil || empty.Rate() != 0 || empty.ISI() != nil {
		t.Errorf("empty train: %+v, %v", empty, err)
	}
}

func TestTrains(t *testing.T) {
	type event struct { // someone else's
		Time   float64
		Neuron int
	}
	events := []event{{0.4, 1}, {0.1, 0}, {0.3, 1}, {-0.1, 0}, {1, 2}, {0.2, 1}}
	trains, err := Trains(events, 4, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range [][]float64{{0.1}, {0.2, 0.3, 0.4}, {}, {}} {
		if got := trains[j].Times(); !slices.Equal(got, want) {
			t.Errorf("neuron %d: %v, want %v", j, got, want)
		}
		if start, stop := trains[j].Window(); start != 0 || stop != 1 {
			t.Errorf("neuron %d: window [%v, %v)", j, start, stop)
		}
	}
	_, err = Trains([]Spike{{0, 4}}, 4, 0, 1)
	failsWith(t, "neuron", err, ErrRange)
	_, err = Trains([]Spike{{0, -1}}, 4, 0, 1)
	failsWith(t, "neuron", err, ErrRange)
	_, err = Trains([]Spike{{math.NaN(), 0}}, 4, 0, 1)
	failsWith(t, "time", err, ErrNonFinite)
	_, err = Trains([]Spike{}, 4, 1, 0)
	failsWith(t, "window", err, ErrRange)
}

// A Poisson process of rate 1 has 1 ± 1/√T spikes for each unit of time.
func TestRateOfPoisson(t *testing.T) {
	const stop = 10000
	got := renewal(stream.New(51), stop, gammaInterval(1)).Rate()
	near(t, "rate", got, 1/math.Sqrt(stop), 1, 1.1)
}

func TestFewestIntervals(t *testing.T) {
	for n, want := range [][]float64{nil, nil, {2}, {2, 3}} {
		train := must(NewTrain([]float64{1, 3, 6}[:n], 0, 10))
		if got := train.ISI(); !slices.Equal(got, want) {
			t.Errorf("intervals of %d spikes %v, want %v", n, got, want)
		}
	}
}

func TestTrainsRefuseNeurons(t *testing.T) {
	for _, neurons := range []int{-1, 1 << 40} {
		_, err := Trains([]Spike{}, neurons, 0, 1)
		failsWith(t, "neurons", err, ErrRange)
	}
	if trains := must(Trains([]Spike{}, 0, 0, 1)); len(trains) != 0 {
		t.Errorf("%d trains of no neurons", len(trains))
	}
}
