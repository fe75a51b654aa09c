package portable

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2

//go:noescape
func dot4AVX2(dst *[4]float64, a, x *float64, n int)

//go:noescape
func axpy4AVX2(y, a *float64, w *[4]float64, n int)

//go:noescape
func dot8AVX512(dst *[8]float64, a, x *float64, n int)

//go:noescape
func axpy8AVX512(y, a *float64, w *[8]float64, n int)

//go:noescape
func dotAxpy8AVX512(dst *[8]float64, a, x, y, b *float64, w *[8]float64, n int)

//go:noescape
func addOuter4AVX2(s, x *float64, w *[4]float64, n int)

//go:noescape
func addOuter4AVX512(s, x *float64, w *[4]float64, n int)

//go:noescape
func scaleAboutMeanAVX2(dst, x *float64, n int, contrast, common float64)
