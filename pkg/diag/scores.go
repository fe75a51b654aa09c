package diag

import (
	"math"
	"sync/atomic"

	"natspike/pkg/internal/portable"
)

// rootPi is √π.
const rootPi = 1.772453850905516027298167483341

// normalScore returns z = Φ⁻¹(i/n) and G = Φ(√2 z)/(2√π), for 0 < i < n.
func normalScore(i, n int64) (z, g float64) {
	z = portable.NormalQuantile(float64(i) / float64(n))
	return z, portable.Erfc(-z) / (4 * rootPi)
}

// normalScores keeps the numbers of normalScore for one n once they are known. The
// coordinates of a trial, and trials of a sweep, ask for the same ones again and
// again, from several goroutines.
type normalScores struct {
	n     int64
	known []struct{ z, g atomic.Uint64 } // bits; g = 0 if they are not known
}

// at returns what normalScore(i, n) does.
func (s *normalScores) at(i int64) (z, g float64) {
	if s.known == nil {
		return normalScore(i, s.n)
	}
	k := &s.known[i]
	if bits := k.g.Load(); bits != 0 {
		return math.Float64frombits(k.z.Load()), math.Float64frombits(bits)
	}
	z, g = normalScore(i, s.n)
	k.z.Store(math.Float64bits(z))
	k.g.Store(math.Float64bits(g))
	return z, g
}

// recentScores holds scores that were asked for last, those of n at n modulo its length.
// Those of two numbers with one remainder replace each other.
var recentScores [17]atomic.Pointer[normalScores]

// maxScores is the largest n whose scores are kept. They take 4 MB, and all scores that
// are kept at most 71 MB.
const maxScores = 1 << 18

// scoresOf returns the scores of n. They are kept from the second call in a row on,
// since to make room for them takes longer than to compute a few.
func scoresOf(n int64) *normalScores {
	recent := &recentScores[n%int64(len(recentScores))]
	s := recent.Load()
	switch {
	case s == nil || s.n != n:
		s = &normalScores{n: n}
	case s.known == nil && n <= maxScores:
		s = &normalScores{n: n, known: make([]struct{ z, g atomic.Uint64 }, n)}
	default:
		return s
	}
	recent.Store(s)
	return s
}
