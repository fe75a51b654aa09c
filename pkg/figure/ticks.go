package figure

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/figure/internal/canvas"
)

// A tick is a mark on an axis; without a label it is a minor one.
type tick struct {
	at    float64 // fraction of the axis
	label string
}

// ticks are the ticks of an axis. The value of a tick is its label times 10^power,
// plus the offset.
type ticks struct {
	marks  []tick
	power  int
	offset string // with its sign; empty for 0
}

// factor returns the power and the offset as text, such as "×10⁶" or "×10⁻¹⁶ + 0.3".
func (t ticks) factor() string {
	var parts []string
	if t.power != 0 {
		parts = append(parts, "×10"+canvas.Superscript(t.power))
	}
	if t.offset != "" {
		parts = append(parts, t.offset)
	}
	return strings.Join(parts, " ")
}

func (t ticks) widest() (w vg.Length) {
	for _, m := range t.marks {
		w = max(w, tickText.Width(m.label))
	}
	return w
}

// ticks returns the ticks of an axis that is length long. room returns the length
// that a label takes along the axis: its width on a horizontal axis, the height of
// a line on a vertical one.
func (s scale) ticks(length vg.Length, room func(label string) vg.Length) ticks {
	lo, hi := math.Log10(s.lo), math.Log10(s.hi)
	first, last := math.Ceil(lo-1e-9), math.Floor(hi+1e-9)
	switch {
	case math.Abs(s.hi-s.lo) < 1e-5*max(math.Abs(s.lo), math.Abs(s.hi)):
		return s.offsetTicks(length, room)
	case !s.log:
		places, power := s.steps(length, room)
		return ticks{marks: s.mark(places), power: power}
	case last-first >= 1:
		return ticks{marks: s.decades(int(first), int(last), length, room)}
	}
	return s.withinDecade(length, room)
}

// mark returns a tick at each place.
func (s scale) mark(places []place) []tick {
	marks := make([]tick, len(places))
	for i, p := range places {
		marks[i] = tick{s.norm(p.at), p.name}
	}
	return marks
}

// offsetTicks labels an axis whose values agree in their leading digits by their
// differences from a short number among them.
func (s scale) offsetTicks(length vg.Length, room func(string) vg.Length) ticks {
	middle := s.lo/2 + s.hi/2
	offset := middle
	for digits := range 17 {
		v, err := strconv.ParseFloat(strconv.FormatFloat(middle, 'e', digits, 64), 64)
		if err == nil && math.Abs(v-middle) <= 2*(s.hi-s.lo) {
			offset = v
			break
		}
	}
	rest := scale{lo: s.lo - offset, hi: s.hi - offset} // exact, since they are so close
	places, power := rest.steps(length, room)
	sign := "+ "
	if offset < 0 {
		sign = "− "
	}
	return ticks{rest.mark(places), power, sign + plain(math.Abs(offset))}
}

// plain writes a positive number in full, or with a power of ten.
func plain(v float64) string {
	if v >= 1e-4 && v < 1e6 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
	e, _ := strconv.Atoi(exponent) // what FormatFloat writes
	return strings.TrimPrefix(mantissa+"×10", "1×") + canvas.Superscript(e)
}

// steps returns the labelled values of a linear axis, and the power of ten by which
// the labels are to be multiplied.
func (s scale) steps(length vg.Length, room func(label string) vg.Length) (places []place, power int) {
	big := math.Max(math.Abs(s.lo), math.Abs(s.hi))
	if big >= 1e5 || big < 1e-3 {
		power = int(math.Floor(math.Log10(big) + 1e-9))
	}
	unit := math.Pow10(power)
	raw, slack := (s.hi-s.lo)/unit, 1e-9*(s.hi-s.lo)
	if !finite(s.hi - s.lo) {
		raw, slack = s.hi/unit-s.lo/unit, 0
	}
	linear := scale{lo: s.lo, hi: s.hi}
	// As many ticks as fit without overlapping labels.
	var coarsest []place
	for want := 9; want >= 2; want-- {
		step, digits := niceStep(raw / float64(want-1))
		var places []place
		fits, end := true, vg.Length(math.Inf(-1))
		for k := math.Ceil(s.lo/unit/step - 1e-9); len(places) <= want; k++ {
			v := k * step * unit
			if v > s.hi+slack || !finite(v) {
				break
			}
			label := number(k*step, digits)
			x, w := length*vg.Length(linear.norm(v)), room(label)
			fits = fits && x-w/2 >= end
			end = x + w/2
			places = append(places, place{v, label})
		}
		if len(places) < 2 {
			break
		}
		if coarsest = places; fits {
			return places, power
		}
	}
	// Not even two fit: mark the ends, or one of them.
	if n := len(coarsest); n > 1 {
		first, last := coarsest[0], coarsest[n-1]
		apart := length * vg.Length(linear.norm(last.at)-linear.norm(first.at))
		if (room(first.name)+room(last.name))/2 <= apart {
			return []place{first, last}, power
		}
		return []place{last}, power
	}
	return coarsest, power
}

