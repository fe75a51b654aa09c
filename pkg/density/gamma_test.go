package density

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

func TestGammaFunctions(t *testing.T) {
	near := func(name string, x, got, want, tolerance float64) {
		t.Helper()
		if math.Abs(got-want) > tolerance {
			t.Errorf("%s(%v) = %v, want %v", name, x, got, want)
		}
	}
	const catalan, euler = 0.915965594177219015, 0.577215664901532861
	near("digamma", 1, digamma(1), -euler, 1e-15)
	near("digamma", 0.25, digamma(0.25), -euler-math.Pi/2-3*math.Ln2, 2e-15)
	near("trigamma", 1, trigamma(1), math.Pi*math.Pi/6, 1e-15)
	near("trigamma", 0.25, trigamma(0.25), math.Pi*math.Pi+8*catalan, 1e-14)
	near("lnGammaExcess", 0.25, lnGammaExcess(0.25)+0.25*math.Log(0.25)-0.25, math.Log(gammaQuarter), 1e-14)
	near("lnGammaExcess", 0.75, lnGammaExcess(0.75)+0.75*math.Log(0.75)-0.75, math.Log(gammaThreeQuarters), 1e-14)
	for x := 1e-3; x < 1e7; x *= 1.37 {
		want, _ := math.Lgamma(x)
		stirling := x*math.Log(x) - x
		near("lnGammaExcess", x, lnGammaExcess(x), want-stirling, 2e-14+1e-15*math.Abs(stirling))
		want = mathext.Zeta(2, x)
		near("trigamma", x, trigamma(x), want, 1e-14*want)
		// Gonum's digamma is good to 10 digits; the duplication formula
		// ψ(2x) = ½ψ(x) + ½ψ(x+½) + ln 2 checks the others.
		near("digamma", x, digamma(x), mathext.Digamma(x), 1e-10)
		near("digamma duplicated", x, digamma(2*x), 0.5*digamma(x)+0.5*digamma(x+0.5)+math.Ln2, 3e-15*(5+1/x))
	}
}

// TestMinibatchRefusesOtherOrders: the order that is restored names every
// observation once.
func TestMinibatchRefusesOtherOrders(t *testing.T) {
	batch := func(order ...int) *Minibatch { return &Minibatch{indices: order, size: 2} }
	for _, c := range []struct {
		order []int
		want  string
	}{
		{[]int{2, 0, 1}, ""},
		{[]int{2, 0, 2}, "are no permutation"},
	} {
		data, err := batch(c.order...).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		restored := batch(0, 1, 2)
		err = restored.UnmarshalBinary(data)
		if c.want == "" {
			if err != nil || !slices.Equal(restored.indices, c.order) {
				t.Errorf("order %v is restored as %v, error %v", c.order, restored.indices, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) || !slices.Equal(restored.indices, []int{0, 1, 2}) {
			t.Errorf("order %v is restored as %v, error %v, want one with %q", c.order, restored.indices, err, c.want)
		}
	}
}
