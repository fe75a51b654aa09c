package paper

import (
	"math"
	"strings"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// TestStagedNetworkLosesAReset: a stage goes on from the voltages, rates and
// estimate of the last one, without the reset that is due.
func TestStagedNetworkLosesAReset(t *testing.T) {
	s := model.PaperBalanced(2, 5, 0.5, metric.Natural)
	c, err := s.Balanced(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	networks := make([]*spiking.Balanced, 2)
	for i := range networks {
		if networks[i], err = spiking.NewBalanced(c); err != nil {
			t.Fatal(err)
		}
		for rng := stream.New(2); networks[i].Spike() < 0 || networks[i].Steps() < 500; {
			networks[i].Step(rng)
		}
	}
	plain, staged := networks[0], &stagedNetwork{networks[1], c}
	j, mu := plain.Spike(), []float64{6, 6}
	if err := plain.SetMean(mu); err != nil {
		t.Fatal(err)
	}
	if err := staged.SetMean(mu); err != nil {
		t.Fatal(err)
	}
	if staged.Spike() >= 0 {
		t.Error("the spike whose reset is lost is there after the change of stages")
	}
	x, y := make([]float64, 2), make([]float64, 2)
	plain.Position(x)
	staged.Position(y)
	if math.Hypot(x[0]-y[0], x[1]-y[1]) > 1e-12 {
		t.Errorf("the estimate goes from %v to %v", x, y)
	}
	xi := []float64{0.3, -0.2}
	plain.Advance(xi)
	staged.Advance(xi)
	for k := range plain.Neurons() {
		want := plain.Voltage(k)
		if k == j {
			want += 2 * plain.Threshold(j) // W_jj
		} else {
			dot := 0.0
			for d := range 2 {
				dot += c.Decoder.At(d, j) * c.Decoder.At(d, k)
			}
			want += dot
		}
		if math.Abs(staged.Voltage(k)-want) > 1e-10 {
			t.Errorf("neuron %d has the voltage %v, want %v, as neuron %d was not reset", k, staged.Voltage(k), want, j)
		}
	}
}

// TestPublishedSamples: the published windows begin with a sample of zeros and end a
// step earlier, and rates are divided by the whole duration.
func TestPublishedSamples(t *testing.T) {
	s := model.PaperBalanced(3, 5, 0.5, metric.Natural)
	s.Before, s.After = 0.02, 0.1
	task := Options{Seed: 1}.task(s, 0)
	recording, err := task.present()
	if err != nil {
		t.Fatal(err)
	}
	if from, to, err := recording.Steps(trial.Whole); from != -199 || to != 999 || err != nil {
		t.Fatalf("the recording has the steps %d to %d (%v)", from, to, err)
	}
	got := sampleOf(recording, nil, task.measure(trial.Moments, first50), task.measure(trial.Moments, trial.Window{From: 0.02, To: 0.05}),
		task.measure(trial.Rates, trial.AfterOnset), task.course([]float64{0.02, 0.05}))
	_, x, err := recording.Estimate(trial.AfterOnset, 1)
	if err != nil {
		t.Fatal(err)
	}
	mean := func(first, samples int) float64 { // of samples, of which number 0 is zeros and number k is step k
		sum := 0.0
		for k := max(first, 1); k < first+samples; k++ {
			for d := range 3 {
				sum += x.At(k-1, d) / 3
			}
		}
		return sum / float64(samples)
	}
	spikes, err := recording.Count(trial.AfterOnset)
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]float64{
		"mean_50ms": mean(0, 500), "mean_20ms": mean(0, 200), "mean_20ms_50ms": mean(200, 300),
		"rate_after": float64(spikes) / (15 * 0.1), "spikes_per_step_after": float64(spikes) / 999,
	} {
		if math.Abs(got[column]-want) > 1e-12*(1+math.Abs(want)) {
			t.Errorf("%s = %v, want %v", column, got[column], want)
		}
	}
	// The corrected trial has neither.
	task.staged = false
	recording, err = task.present()
	if from, to, err := recording.Steps(trial.Whole); from != -200 || to != 1000 || err != nil {
		t.Fatalf("the corrected recording has the steps %d to %d (%v)", from, to, err)
	}
	plain, wrapped := sampleOf(recording, err, trial.Moments(first50)), sampleOf(recording, err, task.measure(trial.Moments, first50))
	if plain["mean_50ms"] != wrapped["mean_50ms"] {
		t.Errorf("the corrected mean is %v, want %v", wrapped["mean_50ms"], plain["mean_50ms"])
	}
}

func TestPublished(t *testing.T) {
	for _, name := range PublishedNames() {
		if table, err := Published(name); err != nil || table.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Published("H"); err == nil || !strings.Contains(err.Error(), "A_ebn_rho") {
		t.Errorf("a table that is not there: %v", err)
	}
}
