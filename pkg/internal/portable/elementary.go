package portable

import "math"

const (
	ln2 = 0.693147180559945309417232121458176568
	// ln 2 in two parts; the first has 21 trailing zero bits, so that its
	// product with an exponent is exact.
	ln2Hi = 0x1.62e42feep-1
	ln2Lo = ln2 - ln2Hi

	steps   = 64 // of a power of two in the table of Exp
	stepHi  = ln2Hi / steps
	stepLo  = ln2Lo / steps
	perStep = steps / ln2

	overflow  = 709.782712893383973096
	underflow = -745.133219101941108420
)

// Exp returns eˣ to within one unit in the last place: with n the integer
// nearest to 64x/ln 2 and r the remainder, eˣ = 2^(n/64)·eʳ, the first factor
// from a table and the second from its series, |r| ≤ ln 2/128.
func Exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > overflow:
		return math.Inf(1)
	case x < underflow:
		return 0
	}
	n := math.RoundToEven(float64(x * perStep))
	p := expSeries(x - float64(n*stepHi) - float64(n*stepLo))
	k := int(n)
	power := &powers[k&(steps-1)]
	y := power[0] + (power[1] + float64(power[0]*p))
	k >>= 6
	if k > -1022 && k < 1024 {
		return y * math.Float64frombits(uint64(k+1023)<<52)
	}
	return math.Ldexp(y, k) // the result is subnormal, or the scale overflows
}

// expSeries returns eʳ − 1 for |r| ≤ ln 2/128.
func expSeries(r float64) float64 {
	p := float64(r*(1.0/720)) + 1.0/120
	p = float64(p*r) + 1.0/24
	p = float64(p*r) + 1.0/6
	p = float64(p*r) + 0.5
	return r + float64(float64(r*r)*p)
}

// Log returns ln x to within one unit in the last place, NaN for x < 0 and
// −Inf at zero.
func Log(x float64) float64 {
	switch {
	case x != x || x > math.MaxFloat64:
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	return logOnePlus(m-1, float64(k))
}

// Log1p returns ln(1+x), accurate near x = 0, NaN for x < −1.
func Log1p(x float64) float64 {
	if x > math.Sqrt2/2-1 && x < math.Sqrt2-1 {
		return logOnePlus(x, 0)
	}
	u := 1 + x
	if u <= 0 || u != u || u > math.MaxFloat64 {
		return Log(u)
	}
	return Log(u) + (x-(u-1))/u // the rounding of 1+x, to first order
}

// logOnePlus returns k ln 2 + ln(1+f) for √½−1 ≤ f ≤ √2−1, by the series
// ln(1+f) = 2 artanh s = 2(s + s³/3 + s⁵/5 + …), s = f/(2+f), |s| < 0.172.
func logOnePlus(f, k float64) float64 {
	s := f / (2 + f)
	z := float64(s * s)
	p := 2.0 / 21
	p = float64(p*z) + 2.0/19
	p = float64(p*z) + 2.0/17
	p = float64(p*z) + 2.0/15
	p = float64(p*z) + 2.0/13
	p = float64(p*z) + 2.0/11
	p = float64(p*z) + 2.0/9
	p = float64(p*z) + 2.0/7
	p = float64(p*z) + 2.0/5
	p = float64(p*z) + 2.0/3
	// 2s = f − sf, and f is exact, so only the small terms are rounded.
	tail := float64(s * (float64(z*p) - f))
	return float64(k*ln2Hi) + (f + (tail + float64(k*ln2Lo)))
}

// Sigmoid returns 1/(1 + e^{−x}).
func Sigmoid(x float64) float64 {
	e := Exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// Indicator returns 1 if the condition holds, and 0 otherwise.
func Indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
