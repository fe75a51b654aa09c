package figure

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestSVG parses a document of everything.
func TestSVG(t *testing.T) {
	p := New("a < b & c", "x", "y").Points("p", []float64{1, 2}, []float64{1, 2}, Style{Marker: Ring}).
		Band("b", []float64{0, 1}, []float64{0, 1}, []float64{1, 2}).
		Ellipse("e", []float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1}), 0.9)
	f := p.Figure().Title("<title> & more")
	data, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	ids, uses := map[string]bool{}, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			switch {
			case a.Name.Local == "id":
				ids[a.Value] = true
			case e.Name.Local == "use" && a.Name.Local == "href":
				uses++
				if !ids[strings.TrimPrefix(a.Value, "#")] {
					t.Errorf("%s is used and not defined", a.Value)
				}
			case strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf"):
				t.Errorf("%s %s=%q", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
	if uses == 0 {
		t.Error("no letters")
	}
}

// TestNames checks what a figure is called where it cannot be seen.
func TestNames(t *testing.T) {
	f := Row(New("naive", "", ""), Column(New("natural", "", ""), New("", "", ""))).Title("Two geometries")
	svg, err := f.SVG()
	if want := "<title>Two geometries, naive, natural</title>"; err != nil || !bytes.Contains(svg, []byte(want)) {
		t.Errorf("%s is not in the SVG (%v)", want, err)
	}
	pdf, err := f.PDF()
	if want := "/Title (\xfe\xff\x00T\x00w\x00o"; err != nil || !bytes.Contains(pdf, []byte(want)) {
		t.Errorf("%q is not in the PDF (%v)", want, err)
	}
}
