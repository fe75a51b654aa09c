package portable

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Vectors of every length up to three times four, with values inside, at and beyond the
// limits, and NaN: each set of vector instructions gives the bits of the Go code.
func TestDeviate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range 13 {
		x, ref, lo, hi := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for round := range 200 {
			for i := range x {
				x[i], ref[i] = rng.NormFloat64(), rng.NormFloat64()
				lo[i], hi[i] = min(x[i], 0)-0.1, max(x[i], 0)+0.1
			}
			keep, inside := 0.9, true
			if n > 0 && round%4 != 0 {
				i := rng.IntN(n)
				switch round % 8 {
				case 1:
					x[i] = hi[i] + 0.1
				case 2:
					lo[i] = x[i] + 0.05
				case 3:
					x[i] = math.NaN()
				case 5: // only the end is outside
					x[i], keep = hi[i], 1.5
				case 6:
					x[i] = math.Inf(-1)
				case 7: // at the limits
					hi[i], lo[i], keep = x[i], x[i], 1
				}
				inside = round%8 == 7
			}
			want := make([]float64, n)
			for i := range want {
				want[i] = x[i] - ref[i]
			}
			for level, set := range levels() {
				got := make([]float64, n+4)
				undo := set()
				in := Deviate(got, x, ref, lo, hi, keep)
				undo()
				if in != inside {
					t.Errorf("%s: x = %v between %v and %v: %v", level, x, lo, hi, in)
				}
				for i, v := range got[:n] {
					if math.Float64bits(v) != math.Float64bits(want[i]) && !math.IsNaN(v) {
						t.Errorf("%s: n = %d: y[%d] = %v, want %v", level, n, i, v, want[i])
					}
				}
				for _, v := range got[n:] {
					if v != 0 {
						t.Errorf("%s: n = %d: %v is written beyond the end", level, n, v)
					}
				}
			}
		}
	}
}

// Each set of vector instructions finds the same bins, and leaves the same in doubt:
// values near an edge, outside and not finite.
func TestGridFind(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	special := []float64{0, 1, math.Copysign(0, -1), 10, 10 - 1e-13, 3, 3 + 1e-13, 3 - 1e-13, -0.5, 1e300, -1e300, math.NaN(), math.Inf(1), math.Inf(-1), 5e9}
	var kept, left, doubtful int
	for n := range GridSize + 1 {
		var g Grid
		for i := range n {
			g.Left[i], g.Scale[i], g.Near[i], g.Bins[i] = 0, 1, 1e-12, 10
			if i%3 == 1 {
				g.Left[i], g.Scale[i], g.Bins[i] = -2.5, 3.7, 30
			}
		}
		for range 50 {
			x := make([]float64, n)
			for i := range x {
				if x[i] = 14*rng.Float64() - 2; rng.IntN(4) == 0 {
					x[i] = special[rng.IntN(len(special))]
				}
			}
			keep := []float64{1, 0.99, 0.5, 0}[rng.IntN(4)]
			var wantAt, wantTo [GridSize]int32
			sure, same := uint64(0), uint64(0)
			for i, v := range x {
				f, last := (v-g.Left[i])*g.Scale[i], (v*keep-g.Left[i])*g.Scale[i]
				clear := func(f float64) bool {
					_, rest := math.Modf(f)
					return f > 0 && f < g.Bins[i] && rest > 1e-12 && rest < 1-1e-12
				}
				if !clear(f) || !clear(last) {
					doubtful++
					continue
				}
				wantAt[i], wantTo[i] = int32(f), int32(last)
				sure |= 1 << i
				if wantAt[i] == wantTo[i] {
					same |= 1 << i
					kept++
				} else {
					left++
				}
			}
			for level, set := range levels() {
				at, to := [GridSize]int32{7, 7, 7}, [GridSize]int32{7, 7, 7}
				undo := set()
				gotSure, gotSame := g.Find(&at, &to, x, keep)
				undo()
				if gotSure != sure || gotSame != same {
					t.Errorf("%s: n = %d: sure of %b, the same are %b, want %b and %b: x = %v, κ = %v", level, n, gotSure, gotSame, sure, same, x, keep)
				}
				for i := range x {
					if at[i] != wantAt[i] || to[i] != wantTo[i] {
						t.Errorf("%s: %v goes from bin %d to %d, want %d and %d", level, x[i], at[i], to[i], wantAt[i], wantTo[i])
					}
				}
			}
		}
	}
	if min(kept, left, doubtful) < 1000 {
		t.Errorf("%d values keep to their bins, %d leave them, %d are in doubt: too few to test with", kept, left, doubtful)
	}
	if !panicked(func() { new(Grid).Find(new([GridSize]int32), new([GridSize]int32), make([]float64, GridSize+1), 1) }) {
		t.Error("more coordinates than a grid has are accepted")
	}
}

func panicked(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

// Each set of vector instructions rounds the product and then the sum.
func TestMulAdd(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range 14 {
		x, y, want := make([]float64, n), make([]float64, n+1), make([]float64, n)
		keep := rng.Float64()
		for i := range x {
			x[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
			want[i] = float64(x[i]*keep) + y[i]
		}
		for level, set := range levels() {
			got := append(slices.Clone(x), 7)
			undo := set()
			MulAdd(got[:n], keep, y)
			undo()
			if !slices.Equal(got, append(slices.Clone(want), 7)) {
				t.Errorf("%s: n = %d: %v, want %v and 7 beyond it", level, n, got, want)
			}
		}
	}
	if !panicked(func() { MulAdd(make([]float64, 3), 1, make([]float64, 2)) }) {
		t.Error("a short y is accepted")
	}
}
