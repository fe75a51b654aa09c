package trial

import (
	"math"
	"strconv"
	"strings"

	"natspike/pkg/arg"
)

const check = arg.Checker("trial")

// A Clock counts time in steps of Δt. Every conversion between seconds and steps
// in this package goes through a Clock, so that windows, rasters, estimates and
// exports agree on which steps they hold.
//
// Step k ends at time kΔt. Steps are counted from the onset: step 1 is the first
// after it, and step 0 is the last before it.
type Clock struct {
	dt float64
	// Δt is units/scale, where both are whole numbers, if scale is not zero.
	units, scale float64
}

// NewClock returns the clock of a network whose step takes dt seconds. It refuses
// a dt that is not positive and finite.
func NewClock(dt float64) (Clock, error) {
	if err := check.Positive("Δt", dt, " s"); err != nil {
		return Clock{}, err
	}
	c := Clock{dt: dt}
	// The decimal number that dt is printed as, such as 1e-05.
	digits, power, _ := strings.Cut(strconv.FormatFloat(dt, 'e', -1, 64), "e")
	whole, fraction, _ := strings.Cut(digits, ".")
	exponent, _ := strconv.Atoi(power)
	exponent -= len(fraction)
	units, err := strconv.ParseFloat(whole+fraction, 64)
	if err == nil && units < 1<<53 && -maxPower <= exponent && exponent <= 0 {
		c.units, c.scale = units, powersOfTen[-exponent]
	}
	return c, nil
}

// maxPower is the largest power of ten that a float64 holds exactly.
const maxPower = 22

var powersOfTen = func() (p [maxPower + 1]float64) {
	p[0] = 1
	for i := range maxPower {
		p[i+1] = 10 * p[i]
	}
	return p
}()

// DT returns Δt, s.
func (c Clock) DT() float64 { return c.dt }

// Time returns the time at which step k ends, s. If Δt is a decimal number such
// as 10 µs, this is the float64 nearest to the decimal number kΔt: step 30000
// then ends at 0.3, where the product 30000·1e-05 is a little more.
func (c Clock) Time(k int) float64 {
	if n := c.units * float64(k); c.scale > 0 && math.Abs(n) < 1<<53 {
		return n / c.scale
	}
	return float64(k) * c.dt
}

// Step returns the step that ends nearest to the time t, s. Beyond ±2⁶² steps,
// and for ±Inf, it returns ±2⁶². It panics if t is NaN.
func (c Clock) Step(t float64) int {
	const most = 1 << 62
	switch k := math.Round(t / c.dt); {
	case math.IsNaN(k):
		panic("trial: time is NaN")
	case k >= most:
		return most
	case k <= -most:
		return -most
	default:
		return int(k)
	}
}

// count returns the number of steps in a length of time, which must be at least
// least and not more than a Recording can count.
func (c Clock) count(name string, t float64, least int) (int, error) {
	if err := check.NonNegative(name, t, " s"); err != nil {
		return 0, err
	}
	switch k := math.Round(t / c.dt); {
	case k > maxSteps:
		return 0, check.Errorf(name, "= %v s makes %.3g steps of %v s; a recording holds at most %d", t, k, c.dt, maxSteps)
	case k < float64(least):
		return 0, check.Errorf(name, "= %v s makes %v steps of %v s; at least %d are needed", t, k, c.dt, least)
	default:
		return int(k), nil
	}
}

// maxSteps keeps the steps of a Recording, from either side of the onset, within
// 32 bits.
const maxSteps = math.MaxInt32
