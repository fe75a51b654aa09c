package canvas

import "testing"

// TestNum checks that numbers are as short as two decimals allow.
func TestNum(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1: "1", -0.5: "-.5", 0.05: ".05", 12.345: "12.35", -3.1: "-3.1", 0.001: "0", -0.004: "0"} {
		if got := num(v); got != want {
			t.Errorf("num(%v) = %q; want %q", v, got, want)
		}
	}
}
