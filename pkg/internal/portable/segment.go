package portable

// MulAdd stores keep·x + y in x. It panics if y is shorter than x.
func MulAdd(x []float64, keep float64, y []float64) {
	y = y[:len(x)]
	if hasAVX2 && len(x) > 0 {
		mulAddAVX2(&x[0], keep, &y[0], len(x))
		return
	}
	for i, v := range x {
		x[i] = float64(v*keep) + y[i]
	}
}

// Deviate stores x − ref in y. It reports whether lo ≤ x ≤ hi and lo ≤ keep·x ≤ hi in
// every coordinate, which is false if one is NaN.
func Deviate(y, x, ref, lo, hi []float64, keep float64) (inside bool) {
	n := len(x)
	y, ref, lo, hi = y[:n], ref[:n], lo[:n], hi[:n]
	if hasAVX2 && n > 0 {
		return deviateAVX2(&y[0], &x[0], &ref[0], &lo[0], &hi[0], n, keep) == 0
	}
	inside = true
	for i, v := range x {
		y[i] = v - ref[i]
		end := float64(v * keep)
		inside = inside && v >= lo[i] && v <= hi[i] && end >= lo[i] && end <= hi[i]
	}
	return inside
}

// A Grid describes equal bins of up to GridSize coordinates.
type Grid struct {
	Left, Scale [GridSize]float64 // the left end, and bins per unit
	Near        [GridSize]float64 // distance from an edge, in bins, within which rounding may matter
	Bins        [GridSize]float64 // number of bins
}

// GridSize is the largest number of coordinates of a Grid.
const GridSize = 64

// Find stores the bin of each x_i in at, and that of keep·x_i in to. It returns two bits
// for each coordinate: whether both bins are beyond doubt, between the ends and not within
// rounding of an edge, and whether they are also the same. The bins of a coordinate in
// doubt are 0.
func (g *Grid) Find(at, to *[GridSize]int32, x []float64, keep float64) (sure, same uint64) {
	n := len(x)
	switch {
	case n > GridSize:
		panic("portable: too many coordinates for a grid")
	case hasAVX512 && n > 0:
		return binsAVX512(at, to, &x[0], g, n, keep)
	case hasAVX2 && n > 0:
		return binsAVX2(at, to, &x[0], g, n, keep)
	}
	for i, v := range x {
		at[i], to[i] = 0, 0
		a, in := g.bin(i, v)
		if b, too := g.bin(i, float64(v*keep)); in && too {
			at[i], to[i] = a, b
			sure |= 1 << i
			if a == b {
				same |= 1 << i
			}
		}
	}
	return sure, same
}

func (g *Grid) bin(i int, x float64) (bin int32, sure bool) {
	f := float64((x - g.Left[i]) * g.Scale[i])
	if !(f >= 0 && f < g.Bins[i]) {
		return 0, false
	}
	bin = int32(f)
	rest := f - float64(bin)
	return bin, rest > g.Near[i] && rest < 1-g.Near[i]
}
