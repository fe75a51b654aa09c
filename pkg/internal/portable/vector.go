package portable

// Dot returns aᵀb. It panics if b is shorter than a.
func Dot(a, b []float64) float64 {
	b = b[:len(a)]
	// Four partial sums, the same on every machine, hide the latency of the additions.
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += float64(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// Axpy adds αx to y. It panics if y is shorter than x.
func Axpy(alpha float64, x, y []float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float64(alpha * v)
	}
}

// ScaleAboutMean stores contrast·(x−x̄) + common·x̄ in dst, which may be x, where x̄ is
// the mean of x. It panics if dst is shorter than x.
func ScaleAboutMean(dst, x []float64, contrast, common float64) {
	dst = dst[:len(x)]
	if hasAVX2 && len(x) > 0 {
		scaleAboutMeanAVX2(&dst[0], &x[0], len(x), contrast, common)
		return
	}
	var s [4]float64
	whole := len(x) / 4 * 4
	for i, v := range x[:whole] {
		s[i%4] += v
	}
	for _, v := range x[whole:] {
		s[0] += v
	}
	mean := ((s[0] + s[1]) + (s[2] + s[3])) / float64(len(x))
	common = float64(common * mean)
	for i, v := range x {
		dst[i] = float64(contrast*(v-mean)) + common
	}
}

// MulVec stores Ax in dst, where A is len(dst)×len(x). dst and x must not
// overlap.
func MulVec(dst, a, x []float64) {
	n := len(x)
	for ; len(dst) >= 8; dst, a = dst[8:], a[8*n:] {
		dot8((*[8]float64)(dst), a, x)
	}
	for ; len(dst) >= 4; dst, a = dst[4:], a[4*n:] {
		Dot4((*[4]float64)(dst), a, x)
	}
	for i := range dst {
		dst[i] = Dot(a[i*n:(i+1)*n], x)
	}
}

// MulTransVec stores Aᵀx in dst, where A is len(x)×len(dst). dst and x must
// not overlap.
func MulTransVec(dst, a, x []float64) {
	clear(dst)
	AddMulTransVec(dst, a, x)
}

// AddMulTransVec adds Aᵀx to dst, where A is len(x)×len(dst), row after row. dst and
// x must not overlap.
func AddMulTransVec(dst, a, x []float64) {
	n := len(dst)
	for ; len(x) >= 8; x, a = x[8:], a[8*n:] {
		axpy8((*[8]float64)(x), a, dst)
	}
	for ; len(x) >= 4; x, a = x[4:], a[4*n:] {
		Axpy4((*[4]float64)(x), a, dst)
	}
	for i, v := range x {
		Axpy(v, a[i*n:(i+1)*n], dst)
	}
}

// MulBoth is MulVec(dst, a, x) and AddMulTransVec(y, b, w), where A and B have as many
// columns. The processor multiplies by B, which should be in the cache, while it waits
// for A, which need not be. No two of dst, x, y and w must overlap.
func MulBoth(dst, a, x, y, b, w []float64) {
	n := len(x)
	for ; len(dst) >= 8 && len(w) >= 8; dst, a, w, b = dst[8:], a[8*n:], w[8:], b[8*n:] {
		dotAxpy8((*[8]float64)(dst), a, x, (*[8]float64)(w), b, y)
	}
	MulVec(dst, a, x)
	AddMulTransVec(y, b, w)
}

// MulLowerVec stores Lx in dst, where L is lower triangular, n×n with n =
// len(x). dst and x must not overlap.
func MulLowerVec(dst, l, x []float64) {
	n := len(x)
	for i := range dst {
		dst[i] = Dot(l[i*n:i*n+i+1], x)
	}
}
