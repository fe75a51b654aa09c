package spiking

import "golang.org/x/sys/cpu"

var (
	hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT
	hasVNNI = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VNNI
)

// estimateVoltages makes the pass over the neurons that s describes.
func estimateVoltages(s *voltageSearch) {
	if hasVNNI {
		estimateVNNI(s)
	} else {
		estimateAVX2(s)
	}
}

//go:noescape
func estimateVNNI(s *voltageSearch)

//go:noescape
func estimateAVX2(s *voltageSearch)

func mulTiles(v, g, u []float64, count int) {
	if hasAVX2 {
		mulTilesAVX2(&v[0], &g[0], &u[0], len(u), count)
		return
	}
	mulTilesGo(v, g, u, count)
}

//go:noescape
func mulTilesAVX2(v, m, u *float64, p, count int)

//go:noescape
func driveAVX2(u, x, flow, input, z, due *float64, n int, kappa, noise float64) (square float64)

//go:noescape
func addAVX2(y, a, z, b *float64, n int)

// nearLargest returns the first of the neurons whose excess is within 2·err of the
// largest, and the number of them.
func nearLargest(s *voltageSearch) (first, count int) {
	if hasVNNI {
		return nearLargestAVX512(s)
	}
	return nearLargestAVX2(s)
}

//go:noescape
func nearLargestAVX512(s *voltageSearch) (first, count int)

//go:noescape
func nearLargestAVX2(s *voltageSearch) (first, count int)

// refuse does what proposeAll does, as long as accepts needs no exponential to refuse. It
// takes whole batches of words, and stops before one in which the scale falls below
// minScale. It returns the number of proposals, and sets the scale after them.
func refuse(words []uint64, drive, back []float64, gain, kappa float64, scale *float64) int {
	if !hasVNNI || len(words) < batch {
		return 0
	}
	return refuseAVX512(&words[0], len(words), &drive[0], &back[0], len(drive), gain, kappa, scale)
}

//go:noescape
func refuseAVX512(words *uint64, count int, drive, back *float64, n int, gain, kappa float64, scale *float64) int
