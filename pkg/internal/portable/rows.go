package portable

// Dot4 stores in dst the products of four rows of A, 4×len(x), with x. It gives the
// bits of Dot, in less time.
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

// Axpy4 adds to y four rows of A, 4×len(y), weighted by w. It gives the bits of four
// calls of Axpy, in less time.
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

// dot8 is Dot4 for eight rows.
func dot8(dst *[8]float64, a, x []float64) {
	a = a[:8*len(x)]
	if hasAVX512 && len(x) > 0 {
		dot8AVX512(dst, &a[0], &x[0], len(x))
		return
	}
	Dot4((*[4]float64)(dst[:4]), a, x)
	Dot4((*[4]float64)(dst[4:]), a[4*len(x):], x)
}

// axpy8 is Axpy4 for eight rows.
func axpy8(w *[8]float64, a, y []float64) {
	a = a[:8*len(y)]
	if hasAVX512 && len(y) >= 8 {
		axpy8AVX512(&y[0], &a[0], w, len(y))
		return
	}
	Axpy4((*[4]float64)(w[:4]), a, y)
	Axpy4((*[4]float64)(w[4:]), a[4*len(y):], y)
}

// dotAxpy8 is dot8 of A and x, and axpy8 of w, B and y.
func dotAxpy8(dst *[8]float64, a, x []float64, w *[8]float64, b, y []float64) {
	n := len(x)
	a, b, y = a[:8*n], b[:8*n], y[:n]
	if hasAVX512 && n > 0 {
		dotAxpy8AVX512(dst, &a[0], &x[0], &y[0], &b[0], w, n)
		return
	}
	dot8(dst, a, x)
	axpy8(w, b, y)
}

// AddOuter4 adds Σ_k w_k x_k x_kᵀ to the lower triangle of S, n×n, where x_k are
// the four rows of X, 4×n, and n is a multiple of four. The terms of an entry are
// added in the order of k. Entries above the diagonal may be overwritten.
func AddOuter4(s []float64, w *[4]float64, x []float64, n int) {
	s, x = s[:n*n], x[:4*n]
	if n%4 != 0 {
		panic("portable: the dimension is not a multiple of four")
	}
	if hasAVX512 && n > 0 {
		addOuter4AVX512(&s[0], &x[0], w, n)
		return
	}
	if hasAVX2 && n > 0 {
		addOuter4AVX2(&s[0], &x[0], w, n)
		return
	}
	x0, x1, x2, x3 := x[:n], x[n:2*n], x[2*n:3*n], x[3*n:]
	for i := range n {
		w0, w1, w2, w3 := w[0]*x0[i], w[1]*x1[i], w[2]*x2[i], w[3]*x3[i]
		for j, v := range s[i*n : i*n+i+1] {
			v += float64(w0 * x0[j])
			v += float64(w1 * x1[j])
			v += float64(w2 * x2[j])
			s[i*n+j] = v + float64(w3*x3[j])
		}
	}
}
