package spiking

import (
	"math"
	"math/bits"
	"slices"

	"natspike/pkg/internal/portable"
)

// A voltageSearch finds, for V = offset − scale·q + Γᵀu, the neurons with V_j > T_j
// and the one with the largest V_j − shift_j, as if all V were computed in double
// precision, in the order of the dimensions.
//
// Few of them are. Where the processor has vectors of integers, products of 16 bits
// give all V within a known error, from a quarter of the memory. Exact voltages are
// then computed only of the neurons that the error leaves open.
type voltageSearch struct {
	gamma            *Decoder
	threshold, shift []float64 // T and shift, n
	u                []float64 // padded with zeros to whole fours
	q                []float64 // n
	offset, scale    float64

	// Estimates of V in single precision, and what they are made from. Vectors over
	// neurons have the length of whole tiles.
	coarse               *coarse   // nil if there are no estimates
	bound, highest       float64   // no |q_j| and no |T_j| is above it
	w                    []int16   // u·per, rounded
	per                  float64   // makes |u|·per no larger than 16 bits allow
	square               float64   // the largest |u|² for which per is made; −1 if it is not made
	age, perPass         int       // tiles searched since per was chosen, and in a pass
	product              float64   // no product of integers is wrong by more
	largestSum           float64   // no Γ_jᵀu + T_j is above it
	threshold32, shift32 []float32 // T and shift; +Inf beyond neuron n
	q32                  []float32
	offset32, scale32    float32
	unit32               float32
	err                  float32     // no estimate is wrong by more
	above                int         // neurons above threshold by more than err
	open                 []uint64    // the neurons of each tile that are within err of the threshold, a bit each
	anyOpen              uint64      // not zero if there are any
	excess               []float32   // V − shift
	top                  [16]float32 // the largest excesses of 16 parts of the neurons

	// The first of the neurons whose excess is within 2·err of the largest, and the number
	// of them, or zero if they are not known.
	first, near int

	// If exact is true, the last pass did without estimates and found the rest.
	exact  bool
	winner int  // the first neuron of which V − shift is largest
	spikes bool // whether it is above threshold
}

// newVoltageSearch searches for the largest V − T if byExcess is true, and else for
// the largest V.
func newVoltageSearch(gamma *Decoder, threshold []float64, byExcess bool) *voltageSearch {
	s := &voltageSearch{gamma: gamma, threshold: threshold, shift: threshold, coarse: gamma.rounded(), w: make([]int16, (gamma.p+3)/4*4), square: -1}
	if !byExcess {
		s.shift = make([]float64, len(threshold))
	}
	if s.coarse == nil {
		return s
	}
	width := s.coarse.tiles * coarseLanes
	for _, v := range []*[]float32{&s.threshold32, &s.shift32, &s.q32, &s.excess} {
		*v = make([]float32, width)
	}
	s.open, s.perPass = make([]uint64, s.coarse.tiles), s.coarse.tiles
	for j := range width {
		if j >= gamma.n {
			inf := float32(math.Inf(1))
			s.threshold32[j], s.shift32[j], s.excess[j] = inf, inf, -inf
			continue
		}
		s.threshold32[j], s.shift32[j] = float32(threshold[j]), float32(s.shift[j])
		s.highest = max(s.highest, math.Abs(threshold[j]))
	}
	return s
}

// watch lets s search the voltages that u and q give. It does not copy them.
func (s *voltageSearch) watch(u, q []float64) {
	if len(u) != (s.gamma.p+3)/4*4 || len(q) != s.gamma.n {
		panic(badLength)
	}
	s.u, s.q, s.bound = u, q, 0
	for j := range q {
		s.changed(j)
	}
}

// changed must be called when q_j has changed.
func (s *voltageSearch) changed(j int) {
	if s.coarse != nil {
		s.q32[j] = float32(s.q[j])
		s.bound = max(s.bound, math.Abs(s.q[j]))
	}
}

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

// count returns the number of neurons above threshold for the present u and q.
func (s *voltageSearch) count(offset, scale float64) (above int) {
	return s.countGiven(s.moved(), offset, scale)
}

// moved must be called before countGiven or prepare when u has changed without drive. It
// returns |u|².
func (s *voltageSearch) moved() (square float64) {
	s.age = scaleLife
	return portable.Dot(s.u, s.u)
}

