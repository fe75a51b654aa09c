package portable

import "testing"

func TestBisect(t *testing.T) {
	below := func(x float64) bool { return x < 0.3 }
	if a, b := Bisect(0, 1, below); !(a < 0.3 && b >= 0.3) || b-a > 0x1p-54 {
		t.Errorf("the edge at 0.3 is between %v and %v", a, b)
	}
	if a, b := Bisect(1, 0, func(x float64) bool { return !below(x) }); !(a >= 0.3 && b < 0.3) || a-b > 0x1p-54 {
		t.Errorf("from above, the edge at 0.3 is between %v and %v", a, b)
	}
}
