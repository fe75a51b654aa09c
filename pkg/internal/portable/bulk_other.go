//go:build !amd64

package portable

func expGroups(dst, x *float64, n int) int                 { return 0 }
func logGroups(dst, x *float64, n int) int                 { return 0 }
func log1pExpGroups(dst, x *float64, n int) int            { return 0 }
func erfcGroups(dst, x *float64, n int) int                { return 0 }
func bernoulliGroups(eta, y *float64, n int, a *lanes) int { return 0 }

func scoreAVX512(dst, x, tiles, y, beta *float64, n, d int, a *lanes, constants *[4]float64, powers *[2]float64) int {
	panic("portable: no AVX-512")
}

func mulTilesAVX512(dst, tiles, x *float64, n, d int) { panic("portable: no AVX-512") }