// countGiven does what count does after a drive, given |u|². It is faster where |u| has
// changed little since the last pass.
func (s *voltageSearch) countGiven(square, offset, scale float64) (above int) {
	if s.prepare(square, offset, scale) {
		estimateVoltages(s)
	}
	return s.counted()
}

// counted returns the number of neurons above threshold. It follows prepare, and the pass
// over the neurons if prepare returned true.
func (s *voltageSearch) counted() (above int) {
	if s.exact || s.anyOpen != 0 {
		return s.countedExactly()
	}
	return s.above
}

func (s *voltageSearch) countedExactly() (above int) {
	if s.exact {
		return s.all()
	}
	above = s.above
	var some [4]int
	n := 0
	for k, open := range s.open {
		for ; open != 0; open &= open - 1 {
			some[n] = k*coarseLanes + bits.TrailingZeros64(open)
			if n++; n == len(some) {
				above += s.countExactly(some[:])
				n = 0
			}
		}
	}
	return above + s.countExactly(some[:n])
}

// countExactly returns the number of the neurons, at most four, that are above threshold
// by their exact voltages.
func (s *voltageSearch) countExactly(neurons []int) (above int) {
	v := s.voltages(neurons)
	for i, j := range neurons {
		if v[i] > s.threshold[j] {
			above++
		}
	}
	return above
}

// prepare makes ready for a pass over the neurons that estimates all V. It returns false
// if there is no way to estimate, or numbers are too large or small for it, or not finite.
func (s *voltageSearch) prepare(square, offset, scale float64) bool {
	s.offset, s.scale, s.exact = offset, scale, true
	if s.age += s.perPass; !(square <= s.square && s.age < scaleLife) && !s.chooseScale(square) {
		return false
	}
	// Half of this allows for the roundings of an estimate to single precision, and
	// for those of the exact voltage. The other half allows for those of the search.
	rounding := float64(0x1p-20*(math.Abs(offset)+float64(scale*s.bound)+s.largestSum)) + 0x1p-120
	if !(rounding < 0x1p60 && scale < 0x1p60 && s.bound < 0x1p100) {
		return false
	}
	s.offset32, s.scale32 = float32(offset), float32(scale)
	s.err = float32(s.product + rounding)
	s.exact = false
	return true
}

// scaleLife is the number of tiles after which the scale of w is chosen anew, so that
// it does not stay too coarse when u has become shorter. In a large network that is every
// few passes: there the wait for |u|² is short beside the pass.
const scaleLife = 128

// chooseScale chooses a scale of w, given |u|². It serves until u has grown by 6 %, so
// that most passes can begin before |u|² is known. chooseScale returns false if |u| is
// too large or small, or not finite, or there is no way to estimate.
func (s *voltageSearch) chooseScale(square float64) bool {
	c, norm := s.coarse, 1.06*math.Sqrt(square)
	if c == nil || !hasAVX2 || !inRange(norm) {
		return false
	}
	s.square, s.age = norm*norm, 0
	s.per = c.limit / norm
	unit := c.unit / s.per
	s.unit32 = float32(unit)
	s.product, s.largestSum = unit*c.err, float64(norm*c.norm)+s.highest
	roundAVX2(s)
	return true
}

// largest returns the first neuron of which V − shift is largest, and whether it is
// above threshold. It follows counted.
func (s *voltageSearch) largest() (winner int, spikes bool) {
	if s.exact {
		return s.winner, s.spikes
	}
	if s.near == 0 {
		nearLargest(s)
	}
	if winner = s.first; s.near > 1 {
		winner = s.decide()
	}
	if e := s.excess[winner] + (s.shift32[winner] - s.threshold32[winner]); e > s.err || e < -s.err {
		return winner, e > 0
	}
	return winner, s.voltage(winner) > s.threshold[winner]
}

// decide returns the first neuron of which V − shift is largest, by the exact voltages
// of those that may be it.
func (s *voltageSearch) decide() (winner int) {
	least, excess := slices.Max(s.top[:])-2*s.err, math.Inf(-1)
	for j, x := range s.excess[:s.gamma.n] {
		if x < least {
			continue
		}
		if e := s.voltage(j) - s.shift[j]; e > excess {
			winner, excess = j, e
		}
	}
	return winner
}

