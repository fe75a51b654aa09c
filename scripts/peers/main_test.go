package main

import (
	"math"
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

// A power law gives its exponents back.
func TestExponents(t *testing.T) {
	var points [][3]float64
	for _, p := range []float64{1, 2, 4} {
		for _, n := range []float64{3, 5} {
			points = append(points, [3]float64{math.Log(p), math.Log(n), math.Log(7 * math.Pow(p, 0.5) * n * n)})
		}
	}
	if a, b := exponents(points); math.Abs(a-0.5) > 1e-12 || math.Abs(b-2) > 1e-12 {
		t.Errorf("exponents %v and %v, want 0.5 and 2", a, b)
	}
}
