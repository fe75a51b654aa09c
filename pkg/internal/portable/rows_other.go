//go:build !amd64

package portable

const hasAVX2 = false

func dot4AVX2(dst *[4]float64, a, x *float64, n int) { panic("portable: no AVX2") }

func axpy4AVX2(y, a *float64, w *[4]float64, n int) { panic("portable: no AVX2") }

func addOuter4AVX2(s, x *float64, w *[4]float64, n int) { panic("portable: no AVX2") }
