package spiking

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// bruteForce computes what a voltageSearch finds, by definition.
func bruteForce(s *voltageSearch) (above, largest int, spikes bool) {
	best := math.Inf(-1)
	for j := range s.gamma.n {
		v := s.offset - float64(s.scale*s.q[j])
		for d, g := range s.gamma.Column(j) {
			v += float64(s.u[d] * g)
		}
		if v > s.threshold[j] {
			above++
		}
		if e := v - s.shift[j]; e > best {
			best, largest, spikes = e, j, v > s.threshold[j]
		}
	}
	return above, largest, spikes
}

// randomSearch returns a search in a random network. Some columns
// are equal, some nearly; some thresholds are voltages, some nearly.
func randomSearch(rng *rand.Rand, p, n int, byExcess bool) *voltageSearch {
	d, err := RandomDecoder(rng, p, n, math.Exp2(40*rng.Float64()-20))
	if err != nil {
		panic(err)
	}
	near := func(x float64) float64 {
		switch rng.IntN(3) {
		case 0:
			return x
		case 1:
			return x * (1 + 0x1p-52*float64(rng.IntN(9)-4))
		}
		return x * (1 + 1e-4*stream.Normal(rng))
	}
	for range n / 3 {
		from, to := d.Column(rng.IntN(n)), d.Column(rng.IntN(n))
		for i, v := range from {
			to[i] = near(v)
		}
	}
	u, q := make([]float64, (p+3)/4*4), make([]float64, n)
	stream.Normals(rng, u[:p])
	size := math.Exp2(40*rng.Float64() - 20)
	for i := range u {
		u[i] *= size
	}
	typical := size * math.Abs(d.At(0, 0))
	offset, scale := typical*stream.Normal(rng), rng.Float64()
	for j := range n {
		if rng.IntN(2) == 0 {
			q[j] = typical * rng.Float64()
		}
	}
	threshold := make([]float64, n)
	s := &voltageSearch{gamma: d, u: u, q: q, offset: offset, scale: scale}
	for j := range n {
		threshold[j] = near(s.voltage(j) + float64(typical*max(0, stream.Normal(rng))))
	}
	s = newVoltageSearch(d, threshold, byExcess)
	s.watch(u, q)
	s.offset, s.scale = offset, scale
	return s
}

// countStretched makes a pass with another length of u, so that the next pass finds the
// scale of that.
func countStretched(s *voltageSearch, factor float64) {
	u := slices.Clone(s.u)
	for i := range s.u {
		s.u[i] *= factor
	}
	s.count(s.offset, s.scale)
	copy(s.u, u)
}

// recount makes a pass with the scale of the last one, if that serves.
func recount(s *voltageSearch) (above int) {
	if s.coarse != nil && hasAVX2 {
		roundAVX2(s)
	}
	return s.countGiven(portable.Dot(s.u, s.u), s.offset, s.scale)
}

// TestSearchIsExact compares the search with its definition, with each set of vector
// instructions. Its negative control takes the error of 16 bits to be zero.
func TestSearchIsExact(t *testing.T) {
	for name, only := range levels() {
		t.Run(name, func(t *testing.T) {
			defer only()()
			wrong := 0
			for _, control := range []bool{false, true} {
				rng := stream.New(1)
				for range 300 {
					p, n := 1+rng.IntN(40), 1+rng.IntN(200)
					s := randomSearch(rng, p, n, rng.IntN(2) == 0)
					if control && s.coarse != nil {
						s.coarse.err = 0
					}
					countStretched(s, math.Exp2(6*rng.Float64()-3))
					above := recount(s)
					wantAbove, wantLargest, wantSpikes := bruteForce(s)
					largest, spikes := s.largest()
					if above == wantAbove && largest == wantLargest && spikes == wantSpikes {
						continue
					}
					if control {
						wrong++
						continue
					}
					t.Fatalf("p = %d, n = %d: %d above, largest %d spikes: %v; by definition %d, %d, %v", p, n, above, largest, spikes, wantAbove, wantLargest, wantSpikes)
				}
			}
			if name != "none" && wrong < 10 {
				t.Errorf("the search is right in all but %d cases without its error", wrong)
			}
		})
	}
}

