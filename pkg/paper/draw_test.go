package paper

import (
	"bytes"
	"encoding/xml"
	"math"
	"strings"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// madeUp returns the result of an experiment whose trials gave random numbers.
func madeUp(t *testing.T, e *Experiment, repeats int, corrected bool) *Result {
	t.Helper()
	r := &Result{Experiment: e, Options: Options{Corrected: corrected}, Setups: e.setups(corrected), Repeats: repeats}
	rng := stream.New(1)
	for _, s := range r.Setups {
		measures, err := e.measures(r.Options.task(s, 0))
		if err != nil {
			t.Fatal(err)
		}
		table := &trial.Table{Columns: trial.Columns(measures...)}
		for range repeats {
			row := make([]float64, len(table.Columns))
			for i := range row {
				row[i] = 0.1 + rng.Float64()
			}
			table.Rows = append(table.Rows, row)
		}
		r.Conditions = append(r.Conditions, e.conditions(s, table)...)
	}
	if err := r.compare(); err != nil {
		t.Fatal(err)
	}
	return r
}

// drawn returns the SVG of a result, and what it says to those who do not see it.
func drawn(t *testing.T, r *Result) (svg []byte, title, description string) {
	t.Helper()
	svg, err := r.Figure().SVG()
	if err != nil {
		t.Fatalf("%s, %d repeats: %v", r.Experiment.Name, r.Repeats, err)
	}
	var document struct {
		Title string `xml:"title"`
		Desc  string `xml:"desc"`
	}
	if err := xml.Unmarshal(svg, &document); err != nil {
		t.Fatalf("%s: %v", r.Experiment.Name, err)
	}
	return svg, document.Title, document.Desc
}

// TestEveryFigureDraws draws each experiment from made-up numbers: of ten repeats,
// of three, which are too few for a band, and of setups that all failed. Each has
// a title and a description that names its axes.
func TestEveryFigureDraws(t *testing.T) {
	racetest.Sequential(t)
	for _, e := range Experiments() {
		var pictures [][]byte
		for _, c := range []struct {
			repeats   int
			corrected bool
		}{{10, false}, {3, true}, {0, false}} {
			svg, title, description := drawn(t, madeUp(t, e, c.repeats, c.corrected))
			if title != e.Title || !strings.Contains(description, "X axis") || !strings.Contains(description, "y axis") {
				t.Errorf("%s: title %q, description %q", e.Name, title, description)
			}
			for _, other := range pictures {
				if bytes.Equal(svg, other) {
					t.Errorf("%s, %d repeats: the figure is that of other numbers", e.Name, c.repeats)
				}
			}
			pictures = append(pictures, svg)
		}
	}
}

// TestColoursOfGeometries: orange is in a figure if and only if the naive geometry
// is, and purple if and only if the natural one is.
func TestColoursOfGeometries(t *testing.T) {
	racetest.Sequential(t)
	for _, e := range Experiments() {
		for g, color := range map[metric.Geometry]string{metric.Naive: "#e66100", metric.Natural: "#5d3a9b"} {
			r := madeUp(t, e, 10, false)
			svg, _, _ := drawn(t, r)
			if !bytes.Contains(svg, []byte(color)) {
				t.Errorf("%s: the figure has no %s for %v", e.Name, color, g)
			}
			var others []*Condition
			for _, c := range r.Conditions {
				if c.Setup.Geometry != g {
					others = append(others, c)
				}
			}
			r.Conditions = others
			if e.Name == "metropolis-base" { // it also runs the setups itself
				r.Setups = r.Setups[:0]
				for _, c := range others {
					r.Setups = append(r.Setups, c.Setup)
				}
			}
			if svg, _, _ := drawn(t, r); bytes.Contains(svg, []byte(color)) {
				t.Errorf("%s: without %v the figure has %s", e.Name, g, color)
			}
		}
	}
}

// TestMissingValuesAreMarked: a condition without a value has a mark of its own.
func TestMissingValuesAreMarked(t *testing.T) {
	racetest.Sequential(t)
	for _, e := range Experiments() {
		r := madeUp(t, e, 10, false)
		before, _, whole := drawn(t, r)
		if strings.Contains(whole, "no value") {
			t.Errorf("%s: marks of values that are there: %s", e.Name, whole)
		}
		last := r.Conditions[len(r.Conditions)-1]
		for name, v := range last.estimates {
			v.Mean = math.NaN()
			last.estimates[name] = v
		}
		after, _, description := drawn(t, r)
		if spikes := strings.HasSuffix(e.Name, "spikes"); strings.Contains(description, "no value") == spikes { // distributions over neurons
			t.Errorf("%s: a condition without values: %s", e.Name, description)
		}
		if bytes.Equal(before, after) {
			t.Errorf("%s: the figure does not depend on its conditions", e.Name)
		}
	}
}
