package portable

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
)

// bigExp returns eˣ from its Taylor series at 200 bits, after halving x until
// it is small.
func bigExp(x float64) *big.Float {
	const prec = 200
	halvings := 0
	for math.Abs(x) > 0x1p-8 {
		x /= 2
		halvings++
	}
	r := new(big.Float).SetPrec(prec).SetFloat64(x)
	term := new(big.Float).SetPrec(prec).SetInt64(1)
	sum := new(big.Float).SetPrec(prec).SetInt64(1)
	for k := int64(1); k < 25; k++ {
		term.Mul(term, r)
		term.Quo(term, new(big.Float).SetPrec(prec).SetInt64(k))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum
}

// ulps returns |got−want| in units in the last place of want.
func ulps(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	ulp := math.Nextafter(math.Abs(w), math.Inf(1)) - math.Abs(w)
	d := new(big.Float).SetPrec(200).SetFloat64(got)
	diff, _ := d.Sub(d, want).Float64()
	return math.Abs(diff) / ulp
}

func TestExpWithinOneUlp(t *testing.T) {
	racetest.Sequential(t)
	rng := rand.New(rand.NewPCG(1, 1))
	worst := 0.0
	for range 3000 {
		x := (rng.Float64() - 0.5) * math.Pow(10, 2.8*rng.Float64()+0.2)
		worst = max(worst, ulps(Exp(x), bigExp(x)))
	}
	if worst > 0.6 {
		t.Errorf("Exp is off by up to %.3f units in the last place, want at most 0.6", worst)
	}
}

// TestLogWithinOneUlp uses ln x = y + x·e^{−y} − 1 + O(ε²) for y ≈ ln x, the
// Newton step at 200 bits.
func TestLogWithinOneUlp(t *testing.T) {
	racetest.Sequential(t)
	newton := func(x *big.Float, y float64) *big.Float {
		c := new(big.Float).SetPrec(200).Mul(x, bigExp(-y))
		c.Sub(c, new(big.Float).SetInt64(1))
		half := new(big.Float).SetPrec(200).Mul(c, c)
		half.Quo(half, new(big.Float).SetInt64(2))
		c.Sub(c, half)
		return c.Add(c, new(big.Float).SetPrec(200).SetFloat64(y))
	}
	rng := rand.New(rand.NewPCG(2, 1))
	worst, worst1p := 0.0, 0.0
	for range 3000 {
		x := math.Exp((rng.Float64() - 0.5) * math.Pow(10, 2.8*rng.Float64()))
		worst = max(worst, ulps(Log(x), newton(new(big.Float).SetPrec(200).SetFloat64(x), math.Log(x))))
		u := math.Expm1((rng.Float64() - 0.5) * math.Pow(10, 6*rng.Float64()-5))
		onePlus := new(big.Float).SetPrec(200).SetFloat64(u)
		onePlus.Add(onePlus, new(big.Float).SetInt64(1))
		worst1p = max(worst1p, ulps(Log1p(u), newton(onePlus, math.Log1p(u))))
	}
	if worst > 1 || worst1p > 1.5 {
		t.Errorf("Log is off by up to %.3f and Log1p by up to %.3f units in the last place", worst, worst1p)
	}
}

func TestElementarySpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Exp(0)", Exp(0), 1},
		{"Exp(-Inf)", Exp(-inf), 0},
		{"Exp(Inf)", Exp(inf), inf},
		{"Exp(710)", Exp(710), inf},
		{"Exp(-746)", Exp(-746), 0},
		{"Exp(NaN)", Exp(nan), nan},
		{"Exp(709.7)", Exp(709.7), math.Exp(709.7)},
		{"Exp(-745)", Exp(-745), 0x1p-1074},
		{"Log(1)", Log(1), 0},
		{"Log(0)", Log(0), -inf},
		{"Log(-1)", Log(-1), nan},
		{"Log(Inf)", Log(inf), inf},
		{"Log(NaN)", Log(nan), nan},
		{"Log(2^-1074)", Log(0x1p-1074), -1074 * math.Ln2},
		{"Log1p(-1)", Log1p(-1), -inf},
		{"Log1p(-2)", Log1p(-2), nan},
		{"Log1p(Inf)", Log1p(inf), inf},
		{"Log1p(1e-300)", Log1p(1e-300), 1e-300},
	} {
		if c.got != c.want && !(math.IsNaN(c.got) && math.IsNaN(c.want)) && math.Abs(c.got-c.want) > 1e-15*math.Abs(c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}

// TestFrozenElementary compares a digest of many results with the one that
// amd64 gives; go test under another architecture must give it too.
func TestFrozenElementary(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	var digest uint64
	add := func(x float64) { digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(x) }
	for range 100_000 {
		x := (rng.Float64() - 0.5) * 100
		add(Exp(x))
		add(Log(math.Abs(x)))
		add(Log1p(x * x))
	}
	const n = 24
	a := randomSPD(rng, n)
	l, values, vectors := make([]float64, n*n), make([]float64, n), make([]float64, n*n)
	Cholesky(l, a, n)
	for _, x := range l {
		add(x)
	}
	SolveLower(l, n, values)
	EigenSym(values, vectors, a, n)
	for _, x := range append(values, vectors...) {
		add(x)
	}
	if want := uint64(0xfe9025354536fdf6); digest != want {
		t.Errorf("digest of the results is %#x, want %#x", digest, want)
	}
}

func BenchmarkExp(b *testing.B) {
	s := 0.0
	for i := range b.N {
		s += Exp(float64(i&1023) * -0.01)
	}
	sink = s
}

func BenchmarkLog(b *testing.B) {
	s := 0.0
	for i := range b.N {
		s += Log(float64(i&1023) + 0.3)
	}
	sink = s
}

var sink float64

// The odds of Sigmoid are eˣ, also where one of its two sides is near zero.
func TestSigmoid(t *testing.T) {
	for _, x := range []float64{-700, -40, -1, -1e-9, 0, 1e-9, 1, 40, 700} {
		p, q := Sigmoid(x), Sigmoid(-x)
		if math.Abs(p+q-1) > 1e-15 || math.Abs(math.Log(p/q)-x) > 1e-13*max(1, math.Abs(x)) {
			t.Errorf("at %v: %v, and %v at its negative", x, p, q)
		}
	}
	if Indicator(true) != 1 || Indicator(false) != 0 {
		t.Error("Indicator is not 1 and 0")
	}
}
