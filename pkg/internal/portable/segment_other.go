//go:build !amd64

package portable

func deviateAVX2(y, x, ref, lo, hi *float64, n int, keep float64) (outside uint64) {
	panic("portable: no AVX2")
}

func binsAVX2(at, to *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure, same uint64) {
	panic("portable: no AVX2")
}

func binsAVX512(at, to *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure, same uint64) {
	panic("portable: no AVX-512")
}

func mulAddAVX2(x *float64, keep float64, y *float64, n int) { panic("portable: no AVX2") }
