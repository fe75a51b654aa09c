package stream

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasBMI2
	hasAVX512 = cpu.X86.HasAVX512F && cpu.X86.HasBMI1 && cpu.X86.HasBMI2
)

// fill takes the generators 32 steps on and stores the words that they give.
func fill(words *[256]uint64, state *generators) {
	switch {
	case hasAVX512:
		fillAVX512(words, state)
	case hasAVX2:
		fillAVX2(words, state)
	default:
		fillGo(words, state)
	}
}

// proposeAll does what proposeAllGo does, for n numbers and words.
func proposeAll(dst *float64, words *uint64, n int) int {
	done := 0
	switch whole := n &^ 3; {
	case n < 4:
	case hasAVX512:
		return proposeAVX512(dst, words, n, &ziggurat[0])
	case hasAVX2:
		if done = proposeAVX2(dst, words, whole, &ziggurat[0]); done < whole {
			return done
		}
	}
	return done + proposeAllGo(unsafe.Slice(dst, n)[done:], unsafe.Slice(words, n)[done:])
}

//go:noescape
func fillAVX512(words *[256]uint64, state *generators)

//go:noescape
func fillAVX2(words *[256]uint64, state *generators)

//go:noescape
func proposeAVX512(dst *float64, words *uint64, n int, ziggurat *layer) int

//go:noescape
func proposeAVX2(dst *float64, words *uint64, n int, ziggurat *layer) int
