//go:build !amd64

package stream

import "unsafe"

func fill(words *[256]uint64, state *generators) { fillGo(words, state) }

func proposeAll(dst *float64, words *uint64, n int) int {
	return proposeAllGo(unsafe.Slice(dst, n), unsafe.Slice(words, n))
}
