package sweep

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// An Axis is the values of one parameter, in the order in which they are run.
//
// In a TOML file it is one value or a list of them, in a flag a list with
// commas. For numbers, one of the list may be a range FIRST:LAST:STEP, in TOML
// as a string: "0:0.95:0.05" is 0, 0.05, … and 0.95, each the number that its
// decimal stands for. Without :STEP the step is 1.
type Axis[T string | int | float64] []T

// maxValues bounds the values of an axis, as a slip in a range makes many.
const maxValues = 100_000

// String returns the values with commas between.
func (a Axis[T]) String() string {
	texts := make([]string, len(a))
	for i, v := range a {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ",")
}

// Set replaces the values by those in a text with commas. It makes an Axis a
// flag.Value.
func (a *Axis[T]) Set(text string) error {
	var values Axis[T]
	for item := range strings.SplitSeq(text, ",") {
		if err := values.parse(strings.TrimSpace(item)); err != nil {
			return err
		}
	}
	*a = values
	return nil
}

// UnmarshalTOML replaces the values by those of a TOML value or list.
func (a *Axis[T]) UnmarshalTOML(value any) error {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	if len(list) == 0 {
		return fmt.Errorf("the list is empty; without the key it has its default")
	}
	var values Axis[T]
	for _, item := range list {
		switch item.(type) {
		case string, int64, float64:
		default:
			return fmt.Errorf("%v is neither a number nor a string, nor a list of them", item)
		}
		if err := values.parse(fmt.Sprint(item)); err != nil {
			return err
		}
	}
	*a = values
	return nil
}

// parse appends what an item stands for.
func (a *Axis[T]) parse(item string) error {
	switch values := any(a).(type) {
	case *Axis[string]:
		if item == "" {
			return fmt.Errorf("there is an empty name in the list")
		}
		*values = append(*values, item)
	case *Axis[int]:
		return eachNumber(item, func(x *big.Rat) error {
			if !x.IsInt() || !x.Num().IsInt64() || int64(int(x.Num().Int64())) != x.Num().Int64() {
				f, _ := x.Float64()
				return fmt.Errorf("%q has the value %v, which is not a whole number", item, f)
			}
			*values = append(*values, int(x.Num().Int64()))
			return nil
		})
	case *Axis[float64]:
		return eachNumber(item, func(x *big.Rat) error {
			f, _ := x.Float64()
			*values = append(*values, f)
			return nil
		})
	}
	return nil
}

// eachNumber calls f for the number, or for each of the range, that item is.
// Numbers are exact, so that the fourth of 0:1:0.05 is 0.15 and not its
// neighbour.
func eachNumber(item string, f func(*big.Rat) error) error {
	parts := strings.Split(item, ":")
	if len(parts) > 3 {
		return fmt.Errorf("%q is not a range: it is written FIRST:LAST:STEP, such as 0:0.95:0.05", item)
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
	if step.Sign() == 0 || new(big.Rat).Sub(last, first).Sign()*step.Sign() < 0 {
		return fmt.Errorf("the range %q never ends: its step must lead from the first value to the last", item)
	}
	x := new(big.Rat).Set(first)
	for n := 1; x.Cmp(last)*step.Sign() <= 0; n++ {
		if n > maxValues {
			return fmt.Errorf("the range %q has more than %d values", item, maxValues)
		}
		if err := f(x); err != nil {
			return err
		}
		x.Add(x, step)
	}
	return nil
}

// parseRat reads a finite decimal number, exactly.
func parseRat(text string) (*big.Rat, error) {
	f, err := strconv.ParseFloat(text, 64)
	x, ok := new(big.Rat), true
	if err == nil && f != 0 { // what rounds to 0 may have a huge exponent
		x, ok = x.SetString(text)
	}
	if err != nil || !ok || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("%q is not a finite number", text)
	}
	return x, nil
}
