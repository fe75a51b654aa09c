package recipe

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/metric"
)

// FuzzGeometry makes geometries of any numbers on a Gaussian, and checks those that
// are accepted at any point. Langevin dynamics, with and without S, are right at any
// point near the mean.
func FuzzGeometry(f *testing.F) {
	for kind := range 7 {
		f.Add([]byte{byte(kind), 1, 116, 104, 116, 110, 132, 109, 101, 90, 120, 110})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		kind, n := x.Int(6), 1+x.Int(2)
		var p density.Density = must(density.Equicorrelated(n, 0.3, 2))
		sym := func() *mat.SymDense {
			s := mat.NewSymDense(n, nil)
			for i := range n {
				for j := range i + 1 {
					s.SetSym(i, j, x.Float())
				}
			}
			return s
		}
		phase := func(m mat.Symmetric) (density.Density, error) { return WithMomentum(p, m) }
		var g Geometry
		var err, failed error
		switch kind {
		case 0:
			g, err = NewConstant(metric.Identity(n), mat.NewDense(n, n, x.Floats(n*n)))
		case 1:
			s, refused := ExchangeableSkew(n, x.Float())
			if !samplertest.Made(t, refused) {
				return
			}
			g, err = NewConstant(metric.Identity(n), s)
		case 2:
			g, err = Underdamped(n, x.Float())
			p, failed = phase(sym())
		case 3:
			a := x.Float()
			g, err = NoseHoover(n, a)
			var q *Thermostatted
			q, failed = WithThermostat(p, a)
			p = q
		case 4:
			g, err = Compensate(Langevin(metric.Identity(n)), sym(), x.Float())
		case 5:
			d, s := sym(), mat.NewDense(n, n, x.Floats(n*n))
			g = NewFields(n, func(dst *mat.Dense, z []float64) { dst.Copy(d) }, func(dst *mat.Dense, z []float64) { dst.Copy(s) }, nil)
		case 6:
			d := x.Floats(n)
			g = NewDiagonal(n, func(dst, z []float64) { copy(dst, d) }, nil)
		}
		if !samplertest.Made(t, err) || !samplertest.Made(t, failed) {
			return
		}
		process := must(New(p, g))
		z := x.Floats(p.Dim())
		report, err := Check(p, g, [][]float64{z})
		if !samplertest.Made(t, err) {
			return
		}
		if report.String() == "" {
			t.Fatal("an empty report")
		}
		dst := make([]float64, len(z))
		process.Drift(dst, z)
		moderate := mat.Norm(mat.NewVecDense(len(z), dst), 2) < 1e6 && mat.Norm(mat.NewVecDense(len(z), z), 2) < 1e3
		if kind <= 1 && moderate && report.Err() != nil {
			t.Fatalf("kind %d at %v: %v", kind, z, report.Err())
		}
	})
}

// FuzzOptimalSkew finds the best S for any Gaussian, and none for one whose
// eigenvalues are too far apart.
func FuzzOptimalSkew(f *testing.F) {
	f.Add([]byte{1, 116, 104, 132})
	f.Add([]byte("9\xe9\x01\xed\xda")) // precisions 10²⁰⁰ apart
	f.Add([]byte("\x96\xe9M\x96\xf8\xf8\xf8\xf8"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		n := 1 + x.Int(3)
		s := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				s.SetSym(i, j, x.Float())
			}
		}
		p, err := density.NewGaussian(make([]float64, n), s)
		if !samplertest.Made(t, err) {
			return
		}
		if s, err := OptimalSkew(p); samplertest.Made(t, err) {
			if _, err := NewConstant(metric.Identity(n), s); err != nil {
				t.Fatal(err)
			}
		}
	})
}