// niceStep returns the smallest of 1, 2, 2.5 and 5 times a power of ten that is
// not below raw, and the decimals it needs.
func niceStep(raw float64) (step float64, digits int) {
	e := int(math.Floor(math.Log10(raw)))
	base := math.Pow10(e)
	for _, m := range []struct {
		f float64
		d int
	}{{1, 0}, {2, 0}, {2.5, 1}, {5, 0}, {10, -1}} {
		if m.f*base >= raw*(1-1e-9) {
			return m.f * base, max(0, m.d-e)
		}
	}
	return 10 * base, max(0, -1-e)
}

// number writes v with a true minus sign.
func number(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return strings.Replace(s, "-", "−", 1)
}

// decades returns ticks at the powers of ten of a logarithmic axis, from 10^first to
// 10^last, and where there is room at their multiples.
func (s scale) decades(first, last int, length vg.Length, room func(string) vg.Length) (marks []tick) {
	plain := first >= -3 && last <= 4
	name := func(k int) string {
		if plain {
			return number(math.Pow10(k), max(0, -k))
		}
		return "10" + canvas.Superscript(k)
	}
	var widest vg.Length
	for k := first; k <= last; k++ {
		widest = max(widest, room(name(k)))
	}
	decade := length / vg.Length(math.Log10(s.hi)-math.Log10(s.lo))
	fine := plain && last-first <= 2 && 0.3*decade > widest // room for 2 and 5
	every := max(1, int(math.Ceil(float64(widest/decade))))
	for k := first - 1; k <= last; k++ {
		if labelled := (k%every+every)%every == 0; k >= first && (labelled || decade >= 2*px) {
			t := tick{at: s.norm(math.Pow10(k))}
			if labelled {
				t.label = name(k)
			}
			marks = append(marks, t)
		}
		if every > 1 || decade < 30*px {
			continue
		}
		for m := 2.0; m < 10; m++ {
			v := m * math.Pow10(k)
			if v < s.lo || v > s.hi {
				continue
			}
			t := tick{at: s.norm(v)}
			if fine && (m == 2 || m == 5) {
				t.label = number(v, max(0, -k))
			}
			marks = append(marks, t)
		}
	}
	return marks
}

// withinDecade returns the ticks of a logarithmic axis of less than about a decade:
// at 1, 2 and 5, or at linear steps if those are too few or do not fit.
func (s scale) withinDecade(length vg.Length, room func(string) vg.Length) ticks {
	var marks []tick
	labels, fits, end := 0, s.lo >= 1e-6 && s.hi < 1e7, vg.Length(math.Inf(-1))
	for k := int(math.Floor(math.Log10(s.lo))); k <= int(math.Ceil(math.Log10(s.hi))); k++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow10(k)
			if v < s.lo*(1-1e-9) || v > s.hi*(1+1e-9) {
				continue
			}
			t := tick{at: s.norm(v)}
			if m == 1 || m == 2 || m == 5 {
				t.label = number(v, max(0, -k))
				labels++
				x, w := length*vg.Length(t.at), room(t.label)
				fits = fits && x-w/2 >= end
				end = x + w/2
			}
			marks = append(marks, t)
		}
	}
	if labels >= 2 && fits {
		return ticks{marks: marks}
	}
	// Linear steps crowd at the upper end: fewer of them, for half the length.
	places, power := s.steps(length/2, room)
	return ticks{marks: s.mark(places), power: power}
}
