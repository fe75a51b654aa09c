package figure

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// Trace shows a quantity over the draws of each chain. Chains that have converged
// look alike: they vary about one level, without a trend.
func Trace(quantity string, chains ...[]float64) *Panel {
	p := New("", "draw", quantity)
	if len(chains) == 0 {
		return p.fail(fmt.Sprintf("Trace %q", quantity), "has no chains")
	}
	for i, c := range chains {
		label := ""
		if len(chains) > 1 {
			label = "chain " + strconv.Itoa(i+1)
		}
		s := Style{Width: 0.9 * px, Opacity: 0.8, Dashes: []vg.Length{}}
		p.Line(label, count(len(c)), c, s)
	}
	return p.Height(150)
}

// Autocorrelation shows autocorrelation functions over the lag, whose label is
// given, such as "lag (steps)". Give a theoretical curve the style Truth.
func Autocorrelation(lag string, curves ...Series) *Panel {
	p := New("", lag, "autocorrelation")
	if len(curves) == 0 {
		return p.fail("Autocorrelation", "has no curves")
	}
	p.HLine("", 0, Style{Color: spineColor, Width: spineWidth})
	low := -0.05
	for _, c := range curves {
		p.Line(c.Label, c.x(), c.Y, c.Style)
		low = min(low, spanOf(c.Y).lo-0.05)
	}
	return p.YRange(max(low, -1.05), 1.03)
}
