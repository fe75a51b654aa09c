package paper

import (
	"math"
	"slices"
	"strconv"

	"natspike/pkg/figure"
	"natspike/pkg/metric"
	model "natspike/pkg/oldtrial"
)

func style(g metric.Geometry) figure.Style {
	if g == metric.Natural {
		return figure.Natural
	}
	return figure.Naive
}

var geometries = []metric.Geometry{metric.Naive, metric.Natural}

// An axis is what a panel shows its columns over.
type axis struct {
	label string
	log   bool
	at    func(c *Cell) float64
	whole bool // a tick at each value, which are few
}

var (
	overRho   = axis{"correlation parameter ρ", false, func(c *Cell) float64 { return c.Setup.Rho }, false}
	overDims  = axis{"number of dimensions", true, func(c *Cell) float64 { return float64(c.Setup.Dims) }, true}
	overScale = axis{"variance of Γ's entries", true, func(c *Cell) float64 { return c.Setup.Scale * c.Setup.Scale }, false}
	overTime  = axis{"time after the onset (ms)", true, func(c *Cell) float64 { return 1e3 * c.Time }, false}
)

// A quantity is a column with what it is called on a panel.
type quantity struct {
	column, label string
	truth         func(s model.Setup) float64 // nil: there is none to show
	log           bool
}

// panel shows a quantity over an axis: for each geometry the mean over repeats of
// the cells that are kept, with its confidence band, and the authors' values with
// their standard errors.
func (r *Result) panel(title string, x axis, q quantity, keep func(c *Cell) bool) *figure.Panel {
	p := figure.New(title, x.label, q.label)
	r.layers(p, x, q, "", keep, func(s figure.Style) figure.Style { return s })
	var at, truth []float64
	for i := range r.Cells {
		if c := &r.Cells[i]; q.truth != nil && keep(c) && c.Setup.Geometry == metric.Natural {
			at, truth = append(at, x.at(c)), append(truth, q.truth(c.Setup))
		}
	}
	if len(at) > 0 {
		p.Line("target", at, truth, figure.Truth)
	}
	return p
}

// layers adds a quantity to a panel, its series named after the geometry and a
// suffix.
func (r *Result) layers(p *figure.Panel, x axis, q quantity, suffix string, keep func(c *Cell) bool, dress func(figure.Style) figure.Style) {
	if x.log {
		p.LogX()
	}
	if q.log {
		p.LogY()
	}
	if x.whole {
		var at []float64
		var names []string
		for i := range r.Cells {
			if v := x.at(&r.Cells[i]); !slices.Contains(at, v) {
				at, names = append(at, v), append(names, strconv.Itoa(int(v)))
			}
		}
		p.XTicks(at, names)
	}
	for _, g := range geometries {
		var at, mean, lo, hi []float64
		var authorsAt, authorsMean, authorsLo, authorsHi []float64
		for i := range r.Cells {
			c := &r.Cells[i]
			if c.Setup.Geometry != g || !keep(c) {
				continue
			}
			e := c.Of(q.column)
			if !math.IsNaN(e.Lo) && (!q.log || e.Lo > 0) {
				at, mean, lo, hi = append(at, x.at(c)), append(mean, e.Mean), append(lo, e.Lo), append(hi, e.Hi)
			}
			if a, ok := c.measured(q.column); ok && (!q.log || a.Mean > a.SE) {
				authorsAt, authorsMean = append(authorsAt, x.at(c)), append(authorsMean, a.Mean)
				authorsLo, authorsHi = append(authorsLo, a.Mean-a.SE), append(authorsHi, a.Mean+a.SE)
			}
		}
		s := dress(style(g))
		faint := s.Opacity > 0 && s.Opacity < 0.8
		if len(at) > 0 {
			p.Band("", at, lo, hi, s).Line(g.String()+suffix, at, mean, s)
		}
		if len(authorsAt) > 0 {
			name := "authors' programs" // one entry of the legend is enough
			if g != metric.Natural || faint {
				name = ""
			}
			p.Intervals("", authorsAt, authorsLo, authorsHi, s).Points(name, authorsAt, authorsMean, s.Markers(figure.Ring))
		}
	}
}

func everything(*Cell) bool { return true }

func targetMean(s model.Setup) float64 { return s.Mean }

func targetVariance(s model.Setup) float64 {
	v, _ := s.Variance()
	return v
}

// quantities returns what the sweeps show of a window, "50", "end" or "fast", with
// or without the squared error, which the fast window does not have.
func quantities(window string, corrected, squaredError bool) []quantity {
	late := corrected && window == "end"
	name := func(column string) string {
		if late {
			return column + "_late"
		}
		return column + "_" + window
	}
	q := []quantity{
		{column: name("mean"), label: "mean", truth: targetMean},
		{column: name("var"), label: "variance", truth: targetVariance},
	}
	if squaredError {
		q = append(q, quantity{column: "mse_" + window, label: "squared error of the mean", log: true})
	}
	if corrected {
		return append(q, quantity{column: "w2_" + window, label: "W₂ (units of z)"})
	}
	return append(q, quantity{column: "w2bins_" + window, label: "W₂ (bins)"})
}

// sweepFigure shows two windows side by side, a quantity in each row.
func (r *Result) sweepFigure(x axis, first, firstTitle, second, secondTitle string, more ...quantity) *figure.Figure {
	squared := first != "fast" && second != "fast"
	a, b := quantities(first, r.Options.Corrected, squared), quantities(second, r.Options.Corrected, squared)
	var panels []figure.Drawing
	for i := range a {
		left, right := "", ""
		if i == 0 {
			left, right = firstTitle, secondTitle
		}
		panels = append(panels,
			r.panel(left, x, a[i], everything).Height(panelHeight),
			r.panel(right, x, b[i], everything).Height(panelHeight))
	}
	for _, q := range more {
		panels = append(panels, r.panel("", x, q, everything).Height(panelHeight))
	}
	return figure.Grid(2, panels...).ShareX().OneLegend().Letters()
}

// panelHeight is that of the plot area of one panel in a grid, in CSS pixels.
const panelHeight = 130
