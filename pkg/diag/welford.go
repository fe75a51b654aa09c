package diag

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

const (
	badDim   = "diag: length does not match the dimension"
	badDraws = "diag: too few draws"
)

// running is what MeanVariance and MeanCovariance have in common.
type running struct {
	n    int
	mean []float64
	sum2 []float64 // second moments about the mean
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

// Err returns an error that wraps ErrNonFinite and names the first draw that
// was left out, or nil.
func (a *running) Err() error { return a.err }

// Mean stores the mean in dst and returns it; if dst is nil a new slice is
// made. It panics if there are no draws.
func (a *running) Mean(dst []float64) []float64 {
	if a.n < 1 {
		panic(badDraws)
	}
	return fill(dst, a.mean, 1)
}

// MeanVariance accumulates the mean and the variance of each coordinate of a
// stream of draws, in one pass and without cancellation. The n-th draw updates
//
//	δ = x − m,   m ← m + δ/n,   s ← s + δ (x − m),
//
// and the variance is s/(n−1). The memory is 2·dim numbers. The results are the
// same bits on every architecture.
//
// Source: Welford (1962); Chan, Golub and LeVeque (1983) for Merge.
type MeanVariance struct {
	running // sum2 is s, the sum of squares about the mean
}

// NewMeanVariance returns an accumulator of draws of the given dimension.
func NewMeanVariance(dim int) *MeanVariance {
	return &MeanVariance{running{mean: make([]float64, dim), sum2: make([]float64, dim)}}
}

// Add takes in one draw. A draw that is not finite is left out, and Err tells
// of it. Add does not allocate or keep x. It panics if len(x) is not the
// dimension.
func (a *MeanVariance) Add(x []float64) {
	if len(x) != len(a.mean) {
		panic(badDim)
	}
	if !finite(x) {
		a.err = refuse(a.err, a.n, x)
		return
	}
	a.n++
	inv := 1 / float64(a.n)
	mean, sum2 := a.mean[:len(x)], a.sum2[:len(x)]
	for i, v := range x {
		d := v - mean[i]
		mean[i] += float64(d * inv)
		sum2[i] += float64(d * (v - mean[i]))
	}
}

// Merge takes in all draws of b, which is not changed. It panics if the
// dimensions differ.
func (a *MeanVariance) Merge(b *MeanVariance) {
	if len(b.mean) != len(a.mean) {
		panic(badDim)
	}
	if a.err == nil {
		a.err = b.err
	}
	if b.n == 0 {
		return
	}
	n := float64(a.n + b.n)
	share := float64(b.n) / n
	weight := float64(a.n) * share
	for i, m := range b.mean {
		d := m - a.mean[i]
		a.mean[i] += float64(d * share)
		a.sum2[i] += b.sum2[i] + float64(float64(d*d)*weight)
	}
	a.n += b.n
}

// Variance stores the variance of each coordinate, with divisor n−1, in dst
// and returns it; if dst is nil a new slice is made. It panics if there are
// fewer than two draws.
func (a *MeanVariance) Variance(dst []float64) []float64 {
	if a.n < 2 {
		panic(badDraws)
	}
	return fill(dst, a.sum2, 1/float64(a.n-1))
}

// MeanCovariance accumulates the mean and the covariance matrix of a stream of
// draws in one pass, as [MeanVariance] does the variances:
//
//	δ = x − m,   m ← m + δ/n,   S ← S + (1 − 1/n) δδᵀ,   C = S/(n−1).
//
// A draw costs about dim² flops, and the memory is dim²/2 numbers. The results
// are the same bits on every architecture. It has the methods Mean and
// CovarianceMatrix of a distribution with known moments.
type MeanCovariance struct {
	running // sum2 is the upper triangle of S, row after row
	delta   []float64
}

// NewMeanCovariance returns an accumulator of draws of the given dimension.
func NewMeanCovariance(dim int) *MeanCovariance {
	return &MeanCovariance{
		running: running{mean: make([]float64, dim), sum2: make([]float64, dim*(dim+1)/2)},
		delta:   make([]float64, dim),
	}
}

// Add takes in one draw. A draw that is not finite is left out, and Err tells
// of it. Add does not allocate or keep x. It panics if len(x) is not the
// dimension.
func (a *MeanCovariance) Add(x []float64) {
	if len(x) != len(a.mean) {
		panic(badDim)
	}
	if !finite(x) {
		a.err = refuse(a.err, a.n, x)
		return
	}
	a.n++
	inv := 1 / float64(a.n)
	for i, v := range x {
		d := v - a.mean[i]
		a.delta[i] = d
		a.mean[i] += float64(d * inv)
	}
	a.addOuter(1 - inv)
}

// Merge takes in all draws of b, which is not changed. It panics if the
// dimensions differ.
func (a *MeanCovariance) Merge(b *MeanCovariance) {
	if len(b.mean) != len(a.mean) {
		panic(badDim)
	}
	if a.err == nil {
		a.err = b.err
	}
	if b.n == 0 {
		return
	}
	n := float64(a.n + b.n)
	share := float64(b.n) / n
	for i, m := range b.mean {
		d := m - a.mean[i]
		a.delta[i] = d
		a.mean[i] += float64(d * share)
	}
	for k, v := range b.sum2 {
		a.sum2[k] += v
	}
	a.addOuter(float64(a.n) * share)
	a.n += b.n
}

// addOuter adds w δδᵀ to S.
func (a *MeanCovariance) addOuter(w float64) {
	row := a.sum2
	for i, d := range a.delta {
		wd := w * d
		tail := a.delta[i:]
		r := row[:len(tail)]
		for j, e := range tail {
			r[j] += float64(wd * e)
		}
		row = row[len(tail):]
	}
}

// CovarianceMatrix stores the covariance matrix, with divisor n−1, in dst,
// which must be empty or dim×dim. It panics if there are fewer than two draws.
func (a *MeanCovariance) CovarianceMatrix(dst *mat.SymDense) {
	if a.n < 2 {
		panic(badDraws)
	}
	dim := len(a.mean)
	if dst.IsEmpty() {
		dst.ReuseAsSym(dim)
	} else if dst.SymmetricDim() != dim {
		panic(badDim)
	}
	scale := 1 / float64(a.n-1)
	k := 0
	for i := range dim {
		for j := i; j < dim; j++ {
			dst.SetSym(i, j, a.sum2[k]*scale)
			k++
		}
	}
}

// finite reports whether no x[i] is NaN or infinite.
func finite(x []float64) bool {
	for _, v := range x {
		if v-v != 0 { // NaN if v is NaN or infinite
			return false
		}
	}
	return true
}

// refuse returns the error for draw x, which has a value that is not finite
// and came after n good draws, unless there was an error before.
func refuse(before error, n int, x []float64) error {
	if before != nil {
		return before
	}
	i := slices.IndexFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	return fmt.Errorf("diag: coordinate %d of draw %d is %v: %w", i, n, x[i], ErrNonFinite)
}

// fill stores scale·src in dst, or in a new slice if dst is nil.
func fill(dst, src []float64, scale float64) []float64 {
	if dst == nil {
		dst = make([]float64, len(src))
	}
	if len(dst) != len(src) {
		panic(badDim)
	}
	for i, v := range src {
		dst[i] = v * scale
	}
	return dst
}
