package moments

import (
	"math"
	"math/big"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/racetest"
)

// Of 1,073,741,824 draws, by joining a thousand and twenty-four with as many again
// and again, the moments are those of one thousand and twenty-four, to 10⁻¹¹: a draw
// is 10⁹ + i/1024. Draws in single precision, or sums of squares, would have none of
// their digits.
func TestABillionDraws(t *testing.T) {
	const n, far = 1024, 1e9
	v, c, p := NewMeanVariance(2), NewMeanCovariance(2), NewPath(2)
	for i := range n {
		x := []float64{far + float64(i)/n, -float64(i) / n}
		v.Add(x)
		c.Add(x)
		p.Add(x)
	}
	for range 20 {
		v2, c2, p2 := NewMeanVariance(2), NewMeanCovariance(2), NewPath(2)
		v2.Merge(v)
		c2.Merge(c)
		p2.Merge(p)
		v.Merge(v2)
		c.Merge(c2)
		p.Merge(p2)
	}
	const all = n << 20
	if v.N() != all || c.N() != all || p.N() != all {
		t.Fatalf("%d, %d and %d draws, want %d", v.N(), c.N(), p.N(), all)
	}
	exact := float64(n*n-1) / 12 / n / n // variance of i/n with divisor n
	var cov, steps mat.SymDense
	c.CovarianceMatrix(&cov)
	p.CovarianceMatrix(&steps)
	for i, mean := range []float64{far + float64(n-1)/2/n, -float64(n-1) / 2 / n} {
		// The mean of one thousand and twenty-four is rounded as often to 10⁻⁷ in
		// the first coordinate.
		tolerance := []float64{2e-16, 1e-13}[i]
		closeTo(t, "mean", v.Mean(nil)[i], mean, tolerance)
		closeTo(t, "mean with covariances", c.Mean(nil)[i], mean, tolerance)
		closeTo(t, "mean over steps", p.Mean(nil)[i], mean, tolerance)
		tolerance = []float64{1e-6, 1e-11}[i]
		closeTo(t, "variance", v.Variance(nil)[i], exact*all/(all-1), tolerance)
		closeTo(t, "variance with covariances", cov.At(i, i), exact*all/(all-1), tolerance)
		closeTo(t, "variance over steps", steps.At(i, i), exact, 1e-11)
	}
	closeTo(t, "covariance", cov.At(0, 1), -exact*all/(all-1), 1e-6)
	closeTo(t, "covariance over steps", steps.At(0, 1), -exact, 1e-11)
}

// A path of 2²⁴ steps at ±1.1 has the variance of 1.1 to 2⁻³³: 2²⁰ additions, after
// which sums begin anew, are each off by 2⁻⁵³ of the sum at most. The negative control
// is one sum of all squares.
func TestLongPathKeepsDigits(t *testing.T) {
	racetest.Sequential(t)
	const steps = 1 << 24
	p, x, sum := NewPath(1), []float64{1.1}, 0.0
	p.Add([]float64{0})
	for range steps {
		x[0] = -x[0]
		p.Add(x)
		sum += float64(x[0] * x[0])
	}
	want := float64(x[0]*x[0]) * steps / (steps + 1)
	closeTo(t, "variance", p.Variance(nil)[0], want, 0x1p-33)
	if naive := sum / (steps + 1); math.Abs(naive/want-1) < 0x1p-33 {
		t.Errorf("one sum has the variance %v too", naive)
	}
}

// Ten decays of 10⁸ steps each have the moments of geometric sums in 400-bit
// arithmetic, in one piece and in pieces of a million steps.
func TestABillionSteps(t *testing.T) {
	const decays, length, piece = 10, 100_000_000, 1_000_000
	factor := 1 - 0x1p-27
	d := mustDecay(t, factor)
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
	geometric := func(q *big.Float, n int) *big.Float { // Σ_{i<n} qⁱ
		power, base := number(1), number(0).Set(q)
		for k := n; k > 0; k /= 2 {
			if k%2 == 1 {
				power.Mul(power, base)
			}
			base.Mul(base, base)
		}
		one := number(1)
		return number(0).Quo(number(0).Sub(one, power), number(0).Sub(one, q))
	}
	q := number(factor)
	first, second := geometric(q, length), geometric(number(0).Mul(q, q), length)
	whole, pieces := NewPath(1), NewPath(1)
	sum, squares := number(0), number(0)
	for i := range decays {
		x := 1e6 + float64(i)
		whole.AddSegment([]float64{x}, d, length)
		y := x
		for range length / piece {
			pieces.AddSegment([]float64{y}, d, piece)
			y *= d.Power(piece)
		}
		sum.Add(sum, number(0).Mul(first, number(x)))
		squares.Add(squares, number(0).Mul(second, number(x*x)))
	}
	n := number(decays * length)
	mean := number(0).Quo(sum, n)
	variance := number(0).Sub(number(0).Quo(squares, n), number(0).Mul(mean, mean))
	m, _ := mean.Float64()
	v, _ := variance.Float64()
	for name, p := range map[string]*Path{"whole": whole, "in pieces": pieces} {
		if p.N() != decays*length {
			t.Errorf("%s: %d steps", name, p.N())
		}
		// The power κᵏ, found by squaring, has at most k roundings of 2⁻⁵³: 1.1·10⁻⁸.
		closeTo(t, name+": mean", p.Mean(nil)[0], m, 1.1e-8)
		closeTo(t, name+": variance", p.Variance(nil)[0], v, 2.2e-8)
	}
}

// The largest value that is taken in is 2⁴⁸⁰; 10⁹ of them add up.
func TestLargestValues(t *testing.T) {
	v, c, p := NewMeanVariance(1), NewMeanCovariance(1), NewPath(1)
	for _, x := range []float64{largest, -largest, math.Nextafter(largest, math.Inf(1)), math.Nextafter(-largest, math.Inf(-1))} {
		v.Add([]float64{x})
		c.Add([]float64{x})
		p.AddSegment([]float64{x}, mustDecay(t, 1), 1_000_000_000)
	}
	if v.N() != 2 || c.N() != 2 || p.N() != 2_000_000_000 {
		t.Errorf("%d, %d and %d values", v.N(), c.N(), p.N())
	}
	for _, err := range []error{v.Err(), c.Err(), p.Err()} {
		failsWith(t, "beyond the largest", err, ErrScale)
	}
	if p.Mean(nil)[0] != 0 || p.Variance(nil)[0] != largest*largest || v.Variance(nil)[0] != 2*largest*largest {
		t.Errorf("mean %v and variances %v, %v", p.Mean(nil), p.Variance(nil), v.Variance(nil))
	}
}
