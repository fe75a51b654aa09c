package spiking

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/internal/portable"
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
			u := make([]float64, p)
			stream.Normals(rng, u)
			v, want := make([]float64, m.width()), make([]float64, m.width())
			m.mul(v, u)
			mulTilesGo(want, m.g, u, m.count)
			for j := range v {
				if v[j] != want[j] {
					t.Fatalf("n = %d, p = %d: product [%d] = %v, in Go %v", n, p, j, v[j], want[j])
				}
			}
			for j := range n {
				x := 0.0
				for d := range p {
					x += float64(u[d] * rows[j*p+d])
				}
				if v[j] != x {
					t.Fatalf("n = %d, p = %d: product [%d] = %v, by definition %v", n, p, j, v[j], x)
				}
			}
		}
	}
}

// TestDrive compares a step of the latent voltage with its definition, bit by bit.
func TestDrive(t *testing.T) {
	for name, only := range levels() {
		t.Run(name, func(t *testing.T) {
			defer only()()
			rng := stream.New(2)
			for n := range 67 {
				n, inGo := 1+n/2, n%2 > 0
				m, input, x, due := newMotion(n), padded(n), make([]float64, n), make([]float64, n)
				for _, v := range [][]float64{m.u[:n], m.flow[:n], input[:n], m.z[:n], x, due} {
					stream.Normals(rng, v)
				}
				m.kappa, m.noise = rng.Float64(), rng.Float64()
				want := newMotion(n)
				for d := range n {
					u := float64(m.kappa*m.u[d]) + float64(m.noise*x[d])
					u += m.flow[d] + input[d]
					want.u[d], want.flow[d], want.z[d] = u-due[d], m.kappa*m.flow[d], m.kappa*m.z[d]
				}
				s := &voltageSearch{w: make([]int16, len(m.u)), per: 1000}
				f := drive
				if inGo {
					f = driveGo
				}
				square := f(&m, s, &input[0], &x[0], &due[0], n)
				if square != portable.Dot(want.u, want.u) {
					t.Fatalf("n = %d: |u|² = %v, want %v", n, square, portable.Dot(want.u, want.u))
				}
				if !slices.Equal(m.u, want.u) || !slices.Equal(m.flow, want.flow) || !slices.Equal(m.z, want.z) {
					t.Fatalf("n = %d: %v, want %v", n, m, want)
				}
				for d, w := range s.w {
					if v := math.RoundToEven(1000 * want.u[d]); hasAVX2 && !inGo && float64(w) != v {
						t.Fatalf("n = %d: u is rounded to %v, want %v", n, w, v)
					}
				}
			}
		})
	}
}

// TestAddSpike compares sums with their definition, bit by bit.
func TestAddSpike(t *testing.T) {
	for name, only := range levels() {
		t.Run(name, func(t *testing.T) {
			defer only()()
			rng := stream.New(3)
			for n := range 67 {
				n, addSpike := 1+n/2, []func(m *motion, column, drift *float64, n int){addSpike, addSpikeGo}[n%2]
				m, column, drift := newMotion(n), make([]float64, n+4), make([]float64, n+4)
				for _, x := range [][]float64{m.z[:n], m.flow[:n], column, drift} {
					stream.Normals(rng, x)
				}
				z, flow := slices.Clone(m.z), slices.Clone(m.flow)
				for d := range n {
					z[d] += column[d]
					flow[d] += drift[d]
				}
				if addSpike(&m, &column[0], &drift[0], n); !slices.Equal(m.z, z) || !slices.Equal(m.flow, flow) {
					t.Fatalf("n = %d: %v and %v, want %v and %v", n, m.z, m.flow, z, flow)
				}
			}
		})
	}
}

func BenchmarkMul(b *testing.B) {
	for _, c := range []struct{ p, n int }{{10, 100}, {20, 200}, {64, 1280}, {128, 2560}} {
		rng := rand.New(rand.NewPCG(1, 1))
		rows := make([]float64, c.n*c.p)
		stream.Normals(rng, rows)
		m := newTiles(rows, c.n, c.p)
		u, v := make([]float64, c.p), make([]float64, m.width())
		for name, f := range map[string]func(v, g, u []float64, count int){"go": mulTilesGo, "native": mulTiles} {
			b.Run(fmt.Sprintf("%dx%d/%s", c.p, c.n, name), func(b *testing.B) {
				for range b.N {
					f(v, m.g, u, m.count)
				}
			})
		}
	}
}
