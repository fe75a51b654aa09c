package model

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// A Recording is the run of a network from the onset on, as its spikes. With x₀
// the estimate at the onset, the estimate after step k is
//
//	x_k = κ x_{k−1} + Σ_j Γ_j o_j(k),  κ = 1 − Δt/τ_m.
type Recording struct {
	keep   float64   // κ
	powers []float64 // 1, κ, κ², …
	dt     float64   // s
	p, n   int       // dimensions and neurons
	steps  int       // after the onset
	rows   []float64 // Γ, row j is column j
	start  []float64 // x₀

	// The estimate after step k is sample k; where the first sample is the state
	// at the onset, as zeros, samples are one more than steps.
	zeroFirst bool

	events []event // in order of step
}

// An event is a spike of a neuron in a step, counted from 1 at the onset.
type event struct{ step, neuron int32 }

func newRecording(gamma mat.Matrix, keep, dt float64, steps int) *Recording {
	p, n := gamma.Dims()
	r := &Recording{keep: keep, dt: dt, p: p, n: n, steps: steps, rows: make([]float64, n*p), start: make([]float64, p)}
	r.events = make([]event, 0, steps/4+64)
	r.powers = make([]float64, min(steps, tabulated))
	for k := range r.powers {
		r.powers[k] = portable.Exp(float64(k) * portable.Log(keep))
	}
	for j := range n {
		for d := range p {
			r.rows[j*p+d] = gamma.At(d, j)
		}
	}
	return r
}

func (r *Recording) add(step, neuron int) {
	r.events = append(r.events, event{int32(step), int32(neuron)})
}

// Neurons returns n.
func (r *Recording) Neurons() int { return r.n }

// Spikes returns the number of spikes.
func (r *Recording) Spikes() int { return len(r.events) }

// Raster returns the spikes up to a time, s after the onset: when, and of which
// neuron.
func (r *Recording) Raster(until float64) (times []float64, neurons []int) {
	for _, e := range r.events {
		t := float64(e.step) * r.dt
		if t > until {
			break
		}
		times, neurons = append(times, t), append(neurons, int(e.neuron))
	}
	return times, neurons
}

// Estimate returns coordinate d of the estimate in one step of every so many, up
// to a time, s after the onset.
func (r *Recording) Estimate(d int, until float64, every int) (times, x []float64) {
	last := min(int(math.Round(until/r.dt)), r.steps)
	r.replay(last, nil, func(s segment) {
		v := s.x[d]
		for k := range s.count {
			if (s.step+k)%every == 0 {
				times, x = append(times, float64(s.step+k)*r.dt), append(x, v)
			}
			v *= r.keep
		}
	})
	return times, x
}

// A segment is count steps in a row in which the estimate is x, κx, κ²x, ….
type segment struct {
	step  int       // the first of them
	x     []float64 // valid until the next segment
	count int
}

// replay visits steps 1 to last in segments, none of which goes on beyond one of
// the given steps, in ascending order.
func (r *Recording) replay(last int, cuts []int, visit func(segment)) {
	x := append([]float64(nil), r.start...)
	events := r.events
	for step := 1; step <= last; {
		for d := range x {
			x[d] *= r.keep
		}
		for len(events) > 0 && int(events[0].step) == step {
			j := int(events[0].neuron)
			portable.Axpy(1, r.rows[j*r.p:(j+1)*r.p], x)
			events = events[1:]
		}
		end := last // of the segment
		if len(events) > 0 {
			end = min(end, int(events[0].step)-1)
		}
		for len(cuts) > 0 && cuts[0] < step {
			cuts = cuts[1:]
		}
		if len(cuts) > 0 {
			end = min(end, cuts[0])
		}
		count := end - step + 1
		visit(segment{step, x, count})
		if count > 1 {
			f := r.power(count - 1)
			for d := range x {
				x[d] *= f
			}
		}
		step = end + 1
	}
}

// tabulated is how many powers of κ are kept.
const tabulated = 1024

// power returns κᵏ, k ≥ 0.
func (r *Recording) power(k int) float64 {
	if k < len(r.powers) {
		return r.powers[k]
	}
	return portable.Exp(float64(k) * portable.Log(r.keep))
}

// sums returns Σ_{i<k} κⁱ and Σ_{i<k} κ²ⁱ.
func (r *Recording) sums(k int) (first, second float64) {
	if k == 1 || r.keep == 1 {
		return float64(k), float64(k)
	}
	left := r.power(k)
	square := float64(r.keep * r.keep)
	return (1 - left) / (1 - r.keep), (1 - float64(left*left)) / (1 - square)
}
