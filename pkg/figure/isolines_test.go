package figure

import (
	"math"
	"testing"
)

// TestIsolines follows the level sets of a paraboloid, which are circles, and
// compares their area with πr², which polygons of this grid's spacing miss by up
// to 0.4 % at the smallest radius; a ring must come as two, with opposite turns.
func TestIsolines(t *testing.T) {
	const n = 201
	g := field{n: n, x: scale{lo: -3, hi: 3}, y: scale{lo: -3, hi: 3}, v: make([]float64, n*n)}
	fill := func(f func(x, y float64) float64) {
		for j := range n {
			for i := range n {
				g.v[j*n+i] = f(g.x.at(float64(i)/(n-1)), g.y.at(float64(j)/(n-1)))
			}
		}
	}
	enclosed := func(c [][2]float64) (a float64) {
		for i := range c {
			p, q := c[i], c[(i+1)%len(c)]
			a += (p[0]*q[1] - q[0]*p[1]) / 2
		}
		return a * 36 / ((n - 1) * (n - 1))
	}
	fill(func(x, y float64) float64 { return -x*x - y*y })
	for _, r := range []float64{0.3, 1, 2.5} {
		for _, closed := range []bool{false, true} {
			c := g.isolines(-r*r, closed)
			if len(c) != 1 {
				t.Fatalf("radius %v: %d curves; want 1", r, len(c))
			}
			if got, want := enclosed(c[0]), math.Pi*r*r; math.Abs(got-want) > 0.006*want {
				t.Errorf("radius %v: encloses %v; want %v, anticlockwise around higher ground", r, got, want)
			}
		}
	}
	fill(func(x, y float64) float64 { d := math.Hypot(x, y) - 1.5; return -d * d })
	c := g.isolines(-0.25, true)
	if len(c) != 2 {
		t.Fatalf("ring: %d curves; want 2", len(c))
	}
	if sum := enclosed(c[0]) + enclosed(c[1]); math.Abs(sum-math.Pi*(4-1)) > 0.03 {
		t.Errorf("ring encloses %v; want 3π", sum)
	}
	// Cut off by the edge of the grid, the region is closed along the edge.
	fill(func(x, y float64) float64 { return -x })
	if c := g.isolines(0, true); len(c) != 1 || math.Abs(enclosed(c[0])-18) > 0.02 {
		t.Errorf("half plane: %d curves; want one around 18", len(c))
	}
	if c := g.isolines(0, false); len(c) != 1 || len(c[0]) != n {
		t.Errorf("half plane, open: %d curves; want one of %d points", len(c), n)
	}
}

// TestRegions compares the levels on a standard Gaussian with the closed form:
// the region that holds the mass m is where log p is above log(1−m), relative to
// the mode.
func TestRegions(t *testing.T) {
	p := New("", "", "").Contour(func(x []float64) float64 { return -(x[0]*x[0] + x[1]*x[1]) / 2 }, -6, 6, -6, 6)
	l := p.items[0].layer.(*contourLayer)
	if len(l.levels) != len(regions) {
		t.Fatalf("%d levels; want %d", len(l.levels), len(regions))
	}
	for i, m := range regions {
		got, want := l.levels[len(l.levels)-1-i], math.Log1p(-m)
		if math.Abs(got-want) > 0.02 {
			t.Errorf("mass %v: level %v; want %v", m, got, want)
		}
	}
}
