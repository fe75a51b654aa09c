package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTiled compares the gradient and the log likelihood with those of MulVec, Add and
// AddMulTransVec without vector instructions, to the bit, in two calls. Some log odds are
// too large for the kernel, and some columns are zero.
func TestTiled(t *testing.T) {
	if NewTiled(make([]float64, 1<<16+9), 9) != nil || NewTiled(make([]float64, 33), 33) != nil {
		t.Error("a large matrix is stored twice")
	}
	rng := rand.New(rand.NewPCG(13, 1))
	for _, n := range []int{1, 8, 15, 16, 17, 31, 40, 100, 1100} {
		for _, d := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 32} {
			for _, wide := range []float64{0, 0.001, 0.1} {
				x, y, beta, start := make([]float64, n*d), make([]float64, n), make([]float64, d), make([]float64, d)
				for i := range y {
					y[i] = float64(rng.IntN(2))
				}
				for i := range x {
					x[i] = rng.NormFloat64()
					if rng.Float64() < wide {
						x[i] *= 1000
					}
					if i%d == 1 {
						x[i] = math.Copysign(0, x[i])
					}
				}
				for j := range beta {
					beta[j], start[j] = rng.NormFloat64(), math.Copysign(0, rng.NormFloat64())
				}
				half := n / 16 * 8
				run := func() (dst []float64, logLikelihood float64) {
					dst = append(dst, start...)
					var sum Bernoulli
					if m := NewTiled(x, d); m != nil {
						m.AddScore(dst, y[:half], beta, 0, &sum)
						m.AddScore(dst, y[half:], beta, half, &sum)
						again := slices.Clone(start)
						m.AddScore(again, y, beta, 0, nil)
						var value Bernoulli
						m.AddScore(nil, y, beta, 0, &value)
						if a, b := value.LogLikelihood(), sum.LogLikelihood(); !sameBits(a, b) {
							t.Errorf("%d×%d: log likelihood %v without the gradient, %v with it", n, d, a, b)
						}
						for j, v := range again {
							if !sameBits(v, dst[j]) {
								t.Errorf("%d×%d: entry %d of the gradient is %v without the log likelihood, %v with it", n, d, j, v, dst[j])
							}
						}
					} else {
						eta := make([]float64, n)
						MulVec(eta, x, beta)
						sum.Add(eta, y)
						AddMulTransVec(dst, x, eta)
					}
					return dst, sum.LogLikelihood()
				}
				restore := levels()["none"]()
				want, logLikelihood := run()
				restore()
				name := fmt.Sprintf("%d×%d, %v of them large", n, d, wide)
				got, l := run()
				if !sameBits(l, logLikelihood) {
					t.Errorf("%s: log likelihood %v, without instructions %v", name, l, logLikelihood)
				}
				for j, v := range got {
					if !sameBits(v, want[j]) {
						t.Errorf("%s: entry %d of the gradient is %v, without instructions %v", name, j, v, want[j])
					}
				}
			}
		}
	}
}
