//go:build !amd64

package spiking

func mulTiles(v, g, u, q []float64, count int, offset, scale float64) {
	mulTilesGo(v, g, u, q, count, offset, scale)
}

func maximaTiles(best, v, shift, threshold []float64) (above int) {
	return maximaTilesGo(best, v, shift, threshold)
}

func hasCoarse() bool { return false }

func estimateVoltages(*voltageSearch) { panic("spiking: no vectors of integers") }
