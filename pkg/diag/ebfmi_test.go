package diag

import (
	"math"
	"testing"

	"natspike/pkg/stream"
)

// An AR(1) has E-BFMI 2(1 − φ), with a standard error of about 2√(1−φ²)/√n. The
// negative control is φ a little larger.
func TestEBFMI(t *testing.T) {
	const n = 20_000
	for _, phi := range []float64{0, 0.5, 0.9} {
		x := ar1(stream.New(80), phi, n)
		near(t, "E-BFMI", must(EBFMI(x)), 2*math.Sqrt((1-phi*phi)/n), 2*(1-phi), 2*(1-phi)-0.12)
	}
	closeTo(t, "E-BFMI of 1, 2, 4, 7", must(EBFMI([]float64{1, 2, 4, 7})), (1.0+4+9)/3/7, 1e-15)
	_, err := EBFMI([]float64{1, 2, 3})
	failsWith(t, "three", err, ErrShort)
	_, err = EBFMI([]float64{1, 2, 3, math.NaN()})
	failsWith(t, "NaN", err, ErrNonFinite)
	_, err = EBFMI([]float64{2, 2, 2, 2})
	failsWith(t, "constant", err, ErrConstant)
	large := make([]float64, 100)
	for i, v := range ar1(stream.New(81), 0.3, 100) {
		large[i] = v * 0x1p700
	}
	if got, want := must(EBFMI(large)), must(EBFMI(ar1(stream.New(81), 0.3, 100))); got != want {
		t.Errorf("in a large unit %v, want %v", got, want)
	}
}
