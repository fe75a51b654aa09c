package moments

import (
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

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

// Add takes in one draw. A draw that is not finite, or too large, is left out,
// and Err returns an error. Add does not allocate or keep x. It panics if len(x)
// is not the dimension.
func (a *MeanCovariance) Add(x []float64) {
	if !a.count(x) {
		return
	}
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
	share, weight := a.join(&b.running)
	for i, m := range b.mean {
		d := m - a.mean[i]
		a.delta[i] = d
		a.mean[i] += float64(d * share)
	}
	portable.Axpy(1, b.sum2, a.sum2)
	a.addOuter(weight)
}

// addOuter adds w δδᵀ to S.
func (a *MeanCovariance) addOuter(w float64) {
	row := a.sum2
	for i, d := range a.delta {
		tail := a.delta[i:]
		portable.Axpy(w*d, tail, row)
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
	check.ReuseSym(dst, dim)
	scale := 1 / float64(a.n-1)
	k := 0
	for i := range dim {
		for j := i; j < dim; j++ {
			dst.SetSym(i, j, a.sum2[k]*scale)
			k++
		}
	}
}
