package moments

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
)

// FuzzPath takes any segments of any estimate: the moments are those of the steps
// one by one, and in two parts, unless a step is left out, and then there is an
// error.
func FuzzPath(f *testing.F) {
	f.Add([]byte{1, 116, 3, 110, 120, 20, 100, 90, 5, 130, 100, 1})
	f.Add([]byte{0, 115, 2, 200, 100, 250, 3, 100, 9})
	f.Add([]byte("d\xf9\xf9\xf9\xf9\xf9\xf9")) // the smallest number there is
	f.Add([]byte{2, 100, 2, 110, 120, 100, 7, 110, 240, 100, 8})
	f.Fuzz(func(t *testing.T, data []byte) {
		in := samplertest.Numbers(data)
		dim := 1 + in.Int(2)
		d, err := NewDecay(in.Float())
		if !samplertest.Made(t, err) {
			return
		}
		whole, single, first, second := NewPath(dim), NewPath(dim), NewPath(dim), NewPath(dim)
		draws := NewMeanCovariance(dim)
		segments := in.Int(6)
		largest := 0.0
		for s := range segments {
			x, k := in.Floats(dim), in.Int(40)
			whole.AddSegment(x, d, int64(k))
			if part := first; s%2 == 0 {
				part.AddSegment(x, d, int64(k))
			} else {
				second.AddSegment(x, d, int64(k))
			}
			y := make([]float64, dim)
			for i := range k {
				for j, v := range x {
					y[j] = v * d.Power(int64(i))
					largest = max(largest, math.Abs(y[j]))
				}
				single.Add(y)
				draws.Add(y)
			}
		}
		first.Merge(second)
		if err := whole.Err(); err != nil {
			if !errors.Is(err, ErrNonFinite) && !errors.Is(err, ErrScale) || single.Err() == nil || first.Err() == nil {
				t.Fatalf("errors %v, %v and %v", err, single.Err(), first.Err())
			}
			return
		}
		if whole.N() != single.N() || whole.N() != first.N() || whole.N() != int64(draws.N()) {
			t.Fatalf("%d, %d, %d and %d steps", whole.N(), single.N(), first.N(), draws.N())
		}
		if whole.N() < 2 {
			return
		}
		var want mat.SymDense
		draws.CovarianceMatrix(&want)
		share := float64(draws.N()-1) / float64(draws.N())
		for name, p := range map[string]*Path{"segments": whole, "steps": single, "two parts": first} {
			var c mat.SymDense
			p.CovarianceMatrix(&c)
			lo, hi := p.Extremes(nil, nil)
			for i, m := range p.Mean(nil) {
				if !(math.Abs(m-draws.Mean(nil)[i]) <= 1e-12*largest+0x1p-1022) || !(lo[i] <= hi[i]) || hi[i] > largest || lo[i] < -largest {
					t.Fatalf("%s: mean %v between %v and %v, want %v", name, m, lo[i], hi[i], draws.Mean(nil)[i])
				}
				for j := range i + 1 {
					if got, want := c.At(i, j), want.At(i, j)*share; !(math.Abs(got-want) <= 1e-12*largest*largest+0x1p-1022) {
						t.Fatalf("%s: covariance %v, want %v", name, got, want)
					}
				}
			}
		}
	})
}

// FuzzDecay takes any factor, share and number of steps: κᵏ falls to the share when
// Steps says so.
func FuzzDecay(f *testing.F) {
	f.Add(0.995, 0.3, uint16(700))
	f.Add(1.0, 0.5, uint16(1))
	f.Add(0.0, 0.0, uint16(2))
	f.Add(1-1e-7, 1-1e-9, uint16(60_000))
	f.Add(0.5, math.Nextafter(0x1p-1024, 0), uint16(0)) // one step more than are tabulated
	f.Fuzz(func(t *testing.T, factor, share float64, k uint16) {
		d, err := NewDecay(factor)
		if !samplertest.Made(t, err) {
			return
		}
		s := d.sums(int64(k))
		samplertest.NoNaN(t, "sums", s.power, s.gap, s.sum, s.square, s.gaps, s.gaps2, s.cross)
		if !(share >= 0) {
			return
		}
		n := d.Steps(share)
		if n < 0 || n > 0 && n <= tabulated && (d.Power(n) > share || d.Power(n-1) <= share) {
			t.Fatalf("κ = %v falls to %v in %d steps: %v, %v", factor, share, n, d.Power(n-1), d.Power(n))
		}
	})
}
