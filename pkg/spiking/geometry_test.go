package spiking

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/stream"
)

// TestRoots checks BBᵀ = Σˢ for the ready geometries.
func TestRoots(t *testing.T) {
	const p = 5
	a := RandomDecoder(stream.New(1), p, p, 1)
	var sigma mat.SymDense
	sigma.SymOuterK(1, a)
	var inverse mat.SymDense
	var chol mat.Cholesky
	chol.Factorize(&sigma)
	if err := chol.InverseTo(&inverse); err != nil {
		t.Fatal(err)
	}
	var cross mat.SymDense
	cross.SymOuterK(1, a)
	for _, c := range []struct {
		name     string
		geometry Geometry
		want     mat.Matrix
	}{
		{"naive", Naive, equicorrelated(p, 0, 1)},
		{"naive", Geometry{}, equicorrelated(p, 0, 1)},
		{"natural", Natural, &sigma},
		{"natural", Power(1), &sigma},
		{"Σ^-1", Power(-1), &inverse},
		{"custom", Custom(a), &cross},
	} {
		b, err := c.geometry.Root(&sigma)
		if err != nil {
			t.Fatal(err)
		}
		var d, diff mat.Dense
		d.Mul(b, b.T())
		diff.Sub(&d, c.want)
		if e := mat.Norm(&diff, 2) / mat.Norm(c.want, 2); e > 1e-12 {
			t.Errorf("%v: BBᵀ is off by %.2g", c.geometry, e)
		}
		if c.geometry.String() != c.name {
			t.Errorf("geometry is called %q, want %q", c.geometry, c.name)
		}
	}
	half, err := Power(0.5).Root(&sigma)
	if err != nil {
		t.Fatal(err)
	}
	var fourth, diff mat.Dense
	fourth.Pow(half, 4)
	diff.Sub(&fourth, &sigma)
	if e := mat.Norm(&diff, 2) / mat.Norm(&sigma, 2); e > 1e-12 {
		t.Errorf("the fourth power of the root of Σ^½ is off Σ by %.2g", e)
	}
	if _, err := Natural.Root(equicorrelated(3, 1, 0)); !names(err, "Covariance") {
		t.Errorf("a singular Σ: %v", err)
	}
}

// The law of a decoder's entries: mean and variance within 5 standard errors.
func TestRandomDecoder(t *testing.T) {
	const p, n, sd = 40, 1000, 0.3
	g := RandomDecoder(stream.New(2), p, n, sd)
	mean, dev := stat.MeanStdDev(g.RawMatrix().Data, nil)
	if math.Abs(mean) > 5*sd/math.Sqrt(p*n) || math.Abs(dev-sd) > 5*sd/math.Sqrt(2*p*n) {
		t.Errorf("entries have mean %v and standard deviation %v, want 0 and %v", mean, dev, sd)
	}
	q, err := RandomPairs(stream.New(2), p, n, sd)
	if err != nil {
		t.Fatal(err)
	}
	half := RandomDecoder(stream.New(2), p, n/2, sd)
	for d := range p {
		for j := range n / 2 {
			if q.At(d, j) != half.At(d, j) || q.At(d, j+n/2) != -half.At(d, j) {
				t.Fatalf("entry (%d, %d) of the pairs is %v and %v, want ±%v", d, j, q.At(d, j), q.At(d, j+n/2), half.At(d, j))
			}
		}
	}
}

func TestParseNames(t *testing.T) {
	for _, g := range []Geometry{Naive, Natural, Power(0.5), Power(-0.25)} {
		if got, err := ParseGeometry(g.String()); err != nil || got != g {
			t.Errorf("%v is read as %v, %v", g, got, err)
		}
	}
	for text, want := range map[string]Geometry{"0": Naive, "1": Natural, "0.5": Power(0.5)} {
		if got, err := ParseGeometry(text); err != nil || got != want {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "custom", "Natural", "NaN", "Σ^", "inf"} {
		if g, err := ParseGeometry(text); err == nil {
			t.Errorf("%q passes as the geometry %v", text, g)
		}
	}
	for _, a := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
		if got, err := ParseArbitration(a.String()); err != nil || got != a {
			t.Errorf("%v is read as %v, %v", a, got, err)
		}
	}
	if a, err := ParseArbitration("greedy"); err == nil {
		t.Errorf(`"greedy" passes as %v`, a)
	}
}
