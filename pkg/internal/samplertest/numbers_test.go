package samplertest

import (
	"math"
	"testing"
)

// TestNumbers: bytes stand for numbers of either kind, and their end for zeros.
func TestNumbers(t *testing.T) {
	x := Numbers{100, 84, 232, 233, 255, 251, 7}
	for i, want := range []float64{0, -1, 8.25, 1e300} {
		if got := x.Float(); got != want {
			t.Errorf("number %d is %v, want %v", i, got, want)
		}
	}
	if got := x.Floats(2); !math.IsNaN(got[0]) || got[1] != math.MaxFloat64 {
		t.Errorf("numbers are %v, want NaN and the largest", got)
	}
	if got := x.Int(3); got != 3 {
		t.Errorf("Int(3) of 7 is %d, want 3", got)
	}
	if x.Float() != 0 || x.Int(9) != 0 {
		t.Error("after the end there are numbers other than 0")
	}
}
