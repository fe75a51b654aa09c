package metric

import (
	"math"

	"natspike/pkg/internal/state"
)

// The kinds of metric in saved states.
const (
	savedDigest = iota // a metric that only the sampler can make, by its digest
	savedIdentity
	savedCholesky
	savedRoot
	savedDiagonal
	savedDiagonalPlusLowRank
)

// numbers returns the kind of m, and the entries of its diagonal and of its root.
func numbers(m Metric) (kind int64, diag, entries []float64) {
	switch m := m.(type) {
	case identity:
		return savedIdentity, nil, nil
	case *cholesky:
		return savedCholesky, nil, m.b
	case *root:
		return savedRoot, nil, m.b
	case *diagonal:
		return savedDiagonal, m.a, nil
	case *diagonalPlusLowRank:
		return savedDiagonalPlusLowRank, m.diagonal.a, m.low.b
	}
	return savedDigest, nil, nil
}

// Code writes m to c, or reads the metric that takes its place, of the same
// dimension. It does not write the numbers of a Natural or Power metric, nor of
// one of the user's own: when such a metric is read, m must be the same.
func Code(c *state.Coder, m Metric) Metric {
	d, noise := m.Dims()
	kind, diag, entries := numbers(m)
	k := int64(noise)
	c.Same("metric's dimension", uint64(d), "is another one")
	c.Int("metric's kind", &kind, savedDigest, savedDiagonalPlusLowRank)
	c.Int("metric's columns", &k, 1, math.MaxInt32)
	c.List("metric's diagonal", &diag, d)
	c.List("metric's root", &entries, math.MaxInt32)
	if kind == savedDigest {
		c.Same("metric", Digest(m), "is not that of the sampler")
	}
	if !c.Reading() || kind == savedDigest {
		return m
	}
	read, ok := build(int(kind), d, int(k), diag, entries)
	c.Check("metric", ok, "has numbers of another size, or a diagonal that is not positive")
	if !ok {
		return m
	}
	return read
}

// build returns the d×k metric with those numbers, if there is one.
func build(kind, d, k int, diag, entries []float64) (m Metric, ok bool) {
	has := func(columns, onDiagonal, inRoot int) bool {
		return k == columns && len(diag) == onDiagonal && len(entries) == inRoot
	}
	switch kind {
	case savedIdentity:
		return Identity(d), has(d, 0, 0)
	case savedCholesky:
		return &cholesky{d, entries}, has(d, 0, d*d)
	case savedRoot:
		return &root{d, k, entries}, has(k, 0, d*k)
	}
	diagonal, err := newDiagonal(diag)
	if kind == savedDiagonal {
		return diagonal, err == nil && has(d, d, 0)
	}
	return &diagonalPlusLowRank{diagonal, &root{d, k - d, entries}}, err == nil && k > d && has(k, d, d*(k-d))
}

// Digest returns a number that is the same for metrics with the same products,
// to the bit, and differs otherwise, but for one pair in 2⁶⁴.
func Digest(m Metric) uint64 {
	d, k := m.Dims()
	products := make([]float64, d+k) // Bx and BᵀBx for one vector x
	x := make([]float64, k)
	for i := range x {
		x[i] = 1 / (1 + math.Sqrt(float64(i)))
	}
	m.Mul(products[:d], x)
	m.MulTrans(products[d:], products[:d])
	return state.Digest(products) ^ uint64(d)
}
