package spiking

import (
	"math"
	"math/bits"
	"slices"

	"natspike/pkg/internal/portable"
)

// wide is the number of neurons in a tile of a coarse decoder, one for each bit of
// a word.
const wide = 64

// A coarse decoder holds Γ in units of 1/unit, rounded to 16 bits, in tiles of
// neurons: entry (d, j) is at
//
//	g[((j/wide·fours + d/4)·2 + d/2%2)·2·wide + j%wide·2 + d%2],
//
// so that a product of integers reads memory once and in order, and takes two
// dimensions at once. Dimensions that fill the last four, and neurons that fill the
// last tile, have zero entries.
//
// Each column, and the vector that it is multiplied with, has a length of at most
// 2¹⁵ − 1, so that no product exceeds 32 bits.
type coarse struct {
	fours, tiles int
	g            []int16
	norm         float64 // the largest |Γ_j|
	unit         float64 // of an entry
	limit        float64 // length of the vector before it is rounded
	doubt        float64 // the largest error of a product of integers
}

// newCoarse returns d rounded to 16 bits, or nil if its numbers are too large or
// small for that, or the processor has no use of it.
func newCoarse(d *Decoder) *coarse {
	if !hasAVX2 {
		return nil
	}
	const length = 1<<15 - 1
	p := float64(d.p)
	c := &coarse{fours: (d.p + 3) / 4, tiles: (d.n + wide - 1) / wide, limit: length - 1 - math.Sqrt(p)/2}
	for j := range d.n {
		column := d.Column(j)
		c.norm = max(c.norm, math.Sqrt(portable.Dot(column, column)))
	}
	if !inRange(c.norm) {
		return nil
	}
	c.unit = c.norm / c.limit
	c.g = make([]int16, c.tiles*c.fours*4*wide)
	most := 0.0
	for j := range d.n {
		sum := 0.0
		for i, v := range d.Column(j) {
			g := math.RoundToEven(v / c.unit)
			sum += math.Abs(g)
			c.g[((j/wide*c.fours+i/4)*2+i/2%2)*2*wide+j%wide*2+i%2] = int16(g)
		}
		most = max(most, sum)
	}
	// With errors of at most ½ in each entry of g and w, that of gᵀw is at most
	// ½|g|₁ + ½|w|₁ + p/4.
	c.doubt = (most+float64(math.Sqrt(p)*length))/2 + p/4 + 1
	return c
}

// inRange returns true if x and its square are far from overflow and from zero.
func inRange(x float64) bool { return x > 0x1p-300 && x < 0x1p300 }

// A voltageSearch finds, for V = offset − scale·q + Γᵀu, the neurons with V_j > T_j
// and the one with the largest V_j − shift_j, as if all V were computed in double
// precision, in the order of the dimensions.
//
// Few of them are. Where the processor has vectors of integers, products of 16 bits
// give all V within a known error, from a quarter of the memory. Exact values are
// computed only of the neurons that the error leaves open.
type voltageSearch struct {
	gamma            *Decoder
	coarse           *coarse   // nil if there is none
	threshold, shift []float64 // T and shift; +Inf beyond neuron n, of the length of whole tiles
	highest          float64   // the largest T

	// The last pass over the neurons.
	u, q          []float64
	offset, scale float64
	w             []int16   // u in units of its own, rounded
	unit          float64   // of a product of 16-bit integers
	err           float64   // the largest error of V; zero if all V are exact
	above         int       // neurons above threshold by more than the error
	excess        []float64 // V − shift
	top           []float64 // the largest excess in each tile
	open          []uint64  // of each tile, the neurons within the error of the threshold, a bit each
}

// newVoltageSearch takes T and, if byExcess is true, searches for the largest V − T,
// and else for the largest V.
func newVoltageSearch(gamma *Decoder, threshold []float64, byExcess bool) *voltageSearch {
	tiles := (gamma.n + wide - 1) / wide
	s := &voltageSearch{
		gamma: gamma, threshold: make([]float64, tiles*wide), highest: slices.Max(threshold),
		excess: make([]float64, tiles*wide), top: make([]float64, tiles), open: make([]uint64, tiles),
	}
	for j := copy(s.threshold, threshold); j < len(s.threshold); j++ {
		s.threshold[j] = math.Inf(1)
	}
	s.shift = s.threshold
	if !byExcess {
		s.shift = make([]float64, tiles*wide)
		for j := gamma.n; j < len(s.shift); j++ {
			s.shift[j] = math.Inf(1)
		}
	}
	if s.coarse = gamma.rounded(); s.coarse != nil {
		s.w = make([]int16, 4*s.coarse.fours)
	}
	return s
}

// width returns the length of vectors over neurons: n rounded up to whole tiles.
func (s *voltageSearch) width() int { return len(s.threshold) }

