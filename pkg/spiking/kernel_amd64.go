package spiking

// hasAVX2 says whether the processor has AVX2 and POPCNT and the operating
// system keeps the wide registers.
var hasAVX2 = func() bool {
	const (
		popcnt  = 1 << 23 // leaf 1, ECX
		osxsave = 1 << 27
		avx     = 1 << 28
		avx2    = 1 << 5 // leaf 7, EBX
		wide    = 0b110  // XCR0: the 128- and 256-bit registers are saved
	)
	if top, _, _ := cpuid(0, 0); top < 7 {
		return false
	}
	_, _, ecx := cpuid(1, 0)
	if need := uint32(popcnt | osxsave | avx); ecx&need != need || xgetbv()&wide != wide {
		return false
	}
	_, ebx, _ := cpuid(7, 0)
	return ebx&avx2 != 0
}()

func mulTiles(v, g, u, q []float64, count int, offset, scale float64) {
	if hasAVX2 {
		mulTilesAVX2(&v[0], &g[0], &u[0], &q[0], len(u), count, offset, scale)
		return
	}
	mulTilesGo(v, g, u, q, count, offset, scale)
}

func surveyTiles(best, v, shift, threshold []float64) (above int) {
	if hasAVX2 {
		return surveyTilesAVX2(&best[0], &v[0], &shift[0], &threshold[0], len(best))
	}
	return surveyTilesGo(best, v, shift, threshold)
}

//go:noescape
func mulTilesAVX2(v, m, u, q *float64, p, count int, offset, scale float64)

//go:noescape
func surveyTilesAVX2(best, v, shift, threshold *float64, count int) (above int)

func cpuid(leaf, sub uint32) (eax, ebx, ecx uint32)

func xgetbv() (low uint32)
