package nb

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestKnobs checks the positions of sliders: ascending, from end to end, at
// round numbers, and at the value.
func TestKnobs(t *testing.T) {
	for _, c := range []struct {
		knob              *Number
		least, most       int // positions
		first, last, name string
	}{
		{Slider("ρ", 0, 0.99, 0.75), 100, 100, "0", "0.99", "0.75"},
		{Slider("μ", -3, 3, 0.123), 62, 122, "−3", "3", "0.123"},
		{Slider("x", 0.013, 7.7, 1), 40, 90, "0.013", "7.7", "1"},
		{Slider("far", 1e6, 1e6+1, 1e6), 101, 101, "1×10⁶", "1×10⁶", "1×10⁶"},
		{LogSlider("Δt (s)", 1e-6, 1e-2, 1e-4), 97, 97, "1×10⁻⁶", "0.01", "0.0001"},
		{LogSlider("n", 1, 2, 1.5), 20, 23, "1", "2", "1.5"},
		{LogSlider("all", 1e-300, 1e300, 1), 200, 203, "1×10⁻³⁰⁰", "1×10³⁰⁰", "1"},
		{IntSlider("p", 2, 20, 10), 19, 19, "2", "20", "10"},
	} {
		label, names, at := c.knob.positions()
		if c.knob.err() != nil || len(names) < c.least || len(names) > c.most || names[0] != c.first || names[len(names)-1] != c.last || names[at] != c.name {
			t.Errorf("%s: %d positions from %s to %s, at %s (%v)", label, len(names), names[0], names[len(names)-1], names[at], c.knob.err())
		}
		if !slices.IsSorted(c.knob.values) || len(slices.Compact(slices.Clone(c.knob.values))) != len(c.knob.values) {
			t.Errorf("%s: positions do not ascend: %v", label, c.knob.values)
		}
		if got, want := c.knob.String(), label+" = "+c.name; got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
	n := IntSlider("p", 2, 20, 10)
	n.set(0)
	if n.Int() != 2 {
		t.Errorf("position 0 is %d; want 2", n.Int())
	}
	n.set(99)
	if n.Value() != 20 {
		t.Errorf("beyond the end it is %v; want 20", n.Value())
	}
	m := Menu("geometry", "naive", "natural")
	m.set(1)
	if m.Value() != "natural" || m.Index() != 1 || m.String() != "geometry = natural" {
		t.Errorf("the menu is at %q, %d, %v", m.Value(), m.Index(), m)
	}
	for _, bad := range []*Number{Slider("", 1, 0, 1), Slider("", 0, 1, 2), Slider("", 0, 1, math.NaN()), Slider("", 0, math.Inf(1), 1), Slider("", -1.7e308, 1.7e308, 0), Slider("", 1, math.Nextafter(1, 2), 1), LogSlider("", 0, 1, 1), IntSlider("", 0, 5000, 1)} {
		if bad.err() == nil || bad.Value() != 0 {
			t.Errorf("a slider with %v is made", bad.values)
		}
	}
}

func TestShort(t *testing.T) {
	for v, want := range map[any]string{0.75: "0.75", 0.1 + 0.2: "0.3", 12345.678: "12350", 1e6: "1×10⁶", -2.5e-7: "−2.5×10⁻⁷", 0.0: "0", 100.0: "100", 3: "3", "naive": "naive", math.Inf(1): "∞"} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %q; want %q", v, got, want)
		}
	}
}

// FuzzSliders makes sliders of any ends: one is refused with a sentence, or has
// finite ascending positions, its ends and its value among them.
func FuzzSliders(f *testing.F) {
	f.Add(0.0, 1.0, 0.75)
	f.Add(1e-300, 1e300, 1.0)
	f.Add(-5.0, 5.0, 5.0)
	f.Add(1.0, math.Nextafter(1, 2), 1.0)
	f.Fuzz(func(t *testing.T, lo, hi, value float64) {
		whole := func(x float64) int { return int(max(-1e6, min(x, 1e6))) }
		sliders := []*Number{Slider("s", lo, hi, value), LogSlider("l", lo, hi, value)}
		if lo == lo && hi == hi && value == value {
			sliders = append(sliders, IntSlider("i", whole(lo), whole(hi), whole(value)))
		}
		for _, s := range sliders {
			if err := s.err(); err != nil {
				if s.Value() != 0 || !strings.HasPrefix(err.Error(), "nb: slider ") {
					t.Errorf("%v, and its value is %v", err, s.Value())
				}
				continue
			}
			_, names, at := s.positions()
			if len(names) != len(s.values) || len(names) < 2 || len(names) > 1002 || at < 0 || at >= len(names) {
				t.Fatalf("%s has %d positions and stands at %d", s.label, len(names), at)
			}
			for i, v := range s.values {
				if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && s.values[i-1] >= v {
					t.Fatalf("%s from %v to %v has %v at %d", s.label, lo, hi, v, i)
				}
			}
			s.set(len(names) + 5)
			if s.Value() != s.values[len(names)-1] {
				t.Errorf("%s ends at %v", s.label, s.Value())
			}
		}
	})
}
