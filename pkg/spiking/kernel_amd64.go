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
func driveAVX2(u, x, flow, input, z, due *float64, n int, kappa, noise float64)

// roundTo16 stores in w the vector u times per, rounded, and returns |u| and per, with
// which u has a length of 0.96 to 1.04 times the length given. Both have four times
// fours entries.
//
//go:noescape
func roundTo16(w *int16, u *float64, fours int, length float64) (norm, per float64)

// atLeast returns the entries of x that are at least y, a bit for each.
//
//go:noescape
func atLeast(x *[coarseLanes]float32, y float32) (mask uint64)

// refuse does what proposeAll does, as long as accepts needs no exponential to refuse. It
// takes whole eights of words, and fewer if the scale falls below minScale. It returns the
// number of proposals, and sets the scale after them.
func refuse(words []uint64, drive, back []float64, gain, kappa float64, scale *float64) int {
	if !hasVNNI || len(words) < 8 {
		return 0
	}
	return refuseAVX512(&words[0], len(words), &drive[0], &back[0], len(drive), gain, kappa, scale)
}

//go:noescape
func refuseAVX512(words *uint64, count int, drive, back *float64, n int, gain, kappa float64, scale *float64) int
