package spiking

// levels returns, for each set of vector instructions that the processor has, a
// function that allows no other and returns one that undoes this.
func levels() map[string]func() func() {
	has2, hasVNNI0 := hasAVX2, hasVNNI
	set := func(avx2, vnni bool) func() func() {
		return func() func() {
			hasAVX2, hasVNNI = avx2, vnni
			return func() { hasAVX2, hasVNNI = has2, hasVNNI0 }
		}
	}
	all := map[string]func() func(){"none": set(false, false)}
	if has2 {
		all["AVX2"] = set(true, false)
	}
	if hasVNNI0 {
		all["AVX-512 VNNI"] = set(true, true)
	}
	return all
}
