package moments

// MeanVariance accumulates the mean and the variance of each coordinate of a
// stream of draws, in one pass and without cancellation. The n-th draw updates
//
//	δ = x − m,   m ← m + δ/n,   s ← s + δ (x − m),
//
// and the variance is s/(n−1). The memory is 2·dim numbers. The results are the
// same bits on every architecture.
//
// Source: Welford (1962), Technometrics 4:419; for Merge, Chan, Golub and LeVeque
// (1983), American Statistician 37:242.
type MeanVariance struct {
	running // sum2 is s, the sum of squares about the mean
}

// NewMeanVariance returns an accumulator of draws of the given dimension.
func NewMeanVariance(dim int) *MeanVariance {
	return &MeanVariance{running{mean: make([]float64, dim), sum2: make([]float64, dim)}}
}

// Add takes in one draw. A draw that is not finite, or too large, is left out,
// and Err returns an error. Add does not allocate or keep x. It panics if len(x)
// is not the dimension.
func (a *MeanVariance) Add(x []float64) {
	if !a.count(x) {
		return
	}
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
	share, weight := a.join(&b.running)
	for i, m := range b.mean {
		d := m - a.mean[i]
		a.mean[i] += float64(d * share)
		a.sum2[i] += b.sum2[i] + float64(float64(d*d)*weight)
	}
}

// SumSquares stores the sum of squares of each coordinate about its mean in dst
// and returns it; if dst is nil a new slice is made.
func (a *MeanVariance) SumSquares(dst []float64) []float64 { return fill(dst, a.sum2, 1) }

// Variance stores the variance of each coordinate, with divisor n−1, in dst
// and returns it; if dst is nil a new slice is made. It panics if there are
// fewer than two draws.
func (a *MeanVariance) Variance(dst []float64) []float64 {
	if a.n < 2 {
		panic(badDraws)
	}
	return fill(dst, a.sum2, 1/float64(a.n-1))
}
