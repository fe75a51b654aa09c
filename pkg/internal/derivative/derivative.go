// Package derivative differentiates smooth functions by central differences with
// the steps h, h/2, h/4, …, extrapolated to step zero.
//
// The error of a central difference is a series in even powers of its step, so
// that entry (k, m) of Richardson's tableau,
//
//	T(k, 0) = difference with step h/2ᵏ,
//	T(k, m) = T(k, m−1) + (T(k, m−1) − T(k−1, m−1))/(4ᵐ − 1),
//
// has an error of order 2m + 2. The estimate is the entry that differs least from
// its two neighbours, where truncation and rounding errors are about equal.
//
// Ridders, Adv. Eng. Softw. 4:75 (1982).
package derivative

import "math"

// Levels is the number of steps of one estimate.
const Levels = 9

// An Estimate extrapolates the difference quotients that Add is given. Reset
// makes it ready for another derivative.
type Estimate struct {
	Value       float64 // the derivative, NaN before the second quotient
	Uncertainty float64 // the estimated error of Value

	row    [Levels]float64
	filled int
}

// Reset removes all quotients.
func (e *Estimate) Reset() { *e = Estimate{Value: math.NaN(), Uncertainty: math.Inf(1)} }

// Add adds the quotient of the next step, which is half the step before. There may be
// Levels of them. A quotient that is not finite, because the step leaves the domain of
// the function, empties the tableau.
func (e *Estimate) Add(quotient float64) {
	if math.IsNaN(quotient) || math.IsInf(quotient, 0) {
		e.filled = 0
		return
	}
	previous := e.row
	e.row[0] = quotient
	power := 1.0
	for m := 1; m <= e.filled; m++ {
		power *= 4
		e.row[m] = e.row[m-1] + (e.row[m-1]-previous[m-1])/(power-1)
		off := math.Max(math.Abs(e.row[m]-e.row[m-1]), math.Abs(e.row[m]-previous[m-1]))
		if off < e.Uncertainty {
			e.Value, e.Uncertainty = e.row[m], off
		}
	}
	e.filled++
}

// Rounding returns a bound on the rounding error of the last of the Levels quotients,
// for a function of the given magnitude and the first step h.
func Rounding(size, h float64) float64 { return size / h * 0x1p-52 * (1 << (Levels - 1)) }

// Of returns f′(x) and its estimated error, with the first step h. They are NaN
// and +Inf if f is not finite near x.
func Of(f func(x float64) float64, x, h float64) (value, uncertainty float64) {
	var e Estimate
	e.Reset()
	for range Levels {
		e.Add((f(x+h) - f(x-h)) / (2 * h))
		h /= 2
	}
	return e.Value, e.Uncertainty
}

// Step returns the first step for a function that is smooth on the scale of
// max(1, |x|): a power of two between an eighth and a quarter of it. Adding a power
// of two to x rounds little or not at all.
func Step(x float64) float64 {
	_, exponent := math.Frexp(math.Max(1, math.Abs(x)))
	return math.Ldexp(0x1p-2, exponent-1)
}

// StepWithin returns the first step for a function whose scale is not known: the
// largest power of two h with change(h) ≤ ½, where change(h) is the change of the
// function between x−h and x+h. A change that is NaN is too large. It returns Step(x)
// for a function that does not change, and 0 if the change is too large for every h.
func StepWithin(x float64, change func(h float64) float64) float64 {
	small := func(h float64) bool { return change(h) <= 0.5 }
	// A change that is small by chance, because the function has the same value at
	// both ends, is not small at the other steps.
	surely := func(h float64) bool {
		for range Levels {
			if !small(h) {
				return false
			}
			h /= 2
		}
		return true
	}
	h := Step(x)
	if surely(h) {
		for ; small(2 * h); h *= 2 {
			if h > 0x1p1000 {
				return Step(x)
			}
		}
		return h
	}
	for h /= 2; x+h != x && h > 0; h /= 2 {
		if surely(h) {
			return h
		}
	}
	return 0
}

// Relative returns off/allowed. It returns 0 if off is 0, and +Inf if the ratio is
// NaN.
func Relative(off, allowed float64) float64 {
	switch r := off / allowed; {
	case off == 0:
		return 0
	case math.IsNaN(r):
		return math.Inf(1)
	default:
		return r
	}
}
