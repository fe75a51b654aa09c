//go:build !amd64

package stream

func fill(words *[256]uint64, state *generators) { fillGo(words, state) }

func proposeAll(dst *[256]float64, inside *[4]uint64, words *[256]uint64) {
	proposeAllGo(dst, inside, words)
}
