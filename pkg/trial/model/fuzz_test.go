package model

import (
	"testing"

	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// FuzzSetup takes any numbers in a setup: what is refused gives an error of the
// argument, and of what is accepted the target, the network and the first steps
// exist.
func FuzzSetup(f *testing.F) {
	f.Add([]byte{0, 1, 0, 112, 2, 4, 116, 1, 0, 116, 116, 116})
	f.Add([]byte{1, 2, 1, 110, 1, 4, 116, 0, 0, 116, 116, 116})
	f.Add([]byte{1, 0, 2, 254, 0, 0, 100, 254, 100, 100, 100, 254})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		geometry := []metric.Geometry{metric.Naive, metric.Natural, metric.Power(in.Float())}[in.Int(2)]
		s := PaperBalanced(3, 4, 0.5, geometry)
		if in.Int(1) == 1 {
			s = PaperMetropolis(3, 4, 0.5, geometry)
		}
		s.Family = []Family{FamilyUnit, FamilyTriple, FamilyShared, "none"}[in.Int(3)]
		s.Rho, s.Dims, s.PerDim = in.Float(), in.Int(4), in.Int(5)
		for _, field := range []*float64{&s.Scale, &s.Skew, &s.Lambda, &s.Alpha, &s.Gain, &s.TauM, &s.TauS, &s.Mean, &s.Before, &s.After} {
			if in.Int(3) == 3 {
				*field = in.Float()
			}
		}
		s.Arbitration = spiking.Arbitration(in.Int(3))
		if in.Int(7) == 7 {
			s.DT = in.Float()
		}
		if err := s.Validate(); !samplertest.Made(t, err) {
			return
		}
		target, err := s.Target()
		if err != nil {
			t.Fatalf("a setup without a target: %v", err)
		}
		samplertest.NoNaN(t, "mean of the target", target.Mean(nil)...)
		net, p, err := s.Build(1, 0)
		if !samplertest.Made(t, err) {
			return
		}
		p.Before, p.After = 0, 20*s.DT
		r, err := trial.Present(net, p, s.Key(1, 0, stream.Dynamics).Rand())
		if err != nil { // the network's own
			return
		}
		if _, x, err := r.Estimate(trial.Whole, 1); err == nil {
			samplertest.NoNaN(t, "estimate", x.RawMatrix().Data...)
		}
	})
}
