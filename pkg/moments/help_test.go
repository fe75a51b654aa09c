package moments

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

// correlatedDraws returns n draws of dimension 5 with unequal scales.
func correlatedDraws(n int) *mat.Dense {
	rng := stream.New(9)
	x := mat.NewDense(n, 5, nil)
	for i := range n {
		shared := rng.NormFloat64()
		for j := range 5 {
			x.Set(i, j, float64(j)+float64(j+1)*(shared+rng.NormFloat64()))
		}
	}
	return x
}

// closeTo checks got against want to a relative tolerance.
func closeTo(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// failsWith checks that err wraps want.
func failsWith(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want one that wraps %q", what, err, want)
	}
}

// panics checks that f panics with the given constant.
func panics(t *testing.T, what, with string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != with {
			t.Errorf("%s: panic %v, want %q", what, got, with)
		}
	}()
	f()
}

// digest hashes the bits of numbers.
func digest(parts ...[]float64) uint64 {
	hash := fnv.New64a()
	for _, part := range parts {
		for _, f := range part {
			binary.Write(hash, binary.LittleEndian, f)
		}
	}
	return hash.Sum64()
}
