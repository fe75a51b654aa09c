package diag

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The estimate is the formula of its documentation, by its definition.
func TestPowerSpectrumIsItsFormula(t *testing.T) {
	const length, dt = 16, 0.25
	x := ar1(stream.New(90), 0.5, 45)
	s, err := PowerSpectrum(x, dt, length)
	if err != nil {
		t.Fatal(err)
	}
	if s.Segments != 4 || len(s.Density) != length/2 {
		t.Fatalf("%d segments and %d frequencies", s.Segments, len(s.Density))
	}
	var mu float64
	for _, v := range x {
		mu += v / float64(len(x))
	}
	for k, f := range s.Frequency {
		closeTo(t, "frequency", f, float64(k+1)/(length*dt), 1e-15)
		var sum, norm float64
		for from := 0; from+length <= len(x); from += length / 2 {
			var z complex128
			norm = 0
			for i := range length {
				w := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/length)
				norm += w * w
				z += complex(w*(x[from+i]-mu), 0) * cmplx.Exp(complex(0, -2*math.Pi*f*float64(i)*dt))
			}
			sum += real(z)*real(z) + imag(z)*imag(z)
		}
		want, relative := 2*dt/norm*sum/4, math.Sqrt((1+3.0/(18*4))/4)
		if k+1 == length/2 {
			want /= 2
			relative *= math.Sqrt2
		}
		closeTo(t, "density", s.Density[k], want, 1e-12)
		closeTo(t, "standard error", s.SE[k], relative*s.Density[k], 1e-15)
	}
}

// An AR(1) has S(f) = 2dt (1−φ²)/|1 − φ exp(−2πi f dt)|², and the standard error is
// the standard deviation of the estimate over series; 200 of them tell it to 5 %,
// and the test allows five times that. The negative control is the spectrum of
// another φ.
func TestPowerSpectrumOfAutoregression(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const phi, dt, n, length = 0.5, 1e-3, 4096, 128
	for _, k := range []int{4, 20, length/2 - 1} {
		var stated float64
		got, se, sd := replicate(t, 200, func(rng *rand.Rand) (float64, error) {
			s, err := PowerSpectrum(ar1(rng, phi, n), dt, length)
			if err != nil {
				return 0, err
			}
			stated += s.SE[k] / 200
			return s.Density[k], nil
		})
		truth := func(phi float64) float64 {
			f := float64(k+1) / length
			v := 2 * dt * (1 - phi*phi) / (1 - 2*phi*math.Cos(2*math.Pi*f) + phi*phi)
			if k+1 == length/2 {
				v /= 2
			}
			return v
		}
		near(t, "density", got, se, truth(phi), truth(0.6))
		if math.Abs(sd/stated-1) > 0.25 {
			t.Errorf("frequency %d: standard deviation %v, stated %v", k, sd, stated)
		}
	}
}

// The integral over frequencies is the variance, and a Poisson train of rate r has
// 2r.
func TestPowerSpectrumOfCounts(t *testing.T) {
	const rate, width, bins = 40.0, 2e-3, 1 << 16
	rng := stream.New(91)
	x := make([]float64, bins)
	for i := range x {
		x[i] = float64(binomial(1000, rate*width/1000, rng)) / width
	}
	s, err := PowerSpectrum(x, width, 256)
	if err != nil {
		t.Fatal(err)
	}
	var area, level float64
	for k, d := range s.Density {
		area += d * (s.Frequency[1] - s.Frequency[0])
		if k < 127 {
			level += d / 127
		}
	}
	_, sd, _ := MeanSD(x, 0)
	closeTo(t, "area", area, sd*sd, 0.02)
	// The variance of Poisson counts of mean λ, known from n of them, has the
	// relative variance (2 + 1/λ)/n.
	near(t, "density", level, 2*rate*math.Sqrt((2+1/(rate*width))/bins), 2*rate*(1-rate*width/1000), rate)
	k := 10
	if z := (s.Density[k] - 2*rate) / s.SE[k]; math.Abs(z) > 5 {
		t.Errorf("density %v ± %v, want %v", s.Density[k], s.SE[k], 2*rate)
	}
}

func TestPowerSpectrumRefuses(t *testing.T) {
	x := ar1(stream.New(92), 0, 64)
	for _, length := range []int{0, 4, 12, 128, -8} {
		_, err := PowerSpectrum(x, 1, length)
		failsWith(t, "length", err, ErrRange)
	}
	for _, dt := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err := PowerSpectrum(x, dt, 16)
		failsWith(t, "dt", err, ErrRange)
	}
	_, err := PowerSpectrum(x[:5], 1, 8)
	failsWith(t, "five values", err, ErrShort)
	x[3] = math.NaN()
	_, err = PowerSpectrum(x, 1, 8)
	failsWith(t, "NaN", err, ErrNonFinite)
	large := make([]float64, 64)
	for i := range large {
		large[i] = 1e200 * float64(i%3)
	}
	_, err = PowerSpectrum(large, 1, 8)
	failsWith(t, "large", err, ErrScale)
}
