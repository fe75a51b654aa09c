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
		p.add(&plotterLayer{g, x, y}, Style{}, "", 0)
	}
	return p
}

type plotterLayer struct {
	plot.Plotter
	x, y extent
}

func (l *plotterLayer) bounds() (x, y extent) { return l.x, l.y }

func (l *plotterLayer) draw(a *area, _ Style) {
	axes := plot.New()
	for _, x := range []struct {
		*plot.Axis
		scale
	}{{&axes.X, a.xs}, {&axes.Y, a.ys}} {
		x.Axis.Min, x.Axis.Max = x.scale.lo, x.scale.hi
		if x.scale.log {
			x.Axis.Scale = plot.LogScale{}
		}
	}
	l.Plot(a.Canvas, axes)
}
