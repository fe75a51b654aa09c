package figure

import (
	"fmt"

	"gonum.org/v1/plot"
)

// Add draws plotters of gonum/plot, such as a box plot, between the axes. Their
// colours and fonts are their own.
func (p *Panel) Add(plotters ...plot.Plotter) *Panel {
	for _, g := range plotters {
		x, y := loose(nowhere), loose(nowhere)
		if r, ok := g.(plot.DataRanger); ok {
			x.lo, x.hi, y.lo, y.hi = r.DataRange()
			for _, v := range []float64{x.lo, x.hi, y.lo, y.hi} {
				if !finite(v) {
					return p.fail(fmt.Sprintf("Add: the range of %T", g), "ends at %v, which is not finite", v)
				}
			}
		}
		p.add(drawFunc(func(a *area, _ Style) {
			axes := plot.New()
			set := func(axis *plot.Axis, s scale) {
				if axis.Min, axis.Max = s.lo, s.hi; s.log {
					axis.Scale = plot.LogScale{}
				}
			}
			set(&axes.X, a.xs)
			set(&axes.Y, a.ys)
			g.Plot(a.Canvas, axes)
		}), x, y, Style{}, "", 0)
	}
	return p
}
