package figure

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"natspike/pkg/metric"
)

// TestToldApart counts the looks of lines and points in a panel of n: up to four
// differ in colour alone, more also in dashes and shapes, all of them in one of
// the two.
func TestToldApart(t *testing.T) {
	x := []float64{0, 1}
	for _, n := range []int{4, 5, 9} {
		p := New("", "", "")
		for i := range n {
			p.Line(strconv.Itoa(i), x, x).Points(strconv.Itoa(i), x, x)
		}
		p.Line("truth", x, x, Truth).Line("", x, x).Line("solid", x, x, Style{Dashes: dashPatterns[0]}).Line("marked", x, x, Style{Marker: Ring})
		items := distinguish([]*Panel{p})[0]
		var looks []string
		for _, i := range items[:2*n] {
			apart := i.style.Dashes != nil || i.style.Marker != 0
			if apart != (n > byColor) {
				t.Errorf("%d series: %s has the style %v", n, i.label, i.style)
			}
			look := fmt.Sprint(i.kind, i.style, i.style.Dashes)
			if slices.Contains(looks, look) {
				t.Errorf("%d series: two look like %s", n, look)
			}
			looks = append(looks, look)
		}
		for k, i := range items[2*n:] {
			if got, want := len(i.style.Dashes), []int{2, 0, 0, 0}[k]; got != want {
				t.Errorf("%d series: line %q has %d dashes; want %d", n, i.label, got, want)
			}
		}
	}
}

// TestOneLook checks that a name has one look in all panels of a figure.
func TestOneLook(t *testing.T) {
	x := []float64{0, 1}
	many, few := New("", "", ""), New("", "", "")
	for i := range 6 {
		many.Line(strconv.Itoa(i), x, x)
	}
	few.Line("5", x, x).Line("0", x, x)
	items := distinguish([]*Panel{few, many})
	for _, i := range items[0] {
		for _, j := range items[1] {
			if i.label == j.label && !slices.Equal(i.style.Dashes, j.style.Dashes) {
				t.Errorf("line %s has dashes %v and %v", i.label, i.style.Dashes, j.style.Dashes)
			}
		}
	}
	if slices.Equal(items[0][0].style.Dashes, items[0][1].style.Dashes) {
		t.Error("two lines have the same dashes")
	}
}

func TestStyleOf(t *testing.T) {
	half := StyleOf(metric.Power(0.5)).Color
	for _, c := range []struct {
		g    metric.Geometry
		want Style
	}{{metric.Naive, Naive}, {metric.Natural, Natural}, {metric.Power(2), Color(Grey)}, {metric.Power(-1), Color(Grey)}, {metric.Fixed(metric.Identity(2)), Color(Grey)}} {
		if got := StyleOf(c.g); got.String() != c.want.String() {
			t.Errorf("%v has the style %v; want %v", c.g, got, c.want)
		}
	}
	if half == Naive.Color || half == Natural.Color || half == Color(Grey).Color {
		t.Errorf("Σ^0.5 has the colour %v", half)
	}
}
