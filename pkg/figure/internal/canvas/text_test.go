package canvas

import (
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"

	"natspike/pkg/racetest"
)

// TestLetters checks that every sign has letters that the fonts have, that their
// outlines load, and that a letter which is nowhere is an error by name.
func TestLetters(t *testing.T) {
	racetest.Sequential(t)
	for _, f := range liberation.Collection() {
		for g := range f.Face.NumGlyphs() {
			if _, err := f.Face.LoadGlyph(nil, sfnt.GlyphIndex(g), 1000, nil); err != nil {
				t.Fatalf("%s: glyph %d: %v", f.Font.Name(), g, err)
			}
		}
	}
	title, tick := Text{Face: SansBold, Size: 10}, Text{Face: Sans, Size: 8}
	for _, style := range []Text{title, tick} {
		for r := range signs {
			runs, width := style.typeset("x" + string(r))
			if width <= style.Width("x") {
				t.Errorf("%q takes no room", r)
			}
			for _, u := range runs {
				if _, err := letters(u.face, u.text); err != nil {
					t.Errorf("%q: %v", r, err)
				}
			}
		}
		for _, s := range []string{"ABC xyz 0123456789 +−×·±÷=≠≈≤≥<>/%()[]{}", "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", "√∂∑∏∫∞∩→←↔†′″…–—‖°µℓ"} {
			if _, err := letters(style.Face, s); err != nil {
				t.Error(err)
			}
		}
	}
	svg, pdf := NewSVG(100, 100), NewPDF(100, 100)
	title.Draw(svg, "漢", vg.Point{}, LeftBase)
	o := &Outlined{Canvas: pdf}
	title.Draw(o, "漢", vg.Point{}, LeftBase)
	_, err := svg.Document("", "")
	for _, err := range []error{err, o.Err} {
		if err == nil || !strings.Contains(err.Error(), "'漢' (U+6F22)") {
			t.Errorf("a letter that no font has: %v", err)
		}
	}
	if a, b := tick.Width("10⁻¹²"), tick.Width("10−12"); a >= b {
		t.Errorf("a power is %v wide and the same in full size %v", a, b)
	}
}
