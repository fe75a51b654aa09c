package main

import (
	"testing"

	"natspike/pkg/density"
	"natspike/pkg/stream"
)

// The score of each target is the gradient of its log density.
func TestTargets(t *testing.T) {
	rng := stream.New(1)
	for name := range targets {
		p, _, err := target(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "item response" {
			continue // differences in 501 dimensions take long; package density tests a small one
		}
		x := make([]float64, p.Dim())
		stream.Normals(rng, x)
		if err := density.CheckGradient(p, [][]float64{x}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := target("none"); err == nil {
		t.Error("an unknown target is accepted")
	}
}
