package moments

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// A Path accumulates the mean, the covariance and the extremes of an estimate
// over time steps. Any number of steps without a spike, in which the estimate
// decays by one factor, cost as much as one:
//
//	decay, err := moments.NewDecay(net.Decay())
//	…
//	net.Position(x)
//	for steps < total {
//		k := net.Jump(rng, total-steps)
//		path.AddDecay(x, decay, k-1)
//		net.Position(x)
//		path.Add(x)
//		steps += k
//	}
//
// Let r be the first estimate, y = x − r and uᵢ = 1 − κⁱ. Then κⁱx − r =
// κⁱy − uᵢr, and over the steps of a decay
//
//	Σ (κⁱx − r)(κⁱx − r)ᵀ = Σκ²ⁱ yyᵀ − Σκⁱuᵢ (yrᵀ + ryᵀ) + Σuᵢ² rrᵀ.
//
// Sums about r do not cancel where the mean is large and the spread is small. They
// are sums of sums of 2²² steps or decays each, so that those of 10⁹ keep their digits.
// A step or a decay costs about dim² flops and the memory is dim² numbers. The
// results are the same bits on every architecture. A Path is not safe for
// concurrent use.
type Path struct {
	n      int64
	ref    []float64 // r
	wide   int       // the next multiple of four from the dimension on
	lo, hi []float64 // extremes
	err    error

	pathSums          // of the last blocks
	before   pathSums // of the steps before
	blocks   int      // that pathSums are of

	pending int       // stretches in block that are not yet in sum, cross and outer
	block   []float64 // their y, 4×dim
	weights [3][4]float64
	decayed []float64 // scratch
}

// pathSums are sums over steps.
type pathSums struct {
	sum   []float64 // Σ κⁱy
	cross []float64 // Σ κⁱuᵢ y
	outer []float64 // Σ κ²ⁱ yyᵀ, wide×wide, of which the lower triangle counts
	gaps  float64   // Σ uᵢ
	gaps2 float64   // Σ uᵢ²
}

func newPathSums(wide int) pathSums {
	return pathSums{sum: make([]float64, wide), cross: make([]float64, wide), outer: make([]float64, wide*wide)}
}

func (s *pathSums) clear() {
	s.gaps, s.gaps2 = 0, 0
	clear(s.sum)
	clear(s.cross)
	clear(s.outer)
}

func (s *pathSums) add(t *pathSums) {
	s.gaps += t.gaps
	s.gaps2 += t.gaps2
	portable.Axpy(1, t.sum, s.sum)
	portable.Axpy(1, t.cross, s.cross)
	portable.Axpy(1, t.outer, s.outer)
}

// maxBlocks is the largest number of blocks, of four steps or decays, that are added
// up one after the other.
const maxBlocks = 1 << 20

// NewPath returns the moments of no steps, in dim dimensions.
func NewPath(dim int) *Path {
	wide := (dim + 3) / 4 * 4
	p := &Path{
		ref: make([]float64, dim), wide: wide, lo: make([]float64, dim), hi: make([]float64, dim),
		pathSums: newPathSums(wide), before: newPathSums(wide),
		block: make([]float64, 4*wide), decayed: make([]float64, dim),
	}
	p.Reset()
	return p
}

// Reset forgets all steps.
func (p *Path) Reset() {
	p.n, p.pending, p.blocks, p.err = 0, 0, 0, nil
	p.pathSums.clear()
	p.before.clear()
	for i := range p.lo {
		p.lo[i], p.hi[i] = math.Inf(1), math.Inf(-1)
	}
}

// Add takes in one step, at which the estimate is x. An estimate that is not
// finite, or too large, is left out, and Err returns an error. Add does not
// allocate or keep x. It panics if len(x) is not the dimension.
func (p *Path) Add(x []float64) { p.add(x, &oneStep, 1) }

var oneStep = powerSums{k: 1, sum: 1, square: 1}

// AddSegment takes in k steps, in which the estimate is x, κx, κ²x, …, κᵏ⁻¹x. It
// adds nothing if k ≤ 0, and is as Add otherwise.
func (p *Path) AddSegment(x []float64, d *Decay, k int64) {
	switch {
	case k <= 0:
	case k < tabulated:
		p.add(x, &d.short[k], d.power[k-1])
	default:
		s := d.sums(k)
		p.add(x, &s, d.Power(k-1))
	}
}

// AddDecay takes in the k steps that follow x, in which the estimate is κx, κ²x,
// …, κᵏx. It adds nothing if k ≤ 0, and is as Add otherwise.
func (p *Path) AddDecay(x []float64, d *Decay, k int64) {
	check.Length("x", x, len(p.ref))
	for i, v := range x {
		p.decayed[i] = v * d.keep
	}
	p.AddSegment(p.decayed, d, k)
}

