package model

import (
	"fmt"
	"hash/fnv"
	"math"
	"testing"

	"natspike/pkg/metric"
)

// TestFrozen holds rows to the bits that they had, on every architecture. When a
// change of the networks or of the statistics is meant, raise
// the version of package paper's data too.
func TestFrozen(t *testing.T) {
	want := map[string]string{
		"balanced naive":     "ea3c689d6709ce5f",
		"balanced natural":   "70bf1f06067c1998",
		"metropolis naive":   "22293c141f156580",
		"metropolis natural": "c98361a5f618937d",
	}
	for _, s := range both(short(PaperBalanced(5, 10, 0.75, metric.Naive)), short(PaperMetropolis(5, 10, 0.75, metric.Naive))) {
		tr, err := Run(s, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		row, err := tr.Row()
		if err != nil {
			t.Fatal(err)
		}
		row = clean(row)
		h := fnv.New64a()
		for _, x := range row.statistics() {
			fmt.Fprintf(h, "%x ", math.Float64bits(*x))
		}
		for _, p := range tr.Course([]float64{0.01, 0.15}) {
			fmt.Fprintf(h, "%x %x ", math.Float64bits(p.Mean), math.Float64bits(p.Var))
		}
		name := fmt.Sprintf("%s %v", s.Model, s.Geometry)
		if got := fmt.Sprintf("%016x", h.Sum64()); got != want[name] {
			t.Errorf("%s: %s, want %s", name, got, want[name])
		}
	}
}

func both(setups ...Setup) []Setup {
	var out []Setup
	for _, s := range setups {
		for _, g := range []metric.Geometry{metric.Naive, metric.Natural} {
			s.Geometry = g
			out = append(out, s)
		}
	}
	return out
}
