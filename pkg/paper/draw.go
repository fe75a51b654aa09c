package paper

import (
	"math"
	"slices"
	"strconv"

	"natspike/pkg/figure"
	"natspike/pkg/metric"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// An axis is what a panel shows its columns over.
type axis struct {
	label string
	log   bool
	at    func(c *Condition) float64
	whole bool // a tick at each value, which are few
}

var (
	overRho   = axis{"correlation parameter ρ", false, func(c *Condition) float64 { return c.Setup.Rho }, false}
	overDims  = axis{"number of dimensions", true, func(c *Condition) float64 { return float64(c.Setup.Dims) }, true}
	overScale = axis{"variance of Γ's entries", true, func(c *Condition) float64 { return c.Setup.Scale * c.Setup.Scale }, false}
	overTime  = axis{"time after the onset (ms)", true, func(c *Condition) float64 { return 1e3 * c.Time }, false}
)

// A quantity is a column with what it is called on a panel.
type quantity struct {
	column, label string
	truth         func(s model.Setup) float64 // nil: there is none to show
	log           bool
}

// panel shows a quantity over an axis: for each geometry the mean over repeats of
// the conditions that are kept, with its confidence band where there are eight
// repeats, and the authors' values with their standard errors. A cross at the foot stands for
// a condition that has no value: no trial succeeded or the statistic does not exist,
// as that of intervals of a silent network, or is not above 0 on a logarithmic axis.
func (r *Result) panel(title string, x axis, q quantity, keep func(c *Condition) bool) *figure.Panel {
	p := figure.New(title, x.label, q.label)
	r.layers(p, x, q, "", keep, func(s figure.Style) figure.Style { return s })
	var at, truth []float64
	for _, c := range r.Conditions {
		if q.truth != nil && keep(c) && c.Setup.Geometry == metric.Natural {
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
func (r *Result) layers(p *figure.Panel, x axis, q quantity, suffix string, keep func(c *Condition) bool, change func(figure.Style) figure.Style) {
	if x.log {
		p.LogX()
	}
	if q.log {
		p.LogY()
	}
	if x.whole {
		var at []float64
		var names []string
		for _, c := range r.Conditions {
			if v := x.at(c); !slices.Contains(at, v) {
				at, names = append(at, v), append(names, strconv.Itoa(int(v)))
			}
		}
		p.XTicks(at, names)
	}
	for _, g := range []metric.Geometry{metric.Naive, metric.Natural} {
		var ours shown
		var authors points
		for _, c := range r.Conditions {
			if c.Setup.Geometry != g || !keep(c) {
				continue
			}
			ours.add(x.at(c), c.Of(q.column), q.log)
			if a, ok := c.Authors(q.column); ok && (!q.log || a.Mean > a.SE) {
				authors.add(x.at(c), a.Mean, a.Mean-a.SE, a.Mean+a.SE)
			}
		}
		s := change(figure.StyleOf(g))
		faint := s.Opacity > 0 && s.Opacity < 0.8
		if b := ours.bounded; len(b.at) > 0 {
			p.Band("", b.at, b.lo, b.hi, s)
		}
		if len(ours.all.at) > 0 {
			p.Line(g.String()+suffix, ours.all.at, ours.all.mean, s)
		}
		ours.markMissing(p, g.String()+suffix, s)
		if len(authors.at) > 0 {
			name := "authors' programs" // one entry of the legend is enough
			if g != metric.Natural || faint {
				name = ""
			}
			p.Intervals("", authors.at, authors.lo, authors.hi, s).Points(name, authors.at, authors.mean, s.Markers(figure.Ring))
		}
	}
}

// points are means over an axis, with the ends of their intervals.
type points struct{ at, mean, lo, hi []float64 }

func (p *points) add(at, mean, lo, hi float64) {
	p.at, p.mean, p.lo, p.hi = append(p.at, at), append(p.mean, mean), append(p.lo, lo), append(p.hi, hi)
}

// shown are the estimates of a column over an axis.
type shown struct {
	all     points
	bounded points    // those with a confidence interval
	missing []float64 // places of those that have no value
}

// add adds an estimate, which on a logarithmic axis must be above 0 to have a place.
func (s *shown) add(at float64, e trial.Estimate, log bool) {
	if math.IsNaN(e.Mean) || log && e.Mean <= 0 {
		s.missing = append(s.missing, at)
		return
	}
	s.all.add(at, e.Mean, e.Lo, e.Hi)
	if e.Bounded() && (!log || e.Lo > 0) {
		s.bounded.add(at, e.Mean, e.Lo, e.Hi)
	}
}

// markMissing marks the places that have no value.
func (s *shown) markMissing(p *figure.Panel, name string, style figure.Style) {
	if len(s.missing) > 0 {
		p.Missing(name+", no value", s.missing, style)
	}
}

func everything(*Condition) bool { return true }

func targetMean(s model.Setup) float64 { return s.Mean }

func targetVariance(s model.Setup) float64 {
	v, _ := s.Variance()
	return v
}

// quantities returns what the sweeps show of a window. The window of 50 ms that the
// programs for probabilistic spiking call fast has no squared error there. The
// corrected moments of all the time after the onset are those of its end.
func quantities(w trial.Window, corrected, squaredError bool) []quantity {
	final := w.Column
	if corrected && w == trial.AfterOnset {
		final = model.Setup{}.Late().Column
	}
	q := []quantity{
		{column: final("mean"), label: "mean", truth: targetMean},
		{column: final("var"), label: "variance", truth: targetVariance},
	}
	if squaredError {
		q = append(q, quantity{column: w.Column("mse"), label: "squared error of the mean", log: true})
	}
	if corrected {
		return append(q, quantity{column: w.Column("w2"), label: "W₂ (units of z)"})
	}
	return append(q, quantity{column: w.Column("w2bins"), label: "W₂ (bins)"})
}

// sweepFigure shows a window of 50 ms and all the time after the onset side by side,
// a quantity in each row.
func (r *Result) sweepFigure(x axis, first trial.Window, firstTitle string, more ...quantity) *figure.Figure {
	a, b := quantities(first, r.Options.Corrected, first != fast), quantities(trial.AfterOnset, r.Options.Corrected, first != fast)
	secondTitle := r.finalWindow()
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
