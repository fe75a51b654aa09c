package portable

import "golang.org/x/sys/cpu"

var hasAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX2

func expGroups(dst, x *float64, n int) int {
	switch {
	case hasAVX512:
		return expAVX512(dst, x, n, &expConstants[0], &powers[0])
	case hasAVX2:
		return expAVX2(dst, x, n, &expConstants[0], &powers[0])
	}
	return 0
}

func logGroups(dst, x *float64, n int) int {
	switch {
	case hasAVX512:
		return logAVX512(dst, x, n, &logConstants[0])
	case hasAVX2:
		return logAVX2(dst, x, n, &logConstants[0])
	}
	return 0
}

func log1pExpGroups(dst, x *float64, n int) int {
	switch {
	case hasAVX512:
		return log1pExpAVX512(dst, x, n, &expConstants[0], &powers[0], &logConstants[0])
	case hasAVX2:
		return log1pExpAVX2(dst, x, n, &expConstants[0], &powers[0], &logConstants[0])
	}
	return 0
}

func erfcGroups(dst, x *float64, n int) int {
	switch {
	case hasAVX512:
		return erfcAVX512(dst, x, n, &erfcConstants[0], &expConstants[0], &powers[0])
	case hasAVX2:
		return erfcAVX2(dst, x, n, &erfcConstants[0], &expConstants[0], &powers[0])
	}
	return 0
}

func bernoulliGroups(eta, y *float64, n int, a *lanes) int {
	switch {
	case hasAVX512:
		return bernoulliAVX512(eta, y, n, a, &expConstants[0], &powers[0])
	case hasAVX2:
		return bernoulliAVX2(eta, y, n, a, &expConstants[0], &powers[0])
	}
	return 0
}

//go:noescape
func expAVX512(dst, x *float64, n int, constants *[4]float64, powers *[2]float64) int

//go:noescape
func expAVX2(dst, x *float64, n int, constants *[4]float64, powers *[2]float64) int

//go:noescape
func logAVX512(dst, x *float64, n int, constants *[4]float64) int

//go:noescape
func logAVX2(dst, x *float64, n int, constants *[4]float64) int

//go:noescape
func log1pExpAVX512(dst, x *float64, n int, exp *[4]float64, powers *[2]float64, log *[4]float64) int

//go:noescape
func log1pExpAVX2(dst, x *float64, n int, exp *[4]float64, powers *[2]float64, log *[4]float64) int

//go:noescape
func erfcAVX512(dst, x *float64, n int, constants, exp *[4]float64, powers *[2]float64) int

//go:noescape
func erfcAVX2(dst, x *float64, n int, constants, exp *[4]float64, powers *[2]float64) int

//go:noescape
func bernoulliAVX512(eta, y *float64, n int, a *lanes, constants *[4]float64, powers *[2]float64) int

//go:noescape
func bernoulliAVX2(eta, y *float64, n int, a *lanes, constants *[4]float64, powers *[2]float64) int

//go:noescape
func scoreAVX512(dst, x, tiles, y, beta *float64, n, d int, a *lanes, constants *[4]float64, powers *[2]float64) int

//go:noescape
func mulTilesAVX512(dst, tiles, x *float64, n, d int)
