package figure

import "natspike/pkg/diag"

// Estimates draws the mean of each estimate at its x, with a bar of two standard
// errors to both sides, and a thin line through the means. Estimates whose mean is
// NaN are left out. An estimate of one repeat has no bar. On a logarithmic axis a
// bar reaches down to a twentieth of its mean at most.
func (p *Panel) Estimates(label string, x []float64, e []diag.Estimate, style ...Style) *Panel {
	if len(x) != len(e) {
		return p.fail(of("Estimates", label, "x"), "has %d values for %d estimates", len(x), len(e))
	}
	var at, mean, barAt, lo, hi []float64
	for i, e := range e {
		if e.Mean != e.Mean {
			continue
		}
		at, mean = append(at, x[i]), append(mean, e.Mean)
		if e.N == 1 {
			continue
		}
		low := e.Mean - float64(2*e.SE)
		if p.axes[1].log && e.Mean > 0 {
			low = max(low, e.Mean/20)
		}
		barAt, lo, hi = append(barAt, x[i]), append(lo, low), append(hi, e.Mean+float64(2*e.SE))
	}
	s := p.style("Estimates", label, style)
	line := s.Thin()
	if line.Marker == 0 {
		line = line.Markers(Dot)
	}
	if len(barAt) > 0 {
		p.Intervals("", barAt, lo, hi, s)
	}
	return p.Line(label, at, mean, line)
}
