package spiking

import "math/rand/v2"

// A Monitored network is a Network that a Monitor and a Raster can observe.
type Monitored interface {
	Network
	Probe
	Steps() int64
	Time() float64
}

// A Window says which steps an observer looks at: those at Start ≤ t < Stop, in
// s, and of these one in every Every by the network's count of steps. A Stop of
// zero is no end, an Every of zero is one.
type Window struct {
	Start, Stop float64
	Every       int
}

func (w Window) contains(net Monitored) bool {
	t := net.Time()
	return t >= w.Start && (w.Stop == 0 || t < w.Stop) && (w.Every <= 1 || net.Steps()%int64(w.Every) == 0)
}

// A Monitor records voltages and rates of chosen neurons and estimates of chosen
// dimensions:
//
//	for range steps {
//		net.Step(rng)
//		monitor.Observe(net)
//	}
//
// It keeps one number for each of these and each step of its window, and
// nothing else.
type Monitor struct {
	Window
	VoltageOf  []int // neurons
	RateOf     []int // neurons
	EstimateOf []int // dimensions

	Times     []float64   // s
	Voltages  [][]float64 // one slice for each of VoltageOf
	Rates     [][]float64 // one slice for each of RateOf
	Estimates [][]float64 // one slice for each of EstimateOf

	position []float64
}

// Observe records the present state of net, if its time is in the window. It
// panics if net has no such neuron or dimension.
func (m *Monitor) Observe(net Monitored) {
	if !m.contains(net) {
		return
	}
	if m.position == nil {
		m.position = make([]float64, net.Dim())
		m.Voltages = make([][]float64, len(m.VoltageOf))
		m.Rates = make([][]float64, len(m.RateOf))
		m.Estimates = make([][]float64, len(m.EstimateOf))
	}
	m.Times = append(m.Times, net.Time())
	for i, j := range m.VoltageOf {
		m.Voltages[i] = append(m.Voltages[i], net.Voltage(j))
	}
	for i, j := range m.RateOf {
		m.Rates[i] = append(m.Rates[i], net.Rate(j))
	}
	if len(m.EstimateOf) > 0 {
		net.Position(m.position)
		for i, d := range m.EstimateOf {
			m.Estimates[i] = append(m.Estimates[i], m.position[d])
		}
	}
}

// A Spike is one spike of one neuron.
type Spike struct {
	Time   float64 // s
	Neuron int
}

// A Raster records spikes, as events. Its window's Every is not looked at.
type Raster struct {
	Window
	Spikes []Spike // in order of time
}

// Observe records the spikes of the last step of net, if its time is in the
// window. Spikes of a Continuous network have their own times.
func (r *Raster) Observe(net Monitored) {
	c, _ := net.(*Continuous)
	for i, j := range net.Spikes() {
		t := net.Time()
		if c != nil {
			t = c.times[i]
		}
		if t >= r.Start && (r.Stop == 0 || t < r.Stop) {
			r.Spikes = append(r.Spikes, Spike{Time: t, Neuron: j})
		}
	}
}

// Counts returns the number of spikes of each of n neurons.
func (r *Raster) Counts(n int) []int {
	counts := make([]int, n)
	for _, s := range r.Spikes {
		counts[s.Neuron]++
	}
	return counts
}

// Trains returns the spike times of each of n neurons, in s.
func (r *Raster) Trains(n int) [][]float64 {
	trains := make([][]float64, n)
	for _, s := range r.Spikes {
		trains[s.Neuron] = append(trains[s.Neuron], s.Time)
	}
	return trains
}

// An Observer looks at a network after a step.
type Observer interface{ Observe(net Monitored) }

// Run takes steps and shows the network to the observers after each. It stops at
// an error of the network, and returns it.
func Run(net Monitored, rng *rand.Rand, steps int, observers ...Observer) error {
	for range steps {
		net.Step(rng)
		if err := net.Err(); err != nil {
			return err
		}
		for _, o := range observers {
			o.Observe(net)
		}
	}
	return nil
}
