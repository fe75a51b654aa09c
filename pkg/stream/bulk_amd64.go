package stream

import "golang.org/x/sys/cpu"

var (
	hasAVX2   = cpu.X86.HasAVX2
	hasAVX512 = cpu.X86.HasAVX512F
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

// proposeAll stores in dst what the words propose as normal numbers, and in inside a
// bit for each that is inside its layer.
func proposeAll(dst *[256]float64, inside *[4]uint64, words *[256]uint64) {
	switch {
	case hasAVX512:
		proposeAVX512(dst, inside, words, &ziggurat)
	case hasAVX2:
		proposeAVX2(dst, inside, words, &ziggurat)
	default:
		proposeAllGo(dst, inside, words)
	}
}

//go:noescape
func fillAVX512(words *[256]uint64, state *generators)

//go:noescape
func fillAVX2(words *[256]uint64, state *generators)

//go:noescape
func proposeAVX512(dst *[256]float64, inside *[4]uint64, words *[256]uint64, ziggurat *[layers]layer)

//go:noescape
func proposeAVX2(dst *[256]float64, inside *[4]uint64, words *[256]uint64, ziggurat *[layers]layer)
