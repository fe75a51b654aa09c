package moments

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Reasons why a value is left out. The errors that Err returns wrap one of them
// and name the coordinate, the draw and the value.
var (
	ErrNonFinite = errors.New("values must be finite")
	ErrScale     = errors.New("beyond the range in which squares can be computed; change the unit")
)

const badDraws = "moments: too few draws"

// largest is the largest magnitude of a value. The square of the difference of two
// values is at most 2⁹⁶², and 2⁶¹ such squares add up to a finite sum.
const largest = 0x1p480

// running holds what MeanVariance and MeanCovariance share: the number of draws,
// their mean, and their second moments about it.
type running struct {
	n    int
	mean []float64
	sum2 []float64
	err  error
}

// Reset forgets all draws.
func (a *running) Reset() {
	a.n, a.err = 0, nil
	clear(a.mean)
	clear(a.sum2)
}

// N returns the number of draws taken in.
func (a *running) N() int { return a.n }

// Dim returns the dimension.
func (a *running) Dim() int { return len(a.mean) }

// Err returns an error that names the first draw that was left out, or nil. The
// error wraps ErrNonFinite or ErrScale.
func (a *running) Err() error { return a.err }

// Mean stores the mean in dst and returns it; if dst is nil a new slice is
// made. It panics if there are no draws.
func (a *running) Mean(dst []float64) []float64 {
	if a.n < 1 {
		panic(badDraws)
	}
	return fill(dst, a.mean, 1)
}

// count counts a draw. It reports whether the draw can be taken in, and keeps the
// error for the first that cannot.
func (a *running) count(x []float64) bool {
	check.Length("x", x, len(a.mean))
	if usable(x) {
		a.n++
		return true
	}
	if a.err == nil {
		a.err = refusal("draw", int64(a.n), x)
	}
	return false
}

// join counts the draws of b. It returns their share among all, and the weight that
// the squared difference of the two means has in the sum of squares.
func (a *running) join(b *running) (share, weight float64) {
	check.Length("mean of the other draws", b.mean, len(a.mean))
	if a.err == nil {
		a.err = b.err
	}
	if b.n > 0 {
		share = float64(b.n) / float64(a.n+b.n)
		weight = float64(a.n) * share
		a.n += b.n
	}
	return share, weight
}

// refusal returns the error for a draw or step with a value that cannot be taken
// in, after n good ones.
func refusal(what string, n int64, x []float64) error {
	i := slices.IndexFunc(x, func(v float64) bool { return !(math.Abs(v) <= largest) })
	kind := ErrNonFinite
	if math.Abs(x[i]) <= math.MaxFloat64 {
		kind = ErrScale
	}
	return fmt.Errorf("moments: coordinate %d of %s %d is %v: %w", i, what, n, x[i], kind)
}

// usable reports whether every |x[i]| is at most largest.
func usable(x []float64) bool {
	for _, v := range x {
		if !(math.Abs(v) <= largest) {
			return false
		}
	}
	return true
}

// fill stores scale·src in dst, or in a new slice if dst is nil.
func fill(dst, src []float64, scale float64) []float64 {
	dst = check.Reuse(dst, len(src))
	for i, v := range src {
		dst[i] = v * scale
	}
	return dst
}
