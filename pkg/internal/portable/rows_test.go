package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRowsSameBits compares the products by several rows with Dot and Axpy, to the
// bit and without a tolerance, at every remainder and at every alignment.
func TestRowsSameBits(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(8, 1))
		for n := range 70 {
			from := rng.IntN(4)
			random := func(n int) []float64 {
				x := make([]float64, from+n)
				for i := range x {
					x[i] = (rng.Float64() - 0.5) * math.Pow(10, 10*rng.Float64())
				}
				return x[from:]
			}
			for _, rows := range []int{4, 8, 13} { // 13 = 8 + 4 + 1
				a, x, y, w := random(rows*n), random(n), random(n+1), random(rows)
				got, want := make([]float64, rows), append([]float64(nil), y...)
				MulVec(got, a, x)
				AddMulTransVec(y[:n], a, w)
				checkMulBoth(t, rng, rows, n, random)
				for k := range rows {
					row := a[k*n : (k+1)*n]
					if d := Dot(row, x); math.Float64bits(got[k]) != math.Float64bits(d) {
						t.Fatalf("%d×%d: product %d is %v, Dot gives %v", rows, n, k, got[k], d)
					}
					Axpy(w[k], row, want)
				}
				for i := range y {
					if math.Float64bits(y[i]) != math.Float64bits(want[i]) {
						t.Fatalf("%d×%d: entry %d is %v, Axpy gives %v", rows, n, i, y[i], want[i])
					}
				}
			}
		}
	})
}

// checkMulBoth compares MulBoth with the two products, B having another number of rows.
func checkMulBoth(t *testing.T, rng *rand.Rand, rows, n int, random func(n int) []float64) {
	others := rng.IntN(20)
	a, x, b, w, y := random(rows*n), random(n), random(others*n), random(others), random(n)
	dst, want, sum := make([]float64, rows), make([]float64, rows), slices.Clone(y)
	MulBoth(dst, a, x, y, b, w)
	MulVec(want, a, x)
	AddMulTransVec(sum, b, w)
	for i, v := range append(dst, y...) {
		if u := append(want, sum...)[i]; math.Float64bits(v) != math.Float64bits(u) {
			t.Fatalf("%d and %d rows, %d columns: number %d is %v, want %v", rows, others, n, i, v, u)
		}
	}
}

// TestAddOuter4 compares the lower triangle with one sum after the other, to the
// bit, at each level. It must not write behind the matrix.
func TestAddOuter4(t *testing.T) {
	atEachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(10, 1))
		for _, n := range []int{0, 4, 8, 12, 16, 20, 64} {
			s, x := make([]float64, n*n+8), make([]float64, 4*n)
			for _, v := range [][]float64{s, x} {
				for i := range v {
					v[i] = (rng.Float64() - 0.5) * math.Pow(10, 10*rng.Float64())
				}
			}
			w := [4]float64{rng.Float64(), rng.Float64(), 0, -rng.Float64()}
			want := slices.Clone(s)
			AddOuter4(s, &w, x, n)
			for i := range n {
				for j := range i + 1 {
					for k := range 4 {
						want[i*n+j] += float64(float64(w[k]*x[k*n+i]) * x[k*n+j])
					}
					if math.Float64bits(s[i*n+j]) != math.Float64bits(want[i*n+j]) {
						t.Fatalf("n = %d: entry (%d, %d) is %v, want %v", n, i, j, s[i*n+j], want[i*n+j])
					}
				}
			}
			if !slices.Equal(s[n*n:], want[n*n:]) {
				t.Errorf("n = %d: what is behind the matrix has changed", n)
			}
		}
	})
	defer func() {
		if recover() == nil {
			t.Error("a dimension of 5 did not panic")
		}
	}()
	AddOuter4(make([]float64, 25), new([4]float64), make([]float64, 20), 5)
}

// TestMatrixVector compares the products by any number of rows with a plain sum.
func TestMatrixVector(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	for _, shape := range [][2]int{{1, 1}, {3, 5}, {4, 4}, {7, 2}, {33, 17}} {
		m, n := shape[0], shape[1]
		a, x, y := make([]float64, m*n), make([]float64, n), make([]float64, m)
		for _, v := range [][]float64{a, x, y} {
			for i := range v {
				v[i] = rng.Float64() - 0.5
			}
		}
		ax, aty := make([]float64, m), make([]float64, n)
		MulVec(ax, a, x)
		MulTransVec(aty, a, y)
		for i := range m {
			sum := 0.0
			for j := range n {
				sum += a[i*n+j] * x[j]
			}
			if math.Abs(sum-ax[i]) > 1e-14 {
				t.Errorf("%d×%d: (Ax)[%d] = %v, want %v", m, n, i, ax[i], sum)
			}
		}
		for j := range n {
			sum := 0.0
			for i := range m {
				sum += a[i*n+j] * y[i]
			}
			if math.Abs(sum-aty[j]) > 1e-14 {
				t.Errorf("%d×%d: (Aᵀy)[%d] = %v, want %v", m, n, j, aty[j], sum)
			}
		}
	}
}

// TestScaleAboutMean compares each level with sums written out, to the bit: apart and in
// place, with subnormal, infinite and zero entries of both signs.
func TestScaleAboutMean(t *testing.T) {
	special := []float64{0, math.Copysign(0, -1), 0x1p-1074, -0x1.8p-1030, math.MaxFloat64, math.Inf(1), math.Inf(-1)}
	atEachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(11, 1))
		for n := range 41 {
			for round := range 8 {
				x, want := make([]float64, n), make([]float64, n)
				for i := range x {
					if x[i] = rng.NormFloat64(); round == 1 {
						x[i] *= 0x1p-1040
					}
				}
				if n > 0 && round > 1 {
					x[rng.IntN(n)] = special[rng.IntN(len(special))]
				}
				contrast, common := rng.NormFloat64(), rng.NormFloat64()
				var s [4]float64
				for i, v := range x {
					if i >= n/4*4 {
						s[0] += v
					} else {
						s[i%4] += v
					}
				}
				mean := ((s[0] + s[1]) + (s[2] + s[3])) / float64(n)
				for i, v := range x {
					want[i] = float64(contrast*(v-mean)) + float64(common*mean)
				}
				apart, place := make([]float64, n+1), append(slices.Clone(x), 7)
				apart[n] = 7
				ScaleAboutMean(apart, x, contrast, common)
				ScaleAboutMean(place, place[:n], contrast, common)
				for _, got := range [][]float64{apart, place} {
					for i, v := range got {
						if w := append(want, 7)[i]; math.Float64bits(v) != math.Float64bits(w) && !(math.IsNaN(v) && math.IsNaN(w)) {
							t.Fatalf("n = %d: entry %d of %v is %v, want %v", n, i, x, v, w)
						}
					}
				}
			}
		}
	})
	if !panicked(func() { ScaleAboutMean(make([]float64, 2), make([]float64, 3), 1, 1) }) {
		t.Error("a short dst is accepted")
	}
}

func BenchmarkMulVec(b *testing.B) {
	for _, n := range []int{10, 31, 100, 1000} {
		a, x, y := make([]float64, n*n), make([]float64, n), make([]float64, n)
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for range b.N {
				MulVec(y, a, x)
			}
		})
		b.Run(fmt.Sprintf("transposed/n=%d", n), func(b *testing.B) {
			for range b.N {
				MulTransVec(y, a, x)
			}
		})
		b.Run(fmt.Sprintf("row by row/n=%d", n), func(b *testing.B) {
			for range b.N {
				for i := range y {
					y[i] = Dot(a[i*n:(i+1)*n], x)
				}
			}
		})
	}
}
