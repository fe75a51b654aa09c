//go:build !amd64

package spiking

const hasAVX2 = false

func driveAVX2(u, x, flow, input, z, due *float64, n int, kappa, noise float64) {
	panic("spiking: no AVX2")
}

func mulTiles(v, g, u []float64, count int) {
	mulTilesGo(v, g, u, count)
}

func estimateVoltages(*voltageSearch) { panic("spiking: no vectors of integers") }

func roundTo16(w *int16, u *float64, fours int, length float64) (norm, per float64) {
	panic("spiking: no vectors of integers")
}

func atLeast(x *[coarseLanes]float32, y float32) (mask uint64) {
	panic("spiking: no vectors of integers")
}

func refuse(words []uint64, drive, back []float64, gain, kappa float64, scale *float64) int {
	return 0
}
