package figure_test

import (
	"math"
	"strings"
	"testing"

	"natspike/pkg/diag"
	"natspike/pkg/figure"
)

func ExamplePanel_Estimates() {
	estimate := func(mean, se float64) diag.Estimate { return diag.Estimate{Mean: mean + change, SE: se, N: 8} }
	x := []float64{1, 2, 4, 8}
	p := figure.New("Mean of eight repeats, ± two standard errors", "neurons", "rate (Hz)").LogX().Height(180).
		Estimates("natural", x, []diag.Estimate{estimate(1, 0.1), estimate(2, 0.3), estimate(3, 0.2), estimate(3.5, 0.1)}, figure.Natural).
		Estimates("naive", x, []diag.Estimate{estimate(1, 0.1), {Mean: math.NaN()}, estimate(1.5, 0.2), {Mean: 1.2, SE: math.Inf(1), N: 1}},
			figure.Naive.Markers(figure.Square))

	compare("estimates", p)
	// Output: looks like testdata/estimates.png
}

// TestEstimates: a bar that would reach below zero is cut on a logarithmic axis, and
// is not on a linear one; lists of different lengths are refused.
func TestEstimates(t *testing.T) {
	wide := []diag.Estimate{{Mean: 1, SE: 3, N: 4}, {Mean: 2, SE: 0.1, N: 4}}
	x := []float64{1, 2}
	if _, err := figure.New("", "x", "y").LogY().Estimates("", x, wide).SVG(); err != nil {
		t.Errorf("on a logarithmic axis: %v", err)
	}
	if text := figure.New("", "x", "y").Estimates("", x, wide).String(); !strings.Contains(text, "−") && !strings.Contains(text, "-") {
		t.Errorf("a bar to −5 is described as %q", text)
	}
	if _, err := figure.New("", "x", "y").Estimates("m", x[:1], wide).SVG(); err == nil || !strings.Contains(err.Error(), "2 estimates") {
		t.Errorf("one x for two estimates has the error %v", err)
	}
}
