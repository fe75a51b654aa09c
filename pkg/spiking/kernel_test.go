package spiking

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/stream"
)

// TestKernelsMatchGo compares the kernels with their definitions in Go, bit by
// bit, over sizes about the tile's.
func TestKernelsMatchGo(t *testing.T) {
	rng := stream.New(1)
	for _, n := range []int{1, 5, 15, 16, 17, 100} {
		for _, p := range []int{1, 2, 3, 10, 33} {
			rows := make([]float64, n*p)
			stream.Normals(rng, rows)
			m := newTiles(rows, n, p)
			u, q := make([]float64, p), make([]float64, m.width())
			stream.Normals(rng, u)
			stream.Normals(rng, q)
			offset, scale := stream.Normal(rng), stream.Normal(rng)
			v, want := make([]float64, m.width()), make([]float64, m.width())
			m.mul(v, u, q, offset, scale)
			mulTilesGo(want, m.g, u, q, m.count, offset, scale)
			for j := range v {
				if v[j] != want[j] {
					t.Fatalf("n = %d, p = %d: product [%d] = %v, in Go %v", n, p, j, v[j], want[j])
				}
			}
			for j := range n {
				x := offset - float64(scale*q[j])
				for d := range p {
					x += float64(u[d] * rows[j*p+d])
				}
				if v[j] != x {
					t.Fatalf("n = %d, p = %d: product [%d] = %v, by definition %v", n, p, j, v[j], x)
				}
			}

			shift, threshold := make([]float64, len(v)), make([]float64, len(v))
			stream.Normals(rng, shift)
			stream.Normals(rng, threshold)
			for j := n; j < len(v); j++ {
				shift[j], threshold[j] = math.Inf(1), math.Inf(1)
			}
			best, wantBest := make([]float64, m.count), make([]float64, m.count)
			above := maxima(best, v, shift, threshold)
			if w := maximaTilesGo(wantBest, v, shift, threshold); above != w {
				t.Fatalf("n = %d: %d above threshold, in Go %d", n, above, w)
			}
			top, count := 0, 0
			for j := range n {
				if v[j]-shift[j] > v[top]-shift[top] {
					top = j
				}
				if v[j] > threshold[j] {
					count++
				}
			}
			if j := largest(best, v, shift); j != top || count != above {
				t.Fatalf("n = %d: largest at %d with %d above, by definition %d with %d", n, j, above, top, count)
			}
			for k := range best {
				if best[k] != wantBest[k] {
					t.Fatalf("n = %d: best of tile %d is %v, in Go %v", n, k, best[k], wantBest[k])
				}
			}
		}
	}
}

// Of equal voltages the first neuron's is the largest.
func TestLargestTakesTheFirst(t *testing.T) {
	v, zero := make([]float64, 3*lanes), make([]float64, 3*lanes)
	best := make([]float64, 3)
	v[20], v[25], v[40] = 2, 2, 2
	if above := maxima(best, v, zero, zero); above != 3 {
		t.Errorf("%d above zero, want 3", above)
	}
	if j := largest(best, v, zero); j != 20 {
		t.Errorf("largest at %d, want 20", j)
	}
}

func BenchmarkMul(b *testing.B) {
	for _, c := range []struct{ p, n int }{{10, 100}, {20, 200}, {64, 1280}, {128, 2560}} {
		rng := rand.New(rand.NewPCG(1, 1))
		rows := make([]float64, c.n*c.p)
		stream.Normals(rng, rows)
		m := newTiles(rows, c.n, c.p)
		u, v, q := make([]float64, c.p), make([]float64, m.width()), make([]float64, m.width())
		for name, f := range map[string]func([]float64, []float64, []float64, []float64, int, float64, float64){"go": mulTilesGo, "native": mulTiles} {
			b.Run(fmt.Sprintf("%dx%d/%s", c.p, c.n, name), func(b *testing.B) {
				for range b.N {
					f(v, m.g, u, q, m.count, 1, 1)
				}
			})
		}
	}
}
