package density

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
	"natspike/pkg/stream"
)

// symmetric returns an n×n matrix whose lower triangle is given.
func symmetric(x *samplertest.Numbers, n int) *mat.SymDense {
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			s.SetSym(i, j, x.Float())
		}
	}
	return s
}

// works fails the test if the density has a mean, a covariance, a draw, a log
// density or a score that is NaN.
func works(t *testing.T, p Density) {
	x := make([]float64, p.Dim())
	if m, ok := p.(Moments); ok {
		var sigma mat.SymDense
		m.CovarianceMatrix(&sigma)
		samplertest.NoNaN(t, "covariance", sigma.RawSymmetric().Data...)
		samplertest.NoNaN(t, "mean", m.Mean(x)...)
	}
	if e, ok := p.(Exact); ok {
		samplertest.NoNaN(t, "draw", e.Rand(stream.New(1), x)...)
	}
	samplertest.NoNaN(t, "log density", p.LogProb(x))
	samplertest.NoNaN(t, "score", p.ScoreInput(nil, x)...)
}

// FuzzGaussian makes Gaussians of any mean and matrix. What is accepted has a
// spectrum, powers and marginals without NaN.
func FuzzGaussian(f *testing.F) {
	f.Add([]byte{1, 100, 101, 116, 108, 132, 50})
	f.Add([]byte{2, 0, 0, 0, 116, 100, 116, 100, 100, 240, 108})
	f.Add([]byte{1, 100, 100, 251, 233, 251, 108}) // an eigenvalue that overflows
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		n := 1 + x.Int(3)
		g, err := NewGaussian(x.Floats(n), symmetric(&x, n))
		if !samplertest.Made(t, err) {
			return
		}
		works(t, g)
		var v mat.Dense
		samplertest.NoNaN(t, "eigenvalues", g.Eigen(nil, &v)...)
		samplertest.NoNaN(t, "eigenvectors", v.RawMatrix().Data...)
		samplertest.NoNaN(t, "root", g.MulSqrt(nil, slices.Repeat([]float64{1}, n))...)
		works(t, g.Marginal(n-1))
		if n > 1 {
			works(t, g.Marginal(0, n-1))
		}
		power, err := g.Pow(x.Float())
		if samplertest.Made(t, err) {
			y := make([]float64, n)
			power(y, make([]float64, n))
			samplertest.NoNaN(t, "power", y...)
		}
	})
}

// FuzzShapes makes the densities that have parameters.
func FuzzShapes(f *testing.F) {
	for kind := range 11 {
		f.Add([]byte{byte(kind), 103, 108, 116, 90, 100, 116, 101, 100})
	}
	f.Add([]byte("\xee\xfbY\xf5Q\xba\xccu\x83\x80\xed"))   // a mixture with a part so narrow that its score is infinite
	f.Add([]byte("\xa6\x1f\x00\x96\xa4Y\xfa\xbb\xf9\x88")) // a mixture of parts so far apart that the variance overflows
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		var p Density
		var err error
		switch x.Int(10) {
		case 0:
			p, err = NewBananaShape(x.Float(), x.Float(), x.Float())
		case 1:
			p, err = NewFunnelSize(x.Int(4), x.Float())
		case 2:
			p, err = NewDoubleWell(x.Float(), x.Float(), x.Float())
		case 3:
			p, err = NewSkewedWell(x.Float(), x.Float())
		case 4:
			p, err = Equicorrelated(x.Int(3), x.Float(), x.Float())
		case 5:
			p, err = Exchangeable(x.Int(3), x.Float(), x.Float())
		case 6:
			var parts []*Gaussian
			for range x.Int(3) {
				if g, err := NewNormal(x.Float(), x.Float()); samplertest.Made(t, err) {
					parts = append(parts, g)
				}
			}
			p, err = NewMixture(x.Floats(len(parts)), parts)
		case 7:
			n, d := 1+x.Int(3), 1+x.Int(1)
			y := make([]float64, n)
			for i := range y {
				y[i] = float64(x.Int(1))
			}
			var l *Logistic
			l, err = NewLogistic(mat.NewDense(n, d, x.Floats(n*d)), y, x.Float())
			if p = l; err == nil {
				if g, err := l.Laplace(); samplertest.Made(t, err) {
					works(t, g)
				}
			}
		case 8:
			p, err = NewRosenbrock(x.Int(3), x.Float())
		case 9:
			p, err = NewBrownianMotion(x.Floats(x.Int(3)))
		case 10:
			n := x.Int(3)
			student, question, y := make([]int, n), make([]int, n), make([]float64, n)
			for k := range n {
				student[k], question[k], y[k] = x.Int(3), x.Int(3), float64(x.Int(2))
			}
			p, err = NewItemResponse(x.Int(3), x.Int(3), student, question, y)
		}
		if samplertest.Made(t, err) {
			works(t, p)
		}
	})
}

// FuzzModels makes posteriors of any data, and Rosenbrock's density.
func FuzzModels(f *testing.F) {
	f.Add([]byte{0, 1, 116})
	f.Add([]byte{1, 3, 110, 255, 90, 120})
	f.Add([]byte{2, 1, 1, 3, 0, 1, 116, 1, 0, 100, 1, 1, 100})
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		var p Density
		var err error
		switch x.Int(2) {
		case 0:
			p, err = NewRosenbrock(x.Int(3), x.Float())
		case 1:
			p, err = NewBrownianMotion(x.Floats(x.Int(4)))
		case 2:
			students, questions, n := x.Int(2), x.Int(2), x.Int(4)
			student, question, y := make([]int, n), make([]int, n), make([]float64, n)
			for k := range n {
				student[k], question[k], y[k] = x.Int(2), x.Int(2), x.Float()
				if y[k] == 1.0/16 {
					y[k] = 1
				}
			}
			p, err = NewItemResponse(students, questions, student, question, y)
		}
		if samplertest.Made(t, err) {
			works(t, p)
		}
	})
}
