package moments

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

func mustDecay(t testing.TB, factor float64) *Decay {
	t.Helper()
	d, err := NewDecay(factor)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Sums over powers are those of 400-bit arithmetic, in the table and beyond it,
// from factors that hardly decay to those that forget at once.
func TestDecaySums(t *testing.T) {
	racetest.Sequential(t)
	for _, factor := range []float64{0, 0.5, 0.95, 0.995, 1 - 1e-4, 1 - 1e-7, 1 - 0x1p-50, 1} {
		d := mustDecay(t, factor)
		if d.Factor() != factor {
			t.Errorf("factor %v became %v", factor, d.Factor())
		}
		number := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
		var want [5]*big.Float // Σκⁱ, Σκ²ⁱ, Σuᵢ, Σuᵢ², Σκⁱuᵢ
		for i := range want {
			want[i] = number(0)
		}
		power, one := number(1), number(1)
		at := 0
		for _, k := range []int{1, 2, 3, 10, 100, tabulated - 1, tabulated, tabulated + 1, 5000, 40000} {
			for ; at < k; at++ {
				u := number(0).Sub(one, power)
				for i, term := range []*big.Float{power, number(0).Mul(power, power), u, number(0).Mul(u, u), number(0).Mul(power, u)} {
					want[i].Add(want[i], term)
				}
				power.Mul(power, number(factor))
			}
			s := d.sums(int64(k))
			for i, got := range []float64{s.sum, s.square, s.gaps, s.gaps2, s.cross} {
				w, _ := want[i].Float64()
				closeTo(t, fmt.Sprintf("κ = %v, k = %d: sum %d", factor, k, i), got, w, 4e-12)
			}
			p, _ := power.Float64()
			closeTo(t, fmt.Sprintf("κ = %v: κ^%d", factor, k), d.Power(int64(k)), p, 1e-10+float64(k)*1e-15)
			if s.k != float64(k) {
				t.Errorf("the sums over %d powers say that they are over %v", k, s.k)
			}
		}
	}
	for _, factor := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if _, err := NewDecay(factor); err == nil {
			t.Errorf("NewDecay(%v) returned no error", factor)
		}
	}
	d := mustDecay(t, 0.5)
	if p := d.Power(math.MaxInt64); p != 0 {
		t.Errorf("0.5 to a huge power is %v", p)
	}
	if s := mustDecay(t, 1).sums(1 << 60); s.sum != 1<<60 || s.gaps != 0 {
		t.Errorf("the sum of 2⁶⁰ ones is %v", s.sum)
	}
}

// Steps undoes Power: to the step in the table, and beyond it to the rounding of
// two logarithms. StepsWithin does so within limits.
func TestDecaySteps(t *testing.T) {
	for _, factor := range []float64{0.01, 0.5, 0.94, 0.95, 0.995, 1 - 1e-4, 1 - 1e-7} {
		d := mustDecay(t, factor)
		for _, k := range []int64{0, 1, 2, 10, 100, tabulated - 1} {
			power := d.Power(k)
			if power < 1e-300 {
				continue
			}
			above := math.Nextafter(power, 2)
			for _, c := range []struct {
				share float64
				want  int64
			}{{power, k}, {math.Nextafter(power, 0), k + 1}, {above, k}, {above / factor, max(k-1, 0)}} {
				if got := d.Steps(c.share); got != c.want {
					t.Errorf("κ = %v falls to %v in %d steps, want %d", factor, c.share, got, c.want)
				}
				for _, least := range []int64{0, max(k-9, 0), max(k-1, 0), k, k + 1, k + 2, tabulated/2 - 3} {
					for _, most := range []int64{least, least + 1, least + 3, least + 8, least + 9, least + 2000} {
						if got, want := d.StepsWithin(c.share, least, most), min(max(c.want, least), most); got != want {
							t.Errorf("κ = %v falls to %v in %d steps, of %d to %d, want %d", factor, c.share, got, least, most, want)
						}
					}
				}
			}
		}
		for _, k := range []int64{2000, 123_456} {
			if power := d.Power(k) * (1 + (1-factor)/2); power > 1e-300 && d.Steps(power) != k {
				t.Errorf("κ = %v falls to %v in %d steps, want %d", factor, power, d.Steps(power), k)
			}
		}
	}
	for _, c := range []struct {
		factor, share float64
		want          int64
	}{
		{0.5, 1, 0}, {0.5, math.Inf(1), 0}, {0.5, 0, math.MaxInt64}, {1, 0.99, math.MaxInt64}, {1, 0.5, math.MaxInt64}, {1, 1, 0},
		{0, 0.99, 1}, {0, 0.5, 1}, {0, 0, 1},
	} {
		if got := mustDecay(t, c.factor).Steps(c.share); got != c.want {
			t.Errorf("κ = %v falls to %v in %d steps, want %d", c.factor, c.share, got, c.want)
		}
	}
	for _, share := range []float64{-1, math.NaN()} {
		panics(t, "a share that is no share", badShare, func() { mustDecay(t, 0.5).Steps(share) })
		panics(t, "a share that is no share", badShare, func() { mustDecay(t, 0.5).StepsWithin(share, 0, 3) })
	}
	panics(t, "a limit below zero", badSteps, func() { mustDecay(t, 0.5).StepsWithin(0.5, -1, 3) })
	panics(t, "limits out of order", badSteps, func() { mustDecay(t, 0.5).StepsWithin(0.5, 4, 3) })
	for _, share := range []float64{0, math.Copysign(0, -1)} { // which no power is, though a float64 becomes 0
		if got := mustDecay(t, 0.01).StepsWithin(share, 200, 204); got != 204 {
			t.Errorf("κ = 0.01 falls to %v in %d steps", share, got)
		}
	}
}

