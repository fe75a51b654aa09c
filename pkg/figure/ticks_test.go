package figure

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/racetest"
)

// value reads a label back.
func value(t *testing.T, label string) float64 {
	s := strings.Replace(label, "−", "-", 1)
	if exp, ok := strings.CutPrefix(s, "10"); ok && exp != "" && strings.ContainsAny(exp, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻") {
		var b strings.Builder
		for _, r := range exp {
			i := strings.IndexRune("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", r)
			b.WriteRune([]rune("0123456789+-")[len([]rune("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"[:i]))])
		}
		k, err := strconv.Atoi(b.String())
		if err != nil {
			t.Fatalf("label %q: %v", label, err)
		}
		return math.Pow10(k)
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("label %q: %v", label, err)
	}
	return v
}

// TestTicks draws random ranges. Labels must say where their tick is, to half a
// unit in the last place of theirs; lie within the range; ascend; keep clear of
// each other; and be at least two.
func TestTicks(t *testing.T) {
	racetest.Sequential(t)
	rng := rand.New(rand.NewPCG(5, 6))
	room := func(s string) vg.Length { return tickText.Width(s) + 12*px }
	for range 4000 {
		length := vg.Length(40+700*rng.Float64()) * px
		s := scale{log: rng.IntN(3) == 0}
		s.lo = math.Pow(10, 16*rng.Float64()-8)
		if s.log {
			s.hi = s.lo * math.Pow(10, 0.3+10*rng.Float64())
		} else {
			s.lo *= float64(1 - 2*rng.IntN(2))
			s.hi = s.lo + math.Abs(s.lo)*math.Pow(10, 7*rng.Float64()-4)
		}
		found := s.ticks(length, room)
		marks, power := found.marks, found.power
		if found.offset != "" {
			t.Fatalf("%+v: labels from %q", s, found.offset)
		}
		labelled, before, end := 0, math.Inf(-1), vg.Length(math.Inf(-1))
		for _, m := range marks {
			if m.at < -1e-6 || m.at > 1+1e-6 {
				t.Fatalf("%+v: tick at %v is outside", s, m.at)
			}
			if m.label == "" {
				continue
			}
			labelled++
			got := value(t, m.label) * math.Pow10(power)
			if at := s.at(m.at); math.Abs(got-at) > 1e-6*(s.hi-s.lo)+1e-12*math.Abs(at) {
				t.Fatalf("%+v: label %q (×10^%d) at %v", s, m.label, power, at)
			}
			if s.log {
				continue // major and minor ticks are not in one order
			}
			if m.at <= before {
				t.Fatalf("%+v: ticks do not ascend", s)
			}
			x, w := length*vg.Length(m.at), room(m.label)
			if x-w/2 < end-1e-9 && length > 3*w {
				t.Fatalf("%+v: labels overlap on %v: %v", s, length, marks)
			}
			before, end = m.at, x+w/2
		}
		if labelled < 2 && length > 5*room("−0.00001") {
			t.Fatalf("%+v: %d labels on %v: %v", s, labelled, length, marks)
		}
	}
}

func TestTickLabels(t *testing.T) {
	wide := func(string) vg.Length { return 40 }
	for _, c := range []struct {
		scale
		length vg.Length
		want   string
		power  int
	}{
		{scale{0, 6, false}, 400, "0 1 2 3 4 5 6", 0},
		{scale{-1, 1, false}, 300, "−1.0 −0.5 0.0 0.5 1.0", 0},
		{scale{0, 2e6, false}, 300, "0.0 0.5 1.0 1.5 2.0", 6},
		{scale{0, 3e-5, false}, 200, "0 1 2 3", -5},
		{scale{1, 1000, true}, 400, "1 10 100 1000", 0},
		{scale{1e-8, 1, true}, 300, "10⁻⁸ 10⁻⁶ 10⁻⁴ 10⁻² 10⁰", 0},
		{scale{2, 60, true}, 300, "2 5 10 20 50", 0},
	} {
		found := c.ticks(c.length, wide)
		marks, power := found.marks, found.power
		var got []string
		for _, m := range marks {
			if m.label != "" {
				got = append(got, m.label)
			}
		}
		sortByValue(t, got)
		if s := strings.Join(got, " "); s != c.want || power != c.power {
			t.Errorf("%+v: %q ×10^%d; want %q ×10^%d", c.scale, s, power, c.want, c.power)
		}
	}
}

func sortByValue(t *testing.T, s []string) {
	for i := range s {
		for j := i; j > 0 && value(t, s[j]) < value(t, s[j-1]); j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
}

// TestOffset labels axes whose values agree in their first digits by the
// differences from a short number, and only those.
func TestOffset(t *testing.T) {
	wide := func(string) vg.Length { return 40 }
	ulp := math.Nextafter(0.3, 1) - 0.3
	for _, c := range []struct {
		scale
		want, factor string
	}{
		{scale{0.3 - 8*ulp, 0.3 + 8*ulp, false}, "−4 −2 0 2 4", "×10⁻¹⁶ + 0.3"},
		{scale{0.3 - 8*ulp, 0.3 + 8*ulp, true}, "−4 −2 0 2 4", "×10⁻¹⁶ + 0.3"},
		{scale{1, math.Nextafter(1, 2), false}, "0.0 0.5 1.0 1.5 2.0", "×10⁻¹⁶ + 1"},
		{scale{-1e15 - 2, -1e15 + 2, false}, "−2 −1 0 1 2", "− 10¹⁵"},
		{scale{1.7e18, 1.7e18 + 1024, false}, "0 200 400 600 800 1000", "+ 1.7×10¹⁸"},
		{scale{100000, 100000.5, false}, "0.0 0.1 0.2 0.3 0.4 0.5", "+ 100000"},
		{scale{2020, 2024, false}, "2020 2021 2022 2023 2024", ""},
		{scale{-math.MaxFloat64, math.MaxFloat64, false}, "−1.5 −1.0 −0.5 0.0 0.5 1.0 1.5", "×10³⁰⁸"},
	} {
		found := c.ticks(300, wide)
		var got []string
		for _, m := range found.marks {
			got = append(got, m.label)
		}
		if s := strings.Join(got, " "); s != c.want || found.factor() != c.factor {
			t.Errorf("%+v: %q %q; want %q %q", c.scale, s, found.factor(), c.want, c.factor)
		}
	}
}
