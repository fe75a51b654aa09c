package reference

import (
	"math"
	"slices"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Bound is the departure, in standard errors, beyond which our results differ from
// the authors'. By chance one comparison in 16,000 exceeds it. A true departure of
// 5.3 standard errors exceeds it with a probability of 90 %.
const Bound = 4

// enough is the number of independent repeats whose own standard error is used.
const enough = 8

// Departure returns the difference between the mean of ours and the mean of the
// table, in combined standard errors of the two, and the combined standard error.
// Ours are independent repeats; NaN are left out, as in the tables.
//
// If both sides have at least 8 independent repeats, the standard error of each mean
// is that of its own repeats. With fewer it would be too uncertain. Both are then
// computed from the standard deviation over the repeats of both sides; or over ours
// alone, if the table's are not independent and ours are at least two. The standard
// error of a share of neurons includes one neuron, and every standard error includes
// the rounding in the table. The departure has Student's law, because the standard error is itself
// estimated from few repeats; if two standard errors are combined, the degrees of
// freedom are Welch's. The z returned is the normal deviate of the same probability.
//
// The distances w2 in the table are between N samples and the target's quantiles at
// (i−½)/N. Ours are distances from the whole target, as in diag.W2Normal. The table's
// are converted first; see wholeTarget.
//
// If the mean in the table is not defined, z is 0 if three quarters of ours are not
// defined either, and infinite otherwise. If both sides have one repeat there is no
// standard error, and z is NaN.
func (r *Row) Departure(s Statistic, ours []float64) (z, se float64) {
	x := slices.DeleteFunc(slices.Clone(ours), math.IsNaN)
	switch {
	case math.IsNaN(s.Mean) && 4*len(x) <= len(ours):
		return 0, 0
	case len(x) == 0 || math.IsNaN(s.Mean):
		return math.Inf(1), 0
	}
	mean, sd := stat.Mean(x, nil), 0.0
	if len(x) > 1 {
		sd = stat.StdDev(x, nil)
	}
	theirMean := r.wholeTarget(s)
	n, m := float64(len(x)), float64(r.Independent)
	var freedom float64
	switch pooled := math.Sqrt(((n-1)*sd*sd + (m-1)*s.SD*s.SD) / (n + m - 2)); {
	case n < 2 || min(n, m) < enough && r.Independent == r.Repeats:
		// Rare events may have no spread on one side.
		se, freedom = pooled*math.Sqrt(1/n+1/m), n+m-2
	case m < enough:
		se, freedom = sd*math.Sqrt(1/n+1/m), n-1
	default:
		own, theirs := sd*sd/n, s.SE*s.SE
		se = math.Sqrt(own + theirs)
		freedom = se * se * se * se / (own*own/(n-1) + theirs*theirs/(m-1))
	}
	if s.Name == "silent_after" || s.Name == "few_after" {
		se = math.Hypot(se, 1/(float64(r.Neurons)*m))
	}
	se = math.Hypot(se, 1e-5*math.Abs(s.Mean)+1e-9)
	if !(freedom >= 1) { // neither has any spread
		freedom = 1
	}
	return normalDeviate((mean-theirMean)/se, freedom), se
}

// wholeTarget returns the mean of a statistic. It converts a distance from quantiles
// to a distance from the whole target. Let q_i be the quantiles of N(0, 1) at (i−½)/N,
// and let the samples be μ + bσq_i. The squares of the two distances then differ by
//
//	σ²[(1−b)(1−S) + bE],  S = Σq_i²/N,  E = Σ_i ∫(z−q_i)²,
//
// where the integral over z is over the i-th of N equal shares of probability of
// N(0, 1). It is exact for samples that are all equal, b = 0. For others b is
// approximated by the ratio of standard deviations. The difference is of order σ²/N.
func (r *Row) wholeTarget(s Statistic) float64 {
	window, ok := strings.CutPrefix(s.Name, "w2")
	seconds, known := map[string]float64{"_after": 1.5, "_50ms": 0.05, "_fast": 0.05}[window]
	variance, found := r.Stat("var" + window)
	if !ok || !known || !found || !(variance.Mean >= 0) {
		return s.Mean
	}
	g := gapsOf(int(math.Round(seconds / r.DT)))
	b := math.Sqrt(variance.Mean / r.variance)
	return math.Sqrt(max(s.Mean*s.Mean+r.variance*((1-b)*g.missing+b*g.within), 0))
}

// gaps are the 1−S and E of wholeTarget.
type gaps struct{ missing, within float64 }

var knownGaps sync.Map // by N

func gapsOf(n int) gaps {
	if g, ok := knownGaps.Load(n); ok {
		return g.(gaps)
	}
	var squares, product float64 // Σq_i²/N, Σq_i ∫z
	left := 0.0                  // density of N(0, 1) at the left end of the share
	for i := range n {
		q := mathext.NormalQuantile((float64(i) + 0.5) / float64(n))
		right := 0.0
		if i+1 < n {
			z := mathext.NormalQuantile(float64(i+1) / float64(n))
			right = math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
		}
		squares += q * q / float64(n)
		product += q * (left - right)
		left = right
	}
	g := gaps{1 - squares, 1 - 2*product + squares}
	knownGaps.Store(n, g)
	return g
}

// normalDeviate returns the normal deviate with the tail probability of t under
// Student's law with the given degrees of freedom.
func normalDeviate(t, freedom float64) float64 {
	tail := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(math.Abs(t))
	if tail < 1e-300 { // too small for a quantile
		return t
	}
	return math.Copysign(mathext.NormalQuantile(tail), t)
}
