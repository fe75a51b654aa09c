package figure

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestDescribe checks what readers get who do not see the picture.
func TestDescribe(t *testing.T) {
	line := func() *Panel {
		return New("How it relaxes", "time (s)", "mean").Line("natural", []float64{0, 1}, []float64{2, 3})
	}
	for want, d := range map[string]fmt.Stringer{
		"How it relaxes. X axis time (s) from 0 to 1; y axis mean from 1.95 to 3.05: natural.": line(),
		"X axis from 0 to 1; y axis from 0 to 1.":                                              New("", "", ""),
		"The mean grows.": line().Alt("The mean grows."),
		"Both grow.":      Row(line(), line()).Alt("Both grow."),
		"Two. a: It grows. b: X axis d from 1 to 10, logarithmic; y axis at low, high.": Row(line().Alt("It grows."),
			New("", "d", "").LogX().YTicks([]float64{0, 1}, []string{"low", "high"})).Title("Two").Letters(),
		"X axis at 1, 2; y axis at 1; colours Σ from −1 to 1.":       New("", "", "").HeatMap(mat.NewDense(1, 2, nil), -1, 1, Balance).ColorBar("Σ", -1, 1, Balance),
		"X axis from 1 to 1.0000000000000002; y axis from 0 to 1.":   New("", "", "").XRange(1, math.Nextafter(1, 2)),
		`no figure: figure: HLine "": place = NaN is not finite`:     New("", "", "").HLine("", math.NaN()),
		"no figure: out of luck":                                     Failed(errors.New("out of luck")),
		"animation of 3 frames":                                      Animation{Frames: 3},
		"default":                                                    Style{},
		"#5d3a9b, dashed, 0.75 px wide, square markers, 35 % opaque": Natural.Dashed().Thin().Faint().Markers(Square),
		"Marker(7)": Marker(7),
	} {
		if got := d.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	svg, err := line().Alt("a < b").SVG()
	if want := "<title>How it relaxes</title>\n<desc>a &lt; b</desc>"; err != nil || !bytes.Contains(svg, []byte(want)) {
		t.Errorf("%s is not in the SVG (%v)", want, err)
	}
}
