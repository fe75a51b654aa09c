package figure

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func toyArea(w, h vg.Length, x, y scale) *area {
	return &area{Canvas: draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: w, Y: h}}}, xs: x, ys: y}
}

// TestDecimation checks what columns promises: in every half pixel of the axis,
// the line reaches as high and as low as the data.
func TestDecimation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 200_000
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = float64(i), rng.NormFloat64()+math.Sin(float64(i)/9000)
	}
	s := spanOf(y)
	a := toyArea(300, 100, scale{lo: 0, hi: n - 1}, scale{lo: s.lo, hi: s.hi})
	pts := columns(a, x, y)
	if len(pts) > 4*int(300/(0.5*px))+4 {
		t.Errorf("%d of %d points are left", len(pts), n)
	}
	extent := func(at func(i int) vg.Point, n int) map[int]span {
		m := map[int]span{}
		for i := range n {
			p := at(i)
			k := int(math.Floor(float64(p.X / (0.5 * px))))
			e, ok := m[k]
			if !ok {
				e = nowhere
			}
			m[k] = e.union(span{float64(p.Y), float64(p.Y)})
		}
		return m
	}
	full := extent(func(i int) vg.Point { return a.point(x[i], y[i]) }, n)
	kept := extent(func(i int) vg.Point { return pts[i] }, len(pts))
	for k, e := range full {
		if g := kept[k]; g != e {
			t.Fatalf("column %d: the line spans %v, the data %v", k, g, e)
		}
	}
}

// TestSimplify checks that a simplified curve stays within the tolerance, and
// that it is simpler.
func TestSimplify(t *testing.T) {
	var pts []vg.Point
	for i := range 5000 {
		u := float64(i) / 100
		pts = append(pts, vg.Point{X: vg.Length(10 * u), Y: vg.Length(30 * math.Sin(u))})
	}
	const tol = 0.05
	got := simplify(pts, tol)
	if len(got) > 1500 {
		t.Errorf("%d of %d points are left", len(got), len(pts))
	}
	k := 0
	for _, p := range pts {
		for k < len(got)-2 && got[k+1].X < p.X {
			k++
		}
		if d := distance(p, got[k], got[k+1]); d > tol+1e-9 {
			t.Fatalf("%v is %v from the line; want at most %v", p, d, tol)
		}
	}
}
