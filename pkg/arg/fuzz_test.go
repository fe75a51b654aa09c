package arg_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
)

// FuzzMatrix: of any numbers, Symmetric and Skew make matrices that are so to the
// last bit and finite, near those given, or an error.
func FuzzMatrix(f *testing.F) {
	f.Add([]byte{1, 116, 108, 108, 116})
	f.Add([]byte{1, 100, 108, 92, 100})
	f.Add([]byte{0, 251})
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		n := 1 + x.Int(3)
		m := mat.NewDense(n, n, x.Floats(n*n))
		for sign, mirrored := range map[float64]func(string, mat.Matrix, int) ([]float64, error){1: check.Symmetric, -1: check.Skew} {
			a, err := mirrored("m", m, -1)
			if !samplertest.Made(t, err) {
				continue
			}
			largest := mat.Max(m) - mat.Min(m)
			for i := range n {
				for j := range n {
					v := a[i*n+j]
					if v != sign*a[j*n+i] || math.IsNaN(v) || math.IsInf(v, 0) || math.Abs(v-m.At(i, j)) > 1e-11*math.Max(largest, math.Abs(v)) {
						t.Fatalf("sign %v: %v gives %v", sign, mat.Formatted(m), a)
					}
				}
			}
		}
	})
}
