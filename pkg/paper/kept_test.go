package paper

import (
	"context"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/trial/model"
)

// TestKept draws each kept result and wants its estimates to be of its setups.
func TestKept(t *testing.T) {
	racetest.Sequential(t)
	for _, e := range Experiments() {
		r, err := e.Kept()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Conditions {
			for _, row := range c.kept {
				s := c.Setup
				if row.Model != string(s.Model) || row.Geometry != s.Geometry.String() || row.Rho != s.Rho || row.Dims != s.Dims ||
					row.Neurons != s.Neurons() || row.Scale != s.Scale || row.Repeats > e.Repeats {
					t.Fatalf("%s: %+v is kept of %+v with %d repeats", e.Name, row, s, e.Repeats)
				}
			}
			if c.Values(c.columns[0]) != nil {
				t.Fatalf("%s: a kept result has trials", e.Name)
			}
		}
		drawn(t, r)
	}
}

// TestKeptIsRun runs the smallest networks of both models at full repeats: what is
// kept of them is the same to the bit. That of another seed is not.
func TestKeptIsRun(t *testing.T) {
	racetest.Larger(t, "TestRunGoesOn")
	for _, c := range []struct {
		whole *Experiment
		seed  uint64
		same  bool
	}{
		{balancedDimension, 0, true}, {balancedDimension, 1, false}, {metropolisDimension, 0, true},
	} {
		kept, err := c.whole.Kept()
		if err != nil {
			t.Fatal(err)
		}
		small := *c.whole
		small.setups = func(corrected bool) []model.Setup { return c.whole.setups(corrected)[:2] }
		r, err := small.Run(context.Background(), Options{Seed: c.seed, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		rows, same := 0, 0
		for i, condition := range r.Conditions {
			for j, row := range condition.summary() {
				k := kept.Conditions[i].kept[j]
				if row.Column != k.Column {
					t.Fatalf("%s: %s is kept as %s", small.Name, row.Column, k.Column)
				}
				equal := row.Repeats == k.Repeats && (row.Mean == k.Mean && row.SD == k.SD && row.Lo == k.Lo && row.Hi == k.Hi || row.Repeats == 0)
				if c.same && !equal {
					t.Errorf("%s: %+v is kept as %+v", small.Name, row, k)
				}
				if rows++; equal {
					same++
				}
			}
		}
		if !c.same && 4*same > rows {
			t.Errorf("%s: %d of %d estimates of another seed are the same", small.Name, same, rows)
		}
	}
}
