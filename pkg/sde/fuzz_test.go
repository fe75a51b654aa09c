package sde

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/samplertest"
	"natspike/pkg/stream"
)

// FuzzOrnsteinUhlenbeck makes linear processes of any numbers. Their laws after a
// time and in the long run are not NaN, and neither is an exact path.
func FuzzOrnsteinUhlenbeck(f *testing.F) {
	f.Add([]byte{0, 0, 116, 116, 100, 105})
	f.Add([]byte{1, 1, 116, 108, 92, 116, 104, 100, 100, 116, 100, 100, 110, 110})
	f.Add([]byte("\x01\x01tl\\dd.d}d\xebn"))                                                                          // noise whose variance overflows
	f.Add([]byte("\xef\xfb\xaf\x78\x65\xd3\x04\x46\x69\xed\x1b\xee\x71\x43\xf9\x7c\x36\x48\xe4\x89\xef\x66\xea\x76")) // a matrix whose eigenvalues cannot be found
	f.Fuzz(func(t *testing.T, data []byte) {
		x := samplertest.Numbers(data)
		n, k := 1+x.Int(2), 1+x.Int(2)
		ou, err := NewOrnsteinUhlenbeck(mat.NewDense(n, n, x.Floats(n*n)), x.Floats(n), mat.NewDense(n, k, x.Floats(n*k)))
		if !samplertest.Made(t, err) {
			return
		}
		h := x.Float()
		if e, c, err := ou.Transition(h); samplertest.Made(t, err) {
			samplertest.NoNaN(t, "E", e.RawMatrix().Data...)
			samplertest.NoNaN(t, "C", c.RawSymmetric().Data...)
		}
		if c, err := ou.Stationary(); samplertest.Made(t, err) {
			samplertest.NoNaN(t, "stationary covariance", c.RawSymmetric().Data...)
		}
		if c, err := ou.EulerStationary(h); samplertest.Made(t, err) {
			samplertest.NoNaN(t, "Euler's covariance", c.RawSymmetric().Data...)
		}
		if s, err := NewExact(ou, x.Floats(n), h); samplertest.Made(t, err) {
			s.Step(stream.New(1))
			s.Position(make([]float64, n))
		}
	})
}
