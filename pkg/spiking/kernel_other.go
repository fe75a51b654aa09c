//go:build !amd64

package spiking

const hasAVX2, hasVNNI = false, false

func drive(m *motion, s *voltageSearch, input, x, due *float64, n int) (square float64) {
	return driveGo(m, s, input, x, due, n)
}

func addSpike(m *motion, column, drift *float64, n int) { addSpikeGo(m, column, drift, n) }

func roundAVX2(*voltageSearch) { panic("spiking: no AVX2") }

func mulTiles(v, g, u []float64, count int) {
	mulTilesGo(v, g, u, count)
}

func estimateVoltages(*voltageSearch) { panic("spiking: no vectors of integers") }

func estimatePair(s, t *voltageSearch) { panic("spiking: no vectors of integers") }

func nearLargest(*voltageSearch) { panic("spiking: no vectors of integers") }

func settle(p *proposals, words *uint64, count int, kept bool) (steps, spike int) {
	panic("spiking: no vectors of integers")
}

func prepare(p *proposals, words *uint64, count int) { panic("spiking: no vectors of integers") }
