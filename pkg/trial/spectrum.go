package trial

import (
	"strconv"

	"natspike/pkg/internal/portable"
)

// Spectrum returns the measure of the power spectral density of the estimate at
// the given frequencies, Hz, over the N steps of a window: the one-sided
// periodogram of a coordinate x less its mean,
//
//	psd(f) = (2Δt/N) |Σ_k (x_k − x̄) exp(−2πi f t_k)|²,
//
// averaged over coordinates. Its columns are psd_10Hz, …. A periodogram of one
// window is as uncertain as it is large; average it over repeats.
func Spectrum(w Window, hz ...float64) Measure {
	const help = "power spectral density of the estimate, averaged over coordinates"
	return fourier(w, hz, []Column{{Name: "psd", Unit: "1/Hz", Help: help}}, func(a *transform, i int, dst []float64) {
		n, p := float64(a.n), float64(len(a.sum))
		for d, total := range a.sum {
			mean := total / n
			re := a.re[i][d] - float64(mean*a.flat[i].re)
			im := a.im[i][d] - float64(mean*a.flat[i].im)
			dst[0] += 2 * a.clock.dt / n * (float64(re*re) + float64(im*im)) / p
		}
	})
}

// Response returns the measure of the part of the estimate that oscillates at the
// given frequencies, Hz, over the N steps of a window: with x the average of all
// coordinates,
//
//	re + i·im = (2/N) Σ_k x_k exp(−2πi f t_k),
//
// so that a cos(2πf t) gives re = a and a sin(2πf t) gives im = −a, over whole
// periods. Its columns are re_10Hz, im_10Hz, ….
func Response(w Window, hz ...float64) Measure {
	const help = "part of the averaged estimate that oscillates at the frequency"
	return fourier(w, hz, []Column{{Name: "re", Help: help}, {Name: "im", Help: help}}, func(a *transform, i int, dst []float64) {
		scale := 2 / (float64(a.n) * float64(len(a.sum)))
		for d := range a.sum {
			dst[0] += float64(scale * a.re[i][d])
			dst[1] += float64(scale * a.im[i][d])
		}
	})
}

// fourier returns the measure of the given columns at each frequency. result adds
// the numbers of the frequency with index i to dst, which holds zeros.
func fourier(w Window, hz []float64, each []Column, result func(a *transform, i int, dst []float64)) Measure {
	var columns []Column
	for _, f := range hz {
		for _, c := range each {
			c.Name += "_" + strconv.FormatFloat(f, 'g', -1, 64) + "Hz"
			columns = append(columns, c)
		}
	}
	return measure{w, w.named(columns...), func(r *Recording) (Accumulator, error) {
		a := &transform{hz: hz, result: result, clock: r.clock, sum: make([]float64, r.p), flat: make([]rotation, len(hz))}
		for _, f := range hz {
			if nyquist := 0.5 / r.clock.dt; !(f >= 0 && f <= nyquist) {
				return nil, check.Errorf("frequency", "= %v Hz is not in [0, %v], up to half of one in a time step", f, nyquist)
			}
			a.re, a.im = append(a.re, make([]float64, r.p)), append(a.im, make([]float64, r.p))
		}
		return a, nil
	}}
}

// A transform accumulates Fourier sums.
type transform struct {
	hz     []float64
	result func(a *transform, i int, dst []float64)
	clock  Clock
	n      int
	sum    []float64   // Σ x
	re, im [][]float64 // of Σ x exp(−2πi f t), for each frequency and coordinate
	flat   []rotation  // Σ exp(−2πi f t), for each frequency
}

// A rotation is a complex number.
type rotation struct{ re, im float64 }

// Add takes in a segment, whose sums are geometric:
//
//	Σ_{i<n} κⁱ exp(−iω(k+i)) = exp(−iωk) (1 − qⁿ)/(1 − q),  q = κ exp(−iω).
func (a *transform) Add(s Segment) {
	keep, left := 1.0, 1.0
	if s.Decay != nil {
		keep, left = s.Decay.Factor(), s.Decay.Power(int64(s.Count))
	}
	a.n += s.Count
	portable.Axpy(geometric(rotation{keep, 0}, rotation{left, 0}, s.Count).re, s.X, a.sum)
	for i, f := range a.hz {
		at, step, whole := a.turn(f, s.First), a.turn(f, 1), a.turn(f, s.Count)
		w := at.times(geometric(step.scaled(keep), whole.scaled(left), s.Count))
		portable.Axpy(w.re, s.X, a.re[i])
		portable.Axpy(w.im, s.X, a.im[i])
		e := at.times(geometric(step, whole, s.Count))
		a.flat[i].re += e.re
		a.flat[i].im += e.im
	}
}

func (a *transform) Result(dst []float64) error {
	clear(dst)
	for i := range a.hz {
		a.result(a, i, dst[i*len(dst)/len(a.hz):])
	}
	return nil
}

// turn returns exp(−2πi f kΔt).
func (a *transform) turn(f float64, k int) rotation {
	sin, cos := portable.SinCosPi(2 * f * a.clock.Time(k))
	return rotation{cos, -sin}
}

// geometric returns Σ_{i<n} qⁱ, given q and qⁿ.
func geometric(q, qn rotation, n int) rotation {
	down := rotation{1 - q.re, -q.im}
	size := float64(down.re*down.re) + float64(down.im*down.im)
	if size == 0 {
		return rotation{float64(n), 0}
	}
	return rotation{1 - qn.re, -qn.im}.times(rotation{down.re / size, -down.im / size})
}

func (a rotation) times(b rotation) rotation {
	return rotation{float64(a.re*b.re) - float64(a.im*b.im), float64(a.re*b.im) + float64(a.im*b.re)}
}

func (a rotation) scaled(f float64) rotation { return rotation{f * a.re, f * a.im} }
