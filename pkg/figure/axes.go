package figure

import (
	"math"
)

// A span is a range of values. nowhere is the empty one.
type span struct{ lo, hi float64 }

var nowhere = span{math.Inf(1), math.Inf(-1)}

func (s span) empty() bool       { return s.lo > s.hi }
func (s span) union(t span) span { return span{math.Min(s.lo, t.lo), math.Max(s.hi, t.hi)} }

func spanOf(values ...[]float64) span {
	s := nowhere
	for _, v := range values {
		for _, x := range v {
			s.lo, s.hi = min(s.lo, x), max(s.hi, x)
		}
	}
	return s
}

// An extent is the range of a layer along an axis. At a tight end the axis ends with
// the data; at a loose end it leaves a margin.
type extent struct {
	span
	tightLo, tightHi bool
}

func loose(s span) extent { return extent{span: s} }
func tight(s span) extent { return extent{s, true, true} }

// An axis is the x or the y axis of a panel.
type axis struct {
	name       string // x or y
	label      string
	log        bool
	fixed      span    // range that the user set; nowhere if none
	named      []place // ticks that the user set; nil for numbers
	unlabelled bool    // whether the axis has neither tick labels nor a label

	data             span // of the layers
	looseLo, looseHi bool // whether the axis leaves a margin at that end
}

// A place is a value with a name, for a tick.
type place struct {
	at   float64
	name string
}

// include extends the axis to the extent of one more layer.
func (a *axis) include(e extent) {
	if e.empty() {
		return
	}
	if e.lo < a.data.lo || e.lo == a.data.lo && !e.tightLo {
		a.looseLo = !e.tightLo
	}
	if e.hi > a.data.hi || e.hi == a.data.hi && !e.tightHi {
		a.looseHi = !e.tightHi
	}
	a.data = a.data.union(e.span)
}

// span returns the range of the axis: the fixed one, or that of its layers with
// a margin.
func (a *axis) span() span {
	s, looseLo, looseHi := a.data, a.looseLo, a.looseHi
	switch {
	case !a.fixed.empty():
		return a.fixed
	case s.empty() && a.log:
		return span{1, 10}
	case s.empty():
		return span{0, 1}
	case a.log && s.lo <= 0:
		return s // Err refuses it
	case a.log:
		pad := math.Pow(s.hi/s.lo, 0.05)
		if math.IsInf(pad, 1) {
			pad = math.Exp(0.05 * (math.Log(s.hi) - math.Log(s.lo)))
		}
		if s.lo == s.hi {
			pad = 2
		}
		if looseLo {
			s.lo /= pad
		}
		if looseHi {
			s.hi *= pad
		}
		return resolved(s, true)
	}
	pad := 0.1 * (s.hi/2 - s.lo/2) // halves, since the difference may overflow
	if s.lo == s.hi {
		pad = 0.5 * math.Max(math.Abs(s.lo), minRange)
		if s.lo == 0 {
			pad = 1
		}
		looseLo, looseHi = true, true
	}
	if looseLo {
		s.lo -= pad
	}
	if looseHi {
		s.hi += pad
	}
	return resolved(s, false)
}

// padded returns s with a margin that is a share of its length.
func (s span) padded(share float64) span {
	pad := share * 2 * (s.hi/2 - s.lo/2)
	if s.lo == s.hi {
		pad = max(math.Abs(s.lo)/2, 1e-9)
	}
	return resolved(span{s.lo - pad, s.hi + pad}, false)
}

// minRange is the shortest range of an axis. Ticks of a shorter one would be
// too close together for floating-point numbers.
const minRange = 1e-300

// resolved widens a range whose ends floating-point numbers hardly tell apart, and
// clips one that goes beyond these numbers.
func resolved(s span, log bool) span {
	least := 1e-307 // math.Log is not exact of denormal numbers
	if !log {
		least = -math.MaxFloat64
	}
	s.lo, s.hi = max(s.lo, least), min(s.hi, math.MaxFloat64)
	big := max(math.Abs(s.lo), math.Abs(s.hi))
	want := 16 * (big - math.Nextafter(big, 0))
	if !log {
		want = max(want, minRange)
	}
	if s.hi-s.lo < want {
		s.lo, s.hi = max(s.lo-want/2, least), min(s.hi+want/2, math.MaxFloat64)
	}
	if log && s.hi < minRange { // no linear ticks there: show powers of ten
		s.hi = max(s.hi, 1000*s.lo)
	}
	return s
}

// A scale maps values to fractions of an axis.
type scale struct {
	lo, hi float64
	log    bool
}

const (
	// farBelow is the distance below its start, in lengths of the axis, at which a
	// logarithmic axis has values that are not positive. A line to one leaves the
	// page.
	farBelow = 1e3

	// farAway is the largest distance of a value, in lengths of the axis. Clipping
	// points further away would lose the digits of the page.
	farAway = 1e9
)

// norm returns the place of v on the axis: 0 at its start, 1 at its end.
func (s scale) norm(v float64) float64 {
	var f float64
	switch {
	case s.log && v <= 0:
		return -farBelow
	case s.log:
		a, b := math.Log(s.lo), math.Log(s.hi)
		if f = (math.Log(v) - a) / (b - a); b-a < 1e-3 { // logarithms too much alike
			f = math.Log1p((v-s.lo)/s.lo) / math.Log1p((s.hi-s.lo)/s.lo)
		}
	default:
		if f = (v - s.lo) / (s.hi - s.lo); math.IsInf(s.hi-s.lo, 1) {
			f = (v/2 - s.lo/2) / (s.hi/2 - s.lo/2)
		}
	}
	return min(max(f, -farAway), farAway)
}

// at is the inverse of norm on the axis.
func (s scale) at(f float64) float64 {
	if s.log {
		a := math.Log(s.lo)
		return min(math.Exp(a+f*(math.Log(s.hi)-a)), math.MaxFloat64)
	}
	if d := s.hi - s.lo; finite(d) {
		return s.lo + f*d
	}
	return s.lo*(1-f) + s.hi*f
}
