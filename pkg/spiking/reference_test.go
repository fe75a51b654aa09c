package spiking

import (
	"math"
	"sort"
	"sync"
	"testing"

	"natspike/pkg/internal/reference"
	"natspike/pkg/internal/reference/referencetest"
	"natspike/pkg/stream"
)

// The tests below run the cells of the tables of package reference and compare
// every statistic: see package referencetest for how, and for what is found out.

// A sample holds the statistics of one run by the names of the table's columns.
type sample map[string]float64

// runCells runs each cell the given number of times. Repeats of a cell have
// decoders of their own.
func runCells(cells []*reference.Cell, repeats int, run func(c *reference.Cell, key stream.Key) sample) [][]sample {
	return referencetest.Run(len(cells), repeats, func(c, r int) sample {
		return run(cells[c], stream.Key{Seed: referencetest.Seed, Cell: uint64(c), Repeat: uint32(r)})
	})
}

// compare compares the runs of cells with their tables.
func compare(t *testing.T, cells []*reference.Cell, runs [][]sample) {
	t.Helper()
	referencetest.Compare(t, cells, func(i int, s reference.Statistic) []float64 { return valuesOf(t, runs[i], s) })
}

func valuesOf(t *testing.T, runs []sample, s reference.Statistic) []float64 {
	t.Helper()
	var x []float64
	for _, r := range runs {
		v, ok := r[s.Name]
		if !ok {
			t.Fatalf("no statistic %s", s.Name)
		}
		x = append(x, v)
	}
	return x
}

func geometryOf(c *reference.Cell) Geometry {
	if c.Natural {
		return Natural
	}
	return Naive
}

func meanSD(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(max(len(x)-1, 1)))
}

// A path holds an estimate over time, one slice for each dimension.
type path [][]float64

func newPath(p, steps int) path {
	x := make(path, p)
	for d := range x {
		x[d] = make([]float64, steps)
	}
	return x
}

// window returns the steps from to to of each dimension.
func (x path) window(from, to int) path {
	w := make(path, len(x))
	for d := range x {
		w[d] = x[d][from:to]
	}
	return w
}

// The numbers below are crunched by one goroutine; without go:norace they take
// ten times longer under the race detector, and longer than the networks.

// moments returns the mean over dimensions of the mean and of the variance over
// time, divided by its length less ddof.
//
//go:norace
func (x path) moments(ddof int) (mean, variance float64) {
	for _, xs := range x {
		m := average(xs)
		s := 0.0
		for _, v := range xs {
			s += (v - m) * (v - m)
		}
		mean += m / float64(len(x))
		variance += s / float64(len(xs)-ddof) / float64(len(x))
	}
	return mean, variance
}

