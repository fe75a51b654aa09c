package diag

import (
	"math/bits"

	"natspike/pkg/internal/portable"
)

// An fft transforms sequences of 2ᵏ complex numbers, with the same bits on every
// architecture.
type fft struct {
	n        int
	cos, sin []float64 // of 2πj/n, j < n/2
}

// newFFT returns the transform of n numbers, n a power of two.
func newFFT(n int) *fft {
	f := &fft{n: n, cos: make([]float64, n/2), sin: make([]float64, n/2)}
	for j := range f.cos {
		f.sin[j], f.cos[j] = portable.SinCosPi(float64(2*j) / float64(n))
	}
	return f
}

// forward replaces z_t = re[t] + i im[t] by Σ_t z_t exp(−2πikt/n), which is left
// at the place whose bits are those of k reversed.
func (f *fft) forward(re, im []float64) {
	for size := f.n; size > 1; size /= 2 {
		half, stride := size/2, f.n/size
		for from := 0; from < f.n; from += size {
			ar, ai := re[from:from+half], im[from:from+half]
			br, bi := re[from+half:from+size], im[from+half:from+size]
			for j := range ar {
				c, s := f.cos[j*stride], f.sin[j*stride]
				dr, di := ar[j]-br[j], ai[j]-bi[j]
				ar[j], ai[j] = ar[j]+br[j], ai[j]+bi[j]
				br[j] = float64(dr*c) + float64(di*s)
				bi[j] = float64(di*c) - float64(dr*s)
			}
		}
	}
}

// inverse undoes forward, from the order in which that leaves its result, except
// for the factor n.
func (f *fft) inverse(re, im []float64) {
	for size := 2; size <= f.n; size *= 2 {
		half, stride := size/2, f.n/size
		for from := 0; from < f.n; from += size {
			ar, ai := re[from:from+half], im[from:from+half]
			br, bi := re[from+half:from+size], im[from+half:from+size]
			for j := range ar {
				c, s := f.cos[j*stride], f.sin[j*stride]
				dr := float64(br[j]*c) - float64(bi[j]*s)
				di := float64(bi[j]*c) + float64(br[j]*s)
				br[j], bi[j] = ar[j]-dr, ai[j]-di
				ar[j], ai[j] = ar[j]+dr, ai[j]+di
			}
		}
	}
}

// place returns where forward leaves frequency k.
func (f *fft) place(k int) int {
	return int(bits.Reverse64(uint64(k)) >> (64 - bits.Len64(uint64(f.n-1))))
}

// powerOfTwo returns the smallest power of two that is at least n.
func powerOfTwo(n int) int { return 1 << bits.Len(uint(n-1)) }
