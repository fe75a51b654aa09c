package learn

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
)

// FuzzRules makes rules of any numbers, and lets those that are accepted learn from
// any samples and spikes. B stays finite.
func FuzzRules(f *testing.F) {
	f.Add([]byte{0, 0, 116, 101, 116, 110, 120, 104})
	f.Add([]byte{1, 1, 116, 101, 100, 116, 108, 120, 116, 110, 92, 116, 132, 148, 84, 100, 116})
	f.Add([]byte{0, 0, 116, 101, 240, 110, 120, 104}) // samples whose covariance overflows
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		p, k := 1+x.Int(2), 1+x.Int(1)
		eta, b := x.Float(), mat.NewDense(p, k, x.Floats(p*k))
		finite := func(b *mat.Dense) {
			if _, err := NewRule(b, 1); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := NewRule(b, eta); samplertest.Made(t, err) {
			r.Show(x.Floats(p))
			r.Free(x.Floats(p))
			if samplertest.Made(t, r.Apply()) {
				samplertest.NoNaN(t, "largest eigenvalue", r.largest)
				r.Warnings()
			}
			finite(r.B())
		}
		n := k * (k + 1)
		if r, err := NewSpikeRule(b, mat.NewDense(k, n, x.Floats(k*n)), eta); samplertest.Made(t, err) {
			r.Spike(x.Int(n - 1))
			samplertest.Made(t, r.Apply(int64(x.Int(3))))
			finite(r.B())
		}
	})
}
