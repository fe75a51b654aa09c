package samplertest

import (
	"errors"
	"math"
	"testing"

	"natspike/pkg/arg"
)

// Numbers makes numbers of the bytes of a fuzzer, one of each byte. Most bytes stand
// for multiples of 1/16 between −6 and 8, the others for extreme numbers and NaN.
// After the last byte all numbers are 0.
type Numbers []byte

// extremes are numbers with which arithmetic may fail.
var extremes = []float64{
	math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
	0x1p-1022, 1e-308, 1e-200, 1e-154, 1e-100, 1e-20, 1e-8, -1e-8, 1e8, -1e8, 1e20, 1e100, 1e154, -1e154, 1e200, 1e300,
}

// Float returns the next number.
func (n *Numbers) Float() float64 {
	if len(*n) == 0 {
		return 0
	}
	b := int((*n)[0])
	*n = (*n)[1:]
	if b >= 256-len(extremes) {
		return extremes[255-b]
	}
	return float64(b-100) / 16
}

// Int returns a number from 0 to most.
func (n *Numbers) Int(most int) int {
	if len(*n) == 0 {
		return 0
	}
	b := int((*n)[0])
	*n = (*n)[1:]
	return b % (most + 1)
}

// Floats returns the next k numbers.
func (n *Numbers) Floats(k int) []float64 {
	x := make([]float64, k)
	for i := range x {
		x[i] = n.Float()
	}
	return x
}

// Made reports whether err is nil. It fails the test if err is an error other than an
// *arg.Error.
func Made(t *testing.T, err error) bool {
	t.Helper()
	if refusal := (*arg.Error)(nil); err != nil && !errors.As(err, &refusal) {
		t.Fatalf("error %v is a %[1]T, want an *arg.Error", err)
	}
	return err == nil
}

// NoNaN fails the test if one of the numbers is NaN.
func NoNaN(t *testing.T, what string, x ...float64) {
	t.Helper()
	for i, v := range x {
		if math.IsNaN(v) {
			t.Fatalf("%s[%d] is NaN", what, i)
		}
	}
}
