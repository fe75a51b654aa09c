//go:build !amd64

package portable

func deviateAVX2(y, x, ref, lo, hi *float64, n int, keep float64) (outside uint64) {
	panic("portable: no AVX2")
}

func sameAVX2(bins *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure uint64) {
	panic("portable: no AVX2")
}

func mulAddAVX2(x *float64, keep float64, y *float64, n int) { panic("portable: no AVX2") }
