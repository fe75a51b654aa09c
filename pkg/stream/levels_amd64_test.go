package stream

// levels returns, for each set of vector instructions that the processor has, a
// function that allows no other and returns one that undoes this.
func levels() map[string]func() func() {
	has2, has512 := hasAVX2, hasAVX512
	set := func(avx2, avx512 bool) func() func() {
		return func() func() {
			hasAVX2, hasAVX512 = avx2, avx512
			return func() { hasAVX2, hasAVX512 = has2, has512 }
		}
	}
	all := map[string]func() func(){"none": set(false, false)}
	if has2 {
		all["AVX2"] = set(true, false)
	}
	if has512 {
		all["AVX-512"] = set(true, true)
	}
	return all
}
