//go:build !amd64

package spiking

const hasAVX2 = false

func driveAVX2(u, x, flow, input, z *float64, n int, kappa, noise float64) {
	panic("spiking: no AVX2")
}

func mulTiles(v, g, u, q []float64, count int, offset, scale float64) {
	mulTilesGo(v, g, u, q, count, offset, scale)
}

func maximaTiles(best, v, shift, threshold []float64) (above int) {
	return maximaTilesGo(best, v, shift, threshold)
}

func estimateVoltages(*voltageSearch) { panic("spiking: no vectors of integers") }

func roundTo16(w *int16, u *float64, fours int, length float64) (norm float64) {
	panic("spiking: no vectors of integers")
}

func atLeast(x *[tile]float32, y float32) (mask uint64) { panic("spiking: no vectors of integers") }
