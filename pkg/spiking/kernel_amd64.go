package spiking

import "golang.org/x/sys/cpu"

var (
	hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasPOPCNT
	hasVNNI = hasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW &&
		cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512VNNI
)

// estimateVoltages makes the pass over the neurons that s describes. It chooses between
// sets of instructions itself, which saves a call.
//
//go:noescape
func estimateVoltages(s *voltageSearch)

// estimatePair makes two passes, over the neurons of one decoder.
func estimatePair(s, t *voltageSearch) {
	if hasVNNI {
		estimatePairVNNI(s, t)
	} else {
		estimateVoltages(s)
		estimateVoltages(t)
	}
}

//go:noescape
func estimatePairVNNI(s, t *voltageSearch)

// nearLargest finds what is near the largest excess. The passes do so themselves if any
// neuron may be above threshold.
//
//go:noescape
func nearLargest(s *voltageSearch)

func mulTiles(v, g, u []float64, count int) {
	if hasAVX2 {
		mulTilesAVX2(&v[0], &g[0], &u[0], len(u), count)
		return
	}
	mulTilesGo(v, g, u, count)
}

//go:noescape
func mulTilesAVX2(v, m, u *float64, p, count int)

// drive and addSpike are driveGo and addSpikeGo with vector instructions, if there are any.
//
//go:noescape
func drive(m *motion, s *voltageSearch, input, x, due *float64, n int) (square float64)

//go:noescape
func addSpike(m *motion, column, drift *float64, n int)

// roundAVX2 rounds u to w.
//
//go:noescape
func roundAVX2(s *voltageSearch)

// settle takes proposals, with a word each, as long as it is certain without an exponential
// whether they are refused, and returns their number. Its last may spike: it returns that
// neuron, and undecided or unprepared otherwise. It takes at most count proposals, and stops
// where the scale could fall below minScale.
//
// The terms drive of all neurons must be known. If kept is true, back is known too.
// Otherwise settle computes it of the neurons that are proposed, and takes from prepare what
// depends on the words alone. It returns unprepared if prepare has not seen these words.
//
// A proposal is refused if g times the excess is at most ln u. settle takes a bound of
// ln u from below to refuse and one from above to accept, both within 4e-5 of it, so that it
// decides as accepts does.
//
//go:noescape
func settle(p *proposals, words *uint64, count int, kept bool) (steps, spike int)

// prepare stores in p what settle needs of each of count words, at most ahead.
//
//go:noescape
func prepare(p *proposals, words *uint64, count int)
