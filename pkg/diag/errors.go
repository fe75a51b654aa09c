package diag

import (
	"errors"
	"fmt"
	"math"

	"natspike/pkg/arg"
	"natspike/pkg/moments"
)

// Reasons why a statistic does not exist. The errors that functions return wrap
// one of them and name the chain, the draw and the value. An argument that is out
// of range is an *[arg.Error], each of which is an ErrRange.
var (
	ErrNonFinite = moments.ErrNonFinite
	ErrScale     = moments.ErrScale
	ErrShort     = errors.New("too few values")
	ErrRagged    = errors.New("lengths must be equal")
	ErrConstant  = errors.New("every value is the same")
	ErrRange     = arg.ErrRange
)

const badDim = "diag: dimensions differ"

const check = arg.Checker("diag")

// checkCount returns an error unless least ≤ n ≤ most.
func checkCount(name string, n, least, most int) error {
	if n < least || n > most {
		return check.Errorf(name, "= %d is outside [%d, %d]", n, least, most)
	}
	return nil
}

// checkFinite returns an error that wraps ErrNonFinite if some x[i] is NaN or
// infinite. The error calls the slice by the given name.
func checkFinite(name string, x []float64) error {
	if i := arg.FirstNonFinite(x); i >= 0 {
		return fmt.Errorf("diag: %s[%d] is %v: %w", name, i, x[i], ErrNonFinite)
	}
	return nil
}

// checkSome returns an error unless x has at least the given number of values,
// all finite.
func checkSome(name string, x []float64, atLeast int) error {
	if len(x) < atLeast {
		return fmt.Errorf("diag: %s has length %d, and %d is the least: %w", name, len(x), atLeast, ErrShort)
	}
	return checkFinite(name, x)
}

// checkProbability returns an error unless 0 < p < 1.
func checkProbability(p float64) error {
	if !(p > 0 && p < 1) {
		return check.Errorf("probability", "= %v is outside (0, 1)", p)
	}
	return nil
}

// maxBins is the largest number of bins, grid points or resamples. It catches
// typing errors before they fill the memory.
const maxBins = 1 << 24

// A scale stands for the unit 2^scale of values that are very large or very small.
// Their squares and fourth powers can be computed in that unit. All other values
// have the scale 0. A change of unit changes no digit.
type scale int

// scaleOf returns the scale of values. It is 0 if the largest magnitude is between
// 2⁻¹⁰⁰ and 2²⁰⁰. Otherwise it is the even number for which the largest magnitude
// is between ¼ and 1 in the unit 2^scale.
func scaleOf(values ...[]float64) scale {
	top := uint64(0) // the bits of magnitudes are in order of the magnitudes
	for _, x := range values {
		for _, v := range x {
			top = max(top, math.Float64bits(v)&^(1<<63))
		}
	}
	largest := math.Float64frombits(top)
	if largest == 0 || largest >= 0x1p-100 && largest <= 0x1p200 {
		return 0
	}
	_, e := math.Frexp(largest)
	return scale(e + e&1)
}

// in returns x in the unit s: x itself if that is 1, and else a new slice.
func (s scale) in(x []float64) []float64 {
	if s == 0 {
		return x
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Ldexp(v, -int(s))
	}
	return out
}

// out returns v in the unit of the user. v was computed in the given power of the
// unit s. The error wraps ErrScale if the result overflows, or is so small that
// digits are lost.
func (s scale) out(v float64, power int) (float64, error) {
	if s == 0 || v == 0 {
		return v, nil
	}
	w := math.Ldexp(v, int(s)*power)
	if math.IsInf(w, 0) && !math.IsInf(v, 0) || math.Abs(w) < 0x1p-1022 {
		return 0, fmt.Errorf("diag: a result of %.3g·2^%d is: %w", v, int(s)*power, ErrScale)
	}
	return w, nil
}

// restore brings values, which were computed in the unit s, into the unit of the
// user, as out does.
func (s scale) restore(values ...*float64) (err error) {
	for _, v := range values {
		if *v, err = s.out(*v, 1); err != nil {
			return err
		}
	}
	return nil
}
