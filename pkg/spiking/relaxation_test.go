package spiking

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"natspike/pkg/stream"
)

// The law of a decoder's entries: mean and variance within 5 standard errors.
func TestRandomDecoder(t *testing.T) {
	const p, n, sd = 40, 1000, 0.3
	g := randomDecoder(stream.New(2), p, n, sd)
	mean, dev := stat.MeanStdDev(g.RawMatrix().Data, nil)
	if math.Abs(mean) > 5*sd/math.Sqrt(p*n) || math.Abs(dev-sd) > 5*sd/math.Sqrt(2*p*n) {
		t.Errorf("entries have mean %v and standard deviation %v, want 0 and %v", mean, dev, sd)
	}
	q, err := RandomPairs(stream.New(2), p, n, sd)
	if err != nil {
		t.Fatal(err)
	}
	half := randomDecoder(stream.New(2), p, n/2, sd)
	for d := range p {
		for j := range n / 2 {
			if q.At(d, j) != half.At(d, j) || q.At(d, j+n/2) != -half.At(d, j) {
				t.Fatalf("entry (%d, %d) of the pairs is %v and %v, want ±%v", d, j, q.At(d, j), q.At(d, j+n/2), half.At(d, j))
			}
		}
	}
}

func TestParseArbitration(t *testing.T) {
	for _, a := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
		if got, err := ParseArbitration(a.String()); err != nil || got != a {
			t.Errorf("%v is read as %v, %v", a, got, err)
		}
	}
	if a, err := ParseArbitration("greedy"); err == nil {
		t.Errorf(`"greedy" passes as %v`, a)
	}
}
