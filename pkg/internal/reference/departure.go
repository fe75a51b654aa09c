package reference

import (
	"math"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Bound is the departure, in standard errors, beyond which ours is not the
// authors'. By chance one comparison in 16,000 goes beyond it. A true departure of
// 5.3 standard errors is found in nine cases of ten.
const Bound = 4

// enough independent repeats make a standard error of their own.
const enough = 8

// Departure returns how far the mean of ours is above the table's, in combined
// standard errors of the two, and that standard error. Ours are of independent
// repeats; NaN are dropped, as the tables drop them.
//
// Each mean has the standard error of its own repeats where there are 8 independent
// ones or more on either side. Where there are fewer, which is too rough, both are
// from the standard deviation over all repeats, theirs and ours; or over ours, where
// theirs are not independent and ours are two at least. A share of
// neurons is uncertain by one neuron in all, and every figure by the rounding in
// the table. The standard error being one of few repeats itself, the departure has
// Student's law with, for two standard errors, Welch's degrees of freedom. The z
// returned is the normal deviate of the same probability.
//
// The table's distances in the units of the estimate, w2, are of N samples from
// the target's quantiles at (i−½)/N. Ours are from all of the target, as in
// diag.W2Normal, and the table's are made so first.
//
// Where a figure is not defined, z is 0 if it is undefined in three quarters of
// ours too, and infinite if not. It is NaN where there is one repeat on either
// side, and no standard error.
func (r *Row) Departure(s Statistic, ours []float64) (z, se float64) {
	var x []float64
	for _, v := range ours {
		if !math.IsNaN(v) {
			x = append(x, v)
		}
	}
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
		// Of rare events one side may have no spread.
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

// wholeTarget returns the mean of a statistic, if it is a distance from quantiles as
// that from the whole of the target. With q_i the quantiles of N(0, 1) at (i−½)/N
// and z those of all of it, the squares differ for samples μ + bσq_i by
//
//	σ²[(1−b)(1−S) + bE],  S = Σq_i²/N,  E = Σ_i ∫(z−q_i)²,
//
// the integral being over the i-th of N equal shares of probability. For samples
// that are all the same, b = 0, that is exact; of others b is taken to be the ratio
// of standard deviations. The differences are of the order of σ²/N.
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

var known struct {
	sync.Mutex
	gaps map[int]gaps
}

func gapsOf(n int) gaps {
	known.Lock()
	defer known.Unlock()
	if g, ok := known.gaps[n]; ok {
		return g
	}
	var squares, product float64 // Σq_i²/N, Σq_i ∫z
	left := 0.0                  // φ at the left end of the share
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
	if known.gaps == nil {
		known.gaps = map[int]gaps{}
	}
	known.gaps[n] = g
	return g
}

// normalDeviate returns the deviate of the normal law that is as improbable as t
// is under Student's with the given degrees of freedom.
func normalDeviate(t, freedom float64) float64 {
	tail := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(math.Abs(t))
	if tail < 1e-300 { // where quantiles end
		return t
	}
	return math.Copysign(mathext.NormalQuantile(tail), t)
}
