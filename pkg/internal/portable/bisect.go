package portable

// Bisect halves the interval between a and b 60 times, and returns its ends. If near
// holds at a and not at b, it holds at the first end and not at the second.
func Bisect(a, b float64, near func(x float64) bool) (float64, float64) {
	for range 60 {
		if mid := (a + b) / 2; near(mid) {
			a = mid
		} else {
			b = mid
		}
	}
	return a, b
}
