package density

import (
	"math"
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
