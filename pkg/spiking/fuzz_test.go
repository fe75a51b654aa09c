package spiking

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// A choices reads the arguments of a constructor from the bytes of a fuzz test.
// Where bytes are zero, or none are left, an argument has its usual value.
type choices struct{ r *bytes.Reader }

func (c choices) byte() int {
	b, err := c.r.ReadByte()
	if err != nil {
		return 0
	}
	return int(b)
}

// number returns the usual value, one that often goes wrong, or the usual one
// times a power of two or of sixteen.
func (c choices) number(usual float64) float64 {
	odd := [...]float64{0, 1, -1, 0.5, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -1e308, math.SmallestNonzeroFloat64, 1e-300, 1e154, 1e16, 1e-16}
	switch b := c.byte(); {
	case b == 0:
		return usual
	case b <= len(odd):
		return odd[b-1]
	case b < 64:
		return -usual * float64(b)
	case b < 160:
		return math.Ldexp(usual, b-112)
	default:
		return math.Ldexp(usual, 20*(b-208))
	}
}

// vector returns nil, or numbers of which most have the usual value.
func (c choices) vector(n int, usual float64) []float64 {
	switch c.byte() % 4 {
	case 0:
		return nil
	case 1:
		n = c.byte() % 5
	}
	x := constant(n, usual)
	for i := range x {
		x[i] = c.number(usual)
	}
	return x
}

// size returns a dimension: 2, or another of up to 5.
func (c choices) size(usual int) int { return (usual + c.byte()) % 6 }

// matrix returns a matrix whose entries are those of pairs ±Γ_j, unless bytes say
// otherwise.
func (c choices) matrix(rows, cols int) mat.Matrix {
	if rows == 0 || cols == 0 {
		return nil
	}
	m := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range (cols + 1) / 2 {
			x := c.number(math.Cos(float64(3*i + 5*j)))
			m.Set(i, j, x)
			if cols%2 == 0 {
				m.Set(i, j+cols/2, -x)
			}
		}
	}
	if c.byte()%8 == 7 {
		m.Set(c.byte()%rows, c.byte()%cols, c.number(1))
	}
	return m
}

// target returns a Gaussian, or nil if there is none with the numbers that come up.
func (c choices) target(p int) *density.Gaussian {
	if p == 0 {
		return nil
	}
	g, err := density.Equicorrelated(p, c.number(0.5), c.number(1))
	if err != nil {
		return nil
	}
	if mean := c.vector(p, 1); len(mean) == p {
		if moved, err := g.WithMean(mean); err == nil {
			return moved
		}
	}
	return g
}

func (c choices) geometry(p int) metric.Geometry {
	switch c.byte() % 5 {
	case 1:
		return metric.Naive
	case 2:
		return metric.Power(c.number(0.5))
	case 3:
		if m := c.matrix(c.size(p), 2); m != nil {
			if r, err := metric.Root(m); err == nil {
				return metric.Fixed(r)
			}
		}
	}
	return metric.Natural
}

// runs takes 50 steps of what a constructor returned. It fails unless the error is
// an *arg.Error, or the estimate and the voltages are finite or the network has an Err
// soon.
func runs(t *testing.T, net network, err error) {
	if err != nil {
		if !errors.As(err, new(*arg.Error)) {
			t.Fatalf("error of type %T: %v", err, err)
		}
		return
	}
	x, rng := make([]float64, net.Dim()), stream.New(1)
	wrong := "" // the first number that is not one
	for k := 0; k < 50 || wrong != "" && k < 50+checkEvery; k++ {
		net.Step(rng)
		if net.Err() != nil {
			wrong = ""
			break
		}
		net.Position(x)
		if i := arg.FirstNonFinite(x); i >= 0 && wrong == "" {
			wrong = fmt.Sprintf("estimate %v after %d steps", x, k+1)
		}
		for _, j := range net.Spikes() {
			if j < 0 || j >= net.Neurons() {
				t.Fatalf("%T: a spike of neuron %d", net, j)
			}
		}
		for j := range net.Neurons() {
			if v, threshold, r := net.Voltage(j), net.Threshold(j), net.Rate(j); (math.IsNaN(v) || math.IsNaN(threshold) || math.IsNaN(r)) && wrong == "" {
				wrong = fmt.Sprintf("neuron %d has V = %v, T = %v and r = %v after %d steps", j, v, threshold, r, k+1)
			}
		}
	}
	if wrong != "" {
		t.Fatalf("%T: %s, and no Err", net, wrong)
	}
	for _, w := range net.Warnings() {
		if w.Error() == "" {
			t.Fatalf("%T: a warning without words", w)
		}
	}
}

