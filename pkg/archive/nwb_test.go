package archive

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// spikeTrains draws a train for each neuron but the third, which is silent; the
// first has more spikes than one block of the file.
func spikeTrains(s Session) [][]float64 {
	rng := stream.New(5)
	trains := make([][]float64, s.Neurons)
	for i := range trains {
		rate := []float64{2000, 10, 0, 1}[i%4] // 1/s
		for t := s.Start; rate > 0; {
			if t += rng.ExpFloat64() / rate; t > s.Stop {
				break
			}
			trains[i] = append(trains[i], t)
		}
	}
	trains[1][0], trains[1][len(trains[1])-1] = s.Start, s.Stop
	return trains
}

// saveTrains appends the spikes in order of time, neurons alternating.
func saveTrains(t *testing.T, path string, s Session, trains [][]float64) {
	t.Helper()
	w, err := CreateNWB(path, s)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Discard()
	next := make([]int, len(trains))
	for {
		first, at := -1, math.Inf(1)
		for i, k := range next {
			if k < len(trains[i]) && trains[i][k] < at {
				first, at = i, trains[i][k]
			}
		}
		if first < 0 {
			break
		}
		if err := w.Append(first, at); err != nil {
			t.Fatal(err)
		}
		next[first]++
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNWBSameBytes(t *testing.T) {
	racetest.Sequential(t)
	s := Session{Run: fixture().Run, Neurons: 4, Stop: 20}
	trains := spikeTrains(s)
	a, b := t.TempDir(), t.TempDir()
	saveTrains(t, filepath.Join(a, "s.nwb.zarr"), s, trains)
	saveTrains(t, filepath.Join(b, "s.nwb.zarr"), s, trains)
	saveTrains(t, filepath.Join(b, "s.nwb.zarr"), s, trains) // replaces
	if digest(t, a) != digest(t, b) {
		t.Error("the same spikes give other bytes")
	}
	for _, e := range []string{a, b} {
		if entries, _ := os.ReadDir(e); len(entries) != 1 {
			t.Errorf("the folder holds %v", entries)
		}
	}
	if got, want := digest(t, a), "84b5538f8a692c04"; got != want {
		t.Errorf("digest %s, frozen %s", got, want)
	}
	s.Run.Seed++
	saveTrains(t, filepath.Join(b, "s.nwb.zarr"), s, trains)
	if digest(t, a) == digest(t, b) {
		t.Error("another seed leaves no trace in the file")
	}
}

func TestNWBRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.nwb.zarr")
	for wants, s := range map[string]Session{
		"Neurons = 0":             {Stop: 1},
		"Neurons = 1099511627776": {Stop: 1, Neurons: 1 << 40},
		"Stop = 0 s":              {Neurons: 1},
		"Stop = NaN s":            {Neurons: 1, Stop: math.NaN()},
		"Stop = +Inf s":           {Neurons: 1, Stop: math.Inf(1)},
		"Start = -Inf":            {Neurons: 1, Start: math.Inf(-1)},
		"TimeStep = -1 s":         {Neurons: 1, Stop: 1, TimeStep: -1},
		"not UTF-8":               {Neurons: 1, Stop: 1, Description: "\xff"},
	} {
		if _, err := CreateNWB(path, s); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("want an error with %q, got %v", wants, err)
		}
	}
	w, err := CreateNWB(path, Session{Neurons: 2, Start: 1, Stop: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(1, 1.5); err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{0.5, 1.4, 2.5, math.NaN(), math.Inf(1)} {
		if err := w.Append(1, at); err == nil || !strings.Contains(err.Error(), "neuron 1: spike 1 at") {
			t.Errorf("a spike at %v: %v", at, err)
		}
	}
	func() {
		defer func() {
			if p := recover(); p != badNeuron {
				t.Errorf("no such neuron: %v", p)
			}
		}()
		w.Append(2, 1.5)
	}()
	w.Discard()
	if err := w.Append(1, 1.7); err == nil || !strings.Contains(err.Error(), "closed already") {
		t.Errorf("a spike after Discard: %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) > 0 {
		t.Errorf("there is left %v", entries)
	}
}
