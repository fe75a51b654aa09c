// Package samplertest tests samplers: by the contract of mcmc.Sampler, and by rank
// tests of the law of a kernel.
package samplertest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"natspike/pkg/stream"
)

// Sampler is mcmc.Sampler. It is repeated here so that package mcmc can use this
// package in its tests.
type Sampler interface {
	Dim() int
	Step(rng *rand.Rand)
	Position(dst []float64)
}

// Contract fails the test if the equal samplers that fresh makes break the contract of
// mcmc.Sampler:
//
//   - Dim is positive and does not change;
//   - Position stores all coordinates, and panics if the slice does not have length
//     Dim; it neither moves the sampler nor shares memory with it;
//   - the path is finite and not constant; it is a function of the random stream
//     alone, and so is the number of random words used, also when two samplers take
//     turns;
//   - neither Step nor Position allocates;
//   - a sampler restored from the state of another continues with the same bytes, and
//     a damaged state is an error that does not change the sampler; see restoreViolations;
//   - the statistics of a Reporter are finite and have distinct names, and reading
//     them neither moves the sampler nor allocates.
//
// It counts allocations, so that it must not be called from a parallel test.
func Contract[S Sampler](t *testing.T, fresh func() S) {
	t.Helper()
	for _, v := range violations(fresh) {
		t.Error(v)
	}
}

// steps is large enough for a kernel that rejects often to move, and for a sampler to
// make what it makes lazily.
const steps = 60

// violations lists how the samplers break the contract.
func violations[S Sampler](fresh func() S) (broken []string) {
	report := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	s := fresh()
	d := s.Dim()
	if d <= 0 {
		report("Dim is %d, want at least 1", d)
		return broken
	}

	position := func(s S) []float64 { return position(s, d) }

	for _, n := range []int{0, d - 1, d + 1} {
		if n != d && !panics(func() { s.Position(make([]float64, n)) }) {
			report("Position accepts a slice of length %d, Dim is %d", n, d)
		}
	}

	start := position(s)
	written := position(s)
	for i := range written {
		written[i] = 1e9
	}
	s.Position(written)
	for i := range written {
		written[i] = 1e9
	}
	if !same(position(s), start) {
		report("Position moves the sampler or shares its memory")
	}

	rng := stream.New(1)
	path := run(s, rng, d)
	if s.Dim() != d {
		report("Dim was %d and is now %d", d, s.Dim())
	}
	moved := false
	for i, x := range path {
		for j, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				report("coordinate %d after step %d is %v", j, i+1, v)
				return broken
			}
		}
		moved = moved || !same(x, start)
	}
	if !moved {
		report("%d steps have not moved the sampler", steps)
	}

	again := stream.New(1)
	if !samePath(run(fresh(), again, d), path) {
		report("the same stream gives another path")
	}
	if rng.Uint64() != again.Uint64() {
		report("the same stream is not used up alike")
	}
	if samePath(run(fresh(), stream.New(2), d), path) {
		report("another stream gives the same path")
	}

	// Samplers that share scratch memory or a generator disturb one another.
	a, b := fresh(), fresh()
	rngA, rngB := stream.New(1), stream.New(2)
	var alternating [][]float64
	for range steps {
		a.Step(rngA)
		b.Step(rngB)
		alternating = append(alternating, position(a))
	}
	if !samePath(alternating, path) {
		report("a second sampler, taking turns, changes the path of the first")
	}

	if n := testing.AllocsPerRun(20, func() { s.Step(rng) }); n != 0 {
		report("Step allocates %v times", n)
	}
	x := make([]float64, d)
	if n := testing.AllocsPerRun(20, func() { s.Position(x) }); n != 0 {
		report("Position allocates %v times", n)
	}
	statViolations(fresh, report)
	restoreViolations(fresh, report)
	return broken
}

// position returns the position of s, of length d.
func position[S Sampler](s S, d int) []float64 {
	x := make([]float64, d)
	for i := range x {
		x[i] = math.NaN() // to find entries that are not stored
	}
	s.Position(x)
	return x
}

// run returns the position of s after each of some steps.
func run[S Sampler](s S, rng *rand.Rand, d int) (path [][]float64) {
	for range steps {
		s.Step(rng)
		path = append(path, position(s, d))
	}
	return path
}

// same reports whether x and y have the same bits.
func same(x, y []float64) bool {
	return slices.EqualFunc(x, y, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
}

func samePath(p, q [][]float64) bool { return slices.EqualFunc(p, q, same) }

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}
