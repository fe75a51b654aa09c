package grid

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxValues bounds the values of one parameter, so that a typing error in a range
// does not make millions.
const maxValues = 100_000

// eachNumber calls f for the number in text, or for each number of the range
// FIRST:LAST:STEP. LAST is included if a step meets it. Without :STEP the step is
// 1. Numbers are exact, so that the fourth number of 0:1:0.05 is 0.15 and not the
// next floating-point number.
func eachNumber(text string, f func(*big.Rat) error) error {
	parts := strings.Split(text, ":")
	if len(parts) > 3 {
		return fmt.Errorf("%q is not a range: it is written FIRST:LAST:STEP, such as 0:0.95:0.05", text)
	}
	numbers := []*big.Rat{nil, nil, big.NewRat(1, 1)}
	for i, part := range parts {
		var err error
		if numbers[i], err = parseRat(part); err != nil {
			return err
		}
	}
	first, last, step := numbers[0], numbers[1], numbers[2]
	if last == nil {
		return f(first)
	}
	length := new(big.Rat).Sub(last, first)
	if step.Sign() == 0 || length.Sign()*step.Sign() < 0 {
		return fmt.Errorf("%q never ends: its step must lead from the first value to the last", text)
	}
	length.Quo(length, step)
	steps := new(big.Int).Quo(length.Num(), length.Denom())
	if steps.Cmp(big.NewInt(maxValues)) >= 0 {
		return fmt.Errorf("%q has more than %d values", text, maxValues)
	}
	x := new(big.Rat)
	for i := range steps.Int64() + 1 {
		x.Add(first, x.Mul(step, x.SetInt64(i)))
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// parseRat reads a finite decimal number exactly.
func parseRat(text string) (*big.Rat, error) {
	f, err := strconv.ParseFloat(text, 64)
	x, ok := new(big.Rat), true
	if err == nil && f != 0 { // a number that rounds to 0 may have a huge exponent
		x, ok = x.SetString(text)
	}
	if err != nil || !ok || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%.40q is not a finite number", text)
	}
	return x, nil
}

func parseFloats(text string) (values []any, err error) {
	return values, eachNumber(text, func(x *big.Rat) error {
		f, _ := x.Float64()
		values = append(values, f)
		return nil
	})
}

func parseInts(text string) (values []any, err error) {
	return values, eachNumber(text, func(x *big.Rat) error {
		if n := x.Num(); !x.IsInt() || !n.IsInt64() || int64(int(n.Int64())) != n.Int64() {
			f, _ := x.Float64()
			return fmt.Errorf("%.40q has the value %v, which is not a whole number of 64 bits", text, f)
		}
		values = append(values, int(x.Num().Int64()))
		return nil
	})
}
