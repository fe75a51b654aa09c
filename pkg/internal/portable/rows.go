package portable

// Dot4 stores in dst the products of four rows of A, 4×len(x), with x: those
// that Dot gives, to the bit, in less time.
func Dot4(dst *[4]float64, a, x []float64) {
	a = a[:4*len(x)]
	if hasAVX2 && len(x) > 0 {
		dot4AVX2(dst, &a[0], &x[0], len(x))
		return
	}
	n := len(x)
	for k := range dst {
		dst[k] = Dot(a[k*n:(k+1)*n], x)
	}
}

// Axpy4 adds to y four rows of A, 4×len(y), weighted by w: what four calls of
// Axpy give, to the bit, in less time.
func Axpy4(w *[4]float64, a, y []float64) {
	a = a[:4*len(y)]
	if hasAVX2 && len(y) > 0 {
		axpy4AVX2(&y[0], &a[0], w, len(y))
		return
	}
	n := len(y)
	for k, v := range w {
		Axpy(v, a[k*n:(k+1)*n], y)
	}
}
