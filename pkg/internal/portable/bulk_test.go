package portable

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// atEachLevel calls f with each set of vector instructions that the processor has,
// and with none.
func atEachLevel(t *testing.T, f func(t *testing.T)) {
	for name, set := range levels() {
		t.Run(name, func(t *testing.T) {
			defer set()()
			f(t)
		})
	}
}

// arguments returns numbers of every kind: ordinary ones, those about the edges of
// each branch, and special ones, n in all, in random order.
func arguments(rng *rand.Rand, n int) []float64 {
	special := []float64{
		0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, -5e-324, 1e-310, 0x1p-1022, math.MaxFloat64, -math.MaxFloat64,
		707, -707, 708, -708, 709.7, 710, -745, -746, overflow, underflow, math.Sqrt2, math.Sqrt2 / 2, math.Sqrt2 - 1, math.Log(math.Sqrt2 - 1), -math.Log(math.Sqrt2 - 1), 36, -37, 1e-17, 2, 0.5, -0.5, 4, 26, -26, 27.3, -27.3,
	}
	x := make([]float64, n)
	for i := range x {
		switch rng.IntN(40) {
		case 0:
			x[i] = special[rng.IntN(len(special))]
		case 1: // beside one
			x[i] = math.Nextafter(special[rng.IntN(len(special))], float64(rng.IntN(3)-1))
		case 2: // any bits
			x[i] = math.Float64frombits(rng.Uint64())
		default:
			x[i] = (rng.Float64() - 0.5) * math.Pow(10, 3*rng.Float64())
		}
	}
	return x
}

func sameBits(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// TestBulkSameBits compares the functions of slices with those of numbers, to the
// bit, for slices of every length modulo a group, in place and not.
func TestBulkSameBits(t *testing.T) {
	for name, f := range map[string]struct {
		bulk func(dst, x []float64)
		one  func(x float64) float64
	}{"ExpTo": {ExpTo, Exp}, "LogTo": {LogTo, Log}, "Log1pExpTo": {Log1pExpTo, Log1pExp}, "ErfcTo": {ErfcTo, Erfc}} {
		t.Run(name, func(t *testing.T) {
			atEachLevel(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(11, 1))
				for length := range 3000 {
					n := length % 67
					x := arguments(rng, n)
					if name == "LogTo" {
						for i, v := range x {
							if rng.IntN(20) > 0 {
								x[i] = math.Abs(v)
							}
						}
					}
					dst := make([]float64, n+1)
					dst[n] = 7
					f.bulk(dst, x)
					if dst[n] != 7 {
						t.Fatalf("n = %d: the entry after the last is %v", n, dst[n])
					}
					for i, v := range x {
						if want := f.one(v); !sameBits(dst[i], want) {
							t.Fatalf("n = %d: of %v (%#x) it gives %v, want %v", n, v, math.Float64bits(v), dst[i], want)
						}
					}
					f.bulk(x, x)
					for i := range x {
						if !sameBits(x[i], dst[i]) {
							t.Fatalf("n = %d: in place it gives %v, want %v", n, x[i], dst[i])
						}
					}
				}
				defer func() {
					if recover() == nil {
						t.Error("a short destination does not panic")
					}
				}()
				f.bulk(make([]float64, 9), make([]float64, 10))
			})
		})
	}
}

// TestBernoulli compares the residuals and the log likelihood with their formulas,
// and each set of instructions with none, to the bit.
func TestBernoulli(t *testing.T) {
	run := func(seed uint64, n int, wide bool) (eta, residual []float64, y []float64, logLikelihood float64) {
		rng := rand.New(rand.NewPCG(seed, 2))
		eta, y = make([]float64, n), make([]float64, n)
		for i := range eta {
			eta[i] = 6 * rng.NormFloat64()
			if wide && rng.IntN(30) == 0 {
				eta[i] *= 1000
			}
			y[i] = float64(rng.IntN(2))
		}
		residual = append([]float64(nil), eta...)
		var b Bernoulli
		if wide { // in parts
			b.Add(residual[:n/16*8], y)
			b.Add(residual[n/16*8:], y[n/16*8:])
		} else {
			b.Add(residual, y)
		}
		return eta, residual, y, b.LogLikelihood()
	}
	type result struct {
		residual      []float64
		logLikelihood float64
	}
	plain := map[string]result{}
	restore := levels()["none"]()
	for n := range 80 {
		for _, wide := range []bool{false, true} {
			_, r, _, l := run(uint64(n), n, wide)
			plain[fmt.Sprint(n, wide)] = result{r, l}
		}
	}
	_, r, _, l := run(1, 5000, true)
	plain["long"] = result{r, l}
	restore()

	atEachLevel(t, func(t *testing.T) {
		check := func(key string, seed uint64, n int, wide bool) {
			eta, got, y, l := run(seed, n, wide)
			want := plain[key]
			if !sameBits(l, want.logLikelihood) {
				t.Errorf("%s: log likelihood %v, without instructions %v", key, l, want.logLikelihood)
			}
			sum := 0.0
			for i, v := range eta {
				if !sameBits(got[i], want.residual[i]) {
					t.Errorf("%s: residual %d is %v, without instructions %v", key, i, got[i], want.residual[i])
				}
				if exact := y[i] - 1/(1+math.Exp(-v)); math.Abs(got[i]-exact) > 1e-15 {
					t.Errorf("%s: residual of η = %v, y = %v is %v, want %v", key, v, y[i], got[i], exact)
				}
				sum += y[i]*v - max(v, 0) - math.Log1p(math.Exp(-math.Abs(v)))
			}
			if math.Abs(l-sum) > 1e-13*(1+math.Abs(sum)) {
				t.Errorf("%s: log likelihood %v, want %v", key, l, sum)
			}
		}
		for n := range 80 {
			for _, wide := range []bool{false, true} {
				check(fmt.Sprint(n, wide), uint64(n), n, wide)
			}
		}
		check("long", 1, 5000, true)
	})
	// A small probability keeps its digits.
	eta := []float64{40, -40, 700, -700, 800, math.Inf(-1)}
	var b Bernoulli
	if l := b.LogLikelihood(); l != 0 {
		t.Errorf("log likelihood of nothing is %v", l)
	}
	b.Add(eta, []float64{0, 1, 0, 1, 1, 0})
	if l := b.LogLikelihood(); l != -40-40-700-700 {
		t.Errorf("log likelihood of four surprises is %v", l)
	}
	if eta[4] != 0 || eta[5] != 0 || eta[3] != 1 {
		t.Errorf("residuals %v", eta)
	}
	b.Add([]float64{math.NaN()}, []float64{1})
	if l := b.LogLikelihood(); !math.IsNaN(l) {
		t.Errorf("log likelihood of NaN is %v", l)
	}
}

func BenchmarkBulk(b *testing.B) {
	const n = 1024
	x, dst, y := make([]float64, n), make([]float64, n), make([]float64, n)
	rng := rand.New(rand.NewPCG(12, 1))
	for i := range x {
		x[i] = rng.Float64() * 10
		y[i] = float64(i % 2)
	}
	for name, set := range levels() {
		for what, f := range map[string]func(){
			"exp":       func() { ExpTo(dst, x) },
			"log":       func() { LogTo(dst, x) },
			"log1pexp":  func() { Log1pExpTo(dst, x) },
			"erfc":      func() { ErfcTo(dst, x) },
			"bernoulli": func() { copy(dst, x); new(Bernoulli).Add(dst, y) },
		} {
			b.Run(what+"/"+name, func(b *testing.B) {
				defer set()()
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/number")
			})
		}
	}
}