// TestSearchError compares voltages within their error, and the error with what it
// is to be: small beside the voltages.
func TestSearchError(t *testing.T) {
	for name, only := range levels() {
		t.Run(name, func(t *testing.T) {
			defer only()()
			if !hasAVX2 {
				t.Skip("all voltages are exact")
			}
			rng := stream.New(2)
			for range 100 {
				p, n := 1+rng.IntN(200), 1+rng.IntN(200)
				s := randomSearch(rng, p, n, false)
				countStretched(s, 8)
				for range scaleLife {
					recount(s)
				}
				square := 0.0
				for _, w := range s.w {
					square += float64(w) * float64(w)
				}
				if length := math.Sqrt(square); length > 1<<15-1 || length < 0.9*(1<<15) {
					t.Errorf("p = %d: u is %v long in its unit", p, length)
				}
				worst := 0.0
				for j := range n {
					worst = max(worst, math.Abs(float64(s.excess[j])-s.voltage(j)))
				}
				if worst > float64(s.err) {
					t.Errorf("p = %d, n = %d: an error of %.3g, want at most %.3g", p, n, worst, s.err)
				}
				least, first, near := slices.Max(s.excess)-2*s.err, -1, 0
				for j, x := range s.excess {
					if x < least {
						continue
					}
					if near++; first < 0 {
						first = j
					}
				}
				if s.near == 0 {
					nearLargest(s)
				}
				if s.first != first || s.near != near {
					t.Errorf("p = %d, n = %d: %d neurons from %d on are near the largest, want %d from %d on", p, n, s.near, s.first, near, first)
				}
				norm := math.Sqrt(portable.Dot(s.u, s.u)) * s.coarse.norm
				if most := norm*math.Sqrt(float64(p))/3e4 + 1e-6*(norm+math.Abs(s.offset)+s.highest+s.bound); float64(s.err) > most {
					t.Errorf("p = %d, n = %d: the error is %.3g, want at most %.3g", p, n, s.err, most)
				}
			}
		})
	}
}

// TestSearchOfExtremes searches where 16 bits cannot: no number of u, too large and
// too small numbers, and numbers that are not finite.
func TestSearchOfExtremes(t *testing.T) {
	for _, size := range []float64{0, 1e-320, 1e-160, 1e160, math.MaxFloat64, math.Inf(1), math.NaN()} {
		for passes := range 2 { // before
			s := randomSearch(stream.New(3), 7, 100, true)
			for range passes {
				s.count(s.offset, s.scale)
			}
			s.u[3] = size
			if size == 0 {
				clear(s.u)
			}
			above := recount(s)
			wantAbove, wantLargest, wantSpikes := bruteForce(s)
			if above != wantAbove {
				t.Errorf("u of %v: %d above, want %d", size, above, wantAbove)
			}
			if above == 0 {
				continue
			}
			if largest, spikes := s.largest(); largest != wantLargest || spikes != wantSpikes {
				t.Errorf("u of %v: largest %d spikes: %v; want %d, %v", size, largest, spikes, wantLargest, wantSpikes)
			}
		}
	}
}

// FuzzSearch compares the search with its definition for numbers of all sizes: a
// decoder and thresholds that are finite, and a state that may not be.
func FuzzSearch(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{4, 66, 1, 200, 210, 220, 63, 2, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := choices{bytes.NewReader(data)}
		p, n := 1+c.byte()%9, 1+c.byte()%70
		u, q := padded(p), make([]float64, n)
		offset, scale := c.number(-0.5), math.Abs(c.number(0.5))
		byExcess := c.byte()%2 == 0
		for d := range p {
			u[d] = c.number(math.Sin(float64(7 * d)))
		}
		decoder, threshold := newDecoder(p, n), make([]float64, n)
		for j := range n {
			threshold[j], q[j] = c.number(0.5), c.number(0)
			for d := range decoder.Column(j) {
				decoder.Column(j)[d] = c.number(math.Cos(float64(3*j + 5*d)))
			}
			if i := arg.FirstNonFinite(append([]float64{threshold[j]}, decoder.Column(j)...)); i >= 0 {
				return
			}
		}
		s := newVoltageSearch(decoder, threshold, byExcess)
		s.watch(u, q)
		s.offset, s.scale = offset, scale
		countStretched(s, math.Exp2(float64(c.byte()%7)-3))
		above := recount(s)
		wantAbove, wantLargest, wantSpikes := bruteForce(s)
		if above != wantAbove {
			t.Fatalf("%d above, by definition %d", above, wantAbove)
		}
		if above == 0 {
			return
		}
		if largest, spikes := s.largest(); largest != wantLargest || spikes != wantSpikes {
			t.Fatalf("largest %d spikes: %v; by definition %d, %v", largest, spikes, wantLargest, wantSpikes)
		}
	})
}

// BenchmarkSearch times a search in which the error leaves next to nothing open.
func BenchmarkSearch(b *testing.B) {
	for _, c := range []struct{ p, n int }{{10, 100}, {20, 200}, {64, 1280}, {128, 2560}} {
		for name, only := range levels() {
			b.Run(fmt.Sprintf("%dx%d/%s", c.p, c.n, name), func(b *testing.B) {
				defer only()()
				rng := stream.New(4)
				decoder, err := RandomDecoder(rng, c.p, c.n, 1)
				if err != nil {
					b.Fatal(err)
				}
				threshold := make([]float64, c.n)
				for j := range threshold {
					threshold[j] = float64(c.p) / 2
				}
				s := newVoltageSearch(decoder, threshold, false)
				u := make([]float64, (c.p+3)/4*4)
				stream.Normals(rng, u[:c.p])
				s.watch(u, make([]float64, c.n))
				b.ResetTimer()
				for range b.N {
					s.count(0, 1)
				}
			})
		}
	}
}
