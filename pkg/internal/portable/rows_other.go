//go:build !amd64

package portable

const hasAVX2, hasAVX512 = false, false

func dot4AVX2(dst *[4]float64, a, x *float64, n int) { panic("portable: no AVX2") }

func axpy4AVX2(y, a *float64, w *[4]float64, n int) { panic("portable: no AVX2") }

func dot8AVX512(dst *[8]float64, a, x *float64, n int) { panic("portable: no AVX-512") }

func axpy8AVX512(y, a *float64, w *[8]float64, n int) { panic("portable: no AVX-512") }

func dotAxpy8AVX512(dst *[8]float64, a, x, y, b *float64, w *[8]float64, n int) {
	panic("portable: no AVX-512")
}

func addOuter4AVX2(s, x *float64, w *[4]float64, n int) { panic("portable: no AVX2") }

func addOuter4AVX512(s, x *float64, w *[4]float64, n int) { panic("portable: no AVX-512") }

func scaleAboutMeanAVX2(dst, x *float64, n int, contrast, common float64) {
	panic("portable: no AVX2")
}
