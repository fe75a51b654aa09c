package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Vectors draws a vector field, such as a drift or a score, on the rectangle
// [x0, x1] × [y0, y1] by 17 × 17 arrows. f stores the vector at x in dst; both
// slices are reused between calls. The length of an arrow is proportional to the
// square root of its vector's, so that short vectors can be seen beside long ones;
// the longest arrow just reaches the next.
func (p *Panel) Vectors(label string, f func(dst, x []float64), x0, x1, y0, y1 float64, style ...Style) *Panel {
	if !p.rectangle("Vectors", label, x0, x1, y0, y1) {
		return p
	}
	const n = 17
	var places, vectors [][2]float64
	var at, v [2]float64
	for j := range n {
		for i := range n {
			at = [2]float64{x0 + (x1-x0)*(float64(i)+0.5)/n, y0 + (y1-y0)*(float64(j)+0.5)/n}
			here := at
			f(v[:], at[:])
			if !finite(v[0]) || !finite(v[1]) {
				return p.fail(of("Vectors", label, fmt.Sprintf("the field at (%v, %v)", here[0], here[1])), "= (%v, %v) is not finite", v[0], v[1])
			}
			places, vectors = append(places, here), append(vectors, v)
		}
	}
	if len(style) == 0 {
		style = []Style{Color(Grey)}
	}
	arrows := drawFunc(func(a *area, s Style) {
		// The sides of the rectangle on the page, where the axes may have different units.
		w, h := float64(a.px(x1)-a.px(x0)), float64(a.py(y1)-a.py(y0))
		drawVectors(a, s, places, vectors, w/(x1-x0), h/(y1-y0), math.Min(w, h)/n)
	})
	return p.add(arrows, tight(span{x0, x1}), tight(span{y0, y1}), p.style("Vectors", label, style), label, lineEntry)
}

// drawVectors draws an arrow at each place. On the page a unit of x is ux long, one of
// y uy, and the longest arrow cell.
func drawVectors(a *area, s Style, places, vectors [][2]float64, ux, uy, cell float64) {
	largest := 0.0
	for _, v := range vectors {
		largest = max(largest, math.Abs(v[0]), math.Abs(v[1]))
	}
	_, e := math.Frexp(largest)
	unit := math.Ldexp(1, -max(e, -1000)) // a power of two, so that squares do not overflow
	ux, uy = ux*unit, uy*unit
	longest := 0.0
	for _, v := range vectors {
		longest = math.Max(longest, math.Hypot(v[0]*ux, v[1]*uy))
	}
	if longest == 0 {
		return
	}
	var shafts, heads vg.Path
	for i, v := range vectors {
		dx, dy := v[0]*ux, v[1]*uy
		size := math.Hypot(dx, dy)
		if size < 1e-6*longest {
			continue
		}
		length := cell * math.Sqrt(size/longest)
		dx, dy = dx/size, dy/size
		mid := a.point(places[i][0], places[i][1])
		if !a.Contains(mid) {
			continue
		}
		to := func(along, across float64) vg.Point {
			return vg.Point{
				X: mid.X + vg.Length(along*dx-across*dy),
				Y: mid.Y + vg.Length(along*dy+across*dx),
			}
		}
		barb := math.Min(0.42*length, 4.2*float64(px))
		shafts.Move(to(-length/2, 0))
		shafts.Line(to(length/2-barb/2, 0))
		heads.Move(to(length/2, 0))
		heads.Line(to(length/2-barb, 0.42*barb))
		heads.Line(to(length/2-barb, -0.42*barb))
		heads.Close()
	}
	a.SetLineStyle(draw.LineStyle{Color: s.ink(), Width: 0.9 * px})
	a.Stroke(shafts)
	a.Fill(heads)
}