// voltage returns V_j.
func (s *voltageSearch) voltage(j int) float64 {
	v := s.offset - float64(s.scale*s.q[j])
	column := s.gamma.Column(j)
	u := s.u[:len(column)]
	for d, g := range column {
		v += float64(u[d] * g)
	}
	return v
}

// run returns the number of neurons above threshold. It does not copy u and q, which
// must be of the lengths of whole fours and of whole tiles. No |q_j| may be above
// bound.
func (s *voltageSearch) run(u, q []float64, offset, scale, bound float64) (above int) {
	if len(u) != (s.gamma.p+3)/4*4 || len(q) != len(s.threshold) {
		panic(badLength)
	}
	s.u, s.q, s.offset, s.scale = u, q, offset, scale
	if !s.estimate(bound) {
		s.exact()
		return s.above
	}
	above = s.above
	for tile, open := range s.open {
		for ; open != 0; open &= open - 1 {
			if j := tile*wide + bits.TrailingZeros64(open); s.voltage(j) > s.threshold[j] {
				above++
			}
		}
	}
	return above
}

// estimate computes all V within an error. It returns false if the numbers are too
// large or small for that, or not finite.
func (s *voltageSearch) estimate(bound float64) bool {
	c := s.coarse
	if c == nil || !hasAVX2 {
		return false
	}
	norm := math.Sqrt(portable.Dot(s.u, s.u)) // |u|
	// Sums in double precision are wrong by less than this.
	rounding := float64(s.gamma.p+8) * 0x1p-52 * (math.Abs(s.offset) + s.scale*bound + norm*c.norm + s.highest)
	if !inRange(norm) || !(rounding < math.MaxFloat64) {
		return false
	}
	per := c.limit / norm
	roundTo16(&s.w[0], &s.u[0], per, c.fours)
	s.unit = c.unit / per
	s.err = s.unit*c.doubt + rounding
	estimateVoltages(s)
	return true
}

// exact computes all V.
func (s *voltageSearch) exact() {
	s.err, s.above = 0, 0
	for tile := range s.top {
		from := tile * wide
		s.open[tile], s.top[tile] = 0, math.Inf(-1)
		excess := s.excess[from : from+wide]
		s.voltages(excess, from)
		for j, v := range excess {
			if v > s.threshold[from+j] {
				s.above++
			}
			excess[j] = v - s.shift[from+j]
			if excess[j] > s.top[tile] {
				s.top[tile] = excess[j]
			}
		}
	}
}

// voltages stores in v the voltages from neuron from on, and any value for those
// beyond the last.
func (s *voltageSearch) voltages(v []float64, from int) {
	p, n := s.gamma.p, min(len(v), s.gamma.n-from)
	j := 0
	for ; j+4 <= n; j += 4 { // at a time, to hide the latency of additions
		columns := s.gamma.columns[(from+j)*p : (from+j+4)*p]
		g0, g1, g2, g3 := columns[:p], columns[p:][:p], columns[2*p:][:p], columns[3*p:][:p]
		q := s.q[from+j:][:4]
		v0, v1 := s.offset-float64(s.scale*q[0]), s.offset-float64(s.scale*q[1])
		v2, v3 := s.offset-float64(s.scale*q[2]), s.offset-float64(s.scale*q[3])
		for d, u := range s.u[:p] {
			v0 += float64(u * g0[d])
			v1 += float64(u * g1[d])
			v2 += float64(u * g2[d])
			v3 += float64(u * g3[d])
		}
		*(*[4]float64)(v[j:]) = [4]float64{v0, v1, v2, v3}
	}
	for ; j < n; j++ {
		v[j] = s.voltage(from + j)
	}
}

// largest returns the first neuron of which V − shift is largest, and whether it is
// above threshold.
func (s *voltageSearch) largest() (neuron int, above bool) {
	least := slices.Max(s.top) - 2*s.err
	neuron = -1
	exact := math.NaN() // V − shift of the neuron, once it is needed
	for tile, top := range s.top {
		if top < least {
			continue
		}
		for open := atLeast((*[wide]float64)(s.excess[tile*wide:]), least); open != 0; open &= open - 1 {
			j := tile*wide + bits.TrailingZeros64(open)
			if neuron < 0 {
				neuron = j
				continue
			}
			if math.IsNaN(exact) {
				exact = s.voltage(neuron) - s.shift[neuron]
			}
			if e := s.voltage(j) - s.shift[j]; e > exact {
				neuron, exact = j, e
			}
		}
	}
	if e := s.excess[neuron] + (s.shift[neuron] - s.threshold[neuron]); math.Abs(e) > s.err {
		return neuron, e > 0
	}
	return neuron, s.voltage(neuron) > s.threshold[neuron]
}

// atLeastGo returns the entries of x that are at least y, a bit for each.
func atLeastGo(x *[wide]float64, y float64) (mask uint64) {
	for j, v := range x {
		if v >= y {
			mask |= 1 << j
		}
	}
	return mask
}
