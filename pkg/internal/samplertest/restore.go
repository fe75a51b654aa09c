package samplertest

import (
	"encoding"
	"slices"

	"natspike/pkg/stream"
)

// A restorer can save its state and restore it.
type restorer interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

// restoreViolations reports the violations of the contract by saved states:
//
//   - the state of a sampler is saved before its first step, after one step and after
//     many; a new sampler, and one at another position, that restore it continue with
//     the same bytes and the same statistics;
//   - saving does not move a sampler;
//   - a state with one bit changed, cut short or empty is an error, and does not change
//     the sampler.
func restoreViolations[S Sampler](fresh func() S, report func(format string, args ...any)) {
	s := fresh()
	if _, ok := any(s).(restorer); !ok {
		report("%T has no methods MarshalBinary and UnmarshalBinary", s)
		return
	}
	d := s.Dim()
	for _, n := range []int{0, 1, steps} {
		s, silent := fresh(), fresh()
		rng, again := stream.New(4), stream.New(4)
		for range n {
			s.Step(rng)
			silent.Step(again)
		}
		data, err := any(s).(restorer).MarshalBinary()
		if err != nil {
			report("MarshalBinary after %d steps: %v", n, err)
			return
		}
		saved := stats(s)
		path := run(s, stream.New(5), d)
		if !samePath(run(silent, stream.New(5), d), path) {
			report("MarshalBinary after %d steps moves the sampler", n)
		}
		for _, elsewhere := range []bool{false, true} {
			other := fresh()
			if elsewhere {
				run(other, stream.New(6), d)
			}
			if err := any(other).(restorer).UnmarshalBinary(data); err != nil {
				report("UnmarshalBinary of the state after %d steps: %v", n, err)
				continue
			}
			if !same(stats(other), saved) {
				report("statistics restored after %d steps are %v, want %v", n, stats(other), saved)
			}
			if !samePath(run(other, stream.New(5), d), path) {
				report("a sampler restored after %d steps goes on differently (elsewhere before: %v)", n, elsewhere)
			}
		}

		other, untouched := fresh(), fresh()
		run(other, stream.New(6), d)
		run(untouched, stream.New(6), d)
		damaged := [][]byte{nil, data[:len(data)/2], data[:len(data)-1], append(slices.Clone(data), 0)}
		for i := range 64 {
			bad := slices.Clone(data)
			bad[i*len(bad)/64] ^= 1 << (i % 8)
			damaged = append(damaged, bad)
		}
		for _, bad := range damaged {
			if any(other).(restorer).UnmarshalBinary(bad) == nil {
				report("UnmarshalBinary reads a damaged state of %d bytes, where a whole one has %d", len(bad), len(data))
			}
		}
		if !samePath(run(other, stream.New(7), d), run(untouched, stream.New(7), d)) {
			report("a damaged state after %d steps has moved the sampler that refused it", n)
		}
	}
}

// stats returns the statistics of s, if it has any.
func stats[S Sampler](s S) []float64 {
	r, ok := any(s).(Reporter)
	if !ok {
		return nil
	}
	x := make([]float64, len(r.StatNames()))
	r.Stats(x)
	return x
}
