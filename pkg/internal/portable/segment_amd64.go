package portable

// deviateAVX2 returns 0 if all is inside.
//
//go:noescape
func deviateAVX2(y, x, ref, lo, hi *float64, n int, keep float64) (outside uint64)

//go:noescape
func binsAVX2(at, to *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure, same uint64)

//go:noescape
func binsAVX512(at, to *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure, same uint64)

//go:noescape
func mulAddAVX2(x *float64, keep float64, y *float64, n int)
