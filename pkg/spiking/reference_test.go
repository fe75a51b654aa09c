package spiking

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/stream"
)

// The tables in testdata/reference hold what the authors' own program gives;
// testdata/README.md says how they were made. Each test below runs every cell of
// a table, with fresh decoders and noise, and compares every statistic.
//
// The yardstick is the combined standard error of the two means: from the
// table's own where it rests on 8 repeats or more, and from the standard
// deviation over all repeats, theirs and ours, where it rests on fewer, whose own
// is then too rough. A departure of more than 4 of them fails. The standard
// error being one of few repeats itself, the departure has Student's law, and is
// expressed as that of a normal variable of the same probability. Of about 1600 comparisons 0.1 would then
// fail by chance; seeds are fixed, so that what passes keeps passing. A true
// departure of 5.3 standard errors is caught with a probability of 90 %, or a
// little less; each test logs what that is in per cent of the mean. Networks
// that are wrong on purpose fail (TestReferencePower).
//
// The race detector makes a step several times as dear, so that there are fewer
// repeats under it. With -reference.repeats=64 all of this is as good as normal, and the standard
// errors are hardly more than those of the tables.
var referenceRepeats = flag.Int("reference.repeats", 0, "repeats of each cell of the reference tables; 0 is the default of each table")

const (
	referenceSeed  = 3
	referenceBound = 4    // combined standard errors
	powerQuantile  = 1.28 // of the normal law, at 90 %
	enoughRepeats  = 8    // for the table's own standard error to be used
)

// A sample holds the statistics of one run by the names of the table's columns.
type sample map[string]float64

// A cell is a row of a table: parameters, and the mean, standard deviation and
// standard error of statistics over repeats.
type cell struct {
	table   string
	params  map[string]float64
	repeats int
	stats   []statistic
}

type statistic struct {
	name         string
	mean, sd, se float64
}

// at returns a parameter, or a default if the table has no such column.
func (c *cell) at(name string, otherwise float64) float64 {
	if v, ok := c.params[name]; ok {
		return v
	}
	return otherwise
}

func (c *cell) geometry() Geometry {
	if c.params["natural"] == 1 {
		return Natural
	}
	return Naive
}

func (c *cell) String() string {
	var s []string
	for k, v := range c.params {
		s = append(s, fmt.Sprintf("%s=%g", k, v))
	}
	sort.Strings(s)
	return c.table + " " + strings.Join(s, " ")
}

// readCells reads a table of testdata/reference.
func readCells(t testing.TB, table string) []*cell {
	t.Helper()
	rows := readTable(t, "reference/"+table+".csv")
	var cells []*cell
	for _, row := range rows[1:] {
		c := &cell{table: table, params: map[string]float64{}, repeats: 1}
		for i, name := range rows[0] {
			v, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				t.Fatalf("%s: column %s: %v", table, name, err)
			}
			stat, isMean := strings.CutSuffix(name, "_mean")
			switch {
			case name == "reps":
				c.repeats = int(v)
			case isMean:
				c.stats = append(c.stats, statistic{name: stat, mean: v})
			case strings.HasSuffix(name, "_sd") && len(c.stats) > 0:
				c.stats[len(c.stats)-1].sd = v
			case strings.HasSuffix(name, "_se") && len(c.stats) > 0:
				c.stats[len(c.stats)-1].se = v
			default:
				c.params[name] = v
			}
		}
		cells = append(cells, c)
	}
	return cells
}

