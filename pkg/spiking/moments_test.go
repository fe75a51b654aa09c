package spiking

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

func TestPathMoments(t *testing.T) {
	rng := stream.New(1)
	const p = 3
	closed, stepped := NewPathMoments(p), NewPathMoments(p)
	x := make([]float64, p)
	for i := range 200 {
		stream.Normals(rng, x)
		keep := []float64{1, 0.9995, 0.5}[i%3]
		k := int64(rng.IntN(50))
		closed.AddDecay(x, keep, k)
		y := append([]float64(nil), x...)
		for range k {
			for d := range y {
				y[d] *= keep
			}
			stepped.Add(y)
		}
	}
	if closed.N() != stepped.N() {
		t.Fatalf("%d steps in closed form, %d one by one", closed.N(), stepped.N())
	}
	var a, b mat.SymDense
	closed.CovarianceMatrix(&a)
	stepped.CovarianceMatrix(&b)
	ma, mb := closed.Mean(nil), stepped.Mean(make([]float64, p))
	for i := range p {
		if math.Abs(ma[i]-mb[i]) > 1e-12 {
			t.Errorf("mean [%d] = %v in closed form, %v one by one", i, ma[i], mb[i])
		}
		for j := range p {
			if math.Abs(a.At(i, j)-b.At(i, j)) > 1e-12 {
				t.Errorf("covariance (%d, %d) = %v in closed form, %v one by one", i, j, a.At(i, j), b.At(i, j))
			}
		}
	}
}
