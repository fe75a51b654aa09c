package metric

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
)

// FuzzMetric makes metrics of any numbers, and geometries of any text on any
// Gaussian. Products with what is accepted are not NaN.
func FuzzMetric(f *testing.F) {
	for kind := range 6 {
		f.Add([]byte{byte(kind), 1, 1, 255}, "Σ^NaN")
		f.Add([]byte{byte(kind), 1, 1, 116, 104, 116, 110, 132, 109}, "Σ^0.5")
	}
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		x := samplertest.Numbers(data)
		kind, n, k := x.Int(5), 1+x.Int(2), 1+x.Int(2)
		sym := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				sym.SetSym(i, j, x.Float())
			}
		}
		var m Metric
		var err error
		switch kind {
		case 0:
			m, err = Dense(sym)
		case 1:
			m, err = Diagonal(x.Floats(n))
		case 2:
			m, err = Root(mat.NewDense(n, k, x.Floats(n*k)))
		case 3:
			m, err = DiagonalPlusLowRank(x.Floats(n), mat.NewDense(n, k, x.Floats(n*k)))
		default:
			g, failed := Parse(text)
			if !samplertest.Made(t, failed) {
				return
			}
			if again, err := Parse(g.String()); err != nil || again != g {
				t.Fatalf("%q is read as %v, and that as %v, %v", text, g, again, err)
			}
			p, failed := density.NewGaussian(make([]float64, n), sym)
			if !samplertest.Made(t, failed) {
				return
			}
			m, err = g.Of(p)
		}
		if !samplertest.Made(t, err) {
			if m != nil {
				t.Fatalf("error %v, and the metric %v", err, m)
			}
			return
		}
		_, k = m.Dims()
		y, noise := make([]float64, n), make([]float64, k)
		MulDiffusion(m, y, make([]float64, n), noise)
		samplertest.NoNaN(t, "Dx", y...)
		m.Mul(y, make([]float64, k))
		samplertest.NoNaN(t, "Bx", y...)
	})
}