// exact are the moments of steps in 400-bit arithmetic.
type exact struct {
	n      int
	sum    []*big.Float
	outer  [][]*big.Float
	lo, hi []float64
}

func (e *exact) add(x []float64) {
	number := func() *big.Float { return new(big.Float).SetPrec(400) }
	for len(e.sum) < len(x) {
		e.sum = append(e.sum, number())
		e.outer = append(e.outer, make([]*big.Float, len(x)))
		for j := range x {
			e.outer[len(e.outer)-1][j] = number()
		}
		e.lo, e.hi = append(e.lo, math.Inf(1)), append(e.hi, math.Inf(-1))
	}
	e.n++
	for i := range x {
		xi := number().SetFloat64(x[i])
		e.sum[i].Add(e.sum[i], xi)
		e.lo[i], e.hi[i] = min(e.lo[i], x[i]), max(e.hi[i], x[i])
		for j := range x {
			e.outer[i][j].Add(e.outer[i][j], number().Mul(xi, number().SetFloat64(x[j])))
		}
	}
}

func (e *exact) mean(i int) float64 {
	m, _ := new(big.Float).Quo(e.sum[i], new(big.Float).SetInt64(int64(e.n))).Float64()
	return m
}

func (e *exact) covariance(i, j int) float64 {
	n := new(big.Float).SetPrec(400).SetInt64(int64(e.n))
	c := new(big.Float).SetPrec(400).Quo(e.outer[i][j], n)
	m := new(big.Float).SetPrec(400).Mul(e.sum[i], e.sum[j])
	v, _ := c.Sub(c, m.Quo(m, n.Mul(n, n))).Float64()
	return v
}

// compare checks a path against exact moments, covariances to a tolerance
// relative to the deviations.
func (e *exact) compare(t *testing.T, what string, p *Path, tolerance float64) {
	t.Helper()
	if p.N() != int64(e.n) || p.Err() != nil {
		t.Fatalf("%s: %d steps and error %v, want %d", what, p.N(), p.Err(), e.n)
	}
	var c mat.SymDense
	p.CovarianceMatrix(&c)
	mean, variance := p.Mean(nil), p.Variance(nil)
	lo, hi := p.Extremes(nil, nil)
	sd := func(i int) float64 { return math.Sqrt(e.covariance(i, i)) }
	for i := range mean {
		if d := math.Abs(mean[i] - e.mean(i)); d > tolerance*sd(i)+4e-16*math.Abs(e.mean(i)) {
			t.Errorf("%s: mean [%d] = %.17g, want %.17g", what, i, mean[i], e.mean(i))
		}
		if math.Abs(lo[i]-e.lo[i]) > tolerance*sd(i)+4e-16*math.Abs(lo[i]) || math.Abs(hi[i]-e.hi[i]) > tolerance*sd(i)+4e-16*math.Abs(hi[i]) {
			t.Errorf("%s: extremes [%d] = %v and %v, want %v and %v", what, i, lo[i], hi[i], e.lo[i], e.hi[i])
		}
		if variance[i] != c.At(i, i) {
			t.Errorf("%s: variance [%d] = %v beside %v in the covariance", what, i, variance[i], c.At(i, i))
		}
		for j := range i + 1 {
			if d := math.Abs(c.At(i, j) - e.covariance(i, j)); d > tolerance*sd(i)*sd(j) {
				t.Errorf("%s: covariance (%d, %d) = %.15g, want %.15g", what, i, j, c.At(i, j), e.covariance(i, j))
			}
		}
	}
}