//go:norace
func average(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// covariance returns the covariance over time, by rows, divided by the length
// less one.
//
//go:norace
func (x path) covariance() []float64 {
	p := len(x)
	c := make([]float64, p*p)
	mean := make([]float64, p)
	for d := range x {
		mean[d] = average(x[d])
	}
	for i := range p {
		for j := range i + 1 {
			xi, xj, s := x[i], x[j], 0.0
			for k := range xi {
				s += (xi[k] - mean[i]) * (xj[k] - mean[j])
			}
			c[i*p+j] = s / float64(len(xi)-1)
			c[j*p+i] = c[i*p+j]
		}
	}
	return c
}

func offDiagonal(c []float64, p int) float64 {
	s := 0.0
	for i := range p {
		for j := range p {
			if i != j {
				s += c[i*p+j]
			}
		}
	}
	return s / float64(p*(p-1))
}

// w2Bins is the authors' measure of distance: the 2-Wasserstein distance between
// the numbers of the bins that x and as many draws from N(mean, sd²) fall into,
// 198 between the ends of x and one beyond each, averaged over dimensions. The
// edges are MATLAB's histcounts(x, 198).
func (x path) w2Bins(rng *normals, mean, sd float64) float64 {
	total := 0.0
	y := make([]float64, len(x[0]))
	for _, xs := range x {
		rng.fill(y, mean, sd)
		total += w2Bins(xs, y) / float64(len(x))
	}
	return total
}

const innerBins = 198

//go:norace
func w2Bins(x, y []float64) float64 {
	left, width := binEdges(x)
	hx, hy := histogram(x, left, width), histogram(y, left, width)
	// The monotone coupling: mass moves in order.
	sum := 0.0
	i, j := 0, 0
	for i < len(hx) && j < len(hy) {
		m := min(hx[i], hy[j])
		sum += float64(m) * float64((i-j)*(i-j))
		hx[i] -= m
		hy[j] -= m
		if hx[i] == 0 {
			i++
		}
		if j < len(hy) && hy[j] == 0 {
			j++
		}
	}
	return math.Sqrt(sum / float64(len(x)))
}

//go:norace
func histogram(x []float64, left, width float64) []int {
	h := make([]int, innerBins+2)
	for _, v := range x {
		h[int(min(max(math.Floor((v-left)/width+1e-9)+1, 0), innerBins+1))]++ // 1e-9 for those on an edge
	}
	return h
}

// binEdges returns the left edge and the width of the bins.
//
//go:norace
func binEdges(x []float64) (left, width float64) {
	lo, hi := x[0], x[0]
	for _, v := range x {
		lo, hi = min(lo, v), max(hi, v)
	}
	scale := max(math.Abs(lo), math.Abs(hi))
	eps := math.Nextafter(scale, math.Inf(1)) - scale
	if hi-lo <= math.Sqrt(eps) { // nearly constant
		left = math.Floor(2*(lo-0.25)) / 2
		right := math.Ceil(2*(hi+0.25)) / 2
		return left, (right - left) / innerBins
	}
	pow10 := func(x float64) float64 { return math.Pow(10, math.Floor(math.Log10(x))) }
	raw := max((hi-lo)/innerBins, eps)
	nice := pow10(raw) * math.Floor(raw/pow10(raw))
	left = min(nice*math.Floor(lo/nice), lo)
	low, high := (hi-left)/innerBins, (hi-left)/(innerBins-1)
	step := pow10(high - low)
	return left, step * math.Ceil(low/step)
}

// w2Values is the 2-Wasserstein distance between x and N(mean, sd²), averaged
// over dimensions.
//
//go:norace
func (x path) w2Values(mean, sd float64) float64 {
	q := normalQuantiles(len(x[0]))
	buffer := make([]float64, 2*len(q))
	total := 0.0
	for _, xs := range x {
		sorted := radixSort(buffer, xs)
		s := 0.0
		for i, v := range sorted {
			d := v - (mean + sd*q[i])
			s += d * d
		}
		total += math.Sqrt(s/float64(len(q))) / float64(len(x))
	}
	return total
}

// normalQuantiles returns the normal law's quantiles at (i+½)/n.
func normalQuantiles(n int) []float64 {
	quantileLock.Lock()
	defer quantileLock.Unlock()
	if quantiles[n] == nil {
		q := make([]float64, n)
		for i := range q {
			q[i] = math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/float64(n)-1)
		}
		quantiles[n] = q
	}
	return quantiles[n]
}

var (
	quantileLock sync.Mutex
	quantiles    = map[int][]float64{}
)

// radixSort returns x in ascending order, in a part of the buffer, which must be
// twice as long.
//
//go:norace
func radixSort(buffer, x []float64) []float64 {
	const digit = 11
	key := func(v float64) uint64 { // ascending as unsigned numbers
		b := math.Float64bits(v)
		return b ^ (uint64(int64(b)>>63) | 1<<63)
	}
	from, to := buffer[:len(x)], buffer[len(x):2*len(x)]
	copy(from, x)
	for shift := 0; shift < 64; shift += digit {
		var at [1<<digit + 1]int
		for _, v := range from {
			at[key(v)>>shift&(1<<digit-1)+1]++
		}
		for i := 1; i < len(at); i++ {
			at[i] += at[i-1]
		}
		for _, v := range from {
			k := key(v) >> shift & (1<<digit - 1)
			to[at[k]] = v
			at[k]++
		}
		from, to = to, from
	}
	return from
}

// normals draws normal numbers fast under the race detector, by the polar method
// from a xorshift generator: for the draws that samples are compared with.
type normals struct{ state uint64 }

