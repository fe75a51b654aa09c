package figure

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
)

// A tick is a mark on an axis; without a label it is a minor one.
type tick struct {
	at    float64
	label string
}

// A scale maps values to [0, 1] along an axis.
type scale struct {
	lo, hi float64
	log    bool
}

func (s scale) norm(v float64) float64 {
	if s.log {
		if v <= 0 {
			return -farBelow
		}
		a := math.Log(s.lo)
		return (math.Log(v) - a) / (math.Log(s.hi) - a)
	}
	return (v - s.lo) / (s.hi - s.lo)
}

// farBelow is where, in lengths of the axis below its start, a logarithmic axis
// puts values that it does not have: where a line to one leaves the page.
const farBelow = 1e3

// at is the inverse of norm.
func (s scale) at(f float64) float64 {
	if s.log {
		a := math.Log(s.lo)
		return math.Exp(a + f*(math.Log(s.hi)-a))
	}
	return s.lo + f*(s.hi-s.lo)
}

// ticks returns the marks of an axis that is length long, and the power of ten
// that all labels leave out, 0 for none. room is how much of the axis a label
// takes: its width on a horizontal axis, a line's height on a vertical one.
func (s scale) ticks(length vg.Length, room func(label string) vg.Length) (marks []tick, power int) {
	if s.log {
		return s.logTicks(length, room)
	}
	span := s.hi - s.lo
	big := math.Max(math.Abs(s.lo), math.Abs(s.hi))
	if big >= 1e5 || big < 1e-3 {
		power = int(math.Floor(math.Log10(big) + 1e-9))
	}
	unit := math.Pow10(power)
	// From many ticks to few, the first whose labels stand clear of each other.
	var coarsest []tick
	for want := 9; want >= 2; want-- {
		step, digits := niceStep(span / unit / float64(want-1))
		var marks []tick
		fits, end := true, vg.Length(math.Inf(-1))
		for k := math.Ceil(s.lo/unit/step - 1e-9); k*step*unit <= s.hi+1e-9*span; k++ {
			t := tick{k * step * unit, number(k*step, digits)}
			x, w := length*vg.Length(s.norm(t.at)), room(t.label)
			fits = fits && x-w/2 >= end
			end = x + w/2
			marks = append(marks, t)
		}
		if len(marks) < 2 {
			break
		}
		if coarsest = marks; fits {
			return marks, power
		}
	}
	// Not even two fit: mark the ends, or one of them.
	if n := len(coarsest); n > 1 {
		first, last := coarsest[0], coarsest[n-1]
		apart := length * vg.Length(s.norm(last.at)-s.norm(first.at))
		if (room(first.label)+room(last.label))/2 <= apart {
			return []tick{first, last}, power
		}
		return []tick{last}, power
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

func (s scale) logTicks(length vg.Length, room func(string) vg.Length) (marks []tick, power int) {
	lo, hi := math.Log10(s.lo), math.Log10(s.hi)
	first, last := int(math.Ceil(lo-1e-9)), int(math.Floor(hi+1e-9))
	if last-first < 1 {
		return s.shortLogTicks(length, room)
	}
	plain := first >= -3 && last <= 4
	name := func(k int) string {
		switch {
		case plain && k < 0:
			return strconv.FormatFloat(math.Pow10(k), 'f', -k, 64)
		case plain:
			return strconv.FormatFloat(math.Pow10(k), 'f', 0, 64)
		}
		return "10" + superscript(k)
	}
	var widest vg.Length
	for k := first; k <= last; k++ {
		widest = max(widest, room(name(k)))
	}
	decade := length / vg.Length(hi-lo)
	fine := plain && last-first <= 2 && 0.3*decade > widest // room for 2 and 5
	every := max(1, int(math.Ceil(float64(widest/decade))))
	for k := first - 1; k <= last; k++ {
		if k >= first {
			t := tick{at: math.Pow10(k)}
			if (k%every+every)%every == 0 {
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
			t := tick{at: v}
			if fine && (m == 2 || m == 5) {
				t.label = number(v, max(0, -k))
			}
			marks = append(marks, t)
		}
	}
	return marks, 0
}

// shortLogTicks marks an axis of less than a decade or so at 1, 2 and 5, or at
// linear steps where that is too coarse or does not fit.
func (s scale) shortLogTicks(length vg.Length, room func(string) vg.Length) (marks []tick, power int) {
	labels, fits, end := 0, true, vg.Length(math.Inf(-1))
	for k := int(math.Floor(math.Log10(s.lo))); k <= int(math.Ceil(math.Log10(s.hi))); k++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow10(k)
			if v < s.lo*(1-1e-9) || v > s.hi*(1+1e-9) {
				continue
			}
			t := tick{at: v}
			if m == 1 || m == 2 || m == 5 {
				t.label = number(v, max(0, -k))
				labels++
				x, w := length*vg.Length(s.norm(v)), room(t.label)
				fits = fits && x-w/2 >= end
				end = x + w/2
			}
			marks = append(marks, t)
		}
	}
	if labels >= 2 && fits {
		return marks, 0
	}
	// Linear steps crowd at the upper end: fewer of them, for half the length.
	return scale{lo: s.lo, hi: s.hi}.ticks(length/2, room)
}

// superscript writes k in raised digits.
func superscript(k int) string {
	var b strings.Builder
	for _, r := range strconv.Itoa(k) {
		if r == '-' {
			b.WriteRune('⁻')
			continue
		}
		b.WriteRune([]rune(superscripts)[r-'0'])
	}
	return b.String()
}
