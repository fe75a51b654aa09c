package nb

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"natspike/pkg/arg"
)

const check = arg.Checker("nb")

// A Knob is a control of Explore: a slider or a menu. It is at one of a list of
// positions, each of which has a name.
type Knob interface {
	fmt.Stringer // such as "ρ = 0.75"

	positions() (label string, names []string, at int)
	set(position int)
	err() error
}

// A Number is a slider. Slider, LogSlider and IntSlider make one.
type Number struct {
	label   string
	values  []float64 // ascending
	at      int
	refused error
}

// Slider returns a slider from lo to hi that starts at value. It has about a hundred
// positions, at round numbers.
func Slider(label string, lo, hi, value float64) *Number {
	return newNumber(label, lo, hi, value, func() (between []float64, err error) {
		// The step is the smallest of 1, 2 and 5 times a power of ten that is at least a
		// hundredth of the range.
		exponent := math.Floor(math.Log10((hi - lo) / 100))
		step := math.Pow(10, exponent)
		for _, m := range []float64{2, 5, 10} {
			if step < (hi-lo)/100*(1-1e-9) {
				step = m * math.Pow(10, exponent)
			}
		}
		digits := max(0, -int(exponent))
		for k := math.Floor(lo/step) + 1; k*step < hi-step/1e3; k++ {
			v, err := strconv.ParseFloat(strconv.FormatFloat(k*step, 'f', digits, 64), 64)
			if err == nil && v > lo {
				between = append(between, v)
			}
		}
		return between, nil
	})
}

// LogSlider returns a slider from lo to hi, both positive, that starts at value. Its
// positions have equal ratios.
func LogSlider(label string, lo, hi, value float64) *Number {
	return newNumber(label, lo, hi, value, func() (between []float64, err error) {
		if lo <= 0 {
			return nil, check.Errorf(fmt.Sprintf("slider %q", label), "goes from %v to %v on a logarithmic scale; want positive ends", lo, hi)
		}
		ratio := math.Log(hi) - math.Log(lo)
		count := min(max(int(math.Ceil(24*ratio/math.Ln10)), 20), 200)
		for k := 1; k < count; k++ {
			v := math.Exp(math.Log(lo) + ratio*float64(k)/float64(count))
			if short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 2, 64), 64); err == nil && short > lo && short < hi {
				between = append(between, short)
			}
		}
		return between, nil
	})
}

// IntSlider returns a slider that starts at value. It has a position at each whole
// number from lo to hi, of which there may be a thousand.
func IntSlider(label string, lo, hi, value int) *Number {
	return newNumber(label, float64(lo), float64(hi), float64(value), func() (between []float64, err error) {
		if hi-lo >= 1000 {
			return nil, check.Errorf(fmt.Sprintf("slider %q", label), "has %d positions; want at most 1000", hi-lo+1)
		}
		for v := lo + 1; v < hi; v++ {
			between = append(between, float64(v))
		}
		return between, nil
	})
}

// newNumber returns a slider whose positions are lo, hi, value and those between, if
// the first three are allowed.
func newNumber(label string, lo, hi, value float64, between func() ([]float64, error)) *Number {
	n := &Number{label: label}
	if !(lo < hi && lo <= value && value <= hi) || !(hi-lo <= 1e300 && hi-lo > 1e-9*max(math.Abs(lo), math.Abs(hi))) || math.Abs(value) > 1e300 {
		n.refused = check.Errorf(fmt.Sprintf("slider %q", label), "goes from %v to %v and stands at %v; want finite lo ≤ value ≤ hi, lo < hi", lo, hi, value)
		return n
	}
	n.values, n.refused = between()
	n.values = append(n.values, lo, hi, value)
	slices.Sort(n.values)
	n.values = slices.Compact(n.values)
	n.at = slices.Index(n.values, value)
	return n
}

// Value returns the value of the slider. It does not change while draw of Explore
// runs.
func (n *Number) Value() float64 {
	if n.refused != nil {
		return 0
	}
	return n.values[n.at]
}

// Int returns the whole number nearest to Value.
func (n *Number) Int() int { return int(math.Round(n.Value())) }

// String returns the label and the value.
func (n *Number) String() string { return n.label + " = " + short(n.Value()) }

func (n *Number) positions() (string, []string, int) {
	names := make([]string, len(n.values))
	for i, v := range n.values {
		names[i] = short(v)
	}
	return n.label, names, n.at
}

func (n *Number) set(at int) { n.at = min(max(at, 0), len(n.values)-1) }
func (n *Number) err() error { return n.refused }

// A Choice is a menu. Menu makes one.
type Choice struct {
	label   string
	options []string
	at      int
}

// Menu returns a menu of options that starts at the first.
func Menu(label string, options ...string) *Choice {
	return &Choice{label: label, options: slices.Clone(options)}
}

// Value returns the option that is chosen. It does not change while draw of Explore
// runs.
func (c *Choice) Value() string {
	if len(c.options) == 0 {
		return ""
	}
	return c.options[c.at]
}

// Index returns the place of Value among the options, from 0.
func (c *Choice) Index() int { return c.at }

// String returns the label and the option.
func (c *Choice) String() string { return c.label + " = " + c.Value() }

func (c *Choice) positions() (string, []string, int) { return c.label, c.options, c.at }

func (c *Choice) set(at int) { c.at = min(max(at, 0), len(c.options)-1) }
func (c *Choice) err() error {
	if len(c.options) == 0 {
		return check.Errorf(fmt.Sprintf("menu %q", c.label), "has no options")
	}
	return nil
}
