package recipe

import "math"

// Derivatives of smooth functions by central differences with the steps
// h, h/2, h/4, …, extrapolated to zero. The errors of these are even powers of
// the step, so that entry (k, m) of Richardson's tableau,
//
//	T(k, 0) = difference with step h/2ᵏ,
//	T(k, m) = T(k, m−1) + (T(k, m−1) − T(k−1, m−1))/(4ᵐ − 1),
//
// has an error of order 2m + 2; the one that agrees best with its neighbours is
// taken, which is where truncation and rounding balance.
//
// Ridders, Adv. Eng. Softw. 4:75 (1982).
const (
	levels    = 9
	firstStep = 0x1p-2 // in units of max(1, |t|)
)

// A tableau extrapolates one difference quotient.
type tableau struct {
	row       [levels]float64
	filled    int
	best, off float64 // the derivative and its estimated error
	quotient  float64 // being formed
}

func (t *tableau) reset() { *t = tableau{best: math.NaN(), off: math.Inf(1)} }

// add takes the quotient with the next of the halving steps. Quotients that are
// not finite, from outside of a density's support, begin the tableau anew.
func (t *tableau) add(quotient float64) {
	if math.IsNaN(quotient) || math.IsInf(quotient, 0) {
		t.filled = 0
		return
	}
	previous := t.row
	t.row[0] = quotient
	power := 1.0
	for m := 1; m <= t.filled; m++ {
		power *= 4
		t.row[m] = t.row[m-1] + (t.row[m-1]-previous[m-1])/(power-1)
		e := math.Max(math.Abs(t.row[m]-t.row[m-1]), math.Abs(t.row[m]-previous[m-1]))
		if e < t.off {
			t.best, t.off = t.row[m], e
		}
	}
	t.filled++
}

// firstStepAt returns the first of the steps at coordinate t.
func firstStepAt(t float64) float64 {
	_, exponent := math.Frexp(math.Max(1, math.Abs(t)))
	return math.Ldexp(firstStep, exponent-1) // a power of two: t ± h loses little
}

// divergence stores Σ_j ∂_j A_ij(z) in dst and returns the largest estimated
// error of an entry. The first step is stretched by the factor given. eval stores A at a point, n×n by rows, in a; both at and a
// are scratch, and t holds n tableaux, n = len(z).
func divergence(dst, z []float64, stretch float64, eval func(a, at []float64), at, a []float64, t []tableau) (off float64) {
	n := len(z)
	copy(at, z)
	clear(dst)
	for j := range n {
		h := stretch * firstStepAt(z[j])
		for i := range t {
			t[i].reset()
		}
		for range levels {
			for i := range dst {
				t[i].quotient = 0
			}
			for _, step := range [2]float64{h, -h} {
				at[j] = z[j] + step
				eval(a, at)
				for i := range dst {
					t[i].quotient += a[i*n+j] / (2 * step)
				}
			}
			for i := range dst {
				t[i].add(t[i].quotient)
			}
			h /= 2
		}
		at[j] = z[j]
		for i := range dst {
			dst[i] += t[i].best
			off = math.Max(off, t[i].off)
		}
	}
	return off
}