// add takes in the steps x, κx, …, last·x.
func (p *Path) add(x []float64, s *powerSums, last float64) {
	check.Length("x", x, len(p.ref))
	if p.n == 0 && usable(x) {
		copy(p.ref, x)
	}
	if !portable.Deviate(p.block[p.pending*p.wide:], x, p.ref, p.lo, p.hi, last) { // false too if a value is NaN
		if !usable(x) {
			if p.err == nil {
				p.err = refusal("step", p.n, x)
			}
			return
		}
		for i, v := range x {
			p.lo[i], p.hi[i] = min(p.lo[i], v, v*last), max(p.hi[i], v, v*last)
		}
	}
	p.n += int64(s.k)
	p.gaps += s.gaps
	p.gaps2 += s.gaps2
	p.weights[0][p.pending] = s.square
	p.weights[1][p.pending] = s.sum
	p.weights[2][p.pending] = s.cross
	if p.pending++; p.pending == 4 {
		p.flush()
		if p.blocks++; p.blocks == maxBlocks {
			p.before.add(&p.pathSums)
			p.pathSums.clear()
			p.blocks = 0
		}
	}
}

// flush adds the pending stretches to the sums.
func (p *Path) flush() {
	clear(p.block[p.pending*p.wide:])
	p.pending = 0
	portable.Axpy4(&p.weights[1], p.block, p.sum)
	portable.Axpy4(&p.weights[2], p.block, p.cross)
	portable.AddOuter4(p.outer, &p.weights[0], p.block, p.wide)
}

// Merge takes in all steps of q, which is not changed. It panics if the
// dimensions differ.
func (p *Path) Merge(q *Path) {
	dim := len(p.ref)
	check.Length("mean of the other path", q.ref, dim)
	if p.err == nil {
		p.err = q.err
	}
	if q.n == 0 {
		return
	}
	if p.n == 0 {
		copy(p.ref, q.ref)
	}
	p.flush()
	q.flush()
	// The moments of q about the reference of p: S + n ddᵀ, where S is about
	// the mean of q and d is the mean of q less the reference of p.
	d := make([]float64, dim)
	n := float64(q.n)
	for i := range d {
		d[i] = q.offset(i)/n + (q.ref[i] - p.ref[i])
	}
	for i := range d {
		p.sum[i] += float64(n * d[i])
		for j := range i + 1 {
			p.outer[i*p.wide+j] += q.scatter(i, j) + float64(n*float64(d[i]*d[j]))
		}
		p.lo[i], p.hi[i] = min(p.lo[i], q.lo[i]), max(p.hi[i], q.hi[i])
	}
	p.n += q.n
}

// N returns the number of steps taken in.
func (p *Path) N() int64 { return p.n }

// Dim returns the dimension.
func (p *Path) Dim() int { return len(p.ref) }

// Err returns an error that names the first step that was left out, or nil. The
// error wraps ErrNonFinite or ErrScale.
func (p *Path) Err() error { return p.err }

// Mean stores the mean over steps in dst and returns it; if dst is nil a new
// slice is made. It panics if there are no steps.
func (p *Path) Mean(dst []float64) []float64 {
	p.ready()
	dst = fill(dst, p.ref, 1)
	for i := range dst {
		dst[i] += p.offset(i) / float64(p.n)
	}
	return dst
}

// Variance stores the variance of each coordinate over steps, with divisor N, in
// dst and returns it; if dst is nil a new slice is made. It panics if there are
// no steps.
func (p *Path) Variance(dst []float64) []float64 {
	p.ready()
	dst = fill(dst, p.ref, 0)
	for i := range dst {
		dst[i] = p.scatter(i, i) / float64(p.n)
	}
	return dst
}

// CovarianceMatrix stores the covariance over steps, with divisor N, in dst,
// which must be empty or dim×dim. It panics if there are no steps.
func (p *Path) CovarianceMatrix(dst *mat.SymDense) {
	p.ready()
	check.ReuseSym(dst, len(p.ref))
	for i := range p.ref {
		for j := range i + 1 {
			dst.SetSym(i, j, p.scatter(i, j)/float64(p.n))
		}
	}
}

// Extremes stores the least and the greatest value of each coordinate in lo and
// hi and returns them; of a slice that is nil a new one is made. It panics if
// there are no steps.
func (p *Path) Extremes(lo, hi []float64) (least, greatest []float64) {
	p.ready()
	return fill(lo, p.lo, 1), fill(hi, p.hi, 1)
}

// ready panics if there are no steps, and completes the sums.
func (p *Path) ready() {
	if p.n < 1 {
		panic(badDraws)
	}
	p.flush()
}

// offset returns Σ (x − r) of coordinate i.
func (p *Path) offset(i int) float64 {
	return (p.before.sum[i] + p.sum[i]) - float64((p.before.gaps+p.gaps)*p.ref[i])
}

// scatter returns Σ (xᵢ − mᵢ)(xⱼ − mⱼ), j ≤ i, with m the mean.
func (p *Path) scatter(i, j int) float64 {
	ri, rj := p.ref[i], p.ref[j]
	before, ij := &p.before, i*p.wide+j
	about := (before.outer[ij] + p.outer[ij]) - float64((before.cross[i]+p.cross[i])*rj) - float64((before.cross[j]+p.cross[j])*ri) + float64(float64(ri*rj)*(before.gaps2+p.gaps2))
	s := about - float64(p.offset(i)/float64(p.n)*p.offset(j))
	if i == j {
		s = max(s, 0)
	}
	return s
}
