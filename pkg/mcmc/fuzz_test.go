package mcmc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// FuzzKernels makes kernels of any settings, lets those that are accepted take a
// few steps and restores them from their state. An exact kernel stays where the log
// density is finite. Only the flow of Irreversible may leave it, to NaN.
func FuzzKernels(f *testing.F) {
	for kind := range 9 {
		f.Add([]byte{byte(kind), 0, 100, 101, 104, 116, 108, 101}, "BAOAB")
	}
	f.Add([]byte("wAd\x00\xfb\xfa\xfb\xfb"), "") // a flow that overflows
	f.Fuzz(func(t *testing.T, data []byte, splitting string) {
		x := samplertest.Numbers(data)
		kind := x.Int(8)
		p := []density.Density{must(density.Equicorrelated(2, 0.5, 2)), must(density.NewFunnelSize(2, 3))}[x.Int(1)]
		x0, h := x.Floats(2), x.Float()
		if len(splitting) > 20 {
			splitting = splitting[:20]
		}
		var s, other saver
		var err error
		fresh := func(x samplertest.Numbers) (saver, error) {
			switch kind {
			case 0:
				return NewULA(p, x0, h, metric.Naive)
			case 1:
				return NewMALA(p, x0, h, metric.Naive)
			case 2:
				skew := mat.NewDense(2, 2, []float64{0, x.Float(), x.Float(), 0})
				return NewIrreversible(p, x0, h, metric.Naive, IrreversibleConfig{Skew: skew, Substeps: x.Int(3) - 1})
			case 3:
				return NewHMC(p, x0, h, metric.Naive, HMCConfig{LeapfrogSteps: x.Int(5), Jitter: x.Float()})
			case 4:
				s, err := NewNUTS(p, x0, h, metric.Naive)
				if err == nil {
					s.SetMaxDepth(1 + x.Int(3))
				}
				return s, err
			case 5:
				return NewUnderdamped(p, x0, h, metric.Naive, UnderdampedConfig{Friction: x.Float(), Splitting: Splitting(splitting)})
			case 6:
				return NewSGHMC(p, x0, h, metric.Naive, SGHMCConfig{Friction: x.Float(), GradientNoise: mat.NewSymDense(2, []float64{x.Float(), 0, 0, x.Float()})})
			case 7:
				return NewSGNHT(p, x0, h, metric.Naive, SGNHTConfig{Noise: x.Float()})
			default:
				return NewMicrocanonical(p, x0, h, metric.Naive, x.Float())
			}
		}
		if s, err = fresh(x); !samplertest.Made(t, err) {
			return
		}
		other, _ = fresh(x)
		rng, again, at := stream.New(1), stream.New(1), make([]float64, 2)
		for range 3 {
			s.Step(rng)
			other.Step(again)
		}
		s.Position(at)
		_, flows := s.(*Irreversible)
		if e, ok := s.(interface{ LogProb() float64 }); ok && !(flows && math.IsNaN(at[0])) {
			if logp := e.LogProb(); math.IsNaN(logp) || math.IsInf(logp, 0) || CheckFinite(0, at) != nil {
				t.Fatalf("an exact kernel is at %v, where the log density is %v", at, logp)
			}
		}
		state, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		if samplertest.Made(t, other.UnmarshalBinary(state)) {
			s.Step(rng)
			other.Step(again)
			there := make([]float64, 2)
			s.Position(at)
			if other.Position(there); !sameBits(at, there) {
				t.Fatalf("the kernel is at %v, the one with its state at %v", at, there)
			}
		}
	})
}

func sameBits(x, y []float64) bool {
	for i := range x {
		if math.Float64bits(x[i]) != math.Float64bits(y[i]) {
			return false
		}
	}
	return true
}
