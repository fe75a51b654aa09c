package trial

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// A Protocol is a stimulus: the mean μ(t) of the target that a network is to
// sample, over time. Time t is in s and is 0 at the onset.
//
// The functions that return a Protocol give it the duration of the published
// simulations, 0.5 s before the onset and 1.5 s after it. Set Before and After
// for another:
//
//	p := trial.Step(6)
//	p.After = 0.3
type Protocol struct {
	Before float64 // s before the onset; at least 0
	After  float64 // s after the onset; at least a time step

	// Mean stores μ(t) in dst, whose length is the dimension of the network. Each
	// step has the mean of the time at which it begins. If Mean is nil the
	// network keeps the mean that it has. Mean must depend on t alone, since
	// several trials may call it at once.
	Mean func(dst []float64, t float64)

	// Changes are the times, s, in ascending order, at which μ(t) changes; it is
	// constant between them. An empty slice that is not nil stands for a mean
	// that never changes, and nil for one that may change in every step. A
	// network jumps from spike to spike only while the mean is constant.
	Changes []float64

	dim int   // of the pattern that a constructor was given; 0 for any
	err error // of the constructor
}

// pattern returns the protocol whose mean is f(t)·m. It is the common part of the
// constructors.
func pattern(m, changes []float64, f func(t float64) float64) Protocol {
	m = slices.Clone(m)
	p := Protocol{Before: 0.5, After: 1.5, Changes: changes}
	p.Mean = func(dst []float64, t float64) {
		x := f(t)
		for d := range dst {
			dst[d] = x * m[min(d, len(m)-1)]
		}
	}
	switch i := arg.FirstNonFinite(m); {
	case len(m) == 0:
		p.err = check.Errorf("mean", "is missing: give one number for all coordinates, or one for each")
	case i >= 0:
		p.err = check.Errorf("mean", "has entry [%d] = %v, which is not finite", i, m[i])
	case len(m) > 1:
		p.dim = len(m)
	}
	return p
}

// Constant returns the protocol of a mean that is m at all times. Here and in the
// other constructors, m is one number for all coordinates, or one for each.
func Constant(m ...float64) Protocol {
	return pattern(m, []float64{}, func(float64) float64 { return 1 })
}

// Step returns the protocol of a mean that is 0 before the onset and m after it.
func Step(m ...float64) Protocol {
	return pattern(m, []float64{0}, func(t float64) float64 { return portable.Indicator(t >= 0) })
}

// Pulse returns the protocol of a mean that is m from the onset until duration
// seconds after it, and 0 otherwise.
func Pulse(duration float64, m ...float64) Protocol {
	p := pattern(m, []float64{0, duration}, func(t float64) float64 { return portable.Indicator(t >= 0 && t < duration) })
	return p.checked(check.Positive("duration", duration, " s"))
}

// Ramp returns the protocol of a mean that is 0 before the onset, grows evenly
// from 0 to m over duration seconds after it, and is m from then on.
func Ramp(duration float64, m ...float64) Protocol {
	p := pattern(m, nil, func(t float64) float64 { return min(max(t/duration, 0), 1) })
	return p.checked(check.Positive("duration", duration, " s"))
}

// RandomWalk returns the protocol of a mean that wanders over the given times
// before and after the onset, s: m times a stationary Ornstein–Uhlenbeck process
// of mean 0, variance 1 and correlation time tau, s. The process is drawn now, at
// times that are grain seconds apart, and is constant between them. A grain of the
// network's time step makes a mean that never jumps; tau/100 is fine enough for
// most purposes.
func RandomWalk(rng *rand.Rand, before, after, tau, grain float64, m ...float64) Protocol {
	const most = 10_000_000
	first := math.Ceil(before / grain)
	size := first + math.Ceil(after/grain) + 1
	if err := cmp.Or(
		check.Positive("tau", tau, " s"), check.Positive("grain", grain, " s"),
		check.NonNegative("before", before, " s"), check.NonNegative("after", after, " s"),
	); err != nil {
		return Protocol{err: err}
	}
	if !(size <= most) {
		return Protocol{err: check.Errorf("grain", "= %v s makes a walk of %.3g values; at most %d are kept", grain, size, most)}
	}
	keep := portable.Exp(-grain / tau)
	spread := math.Sqrt(1 - float64(keep*keep))
	walk, changes := make([]float64, int(size)), make([]float64, int(size))
	stream.Normals(rng, walk)
	for i := range walk {
		if i > 0 {
			walk[i] = float64(keep*walk[i-1]) + float64(spread*walk[i])
		}
		changes[i] = (float64(i) - first) * grain
	}
	p := pattern(m, changes, func(t float64) float64 {
		i := max(int(min(math.Floor(t/grain)+first, size-1)), 0) // to within rounding
		for i > 0 && changes[i] > t {
			i--
		}
		for i+1 < len(changes) && changes[i+1] <= t {
			i++
		}
		return walk[i]
	})
	p.Before, p.After = before, after
	return p
}

// checked returns p with the error, unless p has one.
func (p Protocol) checked(err error) Protocol {
	if p.err == nil {
		p.err = err
	}
	return p
}