// forEach calls f(0), …, f(n−1), as many at once as there are processors.
func forEach(n int, f func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// usually returns the number of repeats to make of a cell, given the default.
func usually(repeats int) int {
	switch {
	case *referenceRepeats > 0:
		return *referenceRepeats
	case underRace:
		return max(repeats/3, 3)
	}
	return repeats
}

// runCells runs each cell the given number of times. Repeats of a cell have
// decoders of their own.
func runCells(cells []*cell, repeats int, run func(c *cell, key stream.Key) sample) [][]sample {
	out := make([][]sample, len(cells))
	for i := range out {
		out[i] = make([]sample, repeats)
	}
	forEach(len(cells)*repeats, func(i int) {
		c, r := i/repeats, i%repeats
		out[c][r] = run(cells[c], stream.Key{Seed: referenceSeed, Cell: uint64(c), Repeat: uint32(r)})
	})
	return out
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

// departures compares the runs of a cell with the table and returns, for each
// statistic, how many combined standard errors they are apart and what the
// standard error is.
func departures(t testing.TB, c *cell, runs []sample, effective func(*cell) int) (z, se []float64) {
	t.Helper()
	for _, want := range c.stats {
		var x []float64
		for _, r := range runs {
			v, ok := r[want.name]
			if !ok {
				t.Fatalf("%v: no statistic %s", c, want.name)
			}
			if !math.IsNaN(v) { // not defined in this run; the tables drop it likewise
				x = append(x, v)
			}
		}
		mean, sd := meanSD(x)
		n, m := float64(len(x)), float64(effective(c))
		own, theirs := sd*sd/n, want.se*want.se
		combined := math.Sqrt(own + theirs)
		freedom := combined * combined * combined * combined / (own*own/(n-1) + theirs*theirs/max(m-1, 1)) // Welch
		if m < enoughRepeats {
			if effective(c) == c.repeats {
				// Pool the two: in a cell of rare events one side may have none.
				sd = math.Sqrt(((n-1)*sd*sd + (m-1)*want.sd*want.sd) / (n + m - 2)) // where m = 1 it is ours
				freedom = n + m - 2
			}
			combined = sd * math.Sqrt(1/n+1/m)
		}
		if neurons := runs[0]["neurons"]; neurons > 0 && strings.HasPrefix(want.name, "frac") {
			combined = math.Hypot(combined, 1/(neurons*m)) // a count of neurons is uncertain by one at least
		}
		if !(freedom >= 1) { // neither has any spread
			freedom = 1
		}
		combined = math.Hypot(combined, 1e-5*math.Abs(want.mean)+1e-9) // the table's rounding
		switch {
		case math.IsNaN(want.mean) && 4*len(x) <= len(runs): // undefined in most runs, theirs and ours
			z, se = append(z, 0), append(se, 0)
		case len(x) == 0 || math.IsNaN(want.mean):
			z, se = append(z, math.Inf(1)), append(se, 0)
		default:
			z, se = append(z, normalDeviate((mean-want.mean)/combined, freedom)), append(se, combined)
		}
	}
	return z, se
}

// normalDeviate returns the deviate of the normal law that is as improbable as t
// is under Student's with the given degrees of freedom.
func normalDeviate(t, freedom float64) float64 {
	tail := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(math.Abs(t))
	if tail < 1e-15 { // far beyond any bound
		return t
	}
	return math.Copysign(distuv.UnitNormal.Quantile(1-tail), t)
}

// compare fails the test for every statistic of every cell that departs by more
// than the bound, and logs the test's power.
func compare(t *testing.T, cells []*cell, runs [][]sample, effective func(*cell) int) {
	t.Helper()
	type detectable struct{ share []float64 }
	power := map[string]*detectable{}
	count := 0
	sum2 := 0.0
	for i, c := range cells {
		z, se := departures(t, c, runs[i], effective)
		for k, want := range c.stats {
			count++
			sum2 += z[k] * z[k]
			if !(math.Abs(z[k]) <= referenceBound) {
				var x []float64
				for _, r := range runs[i] {
					x = append(x, r[want.name])
				}
				mean, sd := meanSD(x)
				t.Errorf("%v: %s = %.6g (sd %.3g, %d repeats), the table has %.6g (sd %.3g, %d repeats): %.1f standard errors apart",
					c, want.name, mean, sd, len(x), want.mean, want.sd, c.repeats, z[k])
			}
			if want.mean != 0 && se[k] > 0 {
				if power[want.name] == nil {
					power[want.name] = &detectable{}
				}
				power[want.name].share = append(power[want.name].share, (referenceBound+powerQuantile)*se[k]/math.Abs(want.mean))
			}
		}
	}
	t.Logf("%d comparisons over %d cells, root mean square departure %.2f standard errors", count, len(cells), math.Sqrt(sum2/float64(count)))
	var lines []string
	for name, d := range power {
		sort.Float64s(d.share)
		lines = append(lines, fmt.Sprintf("%s %.2g%%", name, 100*d.share[len(d.share)/2]))
	}
	sort.Strings(lines)
	t.Logf("caught in nine cases of ten, in the median cell, are departures of: %s", strings.Join(lines, ", "))
}

// repeatsOf is the usual number of independent repeats behind a table's row.
func repeatsOf(c *cell) int { return c.repeats }

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
