package spiking

import (
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// PathMoments accumulates the mean and covariance of an estimate over time
// steps, and among them, in closed form, over any number of steps in which there
// is no spike and it decays by one and the same factor:
//
//	net.Position(x)
//	for steps < total {
//		k := net.Jump(rng, total-steps)
//		moments.AddDecay(x, net.Decay(), k-1)
//		net.Position(x)
//		moments.Add(x)
//		steps += k
//	}
type PathMoments struct {
	n     int64
	sum   []float64
	outer []float64 // Σ xxᵀ, the lower triangle by rows
}

// NewPathMoments returns the moments of no steps, in p dimensions.
func NewPathMoments(p int) *PathMoments {
	return &PathMoments{sum: make([]float64, p), outer: make([]float64, p*(p+1)/2)}
}

// Add adds one step, at which the estimate is x.
func (m *PathMoments) Add(x []float64) { m.add(x, 1, 1, 1) }

// AddDecay adds k steps that follow x, in which the estimate is keep·x, keep²·x,
// …, keepᵏ·x, with 0 < keep ≤ 1. It adds nothing if k ≤ 0.
func (m *PathMoments) AddDecay(x []float64, keep float64, k int64) {
	if k <= 0 {
		return
	}
	first, second := float64(k), float64(k)
	if keep < 1 {
		left := portable.Exp(float64(k) * portable.Log(keep)) // keepᵏ
		first = keep * (1 - left) / (1 - keep)
		square := float64(keep * keep)
		second = square * (1 - float64(left*left)) / (1 - square)
	}
	m.add(x, k, first, second)
}

func (m *PathMoments) add(x []float64, k int64, first, second float64) {
	if len(x) != len(m.sum) {
		panic(badLength)
	}
	m.n += k
	at := 0
	for i, v := range x {
		m.sum[i] += float64(first * v)
		portable.Axpy(float64(second*v), x[:i+1], m.outer[at:at+i+1])
		at += i + 1
	}
}

// N returns the number of steps.
func (m *PathMoments) N() int64 { return m.n }

// Mean stores the mean over steps in dst and returns it. If dst is nil a new
// slice is allocated. Without steps it is zero.
func (m *PathMoments) Mean(dst []float64) []float64 {
	if dst == nil {
		dst = make([]float64, len(m.sum))
	}
	if len(dst) != len(m.sum) {
		panic(badLength)
	}
	for i, s := range m.sum {
		dst[i] = s / float64(max(m.n, 1))
	}
	return dst
}

// CovarianceMatrix stores the covariance over steps in dst, which must be empty
// or p×p: the mean of xxᵀ less the mean's, divided by the number of steps.
func (m *PathMoments) CovarianceMatrix(dst *mat.SymDense) {
	p := len(m.sum)
	if dst.IsEmpty() {
		dst.ReuseAsSym(p)
	} else if dst.SymmetricDim() != p {
		panic(badLength)
	}
	mean := m.Mean(nil)
	at := 0
	for i := range p {
		for j := range i + 1 {
			dst.SetSym(i, j, m.outer[at]/float64(max(m.n, 1))-float64(mean[i]*mean[j]))
			at++
		}
	}
}
