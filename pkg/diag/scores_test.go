package diag

import (
	"math"
	"sync"
	"testing"
)

// TestNormalScores: scores that are kept are those that are not, for any number of
// goroutines, and are kept from the second call in a row on.
func TestNormalScores(t *testing.T) {
	same := func(n int64, s *normalScores, i int64) {
		z, g := s.at(i)
		if wantZ, wantG := normalScore(i, n); math.Float64bits(z) != math.Float64bits(wantZ) || math.Float64bits(g) != math.Float64bits(wantG) {
			t.Errorf("scores %d of %d are %v and %v, want %v and %v", i, n, z, g, wantZ, wantG)
		}
	}
	other := int64(len(recentScores))
	for _, n := range []int64{2, 15_000, maxScores, maxScores + 1} {
		scoresOf(n + other) // takes the place of n
		for call := range 3 {
			s := scoresOf(n)
			if kept := s.known != nil; kept != (call > 0 && n <= maxScores) {
				t.Errorf("call %d for the scores of %d: kept is %v", call, n, kept)
			}
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() {
					for i := int64(1); i < n; i += 1 + n/100 {
						same(n, s, i)
						same(n, s, i)
					}
				})
			}
			group.Wait()
			same(n, s, n-1)
		}
	}
	// What is kept is not computed again.
	const odd = 23
	scoresOf(odd)
	s := scoresOf(odd)
	s.at(5)
	s.known[5].z.Store(s.known[5].g.Load())
	if z, g := s.at(5); z != g || g == 0 {
		t.Errorf("scores 5 of %d are %v and %v, not those that are kept", odd, z, g)
	}
	scoresOf(odd + other) // forgets these
	if z, g := normalScore(1, 2); z != 0 || math.Abs(g-0.25/rootPi) > 1e-15 {
		t.Errorf("in the middle z and G are %v and %v", z, g)
	}
	// G is ∫ φ² dz, so that G(∞) = 1/(2√π).
	z, g := normalScore(3, 10)
	sum := 0.0
	for k := range 20_000 {
		y := z - (float64(k)+0.5)*1e-3
		sum += normalDensity(y) * normalDensity(y) * 1e-3
	}
	if closeTo(t, "the quantile of 0.3", z, -0.5244005127080409, 1e-14); math.Abs(g-sum) > 1e-7 {
		t.Errorf("G(%v) is %v, the integral of φ² is %v", z, g, sum)
	}
}
