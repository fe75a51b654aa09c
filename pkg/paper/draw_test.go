package paper

import (
	"bytes"
	"testing"

	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// TestEveryFigureDraws draws each experiment from made-up numbers: of ten repeats,
// of three, which are too few for a band, and of setups that all failed.
func TestEveryFigureDraws(t *testing.T) {
	for _, e := range Experiments() {
		var pictures [][]byte
		for _, c := range []struct {
			repeats   int
			corrected bool
		}{{10, false}, {3, true}, {0, false}} {
			r := &Result{Experiment: e, Options: Options{Corrected: c.corrected}, Setups: e.Setups(c.corrected), Repeats: c.repeats}
			rng := stream.New(1)
			for _, s := range r.Setups {
				measures, err := e.measures(r.Options.task(s, 0))
				if err != nil {
					t.Fatal(err)
				}
				table := &trial.Table{Columns: trial.Columns(measures...)}
				for range c.repeats {
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
			svg, err := r.Figure().SVG()
			if err != nil {
				t.Errorf("%s, %d repeats: %v", e.Name, c.repeats, err)
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
