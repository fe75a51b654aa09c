package spiking

import (
	"math"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

func TestMonitorAndRaster(t *testing.T) {
	config := PaperBalanced(equicorrelated(2, 0, 1), randomDecoder(stream.New(1), 2, 10, 1), metric.Natural)
	config.Target = about(config.Target, constant(2, 4))
	build := func() *Balanced {
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	m := &Monitor{
		Window:    Window{Start: 9.95e-3, Stop: 29.95e-3, Every: 5},
		VoltageOf: []int{3, 0}, RateOf: []int{9}, EstimateOf: []int{1},
	}
	all, some := &Raster{}, &Raster{Window: m.Window}
	if err := Run(build(), stream.New(2), 1000, m, all, some); err != nil {
		t.Fatal(err)
	}
	if len(m.Times) != 40 || math.Abs(m.Times[0]-10e-3) > 1e-12 || math.Abs(m.Times[39]-29.5e-3) > 1e-12 {
		t.Fatalf("%d records from %v to %v s, want 40 from 0.010 to 0.0295", len(m.Times), m.Times[0], m.Times[len(m.Times)-1])
	}
	if len(m.Voltages) != 2 || len(m.Rates) != 1 || len(m.Estimates) != 1 {
		t.Fatalf("%d voltages, %d rates and %d estimates", len(m.Voltages), len(m.Rates), len(m.Estimates))
	}

	net, rng := build(), stream.New(2)
	z := make([]float64, 2)
	k, spikes, within := 0, 0, 0
	for step := 1; step <= 1000; step++ {
		net.Step(rng)
		for _, j := range net.Spikes() {
			if s := all.Spikes[spikes]; s.Neuron != j || s.Time != net.Time() {
				t.Fatalf("spike %d is %+v, want neuron %d at %v", spikes, s, j, net.Time())
			}
			spikes++
			if net.Time() >= m.Start && net.Time() < m.Stop {
				within++
			}
		}
		if step < 100 || step > 299 || step%5 != 0 {
			continue
		}
		net.Position(z)
		if m.Voltages[0][k] != net.Voltage(3) || m.Voltages[1][k] != net.Voltage(0) || m.Rates[0][k] != net.Rate(9) || m.Estimates[0][k] != z[1] {
			t.Fatalf("record %d does not hold the state at step %d", k, step)
		}
		k++
	}
	if len(all.Spikes) != spikes || len(some.Spikes) != within || within == 0 || within == spikes {
		t.Errorf("%d and %d spikes recorded, want %d and %d", len(all.Spikes), len(some.Spikes), spikes, within)
	}
	counts, trains := all.Counts(10), all.Trains(10)
	for j := range counts {
		if counts[j] != len(trains[j]) {
			t.Errorf("neuron %d: count %d, train of %d", j, counts[j], len(trains[j]))
		}
		spikes -= counts[j]
	}
	if spikes != 0 {
		t.Errorf("counts are %d short", spikes)
	}
}