// Steps in closed form, one by one and merged from parts have the moments that
// 400-bit arithmetic gives for them.
func TestPath(t *testing.T) {
	const dim = 3
	rng := stream.New(1)
	var want exact
	segments, steps, decays, merged := NewPath(dim), NewPath(dim), NewPath(dim), NewPath(dim)
	part := NewPath(dim)
	x, y := make([]float64, dim), make([]float64, dim)
	factors := []*Decay{mustDecay(t, 1), mustDecay(t, 0.9995), mustDecay(t, 0.5), mustDecay(t, 0)}
	for i := range 203 {
		stream.Normals(rng, x)
		d := factors[i%len(factors)]
		k := int64(rng.IntN(50))
		if i%50 == 0 {
			k = 3000
		}
		segments.AddSegment(x, d, k)
		part.AddSegment(x, d, k)
		if k > 0 {
			decays.Add(x)
			decays.AddDecay(x, d, k-1)
		}
		copy(y, x)
		for range k {
			steps.Add(y)
			want.add(y)
			for j := range y {
				y[j] *= d.Factor()
			}
		}
		if i%7 == 0 || i == 202 {
			merged.Merge(part)
			part.Reset()
		}
	}
	for what, p := range map[string]*Path{"in closed form": segments, "one by one": steps, "decays": decays, "merged": merged} {
		// The sums, about a reference point, are rounded once in every step.
		far := 1.0
		for j, r := range p.ref {
			far = max(far, 1+math.Pow(want.mean(j)-r, 2)/want.covariance(j, j))
		}
		want.compare(t, what, p, far*float64(want.n)*0x1p-53)
	}
	segments.AddSegment(x, factors[0], 0)
	segments.AddDecay(x, factors[0], -1)
	if segments.N() != int64(want.n) {
		t.Error("no steps counted as some")
	}
}

// A spread of 1 around 10⁹ is found to the digits that the steps have, whether
// the path starts there or, in a merged part, elsewhere, and in slow decays. The
// negative control is E[x²] − E[x]².
func TestPathDoesNotCancel(t *testing.T) {
	rng := stream.New(2)
	const far = 1e9
	slow := mustDecay(t, 1-0x1p-31)
	var want exact
	p, merged, part := NewPath(2), NewPath(2), NewPath(2)
	x, y := make([]float64, 2), make([]float64, 2)
	var n, sum, squares float64
	for i := range 1000 {
		x[0], x[1] = far+rng.NormFloat64(), -far+rng.NormFloat64()
		k := int64(1 + i%4)
		p.AddSegment(x, slow, k)
		part.AddSegment(x, slow, k)
		if i%100 == 99 {
			merged.Merge(part)
			part.Reset()
		}
		copy(y, x)
		for range k {
			want.add(y)
			n++
			sum += y[0]
			squares += y[0] * y[0]
			for j := range y {
				y[j] *= slow.Factor()
			}
		}
	}
	// Each step is rounded to 10⁻⁷ of the spread.
	want.compare(t, "far", p, 1e-7)
	want.compare(t, "far and merged", merged, 1e-7)
	if v := p.Variance(nil)[0]; math.Abs(v-1) > 0.5 {
		t.Errorf("variance %v of a spread of about 1", v)
	}
	if v := squares/n - sum*sum/n/n; math.Abs(v-1) < 1 {
		t.Errorf("E[x²] − E[x]² = %v is no worse", v)
	}
	same := NewPath(1)
	for range 1000 {
		same.AddSegment([]float64{0.1}, mustDecay(t, 1), 3)
	}
	if v := same.Variance(nil)[0]; v != 0 || same.Mean(nil)[0] != 0.1 {
		t.Errorf("a path that does not move has mean %v and variance %v", same.Mean(nil)[0], v)
	}
}

// The same bits with and without vector instructions, on every architecture.
func TestFrozenPath(t *testing.T) {
	const dim, want = 7, 0xbae313bb836dda90
	rng := stream.New(3)
	p, q := NewPath(dim), NewPath(dim)
	d := mustDecay(t, 1-1e-3)
	x := make([]float64, dim)
	for i := range 300 {
		for j := range x {
			x[j] = rng.Float64() / float64(j+1)
		}
		p.AddSegment(x, d, int64(rng.IntN(30)))
		p.AddDecay(x, d, int64(rng.IntN(3000)))
		if i%3 == 0 {
			q.Add(x)
		}
	}
	p.Merge(q)
	var c mat.SymDense
	p.CovarianceMatrix(&c)
	lo, hi := p.Extremes(nil, nil)
	if got := digest(p.Mean(nil), c.RawSymmetric().Data, lo, hi); got != want {
		t.Errorf("digest %#x, want %#x", got, uint64(want))
	}
}

func BenchmarkPathAddSegment(b *testing.B) {
	d := mustDecay(b, 0.995)
	for _, dim := range []int{2, 10, 20, 64} {
		b.Run(fmt.Sprintf("dim=%d", dim), func(b *testing.B) {
			x := make([]float64, 64*dim)
			stream.Normals(stream.New(1), x)
			p := NewPath(dim)
			k := int64(0)
			for b.Loop() {
				k++
				p.AddSegment(x[k%64*int64(dim):][:dim], d, k*7%100+1)
			}
		})
	}
}