// all does by exact voltages what count and largest do.
func (s *voltageSearch) all() (above int) {
	largest := math.Inf(-1)
	s.winner, s.spikes = 0, false
	for from := 0; from < s.gamma.n; from += 4 {
		neurons := [4]int{from, from + 1, from + 2, from + 3}
		some := neurons[:min(4, s.gamma.n-from)]
		v := s.voltages(some)
		for i, j := range some {
			spikes := v[i] > s.threshold[j]
			if spikes {
				above++
			}
			if e := v[i] - s.shift[j]; e > largest {
				largest, s.winner, s.spikes = e, j, spikes
			}
		}
	}
	return above
}

// voltages returns the exact voltages of at most four neurons. Four at a time hide the
// latency of additions.
func (s *voltageSearch) voltages(neurons []int) (v [4]float64) {
	if len(neurons) < 4 {
		for i, j := range neurons {
			v[i] = s.voltage(j)
		}
		return v
	}
	var g [4][]float64
	for i, j := range neurons[:4] {
		v[i] = s.offset - float64(s.scale*s.q[j])
		g[i] = s.gamma.Column(j)
	}
	v0, v1, v2, v3 := v[0], v[1], v[2], v[3]
	g0, g1, g2, g3 := g[0], g[1][:len(g[0])], g[2][:len(g[0])], g[3][:len(g[0])]
	u := s.u[:len(g0)]
	for d, x := range u {
		v0 += float64(x * g0[d])
		v1 += float64(x * g1[d])
		v2 += float64(x * g2[d])
		v3 += float64(x * g3[d])
	}
	return [4]float64{v0, v1, v2, v3}
}

// coarseLanes is the number of neurons in a tile of a coarse decoder, one for each bit
// of a word.
const coarseLanes = 64

// A coarse decoder holds Γ rounded to 16 bits, in tiles of neurons: entry (d, j), in
// units of unit, is
//
//	g[2L·(j/L·pairs + d/2) + 2·(j%L) + d%2],  L = coarseLanes,
//
// so that a product reads memory once and in order, and takes two dimensions at once.
// The dimension that fills the last pair, and the neurons that fill the last tile,
// have zero entries.
//
// Each column, and the vector that it is multiplied with, has a length below 2¹⁵, so
// that no product exceeds 32 bits.
type coarse struct {
	pairs, tiles int // of dimensions, of neurons
	full, rest   int // tiles of which all groups of 16 neurons are there, and groups beyond
	g            []int16
	norm         float64 // the largest |Γ_j|
	unit         float64
	limit        float64 // length of the vector, in its unit, before it is rounded
	err          float64 // the largest error of a product of integers
}

// newCoarse returns d rounded to 16 bits, or nil if numbers are too large or small for
// that, or the processor has no use of it.
func newCoarse(d *Decoder) *coarse {
	if !hasAVX2 {
		return nil
	}
	const length = 1<<15 - 1
	p := float64(d.p)
	groups := (d.n + 15) / 16
	c := &coarse{pairs: (d.p + 1) / 2, tiles: (groups + 3) / 4, full: groups / 4, rest: groups % 4, limit: length - 1 - math.Sqrt(p)/2}
	for j := range d.n {
		column := d.Column(j)
		c.norm = max(c.norm, math.Sqrt(portable.Dot(column, column)))
	}
	if !inRange(c.norm) {
		return nil
	}
	c.unit = c.norm / c.limit
	c.g = make([]int16, c.tiles*c.pairs*2*coarseLanes)
	most := 0.0 // the largest |g_j|₁
	for j := range d.n {
		sum := 0.0
		for i, v := range d.Column(j) {
			g := math.RoundToEven(v / c.unit)
			sum += math.Abs(g)
			c.g[2*coarseLanes*(j/coarseLanes*c.pairs+i/2)+2*(j%coarseLanes)+i%2] = int16(g)
		}
		most = max(most, sum)
	}
	// Errors of at most ½ in each entry of g and w make one of at most ½|g|₁ + ½|w|₁ +
	// p/4 in gᵀw, and |w|₁ ≤ √p|w|.
	c.err = (most+float64(math.Sqrt(p)*length))/2 + p/4 + 1
	return c
}

// inRange returns true if the product of x and another such number, in units of 2⁻³⁰,
// is in the range of single precision.
func inRange(x float64) bool { return x > 0x1p-40 && x < 0x1p40 }