func fuzz(f *testing.F, build func(c choices) (network, error)) {
	net, err := build(choices{bytes.NewReader(nil)})
	if err != nil || net.Neurons() == 0 {
		f.Fatalf("the usual arguments are refused: %v", err)
	}
	rng := stream.New(1)
	f.Add([]byte{})
	for i := range 60 {
		data := make([]byte, 40)
		for k := range data {
			if rng.IntN(20) < i%20 {
				data[k] = byte(rng.Uint32())
			}
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		net, err := build(choices{bytes.NewReader(data)})
		runs(t, net, err)
	})
}

func FuzzNewBalanced(f *testing.F) {
	fuzz(f, func(c choices) (network, error) {
		p, n := c.size(2), c.size(4)
		b := BalancedConfig{
			TauM: c.number(20e-3), TauS: c.number(2e-3), DT: c.number(1e-4), Lambda: c.number(0.1), Alpha: c.number(0.1),
			Arbitration: Arbitration(c.byte() % 4), Target: c.target(p), Geometry: c.geometry(p), Decoder: c.matrix(c.size(2), n),
			Voltage: c.vector(n, 1), Rate: c.vector(n, 1),
		}
		if c.byte()%4 == 1 {
			b.Skew = c.matrix(p, p)
		}
		net, err := NewBalanced(b)
		return net, err
	})
}

func FuzzNewMetropolis(f *testing.F) {
	fuzz(f, func(c choices) (network, error) {
		p := c.size(2)
		net, err := NewMetropolis(MetropolisConfig{
			TauM: c.number(20e-3), DT: c.number(1e-4), Gain: c.number(1), Choice: Choice(c.byte() % 3), Unpaired: c.byte()%2 == 1,
			Target: c.target(p), Geometry: c.geometry(p), Decoder: c.matrix(c.size(2), c.size(4)), Start: c.vector(p, 1),
		})
		return net, err
	})
}

func FuzzNewContinuous(f *testing.F) {
	fuzz(f, func(c choices) (network, error) {
		p := c.size(2)
		config := ContinuousConfig{
			TauM: c.number(20e-3), Proposals: c.number(1e4), Gain: c.number(1), Interval: c.number(1e-3), Unpaired: c.byte()%2 == 1,
			Target: c.target(p), Geometry: c.geometry(p), Decoder: c.matrix(c.size(2), c.size(4)), Start: c.vector(p, 1),
		}
		net, err := NewContinuous(config)
		if work := config.Proposals * config.Interval; err == nil && work > 1000 {
			net.interval *= 1000 / work // a step takes the time of its proposals
		}
		return net, err
	})
}

func FuzzNewMetropolisDensity(f *testing.F) {
	fuzz(f, func(c choices) (network, error) {
		p := c.size(2)
		config := MetropolisDensityConfig{
			TauM: c.number(20e-3), DT: c.number(1e-4), Gain: c.number(1), Unpaired: c.byte()%2 == 1,
			Decoder: c.matrix(c.size(2), c.size(4)), Centre: c.vector(p, 1), Start: c.vector(p, 1),
		}
		if g := c.target(p); g != nil {
			config.Target = g
		}
		net, err := NewMetropolisDensity(config)
		return net, err
	})
}

// FuzzDecoder makes decoders of random entries and of matrices.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Add([]byte{0, 0, 0, 4, 1, 5, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := choices{bytes.NewReader(data)}
		p, n, sd := c.size(2)-1, c.size(4)-1, c.number(1)
		random, err := RandomDecoder(stream.New(1), p, n, sd)
		paired, err2 := RandomPairs(stream.New(1), p, n, sd)
		given, err3 := NewDecoder(c.matrix(c.size(2), c.size(4)))
		for _, d := range []struct {
			*Decoder
			err error
		}{{random, err}, {paired, err2}, {given, err3}} {
			if d.err != nil {
				if !errors.As(d.err, new(*arg.Error)) {
					t.Fatalf("error of type %T: %v", d.err, d.err)
				}
				continue
			}
			rows, cols := d.Dims()
			x := make([]float64, rows)
			for j := range cols {
				clear(x)
				d.AddTo(x, j)
				for i, v := range d.Column(j) {
					if v != x[i] || math.IsNaN(v) || math.IsInf(v, 0) {
						t.Fatalf("column %d is %v, and adds %v to zero", j, d.Column(j), x)
					}
				}
			}
		}
	})
}