//go:norace
func (g *normals) uniform() float64 {
	g.state ^= g.state << 13
	g.state ^= g.state >> 7
	g.state ^= g.state << 17
	return float64((g.state*0x2545F4914F6CDD1D)>>11)*0x1p-52 - 1
}

//go:norace
func (g *normals) fill(dst []float64, mean, sd float64) {
	for i := 0; i < len(dst); i += 2 {
		u, v, s := 0.0, 0.0, 0.0
		for s == 0 || s >= 1 {
			u, v = g.uniform(), g.uniform()
			s = u*u + v*v
		}
		f := sd * math.Sqrt(-2*math.Log(s)/s)
		dst[i] = mean + u*f
		if i+1 < len(dst) {
			dst[i+1] = mean + v*f
		}
	}
}

// A spikeStatistics sums up the spike counts and intervals of neurons.
type spikeStatistics struct {
	rates          []float64 // Hz, of every neuron
	silent, few    float64   // shares of neurons without spikes, with fewer than three
	isi, variation []float64 // mean interval in s and its coefficient of variation, of the others
}

func spikeStats(trains [][]float64, duration float64) spikeStatistics {
	var s spikeStatistics
	n := float64(len(trains))
	for _, times := range trains {
		s.rates = append(s.rates, float64(len(times))/duration)
		if len(times) == 0 {
			s.silent += 1 / n
		}
		if len(times) < 3 {
			s.few += 1 / n
			continue
		}
		var intervals []float64
		for i := 1; i < len(times); i++ {
			intervals = append(intervals, times[i]-times[i-1])
		}
		m, sd := meanSD(intervals)
		s.isi = append(s.isi, m)
		s.variation = append(s.variation, sd/m)
	}
	return s
}

// meanOf is the mean, NaN of nothing, as the other summaries.
func meanOf(x []float64) float64 {
	m, _ := meanSD(x)
	return m
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	x = append([]float64(nil), x...)
	sort.Float64s(x)
	k := len(x) / 2
	if len(x)%2 == 1 {
		return x[k]
	}
	return (x[k-1] + x[k]) / 2
}

func largestOf(x []float64) float64 {
	m := math.Inf(-1)
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// TestReferenceStatistics checks the yardsticks themselves: the authors' binned
// distance on a pair of samples of theirs, and the others on what they are.
func TestReferenceStatistics(t *testing.T) {
	var x, y []float64
	for _, row := range readNumbers(t, "golden/w2.csv") {
		x, y = append(x, row[0]), append(y, row[1])
	}
	if got, want := w2Bins(x, y), 14.003356740439051; math.Abs(got-want) > 1e-12*want {
		t.Errorf("binned distance = %v, want %v", got, want)
	}
	left, width := binEdges(x)
	if math.Abs(left+4) > 1e-12 || math.Abs(width-0.0402) > 1e-12 {
		t.Errorf("bins begin at %v with width %v, want −4 and 0.0402", left, width)
	}

	sorted := append([]float64(nil), x...)
	sort.Float64s(sorted)
	for i, v := range radixSort(make([]float64, 2*len(x)), x) {
		if v != sorted[i] {
			t.Fatalf("sorted [%d] = %v, want %v", i, v, sorted[i])
		}
	}
	shifted := path{normalQuantiles(1000)}
	if got := shifted.w2Values(3, 1); math.Abs(got-3) > 1e-12 {
		t.Errorf("distance of normal quantiles from N(3, 1) = %v, want 3", got)
	}
	z := make([]float64, 100_000)
	(&normals{state: 1}).fill(z, 2, 3)
	if mean, sd := meanSD(z); math.Abs(mean-2) > 0.05 || math.Abs(sd-3) > 0.03 { // 5 and 4.5 standard errors
		t.Errorf("draws have mean %v and standard deviation %v, want 2 and 3", mean, sd)
	}
	two := path{{1, 2, 3, 4}, {2, 4, 6, 8}}
	if c := two.covariance(); math.Abs(c[1]-10.0/3) > 1e-12 || math.Abs(offDiagonal(c, 2)-10.0/3) > 1e-12 {
		t.Errorf("covariance = %v", c)
	}
}
